import pytest

from roomtone.nudges.rules.phrases import clock, in_words

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("duration_s", "said_as"),
    [
        (76, "76 seconds"),
        (119.4, "119 seconds"),
        (119.6, "2 minutes"),
        (129, "2 minutes"),
        (130, "2 min 10 s"),
        (300, "5 minutes"),
        (10_799, "179 min 59 s"),
    ],
)
def test_durations_in_words(duration_s: float, said_as: str) -> None:
    assert in_words(duration_s) == said_as


@pytest.mark.parametrize(
    ("duration_s", "shown_as"), [(0, "0:00"), (59.4, "0:59"), (59.6, "1:00"), (3661, "61:01")]
)
def test_durations_on_the_clock(duration_s: float, shown_as: str) -> None:
    assert clock(duration_s) == shown_as
