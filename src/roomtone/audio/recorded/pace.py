"""Recorded audio at the speed at which it was spoken."""

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import replace

from roomtone.audio.wrapped import WrappedSource
from roomtone.clock import Clock
from roomtone.interfaces import AudioSource
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk


class PacedSource(WrappedSource):
    """A source whose chunks come when a live call would have brought them."""

    def __init__(self, source: AudioSource, clock: Clock) -> None:
        super().__init__(source)
        self._clock = clock

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        """Yield each chunk once its last sample would have been spoken, counted from the first chunk.

        A consumer that fell behind gets what is due without waiting.
        """
        origin_s: float | None = None
        async with contextlib.aclosing(self._source.chunks()) as chunks:
            async for chunk in chunks:
                if origin_s is None:
                    origin_s = self._clock.now_s() - chunk.start_sample / SAMPLE_RATE_HZ
                await self._clock.sleep_until(origin_s + chunk.end_sample / SAMPLE_RATE_HZ)
                yield replace(chunk, captured_at_s=self._clock.now_s())


def paced(source: AudioSource, clock: Clock) -> PacedSource:
    """Return the source at call speed on ``clock``."""
    return PacedSource(source, clock)
