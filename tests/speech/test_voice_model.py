from pathlib import Path

import numpy as np
import pytest

from roomtone.errors import ModelError
from roomtone.speech.prosody import FIGURES
from roomtone.speech.voice_model import VoiceClass, VoiceModel

pytestmark = pytest.mark.unit

MODELS = Path(__file__).parents[2] / "models"
UNKNOWN = np.full(len(FIGURES), np.nan, np.float32)


@pytest.mark.parametrize(("file", "width"), [("reading_prosody.onnx", 0), ("reading_voice.onnx", 1024)])
def test_shipped_models_give_probabilities(file: str, width: int) -> None:
    model = VoiceModel(MODELS / file)
    assert model.voice_width == width
    assert model.name.startswith(file.removesuffix(".onnx"))
    figures = np.full(len(FIGURES) + width, np.nan, np.float32)
    found = model.probabilities(figures, usual_of_speaker=figures, turns=0)
    assert set(found) == set(VoiceClass)
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-5)


def test_a_voice_that_is_merely_unusual_is_corrected_the_more_the_longer_it_was_heard() -> None:
    model = VoiceModel(MODELS / "reading_prosody.onnx")
    high = UNKNOWN.copy()
    high[FIGURES.index("pitch_median_st")] = 96.0
    unknown = model.probabilities(UNKNOWN, usual_of_speaker=UNKNOWN, turns=0)
    at_first = model.probabilities(high, usual_of_speaker=UNKNOWN, turns=0)
    soon = model.probabilities(high, usual_of_speaker=high, turns=3)
    later = model.probabilities(high, usual_of_speaker=high, turns=300)
    usual = model.probabilities(high, usual_of_speaker=high, turns=10**9)

    def apart(one: dict[VoiceClass, float]) -> float:
        return sum(abs(one[name] - usual[name]) for name in VoiceClass)

    assert apart(at_first) > apart(soon) > apart(later)
    assert at_first != unknown


def test_figures_far_outside_change_no_more_than_the_furthest_believed() -> None:
    model = VoiceModel(MODELS / "reading_prosody.onnx")
    found = model.probabilities(np.full_like(UNKNOWN, 1e30), usual_of_speaker=UNKNOWN, turns=0)
    further = model.probabilities(np.full_like(UNKNOWN, 1e35), usual_of_speaker=UNKNOWN, turns=0)
    assert found == further


def test_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        VoiceModel(tmp_path / "reading_voice.onnx")
    assert caught.value.code == "reading_model_missing"
    assert "reading_voice.onnx" in caught.value.message


@pytest.mark.parametrize("keep", [0, 100, -50])
def test_damaged_model_is_refused(keep: int, tmp_path: Path) -> None:
    file = tmp_path / "reading_voice.onnx"
    file.write_bytes((MODELS / "reading_voice.onnx").read_bytes()[:keep])
    with pytest.raises(ModelError) as caught:
        VoiceModel(file)
    assert caught.value.code == "reading_model_damaged"


def test_model_for_other_figures_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "reading_prosody.onnx"
    whole = (MODELS / "reading_prosody.onnx").read_bytes()
    file.write_bytes(whole.replace(b"pitch_median_st", b"pitch_median_hz"))
    with pytest.raises(ModelError) as caught:
        VoiceModel(file)
    assert caught.value.code == "reading_model_damaged"
