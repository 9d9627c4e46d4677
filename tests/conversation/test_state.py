from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation import metrics
from roomtone.conversation.state import Conversation, advance, due_turn, fold, start, step
from roomtone.events import (
    AgendaPointCovered,
    AgendaPointMarked,
    AgendaSet,
    CaveatNoted,
    Event,
    NudgeDismissed,
    NudgeRaised,
    PhaseEntered,
    SessionEnded,
    SessionStarted,
    SourceStarted,
    StageFailed,
    TranscriptPartial,
    TranscriptRejected,
)
from roomtone.types import Act, AgendaPoint, Label, Phase, Speaker, Word

from .talk import (
    CUSTOMER,
    LONG_AGO_S,
    SELLER,
    Span,
    conversation_after,
    customer,
    in_order,
    meant,
    ordered_and_whole,
    reading,
    recognised,
    said,
    seller,
    speech,
    stable,
    turn,
    two_sides,
    words,
)

pytestmark = pytest.mark.unit

BEGINNING = start(ConversationSettings())


def spoken_call(spans: list[Span]) -> list[Event]:
    return said(
        *((span, "one two three?" if nth % 3 == 0 else "four five") for nth, span in enumerate(spans))
    )


def rejected(span: Span, t_s: float) -> TranscriptRejected:
    speaker, start_s, end_s = span
    return TranscriptRejected(
        t_s=t_s, utterance_id="r", speaker=speaker, start_s=start_s, end_s=end_s, reason="loop"
    )


@pytest.mark.property
@stable
@given(spans=two_sides(), data=st.data())
def test_a_fold_can_be_stopped_and_taken_up_anywhere(spans: list[Span], data: st.DataObject) -> None:
    events = spoken_call(spans)
    cut = data.draw(st.integers(0, len(events)))
    assert fold(fold(BEGINNING, events[:cut]), events[cut:]) == fold(BEGINNING, events)


@pytest.mark.property
@stable
@given(spans=two_sides(), data=st.data())
def test_looking_in_between_changes_nothing(spans: list[Span], data: st.DataObject) -> None:
    events = spoken_call(spans)
    state = BEGINNING
    for event in events:
        if data.draw(st.booleans()):
            state = advance(state, (state.now_s + event.t_s) / 2)
        state = step(state, event)
    assert state == fold(BEGINNING, events)


@pytest.mark.property
@stable
@given(spans=two_sides(), data=st.data())
def test_droppable_events_change_nothing(spans: list[Span], data: st.DataObject) -> None:
    events = spoken_call(spans)
    with_droppable: list[Event] = []
    for event in events:
        with_droppable.append(event)
        if data.draw(st.booleans()):
            with_droppable.append(
                TranscriptPartial(
                    t_s=event.t_s + 50,
                    utterance_id="p",
                    speaker=SELLER,
                    revision=0,
                    committed="so what",
                    tentative="I?",
                )
            )
            with_droppable.append(metrics.measured(advance(BEGINNING, event.t_s + 50)))
    assert fold(BEGINNING, with_droppable) == fold(BEGINNING, events)


@pytest.mark.property
@stable
@given(spans=two_sides())
def test_the_speech_of_a_side_is_the_sum_of_its_spans(spans: list[Span]) -> None:
    state = fold(BEGINNING, speech(*spans))
    for speaker in (SELLER, CUSTOMER):
        side = state.side(speaker)
        assert side.spans == tuple((begin_s, end_s) for who, begin_s, end_s in spans if who is speaker)
        assert side.spoken_s == pytest.approx(sum(end_s - begin_s for begin_s, end_s in side.spans))
        assert side.spoken_by(state.now_s + 7) == side.spoken_s


@pytest.mark.property
@stable
@given(spans=two_sides())
def test_turns_are_ordered_and_share_no_word(spans: list[Span]) -> None:
    events = spoken_call(spans)
    state = conversation_after(events, until_s=LONG_AGO_S)
    assert ordered_and_whole((turn.start_s, turn.end_s) for turn in state.turns)
    assert all(before.t_s <= after.t_s for before, after in pairwise(state.turns))
    for speaker in (SELLER, CUSTOMER):
        side = state.side(speaker)
        assert [turn for turn in state.turns if turn.speaker is speaker] == [*side.turns]
        assert sum(turn.words for turn in side.turns) <= side.words
    assert due_turn(state, final=True) is None


def test_speech_going_on_counts_as_spoken() -> None:
    state = fold(BEGINNING, speech(seller(2, 5), seller(10, 30))[:3])
    assert state.seller.spoken_by(state.now_s) == pytest.approx(3.1)
    assert state.seller.spoken_by(15.0) == 8.0
    assert state.customer.spoken_by(15.0) == 0.0


def test_time_never_goes_back() -> None:
    state = advance(BEGINNING, 10.0)
    assert advance(state, 4.0) is state
    assert step(state, CaveatNoted(t_s=9.0, code="x", message="y")).now_s == 10.0


def test_a_turn_waits_for_its_words() -> None:
    span = seller(0, 4)
    state = advance(fold(BEGINNING, speech(span)), 8.0)
    assert due_turn(state) is None
    state = step(state, words(span, "hello there", known_s=8.5))
    due = due_turn(state)
    assert due is not None
    assert (due.t_s, due.speaker, due.start_s, due.end_s, due.words) == (8.5, SELLER, 0, 4, 2)
    assert due.utterance_ids == ("seller-0",)
    assert due_turn(step(state, due)) is None


def test_a_turn_is_announced_when_a_guard_refused_its_words() -> None:
    state = step(fold(BEGINNING, speech(seller(0, 4))), rejected(seller(0, 4), 6.5))
    due = due_turn(state)
    assert due is not None
    assert (due.words, due.utterance_ids, due.is_question) == (0, (), False)
    assert state.seller.rejected == 1


def test_a_turn_gives_up_waiting_for_words_after_ten_seconds() -> None:
    state = fold(BEGINNING, speech(seller(0, 4)))
    assert due_turn(advance(state, 13.9)) is None
    due = due_turn(advance(state, 14.0))
    assert due is not None
    assert due.words == 0


def test_the_end_of_the_call_waits_for_no_words() -> None:
    state = advance(fold(BEGINNING, speech(seller(0, 4))), 6.0)
    assert due_turn(state) is None
    assert due_turn(state, final=True) is not None


def test_turns_are_announced_in_order_even_when_the_words_of_the_later_one_come_first() -> None:
    state = fold(BEGINNING, speech(seller(0, 4), customer(4.5, 8)))
    state = advance(step(state, words(customer(4.5, 8), "yes we do", known_s=8.8)), 10.1)
    assert due_turn(state) is None
    state = step(state, words(seller(0, 4), "do you?", known_s=10.2))
    first = due_turn(state)
    assert first is not None
    assert first.speaker is SELLER
    second = due_turn(step(state, first))
    assert second is not None
    assert (second.speaker, second.floor_transfer_offset_s) == (CUSTOMER, 0.5)


def test_the_words_of_an_utterance_that_spans_two_turns_go_to_the_right_ones() -> None:
    text = " ".join(f"word{nth}" for nth in range(18))
    boundaries = speech(seller(0, 10), customer(9.5, 14), seller(14.4, 18))
    line = words((SELLER, 0.0, 18.0), text, utterance_id="long")
    state = conversation_after(in_order([*boundaries, line]), until_s=60)
    assert [(turn.speaker, turn.words) for turn in state.turns] == [(SELLER, 10), (CUSTOMER, 0), (SELLER, 4)]
    assert [turn.utterance_ids for turn in state.seller.turns] == [("long",), ("long",)]


def test_a_word_between_two_turns_that_nearly_touch_is_counted_once() -> None:
    line = words((SELLER, 0.0, 18.0), "a", utterance_id="whole")
    between = Word("between", 10.1, 10.2, 0.9)
    line = msgspec.structs.replace(line, words=(Word("a", 0, 1, 0.9), between, Word("b", 17, 18, 0.9)))
    spans = seller(0, 10), customer(8, 12), seller(10.3, 18)
    events = in_order([*speech(*spans), rejected(customer(8, 12), 12.5), line])
    state = conversation_after(events, until_s=60)
    assert [(turn.start_s, turn.words) for turn in state.seller.turns] == [(0, 2), (10.3, 1)]


def test_words_of_another_turn_are_left_out() -> None:
    events = said(
        (seller(0, 3), "first things first"),
        (customer(3.5, 6), "all right then"),
        (seller(6.5, 9), "second"),
    )
    state = conversation_after(events, until_s=30)
    assert [turn.words for turn in state.turns] == [3, 3, 1]
    assert [turn.utterance_ids for turn in state.turns] == [("seller-0",), ("customer-3.5",), ("seller-6.5",)]


def test_a_turn_of_several_utterances_has_all_their_words_in_order() -> None:
    events = said((seller(0, 3), "what would you"), (seller(4, 6), "say to that?"))
    (turn,) = conversation_after(events, until_s=30).turns
    assert (turn.words, turn.is_question) == (6, True)
    assert turn.utterance_ids == ("seller-0", "seller-4")


@pytest.mark.parametrize(
    ("text", "is_question"),
    [
        ("How do you feel about that?", True),
        ("You do?  ", True),
        ("いくらですか？", True),
        ("Right? Good.", False),
        ("So it is.", False),
        ("", False),
    ],
)
def test_a_turn_is_a_question_when_it_ends_in_one(text: str, is_question: bool) -> None:
    events = in_order([*speech(seller(0, 3)), words(seller(0, 3), text)])
    (turn,) = conversation_after(events, until_s=30).turns
    assert turn.is_question is is_question


def test_every_question_is_counted_at_its_end() -> None:
    events = said(
        (seller(0, 3), "Hi? How are you? Good."), (customer(4, 6), "Fine. You?"), (seller(7, 9), "Fine.")
    )
    state = conversation_after(events, until_s=30)
    assert state.seller.questions == pytest.approx((0.6, 2.4))
    assert state.customer.questions == (6,)


def test_words_and_lines_are_kept_in_the_order_they_became_known() -> None:
    state = fold(BEGINNING, said((seller(0, 3), "one two"), (customer(4, 6), "three")))
    assert [line.text for line in state.finals] == ["one two", "three"]
    assert (state.seller.words, state.customer.words) == (2, 1)


def test_everything_else_that_is_known_is_kept() -> None:
    started = SessionStarted(t_s=0, title="t", mode="replay", started_at="", version="0", transcriber="none")
    source = SourceStarted(t_s=0, speaker=SELLER, description="left", sample_rate_hz=8000)
    caveat = CaveatNoted(t_s=1, code="echo", message="m")
    failure = StageFailed(t_s=2, stage="transcriber", code="c", message="m", recoverable=True)
    felt = reading(Label.GUARDED, t_s=3)
    nudge = NudgeRaised(
        t_s=4, nudge_id="n", rule="r", severity="quiet", message="m", evidence="e", expires_s=9
    )
    gone = NudgeDismissed(t_s=5, nudge_id="n", rule="r", reason="expired")
    ended = SessionEnded(t_s=6, duration_s=6, reason="stopped")
    state = fold(BEGINNING, [started, source, caveat, failure, felt, nudge, gone, ended])
    assert (state.started, state.ended, state.now_s) == (started, ended, 6)
    assert (state.sources, state.caveats, state.failures) == ((source,), (caveat,), (failure,))
    assert (state.nudges, state.dismissals) == ((nudge,), (gone,))
    assert state.customer.readings == (felt,)
    assert state.seller.readings == ()


def test_a_recording_without_sides_has_one_side_of_its_own() -> None:
    state: Conversation = conversation_after(said(((Speaker.UNKNOWN, 0, 5), "hello")), until_s=20)
    assert (state.unknown.spoken_s, state.seller.spoken_s, state.customer.spoken_s) == (5, 0, 0)
    assert [turn.speaker for turn in state.turns] == [Speaker.UNKNOWN]


def test_what_sentences_do_is_kept_by_side_in_order() -> None:
    events = meant(
        (seller(0, 8), "One here. Two here.", Act.PITCH), (customer(9, 12), "Three here.", Act.CONFUSION)
    )
    state = fold(BEGINNING, events)
    assert [each.text for each in state.seller.sentences] == ["One here.", "Two here."]
    assert [each.does(Act.PITCH) for each in state.seller.sentences] == [True, False]
    assert [each.text for each in state.customer.sentences] == ["Three here."]


def test_the_newest_question_is_known_by_its_mark_or_as_recognised() -> None:
    assert BEGINNING.seller.asked_until_s == 0.0
    by_mark = fold(BEGINNING, said((seller(0, 4), "Is it? So it is.")))
    assert by_mark.seller.asked_until_s == pytest.approx(1.6)
    recognised_later = fold(by_mark, meant((seller(10, 14), "tell me about it", Act.OPEN_QUESTION)))
    assert recognised_later.seller.asked_until_s == 14
    statement = fold(recognised_later, meant((seller(20, 24), "so it is", Act.PITCH)))
    assert statement.seller.asked_until_s == 14
    assert statement.customer.asked_until_s == 0.0


def test_gaps_before_turns_are_kept_the_smallest_first_and_overlaps_as_none() -> None:
    turns = [
        turn(SELLER, 10, 12, offset_s=1.5),
        turn(CUSTOMER, 13, 15, offset_s=9.0),
        turn(SELLER, 16, 18, offset_s=-0.4),
        turn(SELLER, 20, 22),
        turn(SELLER, 26, 28, offset_s=0.7),
    ]
    assert fold(BEGINNING, turns).seller.gaps_s == (0.0, 0.7, 1.5)


WORDS_OF_A_CALL = {
    SELLER: [
        ("How do you do that today?", (Act.OPEN_QUESTION,)),
        ("We'll send you the proposal.", (Act.COMMITMENT,)),
        ("Our platform does it for you.", (Act.PITCH,)),
        ("That makes sense to me.", (Act.ACKNOWLEDGEMENT,)),
        ("Lovely weather, isn't it?", (Act.SMALL_TALK,)),
    ],
    CUSTOMER: [
        ("That's a lot of money.", (Act.PUSHBACK_PRICE,)),
        ("How much is it then?", (Act.CLOSED_QUESTION,)),
        ("I'm not sure who decides that.", (Act.CONFUSION,)),
        ("I'll send you our figures.", (Act.COMMITMENT,)),
        ("Okay.", ()),
    ],
}


@pytest.mark.property
@stable
@given(spans=two_sides(), data=st.data())
def test_a_fold_can_be_stopped_anywhere_with_all_that_is_understood_in_it(
    spans: list[Span], data: st.DataObject
) -> None:
    point = AgendaPoint("a", "What they use today")
    events: list[Event] = [AgendaSet(t_s=0.0, points=(point,)), *speech(*spans)]
    for span in spans:
        text, acts = data.draw(st.sampled_from(WORDS_OF_A_CALL[span[0]]))
        final = words(span, text)
        events += [final, recognised(final, acts, closeness=data.draw(st.sampled_from([{}, {"a": 0.9}])))]
        if data.draw(st.booleans()):
            at_s = final.t_s
            events.append(
                data.draw(
                    st.sampled_from(
                        [
                            PhaseEntered(t_s=at_s, phase=Phase.CLOSING, by_seller=True),
                            PhaseEntered(t_s=at_s, phase=Phase.DISCOVERY),
                            AgendaPointMarked(t_s=at_s, point_id="a", covered=True),
                            AgendaPointCovered(t_s=at_s, point_id="a", start_s=0.0, quote="q"),
                            StageFailed(t_s=at_s, stage="acts", code="c", message="m", recoverable=True),
                        ]
                    )
                )
            )
    events = in_order(events)
    # With what follows from them, as a log holds it.
    state, kept = BEGINNING, list[Event]()
    for event in events:
        state, kept = step(state, event), [*kept, event]
        for follows in tuple(state.understood.due(state.now_s)):
            state, kept = step(state, follows), [*kept, follows]
    cut = data.draw(st.integers(0, len(kept)))
    assert fold(fold(BEGINNING, kept[:cut]), kept[cut:]) == fold(BEGINNING, kept) == state
    assert list(state.understood.due(state.now_s)) == []
    assert len({made.promise_id for made in state.understood.promises}) == len(state.understood.promises)
