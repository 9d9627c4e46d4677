"""What was said where: the sentences of a side, and short quotations from them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from roomtone.events import TranscriptFinal

EDGE_S = 0.3
"""Word times are good to about 0.2 s, and pauses under 0.3 s are bridged."""
QUOTED_WORDS = 12
"""A quotation is for finding the place again; most spoken sentences are no longer."""
TELLING_WORDS = 3
"""A shorter sentence ("Okay.") says little by itself and is quoted with the one before it."""
SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it was heard, cut at the ends of utterances."""

    start_s: float
    end_s: float
    text: str
    word_ends: tuple[tuple[float, int], ...] = ()
    """When each word ended and where in the text; empty where the recogniser gave no word times."""

    def text_by(self, at_s: float) -> str:
        """Return what of the sentence had been said by ``at_s``, marked where it was cut."""
        position = max((place for end_s, place in self.word_ends if end_s <= at_s + EDGE_S), default=0)
        if not self.word_ends or position == len(self.text):
            return self.text
        return f"{self.text[:position]}{ELLIPSIS}" if position else ""

    @property
    def is_question(self) -> bool:
        """Whether the recogniser heard a question."""
        return self.text.endswith(("?", "？"))


def sentences(finals: Iterable[TranscriptFinal]) -> tuple[Sentence, ...]:
    """Return the sentences of one side's utterances, in order of their start."""
    found = [sentence for final in finals for sentence in _split(final)]
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


def first_words(text: str) -> str:
    """Return a text cut after ``QUOTED_WORDS`` words, marked where it was cut."""
    words = text.split()
    return " ".join(words) if len(words) <= QUOTED_WORDS else " ".join(words[:QUOTED_WORDS]) + ELLIPSIS


def last_words(text: str) -> str:
    """Return the last ``QUOTED_WORDS`` words of a text, marked where it was cut."""
    words = text.split()
    return " ".join(words) if len(words) <= QUOTED_WORDS else ELLIPSIS + " ".join(words[-QUOTED_WORDS:])


def _split(final: TranscriptFinal) -> list[Sentence]:
    """Cut an utterance after words that end a sentence, taking the text between as it is written."""
    whole = Sentence(final.start_s, final.end_s, final.text.strip())
    found: list[Sentence] = []
    word_ends: list[tuple[float, int]] = []
    starts_at = at = 0
    start_s = final.start_s
    for index, word in enumerate(final.words):
        spoken = word.text.strip()
        position = final.text.find(spoken, at)
        if position < 0:
            return [whole]
        if not word_ends:
            starts_at, start_s = position, word.start_s
        at = position + len(spoken)
        word_ends.append((word.end_s, at - starts_at))
        ends = spoken.rstrip("\"'”’)").endswith(SENTENCE_ENDS) and not final.text[at:].lstrip()[:1].islower()
        if ends or index == len(final.words) - 1:
            found.append(Sentence(start_s, word.end_s, final.text[starts_at:at], tuple(word_ends)))
            word_ends = []
    return found or ([whole] if whole.text else [])
