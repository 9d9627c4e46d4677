"""What every ``ActRecogniser`` must do, with the models and without."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roomtone.acts import load
from roomtone.interfaces import ActRecogniser
from roomtone.types import PUSHBACKS, Act, Speaker
from roomtone.weights import bundled_models_directory

pytestmark = pytest.mark.contract

ODD = [
    "",
    " ",
    "?",
    "...",
    "😀🎉",
    "word " * 2_000,
    "a" * 10_000,
    "これはペンです。",
    "Wie geht es Ihnen?",
    "\x00\n\t",
]
CALL = [
    "Hi, how was your weekend?",
    "How do you feel about that?",
    "It is forty dollars per user per month.",
    "That's way too expensive for us.",
    "If I were you I'd feel the same way.",
    "I'll send you the proposal by Friday.",
]
AGENDA = ["Agree on the price", "Security"]

Make = Callable[[], ActRecogniser]


@pytest.fixture(params=[pytest.param(True, marks=pytest.mark.model), False], ids=["models", "patterns"])
def recogniser(request: pytest.FixtureRequest) -> ActRecogniser:
    embedding: Path | None = request.getfixturevalue("minilm") if request.param else None
    return load(heads=bundled_models_directory(), embedding=embedding)


def test_each_text_has_a_meaning_in_order(recogniser):
    meanings = recogniser.recognise(CALL, Speaker.UNKNOWN, agenda=AGENDA)
    assert len(meanings) == len(CALL)
    assert Act.FEELING_QUESTION in meanings[1].acts
    assert Act.PUSHBACK_PRICE in meanings[3].acts
    assert Act.ACKNOWLEDGEMENT in meanings[4].acts
    assert Act.COMMITMENT in meanings[5].acts
    for meaning in meanings:
        assert len(meaning.closeness) == len(AGENDA)
        assert all(0 <= probability <= 1 for probability in meaning.acts.values())
        assert (meaning.promise is None) == (Act.COMMITMENT not in meaning.acts)
        assert sum(act in meaning.acts for act in PUSHBACKS) <= 1


def test_nothing_is_remembered(recogniser):
    together = recogniser.recognise(CALL, Speaker.UNKNOWN, agenda=AGENDA)
    apart = [recogniser.recognise([text], Speaker.UNKNOWN, agenda=AGENDA)[0] for text in reversed(CALL)]
    assert together == apart[::-1]


@pytest.mark.parametrize("speaker", list(Speaker))
def test_odd_text_raises_nothing(recogniser, speaker):
    assert len(recogniser.recognise(ODD, speaker, agenda=["", "😀", "Price"])) == len(ODD)
    assert recogniser.recognise([], speaker) == []


@given(st.text(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_text_raises_nothing(recogniser, text):
    (meaning,) = recogniser.recognise([text], Speaker.CUSTOMER)
    assert meaning.closeness == ()
