"""Which words of an utterance still going on will stay. Pure.

The words on which two hypotheses in a row agree are committed and never change again (LocalAgreement-2: Liu
et al., "Low-Latency Sequence-to-Sequence Speech Recognition", 2020), and so are those that end long enough
before the end of the audio: it is the last words that are heard wrong, as in AlignAtt (Papi et al., 2023),
which stops where attention comes near that end. Where a hypothesis goes on after the committed words is told
by the times of its words, for their number may change: "forty two" becomes "42".
"""

import math
from collections.abc import Sequence

from roomtone.speech import phrases
from roomtone.speech.seam import plain
from roomtone.types import Word

SURE_PROBABILITY = 0.4
"""Of a word that is committed at first sight; without, 8 % of the committed words were not among the final
ones instead of 5 %."""
SAME_WORD_S = 0.1
"""A word that begins this little before the end of the committed ones and is the last of them again is that
one: word times differ by as much from look to look."""


class Committer:
    """Follows the hypotheses of one utterance."""

    def __init__(self) -> None:
        self._committed: list[Word] = []
        self._tentative: list[Word] = []

    @property
    def committed(self) -> Sequence[Word]:
        """The words that stay."""
        return self._committed

    @property
    def texts(self) -> tuple[str, str]:
        """The committed and the tentative words."""
        return _text(self._committed), _text(self._tentative)

    def push(self, words: Sequence[Word], *, settled_s: float = -math.inf) -> None:
        """Take the newest hypothesis; of what ends before ``settled_s``, more audio would tell no more."""
        fresh = self._beyond_committed(words)
        stay = max(_agreed(self._tentative, fresh), _settled(fresh, settled_s))
        self._committed += fresh[:stay]
        self._tentative = fresh[stay:]

    def cut_s(self, *, not_before_s: float) -> float:
        """Return where the last committed phrase ends, ``not_before_s`` when none ends after that.

        What comes later can be looked at without the audio before it.
        """
        return max([not_before_s, *phrases.cuts_s(self._committed)])

    def _beyond_committed(self, words: Sequence[Word]) -> list[Word]:
        if not self._committed:
            return list(words)
        last = self._committed[-1]
        fresh = [word for word in words if (word.start_s + word.end_s) / 2 > last.end_s]
        if fresh and fresh[0].start_s < last.end_s + SAME_WORD_S and _plain(fresh[0]) == _plain(last):
            del fresh[0]
        return fresh


def _agreed(before: Sequence[Word], now: Sequence[Word]) -> int:
    """Return how many words the two begin with alike, whatever their case and punctuation."""
    agreed = 0
    for one, other in zip(before, now, strict=False):
        if _plain(one) != _plain(other):
            break
        agreed += 1
    return agreed


def _settled(words: Sequence[Word], until_s: float) -> int:
    """Return how many of the first words end before then and are sure."""
    if until_s == math.inf:
        return len(words)
    doubts = (word.end_s > until_s or word.probability < SURE_PROBABILITY for word in words)
    return next((number for number, doubt in enumerate(doubts) if doubt), len(words))


def _plain(word: Word) -> str:
    return plain(word.text)


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
