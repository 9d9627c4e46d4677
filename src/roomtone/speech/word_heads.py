"""The trained heads that read words: linear, on the vector of a sentence, its words and their neighbours."""

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roomtone.errors import ModelError
from roomtone.speech.answering import HINTS
from roomtone.spoken import terms_of

Vector = NDArray[np.float32]

FILE = "reading_words.npz"
FEELINGS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
NEGATIVE = "negative"
"""Any feeling that speaks against what it is about; joy is the one that speaks for it."""
TONES = (*FEELINGS, NEGATIVE)


class WordHeads:
    """The heads of one file, for vectors of ``width`` figures and of length one.

    Raises ``ModelError`` when it is missing, damaged, or belongs to another version.
    """

    def __init__(self, path: Path, width: int) -> None:
        try:
            with np.load(path, allow_pickle=False) as stored:
                fits = tuple(map(str, stored["tones"])) == TONES
                self._tones = stored["tone_weights"].astype(np.float32), stored["tone_bias"]
                self._terms = stored["terms"]
                self._term_weights = stored["term_weights"] * stored["term_scale"].astype(np.float32)
                self._hedged = stored["hedged_weights"].astype(np.float32), float(stored["hedged_bias"])
                self._evasive = stored["evasive_weights"].astype(np.float32), float(stored["evasive_bias"])
                self.hedged_least = float(stored["hedged_least"])
                self.evasive_least = float(stored["evasive_least"])
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise _damaged(path) from error
        fits &= self._tones[0].shape == (len(TONES), width) and self._hedged[0].shape == (width,)
        fits &= self._term_weights.shape == (len(self._terms), len(TONES))
        if not (fits and self._evasive[0].shape == (2 * width + 1 + len(HINTS),)):
            raise _damaged(path)

    def tones(self, words: str, vector: Vector) -> dict[str, float]:
        """Return the probability of each tone in a sentence as it was spoken; they need not sum to one."""
        weights, bias = self._tones
        said = hashed(words)
        places = np.searchsorted(self._terms, said)
        places = places[self._terms[np.minimum(places, len(self._terms) - 1)] == said]
        logits = weights @ vector + bias + self._term_weights[places].sum(axis=0) / max(1, len(places)) ** 0.5
        return dict(zip(TONES, map(float, _probability(logits)), strict=True))

    def hedged(self, vector: Vector) -> float:
        """Return the probability that a sentence takes back a part of what it says."""
        weights, bias = self._hedged
        return float(_probability(weights @ vector + bias))

    def evasive(self, asked: Vector, answered: Vector, hints: Vector) -> float:
        """Return the probability that an answer leaves a question open; ``hints`` as of ``answering``."""
        weights, bias = self._evasive
        return float(_probability(weights @ evasion_figures(asked, answered, hints) + bias))


def together(vectors: Sequence[Vector]) -> Vector:
    """Return one vector, of length one, for sentences said one after the other."""
    total = np.sum(vectors, axis=0, dtype=np.float32)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), np.float32)


def evasion_figures(asked: Vector, answered: Vector, hints: Vector) -> Vector:
    """Return what the head of evasion sees: both vectors, how close they are, and the hints."""
    return np.concatenate((asked, answered, [asked @ answered], hints)).astype(np.float32)


def hashed(words: str) -> NDArray[np.uint32]:
    """Return a number for each different word and pair of neighbours: smaller than a list of them."""
    return np.array(sorted({zlib.crc32(term.encode()) for term in terms_of(words)}), np.uint32)


def _probability(logits: NDArray[np.floating] | float) -> NDArray[np.floating]:
    return 1.0 / (1.0 + np.exp(-np.asarray(logits, np.float64)))


def _damaged(path: Path) -> ModelError:
    return ModelError(
        f"The file {path}, by which words are read, is missing or belongs to another version; "
        "check it with: roomtone models verify",
        code="reading_model_damaged",
    )
