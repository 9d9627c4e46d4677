import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audio.recordings import noise, tone, write
from roomtone.audio.recorded.decode import Block
from roomtone.audio.resample import Track, resampled

pytestmark = pytest.mark.property

RATES_HZ = [4000, 7350, 8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000]


def resample(*pieces: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    blocks = [Block(piece, rate_hz) for piece in pieces]
    return np.concatenate(list(resampled(blocks, pieces[0].shape[1])))


@settings(deadline=None)
@given(
    rate_hz=st.sampled_from(RATES_HZ),
    cuts=st.lists(st.integers(0, 9000), max_size=12),
    seed=st.integers(0, 3),
)
def test_the_result_does_not_depend_on_block_sizes(rate_hz: int, cuts: list[int], seed: int) -> None:
    sound = np.random.default_rng(seed).uniform(-1, 1, (9000, 2)).astype(np.float32)
    pieces = np.split(sound, sorted(cuts))
    np.testing.assert_array_equal(resample(*pieces, rate_hz=rate_hz), resample(sound, rate_hz=rate_hz))


@settings(deadline=None)
@given(rate_hz=st.integers(4000, 96_000), samples=st.integers(1, 20_000))
def test_a_wav_of_any_rate_keeps_its_length(rate_hz: int, samples: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "call.wav", np.zeros(samples, np.float32), rate_hz=rate_hz)
        track = Track(path)
        audio = track.read(400_000)
        track.close()
    assert abs(len(audio) - round(samples / rate_hz * 16_000)) <= 1
    assert track.read_samples == len(audio)


@settings(max_examples=30, deadline=None)
@given(runs=st.lists(st.integers(1, 9000), min_size=1, max_size=20))
def test_runs_of_any_length_read_the_same(runs: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(
            Path(folder) / "call.flac", noise(1, rate_hz=22_050, seed=1), rate_hz=22_050, codec="flac"
        )
        at_once, in_runs = Track(path), Track(path)
        expected = at_once.read(20_000)
        pieces = [in_runs.read(run) for run in runs]
        pieces.append(in_runs.read(20_000))
        at_once.close()
        in_runs.close()
    assert [len(piece) for piece in pieces[:-1] if len(piece)] == [
        min(run, 16_000 - done)
        for run, done in zip(runs, np.cumsum([0, *runs[:-1]]).tolist(), strict=True)
        if done < 16_000
    ]
    np.testing.assert_array_equal(np.concatenate(pieces), expected)


def test_16_khz_passes_unchanged() -> None:
    sound = noise(0.5, rate_hz=16_000, seed=1)[:, np.newaxis]
    np.testing.assert_array_equal(resample(sound, rate_hz=16_000), sound)


@pytest.mark.parametrize("rate_hz", [8000, 44_100, 96_000])
def test_speech_frequencies_survive(rate_hz: int) -> None:
    audio = resample(tone(1, rate_hz=rate_hz, hz=1000)[:, np.newaxis], rate_hz=rate_hz)
    np.testing.assert_allclose(audio[200:-200, 0], tone(1, rate_hz=16_000, hz=1000)[200:-200], atol=1e-3)


def test_what_lies_above_8_khz_does_not_fold_back() -> None:
    audio = resample(tone(1, rate_hz=96_000, hz=12_000)[:, np.newaxis], rate_hz=96_000)
    assert np.abs(audio[200:-200]).max() < 1e-4


def test_overshoot_is_limited() -> None:
    square = np.sign(tone(1, rate_hz=44_100, hz=500))[:, np.newaxis]
    audio = resample(square, rate_hz=44_100)
    assert np.abs(audio).max() == 1


def test_the_rate_may_change_in_the_middle() -> None:
    blocks = [
        Block(tone(1, rate_hz=rate_hz, hz=440)[:, np.newaxis], rate_hz) for rate_hz in (8000, 16_000, 44_100)
    ]
    audio = np.concatenate(list(resampled(blocks, 1)))
    expected = np.tile(tone(1, rate_hz=16_000, hz=440), 3)
    assert len(audio) == len(expected)
    assert np.corrcoef(audio[:, 0], expected)[0, 1] > 0.999


def test_nothing_in_nothing_out() -> None:
    assert np.concatenate(list(resampled([], 2))).shape == (0, 2)
