import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from roomtone.speech.committer import Committer

pytestmark = pytest.mark.unit


def test_words_are_committed_once_two_hypotheses_agree() -> None:
    committer = Committer()
    assert committer.push("what would") == ("", "what would")
    assert committer.push("what would it cast") == ("what would", "it cast")
    assert committer.push("what would it cost us") == ("what would it", "cost us")
    assert committer.push("what would it cost us then") == ("what would it cost us", "then")


def test_agreement_after_a_difference_commits_nothing() -> None:
    committer = Committer()
    committer.push("we had a car")
    assert committer.push("we have a car") == ("we", "have a car")


def test_a_shorter_hypothesis_takes_nothing_back() -> None:
    committer = Committer()
    committer.push("so what is the price")
    committer.push("so what is the price")
    assert committer.push("so what") == ("so what is the price", "")
    assert committer.push("") == ("so what is the price", "")


def test_a_hypothesis_that_was_heard_once_is_forgotten_when_the_next_differs() -> None:
    committer = Committer()
    committer.push("a b")
    committer.push("x y")
    assert committer.push("a b") == ("", "a b")


def test_spaces_do_not_matter() -> None:
    committer = Committer()
    committer.push("  we   agree ")
    assert committer.push("we agree") == ("we agree", "")


@pytest.mark.property
@hypothesis_settings(max_examples=100)
@given(st.lists(st.lists(st.sampled_from("abc"), max_size=6).map(" ".join), max_size=12))
def test_committed_text_only_grows(hypotheses: list[str]) -> None:
    committer = Committer()
    committed_before: list[str] = []
    heard_before: list[str] = []
    for text in hypotheses:
        committed, tentative = (part.split() for part in committer.push(text))
        words = text.split()
        assert committed[: len(committed_before)] == committed_before
        assert tentative == words[len(committed) :]
        grown = range(len(committed_before), len(committed))
        assert all(committed[place] == words[place] == heard_before[place] for place in grown)
        committed_before, heard_before = committed, words
