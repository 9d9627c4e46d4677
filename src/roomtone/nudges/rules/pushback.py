"""Rules on push-back, promises, and pauses that were right (T6, T7)."""

from roomtone.config.nudges import GoodPauseNudge, PromiseNudge, PushBackNudge
from roomtone.conversation.answers import handled, outcome_in_words
from roomtone.conversation.pushback import PushBack, in_words
from roomtone.conversation.state import Conversation
from roomtone.events import PromiseMade
from roomtone.nudges.rule import MOST_CHARACTERS, Rule, Signal
from roomtone.nudges.rules.phrases import clock, quoted
from roomtone.types import Speaker

FORGOTTEN_S = 120.0
"""Whatever was to be made of push-back was made within two minutes."""


class PushBackRule(Rule):
    """They push back: pause, and acknowledge before you answer."""

    name = "pushback"
    priority = 85
    about_own_turn = True

    def __init__(self, settings: PushBackNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Speak up about the newest objection, unless room was made for it already."""
        pushback = newest(state)
        if pushback is None or pushback.probability < self._settings.min_probability:
            return None
        if handled(state, pushback).room_made is not None:
            return None
        own_words = [
            f"Make room: “{phrase}”"
            for phrase in state.settings.pushback.acknowledgements
            if len(phrase) <= MOST_CHARACTERS - len("Make room: “”")
        ]
        return Signal(
            "strong",
            "Pause. Acknowledge it before you answer.",
            f"push-back on {in_words(pushback.kind)}: {quoted(pushback.quote)}",
            moment=f"{pushback.start_s}",
            cause_s=pushback.said_until_s,
            variants=tuple(own_words),
        )

    def figures(self, state: Conversation) -> str:
        """Return the newest objection and what became of it."""
        pushback = newest(state)
        if pushback is None:
            return "no push-back yet"
        became = outcome_in_words(pushback, handled(state, pushback))
        return f"push-back on {in_words(pushback.kind)} at {clock(pushback.start_s)}: {became}"


class GoodPauseRule(Rule):
    """That pause was right: push-back, a pause, room for it."""

    name = "good_pause"
    priority = 15
    about_own_turn = True

    def __init__(self, settings: GoodPauseNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Praise only a pause before an answer that made room, and not often."""
        pushback = newest(state)
        praised = sum(nudge.rule == self.name for nudge in state.nudges)
        if pushback is None or praised >= self._settings.most:
            return None
        done = handled(state, pushback)
        if done.answer is None or done.room_made is None:
            return None
        if done.answer.pause_s < state.settings.pushback.patience_s:
            return None
        return Signal(
            "good",
            "That pause was right, and so was what you said",
            f"{done.answer.pause_s:.1f} s, then {quoted(done.room_made.text, most=40)}",
            moment=f"{pushback.start_s}",
            cause_s=done.room_made.end_s,
            variants=("You gave that room. Good.",),
        )

    def figures(self, state: Conversation) -> str:
        """Return the pause before the newest answer to push-back."""
        pushback = newest(state)
        answer = handled(state, pushback).answer if pushback else None
        if answer is None:
            return "no push-back answered yet"
        least_s = state.settings.pushback.patience_s
        return f"{answer.pause_s:.1f} s before your answer to push-back; speaks from {least_s:.1f} s"


class PromiseRule(Rule):
    """You promised something that is not on the safe list."""

    name = "promise"
    priority = 75
    about_own_turn = True

    def __init__(self, settings: PromiseNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Look at the seller's newest unsafe promise; without a list none is unsafe."""
        promise = self._newest_unsafe(state)
        if promise is None or not state.settings.promises.safe:
            return None
        return Signal(
            "strong",
            f"You promised a {promise.kind.value}. Can you keep it?"
            if promise.kind.value in ("date", "price", "feature")
            else "You promised something. Can you keep it?",
            quoted(promise.text),
            moment=promise.promise_id,
            cause_s=promise.end_s,
            variants=("Not on your safe list: say what it depends on",),
        )

    def figures(self, state: Conversation) -> str:
        """Return how many promises were made."""
        mine = [made for made in state.understood.promises if made.speaker is Speaker.SELLER]
        unsafe = sum(not made.is_safe for made in mine)
        listed = len(state.settings.promises.safe)
        if not listed:
            return f"{len(mine)} promises; there is no list of safe ones"
        return f"{len(mine)} promises, {unsafe} not on your safe list of {listed}"

    def _newest_unsafe(self, state: Conversation) -> PromiseMade | None:
        for made in reversed(state.understood.promises):
            if state.now_s - made.t_s > FORGOTTEN_S:
                return None
            if made.speaker is Speaker.SELLER and not made.is_safe:
                return made
        return None


def newest(state: Conversation) -> PushBack | None:
    """Return the customer's newest objection, None when there was none in the last two minutes."""
    pushbacks = state.understood.pushbacks
    if not pushbacks or state.now_s - pushbacks[-1].said_until_s > FORGOTTEN_S:
        return None
    return pushbacks[-1]
