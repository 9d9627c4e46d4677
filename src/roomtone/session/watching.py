"""Parts of a call, watched: their trouble is told like a trouble of the sound."""

import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence

from roomtone.audio.wrapped import WrappedSource
from roomtone.events import Event
from roomtone.interfaces import AudioSource
from roomtone.session.standing import StandingCaveat
from roomtone.session.store import EventLog
from roomtone.types import AudioChunk, seconds


class Watched(WrappedSource):
    """A source that also tells, with this code, of a ``problem`` while there is one."""

    def __init__(self, source: AudioSource, code: str, problem: Callable[[], str]) -> None:
        super().__init__(source)
        self._problem = problem
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


class WatchedLog(Watched):
    """A source that also tells, with the code ``log_waiting``, while the call's log cannot be written."""

    def __init__(self, source: AudioSource, log: EventLog) -> None:
        super().__init__(source, "log_waiting", lambda: log.problem)
