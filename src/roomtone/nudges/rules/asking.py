"""Rules on questions: asked, closed, about feelings, and left open (T5)."""

import re
from collections.abc import Iterator

from roomtone.config.nudges import ClosedQuestionsNudge, FeelingNudge, QuestionsNudge, UnansweredNudge
from roomtone.conversation.answers import said_until_s, since
from roomtone.conversation.metrics import echo_distrusted, talk_share
from roomtone.conversation.questions import asks, open_question
from roomtone.conversation.state import Conversation
from roomtone.events import TurnEnded
from roomtone.nudges.rule import Rule, Signal
from roomtone.nudges.rules.phrases import clock, in_words, quoted
from roomtone.types import PUSHBACKS, QUESTIONS, Act, Label, Phase, SentenceMeaning, Speaker

RECENT_S = 60.0
"""Where nobody has spoken for this long, there is nobody to ask."""
PLAIN_STATES = (Label.NEUTRAL, Label.CANNOT_TELL)
"""Readings that leave open how somebody feels."""
REACTS_WITHIN_S = 20.0
"""A turn of theirs that begins later than this is no reaction."""
LEAST_REACTION_S = 1.0

_FREE = re.compile(r"\bfree\b|\bno (extra |additional )?(charge|cost|fee)|\bincluded\b", re.IGNORECASE)
_PROPOSAL = re.compile(
    r"\b(what|so|here's what) (i|we)('d|'ll| would| will)? (suggest|propose|recommend|offer)\b"
    r"|\b(my|our|the|this) (suggestion|proposal|recommendation|offer) (is|would be)\b",
    re.IGNORECASE,
)
"""Puts something to them, which is to be reacted to as a price is."""
_REQUEST = re.compile(
    r"\b(can|could|would|will|may|might) (you|i|we) (please |just |kindly |also )*"
    r"(spell|confirm|repeat|state|verify|have|get|check|tell me|give me|show me|send|share|hear me|help)\b"
    r"|\banything else\b|\bhelp you\b"
    r"|\bsound (good|okay|ok|fair|right)\b|\bmake sense\b|\bdoes that work\b",
    re.IGNORECASE,
)
"""Asks for a favour, a name or a nod: in the form of a closed question, but no closed question to them."""


class QuestionsRule(Rule):
    """You have not asked anything for a while."""

    name = "questions"
    priority = 40
    sustain_s = 5.0
    phases = frozenset(Phase) - {Phase.CLOSING}

    def __init__(self, settings: QuestionsNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - no dead band
        """Speak up when the seller spoke for long without a question."""
        elapsed_s = state.now_s - state.seller.asked_until_s
        if not state.seller.finals or elapsed_s < self._settings.after_s:
            return None
        if echo_distrusted(state, window_s=elapsed_s):
            return None
        spoken_s = talk_share(state, window_s=elapsed_s).seller_s
        if spoken_s < self._settings.min_seller_speech_s:
            return None
        if talk_share(state, window_s=RECENT_S).spoken_s == 0.0:
            return None
        return Signal(
            "quiet",
            f"You haven't asked anything for {in_words(elapsed_s)}",
            f"you spoke {clock(spoken_s)} of it",
            variants=("What would you like to know from them?", "Ask them something open"),
        )

    def figures(self, state: Conversation) -> str:
        """Return when the last question was, and how much was said since."""
        elapsed_s = state.now_s - state.seller.asked_until_s
        spoken_s = talk_share(state, window_s=elapsed_s).seller_s
        return (
            f"last question {in_words(elapsed_s)} ago, you spoke {clock(spoken_s)} since;"
            f" speaks after {in_words(self._settings.after_s)} with"
            f" {clock(self._settings.min_seller_speech_s)} of yours"
        )


class ClosedQuestionsRule(Rule):
    """One closed question after the other."""

    name = "closed_questions"
    priority = 38
    phases = frozenset({Phase.OPENING, Phase.DISCOVERY})

    def __init__(self, settings: ClosedQuestionsNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Look at the newest questions of the seller."""
        row = self._row(state)
        if len(row) < self._settings.in_a_row:
            return None
        return Signal(
            "quiet",
            f"{len(row)} closed questions in a row. Try “How …” or “What …”",
            quoted(row[-1].text),
            moment=f"{row[-1].start_s}",
            cause_s=said_until_s(state.seller, row[-1]),
            variants=("Another yes-or-no question. Try an open one.",),
        )

    def figures(self, state: Conversation) -> str:
        """Return the length of the row."""
        return f"{len(self._row(state))} closed questions in a row; speaks from {self._settings.in_a_row}"

    def _row(self, state: Conversation) -> list[SentenceMeaning]:
        """Return the closed questions since the last open one, in order."""
        row: list[SentenceMeaning] = []
        for sentence in reversed(state.seller.sentences):
            if state.now_s - sentence.end_s > self._settings.within_s:
                break
            if sentence.does(Act.OPEN_QUESTION, Act.FEELING_QUESTION):
                break
            if sentence.does(Act.CLOSED_QUESTION) and asks(sentence) and not _REQUEST.search(sentence.text):
                row.insert(0, sentence)
        return row


class FeelingRule(Rule):
    """Ask how they feel about it: a price or a proposal, and a reaction that says little."""

    name = "feeling"
    priority = 48
    phases = frozenset(Phase) - {Phase.OPENING, Phase.CLOSING}

    def __init__(self, settings: FeelingNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Look at the customer's newest turn: was it a reaction that cannot be read?"""
        raised = sum(nudge.rule == self.name for nudge in state.nudges)
        if raised >= self._settings.most or not state.customer.turns:
            return None
        turn = state.customer.turns[-1]
        named = _named_before(state, turn)
        if named is None or _is_read(state, turn) or _asked_how_they_feel(state, named.start_s):
            return None
        return Signal(
            "quiet",
            "Ask how they feel about that",
            f"you named it: {quoted(named.text, most=40)}",
            moment=f"{named.start_s}",
            cause_s=turn.end_s,
            variants=("“How do you feel about that?”", "Their reaction says little. Ask for it."),
        )

    def figures(self, state: Conversation) -> str:
        """Return what there was to react to."""
        if not state.customer.turns:
            return "no reaction of theirs yet"
        named = _named_before(state, state.customer.turns[-1])
        return f"a reaction to {quoted(named.text)}" if named else "no reaction to a price or a proposal"


class UnansweredRule(Rule):
    """Their question was not answered."""

    name = "unanswered"
    priority = 65

    def __init__(self, settings: UnansweredNudge) -> None:
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - no dead band
        """Speak up while the seller talks past a question."""
        question = open_question(state)
        if question is None or _spoken_since(state, question) < self._settings.after_s:
            return None
        return Signal(
            "quiet",
            "Their question is still open",
            f"at {clock(question.start_s)}: {quoted(question.text)}",
            variants=("They asked, and have no answer yet",),
        )

    def figures(self, state: Conversation) -> str:
        """Return the open question and how much was said since."""
        question = open_question(state)
        if question is None:
            return "no question of theirs is open"
        spoken_s = _spoken_since(state, question)
        return (
            f"open since {clock(question.start_s)}: {quoted(question.text)}; you spoke {spoken_s:.0f} s,"
            f" speaks from {self._settings.after_s:.0f} s"
        )


def _spoken_since(state: Conversation, question: SentenceMeaning) -> float:
    """Return the seconds of the seller's speech since a question whose words are known already."""
    known_s = min(state.now_s, state.seller.heard_until_s)
    return state.seller.spoken_between(question.end_s, known_s)


def _named_before(state: Conversation, turn: TurnEnded) -> SentenceMeaning | None:
    """Return the sentence with a price or a proposal that a turn of the customer reacts to."""
    if turn.end_s - turn.start_s < LEAST_REACTION_S:
        return None
    for sentence in _seller_before(state, turn.start_s):
        is_price = sentence.does(Act.PRICE) and not _FREE.search(sentence.text)
        if is_price or _PROPOSAL.search(sentence.text):
            return sentence
    return None


def _seller_before(state: Conversation, at_s: float) -> Iterator[SentenceMeaning]:
    for sentence in reversed(state.seller.sentences):
        if sentence.start_s < at_s - REACTS_WITHIN_S:
            return
        if sentence.end_s <= at_s + LEAST_REACTION_S:
            yield sentence


def _is_read(state: Conversation, turn: TurnEnded) -> bool:
    """Return whether it is known what their reaction was: a state, push-back, a question or agreement."""
    readings = state.customer.readings
    if readings and readings[-1].end_s >= turn.start_s:
        newest = readings[-1]
        if newest.settled and newest.label not in PLAIN_STATES:
            return True
    said = since(state.customer, turn.start_s)
    return any(sentence.does(*PUSHBACKS, *QUESTIONS, Act.BUYING_SIGNAL, Act.NEXT_STEP) for sentence in said)


def _asked_how_they_feel(state: Conversation, since_s: float) -> bool:
    return any(sentence.does(Act.FEELING_QUESTION) for sentence in since(state.side(Speaker.SELLER), since_s))
