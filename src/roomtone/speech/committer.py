"""Which words of an utterance still going on will stay. Pure.

The words on which two hypotheses in a row agree are committed and never change again (LocalAgreement-2: Liu
et al., "Low-Latency Sequence-to-Sequence Speech Recognition", 2020). Where a hypothesis goes on after them
is told by the times of its words, for their number may change: "forty two" becomes "42".
"""

from collections.abc import Sequence

from roomtone.types import Word

SAME_WORD_S = 0.1
"""A word that begins this little before the end of the committed ones and is the last of them again is that
one: word times differ by as much from look to look."""
PHRASE_GAP_S = 0.15
"""A pause between two words where one may cut; shorter ones are within words as well."""
_PHRASE_ENDS = (".", ",", "?", "!", ";", ":")


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

    def push(self, words: Sequence[Word], *, complete: bool = False) -> None:
        """Take the newest hypothesis; ``complete`` when its speaker had stopped, and no word is cut off."""
        fresh = self._beyond_committed(words)
        agreed = len(fresh) if complete else _agreed(self._tentative, fresh)
        self._committed += fresh[:agreed]
        self._tentative = fresh[agreed:]

    def cut_s(self, *, not_before_s: float) -> float:
        """Return where the last committed phrase ends, ``not_before_s`` when none ends after that.

        What comes later can be looked at without the audio before it.
        """
        latest_s = not_before_s
        for word, following in zip(self._committed, self._committed[1:], strict=False):
            ends_phrase = word.text.endswith(_PHRASE_ENDS) or following.start_s - word.end_s >= PHRASE_GAP_S
            if ends_phrase:
                latest_s = max(latest_s, (word.end_s + following.start_s) / 2)
        return latest_s

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


def _plain(word: Word) -> str:
    return "".join(character for character in word.text.casefold() if character.isalnum())


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
