"""Which words of a window belong to its utterance, and which to what was said before it. Pure."""

from collections.abc import Sequence

from roomtone.types import Word

SEAM_S = 0.2
"""A word of the utterance ends at least this long after the seam: pre-roll and pause precede it."""
WORDS_COMPARED = 4
"""Before a cut without a pause; so many in a row hardly recur within the reach."""
REACH_S = 1.5
"""Around the seam: what was cut off is heard worst, and up to five words before a cut were left out."""


def first_word(words: Sequence[Word], *, seam_s: float, heard: Sequence[str]) -> int:
    """Return the index of the first word that belongs to what begins at ``seam_s``.

    A word that follows a pause is aligned to begin at the end of the word before it, so its end tells on
    which side of the seam it is. Where speech was cut without a pause, ``heard`` is what was heard before
    the cut, and what follows its last words belongs to the utterance, whatever the times are: no word on the
    seam is lost or doubled. The very last of them may be written otherwise where those before it are not.
    """
    by_time = next((number for number, word in enumerate(words) if word.end_s >= seam_s + SEAM_S), len(words))
    places = [at for at in range(1, len(words) + 1) if _is_near(words, at, by_time, seam_s)]
    agreed = {at: _agreed(words[:at], heard) for at in places}
    # One word recurs: it only tells which of two neighbours is the first.
    likely = [at for at in places if agreed[at] > (0 if abs(at - by_time) <= 1 else 1)]
    return min(likely, key=lambda at: (-agreed[at], abs(at - by_time)), default=by_time)


def _is_near(words: Sequence[Word], at: int, by_time: int, seam_s: float) -> bool:
    return abs(at - by_time) <= 1 or abs(words[at - 1].end_s - seam_s) <= REACH_S


def _agreed(words: Sequence[Word], heard: Sequence[str]) -> int:
    """Return how many words the two end with alike, but for the last one where two or more precede it."""
    pairs = zip(reversed(words), reversed(heard), strict=False)
    alike = [plain(word.text) == plain(text) for word, text in pairs][:WORDS_COMPARED]
    if alike and not alike[0]:
        behind = [*alike[1:], False].index(False)
        return behind if behind > 1 else 0
    return [*alike, False].index(False)


def plain(text: str) -> str:
    """Return a word without case and marks."""
    return "".join(character for character in text.casefold() if character.isalnum())
