"""What the tests of the echo hear: the bundled call, and its customer coming back through a room."""

from collections.abc import Sequence

import numpy as np

from roomtone.audio.echo.cleaner import EchoCleaner, Judged
from roomtone.types import SAMPLE_RATE_HZ, Samples, Speaker
from speech.hearing import real_call

ROOM_S = 0.2
"""The room rings for this long, by 60 dB."""


def call(duration_s: float, start_s: float = 6.0) -> tuple[Samples, Samples]:
    """The seller's and the customer's side of the bundled call; the customer begins to speak at 6.9 s."""
    part = slice(round(start_s * SAMPLE_RATE_HZ), round((start_s + duration_s) * SAMPLE_RATE_HZ))
    return real_call()[Speaker.SELLER][part], real_call()[Speaker.CUSTOMER][part]


def hiss(samples: int, level_db: float = -70.0, seed: int = 7) -> Samples:
    """The noise of a quiet room."""
    noise = np.random.default_rng(seed).standard_normal(samples)
    return (noise * 10.0 ** (level_db / 20.0)).astype(np.float32)


def through_room(far: Samples, *, delay_s: float, gain_db: float, seed: int = 3) -> Samples:
    """The far end as a microphone hears it: directly, and by reflections of the same energy together."""
    at_s = np.arange(round(ROOM_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    way = np.random.default_rng(seed).standard_normal(len(at_s)) * 10.0 ** (-3.0 * at_s / ROOM_S)
    way /= np.sqrt(np.sum(np.square(way)))
    way[0] = 1.0
    points = 1 << (len(far) + len(way)).bit_length()
    heard = np.fft.irfft(np.fft.rfft(far, points) * np.fft.rfft(way, points))[: len(far)]
    heard *= 10.0 ** (gain_db / 20.0) / np.sqrt(2.0)
    return later(heard.astype(np.float32), delay_s)


def later(sound: Samples, by_s: float) -> Samples:
    """The sound moved by so many seconds, earlier if negative, silence taking its place."""
    by_samples = round(by_s * SAMPLE_RATE_HZ)
    moved = np.zeros_like(sound)
    if by_samples >= 0:
        moved[by_samples:] = sound[: len(sound) - by_samples]
    else:
        moved[:by_samples] = sound[-by_samples:]
    return moved


def clean(
    near: Samples, far: Samples, chunk_samples: Sequence[int] = (1600,)
) -> tuple[Samples, list[Judged]]:
    """Everything a cleaner gives back when both sides come in chunks of these sizes, in turn."""
    cleaner = EchoCleaner()
    pieces, judged = [], []
    start, number = 0, 0
    while start < len(near):
        part = slice(start, start + chunk_samples[number % len(chunk_samples)])
        samples, told = cleaner.hear(far=far[part], near=near[part])
        pieces.append(samples)
        judged += told
        start, number = part.stop, number + 1
    samples, told = cleaner.flush()
    return np.concatenate([*pieces, samples]), [*judged, *told]


def level_db(samples: Samples) -> float:
    """The level over all, in dBFS."""
    return 10.0 * float(np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))
