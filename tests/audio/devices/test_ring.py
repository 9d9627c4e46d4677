import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomtone.audio.devices.ring import Ring

pytestmark = pytest.mark.property

CAPACITY = 50


def counting(start: int, samples: int, channels: int = 1) -> np.ndarray:
    """Return samples that tell their own position, each channel shifted by a half."""
    positions = np.arange(start, start + samples, dtype=np.float32)[:, np.newaxis]
    return positions + np.arange(channels, dtype=np.float32) / 2


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 80)), max_size=60), st.integers(1, 3))
def test_everything_taken_comes_out_once_and_in_order(steps, channels):
    ring = Ring(CAPACITY, channels=channels)
    offered = read = 0
    expected = np.zeros((0, channels), np.float32)
    for writes, samples in steps:
        if writes:
            block = counting(offered, samples, channels)
            room = CAPACITY - ring.ready_samples
            taken = ring.write(block)
            assert taken == min(samples, room)
            expected = np.concatenate((expected, block[:taken]))
            offered += samples
        else:
            out = np.full((samples, channels), np.nan, np.float32)
            got = ring.read_into(out)
            np.testing.assert_array_equal(out[:got], expected[read : read + got])
            assert np.isnan(out[got:]).all()
            read += got
        assert ring.ready_samples == len(expected) - read
        assert ring.room_samples == CAPACITY - (len(expected) - read)
    rest, _ = ring.take()
    np.testing.assert_array_equal(rest, expected[read:])
    assert ring.ready_samples == 0


@given(st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_what_is_taken_carries_the_time_of_its_last_sample(sizes):
    ring = Ring(CAPACITY)
    for at_s, samples in enumerate(sizes, start=1):
        ring.write(counting(0, samples), float(at_s))
        taken, taken_at_s = ring.take()
        assert (len(taken), taken_at_s) == (samples, at_s)


def test_the_time_is_that_of_the_last_sample_there_was_room_for():
    ring = Ring(CAPACITY, rate_hz=10)
    ring.write(counting(0, 20), 2.0)
    assert ring.write(counting(20, 40), 6.0) == 30
    assert ring.write(counting(60, 10), 7.0) == 0
    taken, at_s = ring.take()
    assert (len(taken), at_s) == (CAPACITY, 5.0)


def test_what_was_taken_is_not_overwritten_later():
    ring = Ring(CAPACITY)
    ring.write(counting(0, CAPACITY))
    taken, _ = ring.take()
    ring.write(counting(1000, CAPACITY))
    np.testing.assert_array_equal(taken, counting(0, CAPACITY))


def test_two_threads_lose_and_swap_nothing():
    ring = Ring(1000)
    total = 30_000

    def write() -> None:
        written = 0
        while written < total:
            block = counting(written, min(97, total - written))
            written += ring.write(block)

    writer = threading.Thread(target=write)
    writer.start()
    read = 0
    while read < total:
        taken, _ = ring.take()
        np.testing.assert_array_equal(taken, counting(read, len(taken)))
        read += len(taken)
    writer.join()
