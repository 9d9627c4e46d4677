import numpy as np
import pytest

from roomtone.speech.baseline import EXPECTED_SPREAD_ROWS, Habit, RunningFigures

pytestmark = pytest.mark.unit


def row(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_mean_is_over_the_rows_in_which_a_figure_was_measured() -> None:
    figures = RunningFigures(3)
    figures.add(row(1, np.nan, np.nan))
    figures.add(row(3, 5, np.nan))
    assert figures.rows == 2
    np.testing.assert_array_equal(figures.mean(), row(2, 5, np.nan))


def test_spread_starts_from_the_expected_one_and_moves_to_the_speakers_own() -> None:
    figures = RunningFigures(1)
    assert figures.spread(expected=row(4.0)) == pytest.approx(4.0)
    random = np.random.default_rng(0)
    for value in random.normal(80, 1.0, 400):
        figures.add(row(value))
    assert figures.spread(expected=row(4.0)) == pytest.approx(1.0, rel=0.15)


def test_spread_of_equal_rows_keeps_a_share_of_the_expected_one() -> None:
    figures = RunningFigures(1)
    for _ in range(4):
        figures.add(row(85.0))
    share = EXPECTED_SPREAD_ROWS / (4 + EXPECTED_SPREAD_ROWS)
    assert figures.spread(expected=row(2.0)) == pytest.approx(2.0 * share**0.5)


def test_habit_is_a_mean() -> None:
    habit = Habit()
    assert habit.mean == 0.0
    for value in (0.4, 0.8):
        habit.add(value)
    assert habit.mean == pytest.approx(0.6)
    assert habit.count == 2
