"""Two settings on one call, told: which nudges differ, and why."""

from collections.abc import Iterable
from pathlib import Path

from roomtone.cli.again import events_of, rules_of
from roomtone.config.playbook import playbook_name
from roomtone.config.settings import Settings
from roomtone.debrief.page import Document, Line, Section
from roomtone.debrief.phrases import clock, counted
from roomtone.debrief.render import show
from roomtone.events import Event, NudgeRaised
from roomtone.nudges.engine import Explanation
from roomtone.session.comparison import Difference, compare


def show_comparison(log: Path, first: Settings, second: Settings) -> None:
    """Print which nudges two settings make of a call, and why they differ; raises ``StoreError``."""
    from rich.console import Console

    show(page(events_of(log), first, second), Console(highlight=False))


def page(events: Iterable[Event], first: Settings, second: Settings) -> Document:
    """Return the page on a call with these kept events; settings are called by their playbook."""
    one, other = _name(first), _name(second)
    found = compare(events, first, second, rules=rules_of)
    lines = tuple(_line(difference, one, other) for difference in found.differences)
    return Document(
        title=f"The nudges with {one} and with {other}",
        subtitle=f"{counted(len(found.first), 'nudge')} with {one}, {len(found.second)} with {other}",
        sections=(Section("What differs", lines or (Line("Nothing: the same nudges at the same times."),)),),
    )


def _name(settings: Settings) -> str:
    return playbook_name(settings.call.playbook) or "no playbook"


def _line(difference: Difference, first: str, second: str) -> Line:
    nudge = difference.first or difference.second
    assert nudge is not None  # noqa: S101 - one of the two there always is
    return Line(
        f"{_kind(difference, first, second)}: {nudge.message} ({nudge.rule})",
        at_s=difference.at_s,
        under=(_why(first, difference.first_why), _why(second, difference.second_why)),
    )


def _kind(difference: Difference, first: str, second: str) -> str:
    match difference:
        case Difference(second=None):
            return f"Only with {first}"
        case Difference(first=None):
            return f"Only with {second}"
        case Difference(first=NudgeRaised() as one, second=NudgeRaised() as other) if one.t_s == other.t_s:
            return f"{one.severity.capitalize()} with {first}, {other.severity} with {second}"
        case Difference(first=NudgeRaised() as one, second=NudgeRaised() as other):
            apart_s = abs(other.t_s - one.t_s)
            later = second if other.t_s > one.t_s else first
            return f"{apart_s:.0f} s later with {later}, at {clock(max(one.t_s, other.t_s))}"
        case _:
            raise AssertionError  # one of the two there always is


def _why(name: str, told: Explanation | None) -> str:
    if told is None:
        return f"{name}: this kind is switched off"
    return f"{name}: {told.verdict}" + (f" ({told.figures})" if told.figures else "")
