"""What a page is made of."""

import pytest

from roomtone.debrief.page import MOST_LINES, Line, capped

pytestmark = pytest.mark.unit


def test_the_weightiest_lines_are_kept_in_their_order() -> None:
    weighed = [(Line(f"{nth}"), weight) for nth, weight in enumerate((1.0, 3.0, 2.0, 3.0))]
    assert [line.text for line in capped(weighed, most=2)] == ["1", "3", "and 2 more"]
    assert [line.text for line in capped(weighed, most=4)] == ["0", "1", "2", "3"]


def test_of_equal_weight_the_first_are_kept() -> None:
    lines = [line.text for line in capped((Line(f"{nth}"), 0.0) for nth in range(MOST_LINES + 1))]
    assert lines == [*map(str, range(MOST_LINES)), "and 1 more"]
