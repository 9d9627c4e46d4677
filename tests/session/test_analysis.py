import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.talk import (
    CUSTOMER,
    SELLER,
    Span,
    customer,
    in_order,
    meant,
    reading,
    recognised,
    said,
    seller,
    speech,
    stable,
    two_sides,
    words,
)
from roomtone.config.conversation import ConversationSettings
from roomtone.config.nudges import NudgeSettings
from roomtone.conversation import state
from roomtone.events import (
    AgendaPointMarked,
    AgendaSet,
    CaveatNoted,
    ConversationMeasured,
    Event,
    NudgeDismissed,
    NudgeRaised,
    PhaseEntered,
    PromiseMade,
    SessionEnded,
    SessionStarted,
    SpeechEnded,
    SpeechStarted,
    TurnEnded,
)
from roomtone.nudges.engine import NudgeEngine
from roomtone.nudges.rules import built_in
from roomtone.session.analysis import TICK_S, TICKS_PER_LOOK, Analysis
from roomtone.types import Act, AgendaPoint, Label, Phase

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


def test_phases_are_entered_at_looks_and_promises_at_once() -> None:
    events = meant(
        (seller(0, 4), "How do you do that today?", Act.OPEN_QUESTION),
        (seller(5, 9.03), "And how do you like it?", Act.OPEN_QUESTION),
        (seller(12, 16.03), "We'll send you the proposal.", Act.COMMITMENT),
    )
    out = analysed(events, end_s=30)
    assert [(event.t_s, event.phase) for event in out if isinstance(event, PhaseEntered)] == [
        (10.8, Phase.DISCOVERY)
    ]
    assert [event.t_s for event in out if isinstance(event, PromiseMade)] == [17.63]


def test_nothing_comes_after_the_end() -> None:
    # The words of the last promise come with the end itself.
    events = meant((seller(0, 4), "We'll send you the proposal.", Act.COMMITMENT))
    out = analysed(events, end_s=events[-1].t_s)
    assert [type(event) for event in out[-2:]] == [ConversationMeasured, SessionEnded]
    assert [event.promise_id for event in out if isinstance(event, PromiseMade)] == ["promise-1"]


def test_what_the_seller_says_of_the_phase_ends_with_no_event_after_the_end() -> None:
    analysis = new_analysis()
    pitches = ((seller(5.0 * nth, 5.0 * nth + 4), "Our platform does that.", Act.PITCH) for nth in range(3))
    out = [made for event in meant(*pitches) for made in analysis.take(event)]
    out += analysis.take(PhaseEntered(t_s=20.03, phase=Phase.CLOSING, by_seller=True))
    out += analysis.finish(ended(200.04))
    assert [event.phase for event in out if isinstance(event, PhaseEntered)] == [
        Phase.PRESENTATION,
        Phase.CLOSING,
    ]
    assert isinstance(out[-1], SessionEnded)


SAYINGS = {
    SELLER: [
        ("How do you do that today?", Act.OPEN_QUESTION),
        ("Do you have a system for it?", Act.CLOSED_QUESTION),
        ("We'll build that for you.", Act.COMMITMENT),
        ("Our platform brings your whole team together.", Act.PITCH),
        ("It's four thousand a month.", Act.PRICE),
        ("I hear you, it is a lot.", Act.ACKNOWLEDGEMENT),
        ("Shall we meet again on Tuesday?", Act.NEXT_STEP),
        ("um, um, um, um, um, um, um", ()),
    ],
    CUSTOMER: [
        ("That's a lot of money.", Act.PUSHBACK_PRICE),
        ("My boss would never sign that.", Act.PUSHBACK_AUTHORITY),
        ("How much is it for us?", Act.OPEN_QUESTION),
        ("I'm not sure how we'd do that.", Act.CONFUSION),
        ("That would help us a lot.", Act.BUYING_SIGNAL),
        ("Lovely weather over here.", Act.SMALL_TALK),
        ("Okay, so.", ()),
    ],
}


@st.composite
def calls_with_all_in_them(draw: st.DrawFn) -> list[Event]:
    """A call with acts, readings, an agenda and corrections, in which much becomes known at the same time."""
    grid_s = draw(st.sampled_from([0.5, 2.0, 5.0]))
    spans = draw(two_sides())
    points = AgendaPoint("a", "What they use today"), AgendaPoint("b", "Who decides")
    started = SessionStarted(
        t_s=0.0,
        title="call",
        mode="live",
        started_at="2026-01-01T10:00:00+00:00",
        version="1",
        transcriber="x",
        planned_s=draw(st.sampled_from([None, 30.0, 200.0])),
    )
    events: list[Event] = [started, AgendaSet(t_s=0.0, points=points), *speech(*spans)]
    for nth, span in enumerate(spans):
        text, does = draw(st.sampled_from(SAYINGS[span[0]]))
        final = words(span, text, known_s=math.ceil((span[2] + 1.6) / grid_s) * grid_s)
        closeness = {"a": 0.9} if draw(st.integers(0, 9)) == 0 else {}
        events += [final, recognised(final, does, closeness=closeness)]
        if span[0] is CUSTOMER:
            label = draw(st.sampled_from([Label.GUARDED, Label.UPSET, Label.NEUTRAL]))
            events.append(reading(label, t_s=final.t_s, utterance_id=f"u{nth}"))
        elif draw(st.integers(0, 9)) == 0:
            events.append(
                PhaseEntered(t_s=final.t_s, phase=draw(st.sampled_from(list(Phase))), by_seller=True)
            )
        elif draw(st.integers(0, 9)) == 0:
            events.append(AgendaPointMarked(t_s=final.t_s, point_id="b", covered=True))
    return in_order(events)


@st.composite
def in_another_order(draw: st.DrawFn, events: list[Event]) -> list[Event]:
    """The same events, those of the two sides that have the same time mixed in another way.

    What is heard keeps its order: whoever is known first to speak has the floor.
    """
    waiting: dict[str, list[Event]] = {"heard": [], "customer": [], "others": []}
    for event in events:
        side = "customer" if event.source_id == "customer" else "others"
        waiting["heard" if isinstance(event, SpeechStarted | SpeechEnded) else side].append(event)
    mixed: list[Event] = []
    while any(waiting.values()):
        heads = {name: queue[0].t_s for name, queue in waiting.items() if queue}
        first = [name for name, t_s in heads.items() if t_s == min(heads.values())]
        mixed.append(waiting[draw(st.sampled_from(first))].pop(0))
    return mixed


@pytest.mark.property
@stable
@given(data=st.data(), events=calls_with_all_in_them())
def test_the_order_of_what_becomes_known_at_the_same_time_does_not_matter(
    data: st.DataObject, events: list[Event]
) -> None:
    end_s = events[-1].t_s + data.draw(st.sampled_from([0.0, 30.0, 150.0]))

    def shown(order: list[Event]) -> list[Event]:
        kinds = (NudgeRaised, NudgeDismissed, PhaseEntered)
        return [event for event in analysed(order, end_s=end_s) if isinstance(event, kinds)]

    assert shown(data.draw(in_another_order(events))) == shown(events)


@pytest.mark.property
@stable
@given(events=calls_with_all_in_them(), rest_s=st.sampled_from([0.0, 20.0]))
def test_a_log_with_all_in_it_gives_back_the_conversation(events: list[Event], rest_s: float) -> None:
    analysis = new_analysis()
    out = [made for event in events for made in analysis.take(event)]
    out += analysis.finish(ended(events[-1].t_s + rest_s))
    replayed = state.fold(state.start(ConversationSettings()), [each for each in out if not each.droppable])
    assert replayed.understood == analysis.conversation.understood
    assert (replayed.seller, replayed.customer) == (
        analysis.conversation.seller,
        analysis.conversation.customer,
    )
    assert (replayed.nudges, replayed.dismissals) == (
        analysis.conversation.nudges,
        analysis.conversation.dismissals,
    )
    assert isinstance(out[-1], SessionEnded)


@pytest.mark.property
@stable
@given(events=calls_with_all_in_them())
def test_explaining_changes_nothing(events: list[Event]) -> None:
    asked = new_analysis()
    out: list[Event] = []
    for event in events:
        out += asked.take(event)
        reasons = asked.explain()
        assert asked.explain() == reasons
        assert len({each.rule for each in reasons}) == len(reasons) > 20
        assert all(each.figures and each.verdict for each in reasons)
    out += asked.finish(ended(events[-1].t_s))
    assert out == analysed(events, end_s=events[-1].t_s)


@pytest.mark.property
@stable
@given(events=calls_with_all_in_them(), rest_s=st.sampled_from([0.0, 60.0, 400.0]))
def test_every_rule_can_be_read_in_a_glance_at_any_moment(events: list[Event], rest_s: float) -> None:
    rules = built_in(NudgeSettings())
    conversation = state.start(ConversationSettings())
    for event in events:
        conversation = state.step(conversation, event)
        while (due := state.due_turn(conversation)) is not None:
            conversation = state.step(conversation, due)
        for moment in (conversation, state.advance(conversation, conversation.now_s + rest_s)):
            for rule in rules:
                signal = rule.evaluate(moment, showing=False)
                if signal is not None:
                    assert all(0 < len(each) <= 60 for each in (signal.message, *signal.variants)), rule.name
                    assert signal.cause_s <= moment.now_s
