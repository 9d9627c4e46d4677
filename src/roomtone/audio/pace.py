"""Recorded audio at the speed at which it was spoken."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from roomtone.clock import Clock
from roomtone.events import CaveatNoted, Event
from roomtone.interfaces import AudioSource
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Speaker


class PacedSource:
    """A source whose chunks come when a live call would have brought them."""

    def __init__(self, source: AudioSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock

    @property
    def sides(self) -> tuple[tuple[str, Speaker], ...]:
        """The ``(source_id, speaker)`` pairs of the source."""
        return self._source.sides

    def describe(self) -> Sequence[Event]:
        """Return what the source knows before its first chunk."""
        return self._source.describe()

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        """Yield each chunk once its last sample would have been spoken, counted from the first chunk.

        A consumer that fell behind gets what is due without waiting.
        """
        origin_s: float | None = None
        async for chunk in self._source.chunks():
            if origin_s is None:
                origin_s = self._clock.now_s() - chunk.start_sample / SAMPLE_RATE_HZ
            await self._clock.sleep_until(origin_s + chunk.end_sample / SAMPLE_RATE_HZ)
            yield replace(chunk, captured_at_s=self._clock.now_s())

    def describe_end(self) -> Sequence[CaveatNoted]:
        """Return what reading the source showed."""
        return self._source.describe_end()

    async def aclose(self) -> None:
        """Close the source; may be called twice."""
        await self._source.aclose()


def paced(source: AudioSource, clock: Clock) -> PacedSource:
    """Return the source at call speed on ``clock``."""
    return PacedSource(source, clock)
