"""What was made of the words of a call: push-back, promises, agenda, phase. Pure.

Part of the conversation's state; the recogniser's findings come in as events, and what follows from them
goes out as events, in the same way as turns.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import msgspec

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation.agenda import Agenda, Covered
from roomtone.conversation.phases import Phases
from roomtone.conversation.promises import is_safe
from roomtone.conversation.pushback import PushBack, with_pushback
from roomtone.events import (
    ActsRecognised,
    AgendaPointCovered,
    AgendaPointMarked,
    AgendaSet,
    Event,
    PhaseEntered,
    PromiseMade,
    PromiseReviewed,
    StageFailed,
)
from roomtone.types import Act, PromiseKind, Speaker

LEAST_PROMISE_WORDS = 4
""""I will." is no promise anybody could hold one to."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What is known of what was said."""

    acts_known: bool = False
    """Whether sentences are being recognised: not before the first of them, and not after that failed."""
    pushbacks: tuple[PushBack, ...] = ()
    promises: tuple[PromiseMade, ...] = ()
    reviews: tuple[PromiseReviewed, ...] = ()
    promised: tuple[PromiseMade, ...] = ()
    """Promises that were not announced yet."""
    agenda: Agenda = field(default_factory=Agenda)
    phases: Phases = field(default_factory=Phases)

    def after(self, event: Event, settings: ConversationSettings) -> "Understanding":
        """Return what is known after one event."""
        match event:
            case ActsRecognised():
                return self._after_acts(event, settings)
            case AgendaSet():
                return replace(self, agenda=self.agenda.set(event.points))
            case AgendaPointCovered():
                covered = Covered(event.point_id, event.start_s, event.quote)
                return replace(self, agenda=self.agenda.announced(covered))
            case AgendaPointMarked():
                return replace(self, agenda=self.agenda.marked(event.point_id, covered=event.covered))
            case PhaseEntered():
                phases = self.phases.entered(event.phase, event.t_s, by_seller=event.by_seller)
                return replace(self, phases=phases)
            case PromiseMade():
                waiting = tuple(each for each in self.promised if each.promise_id != event.promise_id)
                return replace(self, promises=(*self.promises, event), promised=waiting)
            case PromiseReviewed():
                return replace(self, reviews=(*self.reviews, event))
            case StageFailed(stage="acts"):
                return replace(self, acts_known=False)
            case _:
                return self

    def due(self, now_s: float) -> Iterable[Event]:
        """Return the promises and points that were found; each is due until it was folded in."""
        for promise in self.promised:
            yield msgspec.structs.replace(promise, t_s=now_s)
        for covered in self.agenda.due():
            yield AgendaPointCovered(
                t_s=now_s, point_id=covered.point_id, start_s=covered.start_s, quote=covered.quote
            )

    def _after_acts(self, event: ActsRecognised, settings: ConversationSettings) -> "Understanding":
        known = replace(
            self,
            acts_known=True,
            promised=(*self.promised, *self._promises(event, settings)),
            agenda=self.agenda.heard(event.speaker, event.sentences),
            phases=self.phases.heard(event.speaker, event.sentences),
        )
        if event.speaker is not Speaker.CUSTOMER or not event.sentences:
            return known
        said_until_s = event.sentences[-1].end_s
        return replace(
            known, pushbacks=with_pushback(self.pushbacks, event.sentences, said_until_s=said_until_s)
        )

    def _promises(self, event: ActsRecognised, settings: ConversationSettings) -> Iterable[PromiseMade]:
        if event.speaker is Speaker.UNKNOWN:
            return
        number = len(self.promises) + len(self.promised)
        for sentence in event.sentences:
            if not sentence.does(Act.COMMITMENT) or len(sentence.text.split()) < LEAST_PROMISE_WORDS:
                continue
            number += 1
            yield PromiseMade(
                t_s=event.t_s,
                source_id=event.source_id,
                promise_id=f"promise-{number}",
                utterance_id=event.utterance_id,
                speaker=event.speaker,
                text=sentence.text,
                kind=sentence.promise or PromiseKind.SCOPE,
                start_s=sentence.start_s,
                end_s=sentence.end_s,
                is_safe=is_safe(sentence.text, settings.promises.safe),
            )
