"""What a device gives, at its own rate and with its own channels, as 16 kHz mono."""

from typing import Final

import numpy as np
import soxr

from roomtone.audio.devices.ring import DeviceSamples
from roomtone.types import SAMPLE_RATE_HZ, Samples

QUALITY: Final = "MQ"
"""soxr's 16-bit filter: as exact as a sound card, and it holds back less than the finer ones."""


class Mixdown:
    """One device's audio, mixed and resampled block by block.

    Only channels that ever gave a sound are mixed: the dead one of a headset would cost half the level.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._audible = np.zeros(channels, bool)
        self._resampler = (
            None
            if rate_hz == SAMPLE_RATE_HZ
            else soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality=QUALITY)
        )

    def mono(self, block: DeviceSamples) -> Samples:
        """Return what is ready of ``block``, shape ``(samples, channels)``, and of those before it."""
        self._audible |= block.any(axis=0)
        mixed: Samples = np.zeros(len(block), np.float32)
        if self._audible.any():
            mixed = block[:, self._audible].mean(axis=1)
        if self._resampler is not None:
            mixed = self._resampler.resample_chunk(mixed)
        return np.clip(mixed, -1, 1)
