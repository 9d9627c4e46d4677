"""What a call is made of, as far as it needs no model."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from roomtone.cli import line
from roomtone.config.nudges import NudgeSettings
from roomtone.config.settings import CallSettings, ReadingSettings, ServerSettings, Settings, WhisperSettings
from roomtone.errors import ConfigError
from roomtone.events import AgendaSet, CaveatNoted, SessionStarted
from roomtone.session.pipeline import Call
from roomtone.speech.remote import RemoteTranscriber
from roomtone.types import AgendaPoint, Effort, Hypothesis, Utterance

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
        return line.glossary_terms(Settings(whisper=WhisperSettings(glossary=str(file))))

    (tmp_path / "names.txt").write_text("\ufeffZuleika\nAcme Corp\n", encoding="utf-8")
    assert terms(tmp_path / "names.txt") == ("Zuleika", "Acme Corp")
    assert line.glossary_terms(Settings()) == ()
    with pytest.raises(ConfigError, match="No such file"):
        terms(tmp_path / "none.txt")
    (tmp_path / "names.bin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="no UTF-8 text"):
        terms(tmp_path / "names.bin")


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
