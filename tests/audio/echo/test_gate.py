import numpy as np
import pytest

from audio.echoes import hiss
from roomtone.audio.echo.filter import BLOCK_SAMPLES, Prediction
from roomtone.audio.echo.gate import HELD_FRAMES, EchoGate
from roomtone.types import Samples

pytestmark = pytest.mark.unit

SURE = np.zeros(BLOCK_SAMPLES + 1, np.float32)


def sound(level_db: float, number: int) -> Samples:
    return hiss(BLOCK_SAMPLES, level_db, seed=number)


def used_to(left_db: float) -> EchoGate:
    """A gate that has seen an echo of -30 dBFS leave ``left_db`` behind for 10 s."""
    gate = EchoGate()
    for number in range(300):
        gate.judge(sound(-30.0 + left_db, number), Prediction(sound(-30.0, number + 1000), SURE))
    return gate


@pytest.mark.parametrize("left_db", [-20.0, -10.0, 0.0])
def test_what_the_filter_always_leaves_behind_keeps_the_gate_closed(left_db: float) -> None:
    gate = used_to(left_db)
    for number in range(20):
        assert gate.judge(sound(-30.0 + left_db, number), Prediction(sound(-30.0, number + 50), SURE)) == [
            False,
            False,
        ]


def test_a_voice_well_above_it_opens_the_gate_and_holds_it_for_a_moment() -> None:
    gate = used_to(-20.0)
    assert gate.judge(sound(-35.0, 1), Prediction(sound(-30.0, 2), SURE)) == [True, True]
    said = []
    for number in range(HELD_FRAMES):
        said += gate.judge(sound(-50.0, number), Prediction(sound(-30.0, number + 50), SURE))
    assert said[0]
    assert not said[-1]


def test_the_gate_follows_the_level_of_the_echo() -> None:
    gate = used_to(-20.0)
    assert gate.judge(sound(-30.0, 1), Prediction(sound(-10.0, 2), SURE)) == [False, False]


def test_a_voice_that_never_stops_is_not_taken_for_what_is_left_of_the_echo() -> None:
    assert used_to(30.0).judge(sound(0.0, 1), Prediction(sound(-30.0, 2), SURE)) == [True, True]


def test_a_filter_in_doubt_keeps_the_gate_closed() -> None:
    doubt = np.full(BLOCK_SAMPLES + 1, 1e3, np.float32)
    assert EchoGate().judge(sound(-40.0, 1), Prediction(sound(-90.0, 2), doubt)) == [False, False]


def test_after_a_pause_the_first_frame_is_judged_by_itself() -> None:
    gate = used_to(-20.0)
    gate.judge(sound(-20.0, 1), Prediction(sound(-30.0, 2), SURE))
    for _ in range(HELD_FRAMES):
        gate.pause()
        gate.judge(sound(-50.0, 3), Prediction(sound(-30.0, 4), SURE))
    assert gate.judge(sound(-50.0, 5), Prediction(sound(-30.0, 6), SURE)) == [False, False]
