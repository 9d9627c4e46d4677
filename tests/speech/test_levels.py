import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from roomtone.speech.levels import (
    BINS,
    HALF_LIFE_S,
    LEAST_SPEECH_S,
    LOWEST_DB,
    NOISE_MARGIN_DB,
    SPEECH_RANGE_DB,
    LevelTracker,
    level_db,
)

pytestmark = pytest.mark.unit

FRAME_S = 0.016


def tracker_after(*frames: tuple[float, bool], frame_s: float = FRAME_S) -> LevelTracker:
    tracker = LevelTracker(frame_s)
    for frame_db, speech in frames:
        tracker.add(frame_db, speech=speech)
    tracker.update()
    return tracker


def lasting(level: float, duration_s: float, *, speech: bool) -> list[tuple[float, bool]]:
    return [(level, speech)] * round(duration_s / FRAME_S)


@pytest.mark.parametrize(("amplitude", "expected_db"), [(1.0, 0.0), (0.1, -20.0), (0.001, -60.0)])
def test_level_of_a_square_wave_is_that_of_its_amplitude(amplitude: float, expected_db: float) -> None:
    frames = (amplitude * np.where(np.arange(512) % 2, 1, -1)).astype(np.float32).reshape(2, 256)
    assert level_db(frames) == pytest.approx([expected_db, expected_db], abs=0.01)


def test_digital_silence_has_the_lowest_level() -> None:
    assert level_db(np.zeros((1, 256), np.float32)) == pytest.approx([LOWEST_DB])
    assert level_db(np.zeros((0, 256), np.float32)).shape == (0,)


def test_nothing_is_known_before_enough_speech() -> None:
    tracker = tracker_after(*lasting(-60, 10, speech=False), *lasting(-20, 0.9, speech=True))
    assert tracker.threshold_db is None
    assert tracker.speech_db is None


def test_threshold_lies_below_speech_while_the_background_is_unknown() -> None:
    tracker = tracker_after(*lasting(-20, 1.1, speech=True))
    assert tracker.speech_db == -20
    assert tracker.threshold_db == -20 - SPEECH_RANGE_DB


def test_threshold_lies_above_a_loud_background() -> None:
    tracker = tracker_after(*lasting(-40, 5, speech=False), *lasting(-20, 5, speech=True))
    assert tracker.threshold_db == -40 + NOISE_MARGIN_DB


def test_a_quiet_background_does_not_lower_the_threshold() -> None:
    tracker = tracker_after(*lasting(-90, 5, speech=False), *lasting(-20, 5, speech=True))
    assert tracker.threshold_db == -20 - SPEECH_RANGE_DB


def test_level_of_speech_is_that_of_its_louder_syllables() -> None:
    frames = [(float(-50 + i % 40), True) for i in range(400)]
    assert tracker_after(*frames).speech_db == pytest.approx(-50 + 0.85 * 40, abs=1)


def test_levels_beyond_the_scale_are_counted_at_its_ends() -> None:
    loud = tracker_after(*lasting(300, 2, speech=True))
    quiet = tracker_after(*lasting(-500, 2, speech=True))
    assert loud.speech_db == LOWEST_DB + BINS - 1
    assert quiet.speech_db == LOWEST_DB


def test_a_new_level_takes_over_after_some_half_lives() -> None:
    before = lasting(-20, 5 * HALF_LIFE_S, speech=True)
    soon = tracker_after(*before, *lasting(-40, HALF_LIFE_S, speech=True))
    in_time = tracker_after(*before, *lasting(-40, 3 * HALF_LIFE_S, speech=True))
    assert soon.speech_db == -20
    assert in_time.speech_db == -40


def test_hours_of_listening_keep_the_levels() -> None:
    """Weights grow with time and are brought back; with coarse frames that takes few of them."""
    tracker = LevelTracker(HALF_LIFE_S / 10)
    seen = set()
    for turn in range(400):
        tracker.add(-50.0, speech=False)
        tracker.add(-20.0, speech=True)
        if turn % 7 == 0:
            tracker.update()
            seen.add((tracker.speech_db, tracker.threshold_db))
    assert seen == {(-20.0, -50.0 + NOISE_MARGIN_DB)}
    for _ in range(40):
        tracker.add(-30.0, speech=True)
        tracker.update()
    assert tracker.speech_db == -30.0


def test_a_long_silence_keeps_what_was_known_of_the_voice() -> None:
    tracker = tracker_after(*lasting(-50, 2, speech=False), *lasting(-20, 2 * LEAST_SPEECH_S, speech=True))
    known = (tracker.speech_db, tracker.threshold_db)
    for frame_db, speech in lasting(-50, 5 * HALF_LIFE_S, speech=False):
        tracker.add(frame_db, speech=speech)
    tracker.update()
    assert (tracker.speech_db, tracker.threshold_db) == known


@pytest.mark.property
@hypothesis_settings(max_examples=30)
@given(
    frames=st.lists(st.tuples(st.integers(-70, -30), st.booleans()), min_size=150, max_size=300),
    gain_db=st.integers(-30, 30),
)
def test_a_gain_moves_the_threshold_by_itself(frames: list[tuple[int, bool]], gain_db: int) -> None:
    plain = tracker_after(*frames)
    louder = tracker_after(*[(level + gain_db, speech) for level, speech in frames])
    if plain.threshold_db is None:
        assert louder.threshold_db is None
    else:
        assert louder.threshold_db == plain.threshold_db + gain_db
