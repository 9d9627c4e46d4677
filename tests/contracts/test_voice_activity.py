"""What every ``VoiceActivityDetector`` must do, the scripted one of the tests included."""

from collections.abc import Callable

import numpy as np
import pytest

from roomtone import weights
from roomtone.interfaces import VoiceActivityDetector
from roomtone.speech.activity import STEP_SAMPLES, UPDATE_SAMPLES
from roomtone.speech.silero import SileroDetector
from roomtone.types import Samples
from speech.hearing import ScriptedDetector, real_speech

pytestmark = pytest.mark.contract

MakeDetector = Callable[[], VoiceActivityDetector]


@pytest.fixture(
    params=[
        lambda: SileroDetector(weights.silero_path()),
        lambda: ScriptedDetector([0.1, 0.9, 0.4, 0.0, 1.0]),
    ],
    ids=["silero", "scripted"],
)
def make(request: pytest.FixtureRequest) -> MakeDetector:
    factory: MakeDetector = request.param
    return factory


@pytest.fixture
def detector(make: MakeDetector) -> VoiceActivityDetector:
    return make()


def some_frames(detector: VoiceActivityDetector, count: int = 40) -> Samples:
    return real_speech(10.3, 13.0)[: count * detector.frame_samples].reshape(count, detector.frame_samples)


def test_frames_fit_the_steps_of_the_ear(detector: VoiceActivityDetector) -> None:
    assert detector.frame_samples % STEP_SAMPLES == 0
    assert UPDATE_SAMPLES % detector.frame_samples == 0


@pytest.mark.parametrize("count", [0, 1, 7])
def test_there_is_one_probability_a_frame(count: int, detector: VoiceActivityDetector) -> None:
    probabilities = detector.probabilities(some_frames(detector, count))
    assert probabilities.shape == (count,)
    assert probabilities.dtype == np.float32
    assert np.all((probabilities >= 0) & (probabilities <= 1))


@pytest.mark.parametrize("amplitude", [0.0, 1e-9, 1.0, 30.0])
def test_any_amplitude_gives_probabilities(amplitude: float, detector: VoiceActivityDetector) -> None:
    frames = np.full((5, detector.frame_samples), amplitude, np.float32)
    probabilities = detector.probabilities(frames)
    assert np.all((probabilities >= 0) & (probabilities <= 1))


def test_how_frames_are_grouped_does_not_matter(make: MakeDetector) -> None:
    at_once, in_parts = make(), make()
    frames = some_frames(at_once)
    parts = [in_parts.probabilities(part) for part in np.split(frames, [1, 2, 2, 9, 30])]
    np.testing.assert_allclose(np.concatenate(parts), at_once.probabilities(frames), atol=1e-5)


def test_frames_are_left_as_they_were(detector: VoiceActivityDetector) -> None:
    frames = some_frames(detector)
    before = frames.copy()
    detector.probabilities(frames)
    np.testing.assert_array_equal(frames, before)


def test_reset_forgets_what_was_heard(detector: VoiceActivityDetector) -> None:
    frames = some_frames(detector)
    first = detector.probabilities(frames)
    detector.reset()
    np.testing.assert_array_equal(detector.probabilities(frames), first)


def test_two_detectors_share_nothing(make: MakeDetector) -> None:
    one, other = make(), make()
    frames = some_frames(one)
    first = one.probabilities(frames)
    np.testing.assert_array_equal(other.probabilities(frames), first)
