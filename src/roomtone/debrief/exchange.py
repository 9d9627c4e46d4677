"""How the two sides took turns: monologues, answers, interruptions. Pure functions of the state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from roomtone.conversation import metrics
from roomtone.conversation.sentences import EDGE_S, Sentence
from roomtone.conversation.state import Conversation
from roomtone.debrief.passages import last_words, said_before, said_from
from roomtone.events import TurnEnded
from roomtone.types import Speaker

FAST_ANSWERS = 3
"""How many of the fastest answers are named: enough to hear the habit again."""
FAST_S = 0.5
"""An answer slower than this was no fast one; half of the second that is advised."""
QUOTED_S = 6.0
"""How far into a passage its first words are looked for."""

Said = Mapping[Speaker, Sequence[Sentence]]

_OTHER = {Speaker.SELLER: Speaker.CUSTOMER, Speaker.CUSTOMER: Speaker.SELLER}


@dataclass(frozen=True, slots=True)
class Monologue:
    """The longest a side talked without the other taking the floor, and how it began."""

    start_s: float
    duration_s: float
    first_words: str


@dataclass(frozen=True, slots=True)
class Interruption:
    """A turn marked as interrupting; ``over`` is what the other side had said.

    ``overlap_s`` is how long before the end of the other's turn it began.
    """

    at_s: float
    overlap_s: float
    over: str


@dataclass(frozen=True, slots=True)
class FastAnswer:
    """A turn begun soon after the other side's end, or (negative) shortly before it."""

    at_s: float
    gap_s: float
    after: str


@dataclass(frozen=True, slots=True)
class Patience:
    """The gaps the seller left before speaking; an overlap counts as none."""

    median_s: float
    answers: int
    fastest: tuple[FastAnswer, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """A question of the customer and what followed it.

    ``went_on_s`` is how long they talked on after it, and ``reply_after_s`` the gap (or, negative, the
    overlap) from their end to the seller's next speech; None when the seller did not speak again.
    """

    at_s: float
    text: str
    went_on_s: float
    reply_after_s: float | None
    reply: str


def longest_monologue(call: Conversation, speaker: Speaker, said: Sequence[Sentence]) -> Monologue | None:
    """Return the longest run of a side's turns that neither the other side nor a long silence ended."""
    runs: list[tuple[float, float]] = []
    before: TurnEnded | None = None
    for turn in call.turns:
        if turn.speaker == speaker:
            goes_on = (
                before is not None
                and before.speaker == speaker
                and turn.start_s - before.end_s < call.settings.monologue_break_s
            )
            start_s = runs[-1][0] if goes_on else turn.start_s
            runs.append((start_s, turn.end_s))
        before = turn
    if not runs:
        return None
    start_s, end_s = max(runs, key=lambda run: run[1] - run[0])
    return Monologue(
        start_s, round(end_s - start_s, 2), said_from(said, start_s, until_s=min(start_s + QUOTED_S, end_s))
    )


def interruptions(call: Conversation, speaker: Speaker, said: Said) -> tuple[Interruption, ...]:
    """Return the turns with which a side cut into the other's, as the line marked them."""
    if speaker not in _OTHER:
        return ()
    others = said[_OTHER[speaker]]
    return tuple(
        Interruption(turn.start_s, _came_early_s(turn), _being_said(others, turn.start_s))
        for turn in call.side(speaker).turns
        if turn.interrupted
    )


def patience(call: Conversation, customer_said: Sequence[Sentence]) -> Patience | None:
    """Return the gaps the seller left before answering, None when there was no answer to time."""
    median_s = metrics.median_patience_s(call, Speaker.SELLER)
    if median_s is None:
        return None
    gaps_s = metrics.answer_offsets_s(call, Speaker.SELLER)
    fast = [
        FastAnswer(turn.start_s, gap_s, _just_said(customer_said, turn))
        for turn in call.seller.turns
        if (gap_s := turn.floor_transfer_offset_s) is not None and gap_s <= FAST_S and not turn.interrupted
    ]
    fastest = sorted(fast, key=lambda answer: answer.gap_s)[:FAST_ANSWERS]
    return Patience(median_s=median_s, answers=len(gaps_s), fastest=tuple(fastest))


def answered(call: Conversation, said: Said) -> tuple[Answered, ...]:
    """Return the customer's questions, each with the seller's next speech."""
    return tuple(
        _answered(call, question, said[Speaker.SELLER])
        for question in said[Speaker.CUSTOMER]
        if question.is_question
    )


def _answered(call: Conversation, question: Sentence, seller_said: Sequence[Sentence]) -> Answered:
    reply = next((span for span in call.seller.spans if span[1] > question.end_s + EDGE_S), None)
    limit_s = reply[0] if reply else call.now_s
    own = [end for start, end in call.customer.spans if end >= question.end_s - EDGE_S]
    # They may have gone on after asking; the gap counts from where they stopped before the reply.
    stopped_s = max((end for end in own if end <= limit_s), default=min(own, default=question.end_s))
    return Answered(
        at_s=question.start_s,
        text=last_words(question.text),
        went_on_s=round(max(0.0, stopped_s - question.end_s), 2),
        reply_after_s=None if reply is None else round(reply[0] - stopped_s, 2),
        reply="" if reply is None else said_from(seller_said, reply[0], until_s=reply[0] + QUOTED_S),
    )


def _came_early_s(turn: TurnEnded) -> float:
    return round(-(turn.floor_transfer_offset_s or 0.0), 2)


def _just_said(said: Sequence[Sentence], turn: TurnEnded) -> str:
    before = said_before(said, turn.start_s)
    return before.text if before else ""


def _being_said(said: Sequence[Sentence], at_s: float) -> str:
    running = [sentence for sentence in said if sentence.start_s <= at_s < sentence.end_s]
    return last_words(running[-1].text_by(at_s)) if running else ""
