import math

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from roomtone.speech.committer import Committer
from roomtone.speech.phrases import PHRASE_GAP_S
from roomtone.types import Word

pytestmark = pytest.mark.unit

WORD_S = 0.4


def words(text: str, start_s: float = 0.0) -> list[Word]:
    """The words of a text, one every half a second."""
    starts_s = [start_s + 0.5 * number for number in range(len(text.split()))]
    return [Word(word, at_s, at_s + WORD_S, 0.9) for word, at_s in zip(text.split(), starts_s, strict=True)]


def push(committer: Committer, text: str, **more: float) -> tuple[str, str]:
    committer.push(words(text), **more)
    return committer.texts


def test_words_are_committed_once_two_hypotheses_agree() -> None:
    committer = Committer()
    assert push(committer, "what would") == ("", "what would")
    assert push(committer, "what would it cast") == ("what would", "it cast")
    assert push(committer, "what would it cost us") == ("what would it", "cost us")
    assert push(committer, "what would it cost us then") == ("what would it cost us", "then")


def test_words_that_end_well_before_the_audio_are_committed_at_first_sight() -> None:
    committer = Committer()
    assert push(committer, "what would it cast", settled_s=1.0) == ("what would", "it cast")
    assert push(committer, "what would it cost us", settled_s=0.9) == ("what would it", "cost us")


def test_agreement_after_a_difference_commits_nothing() -> None:
    committer = Committer()
    push(committer, "we had a car")
    assert push(committer, "we have a car") == ("we", "have a car")


def test_a_full_stop_where_the_audio_broke_off_is_no_difference() -> None:
    committer = Committer()
    push(committer, "We agree.")
    assert push(committer, "we agree that it") == ("we agree", "that it")


def test_a_shorter_hypothesis_takes_nothing_back() -> None:
    committer = Committer()
    push(committer, "so what is the price")
    push(committer, "so what is the price")
    assert push(committer, "so what") == ("so what is the price", "")
    assert push(committer, "") == ("so what is the price", "")


def test_a_hypothesis_that_was_heard_once_is_forgotten_when_the_next_differs() -> None:
    committer = Committer()
    push(committer, "a b")
    push(committer, "x y")
    assert push(committer, "a b") == ("", "a b")


def test_another_number_of_words_neither_loses_nor_doubles_what_follows() -> None:
    committer = Committer()
    for _ in range(2):
        committer.push(words("it was forty two"))
    tail = words("dollars a month", start_s=2.0)
    committer.push([*words("it was"), Word("42", 1.0, 1.9, 0.9), *tail])
    committer.push([*words("it was"), Word("42", 1.0, 1.9, 0.9), *tail])
    assert committer.texts == ("it was forty two dollars a month", "")


def test_a_committed_word_heard_again_a_little_later_is_not_doubled() -> None:
    committer = Committer()
    for _ in range(2):
        committer.push(words("no no"))
    committer.push([*words("no no"), Word("No,", 0.85, 1.0, 0.9), *words("not", start_s=1.2)])
    assert committer.texts == ("no no", "not")


def test_all_is_committed_once_the_speaker_has_stopped() -> None:
    committer = Committer()
    push(committer, "that is what")
    assert push(committer, "that is all.", settled_s=math.inf) == ("that is all.", "")


def test_a_cut_is_made_after_the_last_phrase_that_is_over() -> None:
    committer = Committer()
    heard = [*words("Well, I think"), *words("so", start_s=1.6 + PHRASE_GAP_S)]
    committer.push(heard)
    assert committer.cut_s(not_before_s=0.2) == 0.2
    committer.push(heard)
    think, so = heard[-2:]
    assert committer.cut_s(not_before_s=0.2) == pytest.approx((think.end_s + so.start_s) / 2)
    assert committer.cut_s(not_before_s=9.0) == 9.0


@pytest.mark.property
@hypothesis_settings(max_examples=100)
@given(st.lists(st.lists(st.sampled_from("abc"), max_size=6).map(" ".join), max_size=12))
def test_committed_text_only_grows(hypotheses: list[str]) -> None:
    committer = Committer()
    committed_before: list[str] = []
    heard_before: list[str] = []
    for text in hypotheses:
        committed, tentative = (part.split() for part in push(committer, text))
        heard = text.split()
        assert committed[: len(committed_before)] == committed_before
        assert tentative == heard[len(committed) :]
        grown = range(len(committed_before), len(committed))
        assert all(committed[place] == heard[place] == heard_before[place] for place in grown)
        committed_before, heard_before = committed, heard
