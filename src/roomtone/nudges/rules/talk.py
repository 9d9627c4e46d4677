"""Rules on who talks, how long, and when: told from voice activity alone (T3)."""

from itertools import islice, pairwise
from statistics import median

from roomtone.config.nudges import (
    MonologueNudge,
    PatienceNudge,
    SilentNudge,
    TalkShareNudge,
)
from roomtone.conversation.answers import cut_short
from roomtone.conversation.floor import END_KNOWN_AFTER_S, OVERLAP_OF_INTERRUPTION_S
from roomtone.conversation.metrics import both_sides_heard, echo_distrusted, talk_share, talk_share_known
from roomtone.conversation.state import Conversation
from roomtone.events import TurnEnded
from roomtone.nudges.rule import Rule, Signal
from roomtone.nudges.rules.phrases import clock, in_words, quoted
from roomtone.types import Speaker

WORTH_ANSWERING_S = 2.5
"""After a shorter turn a quick answer is easy talk, not haste."""
MOST_TURNS = 100
"""Answers further back than this are no habit of now."""
LEAST_SELLER_SHARE = 0.3
"""Of the time the customer was silent: below this nobody spoke, as while somebody looks something up."""


class TalkShareRule(Rule):
    """You talk most of the time."""

    name = "talk_share"
    priority = 60
    about_own_turn = True

    def __init__(self, settings: TalkShareNudge) -> None:
        self._settings = settings
        self.sustain_s = settings.sustain_s

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:
        """Speak up above the share, and take it back a dead band below."""
        window_s = state.settings.window_s
        share = talk_share(state, window_s=window_s)
        band = self._settings.dead_band if showing else 0.0
        if not talk_share_known(state, window_s=window_s) or share.spoken_s < self._settings.min_speech_s:
            return None
        if share.seller <= self._settings.quiet_share - band:
            return None
        stretch = f"the last {in_words(window_s)}" if state.now_s > window_s else "the call so far"
        return Signal(
            "strong" if share.seller > self._settings.strong_share else "quiet",
            f"You've talked {share.seller:.0%} of {stretch}",
            f"you {clock(share.seller_s)}, them {clock(share.customer_s)}",
            variants=(f"{share.seller:.0%} of the talk was yours. What do they think?",),
        )

    def figures(self, state: Conversation) -> str:
        """Return the share of the window."""
        window_s = state.settings.window_s
        share = talk_share(state, window_s=window_s)
        known = "" if talk_share_known(state, window_s=window_s) else ", not to be told yet"
        return (
            f"you {share.seller:.0%} of {clock(share.spoken_s)} in the last {in_words(window_s)}{known};"
            f" speaks above {self._settings.quiet_share:.0%}"
        )


class MonologueRule(Rule):
    """You have been talking for long."""

    about_own_turn = True

    def __init__(self, settings: MonologueNudge, *, strong: bool) -> None:
        self.name = "long_monologue" if strong else "monologue"
        self.priority = 80 if strong else 55
        self._severity: str = "strong" if strong else "quiet"
        self._after_s = settings.strong_s if strong else settings.quiet_s
        self._before_s = float("inf") if strong else settings.strong_s

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - no dead band
        """Speak up while the monologue goes on."""
        running_s = state.floor.monologue_s(Speaker.SELLER, state.now_s)
        if not self._after_s <= running_s < self._before_s or echo_distrusted(state, window_s=running_s):
            return None
        return Signal(
            "strong" if self._severity == "strong" else "quiet",
            f"You've been talking for {in_words(running_s)}",
            "a short question hands over the word",
            variants=(f"You've spoken for {in_words(running_s)}. Ask what they think.",),
        )

    def figures(self, state: Conversation) -> str:
        """Return the running monologue."""
        running_s = state.floor.monologue_s(Speaker.SELLER, state.now_s)
        return f"you have the word for {in_words(running_s)}; speaks from {in_words(self._after_s)}"


class PatienceRule(Rule):
    """You answer before they have finished."""

    name = "patience"
    priority = 35

    def __init__(self, settings: PatienceNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Look at the newest answers to turns worth thinking about."""
        answers = self._answers(state)
        if len(answers) < self._settings.answers:
            return None
        offset_s = _median_offset_s(answers)
        if offset_s >= self._settings.median_s:
            return None
        if echo_distrusted(state, window_s=state.now_s - answers[-1].start_s):
            return None
        return Signal(
            "quiet",
            "You answer at once. Try a breath before you do.",
            f"your last {self._settings.answers} answers came after {max(0.0, offset_s):.1f} s (median)",
            moment=f"{answers[0].start_s}",
            cause_s=answers[0].t_s,
        )

    def figures(self, state: Conversation) -> str:
        """Return the gaps before the newest answers."""
        answers = self._answers(state)
        if not answers:
            return "no answers to time yet"
        return (
            f"median gap {max(0.0, _median_offset_s(answers)):.1f} s over the last {len(answers)} answers;"
            f" speaks below {self._settings.median_s:.1f} s over {self._settings.answers}"
        )

    def _answers(self, state: Conversation) -> list[TurnEnded]:
        """Return the newest answers, the newest first."""
        answers: list[TurnEnded] = []
        for turn, before in pairwise(islice(reversed(state.turns), MOST_TURNS)):
            long_enough = before.end_s - before.start_s >= WORTH_ANSWERING_S
            if (before.speaker, turn.speaker) == (Speaker.CUSTOMER, Speaker.SELLER) and long_enough:
                answers.append(turn)
            if len(answers) == self._settings.answers:
                break
        return answers


class InterruptedRule(Rule):
    """You came in while they were speaking."""

    name = "interrupted"
    priority = 50
    about_own_turn = True

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Speak up once it is more than a "mm-hm": the seller has the floor, and both spoke for a while."""
        floor = state.floor
        if floor.holder is not Speaker.SELLER:
            return None
        if echo_distrusted(state, window_s=state.now_s - floor.turn_start_s):
            return None
        if floor.overlap_s < OVERLAP_OF_INTERRUPTION_S:
            return self._cut_short(state)
        return Signal(
            "quiet",
            "You came in while they were speaking",
            f"both spoke for {floor.overlap_s:.1f} s; let them finish",
            moment=f"{floor.turn_start_s}",
            cause_s=min(state.now_s, floor.turn_start_s + state.settings.backchannel_s + END_KNOWN_AFTER_S),
            variants=("You cut in. Ask them to go on.",),
        )

    def _cut_short(self, state: Conversation) -> Signal | None:
        """Speak up where they had stopped, but not finished."""
        unfinished = cut_short(state)
        if unfinished is None:
            return None
        return Signal(
            "quiet",
            "They hadn't finished. Ask them to go on.",
            f"they broke off at {quoted(unfinished.text)}",
            moment=f"{state.floor.turn_start_s}",
            cause_s=state.floor.turn_start_s,
        )

    def figures(self, state: Conversation) -> str:
        """Return the overlap at the beginning of the present turn."""
        if state.floor.holder is not Speaker.SELLER:
            return "you do not have the word"
        return (
            f"{state.floor.overlap_s:.1f} s of both at the beginning of your turn;"
            f" speaks from {OVERLAP_OF_INTERRUPTION_S:.1f} s"
        )


class SilentRule(Rule):
    """They have not said anything for long, although you pause."""

    name = "silent"
    priority = 45

    def __init__(self, settings: SilentNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - no dead band
        """Speak up while the customer only listens."""
        since_s = self._silent_since_s(state)
        silent_s = state.now_s - since_s
        if silent_s < self._settings.after_s or not both_sides_heard(state):
            return None
        if echo_distrusted(state, window_s=silent_s):
            return None
        if talk_share(state, window_s=silent_s).seller_s < LEAST_SELLER_SHARE * silent_s:
            return None
        return Signal(
            "quiet",
            f"They've said nothing for {in_words(silent_s)}. Check in.",
            f"last heard at {clock(since_s)}",
            variants=(f"Quiet over there for {in_words(silent_s)}. Bring them in.",),
        )

    def figures(self, state: Conversation) -> str:
        """Return how long the customer has not taken the word."""
        silent_s = state.now_s - self._silent_since_s(state)
        return f"no turn of theirs for {in_words(silent_s)}; speaks from {in_words(self._settings.after_s)}"

    def _silent_since_s(self, state: Conversation) -> float:
        if state.floor.holder is Speaker.CUSTOMER:
            return state.now_s
        ends_s = [turn.end_s for turn in state.floor.closed if turn.speaker is Speaker.CUSTOMER]
        last_s = state.customer.turns[-1].end_s if state.customer.turns else 0.0
        return max([last_s, *ends_s])


def _median_offset_s(answers: list[TurnEnded]) -> float:
    return median(turn.floor_transfer_offset_s or 0.0 for turn in answers)
