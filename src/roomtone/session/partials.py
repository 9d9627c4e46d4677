"""Words shown while their utterance is still going on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from roomtone.errors import RoomtoneError
from roomtone.events import TranscriptPartial
from roomtone.speech.committer import Committer
from roomtone.types import Hypothesis, Utterance

logger = logging.getLogger(__name__)

EVERY_S = 1.0
"""Session time between two looks at the same side."""


class Partials:
    """Has the newest open utterance transcribed whenever nothing more important waits.

    At most one is under way; what comes meanwhile is skipped, for the next look takes all the audio.
    """

    def __init__(
        self,
        transcribe: Callable[[Utterance], Awaitable[Hypothesis]],
        publish: Callable[[TranscriptPartial], Awaitable[None]],
    ) -> None:
        self._transcribe = transcribe
        self._publish = publish
        self._running: asyncio.Task[None] | None = None
        self._looked_at_s: dict[str, float] = {}
        self._open: dict[str, tuple[str, Committer, int]] = {}

    def offer(self, utterance: Utterance) -> None:
        """Take the newest audio of an utterance still open, or leave it."""
        if self._running is not None and not self._running.done():
            return
        if utterance.end_s < self._looked_at_s.get(utterance.source_id, 0.0) + EVERY_S:
            return
        self._looked_at_s[utterance.source_id] = utterance.end_s
        self._running = asyncio.create_task(self._look(utterance))

    async def aclose(self) -> None:
        """Give up the look under way."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _look(self, utterance: Utterance) -> None:
        try:
            hypothesis = await self._transcribe(utterance)
        except RoomtoneError:
            logger.exception("no partial words for %s", utterance.utterance_id)
            return
        if hypothesis.rejected:
            return
        utterance_id, committer, revision = self._open.get(utterance.source_id, ("", Committer(), 0))
        if utterance_id != utterance.utterance_id:
            committer, revision = Committer(), 0
        self._open[utterance.source_id] = (utterance.utterance_id, committer, revision + 1)
        committed, tentative = committer.push(hypothesis.text)
        await self._publish(
            TranscriptPartial(
                t_s=utterance.end_s,
                source_id=utterance.source_id,
                utterance_id=utterance.utterance_id,
                speaker=utterance.speaker,
                revision=revision,
                committed=committed,
                tentative=tentative,
            )
        )
