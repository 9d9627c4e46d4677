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

    def add(self, turns: Sequence[Turn]) -> None:
        """Count the turns of one side, in order."""
        for before, turn, after in zip([None, *turns], turns, [*turns[1:], None], strict=False):
            if turn.end_s - turn.start_s <= LONG_TURN_S:
                self.finals_s.append(turn.final_at_s - turn.end_s)
            # Where a long turn is cut, words were shown as the end of it and belong to the next.
            looks = [look for look in (before.looks if before else ()) if look.at_s > turn.start_s]
            self._time([*looks, *turn.looks], turn)
            self._compare(turn, after)

    def _time(self, looks: Sequence[Look], turn: Turn) -> None:
        final = [_plain(word.text) for word in turn.words]
        shown_s = dict.fromkeys(range(len(final)), turn.final_at_s)
        committed_s = dict(shown_s)
        for look in reversed(looks):
            committed, tentative = _words(look.committed), _words(look.tentative)
            for place in _places(committed + tentative, final):
                shown_s[place] = min(shown_s[place], look.at_s)
            for place in _places(committed, final):
                committed_s[place] = min(committed_s[place], look.at_s)
        ends_s = [word.end_s for word in turn.words]
        self.shown_s += [shown_s[place] - end_s for place, end_s in enumerate(ends_s)]
        self.committed_s += [committed_s[place] - end_s for place, end_s in enumerate(ends_s)]

    def _compare(self, turn: Turn, after: Turn | None) -> None:
        self.final_words += len(turn.words)
        for earlier, later in pairwise(turn.looks):
            shown, then = (_words(f"{look.committed} {look.tentative}") for look in (earlier, later))
            self.changed_words += sum(one != other for one, other in zip(shown, then, strict=False))
        if turn.looks:
            committed = NORMALISED(turn.looks[-1].committed).split()
            final = NORMALISED(f"{turn.text} {after.text if after else ''}").split()
            self.committed_words += len(committed)
            self.wrong_words += len(committed) - len(_places(committed, final))


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


def _places(shown: list[str], final: list[str]) -> list[int]:
    """Return the places in ``final`` of the words of ``shown`` that are in it in the same order."""
    blocks = SequenceMatcher(None, final, shown, autojunk=False).get_matching_blocks()
    return [block.a + step for block in blocks for step in range(block.size)]
