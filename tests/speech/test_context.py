import numpy as np
import pytest

from roomtone.speech.context import LONGEST_GAP_S, MOST_S, Context
from roomtone.types import SAMPLE_RATE_HZ, Speaker, Utterance

pytestmark = pytest.mark.unit


def utterance(start_s: float, length_s: float) -> Utterance:
    samples = np.full(round(length_s * SAMPLE_RATE_HZ), start_s, np.float32)
    end_s = start_s + length_s
    return Utterance("u", "customer", Speaker.CUSTOMER, start_s, end_s, start_s, samples, end_s + 1.0)


def starts(context: Context, following: Utterance) -> list[float]:
    return [float(samples[0]) for samples in context.before(following)]


def test_what_was_said_just_before_comes_along_in_order() -> None:
    context = Context()
    for start_s in (0.0, 4.0, 8.0):
        context.add(utterance(start_s, 3.0))
    assert starts(context, utterance(12.0, 3.0)) == [0.0, 4.0, 8.0]


def test_a_long_silence_cuts_the_thread() -> None:
    context = Context()
    context.add(utterance(0.0, 3.0))
    later_s = 3.0 + LONGEST_GAP_S + 0.1
    context.add(utterance(later_s, 3.0))
    assert starts(context, utterance(later_s + 4.0, 2.0)) == [pytest.approx(later_s)]


def test_no_more_than_fits_beside_the_new_utterance() -> None:
    context = Context()
    for start_s in (0.0, 4.0, 8.0):
        context.add(utterance(start_s, 3.0))
    assert starts(context, utterance(12.0, MOST_S - 6.0)) == [4.0, 8.0]
    assert starts(context, utterance(12.0, MOST_S)) == []


def test_memory_is_bounded() -> None:
    context = Context()
    for start_s in range(0, 4000, 4):
        context.add(utterance(float(start_s), 3.5))
    kept_s = sum(len(kept.samples) for kept in context._utterances) / SAMPLE_RATE_HZ
    assert kept_s <= MOST_S
