"""What a side said just before: heard again together with its next utterance. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from roomtone.speech import phrases
from roomtone.types import SAMPLE_RATE_HZ, Samples, Utterance, Word

MOST_S = 8.0
"""Audio heard again: the last phrases that fit in. With 6 s half a word in a hundred more is wrong, with 4 s
two; with 12 s there are no fewer errors for a third more of work."""
LONGEST_TOGETHER_S = 18.0
"""With the new utterance. With 14 s half a word in a hundred more is wrong; with 24 s there are no fewer
errors, and the words come later: a long utterance tells enough by itself."""
ACROSS_A_CUT_S = 2.0
"""Where a long utterance was cut without a pause this much is heard again in any case, for the word on the
seam."""
LONGEST_GAP_S = 30.0
"""What was said longer ago belongs to another thought. The other side's turn is within: with 6 s, readers who
take turns were understood with 13.6 % errors instead of 11.3 %."""
LEAST_S = 0.5
"""A shorter piece says nothing."""


@dataclass(frozen=True, slots=True)
class Lead:
    """What is heard before an utterance: audio, oldest first."""

    pieces: Sequence[Samples] = ()
    words: Sequence[str] = ()
    """What was heard in them."""
    goes_on: bool = False
    """Whether speech was cut at its end, without a pause."""


NOTHING_BEFORE = Lead()


class Context:
    """Remembers the latest utterances of one side."""

    def __init__(self) -> None:
        self._said: deque[tuple[Utterance, Sequence[Word]]] = deque()

    def add(self, utterance: Utterance, words: Sequence[Word]) -> None:
        """Remember an utterance with its words, and forget what can be of no use any more."""
        self._said.append((utterance, words))
        while sum(len(said.samples) for said, _ in list(self._said)[1:]) >= MOST_S * SAMPLE_RATE_HZ:
            self._said.popleft()

    def before(self, utterance: Utterance) -> Lead:
        """Return what to put in front of an utterance.

        Whole utterances, and of the oldest, where it is too long, the last phrases.
        """
        pieces: list[Samples] = []
        heard: list[str] = []
        most_s = min(MOST_S, LONGEST_TOGETHER_S - len(utterance.samples) / SAMPLE_RATE_HZ)
        goes_on = bool(self._said) and self._said[-1][0].end_s == utterance.start_s
        if goes_on:
            most_s = max(most_s, ACROSS_A_CUT_S)
        left = round(most_s * SAMPLE_RATE_HZ)
        following_start_s = utterance.start_s
        for said, words in reversed(self._said):
            if following_start_s - said.end_s > LONGEST_GAP_S:
                break
            whole = len(said.samples) <= left
            piece = said.samples if whole else _last_phrases(said, words, left)
            if len(piece) >= LEAST_S * SAMPLE_RATE_HZ or whole:
                pieces.insert(0, piece)
                begin_s = said.audio_start_s + (len(said.samples) - len(piece)) / SAMPLE_RATE_HZ
                heard[:0] = [word.text for word in words if word.end_s > begin_s]
            if not whole:
                break
            left -= len(said.samples)
            following_start_s = said.start_s
        return Lead(pieces, heard, goes_on and bool(pieces))


def _last_phrases(said: Utterance, words: Sequence[Word], most_samples: int) -> Samples:
    """Return as many of the last phrases of an utterance as fit, none where they are too long."""
    for cut_s in phrases.cuts_s(words):
        cut = round((cut_s - said.audio_start_s) * SAMPLE_RATE_HZ)
        if 0 < len(said.samples) - cut <= most_samples:
            return said.samples[cut:]
    return said.samples[:0]
