import pytest

from roomtone.audio.devices.stall import LONGEST_PAUSE_S, Stall

pytestmark = pytest.mark.unit


def test_time_without_anything_adds_up_until_something_comes():
    stall = Stall(10.0)
    assert stall.asked(10.2, gave=False) == pytest.approx(0.2)
    assert stall.asked(10.5, gave=False) == pytest.approx(0.5)
    assert stall.asked(10.6, gave=True) == 0
    assert stall.asked(10.7, gave=False) == pytest.approx(0.1)


def test_the_time_in_which_nobody_asked_does_not_count():
    stall = Stall(0.0)
    assert stall.asked(3600.0, gave=False) == LONGEST_PAUSE_S
    assert stall.asked(3600.1, gave=False) == pytest.approx(LONGEST_PAUSE_S + 0.1)
