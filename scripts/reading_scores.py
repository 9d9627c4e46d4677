"""What predictions are worth: recall, how sure one can be of it, calibration, selective precision."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reading_corpus import SEED, Array, Rows

DRAWS = 400
"""Samples of speakers for an interval."""
BINS = 10


@dataclass(frozen=True)
class Figure:
    """A share with its 95 % interval over speakers, in percent."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1f} ({self.low:.0f}-{self.high:.0f})"


def uar(wanted: Rows, said: Rows) -> float:
    """Return the unweighted average recall over the classes that occur."""
    return float(np.mean([np.mean(said[wanted == one] == one) for one in np.unique(wanted)]))


def accuracy(wanted: Rows, said: Rows) -> float:
    """Return the share said rightly."""
    return float(np.mean(wanted == said))


def macro_f1(wanted: Rows, said: Rows) -> float:
    """Return the unweighted mean of the classes' F1."""
    scores = []
    for one in np.unique(wanted):
        both = np.sum((wanted == one) & (said == one))
        scores.append(2 * both / max(1, np.sum(wanted == one) + np.sum(said == one)))
    return float(np.mean(scores))


def over_speakers(
    wanted: Rows,
    said: Rows,
    speaker: NDArray[np.str_],
    score: Callable[[Rows, Rows], float] = uar,
) -> Figure:
    """Return a score with the interval in which it falls for other draws of as many speakers."""
    random = np.random.default_rng(SEED)
    places = [np.flatnonzero(speaker == one) for one in np.unique(speaker)]
    scores = []
    for _ in range(DRAWS):
        rows = np.concatenate([places[one] for one in random.integers(len(places), size=len(places))])
        scores.append(score(wanted[rows], said[rows]))
    low, high = np.percentile(scores, (2.5, 97.5))
    return Figure(100 * score(wanted, said), 100 * low, 100 * high)


@dataclass(frozen=True)
class Bin:
    """Predictions of about the same probability: how sure they were, how many were right, their weight."""

    probability: float
    right: float
    share: float


def reliability(probabilities: Array, wanted: Rows, weight: Array) -> list[Bin]:
    """Return what was right by how sure the likeliest class was."""
    top, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == wanted
    number = np.minimum((top * BINS).astype(int), BINS - 1)
    bins = []
    for one in np.unique(number):
        own = weight * (number == one)
        whole = own.sum()
        bins.append(Bin(float(own @ top / whole), float(own @ right / whole), float(whole / weight.sum())))
    return bins


def calibration_error(bins: list[Bin]) -> float:
    """Return the expected calibration error: how far sureness and truth are apart, on average."""
    return sum(one.share * abs(one.probability - one.right) for one in bins)


@dataclass(frozen=True)
class Told:
    """How often something is said from a threshold on, and how often that is right."""

    least: float
    answered: float
    precision: float
    recall: float
    by_state: dict[str, tuple[float, float]]
    """Precision and recall of each state; NaN where it is never said."""


def selective(
    said: NDArray[np.str_], sure: Array, truth: NDArray[np.str_], weight: Array, least: Array
) -> Iterator[Told]:
    """Yield what the predictions are worth when only those at least so sure are told."""
    for one in least:
        told = sure >= one
        right = told & (said == truth)
        states = {}
        for state in np.unique(truth):
            named = told & (said == state)
            own = weight * (named & (truth == state))
            states[str(state)] = (
                float(own.sum() / (weight * named).sum()) if named.any() else float("nan"),
                float(own.sum() / (weight * (truth == state)).sum()),
            )
        yield Told(
            float(one),
            float((weight * told).sum() / weight.sum()),
            float((weight * right).sum() / max(1e-12, (weight * told).sum())),
            float((weight * right).sum() / weight.sum()),
            states,
        )
