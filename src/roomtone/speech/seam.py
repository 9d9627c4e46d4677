"""Which words of a window belong to its utterance, and which to what was said before it. Pure."""

from collections.abc import Sequence

from roomtone.types import Word

SEAM_S = 0.2
"""A word of the utterance ends at least this long after the seam: pre-roll and pause precede it."""
NEAR_S = 1.0
"""Where an utterance was cut without a pause, the last word before the cut is found this near to it."""


def first_word(words: Sequence[Word], *, seam_s: float, cut_after: str = "") -> int:
    """Return the index of the first word that belongs to what begins at ``seam_s``.

    A word that follows a pause is aligned to begin at the end of the word before it, so its end tells on
    which side of the seam it is. Where speech was cut without a pause, ``cut_after`` is the last word that
    was heard before the cut, and what follows it belongs to the utterance, wherever its times are: a word on
    the seam is neither lost nor doubled.
    """
    by_time = next((number for number, word in enumerate(words) if word.end_s >= seam_s + SEAM_S), len(words))
    if not cut_after:
        return by_time
    near = [
        number
        for number, word in enumerate(words)
        if abs(word.end_s - seam_s) <= NEAR_S and plain(word.text) == plain(cut_after)
    ]
    return min(near, key=lambda number: abs(number + 1 - by_time)) + 1 if near else by_time


def plain(text: str) -> str:
    """Return a word without case and marks."""
    return "".join(character for character in text.casefold() if character.isalnum())
