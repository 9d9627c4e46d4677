"""What a call was like, told from its log alone: a fold over the events, then plain figures."""

from collections.abc import Iterable
from dataclasses import dataclass

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation import metrics, state
from roomtone.conversation.sentences import Sentence
from roomtone.conversation.state import Conversation, Side
from roomtone.debrief import exchange, shares
from roomtone.debrief.caveats import Losses, caveats
from roomtone.debrief.course import Course, Told, course
from roomtone.debrief.exchange import Answered, Interruption, Monologue, Patience
from roomtone.debrief.passages import last_words, said_before, sentences_of
from roomtone.debrief.shares import Stretch
from roomtone.events import EmotionEstimated, Event, NudgeDismissed, NudgeRaised, TranscriptFinal
from roomtone.types import Label, Speaker

RATE_MIN_SPEECH_S = 10.0
"""A pace in words a minute from less speech than this is chance."""
SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Quote:
    """Something said, and when it began."""

    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class SideFigures:
    """One side of the call in figures; ``words_per_minute`` counts minutes of speech."""

    speaker: Speaker
    spoken_s: float
    words: int
    words_per_minute: float | None
    rejected: int
    longest: Monologue | None
    interruptions: tuple[Interruption, ...]
    questions: int
    questions_per_ten_minutes: float
    asked: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Sounded:
    """How a turn of the customer sounded, what speaks for it, and what the seller had just said."""

    at_s: float
    label: Label
    probability: float | None
    evidence: tuple[str, ...]
    said_before: Quote | None


@dataclass(frozen=True, slots=True)
class NudgeOutcome:
    """A nudge and what became of it; ``outcome`` is empty when it was still showing at the end."""

    at_s: float
    rule: str
    severity: str
    message: str
    evidence: str
    outcome: str


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """An utterance as it was heard."""

    at_s: float
    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a debrief tells. Times are seconds from the start of the call, shares are in [0, 1]."""

    call_id: str
    title: str
    mode: str
    started_at: str
    duration_s: float
    cut_off: bool
    sides_known: bool
    """False where the voices cannot be told apart, mixed in one channel or through echo; most of the rest is
    then empty."""
    caveats: tuple[str, ...]
    sides: tuple[SideFigures, ...]
    """The sides that were heard, the seller first."""
    seller_share: float | None
    """Of the speech of both sides; None while one was hardly heard."""
    fullest_stretch: Stretch | None
    """The stretch of five minutes in which the seller talked most; None in a shorter call."""
    patience: Patience | None
    customer_questions: tuple[Answered, ...]
    readings: tuple[Sounded, ...]
    """Of the customer, once their voice was known."""
    early_readings: int
    """Readings made before that, which say nothing."""
    nudges: tuple[NudgeOutcome, ...]
    stretches: tuple[Stretch, ...]
    """The call cut into minutes, or into longer pieces when it was long."""
    course: Course
    """Agenda, phases, push-back, promises and next steps: what was made of the words."""
    transcript: tuple[TranscriptLine, ...]

    def side(self, speaker: Speaker) -> SideFigures | None:
        """Return the figures of one side, None when it was not heard."""
        return next((side for side in self.sides if side.speaker == speaker), None)


def build(
    events: Iterable[Event],
    *,
    call_id: str = "",
    settings: ConversationSettings = ConversationSettings(),
    unknown_events: int = 0,
    transcript: bool = False,
) -> Report:
    """Return the report of a call from its kept events.

    ``call_id`` is the call's name in the library, ``unknown_events`` how many entries of the log this
    version could not read; ``transcript`` asks for every utterance to be included.
    """
    losses = Losses(unknown_events=unknown_events)
    told_of = Told()
    call = state.start(settings)
    for event in events:
        call = state.step(call, event)
        told_of = told_of.after(event)
        losses = losses.after(event)
    said = {speaker: sentences_of(call.side(speaker).finals) for speaker in Speaker}
    # What echo made the seller's is the customer's as well: then nothing of the seller's is told.
    sides_known = not _heard(call.unknown) and not metrics.echo_distrusted(call)
    told = [speaker for speaker in Speaker if sides_known or speaker is not Speaker.SELLER]
    started = call.started
    return Report(
        call_id=call_id,
        title=started.title if started else "",
        mode=started.mode if started else "",
        started_at=started.started_at if started else "",
        duration_s=call.ended.duration_s if call.ended else call.now_s,
        cut_off=call.ended is None or call.ended.reason == "cut_off",
        sides_known=sides_known,
        caveats=caveats(call, losses),
        sides=tuple(
            _side_figures(call, speaker, said, cut_in=sides_known)
            for speaker in told
            if _heard(call.side(speaker))
        ),
        seller_share=metrics.talk_share(call).seller if metrics.talk_share_known(call) else None,
        fullest_stretch=shares.fullest_stretch(call) if sides_known else None,
        patience=exchange.patience(call, said[Speaker.CUSTOMER]) if sides_known else None,
        customer_questions=exchange.answered(call, said) if sides_known else (),
        readings=tuple(
            _sounded(reading, said[Speaker.SELLER]) for reading in call.customer.readings if reading.settled
        ),
        early_readings=sum(not reading.settled for reading in call.customer.readings),
        nudges=tuple(_outcome(nudge, call.dismissals) for nudge in call.nudges),
        stretches=shares.stretches(call) if sides_known else (),
        course=course(call, told_of, sides_known=sides_known),
        transcript=tuple(_line(final) for final in _by_start(call.finals)) if transcript else (),
    )


def _heard(side: Side) -> bool:
    return bool(side.spans or side.finals or side.speaking_since_s is not None)


def _side_figures(
    call: Conversation, speaker: Speaker, said: dict[Speaker, tuple[Sentence, ...]], *, cut_in: bool
) -> SideFigures:
    side = call.side(speaker)
    spoken_s = side.spoken_by(call.now_s)
    rate = (
        side.words * SECONDS_PER_MINUTE / spoken_s if spoken_s >= RATE_MIN_SPEECH_S and side.words else None
    )
    return SideFigures(
        speaker=speaker,
        spoken_s=round(spoken_s, 2),
        words=side.words,
        words_per_minute=None if rate is None else round(rate, 1),
        rejected=side.rejected,
        longest=exchange.longest_monologue(call, speaker, said[speaker]),
        interruptions=exchange.interruptions(call, speaker, said) if cut_in else (),
        questions=len(side.questions),
        questions_per_ten_minutes=round(metrics.question_rate(call, speaker), 2),
        asked=tuple(
            Quote(sentence.start_s, last_words(sentence.text))
            for sentence in said[speaker]
            if sentence.is_question
        ),
    )


def _sounded(reading: EmotionEstimated, seller_said: tuple[Sentence, ...]) -> Sounded:
    before = said_before(seller_said, reading.start_s)
    return Sounded(
        at_s=reading.start_s,
        label=reading.label,
        probability=reading.probabilities.get(reading.label),
        evidence=reading.evidence,
        said_before=Quote(before.start_s, before.text) if before else None,
    )


def _outcome(nudge: NudgeRaised, dismissals: Iterable[NudgeDismissed]) -> NudgeOutcome:
    reasons = (gone.reason for gone in dismissals if gone.nudge_id == nudge.nudge_id)
    return NudgeOutcome(
        at_s=nudge.t_s,
        rule=nudge.rule,
        severity=nudge.severity,
        message=nudge.message,
        evidence=nudge.evidence,
        outcome=next(reasons, ""),
    )


def _by_start(finals: Iterable[TranscriptFinal]) -> list[TranscriptFinal]:
    return sorted(finals, key=lambda final: final.start_s)


def _line(final: TranscriptFinal) -> TranscriptLine:
    return TranscriptLine(final.start_s, final.speaker, final.text.strip())
