"""A moment of a call told: what was said around it, and what each rule made of it."""

from dataclasses import dataclass

import msgspec

from roomtone.cli.again import rules_of, started_of
from roomtone.config.settings import Settings
from roomtone.debrief.page import Document, Line, Section
from roomtone.debrief.passages import said_around
from roomtone.debrief.phrases import clock, when
from roomtone.debrief.report import TranscriptLine
from roomtone.errors import UsageError
from roomtone.events import Event, NudgeRaised, TranscriptFinal
from roomtone.nudges.engine import Explanation
from roomtone.session.reanalysis import Reanalysis
from roomtone.types import Speaker

SHOWN_S = 1.0
"""A time is written in whole seconds: what came up at 4:05.3 is asked for as 4:05."""
WHO = {Speaker.SELLER: "You: ", Speaker.CUSTOMER: "They: ", Speaker.UNKNOWN: ""}


@dataclass(frozen=True, slots=True)
class Told:
    """All there is to tell of a moment."""

    call_id: str
    title: str
    started_at: str
    at_s: float
    said: tuple[TranscriptLine, ...]
    as_heard: bool
    """Whether the nudges up to then are those the call was heard with."""
    rules: tuple[Explanation, ...]
    """The most urgent first."""


def told(events: list[Event], at_s: float, settings: Settings, *, call_id: str) -> Told:
    """Return what the rules make of a moment with these settings.

    Raises:
        UsageError: when the call is not that long.
    """
    started = started_of(events)
    finals = [event for event in events if isinstance(event, TranscriptFinal)]
    end_s = max((event.t_s for event in events), default=0.0)
    if at_s > end_s:
        raise UsageError(
            f"The call {call_id} is {clock(end_s)} long: name a time before that.",
            code="beyond_the_end",
        )
    at_s = next((nudge.t_s for nudge in _nudges(events) if at_s <= nudge.t_s < at_s + SHOWN_S), at_s)
    call = Reanalysis(events, settings, rules_of(settings))
    made = [(nudge.rule, nudge.t_s) for nudge in _nudges(list(call.until(at_s)))]
    return Told(
        call_id=call_id,
        title=started.title if started else "",
        started_at=started.started_at if started else "",
        at_s=at_s,
        said=tuple(
            TranscriptLine(final.start_s, final.speaker, final.text.strip())
            for final in said_around(finals, at_s)
        ),
        as_heard=made == [(nudge.rule, nudge.t_s) for nudge in _nudges(events) if nudge.t_s <= at_s],
        rules=tuple(call.explained(at_s)),
    )


def _nudges(events: list[Event]) -> list[NudgeRaised]:
    return [event for event in events if isinstance(event, NudgeRaised)]


def json(told: Told) -> bytes:
    """Return it for programs, times in seconds."""
    return msgspec.json.format(msgspec.json.encode(told), indent=2)


def page(told: Told) -> Document:
    """Return it for a person."""
    width = max((len(rule.rule) for rule in told.rules), default=0)
    changed = Line(
        "The settings as they are now make other nudges of this call than it was heard with: this tells"
        " what they make of it."
    )
    sections = (
        Section("Not as it was", () if told.as_heard else (changed,), warning=True),
        Section(
            "Said around it", tuple(Line(WHO[line.speaker] + line.text, line.at_s) for line in told.said)
        ),
        Section("Speaks", tuple(_line(rule, width) for rule in told.rules if rule.speaks)),
        Section("Stays quiet", tuple(_line(rule, width) for rule in told.rules if not rule.speaks)),
    )
    return Document(
        title=f"{told.title or 'A call without a name'} at {clock(told.at_s)}",
        subtitle=when(told.started_at),
        sections=tuple(section for section in sections if section.lines),
    )


def _line(rule: Explanation, width: int) -> Line:
    return Line(f"{rule.rule:<{width}}  {rule.verdict}", under=(rule.figures,) if rule.figures else ())
