import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from roomtone.speech.pitch import analyse
from roomtone.speech.timbre import COEFFICIENTS, NAMES, timbre_figures
from roomtone.types import SAMPLE_RATE_HZ

pytestmark = pytest.mark.property


def voice(formant_hz: float, duration_s: float = 1.0) -> np.ndarray:
    """Harmonics of 120 Hz, loudest around one frequency."""
    at_s = np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    hz = 120.0 * np.arange(1, 30)
    loud = 1.0 / (1.0 + ((hz - formant_hz) / 200.0) ** 2)
    return 0.1 * np.sum(loud[:, None] * np.sin(2 * np.pi * hz[:, None] * at_s), axis=0)


def figures(samples: np.ndarray) -> dict[str, float]:
    frames = analyse(samples.astype(np.float32))
    return timbre_figures(frames.power, np.ones(len(frames.level_db), np.bool_))


@given(gain_db=some.floats(-40.0, 20.0))
def test_loudness_changes_nothing(gain_db: float) -> None:
    reference, louder = figures(voice(900.0)), figures(10 ** (gain_db / 20) * voice(900.0))
    assert louder == pytest.approx(reference, abs=0.02)


def test_another_vowel_has_another_timbre() -> None:
    one, other = figures(voice(500.0)), figures(voice(2400.0))
    assert abs(one["timbre_1_db"] - other["timbre_1_db"]) > 10


def test_a_steady_sound_neither_spreads_nor_moves() -> None:
    steady = figures(voice(900.0))
    assert max(steady[f"timbre_{number}_sd_db"] for number in range(1, COEFFICIENTS + 1)) < 1.0
    changing = figures(np.concatenate([voice(500.0, 0.2), voice(2000.0, 0.2)] * 3))
    assert changing["timbre_1_movement_db"] > steady["timbre_1_movement_db"]


def test_names_are_those_of_the_figures_and_a_single_frame_has_no_movement() -> None:
    assert tuple(figures(voice(900.0))) == NAMES
    alone = timbre_figures(analyse(np.ones(10, np.float32)).power, np.array([True]))
    assert set(alone) == set(NAMES[: 2 * COEFFICIENTS])
