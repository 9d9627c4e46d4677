"""The trained half: a linear head an act, on the vector of a sentence, its words and its turns of phrase."""

import zipfile
from collections.abc import Collection
from pathlib import Path

import numpy as np

from roomtone.acts.embedding import WIDTH, Vector
from roomtone.errors import ModelError
from roomtone.spoken import terms_of
from roomtone.types import Act

FILE = "acts_heads.npz"
HINTS = tuple(Act)
"""Turns of phrase and forms that a head may go by, each 1 where it is there."""
VECTOR_SCALE, TERM_SCALE = 2.0, 0.5
"""Beside a hint's 1: what weighs the more in the features is held back the less in training."""


class Heads:
    """The heads of one file. Raises ``ModelError`` when it is missing or belongs to another version."""

    def __init__(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as stored:
                self.version = str(stored["version"])
                self._acts = [Act(str(name)) for name in stored["acts"]]
                terms = [str(term) for term in stored["terms"]]
                self._weights = stored["weights"].astype(np.float32)
                self._bias = stored["bias"].astype(np.float32)
                thresholds = stored["thresholds"].astype(float)
            self._thresholds = dict(zip(self._acts, thresholds.tolist(), strict=True))
            fits = self._weights.shape == (len(self._acts), WIDTH + len(HINTS) + len(terms))
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise _damaged(path) from error
        if not fits:
            raise _damaged(path)
        self._weights[:, :WIDTH] *= VECTOR_SCALE
        self._weights[:, WIDTH + len(HINTS) :] *= TERM_SCALE
        self._terms = {term: place for place, term in enumerate(terms, WIDTH + len(HINTS))}

    def found(self, words: str, vector: Vector, hints: Collection[Act]) -> dict[Act, float]:
        """Return the acts whose probability reaches what each must have, with it."""
        places = [WIDTH + HINTS.index(hint) for hint in hints]
        places += [self._terms[term] for term in set(terms_of(words)) if term in self._terms]
        logits = self._weights[:, :WIDTH] @ vector + self._bias + self._weights[:, places].sum(axis=1)
        probabilities = 1 / (1 + np.exp(-logits))
        return {
            act: float(value)
            for act, value in zip(self._acts, probabilities, strict=True)
            if value >= self._thresholds[act]
        }


def _damaged(path: Path) -> ModelError:
    return ModelError(
        f"The file {path}, by which acts are recognised, is missing or belongs to another version; "
        "check it with: roomtone models verify",
        code="acts_model_damaged",
    )
