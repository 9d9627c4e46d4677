"""Recordings made on the spot: known sounds, in any format."""

from collections.abc import AsyncIterator, Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from roomtone.types import AudioChunk

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 16: "hexadecagonal"}
FRAME_SAMPLES = 1024


def tone(duration_s: float, *, rate_hz: int, hz: float = 300.0, level: float = 0.3) -> NDArray[np.float32]:
    """Return a mono tone that comes and goes twice a second, so that its envelope shows where it is."""
    times_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * 2 * times_s)
    return (level * swell * np.sin(2 * np.pi * hz * times_s)).astype(np.float32)


def noise(duration_s: float, *, rate_hz: int, seed: int, level: float = 0.1) -> NDArray[np.float32]:
    """Return mono white noise."""
    generator = np.random.default_rng(seed)
    return (level * generator.standard_normal(round(duration_s * rate_hz))).astype(np.float32)


def silence(duration_s: float, *, rate_hz: int) -> NDArray[np.float32]:
    """Return mono silence."""
    return np.zeros(round(duration_s * rate_hz), np.float32)


def write(
    path: Path,
    *channels: NDArray[np.float32],
    rate_hz: int,
    codec: str = "pcm_s16le",
    shift_s: Callable[[float], float] = lambda _: 0.0,
    picture: bool = False,
) -> Path:
    """Encode the channels in the container that the file name tells.

    ``shift_s`` gives what is added to the time stamp of the audio at a time; ``picture`` adds a video
    that begins at 0.
    """
    samples = np.stack(channels)
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=5) if picture else None
        if video is not None:
            video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        options = {"mapping_family": "255"} if codec == "libopus" and len(channels) > 8 else {}
        audio = container.add_stream(codec, rate=rate_hz, layout=LAYOUTS[len(channels)], options=options)
        if video is not None:
            for index in range(5):
                frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
                frame.pts, frame.time_base = index, Fraction(1, 5)
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        for start in range(0, samples.shape[1], FRAME_SAMPLES):
            packed = np.ascontiguousarray(samples[:, start : start + FRAME_SAMPLES].T).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=LAYOUTS[len(channels)])
            frame.sample_rate = rate_hz
            frame.pts = start + round(shift_s(start / rate_hz) * rate_hz)
            frame.time_base = Fraction(1, rate_hz)
            container.mux(audio.encode(frame))
        audio.codec_context.open(strict=False)
        container.start_encoding()
        container.mux(audio.encode(None))
    return path


def write_silent_video(path: Path) -> Path:
    """Encode a second of picture without a sound track."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=5)
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


def envelope(samples: NDArray[np.float32], *, rate_hz: int, step_s: float = 0.05) -> NDArray[np.float32]:
    """Return the RMS of each ``step_s`` of a mono sound."""
    step = round(step_s * rate_hz)
    whole = samples[: len(samples) // step * step].reshape(-1, step)
    return np.sqrt(np.mean(np.square(whole), axis=1))


async def gather(chunks: AsyncIterator[AudioChunk]) -> dict[str, NDArray[np.float32]]:
    """Return all audio of each source."""
    parts: dict[str, list[NDArray[np.float32]]] = {}
    async for chunk in chunks:
        parts.setdefault(chunk.source_id, []).append(chunk.samples)
    return {source_id: np.concatenate(pieces) for source_id, pieces in parts.items()}
