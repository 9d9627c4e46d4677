"""How often each kind of nudge was wrong."""

import pytest

from roomtone.debrief.marks import Kind, marks, page
from roomtone.debrief.render import page_as_markdown
from roomtone.events import Event, NudgeDismissed, NudgeRaised, SessionStarted

pytestmark = pytest.mark.unit


def started(mode: str) -> SessionStarted:
    return SessionStarted(
        t_s=0.0, title="t", mode=mode, started_at="2026-11-22", version="1", transcriber="base"
    )


def nudge(rule: str, reason: str = "") -> list[Event]:
    raised = NudgeRaised(
        t_s=1, nudge_id="n", rule=rule, severity="quiet", message="m", evidence="e", expires_s=9
    )
    gone = NudgeDismissed(t_s=2, nudge_id="n", rule=rule, reason=reason)
    return [raised, gone] if reason else [raised]


CALLS = [
    [started("live"), *nudge("monologue", "wrong"), *nudge("patience", "expired")],
    [
        started("replay"),
        *nudge("monologue", "muted"),
        *nudge("monologue", "dismissed"),
        *nudge("monologue", "retracted"),
        *nudge("talk_share"),
    ],
]


def test_answers_are_counted_by_kind_over_all_calls() -> None:
    found = marks(CALLS)
    assert (found.calls, found.live) == (2, 1)
    assert found.kinds == (
        Kind("monologue", 4, wrong=1, muted=1, dismissed=1, false_alarm_rate=0.25),
        Kind("patience", 1, wrong=0, muted=0, dismissed=0, false_alarm_rate=0.0),
        Kind("talk_share", 1, wrong=0, muted=0, dismissed=0, false_alarm_rate=0.0),
    )


def test_the_page_gives_rates_with_their_counts() -> None:
    assert page_as_markdown(page(marks(CALLS), problems=["The log x is damaged."])) == (
        "# Nudges and how often they were wrong\n\n"
        "2 calls: 1 live, 1 from recordings\n\n"
        "## By kind\n\n"
        "- monologue   raised 4 times, marked wrong once (25%), muted once, put away once\n"
        "- patience    raised once, marked wrong never (0%)\n"
        "- talk_share  raised once, marked wrong never (0%)\n\n"
        "## Left out\n\n"
        "- The log x is damaged.\n"
    )


def test_without_calls_there_is_nothing_to_count() -> None:
    assert "No nudge came up." in page_as_markdown(page(marks([])))
