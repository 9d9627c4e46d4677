"""Parts of a call, watched: their trouble is told like a trouble of the sound."""

import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence

from roomtone.audio.wrapped import WrappedSource
from roomtone.events import CaveatNoted, Event
from roomtone.interfaces import AudioSource
from roomtone.session.standing import StandingCaveat
from roomtone.session.store import EventLog
from roomtone.types import AudioChunk, seconds


class Watched(WrappedSource):
    """A source that also tells, with this code, of a ``problem`` while there is one.

    ``until_the_end``: also of one that shows only when all has been heard, as in a recording.
    """

    def __init__(
        self, source: AudioSource, code: str, problem: Callable[[], str], *, until_the_end: bool = False
    ) -> None:
        super().__init__(source)
        self._problem = problem
        self._until_the_end = until_the_end
        self._standing = StandingCaveat(code)
        self._heard_until_s = 0.0

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        """Yield the source's chunks."""
        async with contextlib.aclosing(self._source.chunks()) as chunks:
            async for chunk in chunks:
                self._heard_until_s = seconds(chunk.end_sample)
                yield chunk

    def happened(self) -> Sequence[Event]:
        """Return what happened to the source, and to what is watched."""
        return (
            *self._source.happened(),
            *self._standing.follow(self._problem(), self._heard_until_s),
        )

    def describe_end(self) -> Sequence[CaveatNoted]:
        """Return what reading the source showed, and what was not told yet."""
        last = self._standing.follow(self._problem(), self._heard_until_s) if self._until_the_end else ()
        return (*self._source.describe_end(), *(event for event in last if isinstance(event, CaveatNoted)))


class WatchedLog(Watched):
    """A source that also tells, with the code ``log_waiting``, while the call's log cannot be written."""

    def __init__(self, source: AudioSource, log: EventLog) -> None:
        super().__init__(source, "log_waiting", lambda: log.problem)
