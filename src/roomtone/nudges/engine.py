"""Decides which signal becomes a nudge, and when it goes away again. Pure: time is the state's.

One nudge at a time, ``any_gap_s`` between any two and ``same_gap_s`` between two of a kind; a condition
must be sustained, a moment must be fresh; a nudge whose condition ends is taken back.
"""

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from roomtone.config.nudges import NudgeSettings
from roomtone.conversation.state import Conversation
from roomtone.events import NudgeDismissed, NudgeRaised
from roomtone.nudges.rule import MOST_CHARACTERS, Rule, Signal
from roomtone.types import Speaker

FIRST_SECONDS_S = 2.0
"""Nobody can read in the first seconds of their own turn."""
WRONG_MARKS = 2
"""A kind marked wrong this often stays quiet for the rest of the call."""

NudgeEvent = NudgeRaised | NudgeDismissed


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule speaks at a moment, or does not."""

    rule: str
    figures: str
    """What it goes by, in words; empty for a rule that tells none."""
    verdict: str
    speaks: bool
    """Whether its nudge is on the screen, or would be next."""


class NudgeEngine:
    """Holds what is showing and what was said; ``advance`` after every change of the state."""

    def __init__(self, settings: NudgeSettings, rules: Sequence[Rule]) -> None:
        self._settings = settings
        self._rules = tuple(rules)
        self._showing: NudgeRaised | None = None
        self._showing_moment = ""
        self._raised = 0
        self._last_any_s = float("-inf")
        self._last_s: dict[str, float] = {}
        self._holds_since_s: dict[str, float] = {}
        self._said: set[tuple[str, str]] = set()
        self._quiet: set[str] = set()
        self._wrong: Counter[str] = Counter()

    def advance(self, state: Conversation) -> list[NudgeEvent]:
        """Return what changes on the screen at ``state.now_s``."""
        signals = {rule.name: self._signal(rule, state) for rule in self._rules}
        events: list[NudgeEvent] = []
        if self._showing is not None:
            holds = self._showing_moment or signals.get(self._showing.rule) is not None
            if not holds:
                events.append(self._dismiss("retracted", state.now_s))
            elif state.now_s >= self._showing.expires_s:
                events.append(self._dismiss("expired", state.now_s))
        if self._showing is None:
            raised = self._raise(signals, state)
            if raised is not None:
                events.append(raised)
        return events

    def respond(self, nudge_id: str, reason: str, now_s: float) -> list[NudgeEvent]:
        """Take the seller's answer to a nudge: ``dismissed``, ``muted`` (this kind) or ``wrong``."""
        if self._showing is None or self._showing.nudge_id != nudge_id:
            return []
        rule = self._showing.rule
        if reason == "wrong":
            self._wrong[rule] += 1
        if reason == "muted" or self._wrong[rule] >= WRONG_MARKS:
            self._quiet.add(rule)
        return [self._dismiss(reason, now_s)]

    def explain(self, state: Conversation) -> list[Explanation]:
        """Return for each rule why it speaks at ``state``, or does not; changes nothing."""
        return [
            Explanation(rule.name, rule.figures(state), *self._verdict(rule, state)) for rule in self._rules
        ]

    def _verdict(self, rule: Rule, state: Conversation) -> tuple[str, bool]:
        now_s, settings = state.now_s, self._settings
        if self._showing is not None and self._showing.rule == rule.name:
            shown_s = now_s - self._showing.t_s
            return f"on the screen for {shown_s:.0f} s" if shown_s else "comes up now", True
        if rule.name in self._quiet:
            return "marked wrong twice" if self._wrong[rule.name] >= WRONG_MARKS else "muted", False
        signal = rule.evaluate(state, showing=False)
        if signal is None:
            return "does not hold", False
        if (rule.name, signal.moment) in self._said:
            return "said already", False
        if signal.moment and now_s - signal.cause_s > settings.max_delay_s:
            return f"{now_s - signal.cause_s:.0f} s ago; too late after {settings.max_delay_s:g} s", False
        held_s = now_s - self._holds_since_s.get(rule.name, now_s)
        if not signal.moment and held_s < rule.sustain_s:
            return f"holds for {held_s:.0f} of {rule.sustain_s:g} s", False
        ago_s = now_s - self._last_s.get(rule.name, float("-inf"))
        if ago_s < settings.same_gap_s:
            return f"spoke {ago_s:.0f} s ago; again after {settings.same_gap_s:g} s", False
        if not rule.about_own_turn and _in_first_seconds(state):
            return "you have just begun to speak", False
        if self._showing is not None:
            return f"another nudge is showing: {self._showing.rule}", False
        ago_s = now_s - self._last_any_s
        if ago_s < settings.any_gap_s:
            return f"the last nudge was {ago_s:.0f} s ago; any again after {settings.any_gap_s:g} s", False
        return "would be next", True

    def _signal(self, rule: Rule, state: Conversation) -> Signal | None:
        if rule.name in self._quiet:
            return None
        showing = self._showing is not None and self._showing.rule == rule.name
        signal = rule.evaluate(state, showing=showing)
        if signal is None:
            self._holds_since_s.pop(rule.name, None)
        else:
            self._holds_since_s.setdefault(rule.name, state.now_s)
        return signal

    def _raise(self, signals: dict[str, Signal | None], state: Conversation) -> NudgeRaised | None:
        now_s = state.now_s
        if now_s - self._last_any_s < self._settings.any_gap_s:
            return None
        for rule in self._rules:
            signal = signals[rule.name]
            if signal is None or not self._is_due(rule, signal, state):
                continue
            self._raised += 1
            self._last_any_s = self._last_s[rule.name] = now_s
            if signal.moment:
                self._said.add((rule.name, signal.moment))
            self._showing_moment = signal.moment
            self._showing = NudgeRaised(
                t_s=now_s,
                nudge_id=f"nudge-{self._raised}",
                rule=rule.name,
                severity=signal.severity,
                message=textwrap.shorten(signal.message, MOST_CHARACTERS, placeholder="…"),
                evidence=signal.evidence,
                expires_s=round(now_s + self._settings.show_s, 4),
            )
            return self._showing
        return None

    def _is_due(self, rule: Rule, signal: Signal, state: Conversation) -> bool:
        now_s = state.now_s
        if now_s - self._last_s.get(rule.name, float("-inf")) < self._settings.same_gap_s:
            return False
        if not rule.about_own_turn and _in_first_seconds(state):
            return False
        if signal.moment:
            is_fresh = now_s - signal.cause_s <= self._settings.max_delay_s
            return is_fresh and (rule.name, signal.moment) not in self._said
        return now_s - self._holds_since_s[rule.name] >= rule.sustain_s

    def _dismiss(self, reason: str, now_s: float) -> NudgeDismissed:
        assert self._showing is not None  # noqa: S101 - only a showing nudge is dismissed
        nudge, self._showing = self._showing, None
        return NudgeDismissed(t_s=now_s, nudge_id=nudge.nudge_id, rule=nudge.rule, reason=reason)


def _in_first_seconds(state: Conversation) -> bool:
    """Return whether the seller has just begun to speak, having the floor already or not yet."""
    floor, attempt = state.floor, state.floor.attempt
    if floor.holder is Speaker.SELLER:
        return floor.speaking and state.now_s - floor.turn_start_s < FIRST_SECONDS_S
    if attempt is None or attempt.speaker is not Speaker.SELLER or attempt.open_since_s is None:
        return False
    return state.now_s - attempt.start_s < FIRST_SECONDS_S
