"""One look at an utterance, and which of several is to be believed. Pure.

A recogniser misled by what stands before an utterance, or by the silence after it, repeats itself, breaks off
or leaves something out. It is then asked again with another window; what it says twice was said.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from roomtone.speech import guards, seam
from roomtone.speech.context import NOTHING_BEFORE, Lead
from roomtone.types import SAMPLE_RATE_HZ, Utterance, Word

SAMPLES_PER_ENCODER_FRAME = 320
"""20 ms: a mel hop of 160 samples, halved by the encoder's convolution."""
SECONDS_PER_ENCODER_FRAME = SAMPLES_PER_ENCODER_FRAME / SAMPLE_RATE_HZ


class Encoded(NamedTuple):
    """The encoder's output for one window."""

    output: Any
    """CTranslate2 storage of shape ``(1, window_frames, width)``."""
    frames: int
    """Encoder frames that hold what was said; the rest is margin."""
    lead: Lead = NOTHING_BEFORE
    """What was said before the utterance, and heard along with it."""
    lead_frames: int = 0
    """The first of the frames, where they still hold that."""

    @property
    def lead_s(self) -> float:
        """How long that is."""
        return self.lead_frames * SECONDS_PER_ENCODER_FRAME


class Decode(NamedTuple):
    """One decoder run: its text tokens, their average log-probability, the doubt that anyone spoke."""

    tokens: list[int]
    avg_logprob: float
    no_speech_prob: float
    ended: bool


@dataclass(frozen=True)
class Attempt:
    """The words of an utterance by one decoder run over one window."""

    words: tuple[Word, ...]
    utterance: Utterance
    encoded: Encoded
    decode: Decode

    @cached_property
    def decoded(self) -> guards.Decoded:
        """What the guards look at; after a cut without a pause the words may be some left out before it."""
        before_s = seam.REACH_S if self.encoded.lead.goes_on else 0.0
        return guards.Decoded(
            text=" ".join(self.texts),
            words=len(self.words),
            avg_logprob=self.decode.avg_logprob,
            no_speech_prob=self.decode.no_speech_prob,
            speech_s=before_s + self.utterance.end_s - self.utterance.start_s,
            unheard_s=_longest_unheard_s(self.words, self.utterance),
            ended=self.decode.ended,
        )

    @property
    def texts(self) -> Sequence[str]:
        """The text of each word."""
        return [word.text for word in self.words]

    @property
    def is_sound(self) -> bool:
        """Whether nothing speaks for another look, but perhaps an echo."""
        return not guards.is_broken(self.decoded)

    @property
    def without_echo(self) -> "Attempt":
        """The attempt up to where its words only repeat themselves or what was said before."""
        own = guards.echo_begins(self.texts)
        return self.until(min(own, guards.lead_echo_begins(self.texts, self.encoded.lead.words)))

    @property
    def has_echo(self) -> bool:
        """Whether that leaves something out."""
        return len(self.without_echo.words) < len(self.words)

    def until(self, words: int) -> "Attempt":
        """Return the attempt without its words from this one on."""
        return self if words >= len(self.words) else replace(self, words=self.words[:words])


def best(first: Attempt, others: Iterable[Callable[[], Attempt]]) -> Attempt:
    """Return the attempt to believe, of the first and as many ``others`` as it takes to tell."""
    if first.is_sound and not first.has_echo:
        return first
    last = first
    for look in others:
        last = look()
        if last.is_sound and not last.has_echo:
            return last
    # What is repeated in the last window too was said twice.
    if last.is_sound or (last.decode.avg_logprob > first.decode.avg_logprob and not first.has_echo):
        return last
    if first.without_echo.decoded.unheard_s <= guards.MOST_UNHEARD_S:
        return first.without_echo
    # The repetition took its time, as no echo does; or neither heard all.
    return min(first, last, key=lambda one: (bool(guards.refusal(one.decoded)), one.decoded.unheard_s))


def _longest_unheard_s(words: Sequence[Word], utterance: Utterance) -> float:
    """Return the longest time in which no word ends: one after what was skipped is aligned to begin early."""
    ends_s = [utterance.start_s, *(word.end_s for word in words), utterance.end_s]
    return max(later_s - earlier_s for earlier_s, later_s in pairwise(ends_s))
