"""Microphones, and virtual ones such as BlackHole, recorded through PortAudio.

PortAudio lists the devices when it is initialised and never again. So it is initialised anew before a
device is opened; where other recordings are open, only when the device cannot be opened otherwise, and
those then end with a ``DeviceError`` and can be opened again. On macOS and Windows a change of the default
device is seen when the one in use stops.
"""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from roomtone.audio.devices.capture import Captured
from roomtone.audio.devices.mixdown import Mixdown
from roomtone.audio.devices.ring import CAPTURE_S, DeviceSamples, Ring
from roomtone.audio.devices.stall import Stall
from roomtone.clock import Clock
from roomtone.errors import DeviceError
from roomtone.types import SAMPLE_RATE_HZ

MOST_CHANNELS: Final = 2
"""Sound servers offer 32 channels for anything; a microphone has its voice in the first two."""
LATENCY_S: Final = 0.04
"""Asked of the device: pieces short enough for figures that are shown at once, and few enough."""
STALL_S: Final = 3.0
"""A device that gives nothing, not even zeros, for this long is dead."""
CLOSE_S: Final = 2.0
"""Closing takes milliseconds; a stream that hangs in its driver is left behind after this."""
LIST_ANEW_S: Final = 30.0
"""Between two interruptions of what is open for the sake of a device that is not there."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Input:
    """A recording device as PortAudio knows it."""

    index: int
    name: str
    channels: int
    rate_hz: int
    is_default: bool


class PortAudioDevice:
    """An input by its exact name; an empty name is the system's default."""

    def __init__(self, input_name: str = "") -> None:
        self._input_name = input_name
        self.name = input_name or "default microphone"

    def open(self, clock: Clock) -> "PortAudioCapture":
        """Begin recording.

        Raises:
            DeviceError: when PortAudio or the device is missing, or the device refuses.
        """
        return _library.open(self, clock)

    def found(self, sounddevice: Any) -> Input:
        """Return the device as it is listed now; raises ``DeviceError`` when it is not."""
        for each in _inputs(sounddevice):
            if each.name == self._input_name or (each.is_default and not self._input_name):
                return each
        raise DeviceError(
            f"There is no {self.name} now: plug it in or switch it on, or choose another in the "
            "system's sound settings.",
            code="device_missing",
            recoverable=True,
        )


class PortAudioCapture:
    """A recording in progress, from construction on; see :class:`Capture`."""

    muted = False
    """PortAudio does not say."""

    def __init__(self, sounddevice: Any, device: Input, clock: Clock) -> None:
        self._clock = clock
        self.description = device.name
        channels = min(device.channels, MOST_CHANNELS)
        self.sample_rate_hz = _rate_hz(sounddevice, device, channels)
        self._ring = Ring(CAPTURE_S * self.sample_rate_hz, channels=channels)
        self._mixdown = Mixdown(self.sample_rate_hz, channels)
        self._overflows = 0
        self._told_overflows = 0
        self._ended = threading.Event()
        self._stall = Stall(clock.now_s())
        self._stream: Any = sounddevice.InputStream(
            device=device.index,
            samplerate=self.sample_rate_hz,
            channels=channels,
            dtype="float32",
            latency=LATENCY_S,
            callback=self._receive,
            finished_callback=self._ended.set,
        )
        try:
            self._stream.start()
        except BaseException:
            self._stream.close()
            raise

    def read(self) -> Captured:
        """Return what came since the last call; never waits.

        Raises:
            DeviceError: when the device stopped, or gave nothing for ``STALL_S``.
        """
        ended = self._ended.is_set()  # asked first, so that what came before the end is read
        block, at_s = self._ring.take()
        gave = len(block) > 0
        stalled_s = self._stall.asked(self._clock.now_s(), gave=gave)
        if not gave and (ended or stalled_s > STALL_S):
            raise DeviceError(
                f"{self.description} has stopped: check that it is plugged in and switched on.",
                code="device_lost",
                recoverable=True,
            )
        lost = self._overflows
        overflows = lost - self._told_overflows
        self._told_overflows = lost
        return Captured(self._mixdown.mono(block), at_s, overflows)

    def close(self) -> None:
        """End the recording; may be called twice."""
        _library.close(self)

    def end_stream(self) -> bool:
        """Close the stream in at most ``CLOSE_S`` and return whether its driver let it."""
        self._ended.set()
        closing = threading.Thread(target=self._stream.close, name="closing of a microphone", daemon=True)
        closing.start()
        closing.join(CLOSE_S)
        return not closing.is_alive()

    def _receive(self, block: DeviceSamples, samples: int, _time: object, status: Any) -> None:
        refused = self._ring.write(block, self._clock.now_s()) < samples
        self._overflows += bool(status.input_overflow) or refused


class _Library:
    """PortAudio: its one list of devices, and everything of ours that is open on it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[PortAudioCapture] = []
        self._listed_at_s = time.monotonic()
        self._usable = True

    def open(self, device: PortAudioDevice, clock: Clock) -> PortAudioCapture:
        sounddevice = load_sounddevice()
        with self._lock:
            if not self._open:
                self._list_anew(sounddevice)
            try:
                capture = self._opened(sounddevice, device, clock)
            except DeviceError:
                if not self._open or time.monotonic() - self._listed_at_s < LIST_ANEW_S:
                    raise
                self._list_anew(sounddevice)
                capture = self._opened(sounddevice, device, clock)
            self._open.append(capture)
            return capture

    def close(self, capture: PortAudioCapture) -> None:
        with self._lock:
            if capture in self._open:
                self._end(capture)

    def _opened(self, sounddevice: Any, device: PortAudioDevice, clock: Clock) -> PortAudioCapture:
        try:
            return PortAudioCapture(sounddevice, device.found(sounddevice), clock)
        except (sounddevice.PortAudioError, ValueError) as error:
            raise DeviceError(
                f"{device.name} cannot be recorded from ({error}): close what else uses it, and allow this "
                "terminal to use the microphone in the system's privacy settings.",
                code="device_refused",
                recoverable=True,
            ) from error

    def _list_anew(self, sounddevice: Any) -> None:
        for capture in list(self._open):
            self._end(capture)
        self._listed_at_s = time.monotonic()
        if self._usable:
            sounddevice._terminate()
            sounddevice._initialize()

    def _end(self, capture: PortAudioCapture) -> None:
        self._open.remove(capture)
        if not capture.end_stream():
            # PortAudio would wait for this stream for ever: its list of devices stays as it is.
            self._usable = False
            logger.warning("The driver of %s hangs; new devices are not found any more.", capture.description)


_library: Final = _Library()


def inputs() -> tuple[Input, ...]:
    """Return the recording devices that were there when PortAudio was first used.

    Raises:
        DeviceError: when there is no PortAudio.
    """
    return _inputs(load_sounddevice())


def load_sounddevice() -> Any:
    """Return the ``sounddevice`` module.

    Raises:
        DeviceError: when the PortAudio library it needs is missing.
    """
    try:
        import sounddevice
    except OSError as error:  # what it raises where the shared library is missing
        raise DeviceError(
            "Recording needs the PortAudio library: install it "
            "(Debian and Ubuntu: sudo apt install libportaudio2).",
            code="portaudio_missing",
        ) from error
    return sounddevice


def _inputs(sounddevice: Any) -> tuple[Input, ...]:
    """Return the inputs of one driver interface; on Windows each device is there once for each of four."""
    interfaces = sounddevice.query_hostapis()
    if not interfaces:
        return ()
    interface: Mapping[str, Any] = next(
        (each for each in interfaces if "WASAPI" in each["name"]),  # it alone has the names in full
        interfaces[sounddevice.default.hostapi],
    )
    devices = [(index, sounddevice.query_devices(index)) for index in interface["devices"]]
    return tuple(
        Input(
            index,
            device["name"],
            int(device["max_input_channels"]),
            round(device["default_samplerate"]),
            index == interface["default_input_device"],
        )
        for index, device in devices
        if device["max_input_channels"] > 0
    )


def _rate_hz(sounddevice: Any, device: Input, channels: int) -> int:
    """Return 16 kHz where the device or its driver gives that, else the device's own rate."""
    try:
        sounddevice.check_input_settings(
            device=device.index, channels=channels, dtype="float32", samplerate=SAMPLE_RATE_HZ
        )
    except sounddevice.PortAudioError:
        return device.rate_hz
    return SAMPLE_RATE_HZ
