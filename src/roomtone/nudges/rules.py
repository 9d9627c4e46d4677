"""The built-in rules. Each watches one habit and says one line about it."""

from statistics import median

from roomtone.config.nudges import (
    MonologueNudge,
    NudgeSettings,
    PatienceNudge,
    QuestionsNudge,
    SoundedNudge,
    TalkShareNudge,
)
from roomtone.conversation.floor import END_KNOWN_AFTER_S, OVERLAP_OF_INTERRUPTION_S
from roomtone.conversation.metrics import echo_distrusted, talk_share, talk_share_known
from roomtone.conversation.state import Conversation
from roomtone.events import TurnEnded
from roomtone.nudges.rule import Rule, Signal
from roomtone.types import Label, Speaker

RECENT_S = 60.0
"""Where nobody has spoken for this long, there is nobody to ask."""
WHAT_TO_DO = {
    Label.GUARDED: "Ask how they feel about it.",
    Label.UPSET: "Pause, and acknowledge it first.",
    Label.DEFEATED: "Ask what makes it hard.",
    Label.EXCITED: "Ask what they like about it.",
    Label.CONFIDENT: "Ask what makes them sure.",
}
"""After T1, T5 and T6 of the teaching: name the state by asking, make room, then go on. A state that is not
here (neutral, cannot tell) asks for nothing, whatever the settings list."""
WORTH_ANSWERING_S = 2.5
"""After a shorter turn a quick answer is easy talk, not haste."""


class TalkShareRule(Rule):
    """You talk most of the time."""

    name = "talk_share"
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
        )


class MonologueRule(Rule):
    """You have been talking for long."""

    about_own_turn = True
    sustain_s = 0.0

    def __init__(self, settings: MonologueNudge, *, strong: bool) -> None:
        self.name = "long_monologue" if strong else "monologue"
        self._severity: str = "strong" if strong else "quiet"
        self._after_s = settings.strong_s if strong else settings.quiet_s
        self._before_s = float("inf") if strong else settings.strong_s

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - no dead band
        """Speak up while the monologue goes on."""
        running_s = state.floor.monologue_s(Speaker.SELLER, state.now_s)
        if echo_distrusted(state, window_s=running_s) or not self._after_s <= running_s < self._before_s:
            return None
        return Signal(
            "strong" if self._severity == "strong" else "quiet",
            f"You've been talking for {in_words(running_s)}",
            "a short question hands over the word",
        )


class QuestionsRule(Rule):
    """You have not asked anything for a while."""

    name = "questions"
    about_own_turn = False
    sustain_s = 5.0

    def __init__(self, settings: QuestionsNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - no dead band
        """Speak up when the seller spoke for long without a question mark."""
        seller = state.seller
        last_s = seller.questions[-1] if seller.questions else 0.0
        if not seller.finals or state.now_s - last_s < self._settings.after_s:
            return None
        if echo_distrusted(state, window_s=state.now_s - last_s):
            return None
        spoken_s = talk_share(state, window_s=state.now_s - last_s).seller_s
        if spoken_s < self._settings.min_seller_speech_s:
            return None
        if talk_share(state, window_s=RECENT_S).spoken_s == 0.0:
            return None
        return Signal(
            "quiet",
            f"You haven't asked anything for {in_words(state.now_s - last_s)}",
            f"you spoke {clock(spoken_s)} of it",
        )


class PatienceRule(Rule):
    """You answer before they have finished."""

    name = "patience"
    about_own_turn = False
    sustain_s = 0.0

    def __init__(self, settings: PatienceNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Look at the newest answers to turns worth thinking about."""
        answers: list[TurnEnded] = []
        for before, turn in zip(reversed(state.turns[:-1]), reversed(state.turns), strict=False):
            long_enough = before.end_s - before.start_s >= WORTH_ANSWERING_S
            if (before.speaker, turn.speaker) == (Speaker.CUSTOMER, Speaker.SELLER) and long_enough:
                answers.append(turn)
            if len(answers) == self._settings.answers:
                break
        else:
            return None
        offsets_s = [turn.floor_transfer_offset_s or 0.0 for turn in answers]
        if echo_distrusted(state, window_s=state.now_s - answers[-1].start_s):
            return None
        if median(offsets_s) >= self._settings.median_s:
            return None
        gap_s = max(0.0, median(offsets_s))
        return Signal(
            "quiet",
            "You answer at once. Try a breath before you do.",
            f"your last {self._settings.answers} answers came after {gap_s:.1f} s (median)",
            moment=f"{answers[0].start_s}",
            cause_s=answers[0].t_s,
        )


class InterruptedRule(Rule):
    """You came in while they were speaking."""

    name = "interrupted"
    about_own_turn = True
    sustain_s = 0.0

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Speak up once it is more than a "mm-hm": the seller has the floor, and both spoke for a while."""
        floor = state.floor
        if floor.holder is not Speaker.SELLER or floor.overlap_s < OVERLAP_OF_INTERRUPTION_S:
            return None
        if echo_distrusted(state, window_s=state.now_s - floor.turn_start_s):
            return None
        return Signal(
            "quiet",
            "You came in while they were speaking",
            f"both spoke for {floor.overlap_s:.1f} s; let them finish",
            moment=f"{floor.turn_start_s}",
            cause_s=floor.turn_start_s + state.settings.backchannel_s + END_KNOWN_AFTER_S,
        )


class SoundedRule(Rule):
    """How the customer sounded, when it calls for something."""

    name = "sounded"
    about_own_turn = False
    sustain_s = 0.0

    def __init__(self, settings: SoundedNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Speak up about the newest reading, once."""
        if not state.customer.readings:
            return None
        reading = state.customer.readings[-1]
        worth_a_word = reading.label in self._settings.states and reading.label in WHAT_TO_DO
        if not (reading.settled and worth_a_word):
            return None
        if reading.probabilities.get(reading.label, 0.0) < self._settings.min_probability:
            return None
        return Signal(
            "strong" if reading.label is Label.UPSET else "quiet",
            f"They sounded {reading.label.value}. {WHAT_TO_DO[reading.label]}",
            "; ".join(reading.evidence),
            moment=reading.utterance_id,
            cause_s=reading.t_s,
        )


def built_in(settings: NudgeSettings) -> list[Rule]:
    """Return the rules that are switched on, the most urgent first."""
    rules: list[tuple[bool, Rule]] = [
        (settings.sounded.enabled, SoundedRule(settings.sounded)),
        (settings.monologue.enabled, MonologueRule(settings.monologue, strong=True)),
        (settings.talk_share.enabled, TalkShareRule(settings.talk_share)),
        (settings.monologue.enabled, MonologueRule(settings.monologue, strong=False)),
        (settings.interrupted.enabled, InterruptedRule()),
        (settings.patience.enabled, PatienceRule(settings.patience)),
        (settings.questions.enabled, QuestionsRule(settings.questions)),
    ]
    return [rule for enabled, rule in rules if enabled and settings.enabled]


def in_words(duration_s: float) -> str:
    """Return a duration as one says it: "80 seconds", "3 minutes", "2 min 30 s"."""
    whole_s = round(duration_s)
    minutes, rest_s = divmod(whole_s, 60)
    if whole_s < 2 * 60:
        return f"{whole_s} seconds"
    return f"{minutes} minutes" if rest_s < 10 else f"{minutes} min {rest_s} s"


def clock(duration_s: float) -> str:
    """Return a duration as m:ss."""
    minutes, rest_s = divmod(round(duration_s), 60)
    return f"{minutes}:{rest_s:02d}"
