"""Which promises are safe to make. Pure."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_IGNORED = frozenset(
    [
        "a",
        "an",
        "the",
        "to",
        "of",
        "for",
        "and",
        "or",
        "in",
        "on",
        "at",
        "by",
        "we",
        "i",
        "you",
        "your",
        "our",
        "will",
        "can",
        "it",
        "is",
    ]
)
_LEAST_STEM = 4
"""Shorter words are compared whole."""


def is_safe(text: str, safe: Iterable[str]) -> bool:
    """Return whether a sentence says one of the phrases that are ``safe`` to promise.

    All words of the phrase that carry meaning must be in the sentence, in any order and form.
    """
    said = {_stem(word) for word in _words(text)}
    return any(words and {_stem(word) for word in words} <= said for words in map(_words, safe))


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if word not in _IGNORED]


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST_STEM - 1:
            return word.removesuffix(ending)
    return word
