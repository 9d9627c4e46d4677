"""A source of audio around another one."""

import contextlib
from collections.abc import AsyncGenerator, Sequence

from roomtone.events import CaveatNoted, Event
from roomtone.interfaces import AudioSource
from roomtone.types import AudioChunk, Speaker


class WrappedSource:
    """Passes everything through; subclasses change how the chunks come."""

    def __init__(self, source: AudioSource) -> None:
        self._source = source

    @property
    def sides(self) -> tuple[tuple[str, Speaker], ...]:
        """The ``(source_id, speaker)`` pairs of the source."""
        return self._source.sides

    def describe(self) -> Sequence[Event]:
        """Return what the source knows before its first chunk."""
        return self._source.describe()

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        """Yield the source's chunks."""
        async with contextlib.aclosing(self._source.chunks()) as chunks:
            async for chunk in chunks:
                yield chunk

    def happened(self) -> Sequence[Event]:
        """Return what happened to the source since the last call of this."""
        return self._source.happened()

    def describe_end(self) -> Sequence[CaveatNoted]:
        """Return what reading the source showed."""
        return self._source.describe_end()

    async def aclose(self) -> None:
        """Close the source; may be called twice."""
        await self._source.aclose()
