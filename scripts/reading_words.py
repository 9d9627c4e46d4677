"""The part of the reading that goes by the meaning of words: a linear head on sentence embeddings."""

import hashlib
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from reading_corpus import Array, Rows
from roomtone.acts.embedding import SentenceEmbedding
from roomtone.speech.wording import FEELINGS, FILE
from roomtone.spoken import spoken

FEELING_OF_LABEL = {
    "neutral": "neutral",
    "joy": "glad",
    "anger": "angry",
    "disgust": "angry",
    "sadness": "sad",
    "fear": "afraid",
    "surprise": "surprised",
}
MOST_TEXTS = 15_000
"""Of a set to train on: what more of them teach a linear head is less than the noise of the labels."""
PENALTY = 1.0
"""Inverse strength of regularisation (scikit-learn's C)."""


def read_tsv(file: Path) -> tuple[list[str], list[str]]:
    """Return the texts and the labels, the first two columns, of the first ``MOST_TEXTS`` lines."""
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").split("\n") if line][:MOST_TEXTS]
    return [row[0] for row in rows], [row[1] for row in rows]


def vectors(texts: list[str], embedding: Path, cache_in: Path) -> Array:
    """Return the vectors of texts as they would be spoken, from the cache when they are there."""
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    file = cache_in / f"vectors-{digest}.npy"
    if not file.exists():
        model = SentenceEmbedding(embedding)
        cache_in.mkdir(parents=True, exist_ok=True)
        np.save(file, np.array([model.embed(spoken(text)) for text in texts], np.float16))
    return np.load(file).astype(np.float64)


def feelings(labels: list[str]) -> Rows:
    """Return the number of each text's feeling, -1 where there is none or more than one."""
    found = [{FEELING_OF_LABEL[name] for name in one.split(",")} for one in labels]
    return np.array([FEELINGS.index(next(iter(one))) if len(one) == 1 else -1 for one in found])


def fit(seen: Array, wanted: Rows) -> LogisticRegression:
    """Return the head trained on texts with one feeling; rare feelings weigh as much as common ones."""
    known = wanted >= 0
    head = LogisticRegression(C=PENALTY, max_iter=200, class_weight="balanced", tol=1e-3)
    return head.fit(seen[known], wanted[known])


def train(text: Path, embedding: Path, cache_in: Path, output: Path) -> None:
    """Train on GoEmotions and write the head."""
    texts, labels = read_tsv(text / "goemotions_ekman" / "train.tsv")
    head = fit(vectors(texts, embedding, cache_in), feelings(labels))
    file = output / FILE
    with file.open("wb") as stream:
        np.savez(
            stream,
            feelings=np.array(FEELINGS),
            weights=head.coef_.astype(np.float16),
            bias=head.intercept_.astype(np.float32),
        )
    print(f"wrote {file.name}, {file.stat().st_size} bytes, from {len(texts)} texts")
