"""The values that travel through the line inside the process. Depends on numpy alone.

Times are seconds since the start of the session, derived from sample counts; audio inside the
line is 16 kHz mono float32 in [-1, 1].
"""

from dataclasses import dataclass, field
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


class Act(StrEnum):
    """What a sentence does in a sales conversation; one sentence may do several things, or none of these."""

    OPEN_QUESTION = "open_question"
    """Asks for more than a yes, a no or a figure."""
    CLOSED_QUESTION = "closed_question"
    FEELING_QUESTION = "feeling_question"
    """Asks how they feel about something (T5)."""
    BACKCHANNEL = "backchannel"
    """I am listening, go on: "mm-hm", "right"."""
    ACKNOWLEDGEMENT = "acknowledgement"
    """Makes room for what they said: "that makes sense", "if I were you I'd feel the same way" (T6)."""
    PUSHBACK_PRICE = "pushback_price"
    PUSHBACK_TIMING = "pushback_timing"
    PUSHBACK_AUTHORITY = "pushback_authority"
    """Somebody else decides."""
    PUSHBACK_RIVAL = "pushback_rival"
    PUSHBACK_STATUS_QUO = "pushback_status_quo"
    """What we have does, or we do it ourselves."""
    PUSHBACK_TRUST = "pushback_trust"
    PUSHBACK_OTHER = "pushback_other"
    COMMITMENT = "commitment"
    """Says what the speaker or their organisation will do or deliver (T7)."""
    NEXT_STEP = "next_step"
    """Names or proposes what happens next between the two."""
    SMALL_TALK = "small_talk"
    CONFUSION = "confusion"
    """Does not understand, or cannot decide (T8)."""
    BUYING_SIGNAL = "buying_signal"
    PRICE = "price"
    """Names what it costs."""
    PITCH = "pitch"
    """Speaks for the seller's own product or company."""


PUSHBACKS = tuple(act for act in Act if act.value.startswith("pushback_"))
QUESTIONS = (Act.OPEN_QUESTION, Act.CLOSED_QUESTION, Act.FEELING_QUESTION)


class Phase(StrEnum):
    """Where a call is; detected from what is said, and corrected by the seller."""

    OPENING = "opening"
    """Greetings and small talk (T4)."""
    DISCOVERY = "discovery"
    PRESENTATION = "presentation"
    OBJECTIONS = "objections"
    CLOSING = "closing"


class PromiseKind(StrEnum):
    """What a promise is about (T7)."""

    DATE = "date"
    PRICE = "price"
    SCOPE = "scope"
    FEATURE = "feature"
    SUPPORT = "support"


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
    may_end: bool = False
    """Whether a still open one is, sample for sample, what it will be if its speaker says nothing more."""


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
    deviation, shape ``(2 * width,)`` float32; shape ``(0,)`` where nobody wants it or it cannot be had.
    ``rejected`` names the guard that refused the text, and is empty when none did. ``smaller`` tells that it
    is the work of a smaller model than the call's.
    """

    words: tuple[Word, ...]
    text: str
    language: str
    audio_end_s: float
    avg_logprob: float
    no_speech_prob: float
    voice: NDArray[np.float32]
    rejected: str = ""
    smaller: bool = False


@dataclass(frozen=True, slots=True)
class HeardUtterance:
    """An utterance together with what the recogniser made of it: the raw material of a reading."""

    utterance: Utterance
    hypothesis: Hypothesis


class QuestionKind(StrEnum):
    """What a question asks for, and with it how much is said in a full answer."""

    OPEN = "open"
    """A story, a reason, an opinion: some sentences."""
    CLOSED = "closed"
    """Yes or no, or one of two."""
    FACT = "fact"
    """A figure, a date, a name: a few words."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was heard, and what it asks for."""

    text: str
    kind: QuestionKind


@dataclass(frozen=True, slots=True)
class TurnHeard:
    """One whole turn as the emotion classifier gets it."""

    speaker: Speaker
    start_s: float
    end_s: float
    heard: tuple[HeardUtterance, ...]
    floor_transfer_offset_s: float | None
    """Gap (positive) or overlap (negative) before this turn; ``None`` when the same side spoke last."""
    question: Question | None = None
    """The question that the other side's turn just before ended in, if it did."""
    listened_s: float = 0.0
    """How long the other side's turn just before was; 0 when the same side spoke last."""
    backchannels: int = 0
    """How often this side said something short meanwhile: "mm-hm"."""


@dataclass(frozen=True, slots=True)
class AgendaPoint:
    """One point of the seller's agenda. ``key_words`` are words one of which must be said; empty: derived."""

    point_id: str
    text: str
    key_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one sentence does: the acts found in it with their probabilities in [0, 1], only those found.

    ``closeness`` has the cosine similarity to each point of the agenda it was compared with, in order;
    ``promise`` is what a ``COMMITMENT`` is about.
    """

    acts: dict[Act, float]
    closeness: tuple[float, ...] = ()
    promise: PromiseKind | None = None


@dataclass(frozen=True, slots=True)
class SentenceMeaning:
    """A sentence of an utterance, when it was said, and what it does; fields as in :class:`Meaning`."""

    text: str
    start_s: float
    end_s: float
    acts: dict[Act, float]
    closeness: dict[str, float] = field(default_factory=dict)
    """By ``point_id``, only what is close enough to matter."""
    promise: PromiseKind | None = None

    def does(self, *acts: Act) -> bool:
        """Return whether the sentence does any of these."""
        return any(act in self.acts for act in acts)


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
