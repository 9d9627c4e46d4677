import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from roomtone.errors import ModelError
from roomtone.speech.prosody import FIGURES
from roomtone.speech.voice_model import METADATA_KEY, VoiceClass, VoiceHeard, VoiceModel

pytestmark = pytest.mark.unit

MODELS = Path(__file__).parents[2] / "models"
MOST_CALIBRATION_ERROR = 0.06
"""For speakers and corpora that were not trained on, together."""
LEAST_PRECISION = 0.8
"""For acted speakers that were not trained on, clean and over a telephone."""
UNKNOWN = np.full(len(FIGURES), np.nan, np.float32)


@pytest.mark.parametrize(("file", "width"), [("reading_prosody.onnx", 0), ("reading_voice.onnx", 1024)])
def test_shipped_models_give_probabilities(file: str, width: int) -> None:
    model = VoiceModel(MODELS / file)
    assert model.voice_width == width
    assert model.name.startswith(file.removesuffix(".onnx"))
    figures = np.full(len(FIGURES) + width, np.nan, np.float32)
    found = model.hear_alone(figures)
    assert set(found.classes) == set(VoiceClass)
    assert sum(found.classes.values()) == pytest.approx(1.0, abs=1e-5)
    assert 0.0 < found.arousal < 1.0
    assert 0.0 < found.valence < 1.0


def test_a_voice_that_is_merely_unusual_is_corrected_the_more_the_longer_it_was_heard() -> None:
    model = VoiceModel(MODELS / "reading_prosody.onnx")
    high = UNKNOWN.copy()
    high[FIGURES.index("pitch_median_st")] = 96.0
    unknown, at_first = model.hear_alone(UNKNOWN), model.hear_alone(high)
    soon, later, usual = (
        model.hear(high, usual_of_speaker=high, turns=turns, sounded_neutral=0.8) for turns in (3, 300, 10**9)
    )

    def apart(one: VoiceHeard) -> float:
        return sum(abs(one.classes[name] - usual.classes[name]) for name in VoiceClass)

    assert apart(at_first) > apart(soon) > apart(later)
    assert at_first != unknown


def test_turns_that_did_not_sound_neutral_are_no_usual_voice() -> None:
    model = VoiceModel(MODELS / "reading_prosody.onnx")
    high = UNKNOWN.copy()
    high[FIGURES.index("pitch_median_st")] = 96.0
    never, hardly, often, always = (
        model.hear(high, usual_of_speaker=high, turns=20, sounded_neutral=neutral)
        for neutral in (0.0, 0.1, 0.5, 1.0)
    )
    alone = model.hear_alone(high)
    assert never == alone
    assert often == always
    assert hardly not in (alone, always)


def test_figures_far_outside_change_no_more_than_the_furthest_believed() -> None:
    model = VoiceModel(MODELS / "reading_prosody.onnx")
    found = model.hear_alone(np.full_like(UNKNOWN, 1e30))
    further = model.hear_alone(np.full_like(UNKNOWN, 1e35))
    assert found == further


def test_several_utterances_are_heard_together_by_their_length() -> None:
    calm = VoiceHeard(dict.fromkeys(VoiceClass, 0.2), 0.2, 0.5)
    loud = VoiceHeard({name: float(name is VoiceClass.UPSET) for name in VoiceClass}, 1.0, 0.1)
    together = VoiceHeard.together([calm, loud], [0.75, 0.25])
    assert together.classes[VoiceClass.UPSET] == pytest.approx(0.4)
    assert sum(together.classes.values()) == pytest.approx(1.0)
    assert together.arousal == pytest.approx(0.4)


@pytest.mark.parametrize("file", ["reading_prosody.onnx", "reading_voice.onnx"])
def test_the_probabilities_that_ship_can_be_believed(file: str) -> None:
    session = onnxruntime.InferenceSession(str(MODELS / file), providers=["CPUExecutionProvider"])
    calibration = json.loads(session.get_modelmeta().custom_metadata_map[METADATA_KEY])["calibration"]
    bins = np.array(calibration["bins"])
    sure, right, share = bins.T
    assert share.sum() == pytest.approx(1.0, abs=0.01)
    assert calibration["error"] == pytest.approx(float(share @ np.abs(sure - right)), abs=0.002)
    assert calibration["error"] <= MOST_CALIBRATION_ERROR
    assert (np.diff(right[share > 0.03]) > 0).all(), "what is surer is right more often"


def test_what_is_named_from_the_voice_alone_is_right_in_four_of_five_cases() -> None:
    session = onnxruntime.InferenceSession(
        str(MODELS / "reading_voice.onnx"), providers=["CPUExecutionProvider"]
    )
    calibration = json.loads(session.get_modelmeta().custom_metadata_map[METADATA_KEY])["calibration"]
    assert set(calibration["told"]) == {"excited", "upset", "defeated"}
    for state, (precision, recall) in calibration["told"].items():
        assert precision >= LEAST_PRECISION, state
        assert recall > 0.03, state


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
