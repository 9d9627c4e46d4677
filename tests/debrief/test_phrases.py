"""Times, lengths and counts in words."""

import pytest

from roomtone.debrief.phrases import clock, counted, length, quoted, when

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("at_s", "shown"), [(0.0, "0:00"), (59.9, "0:59"), (245.0, "4:05"), (3845.0, "1:04:05")]
)
def test_times_are_shown_as_on_a_player(at_s: float, shown: str) -> None:
    assert clock(at_s) == shown


@pytest.mark.parametrize(
    ("duration_s", "shown"),
    [(0.2, "0 s"), (48.4, "48 s"), (59.7, "1 min 0 s"), (245, "4 min 5 s"), (3840, "1 h 4 min")],
)
def test_lengths_are_shown_in_words(duration_s: float, shown: str) -> None:
    assert length(duration_s) == shown


def test_a_date_is_written_out_and_anything_else_left_alone() -> None:
    assert when("2026-11-02T09:05:00+01:00") == "2 November 2026, 09:05"
    assert when("yesterday") == "yesterday"


def test_counts_and_quotations_read_well() -> None:
    assert [counted(number, "word") for number in (0, 1, 1204)] == ["0 words", "1 word", "1,204 words"]
    assert quoted("Why?") == "“Why?”"
