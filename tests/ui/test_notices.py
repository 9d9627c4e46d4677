"""What is amiss, in one line: the gravest that still holds."""

import pytest
from scripted_call import AGENDA, CUSTOMER, SELLER, beginning, promise, understood_call

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation.state import fold, start
from roomtone.events import (
    AgendaPointMarked,
    CaveatNoted,
    CaveatWithdrawn,
    Event,
    SessionEnded,
    SourceLost,
    SourceOverflowed,
    SourceStarted,
    StageLagged,
)
from roomtone.ui.notices import Notices

pytestmark = pytest.mark.unit

FULL = CaveatNoted(t_s=10.0, code="log_waiting", message="The disk is full.")
LOST = SourceLost(t_s=12.0, source_id="seller", speaker=SELLER, message="The headset is gone.")
LATE = StageLagged(t_s=14.0, stage="transcriber", behind_s=4.2, given_up="partial words")


def told(*events: Event, at_s: float) -> str:
    notices = Notices()
    seen: list[Event] = beginning(SELLER, CUSTOMER, mode="live")
    for event in events:
        seen.append(event)
        notices.take(event, fold(start(ConversationSettings()), seen))
    notice = notices.current(at_s)
    return notice.message if notice else ""


def test_nothing_is_amiss_at_first() -> None:
    assert told(at_s=5.0) == ""


def test_the_gravest_is_told_and_of_equals_the_newest() -> None:
    assert told(FULL, LATE, at_s=15.0) == "The disk is full."
    assert told(FULL, LOST, at_s=15.0) == "The headset is gone."
    assert told(LATE, at_s=15.0) == "transcriber is 4 s behind, leaving out partial words."


def test_what_stands_is_told_until_it_is_taken_back() -> None:
    assert told(FULL, LOST, LATE, at_s=5000.0) == "The headset is gone."
    back = SourceStarted(
        t_s=5001.0, source_id="seller", speaker=SELLER, description="Headset", sample_rate_hz=48_000
    )
    assert told(FULL, LOST, LATE, back, at_s=5002.0) == "The disk is full."
    taken_back = CaveatWithdrawn(t_s=5003.0, code="log_waiting")
    assert told(FULL, LOST, LATE, back, taken_back, at_s=6000.0) == ""


def test_that_sound_leaves_the_machine_is_told_as_long_as_it_does() -> None:
    leaves = CaveatNoted(t_s=0.0, code="sound_leaves", message="Sound leaves this machine.")
    down = CaveatNoted(t_s=100.0, code="server_down", message="The server gives no words.")
    up = CaveatWithdrawn(t_s=200.0, code="server_down")
    assert told(leaves, at_s=99.0) == "Sound leaves this machine."
    assert told(leaves, down, at_s=199.0) == "The server gives no words."
    assert told(leaves, down, up, at_s=5000.0) == "Sound leaves this machine."


def test_a_source_that_is_back_says_what_was_missed() -> None:
    back = SourceStarted(
        t_s=90.0,
        source_id="seller",
        speaker=SELLER,
        description="Headset",
        sample_rate_hz=48_000,
        missed_s=78.0,
    )
    assert told(LOST, back, at_s=95.0) == "Back again: Headset; 1:18 was missed."


def test_lost_sound_is_told_by_its_length() -> None:
    lost = SourceOverflowed(t_s=20.0, source_id="customer", lost_samples=24_000)
    assert told(lost, at_s=21.0) == "The device lost 1.5 s of sound; silence takes its place."
    assert told(lost, at_s=60.0) == ""


def test_after_the_end_no_device_is_waited_for() -> None:
    ended = SessionEnded(t_s=100.0, duration_s=100.0, reason="stopped")
    assert told(LOST, ended, at_s=100.0) == ""


def test_a_promise_of_the_sellers_is_confirmed_for_a_moment() -> None:
    made = promise(30.0, "I'll send it on Friday.")
    assert told(made, at_s=31.0) == "Noted as a promise: “I'll send it on Friday.”"
    assert told(made, at_s=36.0) == ""
    assert told(promise(30.0, "We'll call you.", speaker=CUSTOMER), at_s=31.0) == ""


def test_a_tick_is_confirmed_in_words() -> None:
    ticked = AgendaPointMarked(t_s=40.0, point_id="point-5", covered=True)
    assert told(AGENDA, ticked, at_s=41.0) == "Ticked: 5. A next step"


def test_what_became_of_push_back_is_told_for_some_seconds_behind_anything_amiss() -> None:
    call, last_s = understood_call(), 319.6
    assert told(*call, at_s=last_s + 7.0) == "You made room for it after 4 s."
    assert told(*call, at_s=last_s + 9.0) == ""
    amiss = SourceOverflowed(t_s=last_s, source_id="seller", lost_samples=16_000)
    assert told(*call, amiss, at_s=last_s + 1.0).startswith("The device lost")
