"""What an output plays on Windows: WASAPI loopback through PyAudioWPatch, a PortAudio of its own.

Windows delivers nothing while nothing plays; that time is filled with zeros by the clock. A change of the
default output is seen when the one in use stops.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from roomtone.audio.devices.capture import Captured
from roomtone.audio.devices.mixdown import Mixdown
from roomtone.audio.devices.ring import CAPTURE_S, Ring
from roomtone.clock import Clock
from roomtone.errors import DeviceError
from roomtone.types import SAMPLE_RATE_HZ, Samples

QUIET_S: Final = 0.2
"""Sound that plays comes in shorter pieces: when nothing came for this long after some, nothing plays."""
MARGIN_S: Final = 0.06
"""While nothing plays, zeros end this much before now: sound that begins comes in pieces of 10 to 20 ms, and
what it began with must not be zeros already."""
UNREAD_S: Final = 1.0
"""Between two reads: the process was stopped or the computer asleep, and what played then is unknown."""
_SUFFIX: Final = " [Loopback]"
"""What PyAudioWPatch appends to the name of an output."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output whose sound can be recorded."""

    name: str
    is_default: bool


def outputs() -> tuple[Output, ...]:
    """Return the outputs there are now.

    Raises:
        DeviceError: when PyAudioWPatch is missing, or Windows has no sound service.
    """
    library = _load()
    try:
        audio = library.PyAudio()
        try:
            default = _default_name(audio)
            return tuple(
                Output(name, name == default)
                for name in map(_output_name, audio.get_loopback_device_info_generator())
            )
        finally:
            audio.terminate()
    except (OSError, LookupError) as error:
        raise DeviceError(
            f"The outputs cannot be listed ({error}): look into the system's sound settings, or "
            "start Windows again.",
            code="devices_unlisted",
            recoverable=True,
        ) from error


class LoopbackDevice:
    """The sound of an output by its exact name; an empty name is the system's default."""

    def __init__(self, output_name: str = "") -> None:
        self._output_name = output_name
        self.name = output_name or "default output"

    def open(self, clock: Clock) -> "LoopbackCapture":
        """Begin recording.

        Raises:
            DeviceError: when there is no such output, or it refuses.
        """
        library = _load()
        audio = library.PyAudio()
        try:
            return LoopbackCapture(library, audio, self._loopback(audio), clock)
        except (OSError, LookupError, ValueError) as error:  # ValueError: what PyAudio says of wrong formats
            audio.terminate()
            raise DeviceError(
                f"The sound of the {self.name} cannot be recorded ({error}): plug it in or switch it on, or "
                "choose another output in the system's sound settings.",
                code="device_refused",
                recoverable=True,
            ) from error

    def _loopback(self, audio: Any) -> Mapping[str, Any]:
        wanted = self._output_name or _default_name(audio)
        for each in audio.get_loopback_device_info_generator():
            if _output_name(each) == wanted:
                found: Mapping[str, Any] = each
                return found
        raise LookupError("there is none now")


class LoopbackCapture:
    """A recording in progress, from construction on; see :class:`Capture`."""

    muted = False
    """Windows does not say."""

    def __init__(self, library: Any, audio: Any, loopback: Mapping[str, Any], clock: Clock) -> None:
        self._go_on = (None, library.paContinue)
        self._audio = audio
        self._clock = clock
        self.description = _output_name(loopback)
        self.sample_rate_hz = round(loopback["defaultSampleRate"])
        self._channels = int(loopback["maxInputChannels"])
        self._ring = Ring(
            CAPTURE_S * self.sample_rate_hz, channels=self._channels, rate_hz=self.sample_rate_hz
        )
        self._mixdown = Mixdown(self.sample_rate_hz, self._channels)
        self._overflow_flag: int = library.paInputOverflow
        self._overflows = 0
        self._told_overflows = 0
        self._until_s = clock.now_s()
        """Up to when sound or silence was handed out."""
        self._read_s = self._until_s
        self._quiet = True
        self._closing = threading.Lock()
        self._closed = False
        self._stream = audio.open(
            format=library.paFloat32,
            channels=self._channels,
            rate=self.sample_rate_hz,
            input=True,
            input_device_index=loopback["index"],
            stream_callback=self._receive,
        )

    def read(self) -> Captured:
        """Return what came since the last call, and zeros for the time in which nothing played; never waits.

        Time in which nobody read for ``UNREAD_S`` is left out.

        Raises:
            DeviceError: when the output went away.
        """
        active = self._stream.is_active()  # asked first, so that what came before the end is read
        block, at_s = self._ring.take()
        now_s = self._clock.now_s()
        unread = now_s - self._read_s > UNREAD_S
        self._read_s = now_s
        if len(block) == 0:
            if not active:
                raise DeviceError(
                    f"{self.description} has stopped: check that it is plugged in and switched on.",
                    code="device_lost",
                    recoverable=True,
                )
            if unread:
                self._until_s = max(self._until_s, now_s - QUIET_S)
            self._quiet = self._quiet or now_s - self._until_s > QUIET_S
            samples = self._silence_until(now_s - MARGIN_S if self._quiet else self._until_s)
        else:
            begins_s = at_s - len(block) / self.sample_rate_hz
            plays_on = not self._quiet and begins_s - self._until_s <= QUIET_S  # the rest is jitter
            silence = self._silence_until(self._until_s if plays_on or unread else begins_s)
            samples = np.concatenate((silence, self._mixdown.mono(block)))
            self._quiet = False
            self._until_s = at_s
        overflows = self._overflows
        self._told_overflows, told = overflows, self._told_overflows
        return Captured(samples, self._until_s, overflows - told)

    def close(self) -> None:
        """End the recording; may be called twice."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._stream.close()
                self._audio.terminate()

    def _silence_until(self, at_s: float) -> Samples:
        samples = max(0, int((at_s - self._until_s) * SAMPLE_RATE_HZ))
        self._until_s += samples / SAMPLE_RATE_HZ
        return np.zeros(samples, np.float32)

    def _receive(self, data: bytes, samples: int, _time: object, status: int) -> tuple[None, int]:
        block = np.frombuffer(data, np.float32).reshape(-1, self._channels)
        refused = self._ring.write(block, self._clock.now_s()) < samples
        self._overflows += bool(status & self._overflow_flag) or refused
        return self._go_on


def _default_name(audio: Any) -> str:
    try:
        return _output_name(audio.get_default_wasapi_loopback())
    except (OSError, LookupError):
        return ""


def _output_name(loopback: Mapping[str, Any]) -> str:
    name: str = loopback["name"]
    return name.removesuffix(_SUFFIX)


def _load() -> Any:
    try:
        import pyaudiowpatch
    except ImportError as error:
        raise DeviceError(
            "Hearing the customer's side needs the package PyAudioWPatch: install Roomtone again, or it "
            "alone with `pip install PyAudioWPatch`.",
            code="wasapi_missing",
        ) from error
    return pyaudiowpatch
