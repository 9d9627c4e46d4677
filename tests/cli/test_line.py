"""What a call is made of, as far as it needs no model."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from roomtone.cli import line
from roomtone.cli.context import App
from roomtone.config.nudges import NudgeSettings
from roomtone.config.settings import CallSettings, ReadingSettings, ServerSettings, Settings, WhisperSettings
from roomtone.errors import ConfigError
from roomtone.events import AgendaSet, CaveatNoted, SessionStarted
from roomtone.session.pipeline import Call
from roomtone.speech.remote import RemoteTranscriber
from roomtone.speech.voice_model import VoiceHeard, VoiceModel
from roomtone.types import (
    SAMPLE_RATE_HZ,
    AgendaPoint,
    Effort,
    HeardUtterance,
    Hypothesis,
    Speaker,
    TurnHeard,
    Utterance,
)
from speech.hearing import real_speech

pytestmark = pytest.mark.unit

STARTED = SessionStarted(t_s=0.0, title="x", mode="live", started_at="", version="1", transcriber="base")
SETTINGS = Settings(reading=ReadingSettings(enabled=False))


class Local:
    """A transcriber in a process, without the process."""

    name = "whisper-base"
    closed = False

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        return Hypothesis((), "", "en", utterance.end_s, 0.0, 0.0, np.zeros(0, np.float32))

    async def aclose(self) -> None:
        self.closed = True


PRACTICE = Settings(call=CallSettings(playbook="practice"))


class NoSides:
    """A source of nothing."""

    sides = ()


def with_server(url: str) -> Settings:
    return msgspec.structs.replace(SETTINGS, server=ServerSettings(url=url))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Local]:
    """The local transcribers that were started."""
    found: list[Local] = []

    async def start(*_: object, **__: object) -> Any:
        found.append(Local())
        return found[-1]

    monkeypatch.setattr(line, "start_transcriber", start)
    return found


async def test_by_default_words_come_from_here_and_nothing_is_said_of_it(started: list[Local]) -> None:
    host = await line.start_host(Path("base"), SETTINGS)
    assert host is started[0]
    assert list(line.call(NoSides(), host, STARTED, settings=SETTINGS, partials=True).notes) == []  # type: ignore[arg-type]


async def test_a_server_is_told_from_the_beginning_with_the_local_model_behind_it(
    started: list[Local],
) -> None:
    settings = with_server("https://words.example")
    host = await line.start_host(Path("base"), settings)
    assert isinstance(host, RemoteTranscriber)
    (note,) = line.call(NoSides(), host, STARTED, settings=settings, partials=True).notes  # type: ignore[arg-type]
    assert (note.code, note.t_s) == ("sound_leaves", 0.0)
    assert note.message == "Sound leaves this machine: what is said is sent to words.example for its words."
    await host.aclose()
    assert started[0].closed


async def test_what_is_no_address_is_refused_before_a_model_is_loaded(started: list[Local]) -> None:
    with pytest.raises(ConfigError, match="no address"):
        await line.start_host(Path("base"), with_server("words.example"))
    assert started == []


def test_a_glossary_is_read_and_one_that_cannot_be_is_told(tmp_path: Path) -> None:
    def terms(file: Path) -> tuple[str, ...]:
        return line.terms(Settings(whisper=WhisperSettings(glossary=str(file))))

    (tmp_path / "names.txt").write_text("\ufeffZuleika\nAcme Corp\n", encoding="utf-8")
    assert terms(tmp_path / "names.txt") == ("Zuleika", "Acme Corp")
    assert line.terms(Settings()) == ()
    with pytest.raises(ConfigError, match="No such file"):
        terms(tmp_path / "none.txt")
    (tmp_path / "names.bin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="no UTF-8 text"):
        terms(tmp_path / "names.bin")


def test_the_names_of_the_agenda_may_be_said_as_well(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Zuleika\n", encoding="utf-8")
    settings = Settings(whisper=WhisperSettings(glossary=str(tmp_path / "names.txt")))
    agenda = [AgendaPoint("1", "Compare with HubSpot"), AgendaPoint("2", "Budget", ("feel", "sign off"))]
    assert line.terms(settings, agenda) == ("Zuleika", "HubSpot")


def call(nudges: NudgeSettings, *points: AgendaPoint) -> Call:
    settings = Settings(nudges=nudges, reading=ReadingSettings(enabled=False))
    return line.call(NoSides(), NoSides(), STARTED, settings=settings, partials=False, agenda=points)  # type: ignore[arg-type]


def test_a_call_begins_with_its_agenda_and_with_what_is_left_out_of_the_rules() -> None:
    assert call(NudgeSettings()).notes == []
    points = (AgendaPoint("point-1", "Budget"), AgendaPoint("point-2", "Next step"))
    agenda, caveat = call(NudgeSettings(off=("monolog", "xyzzy")), *points).notes
    assert agenda == AgendaSet(t_s=0.0, points=points)
    assert isinstance(caveat, CaveatNoted)
    assert caveat.message == (
        "`nudges.off` names `monolog`, but no rule is called that (did you mean `monologue`?)."
        " `nudges.off` names `xyzzy`, but no rule is called that."
    )


def test_how_long_a_call_is_meant_to_last() -> None:
    assert line.planned_s(Settings(call=CallSettings(planned_minutes=30))) == 1800.0
    assert line.planned_s(Settings()) is None


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
        turn = TurnHeard(speaker, 0.0, end_s, (HeardUtterance(utterance, hypothesis),), 0.5)
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
