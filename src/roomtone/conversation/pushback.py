"""Push-back of the customer: when, of which kind, in which words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from roomtone.types import PUSHBACKS, Act, SentenceMeaning

SAME_EPISODE_S = 20.0
"""Sentences of push-back of one kind this close to each other are one objection, said in several ways."""
SAME_BREATH_S = 5.0
"""So close to each other they are one whatever their kinds: the kind is the least sure of it."""


@dataclass(frozen=True, slots=True)
class PushBack:
    """One objection, which may take several sentences; kind and quote are those of the surest."""

    start_s: float
    end_s: float
    """Of its last sentence."""
    said_until_s: float
    """End of the utterance it is in: from here on the seller may answer."""
    kind: Act
    quote: str
    probability: float


def with_pushback(
    known: tuple[PushBack, ...], sentences: Sequence[SentenceMeaning], *, said_until_s: float
) -> tuple[PushBack, ...]:
    """Return the objections known after one utterance of the customer."""
    for sentence in sentences:
        found = [(probability, act) for act, probability in sentence.acts.items() if act in PUSHBACKS]
        if not found:
            continue
        probability, kind = max(found)
        one = PushBack(sentence.start_s, sentence.end_s, said_until_s, kind, sentence.text, probability)
        if known and one.start_s - known[-1].end_s < (
            SAME_EPISODE_S if kind is known[-1].kind else SAME_BREATH_S
        ):
            surest = max(known[-1], one, key=lambda each: each.probability)
            one = replace(surest, start_s=known[-1].start_s, end_s=one.end_s, said_until_s=said_until_s)
            known = known[:-1]
        known = (*known, one)
    return known


def in_words(kind: Act) -> str:
    """Return what an objection is about, to follow "push-back on"."""
    return {
        Act.PUSHBACK_PRICE: "the price",
        Act.PUSHBACK_TIMING: "the timing",
        Act.PUSHBACK_AUTHORITY: "who decides",
        Act.PUSHBACK_RIVAL: "a rival's offer",
        Act.PUSHBACK_STATUS_QUO: "changing anything",
        Act.PUSHBACK_TRUST: "trust",
    }.get(kind, "what you said")
