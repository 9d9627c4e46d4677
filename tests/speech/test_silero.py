from pathlib import Path

import numpy as np
import pytest

from roomtone import weights
from roomtone.errors import ModelError
from roomtone.speech.silero import SileroDetector
from roomtone.types import Samples

from .hearing import mains_hum, real_speech, silence, white_noise

pytestmark = pytest.mark.unit


@pytest.fixture
def detector() -> SileroDetector:
    return SileroDetector(weights.silero_path())


def frames_of(samples: Samples) -> Samples:
    return samples[: len(samples) // 512 * 512].reshape(-1, 512)


def test_speech_is_told_from_other_sounds(detector: SileroDetector) -> None:
    speech = detector.probabilities(frames_of(real_speech(10.3, 13.0)))
    assert np.median(speech) > 0.6
    for sound in (silence(3), white_noise(3, -30), mains_hum(3, -30)):
        detector.reset()
        assert np.mean(detector.probabilities(frames_of(sound)) > 0.5) < 0.05


def test_the_end_of_a_frame_is_heard_with_the_next(detector: SileroDetector) -> None:
    """The context carried along makes single frames and batches the same."""
    frames = frames_of(real_speech(10.3, 12.0))
    at_once = detector.probabilities(frames)
    detector.reset()
    one_by_one = np.concatenate([detector.probabilities(frame[None]) for frame in frames])
    np.testing.assert_allclose(one_by_one, at_once, atol=1e-5)


def test_state_is_carried_until_it_is_reset(detector: SileroDetector) -> None:
    frames = frames_of(real_speech(10.3, 12.0))
    first = detector.probabilities(frames)
    assert not np.allclose(detector.probabilities(frames), first, atol=1e-5)
    detector.reset()
    np.testing.assert_array_equal(detector.probabilities(frames), first)


@pytest.mark.parametrize("content", [b"", b"this is no model"], ids=["empty", "text"])
def test_a_file_that_is_no_model_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "silero.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"silero\.onnx cannot be loaded; reinstall") as caught:
        SileroDetector(path)
    assert caught.value.code == "vad_damaged"


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.onnx", tmp_path):
        with pytest.raises(ModelError):
            SileroDetector(path)
