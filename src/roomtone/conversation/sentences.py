"""The sentences of an utterance, and which of them ask something."""

from dataclasses import dataclass

from roomtone.events import TranscriptFinal

EDGE_S = 0.3
"""Word times are good to about 0.2 s, and pauses under 0.3 s are bridged."""
QUESTION_MARKS = ("?", "？")
SENTENCE_ENDS = (".", "!", "…", "。", "！", *QUESTION_MARKS)
CLOSING_MARKS = "\"'”’)"
"""May stand after the end of a sentence."""
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it was heard, cut at the ends of utterances."""

    start_s: float
    end_s: float
    text: str
    word_ends: tuple[tuple[float, int], ...] = ()
    """When each word ended and where in the text; empty where the recogniser gave no word times."""

    def text_by(self, at_s: float) -> str:
        """Return what of the sentence had been said by ``at_s``, marked where it was cut."""
        position = max((place for end_s, place in self.word_ends if end_s <= at_s + EDGE_S), default=0)
        if not self.word_ends or position == len(self.text):
            return self.text
        return f"{self.text[:position]}{ELLIPSIS}" if position else ""

    @property
    def is_question(self) -> bool:
        """Whether the recogniser heard a question."""
        return is_question(self.text)


def sentences(final: TranscriptFinal) -> tuple[Sentence, ...]:
    """Return an utterance cut after words that end a sentence, the text between as it is written."""
    whole = Sentence(final.start_s, final.end_s, final.text.strip())
    found: list[Sentence] = []
    word_ends: list[tuple[float, int]] = []
    starts_at = at = 0
    start_s = final.start_s
    for index, word in enumerate(final.words):
        spoken = word.text.strip()
        position = final.text.find(spoken, at)
        if position < 0:
            return (whole,)
        if not word_ends:
            starts_at, start_s = position, word.start_s
        at = position + len(spoken)
        word_ends.append((word.end_s, at - starts_at))
        ends = (
            spoken.rstrip(CLOSING_MARKS).endswith(SENTENCE_ENDS)
            and not final.text[at:].lstrip()[:1].islower()
        )
        if ends or index == len(final.words) - 1:
            found.append(Sentence(start_s, word.end_s, final.text[starts_at:at], tuple(word_ends)))
            word_ends = []
    return tuple(found) or ((whole,) if whole.text else ())


def questions(final: TranscriptFinal) -> tuple[Sentence, ...]:
    """Return the sentences of an utterance in which the recogniser heard a question."""
    return tuple(sentence for sentence in sentences(final) if sentence.is_question)


def is_question(text: str) -> bool:
    """Return whether a text ends in a question."""
    return text.rstrip().rstrip(CLOSING_MARKS).endswith(QUESTION_MARKS)


def is_unfinished(text: str) -> bool:
    """Return whether a text breaks off: no mark ends it, or one for words left out."""
    end = text.rstrip().rstrip(CLOSING_MARKS)
    return not end.endswith(SENTENCE_ENDS) or end.endswith((ELLIPSIS, "..."))
