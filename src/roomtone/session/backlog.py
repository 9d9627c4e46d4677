"""Utterances that wait for the transcriber: a minute of audio in memory, the rest in a file.

Where the file cannot be written, audio stays in memory up to a limit; beyond it, the oldest is lost.
"""

import asyncio
import contextlib
import logging
import tempfile
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np

from roomtone.errors import StoreError
from roomtone.types import SAMPLE_RATE_HZ, Samples, Utterance

logger = logging.getLogger(__name__)

MEMORY_S = 60.0
"""Audio kept in memory, 4 MB: more than ever waits unless something is wrong."""
MOST_IN_MEMORY_S = 1800.0
"""Audio in memory on a disk that takes none of it, 115 MB: half an hour of talk, time to make room."""
BYTES_PER_SAMPLE = 4
_NO_SAMPLES: Samples = np.zeros(0, np.float32)


@dataclass(slots=True)
class _Entry:
    """An utterance in the line; its samples in memory are empty once they are in the file, or lost."""

    utterance: Utterance
    length_samples: int
    spilled: bool
    at_byte: int | None = None

    @property
    def held_samples(self) -> int:
        """How much of it is in memory."""
        return len(self.utterance.samples)


class Backlog:
    """First in, first out.

    The file has no name, so that it goes away with the process whatever ends it. Where it cannot be written
    the audio stays in memory; when that comes to more than ``most_in_memory_s``, the oldest there gives way,
    and is told to be lost when its turn comes. The file is read and written in a thread of its own.
    """

    def __init__(
        self, folder: Path, *, memory_s: float = MEMORY_S, most_in_memory_s: float = MOST_IN_MEMORY_S
    ) -> None:
        self._folder = folder
        self._memory_samples = round(memory_s * SAMPLE_RATE_HZ)
        self._most_samples = round(most_in_memory_s * SAMPLE_RATE_HZ)
        self._entries: deque[_Entry] = deque()
        self._spilled = 0
        self._arrived = asyncio.Event()
        # All below belongs to the thread.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="backlog")
        self._file: IO[bytes] | None = None
        self._end_byte = 0
        self.failure: OSError | None = None
        """Why the file could not be written, when that happened."""

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def oldest(self) -> Utterance | None:
        """The next utterance, perhaps without its samples; None when nothing waits."""
        return self._entries[0].utterance if self._entries else None

    def push(self, utterance: Utterance) -> None:
        """Add an utterance at the end of the line. Never waits."""
        self._lose_beyond_limit()  # before this one, which may still find room on the disk
        length_samples = len(utterance.samples)
        spilled = self._held_samples() + length_samples > self._memory_samples
        entry = _Entry(utterance, length_samples, spilled)
        self._entries.append(entry)
        if spilled:
            self._spilled += 1
            self._thread.submit(self._write, entry)
        self._arrived.set()

    async def arrival(self) -> None:
        """Wait until there is an utterance to take."""
        while not self._entries:
            self._arrived.clear()
            await self._arrived.wait()

    async def take(self) -> Utterance:
        """Remove and return the next utterance with its samples; there must be one.

        Raises:
            StoreError: when its samples cannot be read back, or had to give way.
        """
        entry = self._entries.popleft()
        if entry.spilled:
            self._spilled -= 1
            utterance = await self._read_back(entry, is_last=self._spilled == 0)
        else:
            utterance = entry.utterance
        if len(utterance.samples) < entry.length_samples:
            raise StoreError(
                "Audio that waited for its words could not be put on the disk and became too much for the"
                " memory; its words are missing.",
                code="backlog_full",
                recoverable=True,
            )
        return utterance

    def clear(self) -> list[Utterance]:
        """Empty the line and return what was in it, in order, perhaps without samples."""
        utterances = [entry.utterance for entry in self._entries]
        self._entries.clear()
        self._spilled = 0
        return utterances

    async def aclose(self) -> None:
        """Remove the file. May be called twice."""
        await asyncio.to_thread(self._thread.shutdown)
        if self._file is not None:
            self._file.close()
            self._file = None

    def _held_samples(self) -> int:
        """Return how much audio is in memory, be it on its way to the disk."""
        return sum(entry.held_samples for entry in self._entries)

    def _lose_beyond_limit(self) -> None:
        """Let the oldest audio go while more is in memory than may be."""
        excess_samples = self._held_samples() - self._most_samples
        for entry in self._entries:
            if excess_samples <= 0:
                return
            if entry.held_samples:
                logger.warning("no room for the audio of %s", entry.utterance.utterance_id)
                excess_samples -= entry.held_samples
                entry.utterance = replace(entry.utterance, samples=_NO_SAMPLES)

    async def _read_back(self, entry: _Entry, *, is_last: bool) -> Utterance:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._read, entry, is_last)
        except OSError as error:
            raise StoreError(
                f"Audio that waited on the disk cannot be read back ({error}); its words are missing.",
                code="backlog_unreadable",
                recoverable=True,
            ) from error

    def _write(self, entry: _Entry) -> None:
        data = entry.utterance.samples.tobytes()
        if not data:  # it was lost before its turn
            return
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115
            self._file.seek(self._end_byte)
            rest = memoryview(data)
            while rest:  # a disk that becomes full takes what it can, and refuses the next write
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            if self.failure is None:
                logger.warning("waiting audio stays in memory: %s", error)
                self.failure = error
            self._cut(self._end_byte)  # what little room there is belongs to the log
            return
        entry.at_byte = self._end_byte
        self._end_byte += len(data)
        entry.utterance = replace(entry.utterance, samples=_NO_SAMPLES)

    def _read(self, entry: _Entry, is_last: bool) -> Utterance:
        utterance = entry.utterance
        if entry.at_byte is not None:
            assert self._file is not None  # noqa: S101 - it was written to
            self._file.seek(entry.at_byte)
            data = self._file.read(entry.length_samples * BYTES_PER_SAMPLE)
            utterance = replace(utterance, samples=np.frombuffer(data, np.float32))
        if is_last:
            self._end_byte = 0
            self._cut(0)
        return utterance

    def _cut(self, at_byte: int) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # then it takes more room than it needs
                self._file.truncate(at_byte)
