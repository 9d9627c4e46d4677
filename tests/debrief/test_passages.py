"""Quotations from what was said."""

import pytest

from roomtone.debrief.passages import (
    first_words,
    last_words,
    said_around,
    said_before,
    said_from,
    sentences_of,
)
from roomtone.events import TranscriptFinal
from roomtone.types import Speaker, Word

pytestmark = pytest.mark.unit


def final(text: str, *, start_s: float = 0.0) -> TranscriptFinal:
    """One word a second, each lasting 0.8 s."""
    timed = tuple(Word(word, start_s + i, start_s + i + 0.8, 0.9) for i, word in enumerate(text.split()))
    return TranscriptFinal(
        t_s=start_s + 60,
        utterance_id="u",
        speaker=Speaker.SELLER,
        text=text,
        words=timed,
        start_s=start_s,
        end_s=start_s + 20.0,
        avg_logprob=0.0,
        no_speech_prob=0.0,
    )


def test_sentences_of_late_words_are_put_in_their_place() -> None:
    found = sentences_of([final("Later.", start_s=9.0), final("Earlier.", start_s=1.0)])
    assert [sentence.text for sentence in found] == ["Earlier.", "Later."]


def test_what_was_said_before_stops_at_the_moment_asked_for() -> None:
    said = sentences_of([final("It costs three hundred a month.")])
    before = said_before(said, 2.9)
    assert before is not None
    assert before.text == "It costs three…"
    assert said_before(said, 0.1) is None


def test_a_very_short_sentence_is_quoted_with_the_one_before_it() -> None:
    before = said_before(sentences_of([final("It is three hundred. Okay.")]), 10.0)
    assert before is not None
    assert before.text == "It is three hundred. Okay."


def test_first_words_are_looked_for_from_a_time_on() -> None:
    said = sentences_of([final("One two. Three four. Five six.")])
    assert said_from(said, 2.0, until_s=3.0) == "Three four."
    assert said_from(said, 2.9, until_s=3.0) == "Three four."
    assert said_from(said, 30.0, until_s=36.0) == ""


def test_long_quotations_are_cut_and_marked() -> None:
    counted = " ".join(str(number) for number in range(20))
    assert first_words(counted) == "0 1 2 3 4 5 6 7 8 9 10 11…"
    assert last_words(counted) == "…8 9 10 11 12 13 14 15 16 17 18 19"
    assert first_words("a b") == last_words("a b") == "a b"


@pytest.mark.parametrize(
    ("at_s", "shown"), [(0.0, [1]), (1.0, [1, 2]), (3.5, [1, 2, 3, 4]), (5.0, [3, 4, 5]), (90.0, [3, 4, 5])]
)
def test_around_a_moment_there_is_what_was_said_last_and_next(at_s: float, shown: list[int]) -> None:
    said = [final("So.", start_s=start_s) for start_s in (3.0, 1.0, 2.0, 5.0, 4.0)]
    assert [each.start_s for each in said_around(said, at_s)] == shown
