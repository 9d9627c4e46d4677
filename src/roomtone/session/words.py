"""Utterances on their way to words, and where the words enter the stream."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from roomtone.clock import Clock, CountedFrom
from roomtone.errors import RoomtoneError, TranscriberError
from roomtone.events import Event
from roomtone.interfaces import TranscriberHost
from roomtone.session.backlog import Backlog
from roomtone.session.sequencer import Sequencer
from roomtone.session.transcription import LiveTranscription
from roomtone.speech.effort import Step
from roomtone.types import HeardUtterance, Hypothesis, Utterance

logger = logging.getLogger(__name__)

MOST_PENDING = 8
"""Utterances that may wait for the transcriber before listening waits: at most some 12 MB of audio."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """An utterance whose words are missing: the transcriber failed, or they were given up at the stop."""

    utterance: Utterance
    error: RoomtoneError | None
    """How the transcriber failed; None when it was not waited for."""


Arrival = Event | HeardUtterance | Unheard
"""What the stream is made of before it is published."""


@dataclass(frozen=True, slots=True)
class Live:
    """What the words of a live call need beyond those of a recording."""

    clock: Clock
    began_s: float
    """Its time at which the session began."""
    folder: Path
    """Where audio that waits for its words may lie for a while."""
    has_smaller_model: bool
    """Whether the transcriber can step down to one."""


class Words(Protocol):
    """Has utterances transcribed and puts each, heard or unheard, into a sequencer."""

    @property
    def outstanding(self) -> bool:
        """Whether any utterance is waiting or being worked on."""
        ...

    def take(self, utterance: Utterance) -> None:
        """Take an utterance whose end is known."""
        ...

    @property
    def partials_allowed(self) -> bool:
        """Whether the transcriber has time for utterances that are still open."""
        ...

    async def room(self) -> None:
        """Return once more may be taken; so a slow transcriber may hold the listening back."""
        ...

    def look(self) -> Sequence[Event]:
        """Return what there is to tell of the transcription itself; asked for after every chunk."""
        ...

    def give_up(self) -> None:
        """Deliver all that is still waiting as unheard, and from now on whatever is taken."""
        ...

    async def aclose(self) -> None:
        """Give up silently what is under way; may be called twice."""
        ...


class WordsInPlace:
    """For recordings: words enter the stream a fixed time after their utterance, whenever they are ready.

    So that the order does not depend on how fast the machine is. Listening waits for a slow transcriber.
    """

    def __init__(
        self,
        transcriber: TranscriberHost,
        sequencer: Sequencer[Arrival],
        *,
        delay_s: float,
        on_delivered: Callable[[], None],
    ) -> None:
        self._transcriber = transcriber
        self._sequencer = sequencer
        self._delay_s = delay_s
        self._on_delivered = on_delivered
        self._pending: dict[asyncio.Task[None], Utterance] = {}
        self._given_up = False

    @property
    def outstanding(self) -> bool:
        """Whether any utterance is waiting or being worked on."""
        return bool(self._pending)

    def take(self, utterance: Utterance) -> None:
        """Hold a place for its words; to be called before its source is known to be heard beyond its end."""
        due_s = round(utterance.closed_at_s + self._delay_s, 4)
        self._sequencer.expect(due_s, utterance.utterance_id)
        if self._given_up:
            self._deliver(None, Unheard(utterance, None))
            return
        task = asyncio.create_task(self._transcribe(utterance))
        self._pending[task] = utterance

    @property
    def partials_allowed(self) -> bool:
        """Whether nothing else waits for the transcriber."""
        return not self._pending

    def look(self) -> Sequence[Event]:
        """Return nothing: a recording has time."""
        return ()

    async def room(self) -> None:
        """Return once fewer than ``MOST_PENDING`` utterances are pending."""
        while len(self._pending) >= MOST_PENDING:
            await asyncio.wait(self._pending, return_when=asyncio.FIRST_COMPLETED)

    def give_up(self) -> None:
        """Close the places of all words still being waited for."""
        self._given_up = True
        for task, utterance in list(self._pending.items()):
            if task.cancel():
                logger.warning("no words for %s: the call was stopped", utterance.utterance_id)
                self._deliver(task, Unheard(utterance, None))

    async def aclose(self) -> None:
        """Cancel what is under way; may be called twice."""
        for task in self._pending:
            task.cancel()
        self._pending.clear()

    async def _transcribe(self, utterance: Utterance) -> None:
        item: HeardUtterance | Unheard
        try:
            item = HeardUtterance(utterance, await self._transcriber.transcribe(utterance))
        except Exception as error:  # whatever it is: its place must not stay empty, or the call would hang
            logger.exception("no words for %s", utterance.utterance_id)
            item = Unheard(utterance, explained(error))
        self._deliver(asyncio.current_task(), item)

    def _deliver(self, task: asyncio.Task[None] | None, item: HeardUtterance | Unheard) -> None:
        if task is not None:
            self._pending.pop(task, None)
        self._sequencer.deliver(item.utterance.utterance_id, item)
        self._on_delivered()


class WordsAsTheyCome:
    """For live calls: nothing waits for words, which enter the stream at the present once they are there."""

    def __init__(
        self,
        transcriber: TranscriberHost,
        sequencer: Sequencer[Arrival],
        *,
        live: Live,
        on_delivered: Callable[[], None],
    ) -> None:
        self._sequencer = sequencer
        self._on_delivered = on_delivered
        self._transcription = LiveTranscription(
            transcriber,
            CountedFrom(live.clock, live.began_s),
            backlog=Backlog(live.folder),
            done=self._done,
            furthest=Step.MODEL if live.has_smaller_model else Step.BEAM,
        )
        self._outstanding = 0
        self._given_up = False

    @property
    def outstanding(self) -> bool:
        """Whether any utterance is waiting or being worked on."""
        return self._outstanding > 0

    @property
    def partials_allowed(self) -> bool:
        """Whether open utterances may be looked at: nothing waits, and nothing is late."""
        return self._transcription.partials_allowed

    def take(self, utterance: Utterance) -> None:
        """Put it in the line."""
        self._outstanding += 1
        if self._given_up:
            self._deliver(Unheard(utterance, None))
        else:
            self._transcription.submit(utterance)

    async def room(self) -> None:
        """Return at once: what has to wait waits on the disk."""

    def look(self) -> Sequence[Event]:
        """Return what there is to tell of words that come late; to be called a few times a second."""
        return self._transcription.look()

    def give_up(self) -> None:
        """Deliver all that has no words yet as unheard."""
        self._given_up = True
        for utterance in self._transcription.give_up():
            logger.warning("no words for %s: the call was stopped", utterance.utterance_id)
            self._deliver(Unheard(utterance, None))

    async def aclose(self) -> None:
        """Give up silently and remove what waits on the disk; may be called twice."""
        await self._transcription.aclose()

    def _done(self, utterance: Utterance, outcome: Hypothesis | RoomtoneError) -> None:
        if isinstance(outcome, Hypothesis):
            self._deliver(HeardUtterance(utterance, outcome))
        else:
            self._deliver(Unheard(utterance, outcome))

    def _deliver(self, item: HeardUtterance | Unheard) -> None:
        self._outstanding -= 1
        self._sequencer.arrive(item)
        self._on_delivered()


def explained(error: Exception) -> RoomtoneError:
    """Return the error in words for the user."""
    if isinstance(error, RoomtoneError):
        return error
    return TranscriberError(f"The transcriber failed: {error!r}", code="transcriber_failed", recoverable=True)
