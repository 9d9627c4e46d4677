"""Any rate to 16 kHz, streaming; what comes out does not depend on the sizes of what goes in."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import soxr

from roomtone.audio.recorded.decode import Block, ChannelSamples, Decoder
from roomtone.types import SAMPLE_RATE_HZ

QUALITY: Final = "HQ"
"""soxr's 20-bit filter: its error lies below that of 16-bit recordings."""


def resampled(blocks: Iterable[Block], channels: int) -> Iterator[ChannelSamples]:
    """Yield the blocks at 16 kHz as arrays ``(samples, channels)`` in [-1, 1], some of them empty.

    Audio at 16 kHz passes unchanged. The rate may change between blocks. In all,
    ``round(duration * 16000)`` samples come out of each stretch of one rate.
    """
    rate_hz = SAMPLE_RATE_HZ
    stream: soxr.ResampleStream | None = None
    for block in blocks:
        if block.rate_hz != rate_hz:
            yield _rest(stream, channels)
            rate_hz = block.rate_hz
            stream = _stream(rate_hz, channels)
        if stream is None:
            yield block.samples
        else:
            yield _limited(stream.resample_chunk(block.samples))
    yield _rest(stream, channels)


def _stream(rate_hz: int, channels: int) -> soxr.ResampleStream | None:
    if rate_hz == SAMPLE_RATE_HZ:
        return None
    return soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, channels, dtype="float32", quality=QUALITY)


def _rest(stream: soxr.ResampleStream | None, channels: int) -> ChannelSamples:
    nothing = np.zeros((0, channels), np.float32)
    if stream is None:
        return nothing
    return _limited(stream.resample_chunk(nothing, last=True))


def _limited(samples: ChannelSamples) -> ChannelSamples:
    return np.clip(samples, -1, 1)  # the filter overshoots beside clipped samples


class Track:
    """One recording at 16 kHz, read in runs of any length.

    Raises:
        AudioError: as :class:`Decoder` does.
    """

    def __init__(self, path: Path) -> None:
        self.decoder = Decoder(path)
        self.read_samples = 0
        self._pieces = resampled(self.decoder.blocks(), self.decoder.channels)
        self._left_over: ChannelSamples = np.zeros((0, self.decoder.channels), np.float32)

    def read(self, samples: int) -> ChannelSamples:
        """Return the next ``samples`` samples of shape ``(samples, channels)``; fewer only at the end."""
        gathered = [self._left_over]
        missing = samples - len(self._left_over)
        while missing > 0 and (piece := next(self._pieces, None)) is not None:
            gathered.append(piece)
            missing -= len(piece)
        audio = np.concatenate(gathered)
        self._left_over = audio[samples:].copy()
        self.read_samples += min(samples, len(audio))
        return audio[:samples]

    def close(self) -> None:
        """Close the file; may be called twice."""
        self.decoder.close()
