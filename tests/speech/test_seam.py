import pytest

from roomtone.speech.seam import first_word
from roomtone.types import Word

pytestmark = pytest.mark.unit


def words(text: str) -> list[Word]:
    """Words of half a second each, without pauses."""
    return [Word(word, 0.5 * number, 0.5 * (number + 1), 0.9) for number, word in enumerate(text.split())]


def after(text: str, seam_s: float, cut_after: str = "") -> str:
    window = words(text)
    first = first_word(window, seam_s=seam_s, heard=cut_after.split())
    return " ".join(word.text for word in window[first:])


def test_after_a_pause_times_tell_where_an_utterance_begins() -> None:
    assert after("it was fine. So what now?", 1.4) == "So what now?"
    assert after("it was fine. So what now?", 1.5) == "So what now?"
    assert after("it was fine.", 3.0) == ""
    assert after("", 3.0) == ""


def test_a_word_on_a_seam_without_a_pause_is_not_lost() -> None:
    assert after("I can think of would be a night", 2.4) == "be a night"
    assert after("I can think of would be a night", 2.4, "of...") == "would be a night"


def test_a_word_on_a_seam_without_a_pause_is_not_doubled() -> None:
    assert after("I can think of would be a night", 1.6) == "of would be a night"
    assert after("I can think of would be a night", 1.6, "of") == "would be a night"


def test_the_word_before_the_cut_written_otherwise_leaves_it_to_the_times() -> None:
    assert after("do you know what you'd like to do", 2.0, "you") == "you'd like to do"


def test_the_same_word_elsewhere_is_no_seam() -> None:
    assert after("of all the things I can think of would be", 3.9, "of") == "would be"
    assert after("of all the things I can think", 3.2, "of") == "think"


def test_words_that_were_not_heard_before_the_cut_are_not_lost() -> None:
    window = "we'll do our best to take care of it"
    assert after(window, 3.0) == "care of it"
    assert after(window, 3.0, "we'll do our best") == "to take care of it"


def test_words_that_were_heard_before_the_cut_are_not_doubled() -> None:
    assert after("we'll do our best to take care of it", 1.5, "we'll do our best to take") == "care of it"


def test_the_last_word_may_be_written_otherwise_where_those_before_it_are_not() -> None:
    window = "know what will be most convenient to you and this"
    assert after(window, 4.0, "what will be most conveniently.") == "to you and this"
    assert after(window, 4.0, "and be conveniently.") == "and this"


def test_one_word_alike_further_away_is_no_seam() -> None:
    assert after("so to the point we came to see", 2.5, "off to") == "came to see"


def test_of_words_said_again_and_again_those_next_to_the_seam_are_meant() -> None:
    assert after("no no no no no no so", 1.9, "no no no no") == "no no so"
