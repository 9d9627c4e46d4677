"""What was made of the words of a call: agenda, phases, push-back, promises, next steps. Pure.

What the log says of the agenda, the phases and the promises is taken as it was told in the call, so that a
debrief says what the screen said; the rest is judged again from the sentences.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from roomtone.conversation.answers import handled, next_steps
from roomtone.conversation.manner import LEAST_SPEECH_S, SETTLED_SPEECH_S
from roomtone.conversation.questions import asks, open_questions
from roomtone.conversation.state import Conversation
from roomtone.events import (
    AgendaPointCovered,
    AgendaPointMarked,
    AgendaSet,
    Event,
    PhaseEntered,
    PromiseMade,
    PromiseReviewed,
)
from roomtone.types import QUESTIONS, Act, AgendaPoint, Phase, PromiseKind, SentenceMeaning, Speaker

NEXT_STEP_S = 600.0
"""A next step named longer before the end was about something else."""
PACE_WINDOW_S = 60.0
PACE_LEAST_SPEECH_S = 20.0
"""Of the window; as for the nudge about pace."""
PACE_CHANGE = 0.2
"""Smaller changes against one's own pace are ordinary."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the agenda; ``at_s`` and ``quote`` are of when it was covered, where that was heard."""

    number: int
    text: str
    covered: bool
    at_s: float | None
    quote: str
    by_seller: bool
    """Whether the seller ticked it, or took its tick away."""


@dataclass(frozen=True, slots=True)
class PhaseBegun:
    """The call came into a phase; the opening, from the beginning, is not told."""

    at_s: float
    phase: Phase
    by_seller: bool


@dataclass(frozen=True, slots=True)
class PushedBack:
    """An objection of the customer and what the seller made of it."""

    at_s: float
    kind: Act
    quote: str
    pause_s: float | None
    """Before the seller's answer, negative for an overlap; None without an answer."""
    room_after_s: float | None
    """How long after the objection room was made for it; None when it was not."""
    room: str
    """In which words."""


@dataclass(frozen=True, slots=True)
class Promised:
    """A commitment of either side, and what the seller says of it after the call."""

    promise_id: str
    at_s: float
    speaker: Speaker
    kind: PromiseKind
    said: str
    text: str
    """How it should read; as it was said until it is edited."""
    is_safe: bool | None
    """Whether the seller listed it as safe to promise; None where they listed nothing."""
    verdict: str
    """``confirmed``, ``edited`` or ``struck``, empty until it is reviewed."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence of one side, and when it began."""

    at_s: float
    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class QuestionKinds:
    """The seller's questions by what they ask for; those about feelings are among the open ones."""

    open: int
    closed: int
    feeling: int


@dataclass(frozen=True, slots=True)
class PaceChange:
    """Where the seller's pace was furthest from their own: ``change`` is 0.3 for 30 % above it."""

    start_s: float
    end_s: float
    change: float


@dataclass(frozen=True, slots=True)
class Course:
    """Everything that was made of the words."""

    acts_known: bool
    """Whether sentences were recognised at all; without it only agenda and promises can be told."""
    agenda: tuple[Point, ...]
    phases: tuple[PhaseBegun, ...]
    pushbacks: tuple[PushedBack, ...]
    promises: tuple[Promised, ...]
    next_steps: tuple[Remark, ...]
    """Of the last ten minutes."""
    open_questions: tuple[Remark, ...]
    """The customer's that got no answer."""
    unsure: tuple[Remark, ...]
    """Where the customer seemed confused, or could not decide."""
    questions: QuestionKinds | None
    pace: PaceChange | None
    """None where the pace was even, or too little was said."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the log tells of agenda, phases and promises."""

    points: tuple[AgendaPoint, ...] = ()
    covered: dict[str, AgendaPointCovered] = field(default_factory=dict)
    marks: dict[str, AgendaPointMarked] = field(default_factory=dict)
    phases: tuple[PhaseEntered, ...] = ()
    promises: tuple[PromiseMade, ...] = ()
    reviews: dict[str, PromiseReviewed] = field(default_factory=dict)

    def after(self, event: Event) -> "Told":
        """Return what is told after one more event."""
        match event:
            case AgendaSet():
                return replace(self, points=event.points, covered={}, marks={})
            case AgendaPointCovered():
                return replace(self, covered=self.covered | {event.point_id: event})
            case AgendaPointMarked():
                return replace(self, marks=self.marks | {event.point_id: event})
            case PhaseEntered():
                return replace(self, phases=(*self.phases, event))
            case PromiseMade():
                return replace(self, promises=(*self.promises, event))
            case PromiseReviewed():
                return replace(self, reviews=self.reviews | {event.promise_id: event})
            case _:
                return self


def course(call: Conversation, told: Told, *, sides_known: bool) -> Course:
    """Return what was made of the words of a call; without known sides, only what needs none."""
    acts_known = call.understood.acts_known and sides_known
    return Course(
        acts_known=acts_known,
        agenda=_agenda(told),
        phases=tuple(PhaseBegun(each.t_s, each.phase, each.by_seller) for each in told.phases),
        pushbacks=_pushbacks(call) if acts_known else (),
        promises=promises(told, has_safe_list=bool(call.settings.promises.safe)),
        next_steps=_remarks(call, next_steps(call, since_s=call.now_s - NEXT_STEP_S)) if acts_known else (),
        open_questions=_remarks(call, open_questions(call)) if acts_known else (),
        unsure=_remarks(call, (said for said in call.customer.sentences if said.does(Act.CONFUSION)))
        if acts_known
        else (),
        questions=_question_kinds(call) if acts_known else None,
        pace=_pace_change(call) if acts_known else None,
    )


def _agenda(told: Told) -> tuple[Point, ...]:
    points = []
    for number, point in enumerate(told.points, start=1):
        heard, mark = told.covered.get(point.point_id), told.marks.get(point.point_id)
        covered = mark.covered if mark is not None else heard is not None
        shown = heard if covered else None
        points.append(
            Point(
                number,
                point.text,
                covered,
                at_s=shown.start_s if shown else None,
                quote=shown.quote if shown else "",
                by_seller=mark is not None,
            )
        )
    return tuple(points)


def _pushbacks(call: Conversation) -> tuple[PushedBack, ...]:
    found = []
    for pushback in call.understood.pushbacks:
        done = handled(call, pushback)
        found.append(
            PushedBack(
                at_s=pushback.start_s,
                kind=pushback.kind,
                quote=pushback.quote,
                pause_s=None if done.answer is None else round(done.answer.pause_s, 2),
                room_after_s=done.after_s(pushback),
                room=done.room_made.text if done.room_made is not None else "",
            )
        )
    return tuple(found)


def promises(told: Told, *, has_safe_list: bool) -> tuple[Promised, ...]:
    """Return the promises in the order they were made; of several reviews of one the last counts."""
    has_safe_list = has_safe_list or any(made.is_safe for made in told.promises)
    found = []
    for made in told.promises:
        review = told.reviews.get(made.promise_id)
        found.append(
            Promised(
                promise_id=made.promise_id,
                at_s=made.start_s,
                speaker=made.speaker,
                kind=made.kind,
                said=made.text,
                text=review.text if review is not None else made.text,
                is_safe=made.is_safe if has_safe_list else None,
                verdict=review.verdict if review is not None else "",
            )
        )
    return tuple(found)


def _remarks(call: Conversation, said: Iterable[SentenceMeaning]) -> tuple[Remark, ...]:
    sellers = {id(sentence) for sentence in call.seller.sentences}
    return tuple(
        Remark(
            sentence.start_s, Speaker.SELLER if id(sentence) in sellers else Speaker.CUSTOMER, sentence.text
        )
        for sentence in said
    )


def _question_kinds(call: Conversation) -> QuestionKinds | None:
    asked = [said for said in call.seller.sentences if asks(said) and said.does(*QUESTIONS)]
    if not asked:
        return None
    is_open = sum(said.does(Act.OPEN_QUESTION, Act.FEELING_QUESTION) for said in asked)
    return QuestionKinds(
        open=is_open,
        closed=len(asked) - is_open,
        feeling=sum(said.does(Act.FEELING_QUESTION) for said in asked),
    )


def _pace_change(call: Conversation) -> PaceChange | None:
    manner = call.seller.manner
    if manner.paced_speech_s < SETTLED_SPEECH_S + PACE_LEAST_SPEECH_S:
        return None
    changes = []
    for index in range(int(call.now_s // PACE_WINDOW_S) + 1):
        start_s = index * PACE_WINDOW_S
        inside = [
            spoken
            for spoken in manner.spoken
            if start_s <= spoken.start_s < start_s + PACE_WINDOW_S and spoken.speech_s >= LEAST_SPEECH_S
        ]
        speech_s, words = sum(each.speech_s for each in inside), sum(each.words for each in inside)
        others_s = manner.paced_speech_s - speech_s
        if speech_s < PACE_LEAST_SPEECH_S or others_s < SETTLED_SPEECH_S:
            continue
        usual = (manner.paced_words - words) / others_s
        change = words / speech_s / usual - 1.0
        changes.append(PaceChange(start_s, min(start_s + PACE_WINDOW_S, call.now_s), round(change, 3)))
    furthest = max(changes, key=lambda each: abs(each.change), default=None)
    return furthest if furthest is not None and abs(furthest.change) >= PACE_CHANGE else None
