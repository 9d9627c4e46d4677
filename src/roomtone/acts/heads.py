"""The trained half: a linear head an act, on the vector of a sentence and on its words."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roomtone.acts.embedding import WIDTH, Vector
from roomtone.errors import ModelError
from roomtone.types import PUSHBACKS, Act

FILE = "acts_heads.npz"
ANY_PUSHBACK = "pushback"
"""The head that tells push-back of whatever kind; the kinds have heads of their own that choose among them."""
TERM_SCALE = 0.5
"""Of a word beside the vector, whose length is one: each is a hint, the vector is the meaning."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The probabilities from which an act is taken as found: by its head ``alone``, and with its pattern."""

    alone: float
    with_pattern: float


class Heads:
    """The heads of one file. Raises ``ModelError`` when it is missing or belongs to another version."""

    def __init__(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as stored:
                self.version = str(stored["version"])
                self._names = [str(name) for name in stored["names"]]
                self._kinds = [Act(str(name)) for name in stored["kinds"]]
                terms = [str(term) for term in stored["terms"]]
                self._weights = stored["weights"].astype(np.float32)
                self._bias = stored["bias"].astype(np.float32)
                thresholds = stored["thresholds"].astype(float)
            self.thresholds = {
                name: Thresholds(float(alone), float(with_pattern))
                for name, (alone, with_pattern) in zip(self._names, thresholds, strict=True)
            }
            for name in self._names:
                _ = name == ANY_PUSHBACK or Act(name)
            expected = (len(self._names) + len(self._kinds), WIDTH + len(terms))
            fits = self._weights.shape == expected and set(self._kinds) == set(PUSHBACKS)
        except (OSError, KeyError, ValueError) as error:
            raise _damaged(path) from error
        if not fits:
            raise _damaged(path)
        self._terms = {term: place for place, term in enumerate(terms)}

    def probabilities(self, words: str, vector: Vector) -> tuple[dict[str, float], dict[Act, float]]:
        """Return the probability of each head, and the share of each kind should it be push-back."""
        logits = self._weights[:, :WIDTH] @ vector + self._bias
        places = [self._terms[term] for term in set(terms_of(words)) if term in self._terms]
        if places:
            logits = logits + self._weights[:, [WIDTH + place for place in places]].sum(axis=1) * TERM_SCALE
        heads = 1 / (1 + np.exp(-logits[: len(self._names)]))
        shares = _softmax(logits[len(self._names) :])
        return (
            {name: float(value) for name, value in zip(self._names, heads, strict=True)},
            {kind: float(value) for kind, value in zip(self._kinds, shares, strict=True)},
        )


def terms_of(words: str) -> Iterator[str]:
    """Yield the words of a text and the pairs of neighbours, its edges included."""
    parts = words.split()
    yield from parts
    yield from (f"{left} {right}" for left, right in zip(["^", *parts], [*parts, "$"], strict=True))


def _softmax(values: NDArray[np.float32]) -> NDArray[np.float32]:
    powers: NDArray[np.float32] = np.exp(values - values.max())
    shares: NDArray[np.float32] = powers / powers.sum()
    return shares


def _damaged(path: Path) -> ModelError:
    return ModelError(
        f"The file {path}, by which acts are recognised, is missing or belongs to another version; "
        "check it with: roomtone models verify",
        code="acts_model_damaged",
    )
