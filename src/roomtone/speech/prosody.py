"""How speech was said: named figures of pitch, energy, colour and rhythm, in plain numpy.

Everything is measured between 300 and 3400 Hz where that is possible, so that a telephone and a
studio microphone give nearly the same figures, and nothing depends on how loud the recording is.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from roomtone.speech.pitch import HOP_S, Array, Frames, Mask, PitchTrack, analyse, bin_hz, runs, track_pitch
from roomtone.speech.timbre import NAMES as TIMBRE_NAMES
from roomtone.speech.timbre import timbre_figures
from roomtone.types import Samples

FloatArray = NDArray[np.float32]

FIGURES: tuple[str, ...] = (
    "pitch_median_st",
    "pitch_range_st",
    "pitch_spread_st",
    "pitch_top_st",
    "pitch_slope_st_per_s",
    "pitch_ending_st",
    "pitch_movement_st_per_s",
    "pitch_rising_share",
    "pitch_roughness_st",
    "periodicity_mean",
    "periodicity_sd",
    "voiced_share",
    "voiced_stretch_s",
    "level_range_db",
    "level_sd_db",
    "level_slope_db_per_s",
    "level_ending_db",
    "level_movement_db_per_s",
    "level_attack_db_per_s",
    "level_decay_db_per_s",
    "level_roughness_db",
    "level_with_pitch",
    "tilt_db_per_octave",
    "tilt_sd_db_per_octave",
    "tilt_with_level",
    "centroid_octaves",
    "centroid_sd_octaves",
    "band_300_600_db",
    "band_600_1200_db",
    "band_1200_2200_db",
    "band_2200_3400_db",
    "spectral_change_db",
    "syllables_per_s",
    "syllable_depth_db",
    "pause_share",
    "pauses_per_s",
    "pause_mean_s",
    *TIMBRE_NAMES,
)
"""The figures in their fixed order; ``st`` are semitones, pitch being counted from 1 Hz."""

BAND_EDGES_HZ = (300.0, 600.0, 1200.0, 2200.0, 3400.0)
"""About an octave each: roughly first formant low and high, second formant, and above."""

SPEECH_BELOW_PEAK_DB = 32.0
"""Frames further below the loud ones are silence: speech spans about 30 dB within a turn."""
SPEECH_ABOVE_FLOOR_DB = 6.0
"""Frames must stand out of the quietest tenth by this, in noise."""
SILENCE_DBFS = -85.0
"""Nothing is heard in a turn that is quieter: the rounding of 16-bit audio."""
PAUSE_MIN_S = 0.12
"""Shorter gaps are the closures of stops (p, t, k), not pauses."""
SPEECH_MIN_S = 0.1
"""With less speech nothing can be measured."""
VOICED_MIN_FRAMES = 8
"""Pitch figures need 80 ms of voice."""
ENDING_S = 0.35
"""The last word or so, where a question rises."""
SYLLABLE_DEPTH_DB = 2.0
"""A syllable is a peak of the smoothed level with dips of at least this on both sides."""
SYLLABLE_MIN_GAP_S = 0.1
"""Nobody speaks more than ten syllables in a second."""


@dataclass(frozen=True, slots=True)
class Prosody:
    """The figures of one stretch of speech.

    ``figures`` has shape ``(len(FIGURES),)`` float32, in the order of :data:`FIGURES`, NaN where there
    was nothing to measure; ``speech_s`` is the time spent speaking, pauses left out; ``damaged`` says
    that samples were not finite.
    """

    figures: FloatArray
    speech_s: float
    damaged: bool

    def __getitem__(self, name: str) -> float:
        return float(self.figures[FIGURES.index(name)])


def measure(samples: Samples) -> Prosody:
    """Return the figures of ``samples``, 16 kHz mono float32 of any length; never raises on odd audio."""
    finite = np.isfinite(samples)
    damaged = not bool(finite.all())
    if damaged:
        samples = np.where(finite, samples, np.float32(0.0))
    frames = analyse(samples)
    speech = _speech_frames(frames)
    speech_s = float(np.count_nonzero(speech)) * HOP_S
    if speech_s < SPEECH_MIN_S:
        return Prosody(np.full(len(FIGURES), np.nan, np.float32), speech_s, damaged)
    first, last = np.flatnonzero(speech)[[0, -1]]
    frames, speech = frames.between(first, last + 1), speech[first : last + 1]
    track = track_pitch(frames, speech)
    named = {
        **_pitch_figures(track, speech),
        **_level_figures(frames.level_db, track, speech),
        **_colour_figures(frames, track.voiced, speech),
        **_rhythm_figures(frames.level_db, speech),
        **timbre_figures(frames.power, speech),
    }
    figures = np.array([named.get(name, np.nan) for name in FIGURES], np.float32)
    return Prosody(figures, speech_s, damaged)


def _speech_frames(frames: Frames) -> Mask:
    """Return which frames hold speech, with closures bridged."""
    level = frames.level_db
    if not len(level) or level.max() < SILENCE_DBFS:
        return np.zeros(len(level), np.bool_)
    loud, floor = np.percentile(level, (95, 10))
    above_floor = min(floor + SPEECH_ABOVE_FLOOR_DB, loud - SPEECH_ABOVE_FLOOR_DB)
    speech = level > max(loud - SPEECH_BELOW_PEAK_DB, above_floor, SILENCE_DBFS)
    for start, stop in runs(~speech):
        if start > 0 and stop < len(speech) and (stop - start) * HOP_S < PAUSE_MIN_S:
            speech[start:stop] = True
    return np.asarray(speech, np.bool_)


def _pitch_figures(track: PitchTrack, speech: Mask) -> dict[str, float]:
    voiced = track.voiced
    figures = {
        "voiced_share": np.count_nonzero(voiced) / np.count_nonzero(speech),
        "periodicity_mean": float(track.periodicity[speech].mean()),
        "periodicity_sd": float(track.periodicity[speech].std()),
    }
    if np.count_nonzero(voiced) < VOICED_MIN_FRAMES:
        return figures
    at_s = np.asarray(np.flatnonzero(voiced) * HOP_S, np.float64)
    pitch = track.semitones[voiced]
    low, median, high, top = np.percentile(pitch, (10, 50, 90, 97))
    ending = pitch[at_s > at_s[-1] - ENDING_S]
    figures |= {
        "pitch_median_st": float(median),
        "pitch_range_st": float(high - low),
        "pitch_spread_st": float(pitch.std()),
        "pitch_top_st": float(top - median),
        "pitch_slope_st_per_s": _slope(at_s, pitch),
        "pitch_ending_st": float(ending.mean() - median),
        "voiced_stretch_s": float(np.mean([stop - start for start, stop in runs(voiced)])) * HOP_S,
    }
    step = np.diff(track.semitones)[voiced[1:] & voiced[:-1]]
    if len(step):
        figures["pitch_movement_st_per_s"] = float(np.abs(step).mean()) / HOP_S
        figures["pitch_rising_share"] = float(np.mean(step > 0))
    bend = np.diff(track.semitones, n=2)[voiced[2:] & voiced[1:-1] & voiced[:-2]]
    if len(bend):
        figures["pitch_roughness_st"] = float(np.median(np.abs(bend)))
    return figures


def _level_figures(level: Array, track: PitchTrack, speech: Mask) -> dict[str, float]:
    at_s = np.asarray(np.flatnonzero(speech) * HOP_S, np.float64)
    spoken = level[speech]
    low, high = np.percentile(spoken, (10, 95))
    step = np.diff(level)[speech[1:] & speech[:-1]] / HOP_S
    bend = np.diff(level, n=2)[track.voiced[2:] & track.voiced[1:-1] & track.voiced[:-2]]
    figures = {
        "level_range_db": float(high - low),
        "level_sd_db": float(spoken.std()),
        "level_slope_db_per_s": _slope(at_s, spoken),
        "level_ending_db": float(spoken[at_s > at_s[-1] - ENDING_S].mean() - spoken.mean()),
        "level_movement_db_per_s": float(np.abs(step).mean()) if len(step) else np.nan,
        "level_attack_db_per_s": float(np.percentile(step, 95)) if len(step) else np.nan,
        "level_decay_db_per_s": float(np.percentile(step, 5)) if len(step) else np.nan,
        "level_roughness_db": float(np.median(np.abs(bend))) if len(bend) else np.nan,
    }
    if np.count_nonzero(track.voiced) >= VOICED_MIN_FRAMES:
        figures["level_with_pitch"] = _correlation(level[track.voiced], track.semitones[track.voiced])
    return figures


def _colour_figures(frames: Frames, voiced: Mask, speech: Mask) -> dict[str, float]:
    """Return how the energy lies over the telephone band, in voice where there is enough of it."""
    chosen = voiced if np.count_nonzero(voiced) >= VOICED_MIN_FRAMES else speech
    power = frames.power[chosen]
    bands = power @ _bands()
    total = bands.sum(axis=1, keepdims=True) + 1e-20
    band_db = 10.0 * np.log10(bands / total + 1e-6)
    octaves = np.log2(np.sqrt(np.array(BAND_EDGES_HZ[:-1]) * np.array(BAND_EDGES_HZ[1:])))
    width_db = 10.0 * np.log10(np.diff(BAND_EDGES_HZ))
    offset = octaves - octaves.mean()
    tilt = (band_db - width_db) @ offset / (offset @ offset)
    centroid = np.log2((power @ _band_hz()) / (power @ _bands().sum(axis=1) + 1e-20) + 1.0)
    together = voiced[1:] & voiced[:-1]
    figures = {
        "tilt_db_per_octave": float(tilt.mean()),
        "tilt_sd_db_per_octave": float(tilt.std()),
        "tilt_with_level": _correlation(tilt, frames.level_db[chosen]),
        "centroid_octaves": float(centroid.mean()),
        "centroid_sd_octaves": float(centroid.std()),
    }
    for low, high, column in zip(BAND_EDGES_HZ[:-1], BAND_EDGES_HZ[1:], band_db.T, strict=True):
        figures[f"band_{low:.0f}_{high:.0f}_db"] = float(column.mean())
    if together.any():
        all_bands = frames.power @ _bands()
        shape = 10.0 * np.log10(all_bands / (all_bands.sum(axis=1, keepdims=True) + 1e-20) + 1e-6)
        figures["spectral_change_db"] = float(np.abs(np.diff(shape, axis=0))[together].mean())
    return figures


def _rhythm_figures(level: Array, speech: Mask) -> dict[str, float]:
    pauses = [stop - start for start, stop in runs(~speech)]
    whole_s, speech_s = len(speech) * HOP_S, np.count_nonzero(speech) * HOP_S
    depths = _syllable_depths(level, speech)
    return {
        "syllables_per_s": len(depths) / speech_s,
        "syllable_depth_db": float(np.mean(depths)) if len(depths) else np.nan,
        "pause_share": 1.0 - speech_s / whole_s,
        "pauses_per_s": len(pauses) / whole_s,
        "pause_mean_s": float(np.mean(pauses)) * HOP_S if pauses else 0.0,
    }


def _syllable_depths(level: Array, speech: Mask) -> list[float]:
    """Return for each syllable-like peak of the level how far it falls before the next one."""
    floor = level[speech].min()
    smooth = np.convolve(np.where(speech, level, floor), np.hanning(11) / np.hanning(11).sum(), "same")
    is_peak = (smooth[1:-1] > smooth[:-2]) & (smooth[1:-1] >= smooth[2:])
    peaks = [int(at) + 1 for at in np.flatnonzero(is_peak)]
    depths: list[float] = []
    top, valley = -1, np.inf
    for at in peaks:
        if top >= 0:
            valley = float(smooth[top : at + 1].min())
            depth = min(smooth[top], smooth[at]) - valley
            if depth < SYLLABLE_DEPTH_DB or (at - top) * HOP_S < SYLLABLE_MIN_GAP_S:
                top = at if smooth[at] > smooth[top] else top
                continue
            depths.append(float(smooth[top] - valley))
        top = at
    if top >= 0:
        depths.append(float(smooth[top] - smooth[top:].min()))
    return depths


@cache
def _bands() -> Array:
    """Return 0/1 weights of shape ``(bins, bands)`` that add up the power of each band."""
    hz = bin_hz()[:, None]
    low, high = np.array(BAND_EDGES_HZ[:-1]), np.array(BAND_EDGES_HZ[1:])
    return np.asarray((hz >= low) & (hz < high), np.float64)


@cache
def _band_hz() -> Array:
    """Return the frequency of each bin inside the band and zero outside, shape ``(bins,)``."""
    hz = bin_hz()
    return np.where((hz >= BAND_EDGES_HZ[0]) & (hz < BAND_EDGES_HZ[-1]), hz, 0.0)


def _slope(x: Array, y: Array) -> float:
    centred = x - x.mean()
    spread = float(centred @ centred)
    return float(centred @ y) / spread if spread > 0 else 0.0


def _correlation(x: Array, y: Array) -> float:
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 1e-12 else 0.0
