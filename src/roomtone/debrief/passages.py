"""What was said where: the sentences of a side, and short quotations from them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from roomtone.conversation.sentences import EDGE_S, ELLIPSIS, Sentence, sentences
from roomtone.events import TranscriptFinal

QUOTED_WORDS = 12
"""A quotation is for finding the place again; most spoken sentences are no longer."""
LINES_BEFORE = 3
"""Utterances shown before a moment: as much as one has in the ear."""
TELLING_WORDS = 3
"""A shorter sentence ("Okay.") says little by itself and is quoted with the one before it."""


def sentences_of(finals: Iterable[TranscriptFinal]) -> tuple[Sentence, ...]:
    """Return the sentences of one side's utterances, in order of their start."""
    found = [sentence for final in finals for sentence in sentences(final)]
    return tuple(sorted(found, key=lambda sentence: sentence.start_s))


def said_before(said: Sequence[Sentence], at_s: float) -> Sentence | None:
    """Return the last thing said before ``at_s``, short enough to quote; None when nothing was."""
    begun = [
        (sentence, text) for sentence in said if sentence.start_s <= at_s and (text := sentence.text_by(at_s))
    ]
    if not begun:
        return None
    last, text = begun[-1]
    if len(begun) > 1 and len(text.split()) < TELLING_WORDS:
        text = f"{begun[-2][1]} {text}"
    return Sentence(last.start_s, last.end_s, last_words(text))


def said_from(said: Sequence[Sentence], at_s: float, *, until_s: float) -> str:
    """Return the first words said from ``at_s`` on, empty when none were before ``until_s``."""
    starts = [sentence.start_s for sentence in said]
    first, past = bisect_left(starts, at_s - EDGE_S), bisect_right(starts, until_s)
    if first and said[first - 1].end_s > at_s + EDGE_S:
        first -= 1
    return first_words(" ".join(sentence.text for sentence in said[first:past]))


def said_around(finals: Iterable[TranscriptFinal], at_s: float) -> tuple[TranscriptFinal, ...]:
    """Return the last few utterances that began by ``at_s``, and the next one, in order of their start."""
    in_order = sorted(finals, key=lambda final: final.start_s)
    begun = sum(final.start_s <= at_s for final in in_order)
    return tuple(in_order[max(0, begun - LINES_BEFORE) : begun + 1])


def first_words(text: str) -> str:
    """Return a text cut after ``QUOTED_WORDS`` words, marked where it was cut."""
    words = text.split()
    return " ".join(words) if len(words) <= QUOTED_WORDS else " ".join(words[:QUOTED_WORDS]) + ELLIPSIS


def last_words(text: str) -> str:
    """Return the last ``QUOTED_WORDS`` words of a text, marked where it was cut."""
    words = text.split()
    return " ".join(words) if len(words) <= QUOTED_WORDS else ELLIPSIS + " ".join(words[-QUOTED_WORDS:])
