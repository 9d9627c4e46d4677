"""How the seller answered: pauses, room made for push-back, coming in early, next steps. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from roomtone.conversation.promises import is_safe
from roomtone.conversation.pushback import PushBack
from roomtone.conversation.sentences import is_question
from roomtone.conversation.state import Conversation, Side
from roomtone.types import Act, SentenceMeaning, Speaker

EDGE_S = 0.5
"""An answer may begin this much before the end of what it answers; people overlap in easy talk."""
AT_ONCE_S = 0.5
"""A gap after which a stop that was no end of a turn is taken as cut into (our definition)."""
LEAST_CUT_WORDS = 4
WORDS_COME_WITHIN_S = 30.0
"""An utterance has at most 24 s, and its words come a few seconds after it."""

_NEVER_LAST = re.compile(
    r"\b(and|but|because|or|if|although|the|an?|my|our|your|their|it's|i'm)$", re.IGNORECASE
)
_SELDOM_LAST = re.compile(
    r"\b(so|when|while|to|of|with|for|from|about|than|as|that|which|who|is|are|was|were|i|we|you|they)$",
    re.IGNORECASE,
)
"""People do end in these ("I don't think so.", "No, thank you."), unless no end of a sentence was heard."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The seller's first turn after something; ``pause_s`` is the gap before it, negative for an overlap."""

    start_s: float
    pause_s: float


@dataclass(frozen=True, slots=True)
class Handled:
    """What the seller did about push-back."""

    answer: Answer | None
    """None as long as they have not spoken."""
    room_made: SentenceMeaning | None
    """The sentence that acknowledged it, None as long as there is none."""
    is_over: bool
    """Whether it is too late to acknowledge it first."""

    def after_s(self, pushback: PushBack) -> float | None:
        """Return how long after the push-back room was made, None when it was not."""
        if self.room_made is None:
            return None
        return max(0.0, round(self.room_made.start_s - pushback.said_until_s, 2))


def answer_after(state: Conversation, at_s: float) -> Answer | None:
    """Return the seller's first turn after ``at_s``, one going on included; None before it.

    A turn of theirs that was going on at ``at_s`` and went on is an answer without any pause.
    """
    found: Answer | None = None
    floor = state.floor
    if floor.holder is Speaker.SELLER:
        end_s = state.now_s if floor.speaking else floor.last_end_s
        found = _answer(at_s, floor.turn_start_s, end_s, floor.offset_s) or found
    for closed in reversed(floor.closed):
        if closed.speaker is Speaker.SELLER:
            found = _answer(at_s, closed.start_s, closed.end_s, closed.floor_transfer_offset_s) or found
    for turn in reversed(state.seller.turns):
        if turn.end_s < at_s:
            break
        found = _answer(at_s, turn.start_s, turn.end_s, turn.floor_transfer_offset_s) or found
    return found


def _answer(at_s: float, start_s: float, end_s: float, offset_s: float | None) -> Answer | None:
    """Return what a turn of the seller is as an answer, None when it was over or nearly so at ``at_s``."""
    if start_s >= at_s - EDGE_S:
        return Answer(start_s, offset_s or 0.0)
    return Answer(at_s, 0.0) if end_s > at_s + EDGE_S else None


def handled(state: Conversation, pushback: PushBack) -> Handled:
    """Return what the seller has done about push-back so far."""
    settings = state.settings.pushback
    answer = answer_after(state, pushback.said_until_s)
    until_s = state.now_s if answer is None else answer.start_s + settings.acknowledge_within_s
    room_made = next(
        (
            sentence
            for sentence in since(state.seller, pushback.said_until_s - EDGE_S)
            if sentence.start_s <= until_s and makes_room(sentence, settings.acknowledgements)
        ),
        None,
    )
    is_over = answer is not None and state.now_s > until_s and _words_are_in(state, until_s)
    return Handled(answer, room_made, is_over=is_over)


def outcome_in_words(pushback: PushBack, done: Handled) -> str:
    """Return whether the seller made room for push-back, and how long it took."""
    after_s = done.after_s(pushback)
    if after_s is not None:
        return f"you made room for it after {after_s:.0f} s"
    if done.answer is None:
        return "not answered yet"
    return "answered without making room" if done.is_over else "being answered"


def makes_room(sentence: SentenceMeaning, own_words: tuple[str, ...]) -> bool:
    """Return whether a sentence acknowledges what was said, as recognised or in the seller's own words.

    "Does that make sense?" has the words of "That makes sense.", but asks for room instead of making it.
    """
    if sentence.does(Act.ACKNOWLEDGEMENT):
        return True
    return not is_question(sentence.text) and is_safe(sentence.text, own_words)


def since(side: Side, since_s: float) -> tuple[SentenceMeaning, ...]:
    """Return what a side said from ``since_s`` on, in order."""
    return tuple(reversed(list(newest_first(side, since_s))))


def newest_first(side: Side, since_s: float) -> Iterator[SentenceMeaning]:
    """Yield what a side said from ``since_s`` on, the newest first."""
    for sentence in reversed(side.sentences):
        if sentence.start_s < since_s:
            return
        yield sentence


def said_until_s(side: Side, sentence: SentenceMeaning) -> float:
    """Return the end of the utterance that a sentence is in: from then on it can be answered."""
    for final in reversed(side.finals):
        if final.start_s <= sentence.start_s + EDGE_S:
            return max(final.end_s, sentence.end_s)
    return sentence.end_s


def cut_short(state: Conversation) -> SentenceMeaning | None:
    """Return what the customer was saying when the seller came in at once, None when they had finished.

    Their last sentence breaks off, by its words, and the seller's turn, the one going on, began less than
    half a second after it.
    """
    floor = state.floor
    is_at_once = floor.offset_s is not None and floor.offset_s < AT_ONCE_S
    if floor.holder is not Speaker.SELLER or not is_at_once or not state.customer.sentences:
        return None
    last = state.customer.sentences[-1]
    began_before = last.start_s < floor.turn_start_s
    just_before = abs(last.end_s - floor.turn_start_s) < 2 * AT_ONCE_S
    return last if began_before and just_before and breaks_off(last.text) else None


def breaks_off(text: str) -> bool:
    """Return whether a sentence ends where nobody ends one: in a conjunction, an article, a preposition."""
    said = text.rstrip(" .…-–—,\"'")
    if len(said.split()) < LEAST_CUT_WORDS:
        return False
    was_ended = text.rstrip(" \"'").endswith(".") and not text.rstrip(" \"'").endswith("..")
    return bool(_NEVER_LAST.search(said) or (not was_ended and _SELDOM_LAST.search(said)))


def next_steps(state: Conversation, *, since_s: float = 0.0) -> tuple[SentenceMeaning, ...]:
    """Return the sentences of both sides that name what happens next, in order."""
    named = [
        sentence
        for side in (state.seller, state.customer)
        for sentence in since(side, since_s)
        if sentence.does(Act.NEXT_STEP)
    ]
    return tuple(sorted(named, key=lambda sentence: sentence.start_s))


def _words_are_in(state: Conversation, until_s: float) -> bool:
    """Return whether all that the seller began to say before ``until_s`` is known."""
    side = state.seller
    if state.now_s > until_s + WORDS_COME_WITHIN_S + state.behind_s:
        return True
    if side.speaking_since_s is not None and side.speaking_since_s < until_s:
        return side.heard_until_s >= until_s
    ends_s = (end_s for start_s, end_s in reversed(side.spans) if start_s < until_s)
    return side.heard_until_s >= min(next(ends_s, 0.0), until_s) - EDGE_S
