"""Sound as FLAC: the same samples back, from whatever part of the file was written."""

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.recordings import noise
from roomtone.audio.recorded.decode import Decoder
from roomtone.session.flac import FlacEncoder, Pcm, to_16_bit
from roomtone.types import SAMPLE_RATE_HZ

pytestmark = pytest.mark.unit

FRAME_SAMPLES = 1152
STEREO = to_16_bit(
    np.stack([noise(2.0, rate_hz=SAMPLE_RATE_HZ, seed=seed, level=0.2) for seed in (1, 2)], axis=1)
)


def encoded(audio: Pcm, *, piece_samples: int, finish: bool = True) -> tuple[bytes, bytes]:
    """Return the header and the frames of audio that comes in pieces."""
    encoder = FlacEncoder(audio.shape[1])
    first = encoder.header()
    pieces = (audio[start : start + piece_samples] for start in range(0, len(audio), piece_samples))
    frames = b"".join(map(encoder.encode, pieces))
    if finish:
        frames += encoder.finish()
    assert len(encoder.header()) == len(first)
    return encoder.header(), frames


def decoded(path: Path) -> Pcm:
    decoder = Decoder(path)
    try:
        return to_16_bit(np.concatenate([block.samples for block in decoder.blocks()]))
    finally:
        decoder.close()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("piece_samples", [1, 800, FRAME_SAMPLES, 16_000])
def test_every_sample_comes_back_however_it_was_cut(
    tmp_path: Path, channels: int, piece_samples: int
) -> None:
    audio = STEREO[:5_000, :channels]
    path = tmp_path / "audio.flac"
    path.write_bytes(b"".join(encoded(audio, piece_samples=piece_samples)))
    assert np.array_equal(decoded(path), audio)
    with av.open(str(path)) as container:
        assert container.duration == len(audio) * av.time_base // SAMPLE_RATE_HZ


@given(cut_bytes=st.integers(0, 3_000))  # noise does not compress: a frame has 4 kB
def test_a_file_cut_off_anywhere_loses_less_than_two_frames(
    tmp_path_factory: pytest.TempPathFactory, cut_bytes: int
) -> None:
    header, frames = encoded(STEREO, piece_samples=800, finish=False)
    path = tmp_path_factory.mktemp("cut") / "audio.flac"
    path.write_bytes(header + frames[: len(frames) - cut_bytes])
    heard = decoded(path)
    assert len(heard) > len(STEREO) - 2 * FRAME_SAMPLES
    assert np.array_equal(heard, STEREO[: len(heard)])


def test_audio_read_from_16_bits_is_the_same_again() -> None:
    every_value = np.arange(-32_768, 32_768, dtype=np.int16)
    assert np.array_equal(to_16_bit(every_value.astype(np.float32) / 32_768), every_value)


def test_what_is_too_loud_is_clipped_and_what_is_no_number_is_silent() -> None:
    odd = np.array([1.0, 7.0, -1.0, -7.0, np.nan, np.inf, -np.inf, 0.5], np.float32)
    assert to_16_bit(odd).tolist() == [32767, 32767, -32768, -32768, 0, 32767, -32768, 16384]
