"""How much the words alone tell, on labelled text, beside a word count and published figures."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier

from reading_corpus import SEED, Array, Rows
from reading_words import feelings, fit, read_tsv, vectors
from roomtone.speech.wording import FEELINGS

EKMAN = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
TRIED = np.arange(0.3, 0.96, 0.05)
EVASION_FOLDS = 5
EVASION_REPEATS = 5
NOT_SPOKEN = re.compile(r"[^\w\s']")

Line = tuple[str, str, str, str, str]
"""What, the embedding's figure, the word count's on text as written and as heard, published."""


def lines(text: Path, embedding: Path, cache_in: Path) -> Iterator[Line]:
    """Yield a line for each set of labelled text."""
    yield _goemotions(text / "goemotions_ekman", embedding, cache_in)
    yield from _meld(text / "meld", embedding, cache_in, text / "goemotions_ekman")
    yield _evasion(text / "evasion", embedding, cache_in)


def as_heard(text: str) -> str:
    """Return text as a recogniser without punctuation writes it."""
    return " ".join(NOT_SPOKEN.sub(" ", text.lower()).split())


def _word_counts() -> TfidfVectorizer:
    """Return a count of words, marks and their neighbours; text as heard has no marks and no capitals."""
    words_and_marks = re.compile(r"[\w']+|[^\w\s]")
    return TfidfVectorizer(
        ngram_range=(1, 2),
        sublinear_tf=True,
        min_df=2,
        lowercase=False,
        tokenizer=words_and_marks.findall,
        token_pattern=None,
    )


def _goemotions(folder: Path, embedding: Path, cache_in: Path) -> Line:
    sets = {name: read_tsv(folder / f"{name}.tsv") for name in ("train", "dev", "test")}
    wanted = {
        name: np.array([[label in one.split(",") for label in EKMAN] for one in labels])
        for name, (_, labels) in sets.items()
    }

    def score(seen: dict[str, Array]) -> float:
        logistic = LogisticRegression(C=3.0, max_iter=200, class_weight="balanced", tol=1e-3)
        probabilities = OneVsRestClassifier(logistic).fit(seen["train"], wanted["train"])
        sure = {name: probabilities.predict_proba(seen[name]) for name in ("dev", "test")}
        # Balanced weights tell too often: the threshold of each label is the best one of the set for tuning.
        least = [
            max(TRIED, key=lambda one: f1_score(wanted["dev"][:, n], sure["dev"][:, n] >= one))
            for n in range(len(EKMAN))
        ]
        return float(f1_score(wanted["test"], sure["test"] >= np.array(least), average="macro"))

    by_meaning = score({name: vectors(texts, embedding, cache_in) for name, (texts, _) in sets.items()})
    by_words = _by_words({name: texts for name, (texts, _) in sets.items()}, score)
    return ("GoEmotions, Ekman, test: macro-F1", f"{by_meaning:.3f}", *by_words, "BERT 0.62-0.64")


def _by_words(texts: dict[str, list[str]], score: Callable[[dict[str, Array]], float]) -> tuple[str, str]:
    """Return the figure of a word count on text as written and as heard."""
    figures = []
    for change in (str, as_heard):
        counts = _word_counts()
        seen = {"train": counts.fit_transform(map(change, texts["train"]))}
        seen |= {name: counts.transform(map(change, texts[name])) for name in texts if name != "train"}
        figures.append(f"{score(seen):.3f}")
    return figures[0], figures[1]


def _meld(folder: Path, embedding: Path, cache_in: Path, taught_by: Path) -> Iterator[Line]:
    sets = {name: read_tsv(folder / f"{name}.tsv") for name in ("train", "test")}

    def score(seen: dict[str, Array]) -> float:
        logistic = LogisticRegression(C=3.0, max_iter=300, tol=1e-3)
        said = logistic.fit(seen["train"], sets["train"][1]).predict(seen["test"])
        return float(f1_score(sets["test"][1], said, average="weighted"))

    seen = {name: vectors(texts, embedding, cache_in) for name, (texts, _) in sets.items()}
    by_words = _by_words({name: texts for name, (texts, _) in sets.items()}, score)
    yield ("MELD, 7 emotions, test: weighted F1", f"{score(seen):.3f}", *by_words, "0.62-0.68")
    texts, labels = read_tsv(taught_by / "train.tsv")
    head = fit(vectors(texts, embedding, cache_in), feelings(labels))
    wanted = feelings(sets["test"][1])
    probabilities = head.predict_proba(seen["test"])
    said = probabilities.argmax(axis=1)
    recall = np.mean([np.mean(said[wanted == one] == one) for one in np.unique(wanted)])
    yield ("MELD by the shipped head, 6 feelings: UAR", f"{recall:.3f}", "", "", "chance 0.167")
    for least in (0.5, 0.55, 0.7):
        told = {}
        for name in ("glad", "angry", "sad"):
            one = FEELINGS.index(name)
            chosen = (said == one) & (probabilities[:, one] >= least)
            precision, recall = np.mean(wanted[chosen] == one), np.mean(chosen[wanted == one])
            told[name] = f"{name} {100 * precision:.0f}/{100 * recall:.0f}"
        yield (f"  from {least}: precision/recall in %", ", ".join(told.values()), "", "", "")


def _evasion(folder: Path, embedding: Path, cache_in: Path) -> Line:
    rows = [json.loads(line) for line in (folder / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    # Two of three annotators decide.
    evasive = np.array([sum(label.startswith("2") for label in row["labels"]) >= 2 for row in rows]).astype(
        int
    )
    answers = np.unique([row["answer"] for row in rows], return_inverse=True)[1]
    asked = vectors([row["question"] for row in rows], embedding, cache_in)
    answered = vectors([row["answer"] for row in rows], embedding, cache_in)
    both = np.concatenate((asked, answered), axis=1)
    counted = {
        change: _word_counts().fit_transform([change(f"{row['question']} {row['answer']}") for row in rows])
        for change in (str, as_heard)
    }
    logistic = LogisticRegression(C=3.0, max_iter=1000, class_weight="balanced")
    figures = [
        _over_answers(logistic, seen, evasive, answers) for seen in (both * np.sqrt(384), *counted.values())
    ]
    return (
        "evasion, clear against evasive, folds by answer: macro-F1",
        *figures,
        "0.73 on 3 classes, Llama-70b tuned",
    )


def _over_answers(logistic: LogisticRegression, seen: Array, wanted: Rows, answers: Rows) -> str:
    scores = []
    for repeat in range(EVASION_REPEATS):
        fold = np.random.default_rng((SEED, repeat)).permutation(answers.max() + 1)[answers] % EVASION_FOLDS
        said = np.zeros_like(wanted)
        for one in range(EVASION_FOLDS):
            logistic.set_params(C=0.003 if isinstance(seen, np.ndarray) else 3.0)
            said[fold == one] = logistic.fit(seen[fold != one], wanted[fold != one]).predict(
                seen[fold == one]
            )
        scores.append(f1_score(wanted, said, average="macro"))
    return f"{np.mean(scores):.3f}"
