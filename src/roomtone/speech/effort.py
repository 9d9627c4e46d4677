"""What is given up when words come late, in which order, and when it is taken up again. Pure.

Lateness is how long an utterance has been without words that should be there. Giving up follows it at
once; taking up again goes step by step, each after a while of calm. What had to be given up again soon
after that is taken up later the next time, so that a machine a little too slow for the call does not go
back and forth.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

from roomtone.types import Effort

CALM_S = 1.0
"""Words this late are on time: a second after their utterance is when they are expected."""
CAUGHT_UP_AFTER_S = 3.0
"""Calm after which a lag is over: the next utterance was on time as well."""
FIRST_HOLD_S = 15.0
"""Calm before a step is taken back: two or three utterances of a lively talk."""
LONGEST_HOLD_S = 240.0
"""Even after many relapses better words are worth a try every four minutes."""
RELAPSE_HOLDS = 4.0
"""A step needed again within this many holds after one was taken back: that was too early."""


class Step(IntEnum):
    """How much is given up; each step includes those before it."""

    NOTHING = 0
    PARTIALS = 1
    """No words while their utterance goes on: they are seen for seconds and then replaced."""
    BEAM = 2
    """One hypothesis instead of several: a fifth less work, and a word in a hundred more is wrong."""
    MODEL = 3
    """The smaller model: half the work, a word in ten more is wrong, and the reading lacks the voice."""

    @property
    def effort(self) -> Effort:
        """How much work a final is worth."""
        return _EFFORT[self]

    @property
    def partials(self) -> bool:
        """Whether words are shown while their utterance goes on."""
        return self is Step.NOTHING

    @property
    def given_up(self) -> str:
        """What is left out, in words; empty for nothing."""
        return ", ".join(_IN_WORDS[step] for step in Step if step <= self and step in _IN_WORDS)


BEGINS_S = {Step.NOTHING: 0.0, Step.PARTIALS: 2.0, Step.BEAM: 4.0, Step.MODEL: 8.0}
"""Lateness at which a step is taken. A machine that keeps up with a lively call is 0.4 s late at most, one
that takes half as long again 1 s; one that takes twice as long passes 2 s now and then. A nudge later than
3 s is dropped, so that at 4 s the words are of no use to it; at 8 s the talk has moved on by a turn."""

_EFFORT = {
    Step.NOTHING: Effort.FULL,
    Step.PARTIALS: Effort.FULL,
    Step.BEAM: Effort.GREEDY,
    Step.MODEL: Effort.SMALL,
}
_IN_WORDS = {
    Step.PARTIALS: "partial words",
    Step.BEAM: "second guesses",
    Step.MODEL: "the larger speech model",
}


@dataclass(frozen=True, slots=True)
class Pressure:
    """What is given up now, and how long it has been calm; starts with nothing given up."""

    step: Step = Step.NOTHING
    lags: bool = False
    """Whether words are late, or were until a moment ago."""
    calm_since_s: float | None = None
    """Since when words have come on time, None while they are late."""
    eased_at_s: float | None = None
    """When a step was last taken back, None when one was taken since."""
    hold_s: float = FIRST_HOLD_S
    """Calm needed before the next is."""

    def after(self, behind_s: float, now_s: float, *, furthest: Step = Step.MODEL) -> "Pressure":
        """Return what to give up at ``now_s`` when words are ``behind_s`` late, never beyond ``furthest``."""
        wanted = max(step for step in Step if step <= furthest and behind_s >= BEGINS_S[step])
        if wanted > self.step:
            return Pressure(wanted, lags=True, hold_s=self._next_hold_s(now_s))
        if behind_s > CALM_S:
            lags = self.lags or wanted > Step.NOTHING
            return replace(self, lags=lags, calm_since_s=None)
        if self.calm_since_s is None:
            return replace(self, calm_since_s=now_s)
        lags = self.lags and now_s - self.calm_since_s < CAUGHT_UP_AFTER_S
        held_since_s = max(self.calm_since_s, self.eased_at_s or 0.0)
        if self.step is Step.NOTHING or now_s - held_since_s < self.hold_s:
            return replace(self, lags=lags)
        return replace(self, step=Step(self.step - 1), lags=lags, eased_at_s=now_s)

    def _next_hold_s(self, now_s: float) -> float:
        if self.eased_at_s is None:
            return self.hold_s
        is_relapse = now_s - self.eased_at_s <= RELAPSE_HOLDS * self.hold_s
        return min(LONGEST_HOLD_S, 2 * self.hold_s) if is_relapse else FIRST_HOLD_S
