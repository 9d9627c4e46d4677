"""Which look at an utterance is believed, with what three windows gave."""

from collections.abc import Callable

import numpy as np
import pytest

from roomtone.speech.attempt import Attempt, Decode, Encoded, best
from roomtone.speech.context import Lead
from roomtone.types import Speaker, Utterance, Word

pytestmark = pytest.mark.unit

WORD_S = 0.4
SENTENCE = "the service light came on already"


def attempt(
    text: str,
    *,
    spoken_s: float | None = None,
    lead: str = "",
    goes_on: bool = False,
    avg_logprob: float = -0.2,
    ended: bool = True,
) -> Attempt:
    """Words one after the other in an utterance of ``spoken_s`` seconds, as long as they by default."""
    texts = text.split()
    words = [Word(word, WORD_S * number, WORD_S * (number + 1), 0.9) for number, word in enumerate(texts)]
    end_s = WORD_S * len(texts) if spoken_s is None else spoken_s
    heard = Utterance("u", "customer", Speaker.CUSTOMER, 0.0, end_s, 0.0, np.zeros(0, np.float32), end_s)
    encoded = Encoded(None, 100, lead=Lead(words=lead.split(), goes_on=goes_on))
    return Attempt(tuple(words), heard, encoded, Decode([], avg_logprob, 0.1, ended))


def never() -> Attempt:
    raise AssertionError("looked again for nothing")


def given(*attempts: Attempt) -> list[Callable[[], Attempt]]:
    return [lambda one=one: one for one in attempts]


def test_sound_words_are_not_looked_at_again() -> None:
    first = attempt(SENTENCE, lead="I got a car from your dealership")
    assert best(first, [never]) is first


def test_of_words_that_may_be_an_echo_of_what_was_said_before_those_heard_alone_are_kept() -> None:
    lead = "two weeks ago I got a car from your dealership."
    alone = attempt("and die", spoken_s=1.1)
    assert best(attempt("And I got a car from your dealership", lead=lead), given(alone)) is alone
    said_again = attempt("And I got a car from your dealership")
    assert best(attempt("And I got a car from your dealership", lead=lead), given(said_again)) is said_again


def test_what_only_repeats_itself_is_left_out_where_no_window_is_better() -> None:
    first = attempt(f"{SENTENCE} {SENTENCE}", spoken_s=3.0)
    broken = attempt("the service", ended=False)
    assert " ".join(best(first, given(broken, broken)).texts) == SENTENCE


def test_what_the_last_window_repeats_too_was_said_twice() -> None:
    twice = attempt(f"{SENTENCE} {SENTENCE}")
    assert best(attempt(f"{SENTENCE} {SENTENCE}"), given(twice)) is twice


def test_a_repetition_that_took_its_time_was_said_twice() -> None:
    once, twice = attempt(SENTENCE, spoken_s=5.0), attempt(f"{SENTENCE} {SENTENCE}", spoken_s=5.0)
    assert best(twice, given(once)) is twice
    assert best(once, given(twice)) is twice


def test_of_two_that_leave_something_out_the_one_that_hears_more_is_kept() -> None:
    first, full = attempt("the service light", spoken_s=9.0), attempt("the service", spoken_s=9.0)
    assert best(first, given(full)) is first
    likelier = attempt("the service", spoken_s=9.0, avg_logprob=-0.1)
    assert best(first, given(likelier)) is likelier


def test_what_would_be_refused_does_not_replace_what_is_incomplete() -> None:
    first = attempt("the service light", spoken_s=9.0)
    endless = attempt(" ".join(["light"] * 20), spoken_s=9.0, avg_logprob=-0.3, ended=False)
    assert best(first, given(endless)) is first


def test_words_left_out_before_a_cut_are_not_too_many_after_it() -> None:
    text, lead = "to you and most of that and this is important to you", "what will be most convenient"
    assert not attempt(text, spoken_s=0.9, lead=lead).is_sound
    assert attempt(text, spoken_s=0.9, lead=lead, goes_on=True).is_sound
