"""The seller's agenda: which of its points were really talked about so far, and when.

A fold: :meth:`Agenda.heard` takes the utterances of both sides in the order they became known.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from roomtone.types import QUESTIONS, AgendaPoint, SentenceMeaning, Speaker

WINDOW_S = 90.0
"""Mentions further apart do not add up: talk about a point is one stretch of talk."""
NEEDED = 1.3
"""Sum of the weights in a window from which a point is covered; two sentences on it, or three around it."""
NEEDED_WITH_ONE_WORD = 2.4
"""The same where only one of several key words was said: in a call about cars "car" says little."""
FEWEST_SENTENCES = 2
"""One is a passing mention, however close it comes."""
FAR, NEAR = 0.25, 0.60
"""Closeness at which a sentence begins to count, and at which it is the point itself."""
NEAR_ENOUGH = 0.45
"""From here on a sentence counts without a key word."""
WORD_WEIGHT = 0.5
"""Of key words: half as much as closeness, for a word may be said about something else."""
WORDS_IN_FULL = 2
"""As many different key words in one sentence weigh in full."""
BESIDE = 0.15
"""A sentence that is closer to another point by as much is about that one."""
ANSWER_WEIGHT = 0.4
"""Of what the other side says to a question on the point, whatever the words."""
ANSWER_FEWEST_WORDS = 2
LISTED_POINTS = 3
"""A sentence that touches as many points announces or sums up; it talks about none of them."""

_NOT_YET = re.compile(
    r"\b(?:later|(?:in|for) (?:a|one) (?:second|moment|minute|bit)|before we (?:get|go|talk|come|start)|"
    r"(?:get|come|back) (?:back )?to (?:that|it|this|those)|on (?:the|my|our) (?:agenda|list)|next time|"
    r"another time|some other (?:time|day)|not (?:today|now)|"
    r"(?:today|first) (?:i'd like|i want|we'll|i would like|we want))\b"
)
"""Puts a point off, or announces it."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SUFFIX = re.compile(
    r"(?:'s|ations?|ments?|ings?|ions?|ness|ities|ity|ies|ied|ers?|ors?|ive|ed|es|ly|al|s|e|y)$"
)
_SHORTEST_STEM = 3
_EMPTY = frozenset(
    """
    a about above after again all also am an and any anything are as ask at back be because been before
    being bring but by call can clarify come confirm could cover describe did discuss do does doing down
    each explain find first for from further get give go going good had has have having he her here him
    his how i if in into introduce is it its just know learn let like look make many me mention more
    most much my need new of off on once one only or other our out over own people point present
    question questions raise really say see she should show so some something speak such suggest sure
    take talk tell than that the their them then there these they thing things this those through time
    to too understand understanding up us use using very want was we were what when where which while
    who whose why will with would you your
    """.split()  # noqa: SIM905 - a list of these would be ten times as long
)
"""Say nothing of what a point is about, words for what the seller is to do with it included."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A point that was talked about: from when on, and the sentence that shows it best."""

    point_id: str
    start_s: float
    quote: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A sentence that touches a point, and how much it weighs."""

    start_s: float
    weight: float
    key_stems: frozenset[str]
    quote: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of one point: how far the talk came, and what the seller says."""

    point: AgendaPoint
    stems: frozenset[str]
    mentions: tuple[Mention, ...] = ()
    """Of the last :data:`WINDOW_S`."""
    covered: Covered | None = None
    asked_by: Speaker | None = None
    """Who has just asked about it, and has no answer yet."""
    is_announced: bool = False
    marked: bool | None = None
    """What the seller says, None while nothing: it holds whatever is heard."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """The points in order, and how far the talk came with each."""

    progress: tuple[Progress, ...] = field(default=())

    @property
    def points(self) -> tuple[AgendaPoint, ...]:
        """The points in the order the seller wrote them."""
        return tuple(known.point for known in self.progress)

    def set(self, points: tuple[AgendaPoint, ...]) -> "Agenda":
        """Return the agenda with these points; what is known of those it has already stays."""
        known = {progress.point: progress for progress in self.progress}
        return Agenda(tuple(known.get(point) or Progress(point, key_stems(point)) for point in points))

    def heard(self, speaker: Speaker, sentences: Sequence[SentenceMeaning]) -> "Agenda":
        """Return the agenda after an utterance; a point counts as covered whichever side talks about it."""
        agenda = self
        for sentence in sentences:
            agenda = agenda._after(speaker, sentence)
        return agenda

    def covered(self, point_id: str) -> Covered | None:
        """Return when a point was covered, None while it is open; of one ticked by hand all that is known."""
        known = self._known(point_id)
        if known is None or known.marked is False:
            return None
        return known.covered or (Covered(point_id, 0.0, "") if known.marked else None)

    def due(self) -> tuple[Covered, ...]:
        """Return what was found covered and not yet announced; what the seller has marked never is."""
        return tuple(
            known.covered
            for known in self.progress
            if known.covered and not known.is_announced and known.marked is None
        )

    def announced(self, covered: Covered) -> "Agenda":
        """Return the agenda once a covered point was told, which it then is, whatever was heard here."""
        known = self._known(covered.point_id)
        if known is None:
            return self
        return self._with(covered.point_id, is_announced=True, covered=known.covered or covered)

    def marked(self, point_id: str, *, covered: bool) -> "Agenda":
        """Return the agenda after the seller ticked a point or took its tick away, which holds for good."""
        return self._with(point_id, marked=covered)

    def open_points(self) -> tuple[AgendaPoint, ...]:
        """Return the points not covered, in order."""
        return tuple(point for point in self.points if self.covered(point.point_id) is None)

    def _known(self, point_id: str) -> Progress | None:
        return next((known for known in self.progress if known.point.point_id == point_id), None)

    def _with(self, point_id: str, **changes: bool | Covered) -> "Agenda":
        return Agenda(
            tuple(
                replace(known, **changes) if known.point.point_id == point_id else known  # type: ignore[arg-type]
                for known in self.progress
            )
        )

    def _after(self, speaker: Speaker, sentence: SentenceMeaning) -> "Agenda":
        if not self.progress:
            return self
        touched: dict[str, Mention] = {}
        if not _NOT_YET.search(sentence.text.lower()):
            said = _stems(_words(sentence.text))
            closest = max(sentence.closeness.values(), default=0.0)
            for known in self.progress:
                mention = _mention(known, sentence, said)
                if mention and sentence.closeness.get(known.point.point_id, 0.0) > closest - BESIDE:
                    touched[known.point.point_id] = mention
        if len(touched) >= LISTED_POINTS:
            touched = {}
        return Agenda(
            tuple(
                known
                if known.covered
                else _progressed(known, speaker, sentence, touched.get(known.point.point_id))
                for known in self.progress
            )
        )


def key_stems(point: AgendaPoint) -> frozenset[str]:
    """Return the stems of which one must be said: of the key words, or of what the text is about."""
    return _stems(_words(" ".join(point.key_words))) or stems_of(point.text)


def stems_of(text: str) -> frozenset[str]:
    """Return the stems of the words in a text that say what it is about."""
    return _stems(word for word in _words(text) if word not in _EMPTY)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(_stem, words))


def _stem(word: str) -> str:
    shorter = _SUFFIX.sub("", word)
    return shorter if len(shorter) >= _SHORTEST_STEM else word


def _mention(known: Progress, sentence: SentenceMeaning, said: frozenset[str]) -> Mention | None:
    closeness = sentence.closeness.get(known.point.point_id, 0.0)
    hits = known.stems & said
    if not ((hits and closeness >= FAR) or closeness >= NEAR_ENOUGH):
        return None
    weight = min(1.0, (closeness - FAR) / (NEAR - FAR))
    in_full = 1 if known.point.key_words else min(WORDS_IN_FULL, max(1, len(known.stems)))
    weight += WORD_WEIGHT * min(1.0, len(hits) / in_full)
    return Mention(sentence.start_s, weight, hits, sentence.text)


def _progressed(
    known: Progress, speaker: Speaker, sentence: SentenceMeaning, mention: Mention | None
) -> Progress:
    asked_by = speaker if mention and sentence.does(*QUESTIONS) else None
    if mention is None:
        if known.asked_by is None:
            return known
        if known.asked_by is speaker is not Speaker.UNKNOWN:
            return known
        if len(sentence.text.split()) < ANSWER_FEWEST_WORDS:
            return known
        mention = Mention(sentence.start_s, ANSWER_WEIGHT, frozenset(), sentence.text)
    mentions = (*(m for m in known.mentions if m.start_s >= mention.start_s - WINDOW_S), mention)
    if not _suffices(known, mentions):
        return replace(known, mentions=mentions, asked_by=asked_by)
    best = max(mentions, key=lambda m: m.weight)
    covered = Covered(known.point.point_id, min(m.start_s for m in mentions), best.quote)
    return replace(known, mentions=(), asked_by=None, covered=covered)


def _suffices(known: Progress, mentions: Sequence[Mention]) -> bool:
    """Return whether these mentions in a stretch of talk are talk about the point."""
    said = frozenset().union(*(m.key_stems for m in mentions))
    if len(mentions) < FEWEST_SENTENCES or (known.stems and not said):
        return False
    one_of_several = len(said) == 1 < len(known.stems) and not known.point.key_words
    return sum(m.weight for m in mentions) >= (NEEDED_WITH_ONE_WORD if one_of_several else NEEDED)
