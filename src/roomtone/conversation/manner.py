"""How a side speaks: pace, fillers, and whom the words are about. Pure.

All of it comes from the words of finished utterances, so it lags the speech by a second or two, and all of
it is compared with the same person's earlier speech.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

SECONDS_PER_MINUTE = 60.0
LEAST_SPEECH_S = 2.0
"""Of an utterance: the pace of less is chance, and "yes" has none."""
SETTLED_SPEECH_S = 60.0
"""Speech of a person before their pace counts as known."""
US = frozenset(["we", "we're", "we've", "we'll", "we'd", "our", "ours", "us"])
"""The seller's side. "I" is left out: "I hear you" and "I can imagine" are about the customer."""
THEM = frozenset(["you", "you're", "you've", "you'll", "you'd", "your", "yours", "yourself"])
NOT_ABOUT_THEM = frozenset({"you know", "thank you"})
"""Phrases with "you" that are about nobody."""
MEANT = {"you know": tuple((word, "you", "know") for word in ("do", "did", "if", "as", "that", "what"))}
"""Where a phrase is no filler after all."""

_WORD = re.compile(r"[\w']+")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One utterance in figures."""

    start_s: float
    end_s: float
    speech_s: float
    """With its short pauses, as paces are counted; longer ones end an utterance."""
    words: int
    fillers: int
    us: int
    them: int


@dataclass(frozen=True, slots=True)
class Pace:
    """Words a minute of speech over the last while, and before it; None where there is too little."""

    now_wpm: float | None
    usual_wpm: float | None


@dataclass(frozen=True, slots=True)
class Manner:
    """The utterances of one side in figures, in order."""

    spoken: tuple[Spoken, ...] = ()
    paced_speech_s: float = 0.0
    """Speech of all utterances long enough to have a pace."""
    paced_words: int = 0

    def heard(self, text: str, *, start_s: float, end_s: float, fillers: Sequence[str]) -> "Manner":
        """Return the manner after one more utterance; ``fillers`` are in small letters."""
        words = [word.casefold().strip("'") for word in _WORD.findall(text.replace("’", "'"))]
        running = _running(words)
        speech_s = max(0.0, end_s - start_s)
        spoken = Spoken(
            start_s=start_s,
            end_s=end_s,
            speech_s=speech_s,
            words=len(words),
            fillers=sum(_count(running, filler, text) for filler in fillers),
            us=sum(word in US for word in words),
            them=sum(word in THEM for word in words)
            - sum(_count(running, phrase, text) for phrase in NOT_ABOUT_THEM),
        )
        has_pace = speech_s >= LEAST_SPEECH_S
        return replace(
            self,
            spoken=(*self.spoken, spoken),
            paced_speech_s=self.paced_speech_s + (speech_s if has_pace else 0.0),
            paced_words=self.paced_words + (len(words) if has_pace else 0),
        )

    def since(self, since_s: float) -> Spoken:
        """Return the sums over the utterances that ended after ``since_s``."""
        recent = []
        for spoken in reversed(self.spoken):
            if spoken.end_s <= since_s:
                break
            recent.append(spoken)
        return _sum(recent)

    def pace(self, *, since_s: float, least_s: float) -> Pace:
        """Return the pace since ``since_s``, from at least ``least_s`` of speech, and the pace before."""
        speech_s, words = 0.0, 0
        for spoken in reversed(self.spoken):
            if spoken.start_s < since_s:
                break
            if spoken.speech_s >= LEAST_SPEECH_S:
                speech_s += spoken.speech_s
                words += spoken.words
        return Pace(
            _wpm(words, speech_s, least_s=least_s),
            _wpm(self.paced_words - words, self.paced_speech_s - speech_s, least_s=SETTLED_SPEECH_S),
        )

    def habit_wpm(self, *, least_s: float) -> float | None:
        """Return the pace of the whole call, None before ``least_s`` of speech."""
        return _wpm(self.paced_words, self.paced_speech_s, least_s=least_s)


def _count(running: str, filler: str, text: str) -> int:
    """Return how often a phrase is said that says nothing: "like" only between commas, no "do you know"."""
    if filler == "like":
        return len(re.findall(r",\s*like,", text, flags=re.IGNORECASE))
    meant = MEANT.get(filler, ())
    return running.count(_running(filler.split())) - sum(running.count(_running(each)) for each in meant)


def _running(words: Sequence[str]) -> str:
    """Return words with a space on either side of each, so that "um, um" has two of them."""
    return "".join(f" {word} " for word in words)


def _sum(spoken: Sequence[Spoken]) -> Spoken:
    return Spoken(
        start_s=min((each.start_s for each in spoken), default=0.0),
        end_s=max((each.end_s for each in spoken), default=0.0),
        speech_s=sum(each.speech_s for each in spoken),
        words=sum(each.words for each in spoken),
        fillers=sum(each.fillers for each in spoken),
        us=sum(each.us for each in spoken),
        them=sum(each.them for each in spoken),
    )


def _wpm(words: int, speech_s: float, *, least_s: float) -> float | None:
    return words * SECONDS_PER_MINUTE / speech_s if speech_s >= least_s else None
