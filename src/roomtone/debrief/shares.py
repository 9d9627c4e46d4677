"""Who talked how much in which part of a call. Pure functions of the state."""

from collections.abc import Sequence
from dataclasses import dataclass

from roomtone.conversation.metrics import talk_share_known
from roomtone.conversation.state import Conversation, Side

GRID_S = 10.0
"""Where a five-minute stretch may begin; finer tells nothing more about five minutes."""
MIN_SPEECH_S = 60.0
"""Speech of both sides before a stretch of five minutes has a talk share, as for the nudge."""
PIECE_LENGTHS_S = (60.0, 120.0, 300.0, 600.0, 900.0, 1800.0)
"""Minutes, or the next longer round figure: a page is read, a wall of numbers is not."""
MOST_PIECES = 15
"""As many lines as a quarter of an hour has minutes."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the call and the seconds each side spoke in it."""

    start_s: float
    end_s: float
    seller_s: float
    customer_s: float

    @property
    def spoken_s(self) -> float:
        """Seconds of speech of both sides together."""
        return self.seller_s + self.customer_s

    @property
    def seller_share(self) -> float:
        """The seller's share in [0, 1]; 0 when nobody spoke."""
        return self.seller_s / self.spoken_s if self.spoken_s else 0.0


def stretch(call: Conversation, start_s: float, end_s: float) -> Stretch:
    """Return who spoke how long between two times."""
    return Stretch(
        start_s,
        end_s,
        round(_spoken_s(_spans(call.seller, call.now_s), start_s, end_s), 2),
        round(_spoken_s(_spans(call.customer, call.now_s), start_s, end_s), 2),
    )


def stretches(call: Conversation) -> tuple[Stretch, ...]:
    """Return the whole call in pieces of equal length, the last one as long as it is."""
    pieces_s = (length_s for length_s in PIECE_LENGTHS_S if call.now_s <= length_s * MOST_PIECES)
    length_s = next(pieces_s, PIECE_LENGTHS_S[-1])
    starts = [index * length_s for index in range(int(call.now_s // length_s) + 1)]
    return tuple(
        stretch(call, start_s, min(start_s + length_s, call.now_s))
        for start_s in starts
        if start_s < call.now_s
    )


def fullest_stretch(call: Conversation) -> Stretch | None:
    """Return the window in which the seller's share was highest; None where it would say nothing."""
    window_s = call.settings.window_s
    if call.now_s <= window_s + GRID_S or not talk_share_known(call):
        return None
    starts = (index * GRID_S for index in range(int((call.now_s - window_s) // GRID_S) + 1))
    windows = (stretch(call, start_s, start_s + window_s) for start_s in starts)
    spoken = [window for window in windows if window.spoken_s >= MIN_SPEECH_S]
    return max(spoken, key=lambda window: window.seller_share, default=None)


def _spans(side: Side, now_s: float) -> Sequence[tuple[float, float]]:
    running = () if side.speaking_since_s is None else ((side.speaking_since_s, now_s),)
    return (*side.spans, *running)


def _spoken_s(spans: Sequence[tuple[float, float]], start_s: float, end_s: float) -> float:
    return sum(max(0.0, min(end, end_s) - max(start, start_s)) for start, end in spans)
