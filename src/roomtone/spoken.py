"""Text as it was spoken: without what a recogniser adds to it, or what a speaker stumbles over."""

import re
from collections.abc import Iterator

MOST_CHARACTERS = 1_000
"""Of a text that is looked at. A sentence of a minute has about 900; what is longer is no sentence."""

_APOSTROPHES = re.compile("[’‘`´]")
_NOT_SPOKEN = re.compile(r"[^\w\s'$%£€]|(?<!\w)'|'(?!\w)|_")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[.,](?=\d)")
_FILLERS = re.compile(r"\b(?:u+h+|u+m+|e+r+m*|a+h+|h+m+m+|mm+)\b")
_STUTTER = re.compile(r"\b(\w+(?:'\w+)?)(?: \1\b)+(?!')")
_SPACES = re.compile(r"\s+")
_POINT = "·"


def spoken(text: str) -> str:
    """Return a text in small letters, without punctuation, fillers and words said twice in a row.

    What is written as figures stays: "$2,500.50" becomes "$2500.50".
    """
    kept = _APOSTROPHES.sub("'", text[:MOST_CHARACTERS].lower())
    kept = _BETWEEN_DIGITS.sub(lambda mark: _POINT if mark[0] == "." else "", kept)
    kept = _NOT_SPOKEN.sub(lambda mark: _POINT if mark[0] == _POINT else " ", kept).replace(_POINT, ".")
    kept = _SPACES.sub(" ", _FILLERS.sub(" ", kept)).strip()
    return _STUTTER.sub(r"\1", kept)


def terms_of(words: str) -> Iterator[str]:
    """Yield the words of a text and the pairs of neighbours, its edges included."""
    parts = words.split()
    yield from parts
    yield from (f"{left} {right}" for left, right in zip(["^", *parts], [*parts, "$"], strict=True))
