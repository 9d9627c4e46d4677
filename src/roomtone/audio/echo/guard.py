"""A live source whose seller's side is kept free of the customer's voice."""

import asyncio
import contextlib
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import numpy as np

from roomtone.audio.echo.cleaner import EchoCleaner, Judged
from roomtone.audio.wrapped import WrappedSource
from roomtone.config.settings import EchoSettings
from roomtone.errors import RoomtoneError
from roomtone.events import EchoJudged, Event
from roomtone.interfaces import AudioSource
from roomtone.types import AudioChunk, Samples, Speaker, seconds

NOTHING: Samples = np.zeros(0, np.float32)


class EchoGuard(WrappedSource):
    """Keeps the customer's voice out of the seller's chunks; of the customer's it changes nothing.

    Chunks come as the source cut them and in its order, up to 96 ms later and then with the next chunk:
    the customer may be heard by the microphone before their own side arrives. ``happened`` adds
    ``EchoJudged`` whenever the answer changes. A source with one side passes through, and any source
    where the settings say so.
    """

    def __init__(self, source: AudioSource, settings: EchoSettings) -> None:
        super().__init__(source)
        ids = {speaker: source_id for source_id, speaker in source.sides}
        self._seller_id = ids.get(Speaker.SELLER, "")
        self._customer_id = ids.get(Speaker.CUSTOMER, "")
        self._cleans = settings.enabled and bool(self._seller_id and self._customer_id)
        self._cleaner = EchoCleaner()
        self._waiting: deque[AudioChunk] = deque()
        self._cleaned = NOTHING
        self._events: list[Event] = []
        self._until_s = 0.0

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        """Yield the chunks of both sides, each once all of it is clean."""
        broken: RoomtoneError | None = None
        try:
            async with contextlib.aclosing(self._source.chunks()) as chunks:
                async for chunk in chunks:
                    # A thread: 0.1 s of audio takes a few milliseconds that the screen should not wait for.
                    if self._cleans:
                        self._take(*await asyncio.to_thread(self._hear, chunk))
                    self._waiting.append(chunk)
                    while (ready := self._next_ready()) is not None:
                        yield ready
        except RoomtoneError as error:
            broken = error
        self._take(*await asyncio.to_thread(self._cleaner.flush))
        while (ready := self._next_ready()) is not None:
            yield ready
        if broken is not None:
            raise broken

    def happened(self) -> Sequence[Event]:
        """Return what happened to the source, and to the echo, up to the end of the last chunk."""
        self._events = sorted([*self._events, *self._source.happened()], key=lambda event: event.t_s)
        told = bisect_right(self._events, self._until_s, key=lambda event: event.t_s)
        ripe, self._events = self._events[:told], self._events[told:]
        return ripe

    def _hear(self, chunk: AudioChunk) -> tuple[Samples, list[Judged]]:
        if chunk.source_id == self._seller_id:
            return self._cleaner.hear(far=NOTHING, near=chunk.samples)
        return self._cleaner.hear(far=chunk.samples, near=NOTHING)

    def _take(self, cleaned: Samples, judged: list[Judged]) -> None:
        self._cleaned = np.concatenate((self._cleaned, cleaned))
        self._events += [
            EchoJudged(
                t_s=answer.at_s,
                source_id=self._seller_id,
                echo=answer.echo,
                delay_s=answer.delay_s,
                level_db=answer.level_db,
            )
            for answer in judged
        ]

    def _next_ready(self) -> AudioChunk | None:
        """Return the next chunk as it goes on, None while its end is not clean yet."""
        if not self._waiting:
            return None
        chunk = self._waiting[0]
        if self._cleans and chunk.source_id == self._seller_id:
            length = len(chunk.samples)
            if length > len(self._cleaned):
                return None
            chunk = replace(chunk, samples=self._cleaned[:length])
            self._cleaned = self._cleaned[length:]
        self._waiting.popleft()
        self._until_s = max(self._until_s, seconds(chunk.end_sample))
        return chunk
