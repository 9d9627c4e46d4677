import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation import metrics
from roomtone.conversation.metrics import TalkShare
from roomtone.conversation.state import advance, fold, start

from .talk import (
    CUSTOMER,
    SELLER,
    Span,
    conversation_after,
    customer,
    said,
    seller,
    speech,
    stable,
    two_sides,
    words,
)

pytestmark = pytest.mark.unit

BEGINNING = start(ConversationSettings())
STEP_S = 0.01


def counted(spans: list[Span], since_s: float, now_s: float) -> tuple[float, float]:
    """Return the seconds of speech of seller and customer, by looking at every hundredth of a second."""
    at_s = np.arange(round(since_s / STEP_S), round(now_s / STEP_S)) * STEP_S + STEP_S / 2
    heard = []
    for side in (SELLER, CUSTOMER):
        speaking = np.zeros(len(at_s), dtype=bool)
        for speaker, start_s, end_s in spans:
            if speaker is side:
                speaking |= (at_s >= start_s) & (at_s < end_s)
        heard.append(float(speaking.sum() * STEP_S))
    return heard[0], heard[1]


@pytest.mark.property
@stable
@given(spans=two_sides(), quiet_after=st.integers(0, 2000), window=st.integers(50, 4000))
def test_the_talk_share_is_that_of_counting(spans: list[Span], quiet_after: int, window: int) -> None:
    events = speech(*spans)
    now_s = round((events[-1].t_s if events else 0.0) + quiet_after / 100, 2)
    state = advance(fold(BEGINNING, events), now_s)
    whole = metrics.talk_share(state)
    assert (whole.seller_s, whole.customer_s) == pytest.approx(counted(spans, 0, now_s), abs=1e-6)
    window_s = window / 100
    since_s = max(0.0, round(now_s - window_s, 2))
    windowed = metrics.talk_share(state, window_s=window_s)
    assert (windowed.seller_s, windowed.customer_s) == pytest.approx(counted(spans, since_s, now_s), abs=1e-6)


@pytest.mark.property
@stable
@given(spans=two_sides(), window=st.integers(50, 4000), data=st.data())
def test_in_the_middle_of_the_call_speech_going_on_counts(
    spans: list[Span], window: int, data: st.DataObject
) -> None:
    events = speech(*spans)
    cut = data.draw(st.integers(0, len(events)))
    state = fold(BEGINNING, events[:cut])
    known = [
        *((SELLER, *bounds) for bounds in state.seller.spans),
        *((CUSTOMER, *bounds) for bounds in state.customer.spans),
    ]
    for speaker in (SELLER, CUSTOMER):
        since_s = state.side(speaker).speaking_since_s
        if since_s is not None:
            known.append((speaker, since_s, state.now_s))
    share = metrics.talk_share(state, window_s=window / 100)
    since_s = max(0.0, round(state.now_s - window / 100, 2))
    assert (share.seller_s, share.customer_s) == pytest.approx(counted(known, since_s, state.now_s), abs=1e-6)


def test_a_share_of_nothing_is_nothing() -> None:
    assert TalkShare(0.0, 0.0).seller == 0.0
    assert TalkShare(3.0, 1.0).seller == 0.75
    assert TalkShare(3.0, 1.0).spoken_s == 4.0


def test_speech_before_the_window_does_not_count() -> None:
    state = advance(fold(BEGINNING, speech(seller(0, 100), customer(110, 140))), 400)
    share = metrics.talk_share(state, window_s=300)
    assert (share.seller_s, share.customer_s) == (0, 30)
    assert metrics.talk_share(state).seller_s == 100


def test_there_is_no_talk_share_before_each_side_was_heard_for_ten_seconds() -> None:
    one_sided = metrics.measured(fold(BEGINNING, speech(seller(0, 60))))
    assert (one_sided.talk_ratio, one_sided.window_talk_ratio) == (None, None)
    nearly = metrics.measured(fold(BEGINNING, speech(seller(0, 60), customer(61, 70.9))))
    assert (nearly.talk_ratio, nearly.window_talk_ratio) == (None, None)
    enough = metrics.measured(fold(BEGINNING, speech(seller(0, 60), customer(61, 71))))
    assert enough.talk_ratio == enough.window_talk_ratio == pytest.approx(60 / 70, abs=1e-4)


def test_a_silent_window_has_no_share() -> None:
    quiet = metrics.measured(advance(fold(BEGINNING, speech(seller(0, 30), customer(31, 61))), 400))
    assert (quiet.talk_ratio, quiet.window_talk_ratio) == (0.5, None)


def test_patience_is_the_median_gap_and_an_overlap_is_none() -> None:
    call = (
        (customer(0, 4), "a"),
        (seller(5, 8), "b"),  # 1 s
        (customer(9, 12), "c"),
        (seller(11.7, 15), "d"),  # an overlap of 0.3 s
        (customer(16, 20), "e"),
        (seller(20.4, 24), "f"),  # 0.4 s
    )
    state = conversation_after(said(*call), until_s=60)
    assert metrics.answer_offsets_s(state, SELLER) == (1.0, -0.3, 0.4)
    assert metrics.median_patience_s(state, SELLER) == 0.4
    assert metrics.answer_offsets_s(state, CUSTOMER) == (1.0, 1.0)
    assert metrics.median_patience_s(state, CUSTOMER) == 1.0


def test_patience_of_nobody_is_unknown_and_of_interrupters_nothing() -> None:
    assert metrics.median_patience_s(BEGINNING, SELLER) is None
    state = conversation_after(said((customer(0, 4), "a"), (seller(3.8, 8), "b")), until_s=60)
    assert metrics.median_patience_s(state, SELLER) == 0.0


def test_the_longest_monologue_includes_the_running_one() -> None:
    state = conversation_after(speech(seller(0, 30), customer(31, 40), seller(41, 200)), until_s=100)
    assert metrics.longest_monologue_s(state, SELLER) == 59
    assert metrics.longest_monologue_s(state, CUSTOMER) == 9
    assert metrics.measured(state).longest_monologue_s == 59


def test_questions_are_rated_by_ten_minutes_of_call() -> None:
    state = fold(BEGINNING, [words(seller(10, 12), "Is it?"), words(seller(100, 102), "Why?")])
    assert metrics.question_rate(advance(state, 300), SELLER) == 4.0
    assert metrics.question_rate(BEGINNING, SELLER) == 0.0
    assert metrics.measured(advance(state, 300)).question_rate == 4.0
