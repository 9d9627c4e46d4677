import numpy as np
import pytest

from roomtone.speech.baseline import EXPECTED_SPREAD_ROWS, AnswerWords, Habit, RunningFigures
from roomtone.types import QuestionKind

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


def test_answers_to_a_kind_start_from_answers_to_any_and_move_to_their_own() -> None:
    answers = AnswerWords()
    for _ in range(4):
        answers.add(QuestionKind.CLOSED, 2)
    assert answers.usual(QuestionKind.OPEN) == pytest.approx(2.0)
    for _ in range(4):
        answers.add(QuestionKind.OPEN, 50)
    assert 15.0 < answers.usual(QuestionKind.OPEN) < 50.0
    assert 2.0 < answers.usual(QuestionKind.CLOSED) < 5.0
    assert (answers.count, answers.count_of(QuestionKind.OPEN)) == (8, 4)


def test_one_endless_answer_does_not_make_the_others_short() -> None:
    answers = AnswerWords()
    for words in (12, 12, 300):
        answers.add(QuestionKind.OPEN, words)
    assert answers.usual(QuestionKind.OPEN) < 40.0


def test_nothing_is_known_before_the_first_answer() -> None:
    assert AnswerWords().usual(QuestionKind.OPEN) == 1.0
