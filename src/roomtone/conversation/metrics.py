"""Figures of a conversation, each with a plain meaning. Pure functions of the state."""

from dataclasses import dataclass

from roomtone.conversation.state import Conversation, Side, is_distrusted
from roomtone.events import ConversationMeasured
from roomtone.types import Speaker

SECONDS_PER_TEN_MINUTES = 600.0
MOST_DISTRUSTED_SHARE = 0.03
"""Of all speech: so much counted for the wrong side moves the talk share by at most this."""


@dataclass(frozen=True, slots=True)
class TalkShare:
    """How the speech of a stretch of the call divides between the sides."""

    seller_s: float
    customer_s: float

    @property
    def spoken_s(self) -> float:
        """Seconds of speech of both sides together."""
        return self.seller_s + self.customer_s

    @property
    def seller(self) -> float:
        """The seller's share in [0, 1]; 0 when nobody spoke."""
        return self.seller_s / self.spoken_s if self.spoken_s else 0.0


def talk_share(state: Conversation, *, window_s: float | None = None) -> TalkShare:
    """Return the talk share of the whole call, or of the last ``window_s`` seconds."""
    if window_s is None or window_s >= state.now_s:
        return TalkShare(state.seller.spoken_by(state.now_s), state.customer.spoken_by(state.now_s))
    since_s = state.now_s - window_s
    return TalkShare(
        _spoken_since(state.seller, since_s, state.now_s),
        _spoken_since(state.customer, since_s, state.now_s),
    )


def both_sides_heard(state: Conversation) -> bool:
    """Return whether each side has been heard long enough for a talk share to mean something."""
    least_s = state.settings.min_speech_s
    return min(state.seller.spoken_by(state.now_s), state.customer.spoken_by(state.now_s)) >= least_s


def echo_distrusted(state: Conversation, *, window_s: float | None = None) -> bool:
    """Return whether the seller's figures hold too much of the customer, through the seller's microphone.

    Of the whole call, or of the last ``window_s`` seconds, in which there must be nothing of it.
    """
    if is_distrusted(state):
        return True
    if window_s is not None and window_s < state.now_s:
        until_s = state.distrusted_until_s
        return until_s is not None and until_s > state.now_s - window_s
    return state.distrusted_s > MOST_DISTRUSTED_SHARE * talk_share(state).spoken_s


def talk_share_known(state: Conversation, *, window_s: float | None = None) -> bool:
    """Return whether a talk share means something: both sides were heard, each on its own."""
    return both_sides_heard(state) and not echo_distrusted(state, window_s=window_s)


def answer_offsets_s(state: Conversation, speaker: Speaker) -> tuple[float, ...]:
    """Return the floor transfer offsets of a side's turns, in order; negative ones are overlaps."""
    offsets = (turn.floor_transfer_offset_s for turn in state.side(speaker).turns)
    return tuple(offset for offset in offsets if offset is not None)


def median_patience_s(state: Conversation, speaker: Speaker) -> float | None:
    """Return the median gap a side leaves before it answers (overlaps count as 0), None without any."""
    gaps_s = state.side(speaker).gaps_s
    middle = gaps_s[(len(gaps_s) - 1) // 2 : len(gaps_s) // 2 + 1]
    return round(sum(middle) / len(middle), 4) if middle else None


def longest_monologue_s(state: Conversation, speaker: Speaker) -> float:
    """Return the longest run of a side that a "mm-hm" did not end, the running one included."""
    return max(state.floor.longest_s(speaker), state.floor.monologue_s(speaker, state.now_s))


def question_rate(state: Conversation, speaker: Speaker) -> float:
    """Return the questions of a side per ten minutes of call."""
    if state.now_s <= 0:
        return 0.0
    return len(state.side(speaker).questions) * SECONDS_PER_TEN_MINUTES / state.now_s


def measured(state: Conversation) -> ConversationMeasured:
    """Return the running figures as an event."""
    window_s = state.settings.window_s
    window = talk_share(state, window_s=window_s)
    window_known = talk_share_known(state, window_s=window_s)
    return ConversationMeasured(
        t_s=state.now_s,
        talk_ratio=round(talk_share(state).seller, 4) if talk_share_known(state) else None,
        window_talk_ratio=round(window.seller, 4) if window_known and window.spoken_s else None,
        longest_monologue_s=round(longest_monologue_s(state, Speaker.SELLER), 2),
        median_patience_s=median_patience_s(state, Speaker.SELLER),
        question_rate=round(question_rate(state, Speaker.SELLER), 2),
    )


def _spoken_since(side: Side, since_s: float, now_s: float) -> float:
    spoken_s = side.spoken_between(since_s, now_s)
    if side.speaking_since_s is not None:
        spoken_s += max(0.0, now_s - max(side.speaking_since_s, since_s))
    return spoken_s
