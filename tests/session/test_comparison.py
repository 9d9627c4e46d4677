"""Two settings on the same call."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.talk import Span, customer, said, seller, stable, two_sides
from roomtone.config.settings import Settings
from roomtone.events import NudgeRaised
from roomtone.nudges.rules import built_in
from roomtone.session.comparison import MOVED_S, Difference, compare, differences
from session.test_analysis import lively_call
from session.test_reanalysis import EAGER, heard_with

pytestmark = pytest.mark.unit

CALM = Settings()
SPOKEN = said((seller(0, 9), "so it is"), (customer(30, 32), "yes"), (seller(40, 41), "so"))


def rules(settings: Settings):
    return built_in(settings.nudges)


def nudge(rule: str, t_s: float, *, severity: str = "quiet", message: str = "m") -> NudgeRaised:
    return NudgeRaised(
        t_s=t_s,
        nudge_id=f"nudge-{t_s}",
        rule=rule,
        severity=severity,
        message=message,
        evidence="",
        expires_s=t_s + 12,
    )


def with_monologue(quiet_s: float) -> Settings:
    return msgspec.convert({"nudges": {"monologue": {"quiet_s": quiet_s}}}, Settings)


def test_the_same_settings_make_no_difference() -> None:
    log = heard_with(EAGER, SPOKEN, end_s=60)
    found = compare(log, EAGER, EAGER, rules=rules)
    assert found.first == found.second != ()
    assert found.differences == ()


def test_a_nudge_of_one_side_is_explained_by_both() -> None:
    log = heard_with(CALM, SPOKEN, end_s=60)
    (only,) = compare(log, with_monologue(5), with_monologue(20), rules=rules).differences
    assert (only.rule, only.second) == ("monologue", None)
    assert only.first is not None
    assert only.at_s == only.first.t_s == pytest.approx(5.0, abs=0.25)
    assert only.first_why is not None
    assert only.first_why.speaks
    assert only.second_why is not None
    assert (only.second_why.verdict, only.second_why.speaks) == ("does not hold", False)
    assert "from 5 s" in only.first_why.figures or "5 s" in only.first_why.figures
    assert only.first_why.figures != only.second_why.figures


def test_a_nudge_that_comes_later_was_moved() -> None:
    log = heard_with(CALM, SPOKEN, end_s=60)
    (moved,) = compare(log, with_monologue(5), with_monologue(8), rules=rules).differences
    assert moved.first is not None
    assert moved.second is not None
    assert moved.second.t_s - moved.first.t_s == pytest.approx(3.0, abs=0.25)
    assert moved.at_s == moved.first.t_s


def test_a_kind_that_is_switched_off_has_no_reason() -> None:
    log = heard_with(CALM, SPOKEN, end_s=60)
    off = msgspec.convert({"nudges": {"monologue": {"enabled": False}}}, Settings)
    (only,) = compare(log, off, with_monologue(5), rules=rules).differences
    assert (only.first, only.first_why) == (None, None)
    assert only.second_why is not None


def test_other_words_are_no_difference_and_another_strength_is_one() -> None:
    quiet, reworded = nudge("a", 10), nudge("a", 10, message="other")
    assert differences([quiet], [reworded]) == []
    strong = nudge("a", 10, severity="strong")
    assert differences([quiet], [strong]) == [Difference(quiet, strong)]


def test_nudges_of_a_kind_are_paired_with_the_nearest() -> None:
    first = [nudge("a", 100), nudge("b", 101)]
    second = [nudge("a", 80), nudge("a", 108), nudge("b", 101 + MOVED_S + 1)]
    assert differences(first, second) == [
        Difference(first[0], second[1]),
        Difference(first[1], None),
        Difference(None, second[0]),
        Difference(None, second[2]),
    ]


TIMES = st.lists(st.integers(0, 300), max_size=8, unique=True)


@pytest.mark.property
@given(first=TIMES, second=TIMES)
def test_every_nudge_is_the_same_or_differs_once(first: list[int], second: list[int]) -> None:
    ours, theirs = [nudge("a", t_s) for t_s in first], [nudge("a", t_s) for t_s in second]
    found = differences(ours, theirs)
    same = set(first) & set(second)
    assert sorted(d.first.t_s for d in found if d.first) == sorted(set(first) - same)
    assert sorted(d.second.t_s for d in found if d.second) == sorted(set(second) - same)
    assert all(abs(d.first.t_s - d.second.t_s) <= MOVED_S for d in found if d.first and d.second)


@pytest.mark.property
@stable
@given(spans=two_sides())
def test_every_difference_of_a_call_is_explained(spans: list[Span]) -> None:
    given_events = lively_call(spans)
    log = heard_with(CALM, given_events, end_s=given_events[-1].t_s + 1 if given_events else 1.0)
    found = compare(log, CALM, EAGER, rules=rules)
    assert [d.at_s for d in found.differences] == sorted(d.at_s for d in found.differences)
    for difference in found.differences:
        assert difference.first_why is not None
        assert difference.second_why is not None
        spoke = [
            why
            for nudge, why in (
                (difference.first, difference.first_why),
                (difference.second, difference.second_why),
            )
            if nudge is not None and nudge.t_s == difference.at_s
        ]
        assert spoke
        assert all(why.speaks for why in spoke)
