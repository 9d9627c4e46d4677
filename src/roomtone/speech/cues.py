"""What the words and the timing of a turn say about the speaker's state.

Each cue adds log-odds to one state; how many is in the file of weights, ``models/reading_fusion.toml``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

import msgspec

from roomtone.speech.baseline import SpeakerBaseline
from roomtone.types import Label, Question, QuestionKind


@dataclass(frozen=True, slots=True)
class Cue:
    """Something that can be checked in the recording, and what it says about one state."""

    label: Label
    log_odds: float
    evidence: str


class _Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class WordWeights(_Weights, frozen=True, kw_only=True):
    """What the words add."""

    said_excited: float
    said_upset: float
    said_defeated: float
    said_confident: float
    said_guarded: float
    hedge: float
    hedged_sentence: float
    evasive: float
    meaning: float
    against: float

    def said(self, label: Label) -> float:
        """Return the log-odds of one phrase of a state."""
        return float(getattr(self, f"said_{label.value}"))


class TimingWeights(_Weights, frozen=True, kw_only=True):
    """What the timing adds."""

    late: float
    prompt: float
    short: float
    withdrawn: float
    came_in: float


class HabitWeights(_Weights, frozen=True, kw_only=True):
    """What a change against the speaker's habit adds."""

    again: float
    changed_voice: float


class CueWeights(_Weights, frozen=True, kw_only=True):
    """Log-odds of the cues."""

    words: WordWeights
    timing: TimingWeights
    habits: HabitWeights


def _phrases(*phrases: str) -> re.Pattern[str]:
    """Return a pattern that finds any of the phrases as whole words, the longest first."""
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(longest_first) + r")\b", re.IGNORECASE)


SAID: dict[Label, re.Pattern[str]] = {
    Label.EXCITED: _phrases(
        "love (?:it|that|this)",
        "(?:that's|that is|this is|it's|sounds) (?:so |really |absolutely )?"
        "(?:great|awesome|amazing|fantastic|wonderful|brilliant|perfect|excellent)",
        "awesome",
        "amazing",
        "fantastic",
        "brilliant",
        "wow",
        "can't wait",
        "(?:so|really|very) excited",
        "(?:exactly|just) what (?:we|i) (?:need|needed|want|wanted)",
    ),
    Label.UPSET: _phrases(
        "unacceptable",
        "ridiculous",
        "outrageous",
        "frustrat(?:ed|ing)",
        "(?:so|really|very|pretty) (?:angry|annoyed|annoying|upset|disappointed|disappointing)",
        "fed up",
        "sick (?:and tired )?of",
        "waste of (?:my |our )?(?:time|money)",
        "(?:this|that) is (?:a joke|not okay|wrong)",
        "how many times",
        "i(?:'ve| have) had enough",
    ),
    Label.DEFEATED: _phrases(
        "(?:there's |there is )?no point",
        "what's the (?:point|use)",
        "give up",
        "giving up",
        "nothing (?:i|we) can do",
        "never (?:going to|gonna) (?:work|happen|change)",
        "doesn't (?:even |really )?matter(?: anymore)?",
        "(?:oh well|fine),? whatever",
        "if you say so",
        "i guess (?:that's|it's|we|i) (?:it|how it is|have to|just have to)",
        "(?:we've|i've|we have|i have) tried everything",
    ),
    Label.CONFIDENT: _phrases(
        "absolutely",
        "definitely",
        "certainly",
        "for sure",
        "without (?:a |any )?doubt",
        "no question(?: about it)?",
        "(?:i am|i'm|we are|we're) (?:sure|certain|confident|positive)",
        "(?:we|i) (?:will|can) do that",
        "let's do it",
        "let's go ahead",
    ),
    Label.GUARDED: _phrases(
        "i(?:'d| would) (?:have|need) to (?:think|see)",
        "(?:i'd|i would) rather not",
        "(?:can't|cannot|can not) (?:really )?(?:say|share|comment|speak to that|discuss)",
        "let me (?:think about|get back to you)",
        "(?:we'll|we will) (?:have to )?see",
        "(?:just )?send me (?:some |an |the )?(?:information|email|e-mail|something)",
        "(?:not|no) (?:at liberty|comment)",
        "why do you (?:ask|need|want)",
        "(?:it|that) depends",
    ),
}
"""Phrases that speak for each state, the more the more certainly; how strongly is in the file of weights."""

MOST_PHRASES = 2
"""Further phrases of the same state add nothing: people repeat themselves."""

NEGATED = re.compile(r"(?:\bnot|n't|\bnever|\bhardly)\s+(?:\w+\s+)?$", re.IGNORECASE)
"""Ends just before a phrase that means the opposite here."""

HEDGE = _phrases(
    "maybe",
    "perhaps",
    "possibly",
    "i guess",
    "i suppose",
    "kind of",
    "sort of",
    "kinda",
    "sorta",
    "not (?:really |quite |so )?sure",
    "hard to say",
    "more or less",
    "to some extent",
    "in a way",
    "i don't know",
    "might",
)
"""Normal speech, found in 7-13 % of ordinary statements: only more of them than usual says anything."""
USUAL_HEDGES_PER_WORD = 0.02
"""What is expected of a speaker of whom nothing is known: one in fifty words."""
USUAL_HEDGES_WEIGHT_WORDS = 100
"""Words after which the speaker's own habit counts as much as that."""
MOST_HEDGES = 3
"""Beyond, the speaker is merely searching for words."""

HABIT_MIN_TURNS = 3
"""Earlier turns before "usually" may be said."""
LATE_FACTOR, LATE_MARGIN_S = 2.0, 1.0
"""Late is twice the usual and a second more: people vary by half a second without meaning anything."""
DELAY_MAX_S = 8.0
"""A longer gap is somebody looking something up, or a call on hold."""
PROMPT_S = 0.5
"""An answer within this, not much later than usual, came without weighing."""
OPEN_MIN_ANSWERS = 2
"""Earlier answers to open questions before another is short against them."""
SHORT_SHARE = 0.3
SHORT_USUAL_WORDS = 10.0
"""An answer is short up to this share of a usual answer of at least so many words."""
ASKED_BACK_MOST_WORDS = 10
"""So few that end in a question ask back, and answer nothing yet."""
CAME_IN_S = 0.5
"""Who begins this long before the other has stopped came in; a shorter overlap happens to everybody."""
CAME_IN_MIN_WORDS = 4
"""With fewer it was "mm-hm", whoever spoke."""
CAME_IN_USUAL_SHARE = 0.25
"""Who does so in more than every fourth turn has the habit."""

WITHDRAWN_MIN_EXPECTED = 3.0
"""So many must be missing: with two expected, one time in seven none comes by chance."""
LISTENED_MIN_S = 60.0
"""Of listening before anything is usual in it."""

SENTENCE_ENDS = re.compile(r"(?<=[.?!])\s+")
COUNT_NAMES = {2: "twice", 3: "three times"}
QUOTE_MAX_CHARACTERS = 44
"""Fits one line of evidence on a narrow screen."""


def phrase_cues(text: str, weights: WordWeights) -> list[Cue]:
    """Return what the listed phrases in the words of a turn say."""
    cues = []
    straight = _straight(text)
    for label, pattern in SAID.items():
        spans = {match.group().lower(): match.span() for match in _affirmed(pattern, straight)}
        found = [text[start:stop] for start, stop in spans.values()]
        if found:
            quotes = ", ".join(f'"{quote}"' for quote in found[:MOST_PHRASES])
            log_odds = weights.said(label) * min(len(found), MOST_PHRASES)
            cues.append(Cue(label, log_odds, f"said {quotes}"))
    return cues


def without_phrases(text: str, label: Label) -> str:
    """Return those sentences of a text in which no listed phrase of a state was said."""
    sentences = SENTENCE_ENDS.split(text.strip())
    return " ".join(one for one in sentences if not any(_affirmed(SAID[label], _straight(one))))


def hedge_cues(text: str, baseline: SpeakerBaseline, weights: WordWeights) -> list[Cue]:
    """Return that there are more hedges in a turn than is usual for the speaker."""
    straight = _straight(text)
    hedges = list(HEDGE.finditer(straight))
    extra = len(hedges) - expected_hedges(len(text.split()), baseline)
    if len(hedges) < 2 or extra < 1.0:
        return []
    counted = COUNT_NAMES.get(len(hedges), f"{len(hedges)} times")
    log_odds = weights.hedge * min(extra, MOST_HEDGES)
    return [Cue(Label.GUARDED, log_odds, f"{_quote(text, hedges)} \N{EN DASH} hedged {counted}")]


def answered(question: Question | None, text: str) -> Question | None:
    """Return the question that a turn with this text answers: none where it asks back."""
    asks_back = text.rstrip().endswith("?") and len(text.split()) <= ASKED_BACK_MOST_WORDS
    return None if asks_back else question


def timing_cues(
    delay_s: float | None,
    words: int,
    *,
    question: Question | None,
    baseline: SpeakerBaseline,
    weights: TimingWeights,
) -> list[Cue]:
    """Return what the gap before a turn and its length say against the speaker's habit.

    Short is only an answer to an open question: "yes", "forty" and "next Tuesday" answer the others in full.

    ``delay_s`` is ``None`` when the turn did not follow another speaker's, negative when it overlapped.
    """
    cues = []
    usual = baseline.answer_delay_s
    if is_delay(delay_s) and usual.count >= HABIT_MIN_TURNS:
        line = f"answered after {delay_s:.1f} s, usually {usual.mean:.1f} s"
        if delay_s > max(LATE_FACTOR * usual.mean, usual.mean + LATE_MARGIN_S):
            cues.append(Cue(Label.GUARDED, weights.late, line))
        elif question and delay_s <= min(PROMPT_S, usual.mean):
            cues.append(Cue(Label.CONFIDENT, weights.prompt, line))
    if question and question.kind is QuestionKind.OPEN:
        cues += _short(words, baseline, weights)
    return cues + _came_in(delay_s, words, baseline, weights)


def _short(words: int, baseline: SpeakerBaseline, weights: TimingWeights) -> list[Cue]:
    """Return that an open question was answered in few words by somebody who usually takes more."""
    answers = baseline.answer_words
    is_known = answers.count >= HABIT_MIN_TURNS and answers.count_of(QuestionKind.OPEN) >= OPEN_MIN_ANSWERS
    usual = answers.usual(QuestionKind.OPEN)
    if not is_known or usual < SHORT_USUAL_WORDS or not 0 < words <= SHORT_SHARE * usual:
        return []
    line = f"answered in {words} word{'s' * (words > 1)}, usually about {usual:.0f} to an open question"
    return [Cue(Label.GUARDED, weights.short, line)]


def _came_in(
    delay_s: float | None, words: int, baseline: SpeakerBaseline, weights: TimingWeights
) -> list[Cue]:
    """Return that somebody who usually waits did not; voice and words decide what it means."""
    usual = baseline.came_in
    rare = usual.count >= HABIT_MIN_TURNS and usual.mean <= CAME_IN_USUAL_SHARE
    if not came_in(delay_s) or words < CAME_IN_MIN_WORDS or not rare:
        return []
    line = f"came in {-delay_s:.1f} s before you had finished, unlike usual"
    return [Cue(label, weights.came_in, line) for label in (Label.EXCITED, Label.UPSET)]


def listening_cues(
    listened_s: float, backchannels: int, baseline: SpeakerBaseline, weights: TimingWeights
) -> list[Cue]:
    """Return that somebody who usually says "mm-hm" while listening did not."""
    if backchannels or baseline.listened_s < LISTENED_MIN_S:
        return []
    every_s = baseline.listened_s / max(1, baseline.backchannels)
    if listened_s < WITHDRAWN_MIN_EXPECTED * every_s or not baseline.backchannels:
        return []
    line = f'silent while you spoke for {listened_s:.0f} s, usually "mm-hm" every {every_s:.0f} s'
    return [Cue(Label.GUARDED, weights.withdrawn, line)]


def repeated_cues(cues: list[Cue], baseline: SpeakerBaseline, weights: HabitWeights) -> list[Cue]:
    """Return what the turn before adds to the signs of this one."""
    if baseline.guarded_before and speaks_for_guarded(cues):
        return [Cue(Label.GUARDED, weights.again, "")]
    return []


def speaks_for_guarded(cues: list[Cue]) -> bool:
    """Return whether any of the cues is one of guarded."""
    return any(cue.label is Label.GUARDED for cue in cues)


def remember(
    text: str, delay_s: float | None, *, question: Question | None, baseline: SpeakerBaseline
) -> None:
    """Add a turn's words and timing to what is usual for its speaker."""
    words = len(text.split())
    baseline.words += words
    baseline.hedges += len(HEDGE.findall(_straight(text)))
    if is_delay(delay_s):
        baseline.answer_delay_s.add(delay_s)
    if delay_s is not None:
        baseline.came_in.add(float(came_in(delay_s)))
    if question and words:
        baseline.answer_words.add(question.kind, words)


def expected_hedges(words: int, baseline: SpeakerBaseline) -> float:
    """Return how many hedges this speaker would put into so many words."""
    prior = USUAL_HEDGES_PER_WORD * USUAL_HEDGES_WEIGHT_WORDS
    rate = (baseline.hedges + prior) / (baseline.words + USUAL_HEDGES_WEIGHT_WORDS)
    return rate * words


def is_delay(delay_s: float | None) -> TypeGuard[float]:
    """Return whether the gap is one in which the speaker may have weighed an answer."""
    return delay_s is not None and 0.0 <= delay_s <= DELAY_MAX_S


def came_in(delay_s: float | None) -> TypeGuard[float]:
    """Return whether the turn began while the other side still spoke."""
    return delay_s is not None and -DELAY_MAX_S <= delay_s <= -CAME_IN_S


def _straight(text: str) -> str:
    """Return ``text`` with typewriter apostrophes, every character at its place."""
    return text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def _affirmed(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield the matches that no negation stands before."""
    for match in pattern.finditer(text):
        if not NEGATED.search(text[: match.start()]):
            yield match


def _quote(text: str, hedges: list[re.Match[str]]) -> str:
    """Return the words around the hedges literally, or the hedges alone where that is too long."""
    start = max(text.rfind(mark, 0, hedges[0].start()) for mark in ".?!") + 1
    whole = text[start : hedges[-1].end()].strip()
    if len(whole) <= QUOTE_MAX_CHARACTERS:
        return f'"{whole}"'
    return ", ".join(f'"{text[hedge.start() : hedge.end()]}"' for hedge in hedges[:2])
