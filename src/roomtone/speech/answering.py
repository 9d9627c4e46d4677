"""Whether an answer leaves open what was asked: what can be told by form and turns of phrase alone. Pure.

The rest is told by a trained head, which is not asked where these already show an answer.
"""

import re

import numpy as np
from numpy.typing import NDArray

from roomtone.spoken import spoken
from roomtone.types import Question, QuestionKind

FEWEST_QUESTION_WORDS = 4
"""Shorter ones ("really?", "you know?") ask for nothing."""
FEWEST_WORDS, MOST_WORDS = 2, 30
"""Of an answer that is judged. In long ones evasion was hardly told better than by chance."""

_LEAD_IN = (
    r"^(?:(?:oh|well|so|and|but|okay|ok|i mean|i think|you know|actually|yeah|honestly|to be honest)\s+)*"
)
_AUXILIARY = (
    r"(?:am|are|is|was|were|do|does|did|has|have|had|can|could|would|will|should|may|aren't|isn't|wasn't|"
    r"weren't|don't|doesn't|didn't|haven't|hasn't|hadn't|can't|couldn't|wouldn't|won't)"
)
_ASKS = re.compile(
    r"\b(?:what|when|where|who|whose|which|why|how|what's|who's|how's|where's|when's|tell me|walk me)\b"
    rf"|{_LEAD_IN}{_AUXILIARY}\b"
)
"""Has the form of a question. "You start in autumn?" has not, and is mostly answered by a nod."""
_ASKS_FIGURE = re.compile(
    r"\bhow (?:many|much|big|far|old|large)\b"
    r"|\bwhat\b.*\b(?:budget|price|cost|charge|pay|margin|number|percent|rate)\b"
)
_ASKS_TIME = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:time|date|day|year|week|month)\b|\bhow (?:long|soon|often)\b|\bdeadline\b"
)

_YES_OR_NO = re.compile(
    rf"{_LEAD_IN}(?:yes|yeah|yep|yup|no|nope|nah|huh|hm+|mm hm+|sure|of course|right|that's right|"
    r"you're right|that's true|correct|please|gladly|absolutely|definitely|certainly|exactly|true)\b"
)
_MORE_OR_LESS = re.compile(
    rf"{_LEAD_IN}(?:not (?:really|yet|at all|before|that i|much|very|a|with|for|in)|very|so far|"
    r"i (?:think|hope|believe|guess|suppose|doubt) (?:so|not|it)|never|always|hardly|sometimes|none|nothing|"
    r"nobody|neither|both|only|just|most|mostly|all|constantly|on occasion|a (?:little|bit|lot|few))\b"
)
_ECHO = re.compile(
    rf"{_LEAD_IN}(?:my |our |the )?\w+(?:'s|'m|'re|'d|'ve|'ll)? ?"
    rf"(?:sure |really |just |certainly |always |never |probably )*(?:used to|{_AUXILIARY})"
    r"(?: not| too| though| actually| really| me| so)*$"
)
"""Yes and no in other words: "it sure is", "my brother does"."""
_FIGURE = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|"
    r"sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|half|quarter|dozens?|twice|once|none|both|"
    r"all of)\b"
)
_TIME = re.compile(
    r"\b(?:now|already|today|tomorrow|tonight|yesterday|spring|summer|autumn|fall|winter|christmas|easter|"
    r"(?:week|month|year|day|minute|hour|second|morning|afternoon|evening|weekend)s?|right away|immediately|"
    r"soon|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|august|"
    r"september|october|november|december)\b"
)
_CANNOT_SAY = re.compile(
    r"\b(?:no idea|off the top|not here|haven't got it|not (?:really )?sure|(?:have|need) to (?:look it up|"
    r"ask|check)|(?:don't|do not|didn't) (?:really |actually |exactly |even |honestly )*know|"
    r"(?:couldn't|can't) (?:really |even |honestly )*(?:tell you|remember|recall|say exactly))\b"
)
"""Says honestly that it is not known."""

_TURNS_OF_PHRASE = (
    re.compile(
        r"\b(?:maybe|perhaps|possibly|i guess|i suppose|kind of|sort of|more or less|might|somehow|"
        r"to some extent|in a way)\b"
    ),
    re.compile(r"\b(?:various|things|somewhere|something|somebody|some|a few|certain|a number of|a lot)\b"),
    re.compile(
        r"\b(?:(?:rather|prefer) not|prefer to|not going to|keep (?:that|my|it)|internal|between us|"
        r"(?:don't|can't|cannot|wouldn't|couldn't) (?:want to |like to |really |usually )?"
        r"(?:say|speak|discuss|comment|share|go into|get into|talk))\b"
    ),
    re.compile(
        r"\b(?:(?:we'll|we will|i'll|you'll|we'd|i'd) (?:all )?(?:have to )?see|be seen|get back to you|"
        r"let you know|think about (?:it|that)|depends?|let's (?:see (?:how|what|where|if|who|that)|leave|"
        r"not|just)|time comes|time will tell|one would|some (?:other )?time|at some point)\b"
    ),
    re.compile(r"\b(\w+) (?:is|are) (?:a |an )?\1\b"),
)
"""Hedges; is vague; refuses; puts off; says that a thing is what it is."""
HINTS = (
    "hedges", "vague", "refuses", "puts off", "says the same twice", "figure", "time", "yes or no", "echo",
    "cannot say", "words of the question", "open", "closed", "fact", "figure asked for", "time asked for",
    "yes or no asked for", "echo asked for",
)  # fmt: skip

_EMPTY = re.compile(
    r"(?:the|an?|of|to|in|on|at|for|and|or|but|is|are|was|were|be|been|it|that|this|you|your|we|our|i|my|me|do|"
    r"does|did|have|has|had|would|will|can|could|what|how|who|when|where|why|which|so|with|as|not|no|yes|there|"
    r"they|them|their|he|she|his|her|its|if|from|by|about|up|out|just|very|more)"
)
_MEASURED = r"how (?:many|much|long|often|soon|far|big|large|old)|what (?:time|date|day|year|month|week)"
_ASKED_FOR = re.compile(
    r"\b(?<!know )(?<!tell me )(?:"
    rf"({_MEASURED})\b"
    rf"|(what|when|where|why|how(?! does .*\bsound$))(?:'s|'re|(?: exactly| else)? {_AUXILIARY})\b)"
    rf"|{_LEAD_IN}(?:(?:to|for|from|with|in|at|on|by|of) )?(who|whose|which)(?:'s)?\b"
)
"""What a question asks for: "when do you" asks for a time, "when you get an order" does not."""
_ASKED_FOR_INSIDE = re.compile(rf"\b(?:know|tell me) ({_MEASURED}|when|where|why|how|who|whose|which)\b")
_YES_OR_NO_ASKED_FOR = re.compile(rf"{_LEAD_IN}{_AUXILIARY}\b(?!.*\bor (?!not$))")
"""Not "email or phone"."""


def may_leave_open(question: Question, answer: str) -> bool:
    """Return whether an answer can have left a question open: its form does not show that it answers it.

    Asking back, "I don't know", yes and no, and a figure or a time where one was asked for answer it.
    """
    asked, said = spoken(question.text), spoken(answer)
    if answer.rstrip().endswith("?") or not FEWEST_WORDS <= len(said.split()) <= MOST_WORDS:
        return False
    if len(asked.split()) < FEWEST_QUESTION_WORDS or not _ASKS.search(asked):
        return False
    if _CANNOT_SAY.search(said) or _YES_OR_NO.search(said) or _is_told(asked, said):
        return False
    return question.kind is not QuestionKind.CLOSED or not (_MORE_OR_LESS.search(said) or _ECHO.search(said))


def hints(question: Question, answer: str) -> NDArray[np.float32]:
    """Return 1 for each of :data:`HINTS` that holds, and the share of the question's words that are there."""
    asked, said = spoken(question.text), spoken(answer)
    content = {word for word in asked.split() if not _EMPTY.fullmatch(word)}
    figure, time, echo = (bool(pattern.search(said)) for pattern in (_FIGURE, _TIME, _ECHO))
    yes_or_no = bool(_YES_OR_NO.search(said) or _MORE_OR_LESS.search(said))
    closed = question.kind is QuestionKind.CLOSED
    found = [
        *(bool(pattern.search(said)) for pattern in _TURNS_OF_PHRASE),
        *(figure, time, yes_or_no, echo, bool(_CANNOT_SAY.search(said))),
        len(content & set(said.split())) / max(1, len(content)),
        *(question.kind is kind for kind in (QuestionKind.OPEN, QuestionKind.CLOSED, QuestionKind.FACT)),
        bool(_ASKS_FIGURE.search(asked)) and figure,
        bool(_ASKS_TIME.search(asked)) and (figure or time),
        *(yes_or_no and closed, echo and closed),
    ]
    return np.array(found, np.float32)


def left_open(question: Question) -> str:
    """Return in words what an answer did not say, such as "did not say when".

    Only what is sure is named; where a sentence asks for several things, it is the last.
    """
    asked = spoken(question.text)
    if question.kind is QuestionKind.CLOSED:
        return "said neither yes nor no" if _YES_OR_NO_ASKED_FOR.search(asked) else "did not answer"
    found = [*_ASKED_FOR.finditer(asked)] or [*_ASKED_FOR_INSIDE.finditer(asked)]
    what = found[-1][found[-1].lastindex or 0] if found else "what"
    return "did not answer" if what == "what" else f"did not say {what}"


def _is_told(asked: str, said: str) -> bool:
    """Return whether a figure or a time was asked for and is there."""
    figure = bool(_FIGURE.search(said))
    if _ASKS_FIGURE.search(asked) and figure:
        return True
    return bool(_ASKS_TIME.search(asked)) and (figure or bool(_TIME.search(said)))
