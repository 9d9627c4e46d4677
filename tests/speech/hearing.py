"""What the tests hear with: the bundled call and its reference, made sounds, a scripted detector."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roomtone import weights
from roomtone.audio.resample import Track
from roomtone.config.settings import VadSettings
from roomtone.events import SpeechEnded, SpeechStarted
from roomtone.interfaces import VoiceActivityDetector
from roomtone.speech.ear import Ear
from roomtone.speech.silero import SileroDetector
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Samples, Speaker, Utterance

DATA = Path(__file__).parents[1] / "data"
SIDES = (Speaker.SELLER, Speaker.CUSTOMER)
NAMES_IN_REFERENCE = {"agent": Speaker.SELLER, "caller": Speaker.CUSTOMER}
LONGEST_CALL_SAMPLES = 600 * SAMPLE_RATE_HZ


class ScriptedDetector:
    """Says what it is told, frame after frame; the last probability is repeated."""

    frame_samples = 512

    def __init__(self, probabilities: Sequence[float]) -> None:
        self._script = probabilities
        self._at_frame = 0

    def probabilities(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        places = np.arange(self._at_frame, self._at_frame + len(frames))
        self._at_frame += len(frames)
        return np.asarray(self._script, np.float32)[np.minimum(places, len(self._script) - 1)]

    def reset(self) -> None:
        self._at_frame = 0


class Hearing(NamedTuple):
    """All that an ear said about a piece of audio."""

    events: list[SpeechStarted | SpeechEnded]
    utterances: list[Utterance]

    @property
    def stretches_s(self) -> list[tuple[float, float]]:
        return [(event.start_s, event.end_s) for event in self.events if isinstance(event, SpeechEnded)]

    @property
    def spoken_s(self) -> float:
        return sum(end_s - start_s for start_s, end_s in self.stretches_s)


def listen(
    samples: Samples,
    *,
    chunk_samples: Sequence[int] = (1600,),
    detector: VoiceActivityDetector | None = None,
    settings: VadSettings | None = None,
) -> Hearing:
    """Hear ``samples`` in chunks of these sizes, the last repeated; by default with the real detector."""
    detector = SileroDetector(weights.silero_path()) if detector is None else detector
    ear = Ear("customer", Speaker.CUSTOMER, detector=detector, settings=settings or VadSettings())
    hearing = Hearing([], [])
    start, number = 0, 0
    while start < len(samples):
        size = chunk_samples[min(number, len(chunk_samples) - 1)]
        chunk = AudioChunk("customer", start, samples[start : start + size], 0.0)
        heard = ear.push(chunk)
        hearing.events.extend(heard.events)
        hearing.utterances.extend(heard.utterances)
        start, number = chunk.end_sample, number + 1
    heard = ear.flush()
    hearing.events.extend(heard.events)
    hearing.utterances.extend(heard.utterances)
    return hearing


@cache
def real_call() -> dict[Speaker, Samples]:
    """Both sides of the bundled call at 16 kHz."""
    track = Track(DATA / "auto_repairs.flac")
    audio = track.read(LONGEST_CALL_SAMPLES)
    track.close()
    return {side: np.ascontiguousarray(audio[:, channel]) for channel, side in enumerate(SIDES)}


@cache
def reference_s() -> dict[Speaker, float]:
    """Seconds of speech of each side of the bundled call."""
    spoken_s = dict.fromkeys(SIDES, 0.0)
    for line in (DATA / "auto_repairs.rttm").read_text().splitlines():
        _, _, _, _, duration_s, _, _, name, *_ = line.split()
        spoken_s[NAMES_IN_REFERENCE[name]] += float(duration_s)
    return spoken_s


def real_speech(start_s: float, end_s: float, side: Speaker = Speaker.CUSTOMER) -> Samples:
    """A stretch of one side of the bundled call."""
    return real_call()[side][round(start_s * SAMPLE_RATE_HZ) : round(end_s * SAMPLE_RATE_HZ)]


def at_gain(samples: Samples, gain_db: float) -> Samples:
    """The samples made louder, clipped as a converter clips, or quieter."""
    return np.clip(samples * 10.0 ** (gain_db / 20.0), -1.0, 1.0).astype(np.float32)


def at_level(samples: NDArray[np.float64], level_db: float) -> Samples:
    """The samples with this level over all, in dBFS."""
    return at_gain((samples / np.std(samples)).astype(np.float32), level_db)


def silence(duration_s: float) -> Samples:
    """Digital silence."""
    return np.zeros(round(duration_s * SAMPLE_RATE_HZ), np.float32)


def times_s(duration_s: float) -> NDArray[np.float64]:
    """The time of each sample."""
    return np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def white_noise(duration_s: float, level_db: float) -> Samples:
    """Hiss."""
    return at_level(np.random.default_rng(1).standard_normal(len(times_s(duration_s))), level_db)


def mains_hum(duration_s: float, level_db: float) -> Samples:
    """50 Hz with its odd overtones."""
    at_s = times_s(duration_s)
    return at_level(sum(np.sin(2 * np.pi * 50 * k * at_s + k) / k for k in (1, 3, 5)), level_db)


def click(peak: float, generator: np.random.Generator, duration_s: float = 0.02) -> Samples:
    """A burst that dies away within ``duration_s``."""
    burst = generator.standard_normal(round(duration_s * SAMPLE_RATE_HZ))
    burst *= np.exp(-np.linspace(0.0, 5.0, len(burst)))
    return (peak * burst / np.abs(burst).max()).astype(np.float32)


def typing(duration_s: float, peak: float, *, keys_per_s: float = 6.0) -> Samples:
    """Keys hit at random moments, over the hiss of a quiet room."""
    generator = np.random.default_rng(3)
    audio = white_noise(duration_s, -65.0)
    for at_s in generator.uniform(0.0, duration_s - 0.1, round(duration_s * keys_per_s)):
        key = click(peak * generator.uniform(0.3, 1.0), generator, generator.uniform(0.01, 0.03))
        start = round(at_s * SAMPLE_RATE_HZ)
        audio[start : start + len(key)] += key
    return audio


def chords(duration_s: float, level_db: float) -> Samples:
    """Music on hold: a struck chord a second, five overtones a note, no singer."""
    beats = [
        (220.0, 261.6, 329.6),
        (174.6, 220.0, 261.6),
        (196.0, 246.9, 293.7),
        (164.8, 196.0, 246.9),
    ]
    at_s = times_s(1.0)
    swell = np.minimum(1.0, at_s / 0.02) * np.exp(-at_s / 0.6)
    bars = [
        swell * sum(np.sin(2 * np.pi * hz * k * at_s) / k**1.5 for hz in chord for k in range(1, 6))
        for chord in beats
    ]
    return at_level(np.concatenate([bars[second % 4] for second in range(round(duration_s))]), level_db)


def melody(duration_s: float, level_db: float) -> Samples:
    """The same with one voice: four notes a second with vibrato, in the range of a human voice."""
    generator = np.random.default_rng(5)
    at_s = times_s(0.25)
    swell = np.minimum(1.0, at_s / 0.02) * np.exp(-at_s / 0.2)
    notes = []
    for _ in range(round(duration_s * 4)):
        hz = 220.0 * 2.0 ** (generator.choice([0, 2, 4, 5, 7, 9, 11, 12]) / 12.0)
        phase = 2 * np.pi * np.cumsum(hz * (1 + 0.005 * np.sin(2 * np.pi * 6 * at_s))) / SAMPLE_RATE_HZ
        notes.append(swell * sum(np.sin(k * phase) / k for k in range(1, 12)))
    return at_level(np.concatenate(notes), level_db)
