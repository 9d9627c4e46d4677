"""Recordings of any common format to float32 blocks at their own rate, in order and in bounded memory."""

import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from roomtone.errors import AudioError

FORMATS: Final = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ac3,amr,ogg,mov,matroska,asf,avi,mpegts,mpeg,flv"  # FFmpeg's names
)
"""Containers that may be opened. Playlists are not among them: they would make FFmpeg open other files."""

LONGEST_GAPS_S: Final = 3600.0
"""Time stamps that leap further than an hour in all are a fault of the file, not pauses of the recorder."""
SHORTEST_GAP_S: Final = 0.1
"""Time stamps jitter by less than this: containers round them, and encoders count their own delay."""
FILL_BLOCK_S: Final = 1.0
"""Silence for a gap comes in blocks this long, so that an hour of it needs no memory."""
FAILURES_IN_A_ROW: Final = 16
"""Reading is given up when this many attempts in a row bring nothing; a damaged page costs one or two."""
RATES_HZ: Final = range(4_000, 768_001)
"""From the poorest dictation machine to the best converter; a header that says otherwise is damaged."""
MOST_PLANES: Final = 8
"""PyAV reads past the list of planes of a frame with more, and may crash; calls have one or two."""
ESTIMATE_TOLERANCE: Final = 0.02
"""A length this close to size / bit rate was computed from them, so it cannot show that an end is missing."""

UNKNOWN_SIZE_BYTES: Final = 0x7FFF_F000
"""From here on, the size in a WAV header stands for "not known yet": SoX writes this one into a pipe,
others 0x80000000 or 0xFFFFFFFF."""

ChannelSamples = NDArray[np.float32]
"""Audio of shape ``(samples, channels)``."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some consecutive audio in [-1, 1] at its own rate, of shape ``(samples, channels)``."""

    samples: ChannelSamples
    rate_hz: int


class Decoder:
    """One recording, decoded from its beginning to its end.

    What cannot be decoded is left out and counted. Where the time stamps then show a gap, or show that
    the sound begins later than the recording (its picture began first), silence takes the place.
    ``rate_hz`` and ``channels`` are those of the first sound; blocks keep ``channels`` throughout.
    ``duration_s`` is what the file claims or its size suggests, and None when there is no telling;
    ``name`` is the file's for people, with what is no text replaced.

    Raises:
        AudioError: when there is nothing to decode, naming the file and what to do.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = os.fsencode(path.name).decode("utf-8", errors="replace")
        self._container = _open(path)
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        path = self.path
        streams = self._container.streams
        if not streams.audio:
            raise AudioError(
                f"{path.name} has no sound in it: choose a recording with sound.", code="file_no_sound"
            )
        self._stream = streams.best("audio")
        if self._stream is None:
            raise _not_audio(path)
        codec = self._stream.codec_context
        if codec is None:
            raise AudioError(
                f"{path.name} holds a kind of sound I cannot decode: convert it to WAV first.",
                code="codec_unsupported",
            )
        self.codec: str = codec.codec.canonical_name
        self.unused_tracks: int = len(streams.audio) - 1
        self.damaged_packets = 0
        self.interrupted_s = 0.0
        self.non_finite_samples = 0
        self.position_s = 0.0
        self._origin_s: float = (self._container.start_time or 0) / av.time_base
        self._failed_packets = 0
        self._frames = self._decode_frames()
        self._first = next(self._frames, None)
        if self._first is None and self._failed_packets:
            raise AudioError(
                f"None of the sound in {path.name} can be decoded: use another copy or another format.",
                code="file_damaged",
            )
        with path.open("rb") as file:
            cut_off_wav_s = wav_claim_s(file)
        self.duration_s, self._claim_is_evidence = (
            (cut_off_wav_s, True) if cut_off_wav_s else _claimed_length(self._container, self._stream)
        )
        form = codec if self._first is None else self._first
        self.rate_hz: int = form.sample_rate
        self.channels: int = form.layout.nb_channels

    @property
    def is_empty(self) -> bool:
        """Whether the file has a header but not one sample."""
        return self._first is None

    @property
    def missing_end_s(self) -> float:
        """What is missing at ``position_s`` of the length claimed; 0 when that claim is no evidence."""
        if self.duration_s is None or not self._claim_is_evidence:
            return 0.0
        return max(0.0, self.duration_s - self.position_s)

    def blocks(self) -> Iterator[Block]:
        """Yield the audio once, in blocks of one decoded frame (1-200 ms) or ``FILL_BLOCK_S`` of silence."""
        frame = self._first
        while frame is not None:
            rate_hz: int = frame.sample_rate
            gap_s = self._gap_s(frame)
            if self.position_s > 0:
                self.interrupted_s += gap_s
            gap_samples = round(gap_s * rate_hz)
            while gap_samples > 0:
                filled = min(gap_samples, round(FILL_BLOCK_S * rate_hz))
                yield self._advanced(np.zeros((filled, self.channels), np.float32), rate_hz)
                gap_samples -= filled
            yield self._advanced(self._to_float(frame), rate_hz)
            frame = next(self._frames, None)

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._container.close()

    def _advanced(self, samples: ChannelSamples, rate_hz: int) -> Block:
        self.position_s += len(samples) / rate_hz
        return Block(samples, rate_hz)

    def _gap_s(self, frame: av.AudioFrame) -> float:
        if frame.time is None:
            return 0.0
        gap_s: float = frame.time - self._origin_s - self.position_s
        if SHORTEST_GAP_S < gap_s <= LONGEST_GAPS_S - self.interrupted_s:
            return gap_s
        if abs(gap_s) > SHORTEST_GAP_S:  # a leap back, or too far: count from here on
            self._origin_s += gap_s
        return 0.0

    def _decode_frames(self) -> Iterator[av.AudioFrame]:
        heard = False
        for packet in self._packets():
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                self._failed_packets += 1
                continue
            for frame in decoded:
                if not _is_plausible(frame):
                    self._failed_packets += 1
                    continue
                if heard:  # failures before the first and after the last sound are tags and padding
                    self.damaged_packets += self._failed_packets
                heard, self._failed_packets = True, 0
                yield frame

    def _packets(self) -> Iterator[av.Packet]:
        failures = 0
        while failures < FAILURES_IN_A_ROW:
            try:
                for packet in self._container.demux(self._stream):
                    failures = 0
                    yield packet
            except av.FFmpegError:  # demuxing again finds the next page that is whole
                failures += 1
                self._failed_packets += 1
            else:
                return

    def _to_float(self, frame: av.AudioFrame) -> ChannelSamples:
        try:
            raw = frame.to_ndarray()
        except ValueError as error:
            raise AudioError(
                f"{self.name} stores samples as {frame.format.name}, which I cannot read: "
                "convert it to 16-bit WAV first.",
                code="codec_unsupported",
            ) from error
        raw = raw.T if frame.format.is_planar else raw.reshape(frame.samples, -1)
        samples: ChannelSamples
        if raw.dtype == np.uint8:
            samples = (raw.astype(np.float32) - 128) / 128
        elif raw.dtype.kind == "i":
            samples = raw.astype(np.float32) / -float(np.iinfo(raw.dtype).min)
        else:
            samples = self._finite(raw)
        if samples.shape[1] != self.channels:  # a few formats may change it in the middle
            samples = np.repeat(samples.mean(axis=1, keepdims=True), self.channels, axis=1)
        return samples

    def _finite(self, raw: NDArray[np.floating]) -> ChannelSamples:
        finite = np.isfinite(raw)
        if not finite.all():
            self.non_finite_samples += int(finite.size - np.count_nonzero(finite))
            raw = np.where(finite, raw, 0)
        clipped: ChannelSamples = np.clip(raw, -1, 1).astype(np.float32)
        return clipped


def _is_plausible(frame: av.AudioFrame) -> bool:
    few_planes = frame.layout.nb_channels <= MOST_PLANES or not frame.format.is_planar
    return few_planes and frame.sample_rate in RATES_HZ


def _claimed_length(
    container: av.container.InputContainer, stream: av.AudioStream
) -> tuple[float | None, bool]:
    """Return the length in seconds, if known, and whether sound that ends before it was cut off."""
    if stream.duration is not None:
        duration_s = float(stream.duration * stream.time_base)
        is_own = True
    elif container.duration is not None:
        duration_s = container.duration / av.time_base
        is_own = len(container.streams) == 1  # otherwise it may be that of the picture
    else:
        return None, False
    size_bytes: int = container.size
    computed_bytes = (stream.bit_rate or 0) * duration_s / 8
    is_estimate = abs(computed_bytes - size_bytes) <= ESTIMATE_TOLERANCE * size_bytes
    return duration_s, is_own and not is_estimate


def wav_claim_s(file: BinaryIO) -> float | None:
    """Return the length a WAV header claims where the file ends before it; None of any other file.

    A header without a size yet, of a recording that is still being written, claims nothing.
    """
    size_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    form = file.read(12)
    if form[:4] != b"RIFF" or form[8:] != b"WAVE":
        return None
    bytes_per_s = 0
    while len(header := file.read(8)) == 8:
        name, claimed_bytes = struct.unpack("<4sI", header)
        if name == b"data":
            present_bytes = size_bytes - file.tell()
            is_cut_off = present_bytes < claimed_bytes < UNKNOWN_SIZE_BYTES
            return claimed_bytes / bytes_per_s if is_cut_off and bytes_per_s else None
        if name == b"fmt ":
            bytes_per_s = int.from_bytes(file.read(12)[8:], "little")
            claimed_bytes -= 12
        file.seek(claimed_bytes + claimed_bytes % 2, os.SEEK_CUR)
    return None


def _open(path: Path) -> av.container.InputContainer:
    name = path.name
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise AudioError(f"{name} is a folder: name a recording inside it.", code="file_is_directory")
        if not stat.S_ISREG(status.st_mode):  # opening a pipe nobody writes to would never return
            raise AudioError(
                f"{name} is no ordinary file: save the recording to a file first.", code="file_not_regular"
            )
        if status.st_size == 0:
            raise AudioError(f"{name} is empty: nothing was recorded into it.", code="file_empty")
        return av.open(
            str(path.absolute()),  # a relative "10:30.wav" would be taken for a protocol named 10
            metadata_errors="ignore",
            options={"protocol_whitelist": "file", "format_whitelist": FORMATS},
        )
    except FileNotFoundError as error:
        raise AudioError(
            f"There is no file {path}: check its name and its folder.", code="file_missing"
        ) from error
    except PermissionError as error:
        raise AudioError(
            f"You are not allowed to read {name}: change its permissions, or use a copy of your own.",
            code="file_no_permission",
        ) from error
    except (av.error.InvalidDataError, av.error.ArgumentError) as error:
        raise _not_audio(path) from error
    except (OSError, av.FFmpegError) as error:
        raise AudioError(f"{name} cannot be read: {error.strerror}.", code="file_unreadable") from error


def _not_audio(path: Path) -> AudioError:
    return AudioError(
        f"{path.name} is no recording, or it is damaged: "
        "use a WAV, FLAC, MP3, Ogg, Opus, M4A, MP4 or WebM file.",
        code="file_not_audio",
    )
