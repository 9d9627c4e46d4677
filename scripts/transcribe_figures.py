"""What a transcriber made of a recording, and the figures that are told of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise

import jiwer
import numpy as np
from whisper_normalizer.english import EnglishTextNormalizer

from roomtone.types import Word

NORMALISED = EnglishTextNormalizer()
LONG_TURN_S = 10.0
"""Turns up to here are what the wanted time from the end of a turn to its words holds for."""


@dataclass
class Look:
    """What was shown of a turn while it went on."""

    at_s: float
    committed: str
    tentative: str


@dataclass
class Turn:
    """A stretch of speech with its words, and what was shown of it before. Times are session times."""

    side: int
    start_s: float
    end_s: float
    final_at_s: float = 0.0
    text: str = ""
    words: tuple[Word, ...] = ()
    looks: list[Look] = field(default_factory=list)


@dataclass
class Outcome:
    """One recording by one transcriber."""

    texts: tuple[str, ...]
    """What each side said."""
    cpu_s: float
    speech_s: float = 0.0
    turns: list[Turn] = field(default_factory=list)
    """Empty for what only works on whole files."""


def error_rate(truths: Iterable[str], texts: Iterable[str]) -> float:
    """Return the word error rate in percent."""
    pairs = [(NORMALISED(truth), NORMALISED(text)) for truth, text in zip(truths, texts, strict=True)]
    spoken = [(truth, text) for truth, text in pairs if truth]
    return 100.0 * float(jiwer.wer([truth for truth, _ in spoken], [text for _, text in spoken]))


@dataclass
class Delays:
    """How long after the end of a word it was first shown and committed, and what was taken back."""

    shown_s: list[float] = field(default_factory=list)
    committed_s: list[float] = field(default_factory=list)
    finals_s: list[float] = field(default_factory=list)
    """From the end of a turn of at most ``LONG_TURN_S`` to its words."""
    committed_words: int = 0
    wrong_words: int = 0
    """Committed in a look and not in the turn's final words."""
    final_words: int = 0
    changed_words: int = 0
    """Shown, and something else in their place in the next look."""

    def add(self, turn: Turn) -> None:
        """Count one turn."""
        if turn.end_s - turn.start_s <= LONG_TURN_S:
            self.finals_s.append(turn.final_at_s - turn.end_s)
        final = [_plain(word.text) for word in turn.words]
        shown_s = dict.fromkeys(range(len(final)), turn.final_at_s)
        committed_s = dict(shown_s)
        for look in reversed(turn.looks):
            committed, tentative = _words(look.committed), _words(look.tentative)
            for place, _ in _matches(committed + tentative, final):
                shown_s[place] = min(shown_s[place], look.at_s)
            for place, _ in _matches(committed, final):
                committed_s[place] = min(committed_s[place], look.at_s)
        ends_s = [word.end_s for word in turn.words]
        self.shown_s += [shown_s[place] - end_s for place, end_s in enumerate(ends_s)]
        self.committed_s += [committed_s[place] - end_s for place, end_s in enumerate(ends_s)]
        self.final_words += len(final)
        if turn.looks:
            committed = _words(turn.looks[-1].committed)
            self.committed_words += len(committed)
            self.wrong_words += len(committed) - len(_matches(committed, final))
        for before, after in pairwise(turn.looks):
            earlier, later = (_words(f"{look.committed} {look.tentative}") for look in (before, after))
            self.changed_words += sum(one != other for one, other in zip(earlier, later, strict=False))


def seconds(values_s: Sequence[float]) -> str:
    """Return the median and the 95th percentile in words."""
    if not values_s:
        return "-"
    middle_s, most_s = np.percentile(values_s, (50, 95))
    return f"{middle_s:.2f} / {most_s:.2f} s"


def _plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def _words(text: str) -> list[str]:
    return [plain for word in text.split() if (plain := _plain(word))]


def _matches(shown: list[str], final: list[str]) -> list[tuple[int, int]]:
    """Return the places in ``final`` of the words of ``shown`` that are in it in the same order."""
    blocks = SequenceMatcher(None, final, shown, autojunk=False).get_matching_blocks()
    return [(block.a + step, block.b + step) for block in blocks for step in range(block.size)]
