"""Labelled sentences for training and judging the recognition of acts.

A label is 1, 0, or -1 where a corpus does not tell; rows are sentences, columns :data:`HEADS`.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roomtone.acts.heads import ANY_PUSHBACK
from roomtone.types import PUSHBACKS, Act, Speaker

OWN = Path(__file__).with_name("acts_sentences.tsv")
SEED = 7

HEADS = (
    ANY_PUSHBACK,
    *(
        act.value
        for act in Act
        if act not in (*PUSHBACKS, Act.BACKCHANNEL, Act.OPEN_QUESTION, Act.CLOSED_QUESTION)
    ),
)
"""What has a head; the form of a sentence alone decides about the rest."""

UNTOLD = {
    Act.COMMITMENT: (Act.NEXT_STEP, Act.PRICE),
    Act.NEXT_STEP: (Act.COMMITMENT,),
    Act.BUYING_SIGNAL: (Act.NEXT_STEP, Act.PRICE),
    Act.PUSHBACK_PRICE: (Act.PRICE,),
    Act.ACKNOWLEDGEMENT: (Act.FEELING_QUESTION,),
    Act.CONFUSION: (ANY_PUSHBACK,),
    Act.PUSHBACK_OTHER: (Act.CONFUSION,),
}
"""Of own sentences: acts that may well be in a sentence of this act, and were not labelled there."""

CASINO_UNTOLD = (ANY_PUSHBACK, Act.COMMITMENT, Act.ACKNOWLEDGEMENT, Act.SMALL_TALK)
"""Of a CaSiNo sentence: campers refuse, promise and understand, and the labels do not say so."""
PERSUASION = {
    "credibility-appeal": Act.PITCH,
    "greeting": Act.SMALL_TALK,
    "disagree-donation": ANY_PUSHBACK,
}
"""PersuasionForGood's labels that are an act of ours."""
PERSUASION_UNTOLD = {
    "donation-information": (Act.PITCH, Act.PRICE),
    "logical-appeal": (Act.PITCH,),
    "emotion-appeal": (Act.PITCH,),
    "negative-reaction-to-donation": (ANY_PUSHBACK, Act.CONFUSION),
    "neutral-reaction-to-donation": (ANY_PUSHBACK, Act.CONFUSION),
    "disagree-donation-more": (ANY_PUSHBACK,),
    "source-related-inquiry": (ANY_PUSHBACK,),
    "ask-org-info": (ANY_PUSHBACK, Act.CONFUSION),
    "agree-donation": (Act.COMMITMENT, Act.BUYING_SIGNAL),
    "provide-donation-amount": (Act.COMMITMENT,),
    "ask-donation-procedure": (Act.BUYING_SIGNAL, Act.CONFUSION),
    "positive-reaction-to-donation": (Act.BUYING_SIGNAL, Act.ACKNOWLEDGEMENT),
    "acknowledgement": (Act.ACKNOWLEDGEMENT, Act.BUYING_SIGNAL),
    "praise-user": (Act.ACKNOWLEDGEMENT,),
    "personal-related-inquiry": (Act.SMALL_TALK,),
    "comment-partner": (Act.ACKNOWLEDGEMENT, Act.SMALL_TALK),
    "off-task": tuple(HEADS),
    "other": tuple(HEADS),
    "you-are-welcome": (Act.SMALL_TALK,),
    "thank": (Act.SMALL_TALK,),
    "closing": (Act.SMALL_TALK, Act.NEXT_STEP),
}

Labels = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One labelled sentence: of ``acts`` the labelled ones, of ``untold`` nothing is known."""

    text: str
    corpus: str
    side: Speaker
    acts: tuple[str, ...]
    untold: tuple[str, ...] = ()
    promise: str = ""

    @property
    def labels(self) -> Labels:
        """The row of the label matrix."""
        row = np.zeros(len(HEADS), np.int8)
        names = {ANY_PUSHBACK if act in PUSHBACKS else act for act in self.acts}
        for place, head in enumerate(HEADS):
            row[place] = 1 if head in names else -1 if head in self.untold else 0
        return row

    @property
    def kind(self) -> str:
        """Its kind of push-back, empty for none."""
        return next((act for act in self.acts if act in PUSHBACKS), "")


def own(part: str) -> list[Sentence]:
    """Return the own sentences of a part, ``train`` or ``test``."""
    with OWN.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["part"] == part]
    sentences = []
    for row in rows:
        acts = () if row["acts"] == "-" else tuple(row["acts"].split(","))
        untold = tuple(other for act in acts for other in UNTOLD.get(Act(act), ()))
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


def _rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE) if len(row) > 1]
