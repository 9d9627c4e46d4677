import numpy as np
import pytest

from roomtone.audio.rehearsal.heard import SILENCE_DBFS, Heard, loudness
from roomtone.types import SAMPLE_RATE_HZ

pytestmark = pytest.mark.unit


def tone(seconds: float, amplitude: float) -> np.ndarray:
    times_s = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (amplitude * np.sin(2 * np.pi * 200 * times_s)).astype(np.float32)


def test_the_loud_and_the_quiet_are_told_apart() -> None:
    levels = loudness(np.concatenate([tone(1.0, 0.1), tone(1.0, 0.001)]))
    assert levels.loud_db == pytest.approx(-23.0, abs=0.1)
    assert levels.quiet_db == pytest.approx(-63.0, abs=0.1)
    assert not levels.only_zeros
    assert levels.clipped_share == 0.0


def test_a_click_does_not_count_as_loud() -> None:
    samples = tone(3.0, 0.001)
    samples[:320] = 0.9
    assert loudness(samples).loud_db == pytest.approx(-63.0, abs=0.1)


def test_digital_zeros_are_only_zeros() -> None:
    levels = loudness(np.zeros(SAMPLE_RATE_HZ, np.float32))
    assert levels.only_zeros
    assert levels.loud_db == pytest.approx(SILENCE_DBFS)
    assert not loudness(np.full(SAMPLE_RATE_HZ, 1e-6, np.float32)).only_zeros


def test_less_than_a_frame_is_silence() -> None:
    assert loudness(tone(0.01, 0.5)).loud_db == SILENCE_DBFS


def test_what_is_cut_off_is_counted() -> None:
    assert loudness(tone(1.0, 4.0).clip(-1, 1)).clipped_share == pytest.approx(0.84, abs=0.02)


def test_a_span_of_time_is_cut_out_as_far_as_it_was_heard() -> None:
    samples = np.arange(2 * SAMPLE_RATE_HZ, dtype=np.float32)
    heard = Heard("mic", samples, begins_s=10.0, arrived_share=1.0, muted=False)
    assert list(heard.between(10.5, 11.0)[[0, -1]]) == [8000, 15999]
    assert len(heard.between(9.0, 10.25)) == 4000
    assert len(heard.between(11.5, 20.0)) == 8000
    assert len(heard.between(1.0, 2.0)) == 0
