"""Words shown while their utterance goes on, and final words begun before it is known to be over."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from roomtone.errors import RoomtoneError
from roomtone.events import TranscriptPartial
from roomtone.speech.committer import Committer
from roomtone.types import SAMPLE_RATE_HZ, Hypothesis, Utterance

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.5
"""Session time from the beginning of an utterance to the first look at it, and between two: most words are
then committed within two seconds. With 1 s they are seen a quarter of a second sooner, for half as much work
again."""
AHEAD_AFTER_S = 0.3
"""Silence after which an utterance is transcribed as if it were over, so that its words are there once it is:
shorter pauses are breaths, and bridged."""
SILENT_S = 0.1
"""Silence in which no look is begun that would only hold up the one just described."""
SETTLED_S = 0.8
"""Before the end of the audio, words that end earlier are heard as they will be with more of it."""
CUT_BEYOND_S = 5.0
"""Audio of a look from which on what is committed is left out of it: it costs as much as it is long. Told the
words left out, the decoder broke off or made mistakes more often."""


@dataclass
class _Followed:
    """What was seen of the newest utterance of a side."""

    utterance_id: str = ""
    committer: Committer = field(default_factory=Committer)
    revision: int = 0
    cut_s: float = 0.0
    """From where on it is looked at."""
    next_look_s: float = 0.0
    ahead_of_s: float = 0.0
    """Which end of it was taken for the last."""


class Partials:
    """Has the newest open utterance transcribed whenever nothing more important waits.

    At most one look is under way; what comes meanwhile is skipped, for the next look takes all the audio.
    """

    def __init__(
        self,
        transcribe: Callable[[Utterance], Awaitable[Hypothesis]],
        publish: Callable[[TranscriptPartial], Awaitable[None]],
    ) -> None:
        self._transcribe = transcribe
        self._publish = publish
        self._running: asyncio.Task[None] | None = None
        self._followed: dict[str, _Followed] = {}

    def offer(self, utterance: Utterance) -> None:
        """Take the newest audio of an utterance still open, or leave it."""
        if self._running is not None and not self._running.done():
            return
        followed = self._followed.get(utterance.source_id)
        if followed is None or followed.utterance_id != utterance.utterance_id:
            first_look_s = utterance.start_s + LOOK_EVERY_S
            followed = _Followed(utterance.utterance_id, next_look_s=first_look_s)
            self._followed[utterance.source_id] = followed
        if utterance.may_end:
            silence_s = utterance.closed_at_s - utterance.end_s
            if silence_s < AHEAD_AFTER_S or utterance.end_s == followed.ahead_of_s:
                return
            followed.ahead_of_s = utterance.end_s
        elif utterance.end_s < followed.next_look_s:
            return
        followed.next_look_s = utterance.closed_at_s + LOOK_EVERY_S
        self._running = asyncio.create_task(self._look(utterance, followed))

    async def aclose(self) -> None:
        """Give up the look under way."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _look(self, utterance: Utterance, followed: _Followed) -> None:
        try:
            hypothesis = await self._transcribe(
                utterance if utterance.may_end else _rest(utterance, followed)
            )
        except RoomtoneError as error:
            logger.warning("no partial words for %s: %s", utterance.utterance_id, error.message)
            return
        if hypothesis.rejected:
            return
        settled_s = math.inf if utterance.may_end else utterance.end_s - SETTLED_S
        followed.committer.push(hypothesis.words, settled_s=settled_s)
        committed, tentative = followed.committer.texts
        revision, followed.revision = followed.revision, followed.revision + 1
        await self._publish(
            TranscriptPartial(
                t_s=utterance.closed_at_s,
                source_id=utterance.source_id,
                utterance_id=utterance.utterance_id,
                speaker=utterance.speaker,
                revision=revision,
                committed=committed,
                tentative=tentative,
            )
        )


def _rest(utterance: Utterance, followed: _Followed) -> Utterance:
    """Return the utterance without the phrases that are committed, where it is long."""
    begin_s = max(followed.cut_s, utterance.audio_start_s)
    if utterance.end_s - begin_s > CUT_BEYOND_S:
        begin_s = followed.cut_s = followed.committer.cut_s(not_before_s=begin_s)
    if begin_s <= utterance.audio_start_s:
        return utterance
    return replace(
        utterance,
        start_s=begin_s,
        audio_start_s=begin_s,
        samples=utterance.samples[round((begin_s - utterance.audio_start_s) * SAMPLE_RATE_HZ) :],
    )
