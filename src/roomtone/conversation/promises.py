"""Which promises are safe to make. Pure."""

import functools
import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_IGNORED = frozenset(
    [
        *("a", "an", "the", "to", "of", "for", "and", "or", "in", "on", "at", "by", "we", "i", "you", "your"),
        *("our", "will", "would", "can", "it", "is"),
        *("ll", "d", "ve", "re", "m", "s"),  # of contractions: "we'll" and "we will" promise the same
    ]
)
_LEAST_STEM = 3
"""Letters that an ending leaves; shorter words are compared whole."""


def is_safe(text: str, safe: Iterable[str]) -> bool:
    """Return whether a sentence says one of the phrases that are ``safe`` to promise.

    All words of the phrase that carry meaning must be in the sentence, in any order and form.
    """
    said = _stems(text)
    return any(words and words <= said for words in map(_stems, safe))


@functools.lru_cache(1024)
def _stems(text: str) -> frozenset[str]:
    words = (word for word in _WORD.findall(text.casefold()) if word not in _IGNORED)
    return frozenset(map(_stem, words))


def _stem(word: str) -> str:
    """Return what the forms of a word share: "plan" of "planning", "repl" of "reply" and "replies"."""
    if not word.endswith("ss"):
        word = _without(word, "s")
    for ending in ("ing", "ed", "ie", "y", "e"):
        if (stem := _without(word, ending)) != word:
            word = stem
            break
    return word[:-1] if len(word) > _LEAST_STEM and word[-1] == word[-2] else word


def _without(word: str, ending: str) -> str:
    long_enough = len(word) - len(ending) >= _LEAST_STEM
    return word.removesuffix(ending) if long_enough else word
