"""The conversation so far: a fold over the events of a call.

``fold(fold(start, a), b) == fold(start, a + b)``, and the same events give the same state on any
machine. Time passes only through events and :func:`advance`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TypeVar

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation.floor import ClosedTurn, Floor
from roomtone.conversation.manner import Manner
from roomtone.conversation.sentences import is_question, questions
from roomtone.conversation.understanding import Understanding
from roomtone.events import (
    ActsRecognised,
    AgendaPointCovered,
    AgendaPointMarked,
    AgendaSet,
    CaveatNoted,
    CaveatWithdrawn,
    ConsentNoted,
    EchoJudged,
    EmotionEstimated,
    Event,
    NudgeDismissed,
    NudgeRaised,
    PhaseEntered,
    PromiseMade,
    PromiseReviewed,
    SessionEnded,
    SessionStarted,
    SourceLost,
    SourceStarted,
    SpeechEnded,
    SpeechStarted,
    StageFailed,
    StageLagged,
    TranscriptFinal,
    TranscriptRejected,
    TurnEnded,
)
from roomtone.types import QUESTIONS, Echo, SentenceMeaning, Speaker

OfSource = TypeVar("OfSource", SourceStarted, SourceLost)

UNHEARD_REASONS = ("failed", "stopped")
"""Of a ``TranscriptRejected`` that no guard made."""
WORDS_DEADLINE_S = 10.0
"""A turn is announced without the rest of its words when they take longer than this."""
LATE_WORDS_S = 60.0
"""While the transcriber is behind, and says so, they are waited for up to this much longer."""
EDGE_S = 0.2
"""Word times are good to about 0.2 s; a word that close to a turn's edge belongs to it."""


@dataclass(frozen=True, slots=True)
class Side:
    """What is known of one side."""

    spans: tuple[tuple[float, float], ...] = ()
    """Finished speech, ``(start_s, end_s)``, in order."""
    spoken_s: float = 0.0
    """Length of all finished speech."""
    speaking_since_s: float | None = None
    finals: tuple[TranscriptFinal, ...] = ()
    words: int = 0
    questions: tuple[float, ...] = ()
    """Session times of the ends of the questions this side asked, in the order they became known."""
    asked_until_s: float = 0.0
    """End of its newest question, by its mark or as recognised; 0 without any."""
    turns: tuple[TurnEnded, ...] = ()
    gaps_s: tuple[float, ...] = ()
    """What it left before its turns, overlaps as 0, the smallest first."""
    readings: tuple[EmotionEstimated, ...] = ()
    heard_until_s: float = 0.0
    """All speech up to here has its words, or was refused by a guard."""
    rejected: int = 0
    """Utterances whose words a guard refused."""
    unheard: int = 0
    """Utterances that were never transcribed."""
    sentences: tuple[SentenceMeaning, ...] = ()
    """What this side said and what it does, as far as that is recognised, in order."""
    manner: Manner = field(default_factory=Manner)

    def spoken_between(self, since_s: float, until_s: float) -> float:
        """Return the seconds of finished speech of this side between two times."""
        spoken_s = 0.0
        for start_s, end_s in reversed(self.spans):
            if end_s <= since_s:
                break
            spoken_s += max(0.0, min(end_s, until_s) - max(start_s, since_s))
        return spoken_s

    def spoken_by(self, now_s: float) -> float:
        """Return the seconds this side has spoken, speech still going on included."""
        running_s = 0.0 if self.speaking_since_s is None else max(0.0, now_s - self.speaking_since_s)
        return self.spoken_s + running_s


@dataclass(frozen=True, slots=True)
class Conversation:
    """The state of a call."""

    settings: ConversationSettings = ConversationSettings()
    now_s: float = 0.0
    started: SessionStarted | None = None
    ended: SessionEnded | None = None
    sources: tuple[SourceStarted, ...] = ()
    """What is or was listened to: of each source id the latest."""
    lost: tuple[SourceLost, ...] = ()
    """Sources that are away at present."""
    caveats: tuple[CaveatNoted, ...] = ()
    withdrawals: tuple[CaveatWithdrawn, ...] = ()
    consent: ConsentNoted | None = None
    echo: EchoJudged | None = None
    distrusted_s: float = 0.0
    """How long echo made the talk share wrong, up to when ``echo`` was judged."""
    distrusted_until_s: float | None = None
    """When it last did; None while it does, and when it never did."""
    behind_s: float = 0.0
    """How late words are at present."""
    failures: tuple[StageFailed, ...] = ()
    seller: Side = field(default_factory=Side)
    customer: Side = field(default_factory=Side)
    unknown: Side = field(default_factory=Side)
    floor: Floor = field(default_factory=Floor)
    turns: tuple[TurnEnded, ...] = ()
    finals: tuple[TranscriptFinal, ...] = ()
    nudges: tuple[NudgeRaised, ...] = ()
    dismissals: tuple[NudgeDismissed, ...] = ()
    understood: Understanding = field(default_factory=Understanding)

    def side(self, speaker: Speaker) -> Side:
        """Return one side."""
        side = getattr(self, speaker.value)
        assert isinstance(side, Side)  # noqa: S101 - the three fields are named after the speakers
        return side


def start(settings: ConversationSettings) -> Conversation:
    """Return the state before the first event."""
    return Conversation(settings=settings, floor=Floor(settings=settings))


def fold(state: Conversation, events: Iterable[Event]) -> Conversation:
    """Return the state after ``events``."""
    return reduce(step, events, state)


def advance(state: Conversation, now_s: float) -> Conversation:
    """Return the state at ``now_s`` when nothing else has happened meanwhile."""
    if now_s <= state.now_s:
        return state
    floor = state.floor.advanced(now_s)
    return replace(state, now_s=now_s, floor=floor)


def step(state: Conversation, event: Event) -> Conversation:
    """Return the state after one event."""
    if event.droppable:
        return state
    state = advance(state, event.t_s)
    match event:
        case SpeechStarted():
            side = replace(state.side(event.speaker), speaking_since_s=event.start_s)
            return replace(
                _with_side(state, event.speaker, side),
                floor=state.floor.started(event.speaker, event.start_s).advanced(state.now_s),
            )
        case SpeechEnded():
            side = state.side(event.speaker)
            side = replace(
                side,
                spans=(*side.spans, (event.start_s, event.end_s)),
                spoken_s=side.spoken_s + event.end_s - event.start_s,
                speaking_since_s=None,
            )
            floor = state.floor.ended(event.speaker, event.start_s, event.end_s)
            return replace(_with_side(state, event.speaker, side), floor=floor.advanced(state.now_s))
        case TranscriptFinal():
            side = state.side(event.speaker)
            asked = tuple(question.end_s for question in questions(event))
            side = replace(
                side,
                finals=(*side.finals, event),
                words=side.words + len(event.words),
                questions=side.questions + asked,
                asked_until_s=max((side.asked_until_s, *asked)),
                manner=side.manner.heard(
                    event.text, start_s=event.start_s, end_s=event.end_s, fillers=state.settings.fillers
                ),
                heard_until_s=max(side.heard_until_s, event.end_s),
            )
            return replace(_with_side(state, event.speaker, side), finals=(*state.finals, event))
        case TranscriptRejected():
            side = state.side(event.speaker)
            side = replace(side, heard_until_s=max(side.heard_until_s, event.end_s))
            if event.reason in UNHEARD_REASONS:
                side = replace(side, unheard=side.unheard + 1)
            else:
                side = replace(side, rejected=side.rejected + 1)
            return _with_side(state, event.speaker, side)
        case TurnEnded():
            side = state.side(event.speaker)
            side = replace(side, turns=(*side.turns, event))
            if event.floor_transfer_offset_s is not None:
                gaps_s = sorted((*side.gaps_s, max(0.0, event.floor_transfer_offset_s)))
                side = replace(side, gaps_s=tuple(gaps_s))
            state = _with_side(state, event.speaker, side)
            return replace(state, turns=(*state.turns, event), floor=state.floor.announced())
        case EmotionEstimated():
            side = state.side(event.speaker)
            return _with_side(state, event.speaker, replace(side, readings=(*side.readings, event)))
        case ActsRecognised():
            side = state.side(event.speaker)
            asked = tuple(sentence.end_s for sentence in event.sentences if sentence.does(*QUESTIONS))
            side = replace(
                side,
                sentences=(*side.sentences, *event.sentences),
                asked_until_s=max((side.asked_until_s, *asked)),
            )
            return _understood(_with_side(state, event.speaker, side), event)
        case (
            AgendaSet()
            | AgendaPointCovered()
            | AgendaPointMarked()
            | PhaseEntered()
            | PromiseMade()
            | PromiseReviewed()
        ):
            return _understood(state, event)
        case NudgeRaised():
            return replace(state, nudges=(*state.nudges, event))
        case NudgeDismissed():
            return replace(state, dismissals=(*state.dismissals, event))
        case SessionStarted():
            return replace(state, started=event)
        case SessionEnded():
            return replace(state, ended=event)
        case SourceStarted():
            return replace(
                state,
                sources=(*_others(state.sources, event.source_id), event),
                lost=_others(state.lost, event.source_id),
            )
        case SourceLost():
            return replace(state, lost=(*_others(state.lost, event.source_id), event))
        case ConsentNoted():
            return replace(state, consent=state.consent or event)
        case EchoJudged():
            was_wrong = is_distrusted(state)
            return replace(
                state,
                echo=event,
                distrusted_s=distrusted_s(state),
                distrusted_until_s=event.t_s if was_wrong else state.distrusted_until_s,
            )
        case StageLagged(stage="transcriber"):
            return replace(state, behind_s=event.behind_s)
        case CaveatWithdrawn():
            return replace(state, withdrawals=(*state.withdrawals, event))
        case CaveatNoted():
            return replace(state, caveats=(*state.caveats, event))
        case StageFailed():
            return _understood(replace(state, failures=(*state.failures, event)), event)
        case _:
            return state


def is_distrusted(state: Conversation) -> bool:
    """Return whether what counts as the seller's speech is the customer's too at present, through echo."""
    return state.echo is not None and state.echo.echo is Echo.UNTRUSTED


def distrusted_s(state: Conversation) -> float:
    """Return how long echo has made the talk share wrong so far, in seconds."""
    if state.echo is None or not is_distrusted(state):
        return state.distrusted_s
    return state.distrusted_s + state.now_s - state.echo.t_s


def standing_caveats(state: Conversation) -> tuple[CaveatNoted, ...]:
    """Return the caveats that were not taken back."""
    withdrawn_s = {(gone.code, gone.source_id): gone.t_s for gone in state.withdrawals}
    return tuple(
        note for note in state.caveats if note.t_s > withdrawn_s.get((note.code, note.source_id), -math.inf)
    )


def with_floor(state: Conversation, floor: Floor) -> Conversation:
    """Return the state with another floor: for the end of a call, where open turns are closed early."""
    return replace(state, floor=floor)


def due_turn(state: Conversation, *, final: bool = False) -> TurnEnded | None:
    """Return the announcement of the oldest closed turn once its words are in, else None.

    The caller publishes the event and folds it; ``final`` announces without waiting for words.
    """
    if not state.floor.closed:
        return None
    turn = state.floor.closed[0]
    side = state.side(turn.speaker)
    words_are_in = side.heard_until_s >= turn.end_s - EDGE_S
    deadline_s = turn.end_s + WORDS_DEADLINE_S + min(state.behind_s, LATE_WORDS_S)
    if not (final or words_are_in or state.now_s >= deadline_s):
        return None
    return _announce(state, turn)


def _announce(state: Conversation, turn: ClosedTurn) -> TurnEnded:
    side = state.side(turn.speaker)
    lo_s, hi_s = turn.start_s - EDGE_S, turn.end_s + EDGE_S
    # Where two turns of a side nearly touch, the earlier one has the words between them.
    if side.turns:
        lo_s = max(lo_s, math.nextafter(side.turns[-1].end_s + EDGE_S, math.inf))
    inside = []
    for line in reversed(side.finals):
        if line.end_s < lo_s:
            break
        words = [word for word in line.words if lo_s <= (word.start_s + word.end_s) / 2 <= hi_s]
        if words or lo_s <= (line.start_s + line.end_s) / 2 <= hi_s:
            inside.append((line.utterance_id, words, line.text))
    inside.reverse()
    last_words = [word.text for _, words, _ in inside for word in words]
    return TurnEnded(
        t_s=state.now_s,
        source_id=turn.speaker.value,
        speaker=turn.speaker,
        start_s=turn.start_s,
        end_s=turn.end_s,
        words=len(last_words),
        floor_transfer_offset_s=turn.floor_transfer_offset_s,
        overlap_s=turn.overlap_s,
        is_question=bool(last_words) and is_question(last_words[-1]),
        interrupted=turn.interrupted,
        utterance_ids=tuple(utterance_id for utterance_id, _, _ in inside),
    )


def _understood(state: Conversation, event: Event) -> Conversation:
    return replace(state, understood=state.understood.after(event, state.settings))


def _others(events: tuple[OfSource, ...], source_id: str) -> tuple[OfSource, ...]:
    return tuple(event for event in events if event.source_id != source_id)


def _with_side(state: Conversation, speaker: Speaker, side: Side) -> Conversation:
    match speaker:
        case Speaker.SELLER:
            return replace(state, seller=side)
        case Speaker.CUSTOMER:
            return replace(state, customer=side)
        case Speaker.UNKNOWN:
            return replace(state, unknown=side)
