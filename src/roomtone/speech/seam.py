"""Which words of a window belong to its utterance, and which to what was said before it. Pure."""

from collections.abc import Sequence

from roomtone.types import Word

SEAM_S = 0.2
"""A word of the utterance ends at least this long after the seam: pre-roll and pause precede it."""


def first_word(words: Sequence[Word], *, seam_s: float, cut_after: str = "") -> int:
    """Return the index of the first word that belongs to what begins at ``seam_s``.

    A word that follows a pause is aligned to begin at the end of the word before it, so its end tells on
    which side of the seam it is. Where speech was cut without a pause, ``cut_after`` is the last word that
    was heard before the cut, and what follows it belongs to the utterance, whatever the times of one word
    are: a word on the seam is neither lost nor doubled.
    """
    by_time = next((number for number, word in enumerate(words) if word.end_s >= seam_s + SEAM_S), len(words))
    if not cut_after:
        return by_time
    by_word = [at for at in (by_time, by_time - 1, by_time + 1) if _follows(words, at, cut_after)]
    return by_word[0] if by_word else by_time


def _follows(words: Sequence[Word], at: int, word: str) -> bool:
    return 0 < at <= len(words) and plain(words[at - 1].text) == plain(word)


def plain(text: str) -> str:
    """Return a word without case and marks."""
    return "".join(character for character in text.casefold() if character.isalnum())
