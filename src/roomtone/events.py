"""Everything Roomtone knows about a call: one append-only stream of typed facts.

Overlay, log, debrief and other programs are folds over this stream. ``seq`` counts from zero
without gaps over the events that are kept; ``t_s`` is the session time at which the fact was known
and never goes backwards. Fields are only ever added, with defaults.

Events marked *droppable* are for the eye: they carry ``seq`` -1, are never logged, and no stored
fold depends on them.
"""

from typing import ClassVar

import msgspec

from roomtone.types import AgendaPoint, Echo, Label, Phase, PromiseKind, SentenceMeaning, Speaker, Word


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=True):
    droppable: ClassVar[bool] = False

    seq: int = -1
    t_s: float
    source_id: str = ""


class SessionStarted(_Event, frozen=True, kw_only=True):
    """A call begins to be heard.

    ``started_at`` is local wall time in ISO 8601; of a recording, the time its file was last written.
    """

    title: str
    mode: str
    """``replay``, ``live`` or ``practice``."""
    started_at: str
    version: str
    transcriber: str
    planned_s: float | None = None
    """How long the call is meant to last; None where nobody said."""
    playbook: str = ""
    """The name of the playbook in force, empty for none."""


class SessionEnded(_Event, frozen=True, kw_only=True):
    """The call was closed in order. A log without it was cut off."""

    duration_s: float
    reason: str
    """``end_of_input``, ``stopped`` or ``failed``; ``cut_off`` when it was closed by a later start."""


class SourceStarted(_Event, frozen=True, kw_only=True):
    """A source of audio is open; ``description`` says in words what it is.

    One that was lost starts again: ``missed_s`` is how much of the call it was not heard.
    """

    speaker: Speaker
    description: str
    sample_rate_hz: int
    missed_s: float = 0.0


class SourceLost(_Event, frozen=True, kw_only=True):
    """A device went away during the call and is being tried again; silence takes its place meanwhile."""

    speaker: Speaker
    message: str
    """What happened and what to do, for the user."""


class SourceStopped(_Event, frozen=True, kw_only=True):
    """A source of audio gave its last sample."""

    reason: str


class SourceOverflowed(_Event, frozen=True, kw_only=True):
    """The device lost samples before we got them; silence takes their place."""

    lost_samples: int


class CaveatNoted(_Event, frozen=True, kw_only=True):
    """Something about this call cannot be told or trusted; ``message`` is for the user."""

    code: str
    message: str


class CaveatWithdrawn(_Event, frozen=True, kw_only=True):
    """The caveat with this ``code`` and ``source_id`` holds no longer, from ``t_s`` on."""

    code: str


class EchoJudged(_Event, frozen=True, kw_only=True):
    """Whether the customer is heard through the seller's microphone; told when the answer changes."""

    echo: Echo
    delay_s: float | None = None
    """How much later the microphone hears them, None without echo."""
    level_db: float | None = None
    """How loud it hears them beside the customer's own side, in dB."""


class ConsentNoted(_Event, frozen=True, kw_only=True):
    """The seller noted that the other side agreed to be listened to; at 0 when that was before the call."""


class SpeechStarted(_Event, frozen=True, kw_only=True):
    """A side began to speak at ``start_s``, which lies a little before ``t_s``."""

    speaker: Speaker
    start_s: float


class SpeechEnded(_Event, frozen=True, kw_only=True):
    """A side spoke from ``start_s`` to ``end_s``; pauses under 0.3 s are bridged."""

    speaker: Speaker
    start_s: float
    end_s: float


class TranscriptPartial(_Event, frozen=True, kw_only=True):
    """Words of an utterance still going on. Droppable."""

    droppable: ClassVar[bool] = True

    utterance_id: str
    speaker: Speaker
    revision: int
    committed: str
    tentative: str


class TranscriptFinal(_Event, frozen=True, kw_only=True):
    """The words of an utterance."""

    utterance_id: str
    speaker: Speaker
    text: str
    words: tuple[Word, ...]
    start_s: float
    end_s: float
    avg_logprob: float
    no_speech_prob: float
    language: str = ""


class TranscriptRejected(_Event, frozen=True, kw_only=True):
    """An utterance stays without words; ``reason`` names the guard that refused them.

    It is ``failed`` when the recogniser failed, and ``stopped`` when the call was ended before it answered.
    """

    utterance_id: str
    speaker: Speaker
    start_s: float
    end_s: float
    reason: str


class ActsRecognised(_Event, frozen=True, kw_only=True):
    """What the sentences of an utterance do; follows its ``TranscriptFinal``."""

    utterance_id: str
    speaker: Speaker
    sentences: tuple[SentenceMeaning, ...]
    model: str


class AgendaSet(_Event, frozen=True, kw_only=True):
    """The seller's agenda, in the order they wrote it; a later one takes the place of an earlier one."""

    points: tuple[AgendaPoint, ...]


class AgendaPointCovered(_Event, frozen=True, kw_only=True):
    """A point of the agenda was talked about, from ``start_s`` on; ``quote`` is what shows it best."""

    point_id: str
    start_s: float
    quote: str


class AgendaPointMarked(_Event, frozen=True, kw_only=True):
    """The seller ticked a point, or took its tick away; holds whatever is recognised afterwards."""

    point_id: str
    covered: bool


class PhaseEntered(_Event, frozen=True, kw_only=True):
    """The call came into another phase, detected or as the seller says."""

    phase: Phase
    by_seller: bool = False


class PromiseMade(_Event, frozen=True, kw_only=True):
    """A side committed itself to something; ``is_safe``: the seller listed it as safe to promise."""

    promise_id: str
    utterance_id: str
    speaker: Speaker
    text: str
    kind: PromiseKind
    start_s: float
    end_s: float
    is_safe: bool = False


class PromiseReviewed(_Event, frozen=True, kw_only=True):
    """What the seller says of a promise after the call, behind ``SessionEnded``.

    ``text`` is how it should read; of several reviews of one promise the last counts.
    """

    promise_id: str
    verdict: str
    """``confirmed``, ``edited`` or ``struck``."""
    text: str


class EmotionEstimated(_Event, frozen=True, kw_only=True):
    """How a turn sounded. ``probabilities`` is over the six states; ``label`` may be ``cannot_tell``."""

    utterance_id: str
    speaker: Speaker
    label: Label
    probabilities: dict[Label, float]
    evidence: tuple[str, ...]
    model: str
    start_s: float
    end_s: float
    settled: bool = True
    """False while the voice is still being got to know; such a reading is shown as nothing more."""


class TurnEnded(_Event, frozen=True, kw_only=True):
    """A side gave up or lost the floor.

    ``floor_transfer_offset_s`` is the gap (positive) or overlap (negative) before the turn; None when
    the same side held the floor before. ``words`` counts words.
    """

    speaker: Speaker
    start_s: float
    end_s: float
    words: int
    floor_transfer_offset_s: float | None
    overlap_s: float
    is_question: bool
    interrupted: bool = False
    """Whether this turn began while the other side still held the floor, and both then spoke for at least
    0.5 s: this turn interrupts, it is not the one interrupted."""
    utterance_ids: tuple[str, ...] = ()


class ConversationMeasured(_Event, frozen=True, kw_only=True):
    """The running figures. Droppable: anyone can recompute them from the kept events.

    Ratios are in [0, 1] and None while there is too little speech to say.
    """

    droppable: ClassVar[bool] = True

    talk_ratio: float | None
    window_talk_ratio: float | None
    longest_monologue_s: float
    median_patience_s: float | None
    question_rate: float
    """The seller's questions per ten minutes of call."""


class NudgeRaised(_Event, frozen=True, kw_only=True):
    """One short line for the seller. ``message`` has at most 60 characters."""

    nudge_id: str
    rule: str
    severity: str
    """``quiet``, ``strong`` or ``good``."""
    message: str
    evidence: str
    expires_s: float


class NudgeDismissed(_Event, frozen=True, kw_only=True):
    """A nudge left the screen: ``expired``, ``retracted``, ``dismissed``, ``wrong`` or ``muted``."""

    nudge_id: str
    rule: str
    reason: str


class StageLagged(_Event, frozen=True, kw_only=True):
    """A stage fell behind the call by ``behind_s``; ``given_up`` says what is left out meanwhile."""

    stage: str
    behind_s: float
    given_up: str = ""


class StageFailed(_Event, frozen=True, kw_only=True):
    """A stage failed; the call goes on without it when ``recoverable``."""

    stage: str
    code: str
    message: str
    recoverable: bool


Event = (
    SessionStarted
    | SessionEnded
    | SourceStarted
    | SourceLost
    | SourceStopped
    | SourceOverflowed
    | CaveatNoted
    | CaveatWithdrawn
    | EchoJudged
    | ConsentNoted
    | SpeechStarted
    | SpeechEnded
    | TranscriptPartial
    | TranscriptFinal
    | TranscriptRejected
    | ActsRecognised
    | AgendaSet
    | AgendaPointCovered
    | AgendaPointMarked
    | PhaseEntered
    | PromiseMade
    | PromiseReviewed
    | EmotionEstimated
    | TurnEnded
    | ConversationMeasured
    | NudgeRaised
    | NudgeDismissed
    | StageLagged
    | StageFailed
)

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """Return the event as one line of JSON, without a line end."""
    return _encoder.encode(event)


def decode(data: bytes | str) -> Event:
    """Return the event of a line written by :func:`encode`.

    Raises:
        msgspec.ValidationError: when the line is no event this version knows.
    """
    event: Event = _decoder.decode(data)
    return event


def kind(event: Event) -> str:
    """Return the name under which the event is stored, the same as its JSON ``type``."""
    return type(event).__name__
