"""What of a call is not to be trusted."""

import pytest
from msgspec import structs

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation import state
from roomtone.debrief.caveats import Losses, caveats
from roomtone.events import (
    CaveatNoted,
    CaveatWithdrawn,
    ConsentNoted,
    EchoJudged,
    Event,
    SessionEnded,
    SessionStarted,
    SourceOverflowed,
    SpeechEnded,
    StageFailed,
    StageLagged,
    TranscriptRejected,
)
from roomtone.types import Echo, Speaker

pytestmark = pytest.mark.unit


def told(*events: Event, ended: str = "end_of_input", unknown_events: int = 0) -> str:
    losses = Losses(unknown_events=unknown_events)
    for event in events:
        losses = losses.after(event)
    spoken = [
        SpeechEnded(t_s=12.0, speaker=speaker, start_s=0.0, end_s=12.0)
        for speaker in (Speaker.SELLER, Speaker.CUSTOMER)
    ]
    refused = [
        TranscriptRejected(t_s=12.0, utterance_id="u", speaker=speaker, start_s=0, end_s=12, reason="loop")
        for speaker in (Speaker.SELLER, Speaker.CUSTOMER)
    ]
    end = [SessionEnded(t_s=60.0, duration_s=60.0, reason=ended)] if ended else []
    call = state.fold(state.start(ConversationSettings()), (*events, *spoken, *refused, *end))
    return "\n".join(caveats(call, losses))


def test_a_call_that_was_never_closed_was_cut_off() -> None:
    assert "cut off" in told(ended="")
    assert told(ended="cut_off") == told(ended="")
    assert "cut off" not in told(ended="stopped")
    assert "a part of the program failed" in told(ended="failed")


def test_each_caveat_and_failure_is_told_once_the_gravest_first() -> None:
    echo = CaveatNoted(t_s=1.0, code="echo", message="An echo is heard.")
    failed = StageFailed(t_s=2.0, stage="reading", code="x", message="The reading failed.", recoverable=True)
    lines = told(echo, failed, echo, failed, ended="").splitlines()
    assert lines[1:3] == ["An echo is heard.", "The reading failed."]


def test_a_caveat_that_was_taken_back_says_from_when_to_when_it_held() -> None:
    silent = {"source_id": "customer", "code": "customer_silent"}
    first, again = (CaveatNoted(t_s=at_s, message="Not a sound.", **silent) for at_s in (2.0, 9.0))
    withdrawn = CaveatWithdrawn(t_s=5.0, **silent)
    lines = told(first, withdrawn, again, ended="").splitlines()
    assert lines[1:3] == ["From 0:02 to 0:05: Not a sound.", "Not a sound."]


def test_echo_is_told_with_what_follows_from_it() -> None:
    untrusted = EchoJudged(t_s=10.0, source_id="seller", echo=Echo.UNTRUSTED)
    removed = EchoJudged(t_s=40.0, source_id="seller", echo=Echo.REMOVED)
    assert "For 50 s your microphone heard the customer too: the talk share" in told(untrusted)
    assert "For 30 s" in told(untrusted, removed)
    assert "that was kept out of your side" in told(removed)
    assert "microphone" not in told(EchoJudged(t_s=10.0, source_id="seller", echo=Echo.NONE))


def test_a_live_call_without_consent_says_so() -> None:
    replayed = SessionStarted(
        t_s=0.0, title="", mode="replay", started_at="2026-01-01T10:00:00+00:00", version="", transcriber=""
    )
    live = structs.replace(replayed, mode="live")
    assert "agreed to be listened to" in told(live)
    assert "agreed" not in told(live, ConsentNoted(t_s=3.0))
    assert "agreed" not in told(replayed)


def test_a_side_that_spoke_without_a_word_was_not_understood() -> None:
    assert "No words were recognised on your side" in told()
    assert "No words were recognised on the customer's side" in told()


def test_what_was_lost_on_the_way_is_counted() -> None:
    lost = SourceOverflowed(t_s=1.0, source_id="customer", lost_samples=16_000)
    late = StageLagged(t_s=2.0, stage="transcriber", behind_s=11.2, given_up="partials")
    assert "On the customer's side, 1.0 s of sound were lost" in told(lost)
    assert "On the customer's side, 2.0 s of sound were lost" in told(lost, lost)
    assert "up to 12 s behind and left out: partials." in told(late, late)
    later = StageLagged(t_s=3.0, stage="transcriber", behind_s=4.0, given_up="partials, second guesses")
    assert "left out: partials, second guesses." in told(late, later)
    assert "behind" not in told(StageLagged(t_s=2.0, stage="transcriber", behind_s=1.0))
    assert "7 entries of the log come from a newer version" in told(unknown_events=7)


def test_too_little_speech_of_one_side_gives_no_talk_share() -> None:
    call = state.step(
        state.start(ConversationSettings()),
        SpeechEnded(t_s=30.0, speaker=Speaker.SELLER, start_s=0.0, end_s=30.0),
    )
    assert any("heard for 10 s" in line for line in caveats(call, Losses()))
    silent = state.step(call, CaveatNoted(t_s=0.0, code="side_silent", message="The customer is silent."))
    assert not any("heard for 10 s" in line for line in caveats(silent, Losses()))
