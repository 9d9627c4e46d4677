"""Which nudges two settings make of the same call, and why they differ. Pure."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from roomtone.config.settings import Settings
from roomtone.events import Event, NudgeRaised
from roomtone.nudges.engine import Explanation
from roomtone.nudges.rule import Rule
from roomtone.session.reanalysis import Reanalysis, reanalysed

MOVED_S = 30.0
"""Nudges of one kind no further apart than this are about the same thing."""

RulesOf = Callable[[Settings], Sequence[Rule]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A nudge that only one of two settings makes, or that they make at different times or strengths.

    ``first_why`` and ``second_why`` are how either saw it when it came up, at the earlier of the two times;
    None where that kind of nudge is switched off.
    """

    first: NudgeRaised | None
    second: NudgeRaised | None
    first_why: Explanation | None = None
    second_why: Explanation | None = None

    @property
    def at_s(self) -> float:
        """When it came up, or did so first."""
        return min(nudge.t_s for nudge in (self.first, self.second) if nudge is not None)

    @property
    def rule(self) -> str:
        """The kind of nudge."""
        return next(nudge.rule for nudge in (self.first, self.second) if nudge is not None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two settings say in one call."""

    first: tuple[NudgeRaised, ...]
    second: tuple[NudgeRaised, ...]
    differences: tuple[Difference, ...]
    """In order of time."""


def compare(events: Iterable[Event], first: Settings, second: Settings, *, rules: RulesOf) -> Comparison:
    """Return what two settings say of the call with these kept events."""
    events = list(events)
    both = ((first, rules(first)), (second, rules(second)))
    one, other = (_nudges(reanalysed(events, *either)) for either in both)
    found = sorted(differences(one, other), key=lambda difference: difference.at_s)
    first_why, second_why = (_explained(Reanalysis(events, *either), found) for either in both)
    return Comparison(one, other, tuple(map(_with_reasons, found, first_why, second_why)))


def _nudges(events: Iterable[Event]) -> tuple[NudgeRaised, ...]:
    return tuple(event for event in events if isinstance(event, NudgeRaised))


def differences(first: Iterable[NudgeRaised], second: Iterable[NudgeRaised]) -> list[Difference]:
    """Return the nudges that are not in both; those of a kind that lie near each other were moved.

    The words do not count: they take turns, so that none wears out.
    """
    same = {_sameness(nudge) for nudge in first} & {_sameness(nudge) for nudge in second}
    left = [nudge for nudge in second if _sameness(nudge) not in same]
    found = []
    for nudge in first:
        if _sameness(nudge) in same:
            continue
        near = min(left, key=lambda other: _apart_s(nudge, other), default=None)
        if near is not None and _apart_s(nudge, near) <= MOVED_S:
            left.remove(near)
            found.append(Difference(nudge, near))
        else:
            found.append(Difference(nudge, None))
    return found + [Difference(None, nudge) for nudge in left]


def _sameness(nudge: NudgeRaised) -> tuple[str, float, str]:
    return nudge.rule, nudge.t_s, nudge.severity


def _apart_s(nudge: NudgeRaised, other: NudgeRaised) -> float:
    return abs(nudge.t_s - other.t_s) if nudge.rule == other.rule else math.inf


def _explained(call: Reanalysis, found: Iterable[Difference]) -> list[Explanation | None]:
    """Return for each difference, in order of time, what the call's settings made of it."""
    return [
        next((told for told in call.explained(difference.at_s) if told.rule == difference.rule), None)
        for difference in found
    ]


def _with_reasons(
    difference: Difference, first: Explanation | None, second: Explanation | None
) -> Difference:
    return Difference(difference.first, difference.second, first, second)
