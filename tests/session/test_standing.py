"""Troubles that come and go."""

import pytest

from roomtone.events import CaveatNoted, CaveatWithdrawn
from roomtone.session.standing import StandingCaveat, call_time

pytestmark = pytest.mark.unit


def test_a_trouble_is_told_once_and_taken_back_once_each_time_it_comes() -> None:
    standing = StandingCaveat("log_waiting")
    messages = ["", "Full.", "Full.", "Fuller.", "", "", "Full again.", ""]
    told = [event for t_s, message in enumerate(messages) for event in standing.follow(message, float(t_s))]
    assert told == [
        CaveatNoted(t_s=1.0, code="log_waiting", message="Full."),
        CaveatWithdrawn(t_s=4.0, code="log_waiting"),
        CaveatNoted(t_s=6.0, code="log_waiting", message="Full again."),
        CaveatWithdrawn(t_s=7.0, code="log_waiting"),
    ]


@pytest.mark.parametrize(
    ("at_s", "words"),
    [(0.0, "0:00"), (59.99, "0:59"), (761.0, "12:41"), (3600.0, "1:00:00"), (7384.2, "2:03:04")],
)
def test_times_of_the_call_read_like_a_clock(at_s: float, words: str) -> None:
    assert call_time(at_s) == words
