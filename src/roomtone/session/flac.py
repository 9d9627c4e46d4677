"""Audio of a call as FLAC, frame by frame: whatever was written so far is a file that can be played.

A FLAC file is a short header and then frames, each readable by itself: it needs no end, and one that was
cut off in the middle of a frame loses only that.
"""

from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from roomtone.types import SAMPLE_RATE_HZ, Samples

MAGIC: Final = b"fLaC"
ONLY_BLOCK: Final = bytes((0x80, 0, 0, 34))
"""The head of the stream's description: the last block before the sound (0x80), of type 0, 34 bytes long."""
CHECKSUM_BYTES: Final = 16
"""The description ends with an MD5 sum of all samples; zeros stand for "not known". Frames have their own."""
FULL_SCALE: Final = 32_768
"""What 1.0 is in 16 bits, the same as when such a file is read: then both hold the same samples."""

Pcm = NDArray[np.int16]
"""Audio of shape ``(samples, channels)`` in 16 bits."""


def to_16_bit(audio: Samples) -> Pcm:
    """Return audio of any shape in 16 bits; what is too loud is clipped, and what is no number is silence."""
    scaled = np.rint(np.nan_to_num(audio).clip(-1, 1) * FULL_SCALE)
    pcm: Pcm = scaled.clip(max=FULL_SCALE - 1).astype(np.int16)
    return pcm


class FlacEncoder:
    """Turns one stream of audio, mono or stereo, into the bytes of a file.

    They come in frames of 72 ms, so the last of the audio given may still be held back.
    """

    def __init__(self, channels: int) -> None:
        self._layout = "mono" if channels == 1 else "stereo"
        self._codec = av.CodecContext.create("flac", "w")
        self._codec.sample_rate = SAMPLE_RATE_HZ
        self._codec.format = "s16"
        self._codec.layout = self._layout
        self._codec.open()

    def header(self) -> bytes:
        """Return the beginning of the file; once :meth:`finish` was called, it tells the length too."""
        description: bytes = self._codec.extradata
        return MAGIC + ONLY_BLOCK + description[:-CHECKSUM_BYTES] + bytes(CHECKSUM_BYTES)

    def encode(self, audio: Pcm) -> bytes:
        """Return the frames that are complete after some more audio of shape ``(samples, channels)``."""
        packed = np.ascontiguousarray(audio).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=self._layout)
        frame.sample_rate = SAMPLE_RATE_HZ
        return b"".join(map(bytes, self._codec.encode(frame)))

    def finish(self) -> bytes:
        """Return the frames that were held back, to be called once, after all audio."""
        return b"".join(map(bytes, self._codec.encode(None)))
