"""A call analysed again from what was heard of it, with other settings or other rules. Pure.

What the line derives by itself is left out of the log and derived anew; everything else keeps its place.
With the settings the call was heard with, the same events come out.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from roomtone.config.settings import Settings
from roomtone.conversation import state
from roomtone.conversation.state import Conversation
from roomtone.events import (
    AgendaPointCovered,
    AgendaPointMarked,
    ConsentNoted,
    EmotionEstimated,
    Event,
    NudgeDismissed,
    NudgeRaised,
    PhaseEntered,
    PromiseMade,
    SessionEnded,
    SessionStarted,
    SourceStopped,
    StageFailed,
    TurnEnded,
)
from roomtone.nudges.engine import RULE_FAILED, Explanation, NudgeEngine
from roomtone.nudges.rule import Rule
from roomtone.session.analysis import Analysis

ANSWERS = ("dismissed", "muted", "wrong")
"""Reasons of a ``NudgeDismissed`` that are the seller's own doing."""


def is_derived(event: Event) -> bool:
    """Return whether the line makes this event out of others, rather than hearing or being told it."""
    match event:
        case TurnEnded() | NudgeRaised() | AgendaPointCovered() | PromiseMade():
            return True
        case NudgeDismissed():
            return event.reason not in ANSWERS
        case PhaseEntered():
            return not event.by_seller
        case StageFailed():
            return event.code == RULE_FAILED
        case _:
            return event.droppable


def inputs(events: Iterable[Event]) -> Iterator[Event]:
    """Yield what was heard of a call and what the seller did: everything that is not derived."""
    return (event for event in events if not is_derived(event))


def reanalysed(events: Iterable[Event], settings: Settings, rules: Sequence[Rule]) -> Iterator[Event]:
    """Yield the kept events of a call as the line would have published them with these settings and rules."""
    return Reanalysis(events, settings, rules).until(math.inf)


class Reanalysis:
    """One call on its way through the analysis again; made of its kept events.

    The seller's answers are given again where the same kind of nudge is showing at that time, and are left
    out elsewhere.
    """

    def __init__(self, events: Iterable[Event], settings: Settings, rules: Sequence[Rule]) -> None:
        self._nudges = NudgeEngine(settings.nudges, rules)
        self._analysis = Analysis(state.start(settings.conversation), self._nudges)
        heard = [given for given in _in_their_places(events) if not is_derived(given.event)]
        ends = (place for place, given in enumerate(heard) if isinstance(given.event, SessionEnded))
        end = next(ends, len(heard))
        self._waiting = deque(heard[:end])
        self._ending = [given.event for given in heard[end:]]
        self._with_the_end = _readings_of_the_last_turns(heard[:end], self._ending)
        self._showing: NudgeRaised | None = None
        self._seq = 0

    @property
    def conversation(self) -> Conversation:
        """The state reached so far."""
        return self._analysis.conversation

    def until(self, at_s: float) -> Iterator[Event]:
        """Yield what the line would have published up to and with ``at_s``; then again for what is later."""
        for event in self._made_until(at_s):
            if not event.droppable:
                yield msgspec.structs.replace(event, seq=self._seq)
                self._seq += 1

    def explained(self, at_s: float) -> list[Explanation]:
        """Go on to ``at_s`` and return for each rule why it speaks there, or does not."""
        for _ in self.until(at_s):
            pass
        return self._nudges.explain(state.advance(self.conversation, at_s))

    def _made_until(self, at_s: float) -> Iterator[Event]:
        while len(self._waiting) > self._with_the_end:
            next_s = self._waiting[0].event.t_s
            if self._analysis.next_tick_s <= min(next_s, at_s):
                yield from self._followed(self._analysis.tick())
            elif next_s <= at_s:
                yield from self._take(self._waiting.popleft().event)
            else:
                return
        if not self._ending:
            return
        while self._analysis.next_tick_s <= min(self._ending[0].t_s, at_s):
            yield from self._followed(self._analysis.tick())
        if self._ending[0].t_s <= at_s:
            ended, *later = self._ending
            self._ending = []
            # A later start that closes a call which was cut off makes nothing of it.
            is_cut_off = isinstance(ended, SessionEnded) and ended.reason == "cut_off"
            yield from (ended,) if is_cut_off else self._followed(self._analysis.finish(ended))
            yield from later

    def _take(self, event: Event) -> Iterator[Event]:
        if not isinstance(event, NudgeDismissed):
            yield from self._followed(self._analysis.take(event))
        elif self._showing is not None and self._showing.rule == event.rule:
            yield from self._followed(self._analysis.respond(self._showing.nudge_id, event.reason))

    def _followed(self, made: Iterator[Event]) -> Iterator[Event]:
        """Yield what is made, and between it what the line took before making more of it."""
        for event in made:
            if isinstance(event, SessionEnded):
                # Readings of turns that do not end where they did.
                while self._waiting:
                    yield from self._take(self._waiting.popleft().event)
            elif isinstance(event, NudgeRaised):
                self._showing = event
            elif isinstance(event, NudgeDismissed):
                self._showing = None
            yield event
            if self._waiting and self._waiting[0].was_within(event):
                yield from self._take(self._waiting.popleft().event)


@dataclass(frozen=True, slots=True)
class _Given:
    """An event of the log, and where the line took it."""

    event: Event
    host: Event | None
    """What was just published, and had more to follow from it, when this was taken; None when nothing had."""

    def was_within(self, event: Event) -> bool:
        """Return whether it was taken directly behind this event, or one that stands for it this time."""
        host = self.host
        if host is None or type(event) is not type(host):
            return False
        return (event.t_s, event.source_id) == (host.t_s, host.source_id)


def _in_their_places(events: Iterable[Event]) -> Iterator[_Given]:
    kept = [event for event in events if not event.droppable]
    # In a live call a reading comes when it is done; in a recording, and once the sources have stopped,
    # it comes at once.
    reads_at_once = not any(isinstance(event, SessionStarted) and event.mode != "replay" for event in kept)
    for before, event, after in zip([None, *kept], kept, [*kept[1:], None], strict=False):
        reads_at_once = reads_at_once or isinstance(event, SourceStopped)
        within = before is not None and _is_within(before, event, after, reads_at_once=reads_at_once)
        yield _Given(event, before if within else None)


def _is_within(before: Event, event: Event, after: Event | None, *, reads_at_once: bool) -> bool:
    """Return whether an event was taken while the line still made out what follows from the one before it.

    Of readings it is known. A key can be pressed at any time: what tells is that something derived follows at
    the same moment.
    """
    if before.t_s != event.t_s:
        return False
    match before, event:
        case TurnEnded(), EmotionEstimated():
            return reads_at_once and before.speaker == event.speaker
        case _, NudgeDismissed() | ConsentNoted() | AgendaPointMarked() | PhaseEntered():
            return after is not None and after.t_s == event.t_s and is_derived(after)
        case _:
            return False


def _readings_of_the_last_turns(heard: Sequence[_Given], ending: Sequence[Event]) -> int:
    """Return how many events at the end of ``heard`` were taken while the call was being closed."""
    count = 0
    while ending and count < len(heard):
        given = heard[-1 - count]
        if not isinstance(given.host, TurnEnded) or given.event.t_s != ending[0].t_s:
            break
        count += 1
    return count
