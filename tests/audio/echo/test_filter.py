from collections.abc import Iterator

import numpy as np
import pytest

from audio.echoes import call, hiss, level_db, through_room
from roomtone.audio.echo.filter import BLOCK_SAMPLES, REACH_SAMPLES, EchoFilter
from roomtone.types import SAMPLE_RATE_HZ, Samples

pytestmark = pytest.mark.unit


def blocks(far: Samples, near: Samples) -> Iterator[tuple[Samples, Samples]]:
    """The far end and the block of the near end, block by block."""
    far = np.concatenate((np.zeros(REACH_SAMPLES - BLOCK_SAMPLES, np.float32), far))
    for start in range(0, len(near) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
        yield far[start : start + REACH_SAMPLES], near[start : start + BLOCK_SAMPLES]


def predict(echo_filter: EchoFilter, far: Samples, near: Samples) -> Samples:
    """Everything it predicts, block after block."""
    return np.concatenate([echo_filter.step(*pair).echo for pair in blocks(far, near)])


def test_the_echo_of_speech_is_predicted_after_two_seconds() -> None:
    _, customer = call(12.0)
    near = through_room(customer, delay_s=0.01, gain_db=-10.0)
    echo = predict(EchoFilter(), customer, near)
    after = slice(3 * SAMPLE_RATE_HZ, len(echo))
    assert level_db(near[after] - echo[after]) < level_db(near[after]) - 15.0


def test_a_voice_that_is_no_echo_stays_what_it_is() -> None:
    seller, customer = call(60.0)
    echo = predict(EchoFilter(), customer, seller)
    assert level_db(echo) < level_db(seller[: len(echo)]) - 15.0


def test_the_near_end_survives_above_the_echo() -> None:
    _, customer = call(20.0)
    speech, _ = call(20.0, start_s=40.0)
    near = speech + through_room(customer, delay_s=0.01, gain_db=-10.0)
    echo = predict(EchoFilter(), customer, near)
    after = slice(5 * SAMPLE_RATE_HZ, len(echo))
    assert level_db(near[after] - echo[after] - speech[after]) < level_db(speech[after]) - 12.0


def test_a_way_that_is_no_longer_there_is_forgotten_soon() -> None:
    _, customer = call(20.0)
    echo_filter = EchoFilter()
    predict(echo_filter, customer, through_room(customer, delay_s=0.01, gain_db=-3.0))
    echo = predict(echo_filter, customer, hiss(len(customer)))
    after = slice(3 * SAMPLE_RATE_HZ, len(echo))
    assert level_db(echo[after]) < level_db(customer[after]) - 25.0


@pytest.mark.parametrize("by_samples", [-100, 100])
def test_a_moved_way_predicts_the_same_from_a_far_end_moved_with_it(by_samples: int) -> None:
    far = hiss(6 * SAMPLE_RATE_HZ, level_db=-20.0)
    echo_filter = EchoFilter()
    near = through_room(far, delay_s=0.02, gain_db=-6.0)
    *_, (last_far, last_near) = blocks(far, near)
    predict(echo_filter, far, near)
    moved = EchoFilter()
    predict(moved, far, near)
    moved.move(by_samples)
    there = np.roll(last_far, -by_samples)
    expected, found = echo_filter.step(last_far, last_near).echo, moved.step(there, last_near).echo
    assert level_db(found - expected) < level_db(expected) - 20.0


def test_silence_is_taken_too() -> None:
    echo_filter = EchoFilter()
    prediction = echo_filter.step(np.zeros(REACH_SAMPLES, np.float32), np.zeros(BLOCK_SAMPLES, np.float32))
    assert not prediction.echo.any()
    assert prediction.doubt.shape == (BLOCK_SAMPLES + 1,)
