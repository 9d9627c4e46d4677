"""Recorded calls as a source of audio."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from roomtone.audio.recorded.caveats import closing_caveats, opening_events
from roomtone.audio.recorded.decode import ChannelSamples
from roomtone.audio.recorded.layout import FirstLook, LockStep, SellerChannel, look, sides_of
from roomtone.errors import UsageError
from roomtone.events import CaveatNoted, Event
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Speaker, seconds

CHUNK_SAMPLES: Final = SAMPLE_RATE_HZ // 10
"""0.1 s: short enough for a live overlay, long enough to cost little."""


class FileSource:
    """A recorded call, as fast as it is consumed; built by :func:`open_recording`.

    The sides have the source ids ``seller`` and ``customer``, or the one id ``unknown``. Damage does
    not end a recording: everything that can be decoded is delivered, and :meth:`describe_end` tells
    what was not. A file that is still being written is read to the end it has when that is reached.
    """

    def __init__(self, lock_step: LockStep, seen: FirstLook, seller_channel: SellerChannel) -> None:
        self._lock_step = lock_step
        self._seen = seen
        self._sides = sides_of(lock_step, seen, seller_channel)
        self._lock = threading.Lock()
        self._closed = False

    @property
    def sides(self) -> tuple[tuple[str, Speaker], ...]:
        """The ``(source_id, speaker)`` pairs, the seller first."""
        return tuple((side.source_id, side.speaker) for side in self._sides)

    def describe(self) -> Sequence[Event]:
        """Return ``SourceStarted`` for each side, then the caveats its first two minutes call for."""
        return opening_events(self._lock_step, self._seen, self._sides)

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        """Yield the call once, 0.1 s of one side after 0.1 s of the other; the last may be shorter.

        ``captured_at_s`` is the time in the recording at which the chunk ends.
        """
        start_sample = 0
        while len(audio := await asyncio.to_thread(self._read)):
            for offset in range(0, len(audio), CHUNK_SAMPLES):
                part = audio[offset : offset + CHUNK_SAMPLES]
                end_s = seconds(start_sample + len(part))
                for side in self._sides:
                    yield AudioChunk(side.source_id, start_sample, side.take(part), end_s)
                start_sample += len(part)

    def happened(self) -> Sequence[Event]:
        """Return nothing: a recording is what it is."""
        return ()

    def describe_end(self) -> Sequence[CaveatNoted]:
        """Return the caveats that reading the recording showed, to be asked for after the last chunk.

        Their ``t_s`` is the time read to. Works after :meth:`aclose` too.
        """
        return closing_caveats(self._lock_step, self._seen, self._sides)

    async def aclose(self) -> None:
        """Close the files once a read under way is done; may be called twice."""
        await asyncio.to_thread(self._close)

    def _read(self) -> ChannelSamples:
        with self._lock:  # closing a file under its decoder would crash the process
            if self._closed:
                return np.zeros((0, self._lock_step.channels), np.float32)
            return self._lock_step.read()

    def _close(self) -> None:
        with self._lock:
            self._closed = True
            self._lock_step.close()


def open_recording(
    *paths: Path,
    seller: Path | None = None,
    customer: Path | None = None,
    seller_channel: SellerChannel = "left",
) -> FileSource:
    """Open a recorded call: one file, or one a side, given by name or as two paths, the seller's first.

    ``seller_channel`` is the seller's in a single stereo file. A file with one channel, with the same
    sound on both, or with more than two has one side, ``Speaker.UNKNOWN``. Decodes up to two minutes of
    sound to find that out, so call it in a thread.

    Raises:
        UsageError: when the files named do not make up one call.
        AudioError: when a file cannot be read or holds no sound.
    """
    files = _files_of_call(paths, seller=seller, customer=customer)
    seen = look(files)
    return FileSource(LockStep(files), seen, seller_channel)


def _files_of_call(paths: Sequence[Path], *, seller: Path | None, customer: Path | None) -> Sequence[Path]:
    if seller is not None and customer is not None and not paths:
        return (seller, customer)
    if seller is not None or customer is not None:
        raise UsageError(
            "Name the seller's and the customer's file together, and no other file beside them.",
            code="recording_files",
        )
    if len(paths) not in (1, 2):
        raise UsageError(
            "Name one recording, or two: first the seller's, then the customer's.", code="recording_files"
        )
    return paths
