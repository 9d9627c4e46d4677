import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.talk import (
    CUSTOMER,
    SELLER,
    Span,
    customer,
    in_order,
    reading,
    said,
    seller,
    stable,
    two_sides,
    words,
)
from roomtone.config.conversation import ConversationSettings
from roomtone.config.nudges import NudgeSettings
from roomtone.conversation import state
from roomtone.events import (
    CaveatNoted,
    ConversationMeasured,
    Event,
    NudgeDismissed,
    NudgeRaised,
    SessionEnded,
    TurnEnded,
)
from roomtone.nudges.engine import NudgeEngine
from roomtone.nudges.rules import built_in
from roomtone.session.analysis import TICK_S, TICKS_PER_LOOK, Analysis
from roomtone.types import Label

pytestmark = pytest.mark.unit


def new_analysis() -> Analysis:
    settings = NudgeSettings(any_gap_s=3, same_gap_s=10, show_s=2)
    return Analysis(state.start(ConversationSettings()), NudgeEngine(settings, built_in(settings)))


def ended(t_s: float) -> SessionEnded:
    return SessionEnded(t_s=t_s, duration_s=t_s, reason="end_of_input")


def lively_call(spans: list[Span]) -> list[Event]:
    lines = [(span, "is it?" if nth % 4 == 3 else "so it is") for nth, span in enumerate(spans)]
    readings = [
        reading(Label.GUARDED, t_s=end_s + 2, utterance_id=f"u{nth}")
        for nth, (side, _, end_s) in enumerate(spans)
        if side is CUSTOMER
    ]
    return in_order([*said(*lines), *readings])


def analysed(events: list[Event], *, end_s: float) -> list[Event]:
    analysis = new_analysis()
    out = [made for event in events for made in analysis.take(event)]
    return out + list(analysis.finish(ended(end_s)))


def test_an_event_goes_through_after_the_ticks_before_it() -> None:
    analysis = new_analysis()
    caveat = CaveatNoted(t_s=0.5, code="echo", message="m")
    out = list(analysis.take(caveat))
    assert [(type(event), event.t_s) for event in out] == [
        (ConversationMeasured, 0.2),
        (ConversationMeasured, 0.4),
        (CaveatNoted, 0.5),
    ]
    assert out[-1] is caveat
    assert analysis.next_tick_s == 0.55


def test_ticks_come_twenty_times_a_second_and_figures_with_every_fourth() -> None:
    analysis = new_analysis()
    seen = []
    for _ in range(8):
        at_s = analysis.next_tick_s
        seen.append((at_s, [type(event) for event in analysis.tick()]))
        assert analysis.conversation.now_s == at_s
    assert seen == [(n / 20, [ConversationMeasured] if n in (4, 8) else []) for n in range(1, 9)]


def test_a_turn_is_announced_when_its_words_come_or_at_a_tick() -> None:
    events = said((seller(0, 3), "hello there"), (customer(10, 12), ""))
    out = analysed(events, end_s=30)
    turns = [(event.speaker, event.t_s, event.words) for event in out if isinstance(event, TurnEnded)]
    # The seller's when two seconds of silence were over, the customer's when waiting had no more sense.
    assert turns == [(SELLER, 5.0, 2), (CUSTOMER, 22.0, 0)]


def test_an_event_on_a_tick_comes_after_it() -> None:
    analysis = new_analysis()
    out = list(analysis.take(CaveatNoted(t_s=0.2, code="echo", message="m")))
    assert [type(event) for event in out] == [ConversationMeasured, CaveatNoted]


def test_the_end_closes_what_is_open_without_waiting() -> None:
    out = analysed(said((seller(0, 3), "hello"), (customer(3.5, 6), "")), end_s=6.5)
    at_the_end = [type(event) for event in out if event.t_s == 6.5]
    assert at_the_end == [TurnEnded, ConversationMeasured, SessionEnded]
    assert [event.speaker for event in out if isinstance(event, TurnEnded)] == [SELLER, CUSTOMER]
    assert out[-1] == ended(6.5)


def test_silence_at_the_end_is_lived_through_before_the_call_is_closed() -> None:
    out = analysed(said((seller(0, 3), "hello")), end_s=30)
    (turn,) = [event for event in out if isinstance(event, TurnEnded)]
    assert turn.t_s == 5.0
    measured = [event.t_s for event in out if isinstance(event, ConversationMeasured)]
    assert measured == [*(n / 5 for n in range(1, 151)), 30.0]


def test_a_nudge_comes_up_and_goes_away_again() -> None:
    events = in_order([*said((customer(0, 3), "well")), reading(Label.UPSET, t_s=5)])
    out = analysed(events, end_s=30)
    nudges = [(type(event), event.t_s) for event in out if isinstance(event, NudgeRaised | NudgeDismissed)]
    assert nudges == [(NudgeRaised, 5.2), (NudgeDismissed, 7.2)]


def _looked(analysis: Analysis) -> list[Event]:
    """Return what happens until the rules have looked once more."""
    return [event for _ in range(TICKS_PER_LOOK) for event in analysis.tick()]


def test_the_seller_can_answer_a_nudge() -> None:
    analysis = new_analysis()
    out = [*analysis.take(reading(Label.UPSET, t_s=5)), *_looked(analysis)]
    (nudge,) = [event for event in out if isinstance(event, NudgeRaised)]
    assert isinstance(nudge, NudgeRaised)
    assert list(analysis.respond("nudge-9", "muted")) == []
    (gone,) = analysis.respond(nudge.nudge_id, "muted")
    assert gone == NudgeDismissed(t_s=5.2, nudge_id=nudge.nudge_id, rule="sounded_upset", reason="muted")
    assert analysis.conversation.dismissals == (gone,)
    again = [*analysis.take(reading(Label.UPSET, t_s=50, utterance_id="c-2")), *_looked(analysis)]
    assert not any(isinstance(event, NudgeRaised) for event in again)


@pytest.mark.property
@stable
@given(spans=two_sides(), rest_s=st.floats(0, 20), data=st.data())
def test_the_same_events_give_the_same_output_however_they_come(
    spans: list[Span], rest_s: float, data: st.DataObject
) -> None:
    events = lively_call(spans)
    end_s = (events[-1].t_s if events else 0.0) + rest_s
    analysis = new_analysis()
    out: list[Event] = []
    for event in events:
        # Time may be let pass up to the next event, in any number of steps, before it comes.
        while analysis.next_tick_s <= event.t_s and data.draw(st.booleans()):
            out += analysis.tick()
        out += analysis.take(event)
    while analysis.next_tick_s <= end_s and data.draw(st.booleans()):
        out += analysis.tick()
    out += analysis.finish(ended(end_s))
    assert out == analysed(events, end_s=end_s)


@pytest.mark.property
@stable
@given(spans=two_sides(), rest_s=st.floats(0, 20))
def test_output_is_in_order_and_made_at_events_and_ticks_alone(spans: list[Span], rest_s: float) -> None:
    events = lively_call(spans)
    end_s = (events[-1].t_s if events else 0.0) + rest_s
    out = analysed(events, end_s=end_s)
    times_s = [event.t_s for event in out]
    assert times_s == sorted(times_s)
    known_s = {event.t_s for event in events} | {end_s}
    known_s |= {round(n * TICK_S, 4) for n in range(1, int(end_s / TICK_S) + 2)}
    assert all(event.t_s in known_s for event in out)
    assert [event for event in out if event in events] == events
    measured = [event.t_s for event in out if isinstance(event, ConversationMeasured)]
    every_s = TICK_S * TICKS_PER_LOOK
    rounds = [round(n * every_s, 4) for n in range(1, int(end_s / every_s) + 2)]
    assert measured == [*(at_s for at_s in rounds if at_s <= end_s), end_s]


@pytest.mark.property
@stable
@given(spans=two_sides(), rest_s=st.floats(0, 20))
def test_what_was_kept_gives_back_the_conversation(spans: list[Span], rest_s: float) -> None:
    analysis = new_analysis()
    events = lively_call(spans)
    end_s = (events[-1].t_s if events else 0.0) + rest_s
    out = [made for event in events for made in analysis.take(event)]
    out += analysis.finish(ended(end_s))
    kept = [event for event in out if not event.droppable]
    replayed = state.fold(state.start(ConversationSettings()), kept)
    seen = analysis.conversation
    assert replayed.turns == seen.turns
    assert (replayed.seller, replayed.customer) == (seen.seller, seen.customer)
    assert (replayed.nudges, replayed.dismissals) == (seen.nudges, seen.dismissals)
    assert replayed.now_s == seen.now_s


def test_words_that_come_late_do_not_hold_back_the_other_turns_for_ever() -> None:
    spoken = seller(0, 3), customer(4, 8)
    events = in_order(
        [*said((spoken[0], ""), (spoken[1], "yes")), words(spoken[0], "late words here", known_s=20)]
    )
    out = analysed(events, end_s=30)
    turns = [(event.speaker, event.t_s, event.words) for event in out if isinstance(event, TurnEnded)]
    assert turns == [(SELLER, 13.0, 0), (CUSTOMER, 13.0, 1)]
