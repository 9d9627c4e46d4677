"""Refuses what a recogniser writes when nobody said it. Pure.

Whisper was trained on subtitles and fills silence and noise with their stock phrases, and a decoder
that finds no end repeats itself. A wrong line in front of a customer costs more than a missing one.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

MAX_COMPRESSION_RATIO = 2.4
"""Text that compresses better than this repeats itself (the value of Whisper's authors)."""
MIN_AVG_LOGPROB = -1.0
"""Below this the words are guesses (the value of Whisper's authors)."""
MAX_NO_SPEECH_PROB = 0.6
"""Above this the recogniser itself doubts that anyone spoke (the value of Whisper's authors)."""
DOUBTFUL_LOGPROB = -0.6
"""A line is refused for want of speech only when its words are doubtful as well: quiet telephone
speech often has a high no-speech probability and perfectly good words."""
MAX_WORDS_PER_SECOND = 8.0
"""Very fast English is about 5 words a second; beyond this the text was not said in that time."""

LEAST_WORDS_PER_SECOND = 1.0
"""Slow speech is about 2 words a second; with fewer the decoder gave up before the end."""
SHORT_SPEECH_S = 3.0
"""So much of an utterance may be one long word, a laugh or an "um"."""
MOST_UNHEARD_S = 2.0
"""A long word and a short pause; with more the decoder left something out."""
LEAST_ECHO_WORDS = 3
"""Words of a sentence begun again and broken off; two in a row recur by chance."""
LEAST_LEAD_WORDS = 4
"""In a row that were said before the utterance too; three in a row recur by chance ("I don't know")."""

_SUBTITLE_PHRASES = frozenset(
    {
        "thanks for watching",
        "thank you for watching",
        "thank you so much for watching",
        "please subscribe",
        "please subscribe to my channel",
        "like and subscribe",
        "dont forget to subscribe",
        "subtitles by the amaraorg community",
        "transcription by castingwords",
        "see you in the next video",
        "ill see you in the next video",
        "i will see you in the next video",
    }
)
_SILENCE_PHRASES = frozenset({"thank you", "thanks", "you", "bye", "bye bye", "so", "the", "okay", "oh"})
_NOT_WORDS = re.compile(r"[^\w\s]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the guards look at."""

    text: str
    words: int
    avg_logprob: float
    no_speech_prob: float
    speech_s: float
    ended: bool
    """Whether the decoder found an end by itself, rather than running into the token limit."""
    unheard_s: float = 0.0
    """The longest part of the speech in which no word ends, where it is known."""


def compression_ratio(text: str) -> float:
    """Return how much smaller the text becomes by compression; 0 for empty text."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0


def echo_begins(words: Sequence[str]) -> int:
    """Return the index from which on the words only repeat those just before them, else their number.

    A decoder that is given silence after the last word often begins the sentence again. People do repeat
    themselves: it takes a second look to tell. One word said twice ("bye bye") is left alone.
    """
    plain = [_plain(word) for word in words]
    for at in range(2, len(plain)):
        tail = plain[at:]
        for before in range(at - 2, -1, -1):
            whole = at - before
            if len(tail) > whole or not _begins_like(plain[before:at], tail):
                continue
            if len(tail) == whole or len(tail) >= LEAST_ECHO_WORDS:
                return at
    return len(words)


def lead_echo_begins(words: Sequence[str], lead: Sequence[str]) -> int:
    """Return the index from which on what was said before the words comes again, else their number.

    For a short utterance with few words of its own the decoder often repeats what was said before it.
    People do take up their own words: it takes a second look, without the lead, to tell.
    """
    plain, said = ([_plain(word) for word in some] for some in (words, lead))
    runs = {tuple(said[at : at + LEAST_LEAD_WORDS]) for at in range(len(said) - LEAST_LEAD_WORDS + 1)}
    starts = range(len(plain) - LEAST_LEAD_WORDS + 1)
    return next((at for at in starts if tuple(plain[at : at + LEAST_LEAD_WORDS]) in runs), len(words))


def loop_begins(words: Sequence[str]) -> int:
    """Return the index from which on some words just said are said again at once, else their number.

    For words that are only shown for a second: of what people repeat, it takes the repetition away.
    """
    plain = [_plain(word) for word in words]
    for at in range(LEAST_ECHO_WORDS, len(plain)):
        for length in range(LEAST_ECHO_WORDS, at + 1):
            if plain[at - length : at] == plain[at : at + length]:
                return at
    return echo_begins(words)


def _begins_like(words: Sequence[str], tail: Sequence[str]) -> bool:
    """Return whether ``tail`` is the beginning of ``words``, its last word perhaps broken off."""
    *whole, last = tail
    return list(words[: len(whole)]) == whole and words[len(whole)].startswith(last)


def is_broken(decoded: Decoded) -> bool:
    """Return whether decoding once more with a full window is worth its time."""
    return (
        not decoded.ended
        or compression_ratio(decoded.text) > MAX_COMPRESSION_RATIO
        or decoded.avg_logprob < MIN_AVG_LOGPROB
        or decoded.words > _most_words(decoded.speech_s)
        or decoded.words < LEAST_WORDS_PER_SECOND * (decoded.speech_s - SHORT_SPEECH_S)
        or decoded.unheard_s > MOST_UNHEARD_S
    )


def refusal(decoded: Decoded) -> str:
    """Return the name of the guard that refuses the text, or an empty string.

    One of ``empty``, ``repetition``, ``too_many_words``, ``no_speech``, ``low_probability``, ``phantom``.
    """
    phrase = _plain(decoded.text)
    if not phrase:
        return "empty"
    if not decoded.ended or compression_ratio(decoded.text) > MAX_COMPRESSION_RATIO:
        return "repetition"
    if decoded.words > _most_words(decoded.speech_s):
        return "too_many_words"
    if decoded.no_speech_prob > MAX_NO_SPEECH_PROB and decoded.avg_logprob < DOUBTFUL_LOGPROB:
        return "no_speech"
    if decoded.avg_logprob < MIN_AVG_LOGPROB:
        return "low_probability"
    if phrase in _SUBTITLE_PHRASES:
        return "phantom"
    if phrase in _SILENCE_PHRASES and decoded.no_speech_prob > MAX_NO_SPEECH_PROB:
        return "phantom"
    return ""


def _plain(text: str) -> str:
    return " ".join(_NOT_WORDS.sub("", text.lower().replace("-", " ")).split())


def _most_words(speech_s: float) -> float:
    return 3 + MAX_WORDS_PER_SECOND * speech_s
