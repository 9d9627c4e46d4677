"""What a sound device gives, whatever program or library reads it."""

from dataclasses import dataclass
from typing import Final, Protocol

from roomtone.clock import Clock
from roomtone.errors import DeviceError
from roomtone.types import Samples

PASSING: Final = frozenset({"device_changed", "devices_listed"})
"""Codes of a recording's end after which the device is there to be opened again at once: another is the
system's default now, or all devices were listed anew."""


def gives_nothing(description: str) -> DeviceError:
    """Return what to tell the user of a device that is open and gives no samples."""
    return DeviceError(
        f"{description} gives no sound at all, not even silence: it hangs or is suspended. Unplug it and "
        "plug it in again, or choose another in the system's sound settings.",
        code="device_stalled",
        recoverable=True,
    )


@dataclass(frozen=True, slots=True)
class Captured:
    """What came from a device since it was last asked."""

    samples: Samples
    """16 kHz mono, in order; may be empty."""
    at_s: float
    """Clock time at which the last of them arrived; of empty samples, of no meaning."""
    overflows: int = 0
    """How often the device, or the ring behind it, said that it lost samples."""


class Capture(Protocol):
    """An open device that is recording."""

    description: str
    """What is being recorded, in words: ``Built-in Audio Analog Stereo``."""
    sample_rate_hz: int
    """At which the device itself works, as far as can be told."""

    @property
    def muted(self) -> bool:
        """Whether the system says that it is muted; False where it does not say."""
        ...

    def read(self) -> Captured:
        """Return what came since the last call; never waits.

        Raises:
            DeviceError: when the device died and must be opened anew. Its code is in ``PASSING`` when that
                is no fault of the device.
        """
        ...

    def close(self) -> None:
        """Release the device; may take seconds, and may be called twice."""
        ...


class Device(Protocol):
    """A place to record from that can be opened again and again."""

    name: str
    """As the user knows it, such as ``default microphone``."""

    def open(self, clock: Clock) -> Capture:
        """Begin recording; takes up to some seconds, so call it in a thread.

        Raises:
            DeviceError: when there is no such device now, or it refuses.
        """
        ...
