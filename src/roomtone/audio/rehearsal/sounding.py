"""The short sound that a check plays, and how to find it again in what was heard. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from roomtone.types import SAMPLE_RATE_HZ, Samples

SOUND_S: Final = 0.7
"""Long enough to be found 25 dB below the noise of a room, short enough to disturb nobody."""
SOUND_DBFS: Final = -30.0
"""RMS level: a soft rustle where speech is at an ordinary volume."""
LOWEST_HZ: Final = 400.0
"""Loudspeakers of laptops give little below this."""
HIGHEST_HZ: Final = 3500.0
"""Telephony headsets and Bluetooth in call mode pass nothing above this."""
FADE_S: Final = 0.05
"""Without it the sound would click."""
SEED: Final = 1
"""Any will do; the sound must only be the same each time."""

LIKENESS: Final = 0.15
"""Correlation at which the sound counts as found: 0.09 was the most in a thousand stretches of speech,
music and noise without it; with it, 25 dB below noise or 10 dB below speech, it is 0.3."""
FLATTENED_HZ: Final = 80.0
"""Width over which the spectrum is evened out, so that a voice or music counts no more than the rest."""
REVERBERATION_S: Final = 0.06
"""How long the sound's reflections are counted towards its level."""
BEFORE_S: Final = 0.002
"""The peak of the correlation is this sharp, and some of it lies before its top."""

_Spectrum = NDArray[np.complex128]
_Magnitudes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    """Where the sound begins in what was heard, and its RMS level there in dBFS."""

    start_sample: int
    level_db: float


def short_sound() -> Samples:
    """Return the sound: band-limited noise of ``SOUND_S`` at ``SOUND_DBFS``, the same each time."""
    samples = round(SOUND_S * SAMPLE_RATE_HZ)
    phases = np.random.default_rng(SEED).random(samples // 2 + 1)
    sound = np.fft.irfft(_band(samples) * np.exp(2j * np.pi * phases), samples)
    fade_samples = round(FADE_S * SAMPLE_RATE_HZ)
    fade = 0.5 - 0.5 * np.cos(np.pi * np.arange(fade_samples) / fade_samples)
    sound[:fade_samples] *= fade
    sound[-fade_samples:] *= fade[::-1]
    return np.asarray(sound * 10 ** (SOUND_DBFS / 20) / np.sqrt(np.mean(sound**2)), np.float32)


def find(heard: Samples) -> Found | None:
    """Return where :func:`short_sound` is in what was heard, or None where it is not or not whole."""
    sound = short_sound()
    places = len(heard) - len(sound) + 1
    if places < 1:
        return None
    size = 1 << (len(heard) + len(sound)).bit_length()
    band = _band(size)
    heard_spectrum, sound_spectrum = np.fft.rfft(heard, size) * band, np.fft.rfft(sound, size) * band

    flat_heard, flat_sound = _flattened(heard_spectrum), _flattened(sound_spectrum)
    energy = np.concatenate(([0.0], np.cumsum(np.fft.irfft(flat_heard, size)[: len(heard)] ** 2)))
    energy = energy[len(sound) :] - energy[:places]
    # Silence has no likeness to anything: its energy counts as at least -40 dB of the loudest stretch.
    energy = np.maximum(energy, 1e-4 * energy.max() + np.finfo(np.float32).tiny)
    likeness = _envelope(flat_heard * np.conj(flat_sound))[:places] / np.sqrt(
        energy * np.sum(np.fft.irfft(flat_sound, size) ** 2)
    )
    start_sample = int(likeness.argmax())
    if likeness[start_sample] < LIKENESS:
        return None
    matched = _envelope(heard_spectrum * np.conj(sound_spectrum))[:places]
    itself = _envelope(np.abs(sound_spectrum) ** 2 + 0j)
    return Found(start_sample, SOUND_DBFS + _gain_db(matched, start_sample, itself))


def _gain_db(matched: _Magnitudes, start_sample: int, itself: _Magnitudes) -> float:
    """Return the level of what was found beside the sound itself, its reflections included."""
    begin = max(0, start_sample - round(BEFORE_S * SAMPLE_RATE_HZ))
    end = min(len(matched), start_sample + round(REVERBERATION_S * SAMPLE_RATE_HZ))
    power = matched**2
    elsewhere = np.delete(power, slice(begin, end))
    background = float(np.median(elsewhere)) if len(elsewhere) else 0.0
    found = max(float(np.sum(power[begin:end] - background)), float(power[start_sample]))
    around = np.arange(begin - start_sample, end - start_sample)
    whole = float(np.sum(itself[around] ** 2))  # negative places lie at the end, as the spectrum is circular
    return 10.0 * float(np.log10(found / whole))


def _band(size: int) -> NDArray[np.bool_]:
    frequencies_hz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    return np.asarray((frequencies_hz >= LOWEST_HZ) & (frequencies_hz <= HIGHEST_HZ))


def _flattened(spectrum: _Spectrum) -> _Spectrum:
    """Return the spectrum with the same power everywhere, measured over ``FLATTENED_HZ``."""
    size = 2 * (len(spectrum) - 1)
    width = 2 * round(FLATTENED_HZ * size / SAMPLE_RATE_HZ / 2) + 1
    power = np.convolve(np.abs(spectrum) ** 2, np.full(width, 1 / width), "same")
    return np.asarray(spectrum / np.sqrt(power + 1e-6 * power.max() + np.finfo(np.float32).tiny))


def _envelope(spectrum: _Spectrum) -> _Magnitudes:
    """Return the magnitude of the analytic signal with this spectrum of a real one."""
    both = np.concatenate((2 * spectrum, np.zeros(len(spectrum) - 2)))
    return np.abs(np.fft.ifft(both))
