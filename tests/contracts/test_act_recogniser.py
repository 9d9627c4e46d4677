"""What every ``ActRecogniser`` must do, a scripted one included."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roomtone.acts import SentenceReader, load
from roomtone.interfaces import ActRecogniser
from roomtone.types import Act, PromiseKind, Speaker
from roomtone.weights import bundled_models_directory
from session.scripted_line import Recogniser

pytestmark = pytest.mark.contract

SAID = [
    "How much is it?",
    "That's a lot of money.",
    "We'll send you the proposal by Friday.",
    "Mm-hm.",
    "So it is.",
]
ODD = [
    "",
    " ",
    "…",
    "?!",
    "\n\t",
    "a" * 5000,
    "um " * 2000,
    "\x00",
    "はい。そうです。",
    "🙂",
    "1234567890 % $ €",
]
AGENDA = ["What they use today", "", "Who decides"]


@pytest.fixture(
    params=[SentenceReader, Recogniser, pytest.param("models", marks=pytest.mark.model)],
    ids=["patterns alone", "scripted", "models"],
)
def recogniser(request: pytest.FixtureRequest) -> ActRecogniser:
    if request.param == "models":
        return load(heads=bundled_models_directory(), embedding=request.getfixturevalue("minilm"))
    made: ActRecogniser = request.param()
    return made


@pytest.mark.parametrize("speaker", Speaker)
def test_every_text_has_a_meaning_however_odd_it_is(recogniser: ActRecogniser, speaker: Speaker) -> None:
    meanings = recogniser.recognise([*SAID, *ODD], speaker, agenda=AGENDA)
    assert len(meanings) == len(SAID) + len(ODD)
    for meaning in meanings:
        assert all(isinstance(act, Act) and 0 < share <= 1 for act, share in meaning.acts.items())
        assert len(meaning.closeness) == len(AGENDA)
        assert all(-1 <= closeness <= 1 for closeness in meaning.closeness)
        assert meaning.promise is None or isinstance(meaning.promise, PromiseKind)


@given(st.text(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_text_has_a_meaning(recogniser: ActRecogniser, text: str) -> None:
    assert len(recogniser.recognise([text], Speaker.CUSTOMER)) == 1


def test_no_texts_have_no_meanings(recogniser: ActRecogniser) -> None:
    assert recogniser.recognise([], Speaker.SELLER) == []


def test_without_an_agenda_nothing_is_close(recogniser: ActRecogniser) -> None:
    assert all(not each.closeness for each in recogniser.recognise(SAID, Speaker.SELLER))


def test_the_order_does_not_matter(recogniser: ActRecogniser) -> None:
    together = dict(zip(SAID, recogniser.recognise(SAID, Speaker.SELLER, agenda=AGENDA), strict=True))
    mixed = random.Random(6).sample(SAID, len(SAID))  # noqa: S311 - repeatable, not secret
    for text in mixed:
        assert recogniser.recognise([text], Speaker.SELLER, agenda=AGENDA) == [together[text]]


def test_it_has_a_name(recogniser: ActRecogniser) -> None:
    assert recogniser.name
