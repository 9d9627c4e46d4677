import pytest

from roomtone.acts import patterns
from roomtone.spoken import spoken
from roomtone.types import PUSHBACKS, Act

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("That's way too expensive for us.", Act.PUSHBACK_PRICE),
        ("This isn't a good time.", Act.PUSHBACK_TIMING),
        ("I'd have to run it by our finance director first.", Act.PUSHBACK_AUTHORITY),
        ("We're already working with somebody else.", Act.PUSHBACK_RIVAL),
        ("We've always done it this way.", Act.PUSHBACK_STATUS_QUO),
        ("I've never heard of you.", Act.PUSHBACK_TRUST),
        ("We're not interested.", Act.PUSHBACK_OTHER),
        ("If I were you I'd feel the same way.", Act.ACKNOWLEDGEMENT),
        ("Let's schedule a call for Tuesday.", Act.NEXT_STEP),
        ("I'm a little confused about that.", Act.CONFUSION),
        ("How soon could we start?", Act.BUYING_SIGNAL),
        ("It is $40 per user.", Act.PRICE),
        ("it's forty dollars", Act.PRICE),
        ("20% off", Act.PRICE),
        ("Our platform helps you with that.", Act.PITCH),
        ("How was your weekend, and the weather?", Act.SMALL_TALK),
    ],
)
def test_a_turn_of_phrase_speaks_for_its_act(text, act):
    assert act in patterns.found(spoken(text))


@pytest.mark.parametrize(
    "text",
    [
        "The light came on two weeks ago.",
        "I see that your card balance is low.",
        "My last name is King.",
        "It goes to the warehouse and they pick it.",
    ],
)
def test_ordinary_talk_has_none(text):
    assert not patterns.found(spoken(text)) & {*PUSHBACKS, Act.ACKNOWLEDGEMENT, Act.COMMITMENT}


@pytest.mark.parametrize("text", ["Mm-hm.", "uh-huh", "Right.", "Yeah, okay.", "Oh wow, interesting.", "mm"])
def test_signs_of_listening(text):
    assert patterns.is_backchannel(text, spoken(text))


@pytest.mark.parametrize("text", ["Right, so we do that.", "Okay, tell me more.", "Yeah, we do", "", "..."])
def test_more_than_signs_of_listening(text):
    assert not patterns.is_backchannel(text, spoken(text))
