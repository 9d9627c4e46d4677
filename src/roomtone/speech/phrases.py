"""Where a text may be cut so that both parts make sense to a recogniser. Pure."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from roomtone.types import Word

PHRASE_GAP_S = 0.15
"""A pause between two words where one may cut; shorter ones are within words as well."""
_PHRASE_ENDS = (".", ",", "?", "!", ";", ":")


def cuts_s(words: Sequence[Word]) -> Iterator[float]:
    """Yield the times between two phrases, in order: after a mark, or in a pause."""
    for word, following in pairwise(words):
        if word.text.endswith(_PHRASE_ENDS) or following.start_s - word.end_s >= PHRASE_GAP_S:
            yield (word.end_s + following.start_s) / 2
