import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from roomtone.speech.language import SURE_AFTER_S, LanguageVote

pytestmark = pytest.mark.unit

ENGLISH = {"en": 0.9, "cy": 0.06, "de": 0.04}
WELSH = {"cy": 0.8, "en": 0.15, "de": 0.05}
UNSURE = {"en": 0.36, "cy": 0.34, "de": 0.30}


def test_a_chosen_language_is_never_asked_about() -> None:
    vote = LanguageVote("de")
    assert vote.pinned == vote.best == "de"
    assert vote.add(ENGLISH, 20.0) == "de"
    assert vote.pinned == "de"


def test_nothing_is_pinned_by_a_hello() -> None:
    vote = LanguageVote()
    assert vote.best is None
    assert vote.add({"en": 0.999, "cy": 0.001}, 1.0) == "en"
    assert vote.best == "en"
    assert vote.pinned is None


def test_enough_sure_speech_pins_the_language() -> None:
    vote = LanguageVote()
    vote.add(ENGLISH, SURE_AFTER_S / 2)
    assert vote.pinned is None
    vote.add(ENGLISH, SURE_AFTER_S / 2)
    assert vote.pinned == "en"


def test_a_pinned_language_does_not_flip() -> None:
    vote = LanguageVote()
    vote.add(ENGLISH, 4.0)
    vote.add(ENGLISH, 4.0)
    assert [vote.add(WELSH, 20.0) for _ in range(10)] == ["en"] * 10
    assert vote.pinned == "en"


def test_unsure_speech_pins_nothing_until_it_adds_up() -> None:
    vote = LanguageVote()
    vote.add(UNSURE, 4.0)
    vote.add(UNSURE, 4.0)
    assert vote.pinned is None
    assert vote.best == "en"
    for _ in range(20):
        vote.add(UNSURE, 4.0)
    assert vote.pinned == "en"


def test_one_odd_utterance_changes_nothing_for_long() -> None:
    vote = LanguageVote()
    assert vote.add(ENGLISH, 2.0) == "en"
    assert vote.add({"cy": 0.6, "en": 0.3, "de": 0.1}, 1.0) == "en"
    vote.add(ENGLISH, 3.0)
    vote.add(ENGLISH, 3.0)
    assert vote.pinned == "en"


def test_an_impossible_utterance_cannot_rule_a_language_out() -> None:
    vote = LanguageVote()
    vote.add({"en": 0.0, "cy": 1.0}, 0.5)
    for _ in range(4):
        vote.add(ENGLISH, 3.0)
    assert vote.pinned == "en"


def test_a_long_utterance_counts_no_more_than_a_few_sentences() -> None:
    vote = LanguageVote()
    vote.add({"en": 0.45, "cy": 0.55}, 60.0)
    vote.add({"en": 0.6, "cy": 0.4}, 5.0)
    assert vote.best == "en"


def test_a_language_first_named_late_gets_no_head_start() -> None:
    vote = LanguageVote()
    vote.add({"en": 0.9, "cy": 0.1}, 5.0)
    assert vote.add({"en": 0.5, "fr": 0.5}, 5.0) == "en"


@pytest.mark.property
@hypothesis_settings(max_examples=50)
@given(
    utterances=st.lists(
        st.tuples(st.sampled_from([ENGLISH, WELSH, UNSURE, {"fr": 1.0}]), st.floats(0.1, 20.0)), max_size=15
    )
)
def test_once_pinned_the_answer_stays(utterances: list[tuple[dict[str, float], float]]) -> None:
    vote = LanguageVote()
    pinned: str | None = None
    for probabilities, speech_s in utterances:
        answer = vote.add(probabilities, speech_s)
        assert answer == vote.best
        if pinned is not None:
            assert answer == vote.pinned == pinned
        pinned = vote.pinned
