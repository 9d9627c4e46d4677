"""Frames of a stretch of speech and the pitch of each, by normalised autocorrelation.

The window's own autocorrelation is divided out (Boersma 1993), so that the height of a peak says
how periodic a frame is whatever the pitch. A second pass looks only around the median of the
first, which removes most jumps by an octave.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from roomtone.types import SAMPLE_RATE_HZ, Samples

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ANALYSIS_RATE_HZ = SAMPLE_RATE_HZ // 2
"""Half the rate keeps what a telephone passes and halves the work."""
FRAME_SAMPLES = 320
"""40 ms: two periods of the lowest pitch and a little."""
HOP_SAMPLES = 80
HOP_S = HOP_SAMPLES / ANALYSIS_RATE_HZ
"""10 ms, the usual step of speech analysis."""
FFT_SAMPLES = 512
"""At least a frame and the longest lag together, so that the autocorrelation does not wrap round."""
PITCH_HZ = (60.0, 500.0)
"""From a low male voice to an excited female one."""
BAND_HZ = (300.0, 3400.0)
"""What a telephone lets through; the level is measured inside it."""
HARMONICS_HZ = (50.0, 2000.0)
"""Pitch is looked for between hum and hiss; without the highest harmonics the peaks are also broad
enough to be placed between two samples."""

VOICED_PERIODICITY = 0.45
"""Autocorrelation peak of a voiced frame, the value Praat ships with."""
OCTAVE_COST = 0.02
"""Taken off a peak for each octave down, so that of two equal peaks the higher pitch wins."""
AROUND_MEDIAN = (0.6, 1.75)
"""The second pass searches from this to this times the median: nearly two octaves, and yet neither
half nor double the median can be taken for it."""
VOICED_RUN_MIN_FRAMES = 3
"""Shorter stretches of voice are chance."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Power spectra of shape ``(frames, bins)`` and the level of each frame in dBFS inside the band."""

    power: Array
    level_db: Array

    def between(self, start: int, stop: int) -> "Frames":
        """Return the frames from ``start`` up to ``stop``."""
        return Frames(self.power[start:stop], self.level_db[start:stop])


@dataclass(frozen=True, slots=True)
class PitchTrack:
    """Pitch of each frame in semitones above 1 Hz, how periodic it is from 0 to 1, and whether voiced.

    ``semitones`` means nothing where a frame is not voiced.
    """

    semitones: Array
    periodicity: Array
    voiced: Mask


def analyse(samples: Samples) -> Frames:
    """Return the frames of finite 16 kHz mono ``samples``; shorter audio is padded to one frame."""
    missing = max(0, 2 * FRAME_SAMPLES - len(samples))
    padded = np.pad(samples.astype(np.float64), (0, missing))
    halved = np.convolve(padded, _half_band(), "same")[::2]
    windows = np.lib.stride_tricks.sliding_window_view(halved, FRAME_SAMPLES)[::HOP_SAMPLES]
    power = np.abs(np.fft.rfft(windows * np.hanning(FRAME_SAMPLES), FFT_SAMPLES)) ** 2
    hz = bin_hz()
    in_band = (hz >= BAND_HZ[0]) & (hz < BAND_HZ[1])
    full_scale = np.sum(np.hanning(FRAME_SAMPLES) ** 2) * FFT_SAMPLES / 2
    level_db = 10.0 * np.log10(power[:, in_band].sum(axis=1) / full_scale + 1e-12)
    return Frames(np.asarray(power, np.float64), np.asarray(level_db, np.float64))


def bin_hz() -> Array:
    """Return the frequency of each bin of the power spectra."""
    return np.asarray(np.fft.rfftfreq(FFT_SAMPLES, 1.0 / ANALYSIS_RATE_HZ), np.float64)


def track_pitch(frames: Frames, speech: Mask) -> PitchTrack:
    """Return the pitch of ``frames``; only those marked as ``speech`` can be voiced."""
    hz = bin_hz()
    audible = np.where((hz >= HARMONICS_HZ[0]) & (hz <= HARMONICS_HZ[1]), frames.power, 0.0)
    correlation = np.fft.irfft(audible, FFT_SAMPLES)[:, : _lags()[-1] + 2]
    correlation /= np.maximum(correlation[:, :1], 1e-20)
    correlation /= _window_correlation()
    lag, periodicity = _best_lag(correlation, PITCH_HZ)
    voiced = speech & (periodicity > VOICED_PERIODICITY)
    if voiced.any():
        median_hz = float(np.median(ANALYSIS_RATE_HZ / lag[voiced]))
        low_hz, high_hz = (median_hz * factor for factor in AROUND_MEDIAN)
        near = (max(PITCH_HZ[0], low_hz), min(PITCH_HZ[1], high_hz))
        lag, periodicity = _best_lag(correlation, near)
        voiced = _without_short_runs(speech & (periodicity > VOICED_PERIODICITY))
    semitones = 12.0 * np.log2(ANALYSIS_RATE_HZ / lag)
    return PitchTrack(_median_of_three(semitones, voiced), np.clip(periodicity, 0.0, 1.0), voiced)


def runs(mask: Mask) -> list[tuple[int, int]]:
    """Return the ``(start, stop)`` of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _best_lag(correlation: Array, range_hz: tuple[float, float]) -> tuple[Array, Array]:
    """Return the lag (in samples, between the samples) and height of the best peak of each frame."""
    lags = _lags()
    inner = correlation[:, lags]
    before, after = correlation[:, lags - 1], correlation[:, lags + 1]
    wanted = (lags >= ANALYSIS_RATE_HZ / range_hz[1]) & (lags <= ANALYSIS_RATE_HZ / range_hz[0])
    is_peak = (inner > before) & (inner >= after) & wanted
    shift = 0.5 * (before - after) / np.minimum(before - 2.0 * inner + after, -1e-9)
    height = np.where(is_peak, inner - 0.25 * (before - after) * shift, 0.0)
    best = (height - OCTAVE_COST * np.log2(lags / lags[0])).argmax(axis=1)
    rows = np.arange(len(correlation))
    found = is_peak[rows, best]
    return lags[best] + np.where(found, shift[rows, best], 0.0), height[rows, best]


def _without_short_runs(voiced: Mask) -> Mask:
    kept = voiced.copy()
    for start, stop in runs(voiced):
        if stop - start < VOICED_RUN_MIN_FRAMES:
            kept[start:stop] = False
    return kept


def _median_of_three(values: Array, voiced: Mask) -> Array:
    """Return ``values`` with single-frame jumps inside voiced stretches removed."""
    smooth = values.copy()
    inside = voiced[:-2] & voiced[1:-1] & voiced[2:]
    middle = np.median(np.stack((values[:-2], values[1:-1], values[2:])), axis=0)
    smooth[1:-1][inside] = middle[inside]
    return smooth


@cache
def _lags() -> NDArray[np.intp]:
    return np.arange(int(ANALYSIS_RATE_HZ / PITCH_HZ[1]), int(ANALYSIS_RATE_HZ / PITCH_HZ[0]) + 2)


@cache
def _window_correlation() -> Array:
    """Return the autocorrelation of the window, one at lag zero, for the lags looked at."""
    spectrum = np.abs(np.fft.rfft(np.hanning(FRAME_SAMPLES), 2 * FFT_SAMPLES)) ** 2
    correlation = np.fft.irfft(spectrum)[: _lags()[-1] + 2]
    return np.asarray(correlation / correlation[0])


@cache
def _half_band() -> Array:
    """Return a 47-tap low-pass of 3.6 kHz for halving the rate: 50 dB down at the new Nyquist's image."""
    taps = np.arange(47) - 23
    ideal = 2 * 3600.0 / SAMPLE_RATE_HZ * np.sinc(2 * 3600.0 / SAMPLE_RATE_HZ * taps)
    kernel = ideal * np.hamming(47)
    return np.asarray(kernel / kernel.sum())
