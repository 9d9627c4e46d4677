"""What the words of a turn mean, by the vectors of its sentences: cues where no listed phrase was said."""

import functools
import re
from collections.abc import Callable
from pathlib import Path

from roomtone.speech import answering
from roomtone.speech.baseline import SpeakerBaseline
from roomtone.speech.cues import SENTENCE_ENDS, Cue, WordWeights
from roomtone.speech.voice_model import VoiceHeard
from roomtone.speech.word_heads import FILE, NEGATIVE, Vector, WordHeads, together
from roomtone.spoken import spoken
from roomtone.types import Label, Question

Embed = Callable[[str], Vector]
"""Gives the vector of words as they were spoken, of length one."""

STATE_OF_FEELING = {
    "joy": Label.EXCITED,
    "anger": Label.UPSET,
    "disgust": Label.UPSET,
    "sadness": Label.DEFEATED,
}
"""Fear and surprise fit no state."""
LEAST = {"joy": 0.85, "anger": 0.7, "disgust": 0.6, "sadness": 0.5}
"""Below this a feeling is not told. What was taught as anger has much plain disagreement in it."""
NEGATIVE_LEAST = 0.7
"""From here on the words are unfavourable; whether in anger or not is left open."""

FEWEST_WORDS = 4
"""Fewer mean too little: "thank you", "oh no"."""
SENTENCES = 6
"""The last ones of a turn are looked at: each costs two or three milliseconds."""
SENTENCE_MOST_WORDS = 40
"""A recogniser that sets no full stops makes one sentence of a minute; it is cut."""
REMEMBERED = 2 * SENTENCES
"""Vectors that are kept: one sentence is looked at in several ways."""
GLAD_AROUSAL = 0.5
"""Friendly words are politeness unless the voice is lively too."""
POLITE = re.compile(
    r"\b(?:thank(?:s| you)|sorry|please|excuse me|pardon|you're welcome|have a (?:good|great|nice)|"
    r"my pleasure|look(?:ing)? forward|appreciate|(?:help|see) you|"
    r"(?:good|great|nice) (?:to (?:hear|meet|talk)|talking)|enjoy (?:the|your))\b",
    re.IGNORECASE,
)
"""What is said out of politeness, which the head takes for gladness or sadness."""
HEDGED_MIN_EXTRA = 0.5
MOST_HEDGED = 2
"""Hedged sentences beyond the speaker's habit: fewer say nothing, more are mere searching for words."""
QUOTE_MAX_CHARACTERS, SHORT_QUOTE_MAX_CHARACTERS = 44, 34
"""Fits one line of evidence on a narrow screen, by itself and after "did not say how many"."""


class WordingReader:
    """Tells feelings, hedging and evasion from words; raises ``ModelError`` for a missing or damaged file."""

    def __init__(self, model_dir: Path, embed: Embed) -> None:
        self._heads = WordHeads(model_dir / FILE, embed("to try").shape[0])
        self._embed = functools.lru_cache(REMEMBERED)(embed)

    def tones(self, sentence: str) -> dict[str, float]:
        """Return the probability of each tone in a sentence."""
        words = spoken(sentence)
        return self._heads.tones(words, self._embed(words))

    def cues(self, text: str, voice: VoiceHeard | None, weights: WordWeights) -> list[Cue]:
        """Return for each state the cue of the sentence that speaks most for it.

        A question asks for a feeling rather than having one. Glad words need a lively ``voice``, where one
        was heard. Unfavourable words without a feeling that can be named speak for upset and defeated alike:
        the voice decides between them.
        """
        strongest: dict[Label, tuple[float, str]] = {}
        against = (NEGATIVE_LEAST, "")
        for sentence in sentences(text):
            is_question = sentence.endswith("?")
            if is_question or len(sentence.split()) < FEWEST_WORDS or POLITE.search(sentence):
                continue
            found = self.tones(sentence)
            for feeling, label in STATE_OF_FEELING.items():
                beyond = found[feeling] - LEAST[feeling]
                if beyond > strongest.get(label, (0.0, ""))[0]:
                    strongest[label] = (beyond, sentence)
            against = max(against, (found[NEGATIVE], sentence))
        if voice is not None and voice.arousal < GLAD_AROUSAL:
            strongest.pop(Label.EXCITED, None)
        cues = [Cue(label, weights.meaning, _quoted(sentence)) for label, (_, sentence) in strongest.items()]
        if against[1] and not strongest.keys() & {Label.UPSET, Label.DEFEATED}:
            line = f"{_quoted(against[1])} \N{EN DASH} unfavourable"
            cues += [Cue(label, weights.against, line) for label in (Label.UPSET, Label.DEFEATED)]
        return cues

    def hedged(self, text: str) -> list[str]:
        """Return the sentences that take back a part of what they say."""
        return [sentence for sentence in sentences(text) if self._is_hedged(sentence)]

    def hedge_cues(self, text: str, baseline: SpeakerBaseline, weights: WordWeights) -> list[Cue]:
        """Return that more sentences were hedged than is usual for the speaker."""
        hedged = self.hedged(text)
        extra = len(hedged) - baseline.expected_hedged(len(sentences(text)))
        if not hedged or extra < HEDGED_MIN_EXTRA:
            return []
        how_often = f"hedged in {len(hedged)} sentences" if len(hedged) > 1 else "hedged"
        line = f"{_quoted(hedged[-1])} \N{EN DASH} {how_often}"
        return [Cue(Label.GUARDED, weights.hedged_sentence * min(extra, MOST_HEDGED), line)]

    def evasion_cues(self, question: Question | None, text: str, weights: WordWeights) -> list[Cue]:
        """Return that a question was left open by the answer to it."""
        if question is None or not answering.may_leave_open(question, text):
            return []
        asked = self._embed(spoken(question.text))
        answered = together([self._embed(spoken(sentence)) for sentence in sentences(text)])
        evasive = self._heads.evasive(asked, answered, answering.hints(question, text))
        if evasive < self._heads.evasive_least:
            return []
        line = f"{answering.left_open(question)} \N{EN DASH} {_quoted(text, SHORT_QUOTE_MAX_CHARACTERS)}"
        return [Cue(Label.GUARDED, weights.evasive, line)]

    def remember(self, text: str, baseline: SpeakerBaseline) -> None:
        """Add a turn's sentences to what is usual for its speaker."""
        baseline.sentences += len(sentences(text))
        baseline.hedged_sentences += len(self.hedged(text))

    def _is_hedged(self, sentence: str) -> bool:
        words = spoken(sentence)
        long_enough = len(words.split()) >= FEWEST_WORDS
        return long_enough and self._heads.hedged(self._embed(words)) >= self._heads.hedged_least


def sentences(text: str) -> list[str]:
    """Return the last sentences of a text, long ones cut."""
    cut = []
    for sentence in SENTENCE_ENDS.split(text.strip())[-SENTENCES:]:
        words = sentence.split()
        cut += [
            " ".join(words[start : start + SENTENCE_MOST_WORDS])
            for start in range(0, len(words), SENTENCE_MOST_WORDS)
        ]
    return cut[-SENTENCES:]


def _quoted(text: str, most_characters: int = QUOTE_MAX_CHARACTERS) -> str:
    if len(text) <= most_characters:
        return f'"{text}"'
    short = text[: most_characters - 1].rsplit(" ", 1)[0]
    return f'"{short}\N{HORIZONTAL ELLIPSIS}"'
