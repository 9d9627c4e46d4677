"""Which microphones and outputs there are on this system, and how each is recorded."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from roomtone.audio.devices import microphone as portaudio
from roomtone.audio.devices import monitor, pulse, wasapi
from roomtone.audio.devices.capture import Capture, Device
from roomtone.clock import Clock
from roomtone.errors import DeviceError

VIRTUAL_INPUTS: Final = ("blackhole", "loopback audio", "soundflower", "vb-cable")
"""Beginnings of the names of the inputs by which programs on macOS hand on what is played."""

_NO_VIRTUAL_INPUT: Final = (
    "macOS lets no program hear the other side without help: 1. install BlackHole (`brew install "
    "blackhole-2ch`); 2. in Audio MIDI Setup make a Multi-Output Device of your headphones and BlackHole; "
    "3. choose that as the sound output, and start Roomtone again."
)
_NO_SOUND_SERVER: Final = (
    "The customer's side cannot be heard without PipeWire or PulseAudio and the programs pactl and parec: "
    "install them (Debian and Ubuntu: sudo apt install pulseaudio-utils), or listen to the microphone alone "
    "with --mic-only."
)


class Kind(StrEnum):
    """Which side of a call a device is for."""

    MICROPHONE = "microphone"
    """The seller's."""
    SYSTEM = "system"
    """The customer's: an output, of which what it plays is recorded."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A device that can be chosen."""

    kind: Kind
    name: str
    """By which the system knows it; unique among its kind, and the same tomorrow."""
    description: str
    """By which people know it."""
    is_default: bool
    muted: bool = False
    index: int = 0
    """Its number in the list of both kinds, from 1; another tomorrow, perhaps."""


def list_devices() -> tuple[Entry, ...]:
    """Return the microphones and then the outputs that are there now.

    Raises:
        DeviceError: when the system cannot be asked.
    """
    return _listed(_desktop())


def microphone(choice: str = "") -> Device:
    """Return a microphone by its number, its name or a part of it; empty is the default, whichever it is.

    Raises:
        DeviceError: when the choice fits none or several, naming what there is.
    """
    desktop = _desktop()
    if not choice:
        return desktop.microphone("", "")
    entry = chosen(choice, Kind.MICROPHONE, _listed(desktop))
    return desktop.microphone(entry.name, entry.description)


def system_sound(choice: str = "") -> Device:
    """Return what an output plays, chosen like a microphone; one that is absent is looked for when opened.

    Raises:
        DeviceError: when the choice fits several, and where this system needs something installed first.
    """
    desktop = _desktop()
    if not choice:
        return desktop.system_sound("", "")
    entry = _output(choice, desktop)
    if entry is None:
        return _AbsentOutput(choice, otherwise=desktop.system_sound(choice, choice))
    return desktop.system_sound(entry.name, entry.description)


class _AbsentOutput:
    """An output that was not there when it was chosen, in words that may be a part of its name."""

    def __init__(self, choice: str, *, otherwise: Device) -> None:
        self.name = choice
        self._otherwise = otherwise
        """The output of just that name, which tells that it is missing, or has the devices listed anew."""

    def open(self, clock: Clock) -> Capture:
        """Begin recording; see :class:`Device`."""
        desktop = _desktop()
        entry = _output(self.name, desktop)
        device = self._otherwise if entry is None else desktop.system_sound(entry.name, entry.description)
        return device.open(clock)


def _output(choice: str, desktop: "_Desktop") -> Entry | None:
    """Return the output that is meant, None while it is absent; raises ``DeviceError`` for several."""
    try:
        return chosen(choice, Kind.SYSTEM, _listed(desktop))
    except DeviceError as error:
        if error.code != "device_unknown":
            raise
        return None


def chosen(choice: str, kind: Kind, entries: Sequence[Entry]) -> Entry:
    """Return the device of a kind that ``choice`` means: its whole name, its number, or a part of its name.

    Raises:
        DeviceError: when it means none or several.
    """
    candidates = [entry for entry in entries if entry.kind is kind]
    wanted = choice.casefold()
    tests: tuple[Callable[[Entry], bool], ...] = (
        lambda entry: wanted in (entry.name.casefold(), entry.description.casefold()),
        lambda entry: wanted == str(entry.index),
        lambda entry: wanted in entry.name.casefold() or wanted in entry.description.casefold(),
    )
    fitting = next(filter(None, ([each for each in candidates if fits(each)] for fits in tests)), [])
    if len(fitting) == 1:
        return fitting[0]
    noun = "microphone" if kind is Kind.MICROPHONE else "output"
    if fitting:
        raise DeviceError(
            f'"{choice}" fits several {noun}s: {_named(fitting)}. Write more of the name, or the number.',
            code="device_ambiguous",
        )
    there_are = f"there are {_named(candidates)}" if candidates else f"there is no {noun} at all"
    raise DeviceError(f'There is no {noun} "{choice}"; {there_are}.', code="device_unknown")


def _named(entries: Iterable[Entry]) -> str:
    return ", ".join(f"{entry.index} ({entry.description})" for entry in entries)


@dataclass(frozen=True, slots=True)
class _Desktop:
    """One kind of system: what it lists, and how it records by name and description; empty, the default."""

    listed: Callable[[], Iterable[Entry]]
    microphone: Callable[[str, str], Device]
    system_sound: Callable[[str, str], Device]


def _desktop() -> _Desktop:
    if sys.platform == "win32":
        return _Desktop(_windows_devices, _portaudio_device, lambda name, _: wasapi.LoopbackDevice(name))
    if sys.platform == "darwin":
        return _Desktop(_mac_devices, _portaudio_device, _virtual_input)
    if pulse.available():
        return _Desktop(_pulse_devices, monitor.microphone, monitor.system_sound)
    return _Desktop(_portaudio_microphones, _portaudio_device, _nothing_to_record)


def _listed(desktop: _Desktop) -> tuple[Entry, ...]:
    by_kind = sorted(desktop.listed(), key=lambda entry: list(Kind).index(entry.kind))
    return tuple(replace(entry, index=number) for number, entry in enumerate(by_kind, start=1))


def _pulse_devices() -> Iterable[Entry]:
    server = pulse.look()
    for source in server.sources:
        if not source.is_monitor:
            is_default = source.name == server.default_source
            yield Entry(Kind.MICROPHONE, source.name, source.description, is_default, source.muted)
    for sink in server.sinks:
        is_default = sink.name == server.default_sink
        yield Entry(Kind.SYSTEM, sink.name, sink.description, is_default, sink.muted)


def _portaudio_microphones() -> Iterable[Entry]:
    for each in portaudio.inputs():
        yield Entry(Kind.MICROPHONE, each.name, each.name, each.is_default)


def _windows_devices() -> Iterable[Entry]:
    yield from _portaudio_microphones()
    for output in wasapi.outputs():
        yield Entry(Kind.SYSTEM, output.name, output.name, output.is_default)


def _mac_devices() -> Iterable[Entry]:
    default_is_free = True
    for each in _portaudio_microphones():
        if each.name.casefold().startswith(VIRTUAL_INPUTS):
            yield replace(each, kind=Kind.SYSTEM, is_default=default_is_free)
            default_is_free = False
        else:
            yield each


def _portaudio_device(name: str, _description: str) -> Device:
    return portaudio.PortAudioDevice(name)


def _virtual_input(name: str, _description: str) -> Device:
    found = name or next((each.name for each in _mac_devices() if each.kind is Kind.SYSTEM), None)
    if found is None:
        raise DeviceError(_NO_VIRTUAL_INPUT, code="no_system_sound")
    return portaudio.PortAudioDevice(found)


def _nothing_to_record(_name: str, _description: str) -> Device:
    raise DeviceError(_NO_SOUND_SERVER, code="no_system_sound")
