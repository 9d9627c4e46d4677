"""Shares of parts of a call."""

from itertools import pairwise

import pytest

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation import state
from roomtone.conversation.state import Conversation
from roomtone.debrief.shares import MOST_PIECES, Stretch, fullest_stretch, stretch, stretches
from roomtone.events import SpeechEnded, SpeechStarted
from roomtone.types import Speaker

pytestmark = pytest.mark.unit


def call(*spans: tuple[Speaker, float, float], until_s: float) -> Conversation:
    heard = state.start(ConversationSettings())
    for speaker, start_s, end_s in spans:
        heard = state.step(heard, SpeechStarted(t_s=start_s, speaker=speaker, start_s=start_s))
        heard = state.step(heard, SpeechEnded(t_s=end_s, speaker=speaker, start_s=start_s, end_s=end_s))
    return state.advance(heard, until_s)


def test_speech_is_counted_in_the_part_where_it_was() -> None:
    heard = call((Speaker.SELLER, 50, 70), (Speaker.CUSTOMER, 75, 80), until_s=130)
    assert stretches(heard) == (
        Stretch(0, 60, 10, 0),
        Stretch(60, 120, 10, 5),
        Stretch(120, 130, 0, 0),
    )
    assert stretch(heard, 60, 120).seller_share == pytest.approx(2 / 3)
    assert stretch(heard, 120, 130).seller_share == 0


def test_speech_still_going_on_is_counted() -> None:
    heard = call(until_s=10)
    heard = state.step(heard, SpeechStarted(t_s=20, speaker=Speaker.SELLER, start_s=15))
    assert stretches(state.advance(heard, 40)) == (Stretch(0, 40, 25, 0),)


@pytest.mark.parametrize("until_s", [0.5, 60, 900, 901, 3600, 4 * 3600])
def test_a_call_of_any_length_fits_a_page_without_gaps(until_s: float) -> None:
    parts = stretches(call(until_s=until_s))
    assert 1 <= len(parts) <= MOST_PIECES
    assert (parts[0].start_s, parts[-1].end_s) == (0, until_s)
    assert all(before.end_s == after.start_s for before, after in pairwise(parts))


def test_a_call_of_nothing_has_no_parts() -> None:
    assert stretches(call(until_s=0)) == ()


def test_the_fullest_five_minutes_are_found() -> None:
    heard = call(
        (Speaker.CUSTOMER, 0, 200),
        (Speaker.SELLER, 300, 500),
        (Speaker.CUSTOMER, 500, 520),
        (Speaker.CUSTOMER, 700, 900),
        until_s=900,
    )
    full = fullest_stretch(heard)
    assert full is not None
    assert (full.start_s, full.end_s) == (200, 500)
    assert (full.seller_s, full.customer_s, full.seller_share) == (200, 0, 1)


def test_no_five_minutes_are_told_where_they_would_say_nothing() -> None:
    assert fullest_stretch(call((Speaker.SELLER, 0, 200), (Speaker.CUSTOMER, 200, 250), until_s=300)) is None
    assert fullest_stretch(call((Speaker.SELLER, 0, 20), (Speaker.CUSTOMER, 30, 41), until_s=900)) is None
    assert fullest_stretch(call((Speaker.SELLER, 0, 600), until_s=900)) is None
