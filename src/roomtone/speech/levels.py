"""How loud this side's speech and this side's silence are, learned while listening. Pure.

Both levels come from decaying histograms, so nothing depends on the gain of the microphone: a side
10 dB louder moves both, and the thresholds between them, by 10 dB.
"""

import numpy as np

from roomtone.types import Samples

LOWEST_DB = -110
"""dBFS of the lowest bin; digital silence and everything below it falls there."""
BINS = -LOWEST_DB + 10
"""1 dB a bin, up to +10 dBFS for float recordings that overshoot."""
SPEECH_QUANTILE = 0.85
"""The level of the louder syllables; pauses and unstressed vowels lie below it."""
NOISE_QUANTILE = 0.9
"""Most of the background lies below this quantile of the frames without speech."""
SPEECH_RANGE_DB = 30.0
"""Speech lies within this range below its louder syllables; what is softer is breath and line noise."""
NOISE_MARGIN_DB = 6.0
"""How far above the background a frame must be to count as more than background."""
HALF_LIFE_S = 60.0
"""How fast an old level is forgotten: people lean back, and microphones get turned up."""
LEAST_SPEECH_S = 1.0
"""Speech needed before its level means anything."""
LEAST_NOISE_S = 0.5
"""Background needed before its level means anything."""


def level_db(frames: Samples) -> Samples:
    """Return the level of each frame in dBFS for ``frames`` of shape ``(n, samples)``."""
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    return np.asarray(10.0 * np.log10(power + 10.0 ** (LOWEST_DB / 10.0)), dtype=np.float32)


class LevelTracker:
    """Learns the level of speech and of background from frames of ``frame_s`` seconds."""

    def __init__(self, frame_s: float) -> None:
        self._frame_s = frame_s
        self._decay = 0.5 ** (frame_s / HALF_LIFE_S)
        self._speech_s = [0.0] * BINS
        self._noise_s = [0.0] * BINS
        self._weight_s = frame_s
        self.threshold_db: float | None = None
        """Level above which a frame is louder than this side's background and as loud as its speech;
        None while too little speech was heard."""
        self.speech_db: float | None = None
        """Level of this side's louder syllables; None while too little speech was heard."""

    def add(self, frame_db: float, *, speech: bool) -> None:
        """Count one frame that the detector is sure holds speech, or is sure holds none."""
        histogram = self._speech_s if speech else self._noise_s
        # Growing the weight of new frames is the same as shrinking all the old ones, without the loop.
        self._weight_s /= self._decay
        histogram[min(BINS - 1, max(0, round(frame_db) - LOWEST_DB))] += self._weight_s

    def update(self) -> None:
        """Compute the threshold anew; call it a few times a second."""
        speech = np.asarray(self._speech_s)
        noise = np.asarray(self._noise_s)
        if self._weight_s > self._frame_s * 1e6:
            scale = self._frame_s / self._weight_s
            speech, noise = speech * scale, noise * scale
            self._speech_s, self._noise_s = speech.tolist(), noise.tolist()
            self._weight_s = self._frame_s
        unit = self._weight_s / self._frame_s
        if speech.sum() / unit < LEAST_SPEECH_S:
            return
        self.speech_db = _quantile_db(speech, SPEECH_QUANTILE)
        threshold_db = self.speech_db - SPEECH_RANGE_DB
        if noise.sum() / unit >= LEAST_NOISE_S:
            threshold_db = max(threshold_db, _quantile_db(noise, NOISE_QUANTILE) + NOISE_MARGIN_DB)
        self.threshold_db = threshold_db


def _quantile_db(histogram: np.ndarray, quantile: float) -> float:
    cumulated = np.cumsum(histogram)
    return float(np.searchsorted(cumulated, quantile * cumulated[-1]) + LOWEST_DB)
