"""What a page is made of: headings, and lines with their times, ready for any page or screen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_LINES = 8
"""Longest list of one kind on the page; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: when in the call (None for the whole of it), what, and what stands under it."""

    text: str
    at_s: float | None = None
    under: tuple[str, ...] = ()
    seller_share: float | None = None
    """Drawn as a bar where there is a screen."""
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it; never empty."""

    heading: str
    lines: tuple[Line, ...]
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A report in words."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]


def capped(weighed: Iterable[tuple[Line, float]], *, most: int = MOST_LINES) -> Iterator[Line]:
    """Yield the weightiest lines (of equals the first) in their order, then how many more there are."""
    whole = list(weighed)
    kept = sorted(range(len(whole)), key=lambda index: -whole[index][1])[:most]
    yield from (whole[index][0] for index in sorted(kept))
    if len(whole) > most:
        yield Line(f"and {len(whole) - most} more")
