from pathlib import Path

import msgspec
import numpy as np
import pytest

from roomtone.cli import line
from roomtone.cli.context import App
from roomtone.config.settings import CallSettings, ReadingSettings, Settings
from roomtone.speech.voice_model import VoiceHeard, VoiceModel
from roomtone.types import (
    SAMPLE_RATE_HZ,
    HeardUtterance,
    Hypothesis,
    Speaker,
    TurnHeard,
    Utterance,
)
from speech.hearing import real_speech

pytestmark = pytest.mark.unit

PRACTICE = Settings(call=CallSettings(playbook="practice"))


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(environment={"ROOMTONE_HOME": str(tmp_path)})


@pytest.fixture
def voices_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows with every utterance whose voice is read."""
    read: list[int] = []
    hear = VoiceModel.hear

    def noted(model: VoiceModel, *args: object, **kwargs: object) -> VoiceHeard:
        read.append(1)
        return hear(model, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(VoiceModel, "hear", noted)
    return read


def heard_turns(app: App, settings: Settings, speaker: Speaker) -> None:
    """Have some turns of one side read."""
    reader = line.emotion_reader(app, settings, recogniser="base")
    assert reader is not None
    for start_s, end_s in ((10.2, 13.2), (14.2, 18.4), (45.0, 49.0), (10.2, 13.0), (14.5, 18.0)):
        samples = real_speech(start_s, end_s)
        end_s = len(samples) / SAMPLE_RATE_HZ
        utterance = Utterance("u", "side", speaker, 0.0, end_s, 0.0, samples, end_s)
        hypothesis = Hypothesis((), "we could look at it", "en", end_s, -0.3, 0.1, np.zeros(0, np.float32))
        turn = TurnHeard(
            speaker, 0.0, end_s, (HeardUtterance(utterance, hypothesis),), 0.5, answers_question=False
        )
        reader.predict(turn)


@pytest.mark.parametrize(
    ("settings", "speaker", "is_read"),
    [
        (Settings(), Speaker.CUSTOMER, True),
        (PRACTICE, Speaker.CUSTOMER, False),
        (PRACTICE, Speaker.SELLER, True),
        (
            msgspec.structs.replace(PRACTICE, reading=ReadingSettings(colleague_voice=True)),
            Speaker.CUSTOMER,
            True,
        ),
    ],
    ids=["a customer", "a colleague in practice", "the seller in practice", "a colleague who wants it"],
)
def test_whose_voice_is_read(
    settings: Settings, speaker: Speaker, is_read: bool, app: App, voices_read: list[int]
) -> None:
    heard_turns(app, settings, speaker)
    assert bool(voices_read) is is_read


def test_readings_that_are_switched_off_have_no_reader(app: App) -> None:
    settings = Settings(reading=ReadingSettings(enabled=False))
    assert line.emotion_reader(app, settings, recogniser="base") is None
