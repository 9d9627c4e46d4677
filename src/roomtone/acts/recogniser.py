"""What each sentence of an utterance does, by its form, its turns of phrase and its meaning together."""

import functools
import re
from collections.abc import Sequence
from pathlib import Path

from roomtone.acts import patterns
from roomtone.acts.embedding import SentenceEmbedding, Vector
from roomtone.acts.heads import FILE, Heads
from roomtone.acts.promises import promise_kind
from roomtone.acts.questions import asked
from roomtone.spoken import spoken
from roomtone.types import PUSHBACKS, Act, Meaning, Speaker

CUSTOMERS = frozenset({*PUSHBACKS, Act.BUYING_SIGNAL, Act.CONFUSION})
"""Acts of the one who is asked to buy; from the seller the same words mean something else."""
SELLERS = frozenset({Act.PITCH, Act.ACKNOWLEDGEMENT})
FEWEST_WORDS = 3
"""A head is not asked about less: there is too little to mean anything."""
AGENDA_REMEMBERED = 64
"""Points whose vectors are kept; no agenda has as many."""

_ANNOUNCES = re.compile(
    r"^(?:\w+ ){0,3}?(?:i'll|we'll|i will|we will|i'm going to|we're going to|i can|we can)\b"
)
"""A sentence that begins so says what will be done, even when it ends in a question."""


class SentenceReader:
    """Recognises acts; without an embedding by form and turns of phrase alone, and no agenda."""

    def __init__(self, *, embedding: SentenceEmbedding | None = None, heads: Heads | None = None) -> None:
        self._embedding = embedding
        self._heads = heads if embedding else None
        self.name = f"acts {self._heads.version}, minilm" if self._heads else "acts, patterns only"
        self._vector_of_point = functools.lru_cache(AGENDA_REMEMBERED)(self._vector)

    def recognise(
        self, texts: Sequence[str], speaker: Speaker, *, agenda: Sequence[str] = ()
    ) -> list[Meaning]:
        """Return the meaning of each text, in order; never raises on odd text."""
        points = [self._vector_of_point(spoken(point)) for point in agenda]
        return [self._meaning(text, speaker, points) for text in texts]

    def _vector(self, words: str) -> Vector | None:
        return self._embedding.embed(words) if self._embedding and words else None

    def _meaning(self, text: str, speaker: Speaker, points: Sequence[Vector | None]) -> Meaning:
        words = spoken(text)
        if patterns.is_backchannel(text, words):
            certainty = patterns.PROBABILITY
            return Meaning({Act.BACKCHANNEL: certainty}, closeness=(0.0,) * len(points))
        vector = self._vector(words)
        acts = asked(text, words) | self._said(words, vector)
        if any(act in acts for act in (Act.OPEN_QUESTION, Act.CLOSED_QUESTION)) and not _ANNOUNCES.match(
            words
        ):
            acts.pop(Act.COMMITMENT, None)
        others = SELLERS if speaker is Speaker.CUSTOMER else CUSTOMERS if speaker is Speaker.SELLER else ()
        acts = {act: round(acts[act], 3) for act in Act if act in acts and act not in others}
        return Meaning(
            acts,
            closeness=tuple(_closeness(vector, point) for point in points),
            promise=promise_kind(words) if Act.COMMITMENT in acts else None,
        )

    def _said(self, words: str, vector: Vector | None) -> dict[Act, float]:
        """Return the acts that the words speak for, questions apart."""
        if self._heads is None or vector is None or len(words.split()) < FEWEST_WORDS:
            return _with_one_pushback(dict.fromkeys(patterns.found(words), patterns.PROBABILITY))
        acts = self._heads.found(words, vector, hints(words))
        excluded = patterns.excluded(words)
        return _with_one_pushback({act: acts[act] for act in acts if act not in excluded})


def hints(words: str) -> set[Act]:
    """Return what form and turns of phrase say by themselves, which is what the heads are given."""
    return patterns.found(words) | asked("", words).keys()


def load(*, heads: Path, embedding: Path | None) -> SentenceReader:
    """Return a recogniser of the folders of the bundled heads and of the embedding, None for none.

    Raises ``ModelError`` when files are damaged.
    """
    if embedding is None:
        return SentenceReader()
    return SentenceReader(embedding=SentenceEmbedding(embedding), heads=Heads(heads / FILE))


def _with_one_pushback(acts: dict[Act, float]) -> dict[Act, float]:
    """Return the acts with the likeliest kind of push-back, of equals the first."""
    kinds = [act for act in PUSHBACKS if act in acts]
    kept = max(kinds, key=acts.__getitem__, default=None)
    return {act: value for act, value in acts.items() if act is kept or act not in kinds}


def _closeness(vector: Vector | None, point: Vector | None) -> float:
    return 0.0 if vector is None or point is None else round(float(vector @ point), 3)
