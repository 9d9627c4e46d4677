import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.recordings import noise, tone
from roomtone.audio.devices.mixdown import Mixdown

pytestmark = pytest.mark.property

RATE_HZ = 48_000
SOUND = tone(1.0, rate_hz=RATE_HZ)[:, np.newaxis]


def mixed(mixdown, block, sizes=()):
    pieces = np.split(block, np.cumsum(sizes)[np.cumsum(sizes) < len(block)]) if sizes else [block]
    return np.concatenate([mixdown.mono(piece) for piece in pieces])


@given(st.lists(st.integers(1, 9000), max_size=20))
def test_what_comes_out_does_not_depend_on_the_sizes_of_what_goes_in(sizes):
    whole = mixed(Mixdown(RATE_HZ, 1), SOUND)
    np.testing.assert_array_equal(mixed(Mixdown(RATE_HZ, 1), SOUND, sizes)[:1000], whole[:1000])
    assert len(mixed(Mixdown(RATE_HZ, 1), SOUND, sizes)) == pytest.approx(len(whole), abs=200)


@pytest.mark.parametrize("rate_hz", [8000, 44_100, 48_000, 96_000])
def test_a_tone_keeps_its_level_and_its_length(rate_hz):
    out = mixed(Mixdown(rate_hz, 1), tone(2.0, rate_hz=rate_hz)[:, np.newaxis], [480] * 1000)
    expected = tone(2.0, rate_hz=16_000)
    assert 0 <= len(expected) - len(out) < 0.06 * 16_000, "more is held back than can be waited for"
    difference = out[800:-800] - expected[800 : len(out) - 800]
    assert np.abs(difference).max() < 0.01


def test_16_khz_passes_unchanged():
    sound = noise(0.1, rate_hz=16_000, seed=1)[:, np.newaxis]
    np.testing.assert_array_equal(Mixdown(16_000, 1).mono(sound), sound[:, 0].clip(-1, 1))


def test_channels_are_mixed():
    left, right = noise(0.1, rate_hz=16_000, seed=1), noise(0.1, rate_hz=16_000, seed=2)
    out = Mixdown(16_000, 2).mono(np.stack([left, right], axis=1))
    np.testing.assert_allclose(out, (left + right) / 2, atol=1e-7)


def test_a_dead_channel_costs_no_level():
    left = noise(0.1, rate_hz=16_000, seed=1)
    out = Mixdown(16_000, 2).mono(np.stack([left, np.zeros_like(left)], axis=1))
    np.testing.assert_array_equal(out, left)


def test_digital_silence_stays_silent_until_something_is_heard():
    mixdown = Mixdown(16_000, 2)
    assert not mixdown.mono(np.zeros((100, 2), np.float32)).any()
    assert mixdown.mono(np.full((100, 2), 0.5, np.float32)).all()
    assert len(mixdown.mono(np.zeros((0, 2), np.float32))) == 0


def test_what_is_too_loud_is_limited():
    assert np.abs(Mixdown(16_000, 1).mono(np.full((10, 1), 3.0, np.float32))).max() == 1
