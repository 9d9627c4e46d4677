"""The nudges of real calls, from what was heard of them, against a list that was read line by line."""

from itertools import pairwise
from pathlib import Path

import pytest

from roomtone.config.settings import Settings
from roomtone.events import Event, NudgeRaised, PhaseEntered, PromiseMade, decode
from roomtone.nudges.engine import BUDGET_S
from roomtone.nudges.rules import built_in
from roomtone.session.reanalysis import reanalysed

pytestmark = pytest.mark.replay

DATA = Path(__file__).parent / "data"
EXPECTED = DATA / "nudges.txt"
"""Written by hand out of what a failing test shows, after each line was held against the transcript."""
CALLS = sorted(DATA.glob("*.jsonl"))
SETTINGS = Settings()


def analysed(call: Path) -> list[Event]:
    heard = [decode(line) for line in call.read_text(encoding="utf-8").splitlines()]
    return list(reanalysed(heard, SETTINGS, built_in(SETTINGS.nudges)))


def told(events: list[Event]) -> list[str]:
    """Return a line for everything the seller is told, and for each phase and promise."""
    lines = []
    for event in events:
        match event:
            case NudgeRaised():
                lines.append(f"{event.t_s:6.1f}  {event.rule}: {event.message} ({event.evidence})")
            case PhaseEntered():
                lines.append(f"{event.t_s:6.1f}  phase: {event.phase.value}")
            case PromiseMade():
                who = f"{event.speaker.value}, {event.kind.value}"
                lines.append(f"{event.t_s:6.1f}  promise of the {who}: {event.text}")
            case _:
                pass
    return lines


def test_there_are_calls() -> None:
    assert {call.stem for call in CALLS} >= {"auto_repairs", "bank_card", "bank_policy", "onboarding"}


def test_what_the_seller_is_told_is_what_was_read() -> None:
    lines = [line for call in CALLS for line in (f"# {call.stem}", *told(analysed(call)), "")]
    assert lines == EXPECTED.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.stem)
def test_nudges_keep_their_distance(call: Path) -> None:
    nudges = [event for event in analysed(call) if isinstance(event, NudgeRaised)]
    settings = SETTINGS.nudges
    assert all(after.t_s - before.t_s >= settings.any_gap_s for before, after in pairwise(nudges))
    for nudge in nudges:
        recent = [other for other in nudges if nudge.t_s - BUDGET_S < other.t_s <= nudge.t_s]
        assert len(recent) <= settings.per_ten_minutes or nudge.severity == "strong"
