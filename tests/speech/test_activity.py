import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from roomtone.config.settings import VadSettings
from roomtone.speech.activity import (
    DETECTOR_LEVEL_DB,
    HINT_HOLDS_S,
    LOOKBACK_S,
    MOST_GAIN_DB,
    STEP_SAMPLES,
    UPDATE_SAMPLES,
    Boundary,
    Ended,
    SpeechActivity,
    Started,
)
from roomtone.types import SAMPLE_RATE_HZ, seconds

pytestmark = pytest.mark.unit

STEP_S = STEP_SAMPLES / SAMPLE_RATE_HZ
SETTINGS = VadSettings(bridge_s=0.3, min_speech_s=0.1)
SPEECH_DB, PAUSE_DB = -20.0, -70.0
Step = tuple[float, float]


def lasting(duration_s: float, probability: float, level_db: float) -> list[Step]:
    return [(probability, level_db)] * round(duration_s / STEP_S)


def speech(duration_s: float) -> list[Step]:
    return lasting(duration_s, 0.95, SPEECH_DB)


def pause(duration_s: float) -> list[Step]:
    return lasting(duration_s, 0.02, PAUSE_DB)


def boundaries(activity: SpeechActivity, steps: list[Step], *, flush: bool = True) -> list[Boundary]:
    found = [boundary for step in steps for boundary in activity.push(*step)]
    return found + activity.flush() if flush else found


def stretches_s(found: list[Boundary]) -> list[tuple[float, float]]:
    return [
        (seconds(boundary.start_sample), seconds(boundary.end_sample))
        for boundary in found
        if isinstance(boundary, Ended)
    ]


def knowing() -> SpeechActivity:
    """An activity that has learned the levels in 6.4 s of speech and pauses."""
    activity = SpeechActivity(SETTINGS)
    assert len(stretches_s(boundaries(activity, pause(2) + speech(2.4) + pause(2), flush=False))) == 1
    return activity


def test_speech_is_known_after_the_least_speech_and_over_after_the_bridge() -> None:
    found = boundaries(SpeechActivity(SETTINGS), pause(0.32) + speech(1.6) + pause(1.6))
    start, end = round(0.32 * SAMPLE_RATE_HZ), round(1.92 * SAMPLE_RATE_HZ)
    started, ended = found
    assert isinstance(started, Started)
    assert isinstance(ended, Ended)
    assert (started.start_sample, ended.start_sample, ended.end_sample) == (start, start, end)
    assert 0 <= started.at_sample - start - SETTINGS.min_speech_s * SAMPLE_RATE_HZ < STEP_SAMPLES
    assert 0 <= ended.at_sample - end - SETTINGS.bridge_s * SAMPLE_RATE_HZ < STEP_SAMPLES


@pytest.mark.parametrize(("pause_s", "stretches"), [(0.288, 1), (0.304, 2)])
def test_only_pauses_shorter_than_the_bridge_are_bridged(pause_s: float, stretches: int) -> None:
    steps = speech(0.8) + pause(pause_s) + speech(0.8)
    assert len(stretches_s(boundaries(SpeechActivity(SETTINGS), steps))) == stretches


@pytest.mark.parametrize(("burst_s", "stretches"), [(0.02, 0), (0.096, 0), (0.112, 1)])
def test_bursts_shorter_than_the_least_speech_are_none(burst_s: float, stretches: int) -> None:
    found = boundaries(SpeechActivity(SETTINGS), pause(1) + speech(burst_s) + pause(1))
    assert len(found) == 2 * stretches


def test_open_speech_ends_with_the_audio() -> None:
    found = boundaries(SpeechActivity(SETTINGS), pause(0.16) + speech(0.8))
    assert stretches_s(found) == [(0.16, 0.96)]
    assert SpeechActivity(SETTINGS).flush() == []


def test_a_burst_at_the_very_end_is_no_speech() -> None:
    assert boundaries(SpeechActivity(SETTINGS), pause(1) + speech(0.064)) == []


def test_a_loud_noise_the_detector_knows_for_one_is_no_speech() -> None:
    """A slammed door: as loud as speech, but nothing like it."""
    assert boundaries(knowing(), lasting(1.0, 0.05, SPEECH_DB) + pause(1)) == []


def test_a_soft_ending_is_carried_by_its_level() -> None:
    """The detector gives up after 0.8 s, the level only after 1.12 s."""
    activity = knowing()
    before_s = seconds(activity.at_sample)
    found = boundaries(activity, speech(0.8) + lasting(0.32, 0.05, SPEECH_DB - 15) + pause(1))
    assert stretches_s(found) == [pytest.approx((before_s, before_s + 1.12), abs=1e-3)]


def test_a_beginning_is_moved_back_to_where_the_level_rose() -> None:
    activity = knowing()
    before_s = seconds(activity.at_sample)
    found = boundaries(activity, lasting(0.16, 0.12, SPEECH_DB) + speech(0.8) + pause(1))
    assert stretches_s(found) == [pytest.approx((before_s, before_s + 0.96), abs=1e-3)]


def test_a_beginning_is_moved_back_by_the_look_back_at_most() -> None:
    activity = knowing()
    before_s = seconds(activity.at_sample)
    ((start_s, _),) = stretches_s(boundaries(activity, lasting(2.0, 0.12, SPEECH_DB) + speech(0.8)))
    assert start_s == pytest.approx(before_s + 2.0 - LOOKBACK_S, abs=STEP_S)


def test_a_beginning_is_not_moved_back_into_the_speech_before() -> None:
    """The level stays up between two words, and the detector hears neither of them there."""
    activity = knowing()
    before, after = stretches_s(
        boundaries(activity, speech(0.8) + lasting(0.85, 0.12, SPEECH_DB) + speech(0.8))
    )
    assert before[1] == after[0]


def test_a_level_carries_speech_on_only_while_there_are_hints_of_it() -> None:
    activity = knowing()
    before_s = seconds(activity.at_sample)
    ((_, end_s),) = stretches_s(boundaries(activity, speech(0.8) + lasting(3.0, 0.05, SPEECH_DB)))
    assert end_s == pytest.approx(before_s + 0.8 + HINT_HOLDS_S, abs=STEP_S)


def test_a_sure_detector_is_not_believed_where_there_is_no_sound() -> None:
    """Its probability falls late; the level tells when the voice ended."""
    activity = knowing()
    before_s = seconds(activity.at_sample)
    found = boundaries(activity, speech(0.8) + lasting(0.16, 0.9, PAUSE_DB) + pause(1))
    assert stretches_s(found) == [pytest.approx((before_s, before_s + 0.8), abs=1e-3)]


def test_speech_that_grows_softer_is_kept() -> None:
    activity = knowing()
    found = boundaries(activity, [(0.9, SPEECH_DB - 0.25 * step) for step in range(100)] + pause(1))
    ((start_s, end_s),) = stretches_s(found)
    assert end_s - start_s == pytest.approx(1.6, abs=STEP_S)


@pytest.mark.parametrize("level_db", [-60.0, DETECTOR_LEVEL_DB, -10.0])
def test_gain_brings_the_voice_to_the_level_of_the_detector(level_db: float) -> None:
    activity = SpeechActivity(SETTINGS)
    assert activity.detector_gain == 1.0
    boundaries(activity, lasting(2, 0.95, level_db))
    assert 20 * np.log10(activity.detector_gain) == pytest.approx(DETECTOR_LEVEL_DB - level_db)


def test_gain_is_bounded() -> None:
    activity = SpeechActivity(SETTINGS)
    boundaries(activity, lasting(2, 0.95, -100.0))
    assert 20 * np.log10(activity.detector_gain) == pytest.approx(MOST_GAIN_DB)


sequences = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.sampled_from([0.0, 0.05, 0.12, 0.2, 0.4, 0.6, 0.8, 1.0]),
        st.sampled_from([-110.0, -70.0, -45.0, -30.0, -20.0, -5.0]),
    ),
    max_size=40,
).map(lambda runs: [(probability, level) for steps, probability, level in runs for _ in range(steps)])


@pytest.mark.property
@hypothesis_settings(max_examples=150)
@given(steps=sequences)
def test_boundaries_alternate_in_order_whatever_is_heard(steps: list[Step]) -> None:
    activity = SpeechActivity(SETTINGS)
    heard_sample = previous_end = previous_at = 0
    open_start: int | None = None
    last: list[Boundary] = []
    for step in [*steps, None]:
        last = activity.flush() if step is None else activity.push(*step)
        heard_sample += 0 if step is None else STEP_SAMPLES
        for boundary in last:
            assert previous_at <= boundary.at_sample == heard_sample
            previous_at = boundary.at_sample
            if isinstance(boundary, Started):
                assert open_start is None
                assert previous_end <= boundary.start_sample < boundary.at_sample
                open_start = boundary.start_sample
            else:
                assert boundary.start_sample == open_start
                assert boundary.start_sample < boundary.end_sample <= boundary.at_sample
                spoken_samples = boundary.end_sample - boundary.start_sample
                assert spoken_samples >= SETTINGS.min_speech_s * SAMPLE_RATE_HZ
                previous_end, open_start = boundary.end_sample, None
    assert open_start is None
    assert activity.flush() == []


@pytest.mark.property
@hypothesis_settings(max_examples=30)
@given(steps=sequences)
def test_gain_changes_only_between_looks_at_the_levels(steps: list[Step]) -> None:
    activity = SpeechActivity(SETTINGS)
    for step in steps:
        before = activity.detector_gain
        activity.push(*step)
        assert activity.detector_gain == before or activity.at_sample % UPDATE_SAMPLES == 0
