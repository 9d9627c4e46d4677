"""Rules on how the seller speaks: pace, fillers, and about whom (T4, T8)."""

from roomtone.config.nudges import AboutThemNudge, FillersNudge, PaceNudge
from roomtone.conversation.manner import Pace
from roomtone.conversation.metrics import echo_distrusted
from roomtone.conversation.state import Conversation
from roomtone.nudges.rule import Rule, Signal
from roomtone.types import Phase

RECENT_S = 60.0
"""Pace and fillers are looked at over the last minute: long enough to be no accident of one sentence."""
CLEARLY = 1.1
"""Above the highest pace by so much, since long pauses are left out here and not in the published figures."""
HABIT_SPEECH_S = 45.0
"""Speech of the seller from which their pace is called a habit."""
AFTER_PUSHBACK_S = 45.0
"""How long after push-back a quicker pace is put down to it."""


FEWER_SENTENCES = 0.1
"""Added to the rise after push-back: the pace of a few sentences scatters by a tenth on its own."""


class PaceRule(Rule):
    """You speak faster than you usually do, or too fast for anybody."""

    name = "pace"
    priority = 36
    sustain_s = 3.0

    def __init__(self, settings: PaceNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:
        """Speak up above the seller's own pace, and take it back half the rise below."""
        pace, pushed = self._pace(state)
        if pace.now_wpm is None or echo_distrusted(state, window_s=RECENT_S):
            return None
        rise = self._settings.rise / 2 if showing else self._settings.rise
        rise += FEWER_SENTENCES if pushed else 0.0
        usual = f", usually {pace.usual_wpm:.0f}" if pace.usual_wpm is not None else ""
        if pace.usual_wpm is None or pace.now_wpm <= pace.usual_wpm * (1 + rise):
            return self._too_fast(state)
        return Signal(
            "quiet",
            "You sped up after their push-back. Slow down." if pushed else "You've become faster. Slow down.",
            f"{pace.now_wpm:.0f} words a minute{usual}",
            variants=() if pushed else ("Quicker than your usual pace. Take a breath.",),
        )

    def _too_fast(self, state: Conversation) -> Signal | None:
        """Say once a call that a pace is too fast for anybody, however usual it is."""
        habit_wpm = state.seller.manner.habit_wpm(least_s=HABIT_SPEECH_S)
        if habit_wpm is None or habit_wpm <= self._settings.highest_wpm * CLEARLY:
            return None
        return Signal(
            "quiet",
            "You speak fast. Give them time to follow.",
            f"{habit_wpm:.0f} words a minute in this call",
            moment="too fast",
            cause_s=state.seller.manner.spoken[-1].end_s,
        )

    def figures(self, state: Conversation) -> str:
        """Return the pace now and usually."""
        pace, _ = self._pace(state)
        now = "too little speech" if pace.now_wpm is None else f"{pace.now_wpm:.0f} words a minute"
        usual = "not known yet" if pace.usual_wpm is None else f"{pace.usual_wpm:.0f}"
        return f"{now}, usually {usual}; speaks {self._settings.rise:.0%} above"

    def _pace(self, state: Conversation) -> tuple[Pace, bool]:
        """Return the pace, since push-back where that was just now, and whether it was."""
        manner, pushbacks = state.seller.manner, state.understood.pushbacks
        pushed_s = pushbacks[-1].said_until_s if pushbacks else float("-inf")
        pushed = state.now_s - pushed_s <= AFTER_PUSHBACK_S
        since_s = pushed_s if pushed else state.now_s - RECENT_S
        least_s = self._settings.min_speech_s * (0.75 if pushed else 1.0)
        return manner.pace(since_s=since_s, least_s=least_s), pushed


class FillersRule(Rule):
    """Fillers come in a cluster."""

    name = "fillers"
    priority = 20

    def __init__(self, settings: FillersNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - no dead band
        """Look at the last minute."""
        recent = state.seller.manner.since(state.now_s - RECENT_S)
        if recent.fillers < self._settings.least or recent.fillers <= self._settings.share * recent.words:
            return None
        if echo_distrusted(state, window_s=RECENT_S):
            return None
        return Signal(
            "quiet",
            "Many fillers just now. A pause says more.",
            f"{recent.fillers} in {recent.words} words",
            variants=("Try silence where a filler wants to be",),
        )

    def figures(self, state: Conversation) -> str:
        """Return the fillers of the last minute."""
        recent = state.seller.manner.since(state.now_s - RECENT_S)
        return (
            f"{recent.fillers} in {recent.words} words of the last minute;"
            f" speaks from {self._settings.least} and above {self._settings.share:.0%}"
        )


class AboutThemRule(Rule):
    """The seller speaks of their own side."""

    name = "about_them"
    priority = 25
    sustain_s = 5.0
    phases = frozenset({Phase.DISCOVERY, Phase.PRESENTATION})

    def __init__(self, settings: AboutThemNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:
        """Look at the window: of the words for one of the two sides, how many are for us?"""
        recent = state.seller.manner.since(state.now_s - state.settings.window_s)
        both = recent.us + recent.them
        least_share = self._settings.share_us - (0.05 if showing else 0.0)
        if both < self._settings.least or recent.us <= least_share * both:
            return None
        if echo_distrusted(state, window_s=state.settings.window_s):
            return None
        return Signal(
            "quiet",
            "It's been about you. Bring it back to them.",
            f"{recent.us} times “we” or “our”, {recent.them} times “you” or “your”",
            variants=("What does this do for them? Say that.",),
        )

    def figures(self, state: Conversation) -> str:
        """Return the balance of the window."""
        recent = state.seller.manner.since(state.now_s - state.settings.window_s)
        return (
            f"{recent.us} words for your side and {recent.them} for theirs in the window;"
            f" speaks above {self._settings.share_us:.0%} of {self._settings.least} or more"
        )
