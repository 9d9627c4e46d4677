"""A call heard through the default output while it is replayed at call speed."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Final

import numpy as np

from roomtone.audio.devices.portaudio import load_sounddevice
from roomtone.audio.devices.ring import DeviceSamples, Ring
from roomtone.audio.wrapped import WrappedSource
from roomtone.errors import DeviceError
from roomtone.interfaces import AudioSource
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Samples, Speaker, seconds

RING_SAMPLES: Final = 2 * SAMPLE_RATE_HZ
"""2 s: at call speed the replay is never this far ahead, so what finds no room is dropped and counted."""
CUSHION_SAMPLES: Final = 3 * SAMPLE_RATE_HZ // 10
"""0.3 s is gathered before the first sound and after a stutter: three chunks, so one may come late."""
FINISH_S: Final = 5.0
"""Ring and device have played out well before this; a device that is gone never finishes."""

logger = logging.getLogger(__name__)


class Player:
    """The default output, open from construction: one side on each channel, or mixed where it has only one.

    Raises:
        DeviceError: when there is no PortAudio library, no output, or it refuses.
    """

    def __init__(self, sides: Sequence[tuple[str, Speaker]]) -> None:
        sounddevice = load_sounddevice()
        self._callback_stop: type[Exception] = sounddevice.CallbackStop
        self._waiting: dict[str, Samples] = {source_id: np.zeros(0, np.float32) for source_id, _ in sides}
        self._gathering = True
        self._ended = False
        self._finished = threading.Event()
        self.lost_samples = 0
        self.stutters = 0
        try:
            device = sounddevice.query_devices(kind="output")
            self._channels = min(len(sides), int(device["max_output_channels"]))
            self._ring = Ring(RING_SAMPLES, channels=self._channels)
            self._stream: Any = sounddevice.OutputStream(
                samplerate=SAMPLE_RATE_HZ,
                channels=self._channels,
                dtype="float32",
                callback=self._fill,
                finished_callback=self._finished.set,
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise DeviceError(
                f"The sound output cannot be used ({error}): check the system's sound settings, "
                "or leave out --play.",
                code="playback_failed",
                recoverable=True,
            ) from error

    def play(self, chunk: AudioChunk) -> None:
        """Queue a chunk without waiting; it sounds once the other side's for the same time is there too.

        Raises:
            DeviceError: when the output has stopped.
        """
        if self._finished.is_set():
            raise DeviceError(
                "The sound output has stopped: the replay goes on without sound.",
                code="playback_stopped",
                recoverable=True,
            )
        self._waiting[chunk.source_id] = np.concatenate((self._waiting[chunk.source_id], chunk.samples))
        common = min(map(len, self._waiting.values()))
        block = np.stack([samples[:common] for samples in self._waiting.values()], axis=1)
        if block.shape[1] != self._channels:
            block = block.mean(axis=1, keepdims=True)
        self._waiting = {source_id: samples[common:] for source_id, samples in self._waiting.items()}
        self.lost_samples += common - self._ring.write(block)

    async def finish(self) -> None:
        """Return once everything queued has sounded, or after ``FINISH_S``."""
        self._ended = True
        await asyncio.to_thread(self._finished.wait, FINISH_S)
        if self.lost_samples or self.stutters:
            logger.warning(
                "The sound of the replay stuttered %d times, and %.1f s of it were left out.",
                self.stutters,
                seconds(self.lost_samples),
            )

    def close(self) -> None:
        """Silence and release the output at once; may be called twice."""
        self._stream.close()

    def _fill(self, out: DeviceSamples, samples: int, _time: object, _status: object) -> None:
        if self._gathering and self._ring.ready_samples < CUSHION_SAMPLES and not self._ended:
            out.fill(0)
            return
        taken = self._ring.read_into(out)
        out[taken:] = 0
        self._gathering = taken < samples
        if self._gathering and self._ended:
            raise self._callback_stop
        self.stutters += self._gathering


class PlayedSource(WrappedSource):
    """A source that is heard while it is consumed; sound that fails does not stop it."""

    def __init__(self, source: AudioSource, player: Player) -> None:
        super().__init__(source)
        self._player = player

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        """Yield the source's chunks, playing each, and end when the last has sounded."""
        audible = True
        async with contextlib.aclosing(self._source.chunks()) as chunks:
            async for chunk in chunks:
                if audible:
                    try:
                        self._player.play(chunk)
                    except DeviceError as error:
                        logger.warning("%s", error.message)
                        audible = False
                yield chunk
        await self._player.finish()

    async def aclose(self) -> None:
        """Release the output at once and close the source; may be called twice."""
        self._player.close()
        await super().aclose()


def played(source: AudioSource, player: Player) -> PlayedSource:
    """Return the source made audible; it should come at call speed."""
    return PlayedSource(source, player)
