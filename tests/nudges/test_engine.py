from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.talk import (
    END_KNOWN_S,
    LONG_AGO_S,
    SELLER,
    START_KNOWN_S,
    Span,
    customer,
    floor_after,
    seller,
    speech,
    stable,
    two_sides,
)
from roomtone.config.conversation import ConversationSettings
from roomtone.config.nudges import NudgeSettings
from roomtone.conversation.state import Conversation, advance, start, step
from roomtone.events import NudgeDismissed, NudgeRaised
from roomtone.nudges.engine import FIRST_SECONDS_S, NudgeEngine, NudgeEvent
from roomtone.nudges.rule import Rule, Signal

pytestmark = pytest.mark.unit

SETTINGS = NudgeSettings(any_gap_s=30, same_gap_s=120, show_s=12, max_delay_s=3)
QUARTER_S = 0.25


@dataclass
class Scripted(Rule):
    """Holds in the given stretches of the call, and has a moment at each of the given times."""

    name: str
    holds: tuple[tuple[float, float], ...] = ()
    moments: tuple[float, ...] = ()
    sustain_s: float = 0.0
    about_own_turn: bool = True
    message: str = "Something to say"
    priority: int = 50
    asked: list[bool] = field(default_factory=list)

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:
        self.asked.append(showing)
        past = [at_s for at_s in self.moments if at_s <= state.now_s]
        if past:
            return Signal("quiet", self.message, "because", moment=f"{past[-1]}", cause_s=past[-1])
        if any(from_s <= state.now_s < to_s for from_s, to_s in self.holds):
            return Signal("quiet", self.message, "because")
        return None


def run(
    *rules: Rule,
    until_s: float,
    spans: tuple[Span, ...] = (),
    settings: NudgeSettings = SETTINGS,
    answer: Callable[[NudgeRaised], str] = lambda nudge: "",
    from_s: float = 0.0,
) -> list[NudgeEvent]:
    """Return what the engine says when looked at every quarter of a second and at every event.

    ``answer`` is what the seller does two quarters after a nudge came up; empty is nothing.
    """
    engine = NudgeEngine(settings, rules)
    state = start(ConversationSettings())
    waiting = speech(*spans)
    said: list[NudgeEvent] = []
    for tick in range(int(from_s / QUARTER_S), int(until_s / QUARTER_S) + 1):
        while waiting and waiting[0].t_s < tick * QUARTER_S:
            state = step(state, waiting.pop(0))
            said += engine.advance(state)
        state = advance(state, tick * QUARTER_S)
        said += engine.advance(state)
        newest = said[-1] if said else None
        if isinstance(newest, NudgeRaised) and newest.t_s <= state.now_s - 2 * QUARTER_S and answer(newest):
            said += engine.respond(newest.nudge_id, answer(newest), state.now_s)
    return said


def told(events: list[NudgeEvent]) -> list[tuple[float, str, str]]:
    """Return time, rule and what became of it."""
    return [
        (event.t_s, event.rule, event.reason if isinstance(event, NudgeDismissed) else "raised")
        for event in events
    ]


def test_a_condition_is_said_once_it_was_sustained_and_taken_back_when_it_ends() -> None:
    rule = Scripted("talk", holds=((10, 30),), sustain_s=10)
    assert told(run(rule, until_s=60)) == [(20, "talk", "raised"), (30, "talk", "retracted")]


def test_a_condition_that_ends_too_soon_is_never_said() -> None:
    rule = Scripted("talk", holds=((10, 19), (20, 29), (30, 39.5)), sustain_s=10)
    assert run(rule, until_s=60) == []


def test_a_nudge_has_all_that_the_screen_needs() -> None:
    rule = Scripted("talk", holds=((1, 9),))
    (raised, gone) = run(rule, until_s=20)
    assert raised == NudgeRaised(
        t_s=1.0,
        nudge_id="nudge-1",
        rule="talk",
        severity="quiet",
        message="Something to say",
        evidence="because",
        expires_s=13.0,
    )
    assert gone == NudgeDismissed(t_s=9.0, nudge_id="nudge-1", rule="talk", reason="retracted")


def test_a_nudge_expires_and_its_kind_comes_back_after_its_gap() -> None:
    rule = Scripted("talk", holds=((10, 400),))
    assert told(run(rule, until_s=260)) == [
        (10, "talk", "raised"),
        (22, "talk", "expired"),
        (130, "talk", "raised"),
        (142, "talk", "expired"),
        (250, "talk", "raised"),
    ]


def test_two_kinds_keep_their_distance_and_the_urgent_one_goes_first() -> None:
    urgent, other = Scripted("urgent", holds=((10, 60),)), Scripted("other", holds=((10, 60),))
    assert told(run(urgent, other, until_s=55)) == [
        (10, "urgent", "raised"),
        (22, "urgent", "expired"),
        (40, "other", "raised"),
        (52, "other", "expired"),
    ]


def test_a_nudge_taken_back_makes_room_for_the_next_at_once_when_the_gap_is_over() -> None:
    settings = NudgeSettings(any_gap_s=5, show_s=60)
    first, second = Scripted("first", holds=((10, 40),)), Scripted("second", holds=((10, 60),))
    assert told(run(first, second, until_s=50, settings=settings)) == [
        (10, "first", "raised"),
        (40, "first", "retracted"),
        (40, "second", "raised"),
    ]


def test_a_rule_knows_whether_its_own_nudge_is_showing() -> None:
    rule, other = Scripted("talk", holds=((1, 2),)), Scripted("other")
    run(rule, other, until_s=3)
    assert rule.asked == [False] * 5 + [True] * 4 + [False] * 4
    assert not any(other.asked)


def test_a_moment_is_said_once_and_is_not_taken_back() -> None:
    rule = Scripted("sounded", moments=(10.0,))
    assert told(run(rule, until_s=300)) == [(10, "sounded", "raised"), (22, "sounded", "expired")]


def test_a_moment_that_must_wait_too_long_is_dropped() -> None:
    first = Scripted("first", holds=((0, 1),))
    assert told(run(first, Scripted("sounded", moments=(26.75,)), until_s=300))[2:] == []
    told_late = told(run(first, Scripted("sounded", moments=(27.0,)), until_s=300))[2:]
    assert told_late[0] == (30, "sounded", "raised")


def test_a_moment_that_comes_late_already_is_dropped() -> None:
    assert run(Scripted("sounded", moments=(6.9,)), until_s=60, from_s=10.0) == []
    assert run(Scripted("sounded", moments=(7.0,)), until_s=60, from_s=10.0) != []


def test_nothing_is_said_into_the_first_seconds_of_the_sellers_turn() -> None:
    call = customer(0, 9), seller(10, 30)
    rule = Scripted("questions", holds=((10.25, 30),), about_own_turn=False)
    assert told(run(rule, until_s=20, spans=call))[0] == (12, "questions", "raised")
    about_it = Scripted("questions", holds=((10.25, 30),), about_own_turn=True)
    assert told(run(about_it, until_s=20, spans=call))[0] == (10.25, "questions", "raised")


def test_a_pause_of_the_seller_or_a_turn_of_the_customer_is_a_good_moment() -> None:
    call = customer(0, 9), seller(10, 10.4), customer(13, 20)
    rule = Scripted("questions", holds=((10.75, 30),), about_own_turn=False)
    assert told(run(rule, until_s=20, spans=call))[0] == (10.75, "questions", "raised")
    into_theirs = Scripted("questions", holds=((13.5, 30),), about_own_turn=False)
    assert told(run(into_theirs, until_s=20, spans=call))[0] == (13.5, "questions", "raised")


def test_a_moment_survives_the_first_seconds_of_a_turn() -> None:
    rule = Scripted("sounded", moments=(10.5,), about_own_turn=False)
    assert told(run(rule, until_s=20, spans=(customer(0, 9), seller(10, 30))))[0] == (12, "sounded", "raised")


def test_dismissing_takes_a_nudge_away_and_it_keeps_its_gap() -> None:
    rule = Scripted("talk", holds=((10, 400),))
    events = told(run(rule, until_s=131, answer=lambda nudge: "dismissed"))
    assert events == [
        (10, "talk", "raised"),
        (10.5, "talk", "dismissed"),
        (130, "talk", "raised"),
        (130.5, "talk", "dismissed"),
    ]


def test_a_muted_kind_stays_quiet_and_others_do_not() -> None:
    rule, other = Scripted("talk", holds=((10, 900),)), Scripted("other", holds=((50, 900),))
    events = run(rule, other, until_s=800, answer=lambda nudge: "muted" if nudge.rule == "talk" else "")
    assert told(events)[:3] == [(10, "talk", "raised"), (10.5, "talk", "muted"), (50, "other", "raised")]
    assert [event.rule for event in events if isinstance(event, NudgeRaised)].count("talk") == 1
    assert len([event for event in events if isinstance(event, NudgeRaised)]) > 5


def test_a_kind_marked_wrong_twice_stays_quiet() -> None:
    rule = Scripted("talk", holds=((10, 900),))
    assert told(run(rule, until_s=800, answer=lambda nudge: "wrong")) == [
        (10, "talk", "raised"),
        (10.5, "talk", "wrong"),
        (130, "talk", "raised"),
        (130.5, "talk", "wrong"),
    ]


def test_an_answer_to_a_nudge_that_is_gone_is_ignored() -> None:
    engine = NudgeEngine(SETTINGS, [Scripted("talk", holds=((0, 900),))])
    state = start(ConversationSettings())
    engine.advance(state)
    assert engine.respond("nudge-7", "muted", 1.0) == []
    assert [event.t_s for event in engine.respond("nudge-1", "dismissed", 1.0)] == [1.0]
    assert engine.respond("nudge-1", "muted", 2.0) == []
    assert [event.rule for event in engine.advance(advance(state, 130))] == ["talk"]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("x" * 60, "x" * 60),
        (
            "They sounded thoroughly discombobulated; ask them kindly whether",
            "They sounded thoroughly discombobulated; ask them kindly…",
        ),
    ],
)
def test_a_message_too_long_for_a_glance_ends_at_a_word(message: str, shown: str) -> None:
    (raised,) = run(Scripted("talk", holds=((0, 9),), message=message), until_s=0)
    assert isinstance(raised, NudgeRaised)
    assert raised.message == shown
    assert len(raised.message) <= 60


def test_without_rules_nothing_is_said() -> None:
    assert run(until_s=10) == []


STRETCHES = st.lists(st.tuples(st.integers(0, 240), st.integers(1, 160)), max_size=5).map(
    lambda pairs: tuple((begin / 2, begin / 2 + length / 2) for begin, length in pairs)
)
CONDITIONS = st.builds(
    Scripted,
    name=st.just(""),
    holds=STRETCHES,
    sustain_s=st.sampled_from([0.0, 3.0, 10.0]),
    about_own_turn=st.booleans(),
)
MOMENTS = st.builds(
    Scripted,
    name=st.just(""),
    moments=st.lists(st.integers(0, 400), max_size=12).map(lambda ticks: tuple(sorted(t / 3 for t in ticks))),
    about_own_turn=st.booleans(),
)
ANSWERS = st.sampled_from(["", "", "dismissed", "wrong", "muted"])


@st.composite
def any_rules(draw: st.DrawFn) -> list[Scripted]:
    rules = draw(st.lists(CONDITIONS | MOMENTS, min_size=1, max_size=4))
    for nth, rule in enumerate(rules):
        rule.name = f"rule-{nth}"
    return rules


@pytest.mark.property
@stable
@given(
    rules=any_rules(),
    spans=two_sides(),
    any_gap_s=st.sampled_from([1, 10, 30]),
    same_gap_s=st.sampled_from([1, 40, 120]),
    show_s=st.sampled_from([2, 12, 50]),
    answers=st.lists(ANSWERS, min_size=8, max_size=8),
)
def test_whatever_happens_the_seller_is_left_in_peace(
    rules: list[Scripted],
    spans: list[Span],
    any_gap_s: float,
    same_gap_s: float,
    show_s: float,
    answers: list[str],
) -> None:
    settings = NudgeSettings(any_gap_s=any_gap_s, same_gap_s=same_gap_s, show_s=show_s)
    events = run(
        *rules,
        until_s=140,
        spans=tuple(spans),
        settings=settings,
        answer=lambda nudge: answers[int(nudge.nudge_id.removeprefix("nudge-")) % len(answers)],
    )
    by_name = {rule.name: rule for rule in rules}
    raised = [event for event in events if isinstance(event, NudgeRaised)]

    # Raised and dismissed take turns: never two at once.
    assert all(isinstance(event, NudgeRaised) == (nth % 2 == 0) for nth, event in enumerate(events))
    for nudge, gone in zip(events[::2], events[1::2], strict=False):
        assert gone.nudge_id == nudge.nudge_id
        assert nudge.t_s <= gone.t_s <= nudge.t_s + show_s + QUARTER_S

    assert all(after.t_s - before.t_s >= any_gap_s for before, after in pairwise(raised))
    for name, rule in by_name.items():
        own = [nudge for nudge in raised if nudge.rule == name]
        assert all(after.t_s - before.t_s >= same_gap_s for before, after in pairwise(own))
        if rule.moments:
            causes_s = [max(at_s for at_s in rule.moments if at_s <= nudge.t_s) for nudge in own]
            assert len(set(causes_s)) == len(causes_s)
            assert all(nudge.t_s - at_s <= 3.0 for nudge, at_s in zip(own, causes_s, strict=True))
        reasons = [e.reason for e in events if isinstance(e, NudgeDismissed) and e.rule == name]
        if "muted" in reasons:
            assert reasons.index("muted") == len(own) - 1
        assert reasons.count("wrong") < 2 or len(own) == len(reasons)
        for nudge in own:
            if not rule.moments:
                # Sustained up to now, and taken away at the first look after it ended.
                assert _held_since(rule, nudge.t_s) <= nudge.t_s - rule.sustain_s
                gone_s = next(
                    (e.t_s for e in events if isinstance(e, NudgeDismissed) and e.nudge_id == nudge.nudge_id),
                    140.0,
                )
                assert gone_s <= _holds_until(rule, nudge.t_s) + QUARTER_S

    for nudge in raised:
        if not by_name[nudge.rule].about_own_turn:
            assert not _seller_just_began(nudge.t_s, spans)


def _holds(rule: Scripted, at_s: float) -> bool:
    return any(begin_s <= at_s < end_s for begin_s, end_s in rule.holds)


def _held_since(rule: Scripted, at_s: float) -> float:
    assert _holds(rule, at_s)
    while any(begin_s < at_s <= end_s for begin_s, end_s in rule.holds):
        at_s = min(begin_s for begin_s, end_s in rule.holds if begin_s < at_s <= end_s)
    return at_s


def _holds_until(rule: Scripted, at_s: float) -> float:
    while _holds(rule, at_s):
        at_s = max(end_s for begin_s, end_s in rule.holds if begin_s <= at_s < end_s)
    return at_s


def _seller_just_began(at_s: float, spans: list[Span]) -> bool:
    """Return whether the seller was known to be speaking in the first two seconds of a turn of theirs."""
    speaking = any(
        side is SELLER and begin_s + START_KNOWN_S < at_s < end_s + END_KNOWN_S
        for side, begin_s, end_s in spans
    )
    turns = floor_after(*spans, until_s=LONG_AGO_S).closed
    return speaking and any(
        turn.speaker is SELLER and turn.start_s + START_KNOWN_S < at_s < turn.start_s + FIRST_SECONDS_S
        for turn in turns
    )
