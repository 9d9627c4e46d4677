import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import REAL_CALL
from roomtone.audio.rehearsal.sounding import HIGHEST_HZ, LOWEST_HZ, SOUND_DBFS, SOUND_S, find, short_sound
from roomtone.audio.resample import Track
from roomtone.types import SAMPLE_RATE_HZ

pytestmark = [pytest.mark.unit, pytest.mark.property]

ROOM_S = 0.4
"""Reverberation time of an ordinary room."""


def noise(seconds: float, dbfs: float, seed: int = 7) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return 10 ** (dbfs / 20) * generator.standard_normal(round(seconds * SAMPLE_RATE_HZ))


def through_a_room(sound: np.ndarray, seed: int = 3) -> np.ndarray:
    """The sound with its reflections, all together as loud as it was."""
    samples = round(ROOM_S * SAMPLE_RATE_HZ)
    response = np.random.default_rng(seed).standard_normal(samples) * np.exp(
        -6.9 * np.arange(samples) / samples
    )
    response[0] = np.sqrt(np.sum(response**2))
    return np.convolve(sound, response / np.sqrt(np.sum(response**2)))


def within(background: np.ndarray, sound: np.ndarray, start_sample: int) -> np.ndarray:
    mixed = background.copy()
    mixed[start_sample : start_sample + len(sound)] += sound[: len(mixed) - start_sample]
    return mixed.astype(np.float32)


def test_the_sound_is_soft_short_and_within_its_band() -> None:
    sound = short_sound()
    assert len(sound) == round(SOUND_S * SAMPLE_RATE_HZ)
    assert 20 * np.log10(np.sqrt(np.mean(sound**2))) == pytest.approx(SOUND_DBFS, abs=0.01)
    assert abs(sound[0]) < 1e-4
    power = np.abs(np.fft.rfft(sound)) ** 2
    frequencies_hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ)
    inside = (frequencies_hz >= LOWEST_HZ - 20) & (frequencies_hz <= HIGHEST_HZ + 20)
    assert power[inside].sum() > 0.999 * power.sum()


@settings(max_examples=30)
@given(start_sample=st.integers(0, 12_000), level_db=st.floats(-60, 12))
def test_it_is_found_where_it_is_and_as_loud_as_it_is(start_sample: int, level_db: float) -> None:
    heard = within(np.zeros(26_000), short_sound() * 10 ** (level_db / 20), start_sample)
    found = find(heard)
    assert found is not None
    assert found.start_sample == start_sample
    assert found.level_db == pytest.approx(SOUND_DBFS + level_db, abs=0.2)


@pytest.mark.parametrize("weaker_db", [0, 10, 20, 30, 40])
def test_it_is_found_in_the_noise_of_a_room(weaker_db: int) -> None:
    coming_back = through_a_room(short_sound()) * 10 ** (-weaker_db / 20)
    found = find(within(noise(1.8, dbfs=-60), coming_back, 5_000))
    assert found is not None
    assert found.start_sample == pytest.approx(5_000, abs=32)
    assert found.level_db == pytest.approx(SOUND_DBFS - weaker_db, abs=1.5)


def test_it_is_found_under_somebody_who_talks() -> None:
    track = Track(REAL_CALL)
    talk = track.read(20 * SAMPLE_RATE_HZ)[-29_000:, 0].astype(np.float64)
    track.close()
    found = find(within(talk * 0.05 / np.sqrt(np.mean(talk**2)), short_sound(), 9_000))
    assert found is not None
    assert found.start_sample == 9_000


@pytest.mark.parametrize("channel", [0, 1])
def test_it_is_never_found_in_a_call(channel: int) -> None:
    track = Track(REAL_CALL)
    call = track.read(240 * SAMPLE_RATE_HZ)[:, channel]
    track.close()
    pieces = [call[start : start + 28_000] for start in range(0, len(call) - 28_000, 28_000)]
    assert len(pieces) > 100
    assert [piece for piece in pieces if find(piece) is not None] == []


@pytest.mark.parametrize(
    "heard",
    [
        np.zeros(0, np.float32),
        np.zeros(28_000, np.float32),
        noise(1.8, dbfs=-20).astype(np.float32),
        np.sin(np.arange(28_000) / 5).astype(np.float32),
        short_sound()[: len(short_sound()) // 2],
        short_sound()[::-1],
    ],
    ids=["nothing", "zeros", "noise", "tone", "half of it", "backwards"],
)
def test_it_is_not_found_where_it_is_not(heard: np.ndarray) -> None:
    assert find(heard) is None
