"""The values that travel through the line inside the process. Depends on numpy alone.

Times are seconds since the start of the session, derived from sample counts; audio inside the
line is 16 kHz mono float32 in [-1, 1].
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
"""What Whisper and Silero were trained on; every source is resampled to it."""

Samples = NDArray[np.float32]
"""One-dimensional audio at :data:`SAMPLE_RATE_HZ`."""


class Speaker(StrEnum):
    """A side of the call. ``UNKNOWN`` is a recording whose sides cannot be told apart."""

    SELLER = "seller"
    CUSTOMER = "customer"
    UNKNOWN = "unknown"


class Label(StrEnum):
    """How a turn sounded, in the words of the teaching (product requirement T1)."""

    CONFIDENT = "confident"
    GUARDED = "guarded"
    EXCITED = "excited"
    UPSET = "upset"
    DEFEATED = "defeated"
    NEUTRAL = "neutral"
    CANNOT_TELL = "cannot_tell"


class Effort(StrEnum):
    """How much work a transcription is worth, the most first: what is given up when words come late."""

    FULL = "full"
    GREEDY = "greedy"
    """One hypothesis instead of a beam of them, and a second attempt only where the first is of no use."""
    SMALL = "small"
    """The smaller model, where there is one; else the same as ``GREEDY``."""


class Echo(StrEnum):
    """Whether the customer's voice comes back through the seller's microphone."""

    UNKNOWN = "unknown"
    """The customer was not heard long enough to say."""
    NONE = "none"
    """It does not: the seller wears headphones, or the call program removes it."""
    REMOVED = "removed"
    """It does, and is kept out of what counts as the seller's."""
    UNTRUSTED = "untrusted"
    """It does, and cannot be told from the seller's voice: their talk share is not to be trusted."""


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A run of samples of one source, in order and without gaps."""

    source_id: str
    start_sample: int
    samples: Samples
    captured_at_s: float

    @property
    def end_sample(self) -> int:
        """Index of the first sample after this chunk."""
        return self.start_sample + len(self.samples)


@dataclass(frozen=True, slots=True)
class Utterance:
    """Speech of one side between two pauses, with its audio (pre-roll and post-roll included).

    ``start_s`` and ``end_s`` bound the speech; ``samples`` begins at ``audio_start_s``, a little earlier.
    """

    utterance_id: str
    source_id: str
    speaker: Speaker
    start_s: float
    end_s: float
    audio_start_s: float
    samples: Samples
    closed_at_s: float
    """Session time at which the end was known."""
    still_open: bool = False
    """Whether its speaker goes on: good for a partial, not for a final."""


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word with its session times and the recogniser's probability for it."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the recogniser made of an utterance.

    ``voice`` is the encoder's output pooled over the frames of the utterance: mean then standard
    deviation, shape ``(2 * width,)`` float32; computed once for words and reading alike.
    ``rejected`` names the guard that refused the text, and is empty when none did.
    """

    words: tuple[Word, ...]
    text: str
    language: str
    audio_end_s: float
    avg_logprob: float
    no_speech_prob: float
    voice: NDArray[np.float32]
    rejected: str = ""


@dataclass(frozen=True, slots=True)
class HeardUtterance:
    """An utterance together with what the recogniser made of it: the raw material of a reading."""

    utterance: Utterance
    hypothesis: Hypothesis


@dataclass(frozen=True, slots=True)
class TurnHeard:
    """One whole turn as the emotion classifier gets it."""

    speaker: Speaker
    start_s: float
    end_s: float
    heard: tuple[HeardUtterance, ...]
    floor_transfer_offset_s: float | None
    """Gap (positive) or overlap (negative) before this turn; ``None`` when the same side spoke last."""
    answers_question: bool
    """Whether the other side's turn just before ended in a question."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a turn sounded, with what speaks for it.

    ``probabilities`` has an entry for each label but ``CANNOT_TELL`` and sums to one.
    ``evidence`` holds at most two short lines in words a person can check against the recording.
    """

    label: Label
    probabilities: dict[Label, float]
    evidence: tuple[str, ...]
    model: str


def seconds(samples: int) -> float:
    """Return the time of a sample index, rounded to 0.1 ms so that it prints short and compares equal."""
    return round(samples / SAMPLE_RATE_HZ, 4)
