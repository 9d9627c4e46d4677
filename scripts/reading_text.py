"""How much the words alone tell, on labelled text, beside a count of words and published figures."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

import reading_answers
from reading_answers import EVASIVE, HEDGED, Sentence, Task
from reading_corpus import SEED, Array, Rows
from reading_words import fit, read_tsv, taught, tones, vectors
from roomtone.speech import wording
from roomtone.speech.cues import HEDGE
from roomtone.speech.word_heads import FEELINGS, NEGATIVE, TONES
from roomtone.spoken import spoken

TRIED = np.arange(0.1, 0.96, 0.025)
FEWEST_TIMES = 2
"""Of MELD, which is smaller than what the shipped heads were trained on."""
EVASION_FOLDS = 5
EVASION_REPEATS = 5
TELEPHONE_FROM = 55_000
"""Sentences of telephone talk before this were looked at while the heads were made."""
TELEPHONE_MOST = 2_000
PUBLISHED_EVASION = "0.73 on 3 classes, Llama-70b tuned"
NOT_SPOKEN = re.compile(r"[^\w\s']")

Line = tuple[str, str, str, str, str]
"""What, our figure, a word count's on text as written and as heard, published."""


def lines(text: Path, embedding: Path, cache_in: Path) -> Iterator[Line]:
    """Yield a line for each set of labelled text."""

    def embed(texts: Sequence[str]) -> Array:
        return vectors(texts, embedding, cache_in)

    yield from _feelings(text, embedding, cache_in)
    for column, what, published in ((1, "7 emotions", "0.62-0.68"), (2, "evaluation", "")):
        yield _meld(text / "meld", column, what, published, embed)
    yield _politicians(text / "evasion", embed)
    others = reading_answers.exchanges(text / "persuasion4good" / "all.tsv")
    for task in (EVASIVE, HEDGED):
        yield from _own(task, others, embed)
    yield from _telephone(text / "swda" / "train.tsv", others, embed)


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


def _by_words(train: Sequence[str], wanted: Array, *others: Sequence[str]) -> list[Array]:
    """Return the log-odds that a word count gives each column of ``wanted`` on other texts."""
    counts = _word_counts()
    seen, unseen = counts.fit_transform(train), [counts.transform(texts) for texts in others]
    heads = [LogisticRegression(C=3.0, solver="liblinear").fit(seen, column) for column in wanted.T]
    return [np.array([head.decision_function(texts) for head in heads]).T for texts in unseen]


def _feelings(text: Path, embedding: Path, cache_in: Path) -> Iterator[Line]:
    """Yield what the shipped tones reach on GoEmotions, and on dialogue they were not trained on."""
    folder = text / "goemotions_ekman"
    model = taught(folder, embedding, cache_in)

    def said(file: Path) -> Array:
        texts, _ = read_tsv(file)
        return model.logits([spoken(one) for one in texts], vectors(texts, embedding, cache_in))

    sets = {name: read_tsv(folder / f"{name}.tsv") for name in ("train", "dev", "test")}
    wanted = {name: tones(labels)[:, : len(FEELINGS)] for name, (_, labels) in sets.items()}

    def score(dev: Array, test: Array) -> str:
        columns = range(len(FEELINGS))
        least = [
            max(_logit(TRIED), key=lambda one: f1_score(wanted["dev"][:, n], dev[:, n] >= one))
            for n in columns
        ]
        return f"{f1_score(wanted['test'], test[:, columns] >= np.array(least), average='macro'):.3f}"

    by_words = []
    for change in (str, as_heard):
        train, *others = (_changed(sets[name][0], change) for name in ("train", "dev", "test"))
        by_words.append(score(*_by_words(train, wanted["train"], *others)))
    ours = score(said(folder / "dev.tsv"), said(folder / "test.tsv"))
    yield ("GoEmotions, Ekman, test: macro-F1, shipped heads", ours, *by_words, "BERT 0.62-0.64")
    yield from _shipped_on_dialogue(text / "meld", said)


def _shipped_on_dialogue(folder: Path, said: Callable[[Path], Array]) -> Iterator[Line]:
    """Yield evaluation by the shipped heads on MELD, thresholds set on its dev part, and what is told."""
    positive, negative = TONES.index("joy"), TONES.index(NEGATIVE)
    dev, test = (said(folder / f"{name}.tsv")[:, [positive, negative]] for name in ("dev", "test"))
    labels = [np.array(read_tsv(folder / f"{name}.tsv", 2)[1]) for name in ("dev", "test")]
    pairs = [(one, other) for one in _logit(TRIED) for other in _logit(TRIED)]
    least = max(pairs, key=lambda pair: f1_score(labels[0], _evaluation(dev, pair), average="weighted"))
    figure = f1_score(labels[1], _evaluation(test, least), average="weighted")
    yield ("MELD, evaluation, test: weighted F1, shipped heads", f"{figure:.3f}", "", "", "")
    texts, emotions = read_tsv(folder / "test.tsv")
    long_enough = np.array([len(text.split()) >= wording.FEWEST_WORDS for text in texts])
    probability = 1.0 / (1.0 + np.exp(-said(folder / "test.tsv")))
    told = []
    for state, feelings in (("glad", ["joy"]), ("angry", ["anger", "disgust"]), ("sad", ["sadness"])):
        columns = [TONES.index(feeling) for feeling in feelings]
        chosen = (probability[:, columns] >= [wording.LEAST[feeling] for feeling in feelings]).any(axis=1)
        told.append(_precision_recall(chosen & long_enough, np.isin(emotions, feelings), state))
    chosen = (probability[:, negative] >= wording.NEGATIVE_LEAST) & long_enough
    told.append(_precision_recall(chosen, labels[1] == "negative", "against"))
    yield ("MELD, what the shipped heads tell: precision/recall in %", ", ".join(told), "", "", "")


def _evaluation(logits: Array, least: tuple[float, float]) -> Array:
    """Return positive or negative, whichever is further beyond its threshold, or neutral."""
    beyond = logits - np.array(least)
    said = np.where(beyond[:, 0] > beyond[:, 1], "positive", "negative")
    return np.where(beyond.max(axis=1) < 0, "neutral", said)


def _meld(
    folder: Path, column: int, what: str, published: str, embed: Callable[[Sequence[str]], Array]
) -> Line:
    """Return what the same kind of model reaches when it is trained on MELD."""
    (train, labels), (test, truth) = (read_tsv(folder / f"{name}.tsv", column) for name in ("train", "test"))
    names = np.unique(labels)
    wanted = np.array(labels)[:, None] == names

    def score(logits: Array) -> str:
        return f"{f1_score(truth, names[logits.argmax(axis=1)], average='weighted'):.3f}"

    model = fit([spoken(text) for text in train], embed(train), wanted, FEWEST_TIMES)
    ours = score(model.logits([spoken(text) for text in test], embed(test)))
    by_words = [
        score(_by_words(_changed(train, change), wanted, _changed(test, change))[0])
        for change in (str, as_heard)
    ]
    return (f"MELD, {what}, test: weighted F1, trained on MELD", ours, *by_words, published)


def _politicians(folder: Path, embed: Callable[[Sequence[str]], Array]) -> Line:
    """Return how well evasion is told in interviews, in folds by answer; two of three annotators decide."""
    rows = [json.loads(line) for line in (folder / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    evasive = [sum(label.startswith("2") for label in row["labels"]) >= 2 for row in rows]
    answers = np.unique([row["answer"] for row in rows], return_inverse=True)[1]
    sentences = [
        Sentence(row["answer"], found, reading_answers.asked(row["question"]))
        for row, found in zip(rows, evasive, strict=True)
    ]
    counted = [
        _word_counts().fit_transform([change(f"{row['question']} {row['answer']}") for row in rows])
        for change in (str, as_heard)
    ]
    seen = reading_answers.evasion(sentences, embed)
    figures = [
        _over_answers(one, penalty, evasive, answers)
        for one, penalty in ((seen, 0.03), *((one, 3.0) for one in counted))
    ]
    return ("evasion, politicians, folds by answer: macro-F1", *figures, PUBLISHED_EVASION)


def _over_answers(seen: Array, penalty: float, evasive: Sequence[bool], answers: Rows) -> str:
    logistic = LogisticRegression(C=penalty, max_iter=1000, class_weight="balanced")
    wanted, scores = np.array(evasive), []
    for repeat in range(EVASION_REPEATS):
        fold = np.random.default_rng((SEED, repeat)).permutation(answers.max() + 1)[answers] % EVASION_FOLDS
        said = np.zeros_like(wanted)
        for one in range(EVASION_FOLDS):
            logistic.fit(seen[fold != one], wanted[fold != one])
            said[fold == one] = logistic.predict(seen[fold == one])
        scores.append(f1_score(wanted, said, average="macro"))
    return f"{np.mean(scores):.3f}"


def _own(task: Task, others: Sequence[Sentence], embed: Callable[[Sequence[str]], Array]) -> Iterator[Line]:
    """Yield how well a head does on own sentences of other businesses, as written and as heard."""
    train, test = (reading_answers.own(part, *task.labels) for part in ("train", "test"))
    wanted = np.array([sentence.found for sentence in test])
    least = reading_answers.threshold(
        task, reading_answers.across_folds(task, train, others, embed), np.array([one.found for one in train])
    )
    head = reading_answers.taught(task, train, others, embed)
    for change, heard in ((str, "as written"), (as_heard, "as heard")):
        said = reading_answers.probabilities(task, head, [_rewritten(one, change) for one in test], embed)
        by_words = _by_words(
            [change(one.text) for one in train],
            np.array([[one.found for one in train]]).T,
            [change(one.text) for one in test],
        )[0][:, 0]
        yield (
            f"{task.name}, own sentences, {heard}: macro-F1",
            f"{f1_score(wanted, said >= 0.5, average='macro'):.3f}",
            f"{f1_score(wanted, by_words >= 0, average='macro'):.3f}",
            "",
            "",
        )
        yield (
            f"  from {least:.2f}: precision/recall in %",
            _precision_recall(said >= least, wanted),
            _precision_recall(by_words >= _logit(least), wanted),
            "",
            "",
        )
    if task is HEDGED:
        hedges = np.array([len(HEDGE.findall(one.text)) for one in test])
        figures = [
            f"{fewest}: {f1_score(wanted, hedges >= fewest, average='macro'):.3f}, "
            f"{_precision_recall(hedges >= fewest, wanted)}"
            for fewest in (1, 2)
        ]
        yield ("  the word list, from so many on: macro-F1, precision/recall", "; ".join(figures), "", "", "")


def _telephone(
    file: Path, others: Sequence[Sentence], embed: Callable[[Sequence[str]], Array]
) -> Iterator[Line]:
    """Yield how often the heads find something in answers to a stranger who only chats."""
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()][TELEPHONE_FROM:]
    turns = [(who, list(said)) for who, said in groupby(rows, key=lambda row: (row[2], row[3]))]
    answers = [
        Sentence(" ".join(row[0] for row in reply), False, reading_answers.asked(said[-1][0]))
        for ((talk, _), said), ((next_talk, _), reply) in pairwise(turns)
        if talk == next_talk and said[-1][1].startswith("q")
    ][:TELEPHONE_MOST]
    for task in (EVASIVE, HEDGED):
        train = reading_answers.own("train", *task.labels)
        truth = np.array([one.found for one in train])
        said = reading_answers.across_folds(task, train, others, embed)
        least = reading_answers.threshold(task, said, truth)
        asked = [one for one in answers if task.judged(one)]
        head = reading_answers.taught(task, train, others, embed)
        told = np.sum(reading_answers.probabilities(task, head, asked, embed) >= least)
        texts = [[one.text for one in some] for some in (train, answers)]
        by_words = [
            _by_words(_changed(texts[0], change), truth[:, None], _changed(texts[1], change))
            for change in (str, as_heard)
        ]
        yield (
            f"{task.name}, found in {len(answers)} answers on the telephone, in %",
            f"{100 * told / len(answers):.1f}",
            *(f"{100 * np.mean(one[0] >= _logit(least)):.1f}" for one in by_words),
            "",
        )
    hedges = np.array([len(HEDGE.findall(one.text)) for one in answers])
    figures = "; ".join(f"{fewest}: {100 * np.mean(hedges >= fewest):.1f}" for fewest in (1, 2))
    yield ("  hedges of the word list, from so many on", figures, "", "", "")


def _rewritten(sentence: Sentence, change: Callable[[str], str]) -> Sentence:
    question = sentence.question and replace(sentence.question, text=change(sentence.question.text))
    return replace(sentence, text=change(sentence.text), question=question)


def _changed(texts: Sequence[str], change: Callable[[str], str]) -> list[str]:
    return [change(text) for text in texts]


def _precision_recall(chosen: Array, wanted: Array, name: str = "") -> str:
    precision = 100 * np.mean(wanted[chosen]) if chosen.any() else 0.0
    return f"{name} {precision:.0f}/{100 * np.mean(chosen[wanted]):.0f}".strip()


def _logit(probability: Array | float) -> Array:
    return np.log(np.asarray(probability) / (1.0 - np.asarray(probability)))
