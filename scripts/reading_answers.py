"""Hedging, and answers that leave a question open: own sentences, and the heads trained on them."""

import csv
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from reading_corpus import SEED, Array, Rows
from roomtone.acts.questions import kind
from roomtone.speech import answering, wording
from roomtone.speech.word_heads import evasion_figures, together
from roomtone.spoken import spoken
from roomtone.types import Question, QuestionKind

OWN = Path(__file__).with_name("reading_sentences.tsv")
FOLDS = 5
PRECISION = 0.95
"""Aimed at across folds of the training part."""
LOWEST_HEDGED, LOWEST_EVASIVE = 0.7, 0.9
"""No threshold is lower, whatever the folds say: in a call, plain sentences are a far larger part. From
0.7 on 22 of 187 plain answers to a seller were told as evasive, from 0.9 on 2."""
OTHERS = 500
"""Exchanges of PersuasionForGood: people who answer a stranger's questions, mostly to the point."""
OTHERS_WEIGHT = 0.4
"""Of one of these: some do evade, and nobody labelled them for it."""
VECTOR_SCALE = 2.0
EVASION_PENALTY, HEDGING_PENALTY = 1.0, 3.0
"""Inverse strengths of regularisation (scikit-learn's C)."""
OPENINGS = (
    "well", "oh", "um well", "you know", "i mean", "so", "honestly", "yeah", "okay so", "to be honest",
    "oh you know", "let me see",
)  # fmt: skip
"""Say nothing by themselves: put before sentences of both kinds, so that the heads learn it."""

Vectors = Callable[[Sequence[str]], Array]
"""Gives the vectors of texts as they would be spoken."""


@dataclass(frozen=True)
class Sentence:
    """A sentence and whether it is what a head looks for: hedged, or evasive as an answer."""

    text: str
    found: bool
    question: Question | None = None
    weight: float = 1.0
    source: int = 0
    """Number of the question or of the sentence it belongs to, for folds."""


def own(part: str, yes: str, no: str) -> list[Sentence]:
    """Return the own sentences of a part, ``train`` or ``test``, with one of two labels."""
    with OWN.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    chosen = [row for row in rows if row["part"] == part and row["label"] in (yes, no)]
    sources: dict[str, int] = {}
    sentences = []
    for row in chosen:
        question = None if row["question"] == "-" else asked(row["question"])
        source = sources.setdefault(question.text if question else row["text"], len(sources))
        sentences.append(Sentence(row["text"], row["label"] == yes, question, source=source))
    return sentences


def asked(text: str) -> Question:
    """Return a question as the line hands it to the reading."""
    return Question(text, kind(text, spoken(text)) or QuestionKind.CLOSED)


def exchanges(file: Path) -> list[Sentence]:
    """Return questions of persuaders and the answers to them, but for reluctant ones."""
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    turns = [(who, list(said)) for who, said in groupby(rows, key=lambda row: (row[2], row[1][:2]))]
    found = []
    for ((talk, role), said), ((next_talk, _), replies) in pairwise(turns):
        is_reluctant = any("reaction" in row[1] or "disagree" in row[1] for row in replies)
        answer = " ".join(row[0] for row in replies)
        answers = talk == next_talk and role == "ER" and said[-1][0].rstrip().endswith("?")
        if answers and not is_reluctant and len(answer.split()) <= answering.MOST_WORDS:
            found.append(Sentence(answer, found=False, question=asked(said[-1][0]), weight=OTHERS_WEIGHT))
    return random.Random(SEED).sample(found, OTHERS)  # noqa: S311 - no secret


def spoilt(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """Yield each sentence as it is, with words before it, and with words lost, a third of the weight each."""
    dice = random.Random(SEED)  # noqa: S311 - no secret
    for sentence in sentences:
        words = sentence.text.split()
        kept = [word for word in words if dice.random() > 0.12]
        texts = (
            sentence.text,
            f"{dice.choice(OPENINGS)} {sentence.text}",
            " ".join(kept if len(kept) > 1 else words),
        )
        yield from (replace(sentence, text=text, weight=1 / len(texts)) for text in texts)


def hedging(sentences: Sequence[Sentence], vectors: Vectors) -> Array:
    """Return what the head of hedging sees."""
    return VECTOR_SCALE * vectors([sentence.text for sentence in sentences])


def evasion(sentences: Sequence[Sentence], vectors: Vectors) -> Array:
    """Return what the head of evasion sees, figures scaled alike."""
    questions = [sentence.question for sentence in sentences]
    cut = [wording.sentences(sentence.text) for sentence in sentences]
    of_answers = np.split(
        vectors([one for some in cut for one in some]), np.cumsum([len(some) for some in cut])
    )
    rows = zip(
        vectors([question.text for question in questions]),
        map(together, of_answers[:-1]),
        (answering.hints(sentence.question, sentence.text) for sentence in sentences),
        strict=True,
    )
    figures = np.array([evasion_figures(*row) for row in rows], np.float64)
    return figures * scales(figures.shape[1])


def scales(width: int) -> Array:
    """Return what the figures of an exchange are multiplied with: the hints are 0 or 1 already."""
    return np.where(np.arange(width) < width - len(answering.HINTS), VECTOR_SCALE, 1.0)


def fit(seen: Array, sentences: Sequence[Sentence], penalty: float) -> LogisticRegression:
    """Return the head trained on what it sees of sentences."""
    wanted = [sentence.found for sentence in sentences]
    return LogisticRegression(C=penalty, max_iter=2000).fit(
        seen, wanted, [sentence.weight for sentence in sentences]
    )


@dataclass(frozen=True)
class Task:
    """One of the two heads and what it is trained on."""

    name: str
    labels: tuple[str, str]
    see: Callable[[Sequence[Sentence], Vectors], Array]
    penalty: float
    lowest: float
    """No threshold is lower."""
    judged: Callable[[Sentence], bool]
    """Whether the head is asked about a sentence at all."""


HEDGED = Task("hedged", ("hedged", "plain"), hedging, HEDGING_PENALTY, LOWEST_HEDGED, lambda _: True)
EVASIVE = Task(
    "evasive",
    ("evasive", "clear"),
    evasion,
    EVASION_PENALTY,
    LOWEST_EVASIVE,
    lambda one: answering.may_leave_open(one.question, one.text),
)


def taught(
    task: Task, sentences: Sequence[Sentence], others: Sequence[Sentence], vectors: Vectors
) -> LogisticRegression:
    """Return the head trained on own sentences, spoilt as well, and on the others."""
    everything = [*spoilt(sentences), *others]
    return fit(task.see(everything, vectors), everything, task.penalty)


def probabilities(
    task: Task, head: LogisticRegression, sentences: Sequence[Sentence], vectors: Vectors
) -> Array:
    """Return what the head says of each sentence, 0 where it is not asked."""
    said = head.predict_proba(task.see(sentences, vectors))[:, 1]
    return np.where([task.judged(sentence) for sentence in sentences], said, 0.0)


def across_folds(
    task: Task, sentences: Sequence[Sentence], others: Sequence[Sentence], vectors: Vectors
) -> Array:
    """Return what heads trained on other questions say of each sentence."""
    sources = np.array([sentence.source for sentence in sentences])
    fold = np.random.default_rng(SEED).permutation(sources.max() + 1)[sources] % FOLDS
    said = np.zeros(len(sentences))
    for one in range(FOLDS):
        inside = [sentence for sentence, where in zip(sentences, fold, strict=True) if where != one]
        held_out = [sentence for sentence, where in zip(sentences, fold, strict=True) if where == one]
        head = taught(task, inside, others, vectors)
        said[fold == one] = probabilities(task, head, held_out, vectors)
    return said


def threshold(task: Task, said: Array, wanted: Rows) -> float:
    """Return the lowest threshold a task allows that has the precision aimed at."""
    tried = np.arange(task.lowest, 0.99, 0.01)
    return float(next((one for one in tried if np.mean(wanted[said >= one]) >= PRECISION), tried[-1]))


def heads(text: Path, vectors: Vectors) -> dict[str, Array]:
    """Return the arrays of both heads, with their thresholds, and print how good they are across folds."""
    others = exchanges(text / "persuasion4good" / "all.tsv")
    arrays = {}
    for task in (HEDGED, EVASIVE):
        sentences = own("train", *task.labels)
        wanted = np.array([sentence.found for sentence in sentences])
        said = across_folds(task, sentences, others, vectors)
        least = threshold(task, said, wanted)
        told = said >= least
        print(f"{task.name}: from {least:.2f} on, precision {np.mean(wanted[told]):.2f},", end=" ")
        print(f"recall {np.mean(told[wanted]):.2f} across folds of {len(sentences)}")
        head = taught(task, sentences, others, vectors)
        width = head.coef_.shape[1]
        scale = scales(width) if task is EVASIVE else VECTOR_SCALE
        arrays[f"{task.name}_weights"] = (head.coef_[0] * scale).astype(np.float16)
        arrays[f"{task.name}_bias"] = head.intercept_[0].astype(np.float32)
        arrays[f"{task.name}_least"] = np.array(least)
    return arrays
