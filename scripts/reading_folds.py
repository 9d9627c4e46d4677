"""Predictions for clips whose speaker, or whose whole corpus, was not trained on."""

from collections.abc import Sequence

import numpy as np

from reading_corpus import SEED, Array, Corpus, Rows
from reading_fit import Recipe, Voices, fit

FOLDS = 5
HELD_OUT_CASES = (("clean", 4), ("telephone", 10))
"""Conditions and earlier turns at which probabilities are made fit."""

Case = tuple[str, int]
Predicted = dict[tuple[str, str, int], Array]
"""Logits of every clip by head, condition and earlier turns."""


def by_speakers(corpus: Corpus) -> Rows:
    """Return the fold of each clip; a speaker is in one fold, and each corpus in all of them."""
    fold_of = {}
    for name in np.unique(corpus.name):
        speakers = np.unique(corpus.speaker[corpus.name == name])
        np.random.default_rng(SEED).shuffle(speakers)
        fold_of |= {speaker: number % FOLDS for number, speaker in enumerate(speakers)}
    return np.array([fold_of[speaker] for speaker in corpus.speaker])


def by_corpora(corpus: Corpus) -> Rows:
    """Return the fold of each clip, which is its corpus."""
    return np.unique(corpus.name, return_inverse=True)[1]


def held_out(
    recipe: Recipe, voices: Voices, heads: dict[str, Rows], groups: Rows, cases: Sequence[Case]
) -> Predicted:
    """Return the logits of every clip from a model that was trained on the other ``groups``.

    ``heads`` gives the number of every clip's class, -1 for none.
    """
    found: Predicted = {}
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        fitted = fit(recipe, voices, np.flatnonzero(groups != group), heads)
        for head in heads:
            for condition, turns in cases:
                logits = fitted.logits(head, voices, condition, turns, rows)
                whole = found.setdefault((head, condition, turns), np.zeros((len(groups), logits.shape[1])))
                whole[rows] = logits
    return found
