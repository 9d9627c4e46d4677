"""Recognition without an embedding; with it, see the contract of recognisers."""

from pathlib import Path

import pytest

from roomtone.acts import SentenceReader, load
from roomtone.types import PUSHBACKS, Act, PromiseKind, Speaker
from roomtone.weights import bundled_models_directory

pytestmark = pytest.mark.unit

SELLER, CUSTOMER, UNKNOWN = Speaker.SELLER, Speaker.CUSTOMER, Speaker.UNKNOWN


def acts(text, speaker=UNKNOWN):
    return set(SentenceReader().recognise([text], speaker)[0].acts)


def test_its_name_says_that_it_works_without_the_embedding():
    reader = load(heads=Path("nowhere"), embedding=None)
    assert "patterns only" in reader.name


def test_pushback_is_the_customers():
    text = "That's way too expensive for us."
    assert acts(text, CUSTOMER) == acts(text) == {Act.PUSHBACK_PRICE}
    assert not acts(text, SELLER)


def test_acknowledgement_is_the_sellers():
    text = "If I were you I'd feel the same way."
    assert acts(text, SELLER) == {Act.ACKNOWLEDGEMENT}
    assert not acts(text, CUSTOMER)


def test_a_sentence_is_push_back_of_one_kind():
    text = "It's too expensive, it's not a good time and I'm not interested."
    assert len(acts(text, CUSTOMER) & set(PUSHBACKS)) == 1


def test_a_promise_says_what_it_is_about():
    (promise,) = SentenceReader().recognise(["I'll send you the proposal by Friday."], SELLER)
    assert Act.COMMITMENT in promise.acts
    assert promise.promise is PromiseKind.DATE
    (statement,) = SentenceReader().recognise(["I'll be with you in a second."], SELLER)
    assert Act.COMMITMENT not in statement.acts
    assert statement.promise is None


def test_an_offer_that_is_asked_is_no_promise_yet():
    assert Act.COMMITMENT not in acts("Should I send you the proposal by Friday?", SELLER)
    assert Act.COMMITMENT in acts("I'll send you the proposal by Friday, okay?", SELLER)


def test_a_backchannel_is_nothing_else():
    assert acts("Mm-hm.") == acts("Yeah, right.") == {Act.BACKCHANNEL}


def test_nothing_is_close_to_an_agenda_without_the_embedding():
    (meaning,) = SentenceReader().recognise(["The price is $40."], SELLER, agenda=["Price", "Timeline"])
    assert meaning.closeness == (0.0, 0.0)


@pytest.mark.model
def test_with_the_embedding_heads_find_what_no_turn_of_phrase_does(minilm):
    reader = load(heads=bundled_models_directory(), embedding=minilm)
    text = "There's simply no money for something like that this year."
    assert Act.PUSHBACK_PRICE in reader.recognise([text], CUSTOMER)[0].acts
    assert not acts(text, CUSTOMER)


@pytest.mark.model
@pytest.mark.parametrize(
    "text",
    [
        "Let me check the schedule.",
        "I'll be with you in a second.",
        "My last name is King.",
        "I need an oil change.",
        "The light came on two weeks ago.",
        "So the driver calls the dispatcher, and the dispatcher types it in.",
        "What was your last name so I can look you up in the system?",
    ],
)
@pytest.mark.parametrize("speaker", [SELLER, CUSTOMER])
def test_service_talk_is_left_alone(minilm, text, speaker):
    reader = load(heads=bundled_models_directory(), embedding=minilm)
    found = set(reader.recognise([text], speaker)[0].acts)
    assert found <= {Act.OPEN_QUESTION, Act.CLOSED_QUESTION}
