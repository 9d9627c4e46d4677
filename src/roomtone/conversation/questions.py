"""Which questions of the customer were answered, told from the words alone. Pure."""

import re

from roomtone.conversation.answers import EDGE_S, newest_first, since
from roomtone.conversation.sentences import is_question
from roomtone.conversation.state import Conversation
from roomtone.types import PUSHBACKS, QUESTIONS, Act, SentenceMeaning

LEAST_QUESTION_WORDS = 4
"""Shorter ones ("really?", "you know?") ask for nothing."""
LEAST_ANSWER_WORDS = 3
REMEMBERED_S = 180.0
"""A question older than this has been dropped by both."""

_PRICE_ASKED = re.compile(
    r"\bhow much(?! (time|work|effort|longer|more|of|training|data|space))\b"
    r"|\bwhat('s| is| are| does| do| would| will)\b[^,;]*\b(costs?|pric(e|es|ing)|fees?|charges?)\b"
    r"|\bhow (is|are|do|does|would) [^,;]*\b(priced|charge|bill|billed)\b",
    re.IGNORECASE,
)
"""Asks for a figure. "Does that cost extra?" does not, nor does "Can you bring our costs down?"."""
_TIME_ASKED = re.compile(
    r"\bwhen('s| (do|does|did|can|could|will|would|shall|should|is|are|was|were|am))\b"
    r"|\b(by|until|till) when\b|\bwhen\W*$|\bhow (soon|long|quickly)\b|\bwhat (time|day|date)\b"
    r"|\bhow much (time|longer)\b",
    re.IGNORECASE,
)
_NUMBER = (
    r"\d|\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty|ninety|hundred|thousand|million|half|quarter|dozen)\b"
)
_PUT_OFF = r"check|get back|come (back )?to|find out|look (that|it) up"
_PRICE_TOLD = re.compile(
    rf"{_NUMBER}|\b({_PUT_OFF}|free|nothing|covered|extra|grand|charge[ds]?|costs?|pric\w+|includ\w+|depends?|quotes?"
    r"|discounts?|percent|dollars?|euros?|pounds?|cents?|fees?|rates?|budget|licen[cs]e"
    r"|(per|a|an|each|every) (month|year|user|seat|head|person|hour|day|week))\b",
    re.IGNORECASE,
)
_TIME_TOLD = re.compile(
    rf"{_NUMBER}|\b({_PUT_OFF}|now|already|today|tomorrow|tonight|soon|shortly|quick(ly)?|fast|immediately"
    r"|instant(ly)?|right away|straight away|overnight|any ?time|whenever|always|never|later|depends?|once"
    r"|after|before|until|since|by|within|in an?|end of|next|last|this|seconds?|minutes?|hours?|days?|weeks?"
    r"|weekend|months?|years?|morning|afternoon|evening|spring|summer|autumn|winter|christmas"
    r"|(janu|febru)ary|march|april|may|june|july|august|(septem|octo|novem|decem)ber"
    r"|(mon|tues|wednes|thurs|fri|satur|sun)(day)?)\b",
    re.IGNORECASE,
)
_YES_OR_NO = re.compile(
    r"^\W*(yes|yeah|yep|no|nope|sure|of course|absolutely|definitely|certainly|exactly|correct|right)\b",
    re.IGNORECASE,
)
_CANNOT_SAY = re.compile(
    r"\b(not sure|no idea|(don't|do not|can't|cannot) (really |actually )?(know|say|tell))\b", re.IGNORECASE
)


def asks(sentence: SentenceMeaning) -> bool:
    """Return whether a sentence is a question that wants an answer."""
    long_enough = len(sentence.text.split()) >= LEAST_QUESTION_WORDS or _PRICE_ASKED.search(sentence.text)
    return bool(long_enough) and (sentence.does(*QUESTIONS) or is_question(sentence.text))


def open_question(state: Conversation) -> SentenceMeaning | None:
    """Return the customer's newest question that was not answered, None when there is none.

    Told from words alone, and in doubt taken as answered: a question about a price wants something about
    money, one about a time something about time, and any other just a statement.
    """
    if not state.understood.acts_known:
        return None
    for question in newest_first(state.customer, state.now_s - REMEMBERED_S):
        if _wants_answer(question):
            return None if _is_answered(state, question) else question
    return None


def open_questions(state: Conversation) -> tuple[SentenceMeaning, ...]:
    """Return all of the customer's questions that were not answered, in order; judged as the newest is."""
    return tuple(
        question
        for question in state.customer.sentences
        if _wants_answer(question) and not _is_answered(state, question)
    )


def _wants_answer(sentence: SentenceMeaning) -> bool:
    return asks(sentence) and not sentence.does(Act.SMALL_TALK, *PUSHBACKS)


def _is_answered(state: Conversation, question: SentenceMeaning) -> bool:
    replies = since(state.seller, question.end_s - EDGE_S)
    return any(
        _answers(question.text, reply) for reply in replies if reply.start_s <= question.end_s + REMEMBERED_S
    )


def _answers(question: str, reply: SentenceMeaning) -> bool:
    if _CANNOT_SAY.search(reply.text):
        return True
    if _PRICE_ASKED.search(question):
        return reply.does(Act.PRICE) or bool(_PRICE_TOLD.search(reply.text))
    if _TIME_ASKED.search(question):
        return bool(_TIME_TOLD.search(reply.text))
    if _YES_OR_NO.match(reply.text):
        return True
    is_statement = not (reply.does(*QUESTIONS) or is_question(reply.text))
    says_something = len(reply.text.split()) >= LEAST_ANSWER_WORDS
    return is_statement and says_something and not reply.does(Act.BACKCHANNEL)
