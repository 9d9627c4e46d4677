"""What a reading costs beyond the transcription, as a ratio to the encoder's pass over the same turn."""

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from reading_conditions import pink
from roomtone.acts.embedding import SentenceEmbedding
from roomtone.config.settings import ReadingSettings, WhisperSettings
from roomtone.speech.emotion import EmotionReader
from roomtone.speech.whisper import WhisperTranscriber
from roomtone.speech.wording import WordingReader
from roomtone.types import (
    SAMPLE_RATE_HZ,
    HeardUtterance,
    Hypothesis,
    Question,
    QuestionKind,
    Samples,
    Speaker,
    TurnHeard,
    Utterance,
)
from roomtone.weights import bundled_models_directory

TURN_S = 5.0
TIMES = 15
WORDS = (
    "We have been using the old one for about {0} years now. "
    "It does what it should in {0} cases. We would have to see about the other {0}."
)
"""With another figure in each pass: what was looked at before costs less."""
ASKED = "And how did you do that in the year {0}?"


def measure(whisper: Path, embedding: Path | None) -> str:
    """Return a line that tells the best of several passes over a turn of ``TURN_S``, one thread."""
    samples = speech_like(TURN_S)
    transcriber = WhisperTranscriber(whisper, WhisperSettings(threads=1))
    encoded = transcriber.encode(samples)
    models = bundled_models_directory()
    wording = None
    if embedding is not None:
        model = SentenceEmbedding(embedding)
        wording = WordingReader(models, model.embed)
    reader = EmotionReader(models, ReadingSettings(), wording=wording)
    turns = (turn_of(samples, transcriber.voice(encoded), number) for number in itertools.count(20))
    for _ in range(ReadingSettings().settle_turns):
        reader.predict(next(turns))
    encoder_s, encoder_cpu_s = best(lambda: transcriber.encode(samples))
    reading_s, reading_cpu_s = best(lambda: reader.predict(next(turns)))
    return (
        f"a turn of {TURN_S:.0f} s, one thread, best of {TIMES}: reading {1000 * reading_s:.1f} ms "
        f"({1000 * reading_cpu_s:.1f} ms of CPU), encoder {1000 * encoder_s:.1f} ms "
        f"({1000 * encoder_cpu_s:.1f} ms of CPU): {reading_s / encoder_s:.2f} of its pass"
    )


def best(work: Callable[[], object]) -> tuple[float, float]:
    """Return the shortest time and the least CPU time of several passes."""
    times = []
    for _ in range(TIMES):
        began_s, cpu_s = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - began_s, time.process_time() - cpu_s))
    return min(wall for wall, _ in times), min(cpu for _, cpu in times)


def speech_like(duration_s: float) -> Samples:
    """Return a voice of four syllables in a second over a little noise."""
    at_s = np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    phase = 2 * np.pi * np.cumsum(120 * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * at_s))) / SAMPLE_RATE_HZ
    tone = np.sum([np.sin(k * phase) / k for k in range(1, 20)], axis=0)
    voice = 0.1 * tone * (0.05 + np.sin(np.pi * 4 * at_s) ** 2)
    return (voice + 0.002 * pink(len(voice), np.random.default_rng(0))).astype(np.float32)


def turn_of(samples: Samples, voice: np.ndarray, number: int) -> TurnHeard:
    """Return a turn of one utterance that answers a question; ``number`` is in its words."""
    end_s = len(samples) / SAMPLE_RATE_HZ
    utterance = Utterance("u", "customer", Speaker.CUSTOMER, 0.0, end_s, 0.0, samples, end_s)
    question = Question(ASKED.format(number), QuestionKind.OPEN)
    heard = HeardUtterance(utterance, Hypothesis((), WORDS.format(number), "en", end_s, -0.2, 0.0, voice))
    return TurnHeard(Speaker.CUSTOMER, 0.0, end_s, (heard,), 0.5, question)
