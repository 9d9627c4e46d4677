import numpy as np
import pytest

from roomtone.speech.context import LEAST_S, LONGEST_GAP_S, LONGEST_TOGETHER_S, MOST_S, Context
from roomtone.types import SAMPLE_RATE_HZ, Speaker, Utterance, Word

pytestmark = pytest.mark.unit


def utterance(start_s: float, length_s: float) -> Utterance:
    """An utterance whose samples are the seconds of the call at which they were heard."""
    samples = (start_s + np.arange(round(length_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ).astype(np.float32)
    end_s = start_s + length_s
    return Utterance("u", "customer", Speaker.CUSTOMER, start_s, end_s, start_s, samples, end_s + 1.0)


def spoken(start_s: float, text: str) -> list[Word]:
    """Words of half a second each, without pauses."""
    return [
        Word(word, start_s + 0.5 * number, start_s + 0.5 * (number + 1), 0.9)
        for number, word in enumerate(text.split())
    ]


def starts(context: Context, following: Utterance) -> list[float]:
    return [pytest.approx(float(samples[0]), abs=0.01) for samples in context.before(following).pieces]


def test_what_was_said_just_before_comes_along_in_order() -> None:
    context = Context()
    for start_s in (0.0, 3.0, 6.0):
        context.add(utterance(start_s, 2.0), ())
    assert starts(context, utterance(12.0, 3.0)) == [0.0, 3.0, 6.0]


def test_a_long_silence_cuts_the_thread() -> None:
    context = Context()
    context.add(utterance(0.0, 2.0), ())
    later_s = 2.0 + LONGEST_GAP_S + 0.1
    context.add(utterance(later_s, 2.0), ())
    assert starts(context, utterance(later_s + 4.0, 2.0)) == [later_s]


def test_of_an_utterance_that_is_too_long_the_last_phrases_come_along() -> None:
    context = Context()
    context.add(utterance(0.0, 12.0), spoken(0.0, "a b c. d e, f g h i j k l m n. o p q r s t u v w x"))
    context.add(utterance(14.0, MOST_S - 6.0), ())
    assert starts(context, utterance(20.0, 3.0)) == [7.0, 14.0]


def test_a_phrase_that_is_too_long_stays_behind_and_so_does_one_too_short_to_say_anything() -> None:
    context = Context()
    context.add(utterance(0.0, 12.0), spoken(0.0, "a " * 24))
    assert starts(context, utterance(14.0, 3.0)) == []
    context.add(utterance(14.0, MOST_S - LEAST_S / 2), ())
    assert starts(context, utterance(24.0, 3.0)) == [14.0]


def test_all_together_is_no_more_than_can_be_heard_at_once() -> None:
    context = Context()
    for start_s in (0.0, 3.0, 6.0):
        context.add(utterance(start_s, 2.0), ())
    assert starts(context, utterance(12.0, LONGEST_TOGETHER_S - 5.0)) == [3.0, 6.0]
    assert starts(context, utterance(12.0, LONGEST_TOGETHER_S)) == []


def test_memory_is_bounded() -> None:
    context = Context()
    for start_s in range(0, 4000, 4):
        context.add(utterance(float(start_s), 3.5), ())
    kept_s = sum(len(kept.samples) for kept, _ in context._said) / SAMPLE_RATE_HZ
    assert kept_s <= MOST_S + 2 * 3.5


def test_the_words_before_are_told_and_whether_speech_goes_on() -> None:
    context = Context()
    context.add(utterance(0.0, 6.0), spoken(0.0, "so what would it cost us"))
    goes_on, after_a_pause = context.before(utterance(6.0, 3.0)), context.before(utterance(6.5, 3.0))
    assert " ".join(goes_on.words) == " ".join(after_a_pause.words) == "so what would it cost us"
    assert goes_on.goes_on
    assert not after_a_pause.goes_on
    assert not Context().before(utterance(6.0, 3.0)).goes_on


def test_across_a_cut_the_last_phrase_is_heard_again_however_long_the_utterance() -> None:
    context = Context()
    context.add(utterance(0.0, 24.0), spoken(0.0, "a " * 45 + "b, c d"))
    across = context.before(utterance(24.0, 20.0))
    assert [len(piece) for piece in across.pieces] == [round(1.0 * SAMPLE_RATE_HZ)]
    assert across.words == ["c", "d"]
    assert across.goes_on
    assert context.before(utterance(24.5, 20.0)).pieces == []
