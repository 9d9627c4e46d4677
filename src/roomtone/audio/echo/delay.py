"""How much later the microphone hears the far end than we do, if it does at all. Pure."""

from typing import Final

import numpy as np

from roomtone.types import SAMPLE_RATE_HZ, Samples

WINDOW_SAMPLES: Final = 1 << 14
"""1.02 s of both sides are compared at a time: four words, and several times the longest delay."""
EARLIEST_SAMPLES: Final = -SAMPLE_RATE_HZ // 20
"""-50 ms: the far end is captured by a slower route than the microphone."""
LATEST_SAMPLES: Final = 45 * SAMPLE_RATE_HZ // 100
"""450 ms: a wireless loudspeaker."""
CENTRE_SAMPLES: Final = (EARLIEST_SAMPLES + LATEST_SAMPLES) // 2
"""The far end's window lies this much before the microphone's, so that no delay loses much of the overlap."""
BAND_HZ: Final = (250.0, 7000.0)
"""Below it mains hum is the same on any two devices; above it hardly any loudspeaker has speech to give."""
FLOOR: Final = 0.03
"""A frequency 30 dB below the strongest is counted less and less: there is only noise to compare."""
KEPT: Final = 0.85
"""Of what was heard before, at each of four looks a second: 1.6 s of speech speak together."""
CLEAR: Final = 20.0
"""Peak of the correlation in units of its own scatter. A click on both sides reached 15 by chance; an echo
20 dB down passes 20 within half a second, one 30 dB down within a second and a half."""
UNCLEAR: Final = 8.0
"""Below it there is nothing but chance."""
SAME_SAMPLES: Final = 32
"""2 ms: a peak must stay where it is for two looks, for a window that begins to fill has some by chance."""
LOST_LOOKS: Final = 40
"""10 s of far-end speech without an echo: somebody put on headphones, and did not merely talk over it."""


class DelayFinder:
    """Finds the echo by generalised cross-correlation with phase transform (GCC-PHAT)."""

    def __init__(self) -> None:
        self.delay_samples: int | None = None
        """Of the microphone against the far end, negative if it hears them first; None without an echo."""
        hz = np.fft.rfftfreq(WINDOW_SAMPLES, 1.0 / SAMPLE_RATE_HZ)
        self._band = ((hz >= BAND_HZ[0]) & (hz <= BAND_HZ[1])).astype(np.float32)
        self._window = np.hanning(WINDOW_SAMPLES).astype(np.float32)
        self._cross = np.zeros(len(hz), np.complex64)
        self._peak_samples = LATEST_SAMPLES + WINDOW_SAMPLES
        self._unclear_looks = 0

    def look(self, far: Samples, near: Samples) -> None:
        """Compare ``WINDOW_SAMPLES`` of both; those of ``far`` end ``CENTRE_SAMPLES`` earlier.

        Only worth its time while the far end speaks.
        """
        whitened = np.conj(self._whitened(far)) * self._whitened(near)
        self._cross = KEPT * self._cross + whitened
        by_lag = np.fft.irfft(self._cross)
        half = (LATEST_SAMPLES - EARLIEST_SAMPLES) // 2
        strengths = np.abs(np.concatenate((by_lag[-half:], by_lag[: half + 1])))
        peak = int(np.argmax(strengths))
        # Of normally distributed values 0.6745 standard deviations are the median of their magnitudes.
        scatter = float(np.median(strengths)) / 0.6745
        clarity = float(strengths[peak]) / scatter if scatter else 0.0
        self._unclear_looks = self._unclear_looks + 1 if clarity < UNCLEAR else 0
        delay_samples = CENTRE_SAMPLES + peak - half
        confirmed = abs(delay_samples - self._peak_samples) <= SAME_SAMPLES
        self._peak_samples = delay_samples
        if clarity >= CLEAR and confirmed:
            self.delay_samples = delay_samples
        elif self._unclear_looks >= LOST_LOOKS:
            self.delay_samples = None

    def _whitened(self, samples: Samples) -> np.ndarray:
        spectrum = np.fft.rfft(samples * self._window) * self._band
        strengths = np.abs(spectrum)
        return np.asarray(spectrum / (strengths + FLOOR * strengths.max() + np.float32(1e-9)))
