"""The sound of a call beside its log, both sides in one file that can be replayed."""

import asyncio
import contextlib
import errno
import logging
import os
from collections.abc import AsyncGenerator, Sequence
from io import FileIO
from math import ceil
from pathlib import Path
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import Final

import numpy as np

from roomtone.audio.wrapped import WrappedSource
from roomtone.errors import StoreError
from roomtone.events import CaveatNoted, Event
from roomtone.interfaces import AudioSource
from roomtone.session.flac import FlacEncoder, Pcm, to_16_bit
from roomtone.session.standing import DISK_FAILING, DISK_FULL, Obstacle, StandingCaveat, call_time
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Samples, Speaker, seconds

logger = logging.getLogger(__name__)

MOST_WAITING_SAMPLES: Final = 120 * SAMPLE_RATE_HZ
"""Two minutes, 8 MB, wait in memory while the disk takes nothing; beyond that, silence takes their place."""
RETRY_EVERY_S: Final = 2.0
"""How often a disk that was full is tried again."""
SYNC_EVERY_SAMPLES: Final = 10 * SAMPLE_RATE_HZ
"""When a battery dies, at most these 10 s are lost; a killed process loses none of what was written."""
CLOSING_S: Final = 5.0
"""How long the end of a call waits for a disk that does not answer."""
SILENCE_SAMPLES: Final = SAMPLE_RATE_HZ
"""Written at once, so that an hour of silence needs no memory."""
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
"""What writing fails with on a full disk, and where the user may not fill more of it."""
PRIVATE_MODE: Final = 0o600
"""Only their owner may listen to what customers said."""


class KeptSource(WrappedSource):
    """A source whose audio is also written to a FLAC file: 16 kHz, 16 bits, the seller on the left.

    One side gives a mono file. Both sides are on one time line from the first sample; every frame of 72 ms
    is given to the system as soon as both have it. Writing never holds the call up: ``happened`` tells with
    the code ``audio_not_kept`` when the disk takes nothing, and takes that back when it does again;
    ``describe_end`` tells with ``audio_incomplete`` how much is missing.
    """

    def __init__(self, source: AudioSource, path: Path) -> None:
        """Create the file at ``path``; raises ``StoreError`` when that cannot be done."""
        super().__init__(source)
        seller_first = sorted(source.sides, key=lambda side: side[1] is not Speaker.SELLER)
        self._ahead: dict[str, Samples] = {
            source_id: np.zeros(0, np.float32) for source_id, _ in seller_first
        }
        self._writer = _Writer(path, channels=len(self._ahead))
        self._not_kept = StandingCaveat("audio_not_kept")
        self._heard_until_s = 0.0

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        """Yield the source's chunks; the file is complete when this is over."""
        try:
            async with contextlib.aclosing(self._source.chunks()) as chunks:
                async for chunk in chunks:
                    self._keep(chunk)
                    yield chunk
        finally:
            await self._finish()

    def happened(self) -> Sequence[Event]:
        """Return what happened to the source, and to the keeping of it."""
        message = ""
        if (found := self._writer.obstacle) is not None:
            since = call_time(self._heard_until_s)
            message = (
                f"{found.reason}: the sound of the call has not been kept since {since}; {found.advice}."
            )
        return (*self._source.happened(), *self._not_kept.follow(message, self._heard_until_s))

    def describe_end(self) -> Sequence[CaveatNoted]:
        """Return what reading the source showed, and how much of its sound could not be kept."""
        caveats = list(self._source.describe_end())
        if missing_s := seconds(self._writer.missing_samples):
            message = (
                f"The disk did not take all of the sound: {ceil(missing_s)} s are missing or silent"
                " in what is kept with the call."
            )
            caveats.append(CaveatNoted(t_s=self._heard_until_s, code="audio_incomplete", message=message))
        return caveats

    async def aclose(self) -> None:
        """Close the source and the file; may be called twice."""
        await self._source.aclose()
        await self._finish()

    def _keep(self, chunk: AudioChunk) -> None:
        self._heard_until_s = seconds(chunk.end_sample)
        self._ahead[chunk.source_id] = np.concatenate((self._ahead[chunk.source_id], chunk.samples))
        self._hand_over(min(map(len, self._ahead.values())))

    def _hand_over(self, samples: int) -> None:
        if samples:
            both = np.stack([audio[:samples] for audio in self._ahead.values()], axis=1)
            self._ahead = {source_id: audio[samples:] for source_id, audio in self._ahead.items()}
            self._writer.offer(to_16_bit(both))

    async def _finish(self) -> None:
        longest = max(map(len, self._ahead.values()))
        self._ahead = {
            source_id: np.pad(audio, (0, longest - len(audio))) for source_id, audio in self._ahead.items()
        }
        self._hand_over(longest)
        await asyncio.to_thread(self._writer.close)


def kept(source: AudioSource, path: Path) -> KeptSource:
    """Return the source whose audio is also written to a new file; raises ``StoreError``."""
    return KeptSource(source, path)


class _Writer:
    """Encodes and writes in a thread of its own; nothing the disk does holds up :meth:`offer`."""

    def __init__(self, path: Path, *, channels: int) -> None:
        self._channels = channels
        self._encoder = FlacEncoder(channels)
        self._file = _create(path, self._encoder.header())
        # Audio, or the length in samples of the silence that takes its place.
        self._waiting: SimpleQueue[Pcm | int | None] = SimpleQueue()
        self._obstacle: Obstacle | None = None
        self._offered_samples = 0
        self._written_samples = 0
        self._refused_samples = 0
        self._silence_due_samples = 0
        self._closing = Flag()
        # A daemon, so that a disk that never answers does not keep the program from ending.
        self._thread = Thread(target=self._write_until_closed, name="audio-keeper", daemon=True)
        self._thread.start()

    @property
    def obstacle(self) -> Obstacle | None:
        """What keeps the audio from the disk now, if anything does."""
        return self._obstacle or (DISK_FAILING if self._silence_due_samples else None)

    @property
    def missing_samples(self) -> int:
        """How much of what was offered is not in the file, once it is closed."""
        return self._refused_samples + self._offered_samples - self._written_samples

    def offer(self, audio: Pcm) -> None:
        """Take some more audio, or refuse it where too much waits already; never waits."""
        waiting_samples = self._offered_samples - self._written_samples
        if waiting_samples > MOST_WAITING_SAMPLES:
            self._refused_samples += len(audio)
            self._silence_due_samples += len(audio)
            return
        if self._silence_due_samples:
            self._waiting.put(self._silence_due_samples)
            self._silence_due_samples = 0
        self._waiting.put(audio)
        self._offered_samples += len(audio)

    def close(self) -> None:
        """Return once everything is written, or ``CLOSING_S`` later; may be called twice."""
        if not self._closing.is_set():
            self._closing.set()
            self._waiting.put(None)
        self._thread.join(CLOSING_S)

    def _write_until_closed(self) -> None:
        synced_samples = 0
        try:
            while (audio := self._waiting.get()) is not None:
                if isinstance(audio, int):
                    self._write_silence(audio)
                    continue
                self._write(self._encoder.encode(audio))
                self._written_samples += len(audio)
                if self._written_samples - synced_samples >= SYNC_EVERY_SAMPLES:
                    synced_samples = self._written_samples
                    with contextlib.suppress(OSError):  # the next write tells
                        os.fsync(self._file.fileno())
            self._write(self._encoder.finish())
            self._file.seek(0)
            self._write(self._encoder.header())
        except OSError as error:
            logger.warning("the end of the sound was not kept: %s", error)
        except Exception:
            logger.exception("the sound is not kept")
            self._obstacle = DISK_FAILING
        with contextlib.suppress(OSError):
            self._file.close()

    def _write_silence(self, samples: int) -> None:
        for start in range(0, samples, SILENCE_SAMPLES):
            silence = np.zeros((min(SILENCE_SAMPLES, samples - start), self._channels), np.int16)
            self._write(self._encoder.encode(silence))

    def _write(self, data: bytes) -> None:
        unwritten = memoryview(data)
        while unwritten:
            try:
                unwritten = unwritten[self._file.write(unwritten) :]
            except OSError as error:
                self._wait_for_room(error)
            else:
                self._obstacle = None

    def _wait_for_room(self, error: OSError) -> None:
        """Wait a little before the next try; raises the error when there is no time for one."""
        if self._closing.is_set():
            raise error
        if self._obstacle is None:
            logger.warning("the sound waits: %s", error)
        self._obstacle = DISK_FULL if error.errno in NO_ROOM else DISK_FAILING
        self._closing.wait(RETRY_EVERY_S)


def _create(path: Path, header: bytes) -> FileIO:
    try:
        path.touch(PRIVATE_MODE, exist_ok=False)
        file = path.open("r+b", buffering=0)
        with contextlib.ExitStack() as undoing:
            undoing.callback(file.close)
            file.write(header)
            undoing.pop_all()
    except OSError as error:
        raise StoreError(
            f"The sound of the call cannot be kept in {path}: {error.strerror}; see that the disk has room,"
            " or leave out --keep-audio.",
            code="audio_not_kept",
        ) from error
    return file
