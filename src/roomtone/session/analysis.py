"""What follows from what was heard: turns, figures, nudges. Pure, and driven by session time alone."""

from collections.abc import Iterator

from roomtone.conversation import metrics, state
from roomtone.conversation.state import Conversation
from roomtone.events import Event, PhaseEntered
from roomtone.nudges.engine import Explanation, NudgeEngine

TICK_S = 0.05
"""How often conditions that time alone brings about are looked at: a nudge is at most this late."""
TICKS_PER_LOOK = 4
"""The rules look, and the figures are published, five times a second. Between two looks everything is folded
in, so that what becomes known at the same time gives the same nudges in any order."""


class Analysis:
    """Folds events into the conversation and tells what they bring about."""

    def __init__(self, conversation: Conversation, nudges: NudgeEngine) -> None:
        self.conversation = conversation
        self._nudges = nudges
        self._ticks = 0

    @property
    def next_tick_s(self) -> float:
        """Session time of the next :meth:`tick`."""
        return round((self._ticks + 1) * TICK_S, 4)

    def tick(self) -> Iterator[Event]:
        """Let time pass to ``next_tick_s`` and yield what that brings about."""
        at_s, self._ticks = self.next_tick_s, self._ticks + 1
        self.conversation = state.advance(self.conversation, at_s)
        yield from self._follow()
        if self._ticks % TICKS_PER_LOOK == 0:
            yield from self._enter()
            yield from self._nudge()
            yield metrics.measured(self.conversation)

    def take(self, event: Event) -> Iterator[Event]:
        """Let time pass to the event, fold it in and yield it, then what it brings about."""
        yield from self._ticks_until(event.t_s)
        self.conversation = state.step(self.conversation, event)
        yield event
        yield from self._follow()

    def finish(self, event: Event) -> Iterator[Event]:
        """Let time pass to the end of the call, close what is open, then take its last event."""
        yield from self._ticks_until(event.t_s)
        turn_silence_s = self.conversation.settings.turn_silence_s
        floor = self.conversation.floor.advanced(event.t_s + turn_silence_s)
        self.conversation = state.with_floor(state.advance(self.conversation, event.t_s), floor)
        yield from self._turns(final=True)
        yield from self._due()
        yield metrics.measured(self.conversation)
        yield from self.take(event)

    def explain(self) -> list[Explanation]:
        """Return for every rule why it speaks or not at present."""
        return self._nudges.explain(self.conversation)

    def respond(self, nudge_id: str, reason: str) -> Iterator[Event]:
        """Take the seller's answer to the nudge on the screen."""
        for nudge in self._nudges.respond(nudge_id, reason, self.conversation.now_s):
            self.conversation = state.step(self.conversation, nudge)
            yield nudge

    def _ticks_until(self, t_s: float) -> Iterator[Event]:
        while self.next_tick_s <= t_s:
            yield from self.tick()

    def _follow(self) -> Iterator[Event]:
        yield from self._turns(final=False)
        yield from self._due()

    def _due(self) -> Iterator[Event]:
        for event in tuple(self.conversation.understood.due(self.conversation.now_s)):
            self.conversation = state.step(self.conversation, event)
            yield event

    def _enter(self) -> Iterator[Event]:
        now_s = self.conversation.now_s
        if (phase := self.conversation.understood.phases.due(now_s)) is not None:
            entered = PhaseEntered(t_s=now_s, phase=phase)
            self.conversation = state.step(self.conversation, entered)
            yield entered

    def _nudge(self) -> Iterator[Event]:
        for nudge in self._nudges.advance(self.conversation):
            self.conversation = state.step(self.conversation, nudge)
            yield nudge

    def _turns(self, *, final: bool) -> Iterator[Event]:
        while (turn := state.due_turn(self.conversation, final=final)) is not None:
            self.conversation = state.step(self.conversation, turn)
            yield turn
