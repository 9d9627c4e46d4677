"""Labelled sentences for training and judging the recognition of acts.

A label is 1, 0, or -1 where a corpus does not tell; rows are sentences, columns :data:`HEADS`.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roomtone.types import PUSHBACKS, Act, Speaker

OWN = Path(__file__).with_name("acts_sentences.tsv")
SEED = 7

HEADS = tuple(act for act in Act if act not in (Act.BACKCHANNEL, Act.OPEN_QUESTION, Act.CLOSED_QUESTION))
"""What has a head; the form of a sentence alone decides about the rest."""

UNTOLD = {
    Act.COMMITMENT: (Act.NEXT_STEP, Act.PRICE),
    Act.NEXT_STEP: (Act.COMMITMENT,),
    Act.BUYING_SIGNAL: (Act.NEXT_STEP, Act.PRICE),
    Act.PUSHBACK_PRICE: (Act.PRICE,),
    Act.ACKNOWLEDGEMENT: (Act.FEELING_QUESTION,),
    Act.CONFUSION: PUSHBACKS,
    Act.PUSHBACK_OTHER: (Act.CONFUSION,),
}
"""Of own sentences: acts that may well be in a sentence of this act, and were not labelled there."""

CASINO_UNTOLD = (*PUSHBACKS, Act.COMMITMENT, Act.ACKNOWLEDGEMENT, Act.SMALL_TALK)
"""Of a CaSiNo sentence: campers refuse, promise and understand, and the labels do not say so."""
PERSUASION = {
    "credibility-appeal": Act.PITCH,
    "greeting": Act.SMALL_TALK,
}
"""PersuasionForGood's labels that are an act of ours."""
PERSUASION_UNTOLD = {
    "donation-information": (Act.PITCH, Act.PRICE),
    "logical-appeal": (Act.PITCH,),
    "emotion-appeal": (Act.PITCH,),
    "negative-reaction-to-donation": (*PUSHBACKS, Act.CONFUSION),
    "neutral-reaction-to-donation": (*PUSHBACKS, Act.CONFUSION),
    "disagree-donation": PUSHBACKS,
    "disagree-donation-more": PUSHBACKS,
    "source-related-inquiry": PUSHBACKS,
    "ask-org-info": (*PUSHBACKS, Act.CONFUSION),
    "agree-donation": (Act.COMMITMENT, Act.BUYING_SIGNAL),
    "provide-donation-amount": (Act.COMMITMENT,),
    "ask-donation-procedure": (Act.BUYING_SIGNAL, Act.CONFUSION),
    "positive-reaction-to-donation": (Act.BUYING_SIGNAL, Act.ACKNOWLEDGEMENT),
    "acknowledgement": (Act.ACKNOWLEDGEMENT, Act.BUYING_SIGNAL),
    "praise-user": (Act.ACKNOWLEDGEMENT,),
    "personal-related-inquiry": (Act.SMALL_TALK,),
    "comment-partner": (Act.ACKNOWLEDGEMENT, Act.SMALL_TALK),
    "off-task": HEADS,
    "other": HEADS,
    "you-are-welcome": (Act.SMALL_TALK,),
    "thank": (Act.SMALL_TALK,),
    "closing": (Act.SMALL_TALK, Act.NEXT_STEP),
}

EMOTIONS_UNTOLD = (Act.SMALL_TALK, Act.ACKNOWLEDGEMENT, Act.FEELING_QUESTION)
EMOTIONS_FEWEST_WORDS = 3

Labels = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One labelled sentence: of ``acts`` the labelled ones, of ``untold`` nothing is known."""

    text: str
    corpus: str
    side: Speaker
    acts: tuple[Act, ...]
    untold: tuple[Act, ...] = ()
    promise: str = ""

    @property
    def labels(self) -> Labels:
        """The row of the label matrix."""
        row = np.zeros(len(HEADS), np.int8)
        for place, act in enumerate(HEADS):
            row[place] = 1 if act in self.acts else -1 if act in self.untold else 0
        return row

    @property
    def kind(self) -> Act | None:
        """Its kind of push-back, None for none."""
        return next((act for act in self.acts if act in PUSHBACKS), None)


def own(part: str) -> list[Sentence]:
    """Return the own sentences of a part, ``train`` or ``test``."""
    with OWN.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["part"] == part]
    sentences = []
    for row in rows:
        acts = () if row["acts"] == "-" else tuple(map(Act, row["acts"].split(",")))
        untold = tuple(other for act in acts for other in UNTOLD.get(act, ()))
        side = Speaker.UNKNOWN if row["side"] == "both" else Speaker(row["side"])
        promise = "" if row["promise"] == "-" else row["promise"]
        sentences.append(Sentence(row["text"], "own", side, acts, untold, promise))
    return sentences


def casino(folder: Path) -> Iterator[Sentence]:
    """Yield the sentences of CaSiNo's training part that say something on our acts."""
    for text, labels, *_ in _rows(folder / "casino" / "train.tsv"):
        if labels == "small-talk":
            yield Sentence(text, "casino", Speaker.UNKNOWN, (Act.SMALL_TALK,), (Act.ACKNOWLEDGEMENT,))
        elif "small-talk" not in labels:
            yield Sentence(text, "casino", Speaker.UNKNOWN, (), CASINO_UNTOLD)


def persuasion(folder: Path) -> Iterator[Sentence]:
    """Yield the sentences of PersuasionForGood; the persuader sells, the other one is sold to."""
    for text, label, *_ in _rows(folder / "persuasion4good" / "all.tsv"):
        role, _, name = label.partition(":")
        acts = (PERSUASION[name],) if name in PERSUASION else ()
        side = Speaker.SELLER if role == "ER" else Speaker.CUSTOMER
        yield Sentence(text, "persuasion", side, acts, PERSUASION_UNTOLD.get(name, ()))


def emotions(folder: Path) -> Iterator[Sentence]:
    """Yield what people wrote under posts, of GoEmotions: talk of all sorts in which nothing is sold."""
    for text, labels, *_ in _rows(folder / "goemotions_ekman" / "dev.tsv"):
        if len(text.split()) >= EMOTIONS_FEWEST_WORDS:
            untold = EMOTIONS_UNTOLD + ((Act.CONFUSION,) if "surprise" in labels else ())
            yield Sentence(text, "emotions", Speaker.UNKNOWN, (), untold)


def _rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE) if len(row) > 1]
