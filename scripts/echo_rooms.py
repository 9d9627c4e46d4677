"""What a microphone hears of a loudspeaker in the same room: synthetic, and the same for the same seed."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from roomtone.types import SAMPLE_RATE_HZ, Samples

SPEAKER_BAND_HZ: Final = (200.0, 6500.0)
"""What the loudspeakers of a laptop give back; an octave beyond either end, 12 dB less."""
REFLECTIONS_DB: Final = -3.0
"""All reflections together beside the direct sound: a microphone half a metre from the loudspeaker."""
FIRST_REFLECTION_S: Final = 0.003
"""The table top and the wall behind the screen are about a metre of extra way."""


@dataclass(frozen=True)
class Room:
    """One way from the loudspeaker to the microphone."""

    name: str
    reverberation_s: float
    """RT60; 0 is the plain signal, delayed and weaker, without any loudspeaker."""
    distortion: float = 0.0
    """How much of the loudspeaker's output at full scale is its own making; 0.1 is a small, loud one."""
    noise_db: float = -96.0
    """Level of the room's own noise in dBFS."""


PLAIN: Final = Room("plain copy", 0.0)
ROOMS: Final = (
    PLAIN,
    Room("study, RT60 0.2 s", 0.2, distortion=0.02, noise_db=-70.0),
    Room("office, RT60 0.4 s", 0.4, distortion=0.05, noise_db=-65.0),
    Room("kitchen, RT60 0.6 s", 0.6, distortion=0.1, noise_db=-60.0),
)


def echo(far: Samples, room: Room, *, gain_db: float, delay_s: float, seed: int) -> Samples:
    """Return the far end as the microphone hears it, as long as ``far``.

    ``gain_db`` is its level beside ``far``, loudspeaker and room included; ``delay_s`` may be negative, which
    is what a slower route of the far end's own capture looks like.
    """
    sound = far.astype(np.float64)
    if room.reverberation_s:
        sound = _spoken_by_loudspeaker(sound, room.distortion)
        sound = _convolved(sound, _response(room.reverberation_s, np.random.default_rng(seed)))
    power, wanted_power = np.mean(np.square(sound)), np.mean(np.square(far, dtype=np.float64))
    if power:
        sound *= np.sqrt(wanted_power / power) * 10.0 ** (gain_db / 20.0)
    return shifted(sound.astype(np.float32), round(delay_s * SAMPLE_RATE_HZ))


def noise(samples: int, room: Room, *, seed: int) -> Samples:
    """Return the room's own noise: a fan's, falling by 3 dB an octave."""
    points = _points(samples)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(points))
    spectrum /= np.sqrt(np.maximum(1.0, np.fft.rfftfreq(points, 1.0 / SAMPLE_RATE_HZ) / 100.0))
    hiss = np.fft.irfft(spectrum)[:samples]
    return np.asarray(hiss / np.std(hiss) * 10.0 ** (room.noise_db / 20.0), np.float32)


def shifted(samples: Samples, by_samples: int) -> Samples:
    """Return the samples later by so many, or earlier if negative, silence taking the free place."""
    moved = np.zeros_like(samples)
    if by_samples >= 0:
        moved[by_samples:] = samples[: len(samples) - by_samples]
    else:
        moved[:by_samples] = samples[-by_samples:]
    return moved


def drifted(sound: Samples, by_ppm: float) -> Samples:
    """Return what a device records whose clock runs faster by so many millionths."""
    places = np.arange(len(sound)) * (1.0 - by_ppm * 1e-6)
    return np.asarray(np.interp(places, np.arange(len(sound)), sound), np.float32)


def swung(sound: Samples, by_db: float) -> Samples:
    """Return the sound getting louder and softer by so much every 3 s."""
    at_s = np.arange(len(sound)) / SAMPLE_RATE_HZ
    return np.asarray(sound * 10.0 ** (by_db * np.sin(2 * np.pi * at_s / 3.0) / 20.0), np.float32)


def music(samples: int, *, level_db: float) -> Samples:
    """Return chords, one struck a second, as they are played to people on hold."""
    beat_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    swell = np.minimum(1.0, beat_s / 0.02) * np.exp(-beat_s / 0.6)
    chords_hz = ((220.0, 261.6, 329.6), (174.6, 220.0, 261.6), (196.0, 246.9, 293.7), (164.8, 196.0, 246.9))
    beats = [
        swell * sum(np.sin(2 * np.pi * hz * k * beat_s) / k**1.5 for hz in chord for k in range(1, 12))
        for chord in chords_hz
    ]
    tune = np.resize(np.concatenate(beats), samples)
    return np.asarray(tune / np.std(tune) * 10.0 ** (level_db / 20.0), np.float32)


def _spoken_by_loudspeaker(sound: NDArray[np.float64], distortion: float) -> NDArray[np.float64]:
    low_hz, high_hz = SPEAKER_BAND_HZ
    points = _points(len(sound))
    spectrum = np.fft.rfft(sound, points)
    hz = np.maximum(1.0, np.fft.rfftfreq(points, 1.0 / SAMPLE_RATE_HZ))
    spectrum /= np.sqrt((1.0 + (low_hz / hz) ** 4) * (1.0 + (hz / high_hz) ** 4))
    driven = np.fft.irfft(spectrum)[: len(sound)]
    loudest = float(np.abs(driven).max()) or 1.0
    full_scale = driven / loudest
    return np.asarray(loudest * (full_scale + distortion * (full_scale**2 - full_scale**3)))


def _response(reverberation_s: float, generator: np.random.Generator) -> NDArray[np.float64]:
    at_s = np.arange(round(reverberation_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    reflections = generator.standard_normal(len(at_s)) * 10.0 ** (-3.0 * at_s / reverberation_s)
    reflections[at_s < FIRST_REFLECTION_S] = 0.0
    reflections *= 10.0 ** (REFLECTIONS_DB / 20.0) / np.sqrt(np.sum(np.square(reflections)))
    reflections[0] = 1.0
    return reflections


def _convolved(sound: NDArray[np.float64], response: NDArray[np.float64]) -> NDArray[np.float64]:
    points = _points(len(sound) + len(response))
    product = np.fft.rfft(sound, points) * np.fft.rfft(response, points)
    return np.asarray(np.fft.irfft(product, points)[: len(sound)])


def _points(samples: int) -> int:
    """Return the next power of two: transforms of other lengths take ten times as long."""
    return 1 << (samples - 1).bit_length()
