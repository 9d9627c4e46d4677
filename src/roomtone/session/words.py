"""Utterances on their way to words, and where the words enter the stream."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from roomtone.errors import RoomtoneError, TranscriberError
from roomtone.events import Event
from roomtone.interfaces import TranscriberHost
from roomtone.session.sequencer import Sequencer
from roomtone.types import HeardUtterance, Utterance

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


class Words(Protocol):
    """Has utterances transcribed and puts each, heard or unheard, into a sequencer."""

    @property
    def outstanding(self) -> bool:
        """Whether any utterance is waiting or being worked on."""
        ...

    def take(self, utterance: Utterance) -> None:
        """Take an utterance whose end is known."""
        ...

    async def room(self) -> None:
        """Return once more may be taken; so a slow transcriber may hold the listening back."""
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


def explained(error: Exception) -> RoomtoneError:
    """Return the error in words for the user."""
    if isinstance(error, RoomtoneError):
        return error
    return TranscriberError(f"The transcriber failed: {error!r}", code="transcriber_failed", recoverable=True)
