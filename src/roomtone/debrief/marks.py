"""What sellers made of the nudges, kind by kind: how often one was wrong."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from roomtone.debrief.page import Document, Line, Section
from roomtone.debrief.phrases import counted
from roomtone.events import Event, NudgeDismissed, NudgeRaised, SessionStarted


@dataclass(frozen=True, slots=True)
class Kind:
    """What became of one kind of nudge over all calls looked at."""

    rule: str
    raised: int
    wrong: int
    muted: int
    dismissed: int
    false_alarm_rate: float
    """Those marked wrong of all raised, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The kinds that came up, the one raised most first."""

    calls: int
    live: int
    """How many of the calls were heard live: in a replay nobody may have been looking."""
    kinds: tuple[Kind, ...]


def marks(calls: Iterable[Iterable[Event]]) -> Marks:
    """Return what became of the nudges of these calls."""
    raised: Counter[str] = Counter()
    answered: Counter[tuple[str, str]] = Counter()
    number = live = 0
    for events in calls:
        number += 1
        for event in events:
            match event:
                case SessionStarted(mode="live"):
                    live += 1
                case NudgeRaised():
                    raised[event.rule] += 1
                case NudgeDismissed():
                    answered[event.rule, event.reason] += 1
    kinds = (
        Kind(
            rule,
            count,
            wrong := answered[rule, "wrong"],
            muted=answered[rule, "muted"],
            dismissed=answered[rule, "dismissed"],
            false_alarm_rate=round(wrong / count, 4),
        )
        for rule, count in raised.items()
    )
    return Marks(number, live, tuple(sorted(kinds, key=lambda kind: (-kind.raised, kind.rule))))


def page(found: Marks, *, problems: Sequence[str] = ()) -> Document:
    """Return the marks for the seller; ``problems`` are sentences about calls that were left out."""
    replayed = found.calls - found.live
    width = max((len(kind.rule) for kind in found.kinds), default=0)
    lines = tuple(Line(f"{kind.rule:<{width}}  {_told(kind)}") for kind in found.kinds)
    left_out = Section("Left out", tuple(Line(problem) for problem in problems), warning=True)
    kinds = Section("By kind", lines or (Line("No nudge came up."),))
    return Document(
        title="Nudges and how often they were wrong",
        subtitle=f"{counted(found.calls, 'call')}: {found.live} live, {replayed} from recordings",
        sections=(kinds, left_out) if problems else (kinds,),
    )


def _told(kind: Kind) -> str:
    parts = [
        f"raised {_times(kind.raised)}",
        f"marked wrong {_times(kind.wrong)} ({kind.false_alarm_rate:.0%})",
    ]
    if kind.muted:
        parts.append(f"muted {_times(kind.muted)}")
    if kind.dismissed:
        parts.append(f"put away {_times(kind.dismissed)}")
    return ", ".join(parts)


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count:,} times")
