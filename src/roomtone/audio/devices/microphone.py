"""Microphones, and virtual ones such as BlackHole, recorded through PortAudio.

On macOS and Windows a change of the default device is seen when the one in use stops.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from roomtone.audio.devices.capture import Captured
from roomtone.audio.devices.mixdown import Mixdown
from roomtone.audio.devices.portaudio import LIBRARY, load_sounddevice
from roomtone.audio.devices.ring import CAPTURE_S, DeviceSamples, Ring
from roomtone.clock import Clock
from roomtone.errors import DeviceError
from roomtone.types import SAMPLE_RATE_HZ

MOST_CHANNELS: Final = 2
"""Sound servers offer 32 channels for anything; a microphone has its voice in the first two."""
LATENCY_S: Final = 0.04
"""Asked of the device: pieces short enough for figures that are shown at once, and few enough."""
CLOSE_S: Final = 2.0
"""Closing takes milliseconds; a stream that hangs in its driver is left behind after this."""


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
        return LIBRARY.open(lambda sounddevice: self._begin(sounddevice, clock), clock)

    def _begin(self, sounddevice: Any, clock: Clock) -> "PortAudioCapture":
        try:
            return PortAudioCapture(sounddevice, self._found(sounddevice), clock)
        except (sounddevice.PortAudioError, ValueError) as error:
            raise DeviceError(
                f"{self.name} cannot be recorded from ({error}): close what else uses it, and allow this "
                "terminal to use the microphone in the system's privacy settings.",
                code="device_refused",
                recoverable=True,
            ) from error

    def _found(self, sounddevice: Any) -> Input:
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
        self._ring = Ring(CAPTURE_S * self.sample_rate_hz, channels=channels, rate_hz=self.sample_rate_hz)
        self._mixdown = Mixdown(self.sample_rate_hz, channels)
        self._overflows = 0
        self._told_overflows = 0
        self._ended = threading.Event()
        self._for_listing = False
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
            DeviceError: when the device stopped, or ended for the sake of another, ``devices_listed``.
        """
        ended = self._ended.is_set()  # asked first, so that what came before the end is read
        block, at_s = self._ring.take()
        if ended and len(block) == 0:
            raise self._interrupted() if self._for_listing else self._stopped()
        lost = self._overflows
        overflows = lost - self._told_overflows
        self._told_overflows = lost
        return Captured(self._mixdown.mono(block), at_s, overflows)

    def close(self) -> None:
        """End the recording; may be called twice."""
        LIBRARY.close(self)

    def end_stream(self, *, listing: bool) -> bool:
        """Close the stream in at most ``CLOSE_S`` and return whether its driver let it."""
        self._for_listing = listing
        self._ended.set()
        closing = threading.Thread(target=self._stream.close, name="closing of a microphone", daemon=True)
        closing.start()
        closing.join(CLOSE_S)
        return not closing.is_alive()

    def _receive(self, block: DeviceSamples, samples: int, _time: object, status: Any) -> None:
        refused = self._ring.write(block, self._clock.now_s()) < samples
        self._overflows += bool(status.input_overflow) or refused

    def _stopped(self) -> DeviceError:
        return DeviceError(
            f"{self.description} has stopped: check that it is plugged in and switched on.",
            code="device_lost",
            recoverable=True,
        )

    def _interrupted(self) -> DeviceError:
        return DeviceError(
            f"{self.description} was interrupted to look for a device that is missing: it is begun anew.",
            code="devices_listed",
            recoverable=True,
        )


def inputs() -> tuple[Input, ...]:
    """Return the recording devices that were there when PortAudio was first used.

    Raises:
        DeviceError: when there is no PortAudio, or it cannot list them.
    """
    sounddevice = load_sounddevice()
    try:
        return _inputs(sounddevice)
    except sounddevice.PortAudioError as error:
        raise DeviceError(
            f"The microphones cannot be listed ({error}): look into the system's sound settings.",
            code="devices_unlisted",
            recoverable=True,
        ) from error


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
