import pytest

from roomtone.audio.live.absence import Absences, as_time
from roomtone.audio.live.alignment import Gap
from roomtone.types import SAMPLE_RATE_HZ

pytestmark = pytest.mark.unit


def at(time_s: float) -> int:
    return round(time_s * SAMPLE_RATE_HZ)


def test_a_sleep_is_told_once_when_it_is_over() -> None:
    absences = Absences()
    absences.jumped(at(721), at(4321))
    assert absences.passed(at(700), at(721), heard=True) is None
    assert absences.passed(at(721), at(2000), heard=False) is None
    assert absences.passed(at(2000), at(4321), heard=False) is None
    caveat = absences.passed(at(4321), at(4322), heard=True)
    assert caveat is not None
    assert caveat.code == "not_heard"
    assert caveat.message == (
        "Nothing was heard from 12:01 to 1:12:01: the computer slept or Roomtone was stopped."
    )
    assert absences.passed(at(4322), at(4323), heard=True) is None


def test_a_short_stop_and_one_that_the_devices_bridged_are_not_told() -> None:
    absences = Absences()
    absences.jumped(at(10), at(14))
    absences.passed(at(10), at(14), heard=False)
    assert absences.passed(at(14), at(15), heard=True) is None
    absences.jumped(at(20), at(30))
    assert absences.passed(at(20), at(30), heard=True) is None


def test_lost_devices_are_no_sleep() -> None:
    absences = Absences()
    absences.passed(at(10), at(20), heard=False)
    assert absences.passed(at(20), at(21), heard=True) is None


def test_a_gap_within_an_absence_is_explained_by_it() -> None:
    absences = Absences()
    absences.jumped(at(10), at(20))
    absences.passed(at(10), at(20), heard=False)
    absences.passed(at(20), at(21), heard=True)
    assert absences.explain(Gap(at(10.1), at(20.2)))
    assert not absences.explain(Gap(at(19.9), at(30)))
    assert not absences.explain(Gap(at(40), at(41)))


@pytest.mark.parametrize(
    ("at_s", "words"), [(0, "00:00"), (61.4, "01:01"), (59.6, "01:00"), (3600, "1:00:00")]
)
def test_times_in_words(at_s: float, words: str) -> None:
    assert as_time(at_s) == words
