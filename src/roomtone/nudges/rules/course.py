"""Rules on the course of the call: small talk, agenda, next step, and customers who are lost (T2, T4, T8)."""

import textwrap

from roomtone.config.nudges import AgendaNudge, LostNudge, NextStepNudge, SmallTalkNudge
from roomtone.conversation.answers import next_steps, said_until_s, since
from roomtone.conversation.state import Conversation
from roomtone.nudges.rule import Rule, Signal
from roomtone.nudges.rules.phrases import clock, in_words, quoted
from roomtone.types import Act, AgendaPoint, Phase, SentenceMeaning

SECONDS_PER_MINUTE = 60.0
MOST_OF_POINT = 40
"""Characters of a point of the agenda that fit into a nudge."""
LAST_PART = 1 / 3
"""Of a planned call: in a short one "the last ten minutes" would be all of it."""
LEAST_PITCH_WORDS = 6
LATEST_S = 30.0
"""After the first minute nothing new is found in it: an utterance has at most 24 s."""
NAMED_LATELY_S = 600.0
"""A next step named longer ago than this was about something else."""
RETURNS_TO_SMALL_TALK_S = 60.0
"""The opening is long only while there is still small talk in it."""


class SmallTalkSkippedRule(Rule):
    """The pitch begins in the first minute."""

    name = "small_talk_skipped"
    priority = 52
    about_own_turn = True
    phases = frozenset({Phase.OPENING, Phase.PRESENTATION})

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Look for a pitch before anybody has warmed up; the greeting is none."""
        if state.now_s > state.settings.phases.early_s + LATEST_S:
            return None
        pitch = self._early_pitch(state)
        if pitch is None:
            return None
        return Signal(
            "quiet",
            "Early for the pitch. Take time for them first.",
            f"at {clock(pitch.start_s)}: {quoted(pitch.text)}",
            moment="pitch",
            cause_s=said_until_s(state.seller, pitch),
        )

    def figures(self, state: Conversation) -> str:
        """Return the early pitch."""
        pitch = self._early_pitch(state)
        early_s = state.settings.phases.early_s
        return f"a pitch at {clock(pitch.start_s)}" if pitch else f"no pitch in the first {in_words(early_s)}"

    def _early_pitch(self, state: Conversation) -> SentenceMeaning | None:
        if not state.customer.spans or not state.seller.finals:
            return None
        greeted_s = state.seller.finals[0].end_s
        for sentence in state.seller.sentences:
            if sentence.start_s >= state.settings.phases.early_s:
                break
            long_enough = len(sentence.text.split()) >= LEAST_PITCH_WORDS
            if sentence.start_s >= greeted_s and long_enough and sentence.does(Act.PITCH):
                return sentence
        return None


class SmallTalkLongRule(Rule):
    """The small talk goes on and on."""

    name = "small_talk_long"
    priority = 22
    phases = frozenset({Phase.OPENING})

    def __init__(self, settings: SmallTalkNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - no dead band
        """Speak up while the call is still in its opening."""
        understood = state.understood
        if understood.phases.current is not Phase.OPENING or state.now_s < self._settings.long_s:
            return None
        if not self._is_still_small_talk(state):
            return None
        return Signal(
            "quiet",
            f"Small talk for {in_words(state.now_s)}. Ask what brings them.",
            "two to three minutes are usual",
        )

    def figures(self, state: Conversation) -> str:
        """Return how long the opening has been going on."""
        return f"the call is {in_words(state.now_s)} old; speaks from {in_words(self._settings.long_s)}"

    def _is_still_small_talk(self, state: Conversation) -> bool:
        since_s = state.now_s - RETURNS_TO_SMALL_TALK_S
        return any(
            sentence.does(Act.SMALL_TALK)
            for side in (state.seller, state.customer)
            for sentence in since(side, since_s)
        )


class LostRule(Rule):
    """They seem lost or cannot decide: help with that."""

    name = "lost"
    priority = 68
    about_own_turn = True

    def __init__(self, settings: LostNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Look at the signs of confusion or indecision of the last while."""
        signs = self._signs(state)
        if len(signs) < self._settings.signs:
            return None
        return Signal(
            "quiet",
            "They seem unsure. Help them make sense of it.",
            quoted(signs[-1].text),
            moment=f"{signs[-1].start_s}",
            cause_s=said_until_s(state.customer, signs[-1]),
            variants=("Ask what they'd need to decide", "Sum it up for them, then ask what's missing"),
        )

    def figures(self, state: Conversation) -> str:
        """Return the signs of the last while."""
        signs, within = self._signs(state), in_words(self._settings.within_s)
        return f"{len(signs)} signs of confusion in {within}; speaks from {self._settings.signs}"

    def _signs(self, state: Conversation) -> list[SentenceMeaning]:
        signs: list[SentenceMeaning] = []
        for sentence in reversed(state.customer.sentences):
            if state.now_s - sentence.end_s > self._settings.within_s:
                break
            if sentence.does(Act.CONFUSION):
                signs.insert(0, sentence)
        return signs


class AgendaRule(Rule):
    """A point of the agenda is open, and time is short."""

    name = "agenda"
    priority = 42
    sustain_s = 2.0
    phases = frozenset(Phase) - {Phase.OPENING}

    def __init__(self, settings: AgendaNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - no dead band
        """Speak up about the first open point."""
        left_s = _last_minutes_s(state, self._settings.minutes_left)
        still_open = state.understood.agenda.open_points()
        if left_s is None or not still_open or not state.understood.acts_known:
            return None
        others = len(still_open) - 1
        more = f"; {others} more {'point is' if others == 1 else 'points are'} open" if others else ""
        return Signal(
            "quiet",
            f"Not covered yet: {_shortened(still_open[0])}",
            f"{in_words(left_s)} left{more}",
        )

    def figures(self, state: Conversation) -> str:
        """Return the open points and the time left."""
        still_open = len(state.understood.agenda.open_points())
        least = self._settings.minutes_left
        return f"{still_open} points open, {_left_in_words(state)}; speaks in the last {least:g} min"


class NextStepRule(Rule):
    """The call is about to end without a next step."""

    name = "next_step"
    priority = 70
    sustain_s = 2.0
    phases = frozenset(Phase) - {Phase.OPENING}

    def __init__(self, settings: NextStepNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - no dead band
        """Speak up in the last minutes while neither side has named one."""
        left_s = _last_minutes_s(state, self._settings.minutes_left)
        if left_s is None:
            return None
        if not state.understood.acts_known or next_steps(state, since_s=state.now_s - NAMED_LATELY_S):
            return None
        return Signal(
            "quiet",
            "No next step yet. Agree on what, who and when.",
            f"{in_words(left_s)} left",
            variants=("Ask: “What would be a good next step for you?”",),
        )

    def figures(self, state: Conversation) -> str:
        """Return the next steps named and the time left."""
        named = len(next_steps(state, since_s=state.now_s - NAMED_LATELY_S))
        least = self._settings.minutes_left
        return f"{named} next steps named, {_left_in_words(state)}; speaks in the last {least:g} min"


def time_left_s(state: Conversation) -> float | None:
    """Return how much of the planned call is left, None where nobody said how long it is."""
    planned_s = state.started.planned_s if state.started else None
    return None if planned_s is None else planned_s - state.now_s


def _last_minutes_s(state: Conversation, minutes: float) -> float | None:
    """Return how much is left when the call is in its last minutes, but not earlier than its last third."""
    left_s = time_left_s(state)
    if left_s is None or state.started is None or state.started.planned_s is None:
        return None
    least_s = min(minutes * SECONDS_PER_MINUTE, state.started.planned_s * LAST_PART)
    return left_s if 0.0 < left_s <= least_s else None


def _left_in_words(state: Conversation) -> str:
    left_s = time_left_s(state)
    if left_s is None:
        return "no planned end"
    return f"{in_words(left_s)} left" if left_s > 0 else "past the planned end"


def _shortened(point: AgendaPoint) -> str:
    whole_words = textwrap.shorten(point.text, MOST_OF_POINT, placeholder="…")
    return whole_words if whole_words != "…" else f"{point.text[: MOST_OF_POINT - 1]}…"
