from collections.abc import Callable, Sequence
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
    in_order,
    seller,
    speech,
    stable,
    two_sides,
)
from roomtone.config.conversation import ConversationSettings
from roomtone.config.nudges import NudgeSettings
from roomtone.conversation.state import Conversation, advance, start, step
from roomtone.events import Event, NudgeDismissed, NudgeRaised, PhaseEntered, StageFailed
from roomtone.nudges.engine import BUDGET_S, FIRST_SECONDS_S, RULE_FAILED, NudgeEngine, NudgeEvent
from roomtone.nudges.rule import Rule, Severity, Signal
from roomtone.types import Phase

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
    severity: Severity = "quiet"
    variants: tuple[str, ...] = ()
    phases: frozenset[Phase] = frozenset(Phase)
    fails_at_s: float = float("inf")
    asked: list[bool] = field(default_factory=list)

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:
        self.asked.append(showing)
        if state.now_s >= self.fails_at_s:
            raise ZeroDivisionError("by nothing")
        past = [at_s for at_s in self.moments if at_s <= state.now_s]
        if past:
            return self._signal(moment=f"{past[-1]}", cause_s=past[-1])
        if any(from_s <= state.now_s < to_s for from_s, to_s in self.holds):
            return self._signal()
        return None

    def figures(self, state: Conversation) -> str:
        return f"asked {len(self.asked)} times"

    def _signal(self, *, moment: str = "", cause_s: float = 0.0) -> Signal:
        return Signal(
            self.severity, self.message, "because", moment=moment, cause_s=cause_s, variants=self.variants
        )


def run(
    *rules: Rule,
    until_s: float,
    spans: tuple[Span, ...] = (),
    settings: NudgeSettings = SETTINGS,
    answer: Callable[[NudgeRaised], str] = lambda nudge: "",
    from_s: float = 0.0,
    step_s: float = QUARTER_S,
    more: Sequence[Event] = (),
    explain: bool = False,
) -> list[NudgeEvent]:
    """Return what the engine says when looked at every quarter of a second and at every event.

    ``answer`` is what the seller does two quarters after a nudge came up; empty is nothing. ``explain``
    asks for the reasons after every look.
    """
    engine = NudgeEngine(settings, rules)
    state = start(ConversationSettings())
    waiting = in_order([*speech(*spans), *more])
    said: list[NudgeEvent] = []
    for tick in range(int(from_s / step_s), int(until_s / step_s) + 1):
        while waiting and waiting[0].t_s < tick * step_s:
            state = step(state, waiting.pop(0))
            said += engine.advance(state)
        state = advance(state, tick * step_s)
        said += engine.advance(state)
        if explain:
            reasons = engine.explain(state)
            assert sorted(each.rule for each in reasons) == sorted(rule.name for rule in rules)
            assert all(each.verdict for each in reasons)
            assert sum(each.speaks for each in reasons) <= 1
        newest = said[-1] if said else None
        if isinstance(newest, NudgeRaised) and newest.t_s <= state.now_s - 2 * QUARTER_S and answer(newest):
            said += engine.respond(newest.nudge_id, answer(newest), state.now_s)
    return said


def told(events: list[NudgeEvent]) -> list[tuple[float, str, str]]:
    """Return time, rule and what became of it."""
    return [
        (event.t_s, event.stage, event.code)
        if isinstance(event, StageFailed)
        else (event.t_s, event.rule, event.reason if isinstance(event, NudgeDismissed) else "raised")
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


def entered(t_s: float, phase: Phase) -> PhaseEntered:
    return PhaseEntered(t_s=t_s, phase=phase)


def test_of_several_the_most_urgent_speaks_whatever_their_order() -> None:
    low, high = Scripted("low", holds=((10, 20),), priority=10), Scripted("high", holds=((10, 20),))
    for rules in ((low, high), (high, low)):
        assert told(run(*rules, until_s=30)) == [(10, "high", "raised"), (20, "high", "retracted")]


def test_so_many_in_ten_minutes_are_enough_but_for_strong_ones() -> None:
    quiet = [Scripted(f"quiet-{nth}", moments=(50.0 * nth,)) for nth in range(1, 15)]
    settings = NudgeSettings(any_gap_s=30, same_gap_s=120, show_s=12, per_ten_minutes=3)
    said_s = [at_s for at_s, _, what in told(run(*quiet, until_s=800, settings=settings)) if what == "raised"]
    assert said_s == [50, 100, 150, 650, 700]
    strong = Scripted("strong", moments=(180.0, 330.0), severity="strong")
    said = told(run(*quiet, strong, until_s=800, settings=settings))
    assert [(at_s, name) for at_s, name, what in said if what == "raised"] == [
        (50, "quiet-1"),
        (100, "quiet-2"),
        (150, "quiet-3"),
        (180, "strong"),
        (330, "strong"),
    ]


def test_a_rule_speaks_in_its_phases_and_in_one_that_is_not_known() -> None:
    closing = Scripted("step", holds=((10, 500),), phases=frozenset({Phase.CLOSING}))
    assert told(run(closing, until_s=12))[0] == (10, "step", "raised")
    phases = [entered(5.0, Phase.DISCOVERY), entered(60.0, Phase.CLOSING), entered(65.0, Phase.DISCOVERY)]
    assert told(run(closing, until_s=100, more=phases)) == [
        (60, "step", "raised"),
        (65, "step", "retracted"),
    ]


def test_a_condition_must_be_sustained_within_its_phase() -> None:
    rule = Scripted("step", holds=((0, 500),), phases=frozenset({Phase.CLOSING}), sustain_s=10)
    phases = [entered(0.0, Phase.DISCOVERY), entered(60.0, Phase.CLOSING)]
    assert told(run(rule, until_s=75, more=phases))[0] == (70, "step", "raised")


def test_the_words_are_taken_in_turn() -> None:
    rule = Scripted("talk", holds=((0, 999),), variants=("Other words", "More words"))
    raised = [event for event in run(rule, until_s=400) if isinstance(event, NudgeRaised)]
    words = [event.message for event in raised]
    assert words == ["Something to say", "Other words", "More words", "Something to say"]


def test_a_rule_that_fails_is_off_and_said_so_once_and_others_go_on() -> None:
    broken = Scripted("broken", holds=((0, 999),), fails_at_s=5.0, priority=90)
    other = Scripted("other", holds=((40, 999),))
    events = run(broken, other, until_s=100)
    assert told(events) == [
        (0, "broken", "raised"),
        (5, "rule broken", RULE_FAILED),
        (5, "broken", "retracted"),
        (40, "other", "raised"),
        (52, "other", "expired"),
    ]
    (failed,) = [event for event in events if isinstance(event, StageFailed)]
    assert failed.recoverable
    assert failed.message == (
        "The rule broken failed (ZeroDivisionError('by nothing')); it is off for this call."
    )
    assert len(broken.asked) == 21


def test_a_rule_that_says_something_else_than_a_signal_fails_too() -> None:
    class Odd(Rule):
        name = "odd"

        def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:
            return "Slow down"  # type: ignore[return-value]

    assert told(run(Odd(), Scripted("talk", holds=((0, 9),)), until_s=1)) == [
        (0, "rule odd", RULE_FAILED),
        (0, "talk", "raised"),
    ]


def reasons(*rules: Rule, at_s: float = 10.0, settings: NudgeSettings = SETTINGS) -> dict[str, str]:
    """Return why each rule speaks or not, having been looked at every second."""
    engine, state = NudgeEngine(settings, rules), start(ConversationSettings())
    for second in range(int(at_s) + 1):
        state = advance(state, second)
        engine.advance(state)
    return {each.rule: each.verdict for each in engine.explain(state)}


def test_every_rule_says_why_it_speaks_or_not() -> None:
    settings = NudgeSettings(any_gap_s=30, same_gap_s=120, show_s=12, per_ten_minutes=1)
    holds = ((0, 999),)
    speaking = Scripted("speaking", holds=holds, priority=90)
    assert reasons(speaking, at_s=5) == {"speaking": "is on the screen"}
    assert reasons(speaking, at_s=50) == {"speaking": "spoke 50 s ago; again after 120 s"}
    assert reasons(Scripted("idle"), at_s=5) == {"idle": "does not hold"}
    assert reasons(Scripted("slow", holds=holds, sustain_s=20), at_s=5) == {"slow": "holds for 5 of 20 s"}
    assert reasons(Scripted("broken", fails_at_s=3)) == {"broken": "failed: ZeroDivisionError('by nothing')"}
    late = reasons(speaking, Scripted("late", moments=(3.0,)), at_s=9)
    assert late["late"] == "6 s too old to be said"
    waiting = Scripted("waiting", holds=holds)
    assert reasons(speaking, waiting, at_s=5)["waiting"] == "speaking is on the screen"
    hurried = reasons(speaking, waiting, at_s=20)
    assert hurried["waiting"] == "the last nudge is too recent; 10 s to go"
    assert reasons(speaking, waiting, at_s=40, settings=settings)["waiting"] == (
        "1 nudges in ten minutes are enough"
    )
    said = reasons(Scripted("said", moments=(1.0,)), at_s=300)
    assert said == {"said": "said already"}


def test_the_reason_names_the_phase_and_what_the_seller_did() -> None:
    elsewhere = Scripted("elsewhere", holds=((0, 999),), phases=frozenset({Phase.CLOSING}))
    engine = NudgeEngine(SETTINGS, [elsewhere, Scripted("talk", holds=((0, 999),))])
    state = step(start(ConversationSettings()), entered(1.0, Phase.DISCOVERY))
    (raised,) = engine.advance(state)
    assert isinstance(raised, NudgeRaised)
    assert engine.explain(state)[0].verdict == "not in this phase (discovery)"
    engine.respond(raised.nudge_id, "muted", 2.0)
    (_, talk) = engine.explain(advance(state, 200.0))
    assert (talk.verdict, talk.figures, talk.speaks) == ("muted for this call", "asked 3 times", False)


WILD = st.builds(
    Scripted,
    name=st.just(""),
    holds=STRETCHES,
    sustain_s=st.sampled_from([0.0, 5.0]),
    about_own_turn=st.booleans(),
    priority=st.integers(0, 100),
    severity=st.sampled_from(["quiet", "strong", "good"]),
    phases=st.frozensets(st.sampled_from(list(Phase)), min_size=1),
    fails_at_s=st.sampled_from([float("inf")] * 4 + [50.0]),
    variants=st.sampled_from([(), ("Other words",)]),
) | st.builds(
    Scripted,
    name=st.just(""),
    moments=st.lists(st.integers(0, 700), max_size=20).map(lambda times: tuple(sorted(map(float, times)))),
    severity=st.sampled_from(["quiet", "strong"]),
    phases=st.frozensets(st.sampled_from(list(Phase)), min_size=1),
    fails_at_s=st.sampled_from([float("inf")] * 4 + [50.0]),
)


@pytest.mark.property
@stable
@given(
    rules=st.lists(WILD, min_size=1, max_size=5),
    spans=two_sides(),
    phases=st.lists(st.tuples(st.integers(0, 700), st.sampled_from(list(Phase))), max_size=6),
    any_gap_s=st.sampled_from([1, 10, 30]),
    same_gap_s=st.sampled_from([1, 60]),
    per_ten_minutes=st.integers(1, 6),
    answers=st.lists(ANSWERS, min_size=8, max_size=8),
)
def test_the_governor_holds_for_any_rules_in_any_call(
    rules: list[Scripted],
    spans: list[Span],
    phases: list[tuple[int, Phase]],
    any_gap_s: float,
    same_gap_s: float,
    per_ten_minutes: int,
    answers: list[str],
) -> None:
    for nth, rule in enumerate(rules):
        rule.name = f"rule-{nth}"
    settings = NudgeSettings(
        any_gap_s=any_gap_s, same_gap_s=same_gap_s, show_s=12, per_ten_minutes=per_ten_minutes
    )

    def ran(*, explain: bool) -> list[NudgeEvent]:
        return run(
            *rules,
            until_s=700,
            step_s=1.0,
            spans=tuple(spans),
            settings=settings,
            more=[entered(float(at_s), phase) for at_s, phase in phases],
            answer=lambda nudge: answers[int(nudge.nudge_id.removeprefix("nudge-")) % len(answers)],
            explain=explain,
        )

    events = ran(explain=False)
    assert ran(explain=True) == events

    failed = [event.stage for event in events if isinstance(event, StageFailed)]
    assert len(set(failed)) == len(failed)
    shown = [event for event in events if not isinstance(event, StageFailed)]
    assert all(isinstance(event, NudgeRaised) == (nth % 2 == 0) for nth, event in enumerate(shown))
    raised = [event for event in shown if isinstance(event, NudgeRaised)]
    by_name = {rule.name: rule for rule in rules}
    known = sorted(phases, key=lambda each: each[0])
    for nth, nudge in enumerate(raised):
        before = raised[:nth]
        assert all(nudge.t_s - each.t_s >= any_gap_s for each in before)
        assert all(nudge.t_s - each.t_s >= same_gap_s for each in before if each.rule == nudge.rule)
        if nudge.severity != "strong":
            assert sum(each.t_s > nudge.t_s - BUDGET_S for each in before) < per_ten_minutes
        current = [phase for at_s, phase in known if at_s <= nudge.t_s][-1:]
        assert all(phase in by_name[nudge.rule].phases for phase in current)
        assert nudge.t_s < by_name[nudge.rule].fails_at_s
    for nudge, gone in zip(shown[::2], shown[1::2], strict=False):
        rule = by_name[nudge.rule]
        if not rule.moments:
            # A condition that ends, with its phase or for good, takes its nudge away at the next look.
            ends_s = min(_holds_until(rule, nudge.t_s), rule.fails_at_s)
            ends_s = min(
                [ends_s, *(at_s for at_s, to in known if at_s > nudge.t_s and to not in rule.phases)]
            )
            assert gone.t_s <= ends_s + 1.0
