import msgspec
import numpy as np
import pytest

from roomtone.events import (
    ConsentNoted,
    Event,
    SessionEnded,
    SessionStarted,
    TranscriptFinal,
    TranscriptRejected,
    TurnEnded,
)
from roomtone.session.rewording import reworded, utterances
from roomtone.speech.ear import POST_ROLL_S, PRE_ROLL_S
from roomtone.types import Hypothesis, Speaker, Word

pytestmark = pytest.mark.unit


def final(number: int, start_s: float, end_s: float, text: str) -> TranscriptFinal:
    return TranscriptFinal(
        t_s=end_s + 1.0,
        source_id="customer",
        utterance_id=f"customer-{number}",
        speaker=Speaker.CUSTOMER,
        text=text,
        words=words(text, start_s),
        start_s=start_s,
        end_s=end_s,
        avg_logprob=-0.5,
        no_speech_prob=0.1,
    )


def words(text: str, start_s: float) -> tuple[Word, ...]:
    return tuple(
        Word(word, start_s + 0.3 * place, start_s + 0.3 * place + 0.2, 0.9)
        for place, word in enumerate(text.split())
    )


def hypothesis(text: str, start_s: float, rejected: str = "") -> Hypothesis:
    said = () if rejected else words(text, start_s)
    return Hypothesis(said, text, "en", start_s + 2, -0.1, 0.0, np.zeros(0, np.float32), rejected)


REJECTED = TranscriptRejected(
    t_s=9.0,
    source_id="customer",
    utterance_id="customer-2",
    speaker=Speaker.CUSTOMER,
    start_s=4.1,
    end_s=6.0,
    reason="no_speech",
)
TURN = TurnEnded(
    t_s=9.5,
    source_id="customer",
    speaker=Speaker.CUSTOMER,
    start_s=1.0,
    end_s=6.0,
    words=3,
    floor_transfer_offset_s=None,
    overlap_s=0.0,
    is_question=False,
    utterance_ids=("customer-1", "customer-2"),
)
CALL: list[Event] = [
    SessionStarted(t_s=0.0, title="x", mode="live", started_at="", version="1", transcriber="base"),
    ConsentNoted(t_s=0.5),
    final(1, 1.0, 4.0, "well that's grate"),
    REJECTED,
    TURN,
    final(3, 20.0, 22.0, "as it was"),
    SessionEnded(t_s=30.0, duration_s=30.0, reason="stopped"),
]


def test_the_words_change_and_all_else_stays_in_its_place() -> None:
    found = {
        "customer-1": hypothesis("well that's great", 1.0),
        "customer-2": hypothesis("what does it cost?", 4.1),
    }
    new = list(reworded(CALL, found, transcriber="small"))
    assert [event.seq for event in new] == list(range(len(CALL)))
    assert [event.t_s for event in new] == [event.t_s for event in CALL]
    started, consent, first, second, turn, third, ended = new
    assert isinstance(started, SessionStarted)
    assert started.transcriber == "small"
    assert isinstance(consent, ConsentNoted)
    assert isinstance(first, TranscriptFinal)
    assert (first.text, first.language, first.avg_logprob) == ("well that's great", "en", -0.1)
    assert isinstance(second, TranscriptFinal)
    assert (second.text, second.start_s, second.end_s) == ("what does it cost?", 4.1, 6.0)
    assert isinstance(turn, TurnEnded)
    assert (turn.words, turn.is_question) == (7, True)
    assert isinstance(third, TranscriptFinal)
    assert third.text == "as it was"
    assert isinstance(ended, SessionEnded)


def test_what_is_refused_now_has_no_words_any_more() -> None:
    new = list(reworded(CALL, {"customer-1": hypothesis("you", 1.0, "phantom")}, transcriber="small"))
    assert isinstance(new[2], TranscriptRejected)
    assert (new[2].reason, new[2].utterance_id) == ("phantom", "customer-1")
    assert isinstance(new[4], TurnEnded)
    assert (new[4].words, new[4].is_question) == (0, False)


def test_utterances_are_found_in_the_order_of_their_ends_without_sharing_audio() -> None:
    seller = replace_side(final(1, 3.0, 5.0, "yes"))
    found = utterances([*CALL, seller])
    assert [one.utterance_id for one in found] == ["customer-1", "seller-1", "customer-2", "customer-3"]
    first, _, second, third = found
    assert first.audio_start_s == pytest.approx(1.0 - PRE_ROLL_S)
    assert first.closed_at_s == 4.1  # the next begins before the post-roll is over
    assert second.audio_start_s == 4.1
    assert third.closed_at_s == pytest.approx(22.0 + POST_ROLL_S)


def replace_side(event: TranscriptFinal) -> TranscriptFinal:
    return msgspec.structs.replace(event, source_id="seller", speaker=Speaker.SELLER, utterance_id="seller-1")
