import numpy as np
import pytest

from audio.echoes import call, hiss, later, through_room
from roomtone.audio.echo.delay import CENTRE_SAMPLES, LOST_LOOKS, WINDOW_SAMPLES, DelayFinder
from roomtone.types import SAMPLE_RATE_HZ, Samples
from speech.hearing import mains_hum

pytestmark = pytest.mark.unit

STEP_SAMPLES = WINDOW_SAMPLES // 4


def look(finder: DelayFinder, far: Samples, near: Samples) -> list[int | None]:
    """Look four times a window while the far end speaks, and return what the finder said each time."""
    far = np.concatenate((np.zeros(CENTRE_SAMPLES + WINDOW_SAMPLES, np.float32), far))
    near = np.concatenate((np.zeros(WINDOW_SAMPLES, np.float32), near))
    said = []
    for start in range(0, len(near) - WINDOW_SAMPLES, STEP_SAMPLES):
        part = slice(start, start + WINDOW_SAMPLES)
        if np.mean(np.square(far[part])) > 1e-6:
            finder.look(far[part], near[part])
            said.append(finder.delay_samples)
    return said


@pytest.mark.parametrize("delay_s", [-0.045, 0.0, 0.005, 0.08, 0.2, 0.35, 0.44])
@pytest.mark.parametrize("gain_db", [-3.0, -20.0])
def test_the_delay_of_an_echo_is_found_within_two_seconds_of_speech(delay_s: float, gain_db: float) -> None:
    seller, customer = call(10.0)
    near = seller + hiss(len(seller)) + through_room(customer, delay_s=delay_s, gain_db=gain_db)
    said = look(DelayFinder(), customer, near)
    assert said[8:] == [pytest.approx(delay_s * SAMPLE_RATE_HZ, abs=32)] * len(said[8:])


def test_two_voices_are_no_echo_of_each_other() -> None:
    seller, customer = call(239.0)
    assert set(look(DelayFinder(), customer, seller)) == {None}
    assert set(look(DelayFinder(), seller, customer)) == {None}


def test_hum_on_both_sides_is_no_echo() -> None:
    seller, customer = call(30.0)
    hum = mains_hum(30.0, -40.0) * np.minimum(1.0, np.arange(len(seller)) / SAMPLE_RATE_HZ).astype(np.float32)
    assert set(look(DelayFinder(), customer + hum, seller + later(hum, 0.007))) == {None}


def test_a_new_delay_is_found_in_place_of_the_old_one() -> None:
    seller, customer = call(40.0)
    finder = DelayFinder()
    look(finder, customer, seller + through_room(customer, delay_s=0.08, gain_db=-10.0))
    assert finder.delay_samples == pytest.approx(0.08 * SAMPLE_RATE_HZ, abs=32)
    said = look(finder, customer, seller + through_room(customer, delay_s=0.14, gain_db=-10.0))
    assert said[16] == pytest.approx(0.14 * SAMPLE_RATE_HZ, abs=32)


def test_an_echo_that_ends_is_given_up_but_not_at_once() -> None:
    seller, customer = call(60.0)
    finder = DelayFinder()
    look(finder, customer, seller + through_room(customer, delay_s=0.08, gain_db=-10.0))
    said = look(finder, customer, seller)
    assert None not in said[: LOST_LOOKS - 1]
    assert said[-1] is None


def test_silence_is_no_echo() -> None:
    finder = DelayFinder()
    finder.look(np.zeros(WINDOW_SAMPLES, np.float32), np.zeros(WINDOW_SAMPLES, np.float32))
    assert finder.delay_samples is None
