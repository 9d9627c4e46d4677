"""The part of the reading that goes by the meaning of words: tones of a sentence, from GoEmotions."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

import reading_answers
from reading_corpus import Array
from roomtone.acts.embedding import SentenceEmbedding
from roomtone.speech.word_heads import FEELINGS, FILE, TONES, hashed
from roomtone.spoken import spoken

AGAINST = frozenset({"anger", "disgust", "fear", "sadness"})
"""Feelings that speak against what they are about."""
FEWEST_TIMES = 8
"""A word or pair must stand in so many texts to have a weight; with 2 the figures are the same."""
VECTOR_SCALE, VECTOR_PENALTY, TERM_PENALTY = 6.0, 0.3, 3.0
"""Inverse strengths of regularisation (scikit-learn's C), beside vectors of length ``VECTOR_SCALE``."""
VECTOR_SHARE = 0.4
"""Of the sum of both logits: chosen on the development set, where 0.3 to 0.5 are alike."""
TERM_STEPS = 127
"""Weights of terms are kept in whole numbers up to this."""


@dataclass(frozen=True)
class Tones:
    """One linear model a column, over the vector and the terms of a text."""

    vector_weights: Array
    """Shape ``(tones, width)``."""
    terms: NDArray[np.uint32]
    term_weights: Array
    """Shape ``(terms, tones)``."""
    bias: Array

    def logits(self, words: Sequence[str], vectors: Array) -> Array:
        """Return them, of shape ``(texts, tones)``."""
        terms = counted(words, self.terms) @ self.term_weights
        return vectors @ self.vector_weights.T + terms + self.bias


def read_tsv(file: Path, column: int = 1) -> tuple[list[str], list[str]]:
    """Return the texts, which are the first column, and another column."""
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").split("\n") if line]
    return [row[0] for row in rows], [row[column] for row in rows]


def vectors(texts: Sequence[str], embedding: Path, cache_in: Path) -> Array:
    """Return the vectors of texts as they would be spoken, from the cache when they are there."""
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    file = cache_in / f"vectors-{digest}.npy"
    if not file.exists():
        model = SentenceEmbedding(embedding)
        cache_in.mkdir(parents=True, exist_ok=True)
        np.save(file, np.array([model.embed(spoken(text)) for text in texts], np.float16))
    return np.load(file).astype(np.float64)


def counted(words: Sequence[str], terms: NDArray[np.uint32]) -> sparse.csr_matrix:
    """Return which of the terms are in each text, rows of length one."""
    place = {int(term): number for number, term in enumerate(terms)}
    found = [[place[term] for term in hashed(text).tolist() if term in place] for text in words]
    lengths = [len(one) for one in found]
    values = np.repeat([max(1, length) ** -0.5 for length in lengths], lengths)
    columns = np.concatenate([np.array(one, int) for one in found])
    return sparse.csr_matrix(
        (values, columns, np.concatenate(([0], np.cumsum(lengths)))), shape=(len(words), len(terms))
    )


def fit(words: Sequence[str], seen: Array, wanted: Array, fewest_times: int = FEWEST_TIMES) -> Tones:
    """Return a model for each column of ``wanted``, which has the shape ``(texts, columns)``."""
    counts = Counter(term for text in words for term in hashed(text).tolist())
    terms = np.array(sorted(term for term, count in counts.items() if count >= fewest_times), np.uint32)
    by_terms = counted(words, terms)
    weights, term_weights, bias = [], [], []
    for column in wanted.T:
        meaning = LogisticRegression(C=VECTOR_PENALTY, max_iter=200, tol=1e-3)
        meaning.fit(VECTOR_SCALE * seen, column)
        wording = LogisticRegression(C=TERM_PENALTY, solver="liblinear").fit(by_terms, column)
        weights.append(VECTOR_SHARE * VECTOR_SCALE * meaning.coef_[0])
        term_weights.append((1 - VECTOR_SHARE) * wording.coef_[0])
        bias.append(VECTOR_SHARE * meaning.intercept_[0] + (1 - VECTOR_SHARE) * wording.intercept_[0])
    return Tones(np.array(weights), terms, np.array(term_weights).T, np.array(bias))


def calibrated(model: Tones, words: Sequence[str], seen: Array, wanted: Array) -> Tones:
    """Return the model with a slope and a bias for each column that fit texts not trained on."""
    slopes, bias = [], []
    for logits, column in zip(model.logits(words, seen).T, wanted.T, strict=True):
        line = LogisticRegression(C=1e6).fit(logits[:, None], column)
        slopes.append(line.coef_[0, 0])
        bias.append(line.intercept_[0])
    slope = np.array(slopes)
    return Tones(
        model.vector_weights * slope[:, None],
        model.terms,
        model.term_weights * slope,
        model.bias * slope + np.array(bias),
    )


def tones(labels: Sequence[str]) -> Array:
    """Return which of ``TONES`` each text of GoEmotions has."""
    feelings = [set(one.split(",")) for one in labels]
    return np.array([[*(name in one for name in FEELINGS), bool(one & AGAINST)] for one in feelings])


def taught(folder: Path, embedding: Path, cache_in: Path) -> Tones:
    """Return the tones trained on GoEmotions and calibrated on its development set."""
    sets = [read_tsv(folder / f"{name}.tsv") for name in ("train", "dev")]
    (train, wanted), (dev, held_out) = [
        ([spoken(text) for text in texts], tones(labels)) for texts, labels in sets
    ]
    seen, unseen = (vectors(texts, embedding, cache_in) for texts, _ in sets)
    return calibrated(fit(train, seen, wanted), dev, unseen, held_out)


def train(text: Path, embedding: Path, cache_in: Path, output: Path) -> None:
    """Train all heads of words and write them into one file."""
    model = taught(text / "goemotions_ekman", embedding, cache_in)
    scale = np.abs(model.term_weights).max(axis=0) / TERM_STEPS
    file = output / FILE
    with file.open("wb") as stream:
        np.savez_compressed(
            stream,
            tones=np.array(TONES),
            tone_weights=model.vector_weights.astype(np.float16),
            tone_bias=model.bias.astype(np.float32),
            terms=model.terms,
            term_weights=np.round(model.term_weights / scale).astype(np.int8),
            term_scale=scale.astype(np.float32),
            **reading_answers.heads(text, lambda texts: vectors(texts, embedding, cache_in)),
        )
    print(f"wrote {file.name}, {file.stat().st_size} bytes, {len(model.terms)} terms")
