"""Words shown while their utterance is still going on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from roomtone.errors import RoomtoneError
from roomtone.events import TranscriptPartial
from roomtone.speech.committer import Committer
from roomtone.types import Hypothesis, Utterance

logger = logging.getLogger(__name__)

FIRST_LOOK_S = 1.5
"""Session time from the beginning of an utterance to the first look at it, and the least between two: less
gives a word or two at most."""
WAIT_SHARE = 0.5
"""Of an utterance's length the next look waits: each costs as much as the utterance is long, so that looks
once a second cost more than twice as much as all finals together, and these less than they do."""


class Partials:
    """Has the newest open utterance transcribed whenever nothing more important waits.

    At most one is under way; what comes meanwhile is skipped, for the next look takes all the audio. The
    longer an utterance grows, the rarer they become.
    """

    def __init__(
        self,
        transcribe: Callable[[Utterance], Awaitable[Hypothesis]],
        publish: Callable[[TranscriptPartial], Awaitable[None]],
    ) -> None:
        self._transcribe = transcribe
        self._publish = publish
        self._running: asyncio.Task[None] | None = None
        self._next_look: dict[str, tuple[str, float]] = {}
        self._open: dict[str, tuple[str, Committer, int]] = {}

    def offer(self, utterance: Utterance) -> None:
        """Take the newest audio of an utterance still open, or leave it."""
        if self._running is not None and not self._running.done():
            return
        length_s = utterance.end_s - utterance.start_s
        looked_at_id, next_look_s = self._next_look.get(utterance.source_id, ("", 0.0))
        is_due = utterance.end_s >= next_look_s or utterance.utterance_id != looked_at_id
        if length_s < FIRST_LOOK_S or not is_due:
            return
        wait_s = max(FIRST_LOOK_S, WAIT_SHARE * length_s)
        self._next_look[utterance.source_id] = (utterance.utterance_id, utterance.end_s + wait_s)
        self._running = asyncio.create_task(self._look(utterance))

    async def aclose(self) -> None:
        """Give up the look under way."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _look(self, utterance: Utterance) -> None:
        try:
            hypothesis = await self._transcribe(utterance)
        except RoomtoneError as error:
            logger.warning("no partial words for %s: %s", utterance.utterance_id, error.message)
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
