"""Microphones and what outputs play, recorded from a Linux sound server by ``parec`` as a child.

PortAudio's way to the same server, ALSA's ``pulse`` plug-in, survives the same troubles but is not taken. It
does not list monitors, and the source to record is chosen by an environment variable of the whole process.
Its list of devices is made anew, as after the death of the server, only by ending every stream of the
process. It takes twice the CPU, all of a core while a source gives nothing, and writes to the terminal on
which the overlay is. ``parec`` and ``pactl`` come in one package, with PipeWire too.

When a source goes away or the default changes, the server moves recordings to another source without a
word, even to the monitor of the other side, and even those of a source asked for by name. So a watch
compares what is recorded with what should be; up to about 0.1 s of the wrong sound may come before it
notices.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from roomtone.audio.devices import pulse
from roomtone.audio.devices.capture import Captured, gives_nothing
from roomtone.audio.devices.recorder import Recorder
from roomtone.clock import Clock
from roomtone.errors import DeviceError

LATENCY_MS: Final = 40
"""Audio comes in pieces of this length. The server's own work grows as it shrinks."""
FIRST_SOUND_S: Final = 5.0
"""A device gives its first samples within 0.1 s, one without hardware behind it within 2 s."""


@dataclass(frozen=True, slots=True)
class Target:
    """A source of the sound server that should be recorded, and how the user knows it."""

    source: pulse.Source
    description: str
    muted: bool


def microphone(source_name: str = "", description: str = "") -> "PulseDevice":
    """Return the microphone of that name, or the default one, whichever it is."""

    def find(server: pulse.Server) -> Target | None:
        source = server.source(source_name or server.default_source)
        if source is None or (source.is_monitor and not source_name):
            return None  # without a microphone, the server calls the monitor of an output its default
        return Target(source, source.description, source.muted)

    return PulseDevice(description or source_name or "default microphone", find)


def system_sound(sink_name: str = "", description: str = "") -> "PulseDevice":
    """Return the sound of the output of that name, or of the default one, whichever it is."""

    def find(server: pulse.Server) -> Target | None:
        sink = server.sink(sink_name or server.default_sink)
        source = server.source(sink.monitor) if sink is not None else None
        if sink is None or source is None:
            return None
        return Target(source, sink.description, sink.muted or source.muted)

    return PulseDevice(description or sink_name or "default output", find)


class PulseDevice:
    """A device of the sound server; ``find`` tells what it is at a given moment."""

    def __init__(self, name: str, find: Callable[[pulse.Server], Target | None]) -> None:
        self.name = name
        self.find = find

    def open(self, clock: Clock) -> "PulseCapture":
        """Begin recording and wait for the first samples.

        Raises:
            DeviceError: when the device is not there, or gives nothing within ``FIRST_SOUND_S``.
        """
        target = self.find(pulse.look())
        if target is None:
            raise self.missing()
        return PulseCapture(self, target, clock)

    def missing(self) -> DeviceError:
        """Return what to tell the user when there is no such device."""
        return DeviceError(
            f"There is no {self.name} now: plug it in or switch it on, or choose another in the "
            "system's sound settings.",
            code="device_missing",
            recoverable=True,
        )


class PulseCapture:
    """A recording of one source by ``parec``, from construction on; see :class:`Capture`."""

    def __init__(self, device: PulseDevice, target: Target, clock: Clock) -> None:
        self._device = device
        self._target = target
        self._fault: DeviceError | None = None
        self._muted = target.muted
        self.description = target.description
        self.sample_rate_hz = target.source.rate_hz
        self._recorder = Recorder(_command(target.source), target.source.rate_hz, clock)
        self._watch: pulse.Watch | None = None
        try:
            if not self._recorder.wait_for_sound(FIRST_SOUND_S):
                raise self._ended() if self._recorder.ended else gives_nothing(self.description)
        except BaseException:
            self._recorder.close()
            raise
        self._watch = pulse.Watch(self._look)

    @property
    def muted(self) -> bool:
        """Whether the device is muted on the sound server."""
        return self._muted

    def read(self) -> Captured:
        """Return what came since the last call; never waits.

        Raises:
            DeviceError: when the recording has ended, or was moved to another device; with code
                ``device_changed`` when another is the default now.
        """
        if self._fault is not None:
            raise self._fault
        ended = self._recorder.ended  # asked first, so that what came before the end is read
        captured = self._recorder.read()
        if ended and len(captured.samples) == 0:
            raise self._ended()
        return captured

    def close(self) -> None:
        """End the recording; may be called twice."""
        if self._watch is not None:
            self._watch.close()
        self._recorder.close()

    def _look(self) -> None:
        """Compare what is recorded with what should be; called by the watch, in its thread."""
        try:
            server = pulse.look()
        except DeviceError:
            return  # the recording ends by itself, and can say more, or gives nothing any more
        target = self._device.find(server)
        recorded = server.recordings.get(self._recorder.process_id)
        if target is None:
            self._fault = self._device.missing()
        elif target.source.name != self._target.source.name:
            self._fault = DeviceError(
                f"The system now uses {target.description} instead of {self.description}: "
                "Roomtone goes over to it.",
                code="device_changed",
                recoverable=True,
            )
        elif recorded is not None and recorded != target.source.index:
            self._fault = DeviceError(
                f"The sound server moved the recording away from {self.description}: it is begun anew.",
                code="device_moved",
                recoverable=True,
            )
        else:
            self._muted = target.muted

    def _ended(self) -> DeviceError:
        complaint = f" ({self._recorder.complaint})" if self._recorder.complaint else ""
        return DeviceError(
            f"The sound server stopped the recording of {self.description}{complaint}: if it does not come "
            "back by itself, check that the device is plugged in.",
            code="device_lost",
            recoverable=True,
        )


def _command(source: pulse.Source) -> tuple[str, ...]:
    return (
        "parec",
        f"--device={source.name}",
        "--raw",
        "--format=float32ne",
        f"--rate={source.rate_hz}",  # PulseAudio's own way to 16 kHz takes 8 dB at 7 kHz
        "--channels=1",
        f"--latency-msec={LATENCY_MS}",
        "--client-name=Roomtone",
        "--stream-name=Call",
    )
