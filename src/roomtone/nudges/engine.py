"""Decides which signal becomes a nudge, and when it goes away again. Pure: time is the state's.

One nudge at a time, ``any_gap_s`` between any two and ``same_gap_s`` between two of a kind, so many in ten
minutes; a condition must be sustained, a moment must be fresh; a nudge whose condition ends is taken back.
Of several that could speak the one of the highest priority does.
"""

import logging
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from roomtone.config.nudges import NudgeSettings
from roomtone.conversation.state import Conversation
from roomtone.events import NudgeDismissed, NudgeRaised, StageFailed
from roomtone.nudges.rule import MOST_CHARACTERS, Rule, Signal
from roomtone.types import Speaker

logger = logging.getLogger(__name__)

FIRST_SECONDS_S = 2.0
"""Nobody can read in the first seconds of their own turn."""
WRONG_MARKS = 2
"""A kind marked wrong this often stays quiet for the rest of the call."""
BUDGET_S = 600.0
"""The stretch of call that ``per_ten_minutes`` counts in."""
RULE_FAILED = "rule_failed"

NudgeEvent = NudgeRaised | NudgeDismissed | StageFailed


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one rule goes by at a moment, and why it does or does not speak."""

    rule: str
    figures: str
    verdict: str
    speaks: bool
    """Whether its nudge is on the screen."""


class NudgeEngine:
    """Holds what is showing and what was said; ``advance`` as time goes on."""

    def __init__(self, settings: NudgeSettings, rules: Sequence[Rule]) -> None:
        self._settings = settings
        self._rules = sorted(rules, key=lambda rule: -rule.priority)
        self._showing: NudgeRaised | None = None
        self._showing_moment = ""
        self._raised: list[NudgeRaised] = []
        self._last_s: dict[str, float] = {}
        self._holds_since_s: dict[str, float] = {}
        self._said: set[tuple[str, str]] = set()
        self._quiet: dict[str, str] = {}
        self._wrong: Counter[str] = Counter()

    def advance(self, state: Conversation) -> list[NudgeEvent]:
        """Return what changes on the screen at ``state.now_s``."""
        events: list[NudgeEvent] = []
        signals = {rule.name: self._signal(rule, state, events) for rule in self._rules}
        if self._showing is not None:
            holds = self._showing_moment or signals.get(self._showing.rule) is not None
            if not holds or self._showing.rule in self._quiet:
                events.append(self._dismiss("retracted", state.now_s))
            elif state.now_s >= self._showing.expires_s:
                events.append(self._dismiss("expired", state.now_s))
        if self._showing is None and not self._hurry_s(state.now_s):
            events += self._raise(signals, state)
        return events

    def respond(self, nudge_id: str, reason: str, now_s: float) -> list[NudgeEvent]:
        """Take the seller's answer to a nudge: ``dismissed``, ``muted`` (this kind) or ``wrong``."""
        if self._showing is None or self._showing.nudge_id != nudge_id:
            return []
        rule = self._showing.rule
        if reason == "wrong":
            self._wrong[rule] += 1
        if reason == "muted":
            self._quiet[rule] = "muted for this call"
        elif self._wrong[rule] >= WRONG_MARKS:
            self._quiet[rule] = f"marked wrong {WRONG_MARKS} times, so quiet for this call"
        return [self._dismiss(reason, now_s)]

    def explain(self, state: Conversation) -> list[Explanation]:
        """Return for every rule, by priority, why it speaks or not at ``state.now_s``; changes nothing.

        To be asked after :meth:`advance` at the same moment.
        """
        return [self._explanation(rule, state) for rule in self._rules]

    def _signal(self, rule: Rule, state: Conversation, events: list[NudgeEvent]) -> Signal | None:
        if rule.name in self._quiet:
            return None
        showing = self._showing is not None and self._showing.rule == rule.name
        try:
            signal = rule.evaluate(state, showing=showing) if _in_its_phase(rule, state) else None
            if signal is not None and not isinstance(signal, Signal):
                raise TypeError(f"{signal!r} is no Signal")
        except Exception as error:  # rules of other packages: one that fails must not take the call with it
            logger.exception("the rule %s failed", rule.name)
            self._quiet[rule.name] = "failed, so off for this call"
            events.append(_failed(rule, error, state.now_s))
            return None
        if signal is None:
            self._holds_since_s.pop(rule.name, None)
        else:
            self._holds_since_s.setdefault(rule.name, state.now_s)
        return signal

    def _raise(self, signals: dict[str, Signal | None], state: Conversation) -> list[NudgeEvent]:
        for rule in self._rules:
            signal = signals[rule.name]
            if signal is None or self._hindrance(rule, signal, state):
                continue
            now_s = state.now_s
            self._last_s[rule.name] = now_s
            if signal.moment:
                self._said.add((rule.name, signal.moment))
            self._showing_moment = signal.moment
            self._showing = NudgeRaised(
                t_s=now_s,
                nudge_id=f"nudge-{len(self._raised) + 1}",
                rule=rule.name,
                severity=signal.severity,
                message=textwrap.shorten(self._words(rule, signal), MOST_CHARACTERS, placeholder="…"),
                evidence=signal.evidence,
                expires_s=round(now_s + self._settings.show_s, 4),
            )
            self._raised.append(self._showing)
            return [self._showing]
        return []

    def _words(self, rule: Rule, signal: Signal) -> str:
        """Return the variant whose turn it is: the plain message first, and each again after the others."""
        variants = (signal.message, *signal.variants)
        return variants[sum(raised.rule == rule.name for raised in self._raised) % len(variants)]

    def _hurry_s(self, now_s: float) -> float:
        """Return for how long no nudge may follow the last one yet."""
        last_s = self._raised[-1].t_s if self._raised else float("-inf")
        return max(0.0, self._settings.any_gap_s - (now_s - last_s))

    def _hindrance(self, rule: Rule, signal: Signal, state: Conversation) -> str:
        """Return in words why a signal is not said now, empty when it is due."""
        now_s = state.now_s
        since_last_s = now_s - self._last_s.get(rule.name, float("-inf"))
        if since_last_s < self._settings.same_gap_s:
            return f"spoke {since_last_s:.0f} s ago; again after {self._settings.same_gap_s:.0f} s"
        if not rule.about_own_turn and _in_first_seconds(state):
            return "you have just begun to speak"
        if signal.severity != "strong" and self._spent(now_s) >= self._settings.per_ten_minutes:
            return f"{self._spent(now_s)} nudges in ten minutes are enough"
        if signal.moment:
            if (rule.name, signal.moment) in self._said:
                return "said already"
            late_s = now_s - signal.cause_s
            return f"{late_s:.0f} s too old to be said" if late_s > self._settings.max_delay_s else ""
        holds_s = now_s - self._holds_since_s.get(rule.name, now_s)
        return "" if holds_s >= rule.sustain_s else f"holds for {holds_s:.0f} of {rule.sustain_s:.0f} s"

    def _spent(self, now_s: float) -> int:
        return sum(raised.t_s > now_s - BUDGET_S for raised in self._raised)

    def _explanation(self, rule: Rule, state: Conversation) -> Explanation:
        showing = self._showing is not None and self._showing.rule == rule.name
        try:
            signal, figures = rule.evaluate(state, showing=showing), rule.figures(state)
        except Exception as error:  # as in ``_signal``
            return Explanation(rule.name, "", f"failed: {error!r}", speaks=False)
        if showing:
            verdict = "is on the screen"
        elif rule.name in self._quiet:
            verdict = self._quiet[rule.name]
        elif not _in_its_phase(rule, state):
            verdict = f"not in this phase ({state.understood.phases.current})"
        elif signal is None:
            verdict = "does not hold"
        else:
            verdict = self._hindrance(rule, signal, state) or self._queue(state)
        return Explanation(rule.name, figures, verdict, speaks=showing)

    def _queue(self, state: Conversation) -> str:
        if self._showing is not None:
            return f"{self._showing.rule} is on the screen"
        hurry_s = self._hurry_s(state.now_s)
        return f"the last nudge is too recent; {hurry_s:.0f} s to go" if hurry_s else "about to speak"

    def _dismiss(self, reason: str, now_s: float) -> NudgeDismissed:
        assert self._showing is not None  # noqa: S101 - only a showing nudge is dismissed
        nudge, self._showing = self._showing, None
        return NudgeDismissed(t_s=now_s, nudge_id=nudge.nudge_id, rule=nudge.rule, reason=reason)


def _in_its_phase(rule: Rule, state: Conversation) -> bool:
    """Return whether a rule may speak in the phase the call is in; in one that is not known all may."""
    current = state.understood.phases.current
    return current is None or current in rule.phases


def _failed(rule: Rule, error: Exception, now_s: float) -> StageFailed:
    message = f"The rule {rule.name} failed ({error!r}); it is off for this call."
    return StageFailed(
        t_s=now_s, stage=f"rule {rule.name}", code=RULE_FAILED, message=message, recoverable=True
    )


def _in_first_seconds(state: Conversation) -> bool:
    """Return whether the seller has just begun to speak, having the floor already or not yet."""
    floor, attempt = state.floor, state.floor.attempt
    if floor.holder is Speaker.SELLER:
        return floor.speaking and state.now_s - floor.turn_start_s < FIRST_SECONDS_S
    if attempt is None or attempt.speaker is not Speaker.SELLER or attempt.open_since_s is None:
        return False
    return state.now_s - attempt.start_s < FIRST_SECONDS_S
