"""The last seconds of one source, addressed by sample index."""

import numpy as np

from roomtone.types import Samples


class History:
    """Keeps the newest ``capacity_samples`` samples in memory of constant size."""

    def __init__(self, capacity_samples: int) -> None:
        self._ring = np.zeros(capacity_samples, dtype=np.float32)
        self._end_sample = 0

    def append(self, samples: Samples) -> None:
        """Add the samples that follow those already here."""
        capacity = len(self._ring)
        kept = samples[-capacity:]
        self._end_sample += len(samples)
        positions = np.arange(self._end_sample - len(kept), self._end_sample) % capacity
        self._ring[positions] = kept

    def cut(self, start_sample: int, end_sample: int) -> Samples:
        """Return a copy of the samples from ``start_sample`` to before ``end_sample``.

        Raises:
            IndexError: when they are not here any more, or not yet.
        """
        oldest = max(0, self._end_sample - len(self._ring))
        if not oldest <= start_sample <= end_sample <= self._end_sample:
            raise IndexError(
                f"samples {start_sample} to {end_sample} are not within {oldest} to {self._end_sample}"
            )
        begin, samples = start_sample % len(self._ring), end_sample - start_sample
        to_end = self._ring[begin : begin + samples]
        return np.concatenate((to_end, self._ring[: samples - len(to_end)]))
