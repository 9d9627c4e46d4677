"""A bounded queue of audio between the thread of a device and the one that works on it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from roomtone.types import SAMPLE_RATE_HZ

CAPTURE_S: Final = 30
"""A machine that stands still for half a minute loses nothing; at 48 kHz mono this takes 5.8 MB."""

DeviceSamples = NDArray[np.float32]
"""Audio of shape ``(samples, channels)`` as a device gives or takes it."""


class Ring:
    """Audio from exactly one writing to exactly one reading thread, without a lock.

    What finds no room is refused; what already waits is never overwritten.
    """

    def __init__(self, capacity_samples: int, *, channels: int = 1, rate_hz: int = SAMPLE_RATE_HZ) -> None:
        self._rate_hz = rate_hz
        self._samples: DeviceSamples = np.zeros((capacity_samples, channels), np.float32)
        # Total and time change together, in one assignment, and only once the samples are in place.
        self._written: tuple[int, float] = (0, 0.0)
        self._read = 0

    @property
    def room_samples(self) -> int:
        """How many samples can be written."""
        return len(self._samples) - self.ready_samples

    @property
    def ready_samples(self) -> int:
        """How many samples wait to be read."""
        return self._written[0] - self._read

    def write(self, samples: DeviceSamples, at_s: float = 0.0) -> int:
        """Append what there is room for and return how many samples that was.

        ``at_s`` is when the last of ``samples`` came, whether or not there is room for it.
        """
        capacity = len(self._samples)
        written = self._written[0]
        taken = min(len(samples), self.room_samples)
        if taken == 0:
            return 0
        start = written % capacity
        to_end = min(taken, capacity - start)
        self._samples[start : start + to_end] = samples[:to_end]
        self._samples[: taken - to_end] = samples[to_end:taken]
        self._written = (written + taken, at_s - (len(samples) - taken) / self._rate_hz)
        return taken

    def read_into(self, out: DeviceSamples) -> int:
        """Fill ``out`` from its beginning as far as there is audio and return how far that was."""
        capacity = len(self._samples)
        taken = min(len(out), self.ready_samples)
        start = self._read % capacity
        to_end = min(taken, capacity - start)
        out[:to_end] = self._samples[start : start + to_end]
        out[to_end:taken] = self._samples[: taken - to_end]
        self._read += taken
        return taken

    def take(self) -> tuple[DeviceSamples, float]:
        """Return a copy of everything that waits and the time at which the last of it came."""
        written, at_s = self._written
        out = np.empty((written - self._read, self._samples.shape[1]), np.float32)
        self.read_into(out)
        return out, at_s
