"""What is usual for one person in this call: running means of the voice, of timing and of words."""

import math
from dataclasses import InitVar, dataclass, field

import numpy as np
from numpy.typing import NDArray

from roomtone.speech.prosody import FIGURES
from roomtone.types import Label, QuestionKind

FloatArray = NDArray[np.float32]

EXPECTED_SPREAD_ROWS = 4.0
"""A spread over fewer turns than about this says little about the person."""
GENERAL_ANSWERS = 2.0
"""What is usual in answers to one kind of question starts from answers to any, which count as so many."""

HEDGED_SHARE = 0.05
"""Of the sentences of a speaker of whom nothing is known."""
HEDGED_WEIGHT_SENTENCES = 10
"""Sentences after which the speaker's own habit counts as much as that."""


class RunningFigures:
    """Mean and spread of equally long rows of figures, each over the rows in which it was measured.

    ``width`` is the length of a row; figures that were not measured are NaN in it.
    """

    def __init__(self, width: int) -> None:
        self._sum = np.zeros(width)
        self._sum_of_squares = np.zeros(width)
        self._count = np.zeros(width, np.int64)
        self.rows = 0

    def add(self, row: FloatArray) -> None:
        """Take one more row of shape ``(width,)``."""
        measured = np.isfinite(row)
        values = np.where(measured, row, 0.0).astype(np.float64)
        self._sum += values
        self._sum_of_squares += values**2
        self._count += measured
        self.rows += 1

    def mean(self) -> FloatArray:
        """Return the mean, NaN for figures never measured."""
        mean = self._sum / np.maximum(self._count, 1)
        return np.where(self._count > 0, mean, np.nan).astype(np.float32)

    def spread(self, *, expected: FloatArray) -> FloatArray:
        """Return the standard deviation, starting from the one ``expected`` of anybody.

        The expected one counts as much as :data:`EXPECTED_SPREAD_ROWS` rows.
        """
        mean = self._sum / np.maximum(self._count, 1)
        apart = np.maximum(self._sum_of_squares - self._count * mean**2, 0.0)
        variance = (apart + EXPECTED_SPREAD_ROWS * expected**2) / (self._count + EXPECTED_SPREAD_ROWS)
        return np.asarray(np.sqrt(variance), np.float32)


@dataclass(slots=True)
class Habit:
    """A running mean of one number, such as the seconds before an answer."""

    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        """Take one more value."""
        self.total += value
        self.count += 1

    @property
    def mean(self) -> float:
        """The mean so far; zero before the first value."""
        return self.total / self.count if self.count else 0.0


class AnswerWords:
    """How many words a speaker answers in, by the kind of question.

    Means are of logarithms: one answer of two minutes does not make all others short.
    """

    def __init__(self) -> None:
        self._of_kind = {kind: Habit() for kind in QuestionKind}
        self._of_any = Habit()

    @property
    def count(self) -> int:
        """Answers so far, to any kind of question."""
        return self._of_any.count

    def count_of(self, kind: QuestionKind) -> int:
        """Return the answers so far to one kind of question."""
        return self._of_kind[kind].count

    def add(self, kind: QuestionKind, words: int) -> None:
        """Take one more answer, of at least one word."""
        for habit in (self._of_kind[kind], self._of_any):
            habit.add(math.log(words))

    def usual(self, kind: QuestionKind) -> float:
        """Return how many words an answer to this kind of question usually has; 1 before the first answer."""
        own = self._of_kind[kind]
        shrunk = own.total + GENERAL_ANSWERS * self._of_any.mean
        return math.exp(shrunk / (own.count + GENERAL_ANSWERS))


@dataclass(slots=True)
class SpeakerBaseline:
    """All that is remembered of one speaker's earlier turns."""

    voice_width: InitVar[int]
    turns: int = 0
    """Turns with enough speech to be measured."""
    prosody: RunningFigures = field(init=False)
    """Figures of turns."""
    voice: RunningFigures = field(init=False)
    """Pooled encoder output of turns."""
    sounded_neutral: Habit = field(default_factory=Habit)
    """Probability that the voice of a turn is neutral, heard without knowing the speaker."""
    answer_delay_s: Habit = field(default_factory=Habit)
    """Gap before taking the floor, overlaps left out."""
    answer_words: AnswerWords = field(default_factory=AnswerWords)
    """Words of turns that answer a question."""
    came_in: Habit = field(default_factory=Habit)
    """1 for a turn that began while the other side still spoke, 0 for one that did not."""
    listened_s: float = 0.0
    """How long the other side spoke before this speaker's turns, in all."""
    backchannels: int = 0
    """How often the speaker said something short meanwhile."""
    words: int = 0
    hedges: int = 0
    sentences: int = 0
    hedged_sentences: int = 0
    guarded_before: bool = False
    """Whether words or timing of the turn before spoke for guarded."""
    carried: dict[Label, float] = field(default_factory=dict)
    """Log-odds that the turn before left behind."""

    def __post_init__(self, voice_width: int) -> None:
        self.prosody = RunningFigures(len(FIGURES))
        self.voice = RunningFigures(voice_width)

    def expected_hedged(self, sentences: int) -> float:
        """Return how many of so many sentences this speaker would hedge."""
        hedged = self.hedged_sentences + HEDGED_SHARE * HEDGED_WEIGHT_SENTENCES
        return sentences * hedged / (self.sentences + HEDGED_WEIGHT_SENTENCES)
