"""What the words of a turn mean, by the vectors of its sentences: cues where no listed phrase was said."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roomtone.errors import ModelError
from roomtone.speech.cues import Cue, WordWeights
from roomtone.speech.voice_model import VoiceHeard
from roomtone.types import Label

Vector = NDArray[np.float32]
Embed = Callable[[str], Vector]
"""Gives the vector of a sentence, of length one."""

FILE = "reading_words.npz"
FEELINGS = ("neutral", "glad", "angry", "sad", "afraid", "surprised")
"""The order of the head's classes."""
STATE_OF_FEELING = {"glad": Label.EXCITED, "angry": Label.UPSET, "sad": Label.DEFEATED}
"""Afraid and surprised fit no state."""

FEWEST_WORDS = 4
"""Fewer mean too little: "thank you", "oh no"."""
SENTENCES = 6
"""The last ones of a turn are looked at: each costs two or three milliseconds."""
SENTENCE_MOST_WORDS = 40
"""A recogniser that sets no full stops makes one sentence of a minute; it is cut."""
LEAST = 0.55
"""Below this a feeling is not told: half of what written comments teach is wrong on speech."""
GLAD_AROUSAL = 0.5
"""Friendly words are politeness unless the voice is lively too."""
POLITE = re.compile(
    r"\b(?:thank(?:s| you)|sorry|please|excuse me|pardon|you're welcome|have a (?:good|great|nice)|"
    r"my pleasure|look(?:ing)? forward|appreciate|(?:help|see) you|"
    r"(?:good|great|nice) to (?:hear|meet|talk))\b",
    re.IGNORECASE,
)
"""What is said out of politeness, which the head takes for gladness or sadness."""
QUOTE_MAX_CHARACTERS = 44
"""Fits one line of evidence on a narrow screen."""

_ENDS = re.compile(r"(?<=[.?!])\s+")


class WordingReader:
    """Tells feelings from sentences; raises ``ModelError`` when its file is missing or damaged."""

    def __init__(self, model_dir: Path, embed: Embed) -> None:
        path = model_dir / FILE
        try:
            with np.load(path, allow_pickle=False) as stored:
                self._weights = stored["weights"].astype(np.float32)
                self._bias = stored["bias"].astype(np.float32)
                fits = tuple(map(str, stored["feelings"])) == FEELINGS
            fits = fits and self._weights.shape == (len(FEELINGS), embed("to try").shape[0])
        except (OSError, EOFError, KeyError, ValueError) as error:
            raise _damaged(path) from error
        if not fits:
            raise _damaged(path)
        self._embed = embed

    def feelings(self, sentence: str) -> dict[str, float]:
        """Return the probability of each feeling in a sentence."""
        logits = self._weights @ self._embed(sentence) + self._bias
        odds = np.exp(logits - logits.max())
        return dict(zip(FEELINGS, map(float, odds / odds.sum()), strict=True))

    def cues(self, text: str, voice: VoiceHeard | None, weights: WordWeights) -> list[Cue]:
        """Return for each state the cue of the sentence that speaks most for it.

        Glad words need a lively ``voice``, where one was heard.
        """
        strongest: dict[Label, tuple[float, str]] = {}
        for sentence in sentences(text):
            if len(sentence.split()) < FEWEST_WORDS or POLITE.search(sentence):
                continue
            found = self.feelings(sentence)
            for feeling, label in STATE_OF_FEELING.items():
                if found[feeling] > max(LEAST, strongest.get(label, (0.0, ""))[0]):
                    strongest[label] = (found[feeling], sentence)
        calm = voice is not None and voice.arousal < GLAD_AROUSAL
        if calm:
            strongest.pop(Label.EXCITED, None)
        return [
            Cue(label, _log_odds(probability, weights), f'"{_shortened(sentence)}"')
            for label, (probability, sentence) in strongest.items()
        ]


def sentences(text: str) -> list[str]:
    """Return the last sentences of a text, long ones cut."""
    cut = []
    for sentence in _ENDS.split(text.strip())[-SENTENCES:]:
        words = sentence.split()
        cut += [
            " ".join(words[start : start + SENTENCE_MOST_WORDS])
            for start in range(0, len(words), SENTENCE_MOST_WORDS)
        ]
    return cut[-SENTENCES:]


def _log_odds(probability: float, weights: WordWeights) -> float:
    log_odds = weights.meaning * float(np.log(probability / max(1e-6, 1.0 - probability)) + 1.0)
    return min(weights.meaning_most, log_odds)


def _shortened(sentence: str) -> str:
    if len(sentence) <= QUOTE_MAX_CHARACTERS:
        return sentence
    return sentence[: QUOTE_MAX_CHARACTERS - 1].rsplit(" ", 1)[0] + "\N{HORIZONTAL ELLIPSIS}"


def _damaged(path: Path) -> ModelError:
    return ModelError(
        f"The file {path}, by which words are read, is missing or belongs to another version; "
        "check it with: roomtone models verify",
        code="reading_model_damaged",
    )
