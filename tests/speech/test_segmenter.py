from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from roomtone.config.settings import VadSettings
from roomtone.speech.activity import STEP_SAMPLES, Boundary, Ended, SpeechActivity
from roomtone.speech.segmenter import TAIL_S, Bounds, Segmenter
from roomtone.types import SAMPLE_RATE_HZ, seconds

pytestmark = pytest.mark.unit

STEP_S = STEP_SAMPLES / SAMPLE_RATE_HZ
SETTINGS = VadSettings(bridge_s=0.3, min_speech_s=0.1, pause_s=0.6, max_utterance_s=24.0)
SPEECH_DB, SOFT_DB, PAUSE_DB = -20.0, -40.0, -70.0
Step = tuple[float, float]


def speech(duration_s: float, level_db: float = SPEECH_DB) -> list[Step]:
    return [(0.95, level_db)] * round(duration_s / STEP_S)


def pause(duration_s: float) -> list[Step]:
    return [(0.02, PAUSE_DB)] * round(duration_s / STEP_S)


def segmented(steps: Sequence[Step], settings: VadSettings = SETTINGS) -> tuple[list[Bounds], list[Ended]]:
    """What becomes of the steps of one side: its utterances, and the speech they are made of."""
    activity, segmenter = SpeechActivity(settings), Segmenter(settings)
    closed: list[Bounds] = []
    spoken: list[Boundary] = []
    for probability, level_db in steps:
        found = activity.push(probability, level_db)
        spoken += found
        closed += segmenter.push(level_db, found, activity.at_sample)
    found = activity.flush()
    spoken += found
    closed += segmenter.flush(found, activity.at_sample)
    assert segmenter.start_sample is None
    return closed, [boundary for boundary in spoken if isinstance(boundary, Ended)]


def times_s(bounds: Sequence[Bounds]) -> list[tuple[float, float]]:
    return [(seconds(one.start_sample), seconds(one.end_sample)) for one in bounds]


def test_a_pause_closes_an_utterance() -> None:
    (first, second), _ = segmented(speech(1.6) + pause(0.8) + speech(0.8) + pause(0.8))
    assert times_s([first, second]) == [(0.0, 1.6), (2.4, 3.2)]
    assert 0 <= first.at_sample - first.end_sample - SETTINGS.pause_s * SAMPLE_RATE_HZ < STEP_SAMPLES


def test_a_breath_does_not_close_a_short_utterance() -> None:
    closed, spoken = segmented(speech(1.6) + pause(0.48) + speech(0.8) + pause(0.8))
    assert times_s(closed) == [(0.0, 2.88)]
    assert len(spoken) == 2


def test_a_breath_closes_an_utterance_of_half_the_window() -> None:
    closed, _ = segmented(speech(12.8) + pause(0.48) + speech(1.6) + pause(0.8))
    assert times_s(closed) == [(0.0, 12.8), (13.28, 14.88)]


def test_speech_without_a_pause_is_cut_at_its_quietest_moment() -> None:
    closed, spoken = segmented(speech(20) + speech(0.16, SOFT_DB) + speech(24) + pause(1))
    cut_s = seconds(closed[0].end_sample)
    assert 20.03 <= cut_s <= 20.13
    assert closed[1].start_sample == closed[0].end_sample
    assert len(spoken) == 1
    assert closed[-1].end_sample == spoken[0].end_sample


def test_one_soft_step_inside_a_word_is_no_place_for_a_cut() -> None:
    closed, _ = segmented(
        speech(14.4) + speech(0.016, SOFT_DB) + speech(4) + speech(0.16, SOFT_DB) + speech(10)
    )
    assert seconds(closed[0].end_sample) == pytest.approx(18.5, abs=0.1)


def test_a_cut_is_made_neither_early_nor_in_the_newest_audio() -> None:
    """Both ends are softer, yet a cut there would leave a scrap or split what is not known yet."""
    soft_ends = speech(8, SOFT_DB) + speech(15.6) + speech(4, SOFT_DB) + pause(1)
    closed, _ = segmented(soft_ends)
    cut_s = seconds(closed[0].end_sample)
    assert SETTINGS.max_utterance_s / 2 - STEP_S <= cut_s <= SETTINGS.max_utterance_s - TAIL_S
    assert closed[0].at_sample <= SETTINGS.max_utterance_s * SAMPLE_RATE_HZ + STEP_SAMPLES


def test_the_end_of_the_audio_closes_what_is_open() -> None:
    closed, _ = segmented(speech(1.6))
    assert times_s(closed) == [(0.0, 1.6)]
    closed, _ = segmented(speech(1.6) + pause(0.4))
    assert times_s(closed) == [(0.0, 1.6)]
    assert segmented(pause(1)) == ([], [])


def test_start_is_that_of_the_utterance_going_on() -> None:
    activity, segmenter = SpeechActivity(SETTINGS), Segmenter(SETTINGS)
    starts = []
    for probability, level_db in pause(0.8) + speech(0.8) + pause(0.8):
        segmenter.push(level_db, activity.push(probability, level_db), activity.at_sample)
        starts.append(segmenter.start_sample)
    assert starts[0] is None
    assert starts[-1] is None
    assert {start for start in starts if start is not None} == {round(0.8 * SAMPLE_RATE_HZ)}


def test_a_cut_never_lies_behind_the_end_of_speech_when_long_pauses_are_bridged() -> None:
    settings = VadSettings(bridge_s=2.0, pause_s=2.5, max_utterance_s=10.0)
    steps = speech(8.8) + [(0.1, PAUSE_DB)] * round(1.9 / STEP_S) + pause(3) + speech(1) + pause(3)
    closed, spoken = segmented(steps, settings)
    check(closed, spoken, settings)


def check(closed: Sequence[Bounds], spoken: Sequence[Ended], settings: VadSettings) -> None:
    """Assert what holds for the utterances of any speech."""
    most_samples = settings.max_utterance_s * SAMPLE_RATE_HZ + STEP_SAMPLES
    for one in closed:
        assert one.start_sample < one.end_sample <= one.at_sample
        assert one.end_sample - one.start_sample <= most_samples
    for before, after in pairwise(closed):
        assert before.end_sample <= after.start_sample
        assert before.at_sample <= after.at_sample
    for stretch in spoken:
        covered = sum(
            max(0, min(one.end_sample, stretch.end_sample) - max(one.start_sample, stretch.start_sample))
            for one in closed
        )
        assert covered == stretch.end_sample - stretch.start_sample
    edges = {edge for stretch in spoken for edge in (stretch.start_sample, stretch.end_sample)}
    cuts = {
        before.end_sample for before, after in pairwise(closed) if before.end_sample == after.start_sample
    }
    assert {edge for one in closed for edge in (one.start_sample, one.end_sample)} <= edges | cuts


runs = st.lists(
    st.tuples(
        st.integers(1, 1200),
        st.sampled_from([0.0, 0.2, 0.6, 0.95]),
        st.sampled_from([-70.0, -45.0, -25.0, -20.0]),
    ),
    max_size=12,
)


@pytest.mark.property
@hypothesis_settings(max_examples=60)
@given(
    runs=runs,
    settings=st.builds(
        VadSettings,
        bridge_s=st.sampled_from([0.1, 0.3, 0.6, 1.5]),
        pause_s=st.sampled_from([0.2, 0.6, 1.5]),
        max_utterance_s=st.sampled_from([6.0, 24.0]),
    ),
)
def test_utterances_cover_all_speech_once_and_fit_the_window(
    runs: list[tuple[int, float, float]], settings: VadSettings
) -> None:
    steps = [(probability, level) for count, probability, level in runs for _ in range(count)]
    closed, spoken = segmented(steps, settings)
    check(closed, spoken, settings)
