import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio.scene import Scene
from roomtone import weights
from roomtone.audio.devices import choice as devices
from roomtone.audio.devices.capture import Device
from roomtone.cli import choosing, line
from roomtone.cli.checking import Check, quick_findings, rehearsal
from roomtone.cli.context import App
from roomtone.clock import ManualClock
from roomtone.config.nudges import NudgeSettings
from roomtone.config.settings import (
    ActSettings,
    AudioSettings,
    EchoSettings,
    Settings,
    StorageSettings,
    WhisperSettings,
)
from roomtone.errors import ModelError, TranscriberError
from roomtone.session.preflight import Finding, Verdict
from roomtone.types import Hypothesis, Utterance, Word

pytestmark = pytest.mark.unit

SUBJECTS = ["model", "disk", "microphone", "computer's sound", "headphones", "speed"]


class Recogniser:
    """A transcriber that takes its time by the clock."""

    name = "fake"

    def __init__(self, clock: ManualClock, *, takes_s: float = 0.5, text: str = "peaceful night") -> None:
        self.clock, self.takes_s, self.text = clock, takes_s, text
        self.given: list[Utterance] = []
        self.closed = False

    async def transcribe(self, utterance: Utterance) -> Hypothesis:
        self.given.append(utterance)
        await self.clock.sleep_until(self.clock.now_s() + self.takes_s)
        words = tuple(Word(word, 0.0, 1.0, 1.0) for word in self.text.split())
        return Hypothesis(words, self.text, "en", utterance.end_s, -0.2, 0.0, np.zeros(0, np.float32))

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(environment={"ROOMTONE_HOME": str(tmp_path / "home")})


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Recogniser | Exception], None]:
    """Let the model be here, and its recogniser be a given one, or fail to load."""

    def install(recogniser: Recogniser | Exception) -> None:
        async def start(*_: object) -> Recogniser:
            if isinstance(recogniser, Exception):
                raise recogniser
            return recogniser

        monkeypatch.setattr(line, "whisper_folder", lambda *_: tmp_path)
        monkeypatch.setattr(weights, "embedding_folder", lambda *_: tmp_path)
        monkeypatch.setattr(line, "start_transcriber", start)

    return install


async def checked(app: App, scene: Scene, settings: Settings | None = None, **other: Any) -> list[Finding]:
    """Everything that is told by a check in a scene."""
    told: list[Finding] = []
    await Check(app, settings or Settings(), scene.rehearsal(**other), told.append, platform="linux").run()
    return told


def verdicts(findings: list[Finding]) -> dict[str, str]:
    return {finding.subject: str(finding.verdict) for finding in findings}


def about(subject: str, findings: list[Finding]) -> Finding:
    return next(finding for finding in findings if finding.subject == subject)


async def test_all_well(app: App, loaded: Any) -> None:
    scene = Scene()
    recogniser = Recogniser(scene.clock)
    loaded(recogniser)
    assert verdicts(await checked(app, scene)) == dict.fromkeys(SUBJECTS, "ok")
    assert recogniser.closed


async def test_rules_that_are_left_out_are_told(app: App, loaded: Any) -> None:
    scene = Scene()
    loaded(Recogniser(scene.clock))
    settings = Settings(nudges=NudgeSettings(off=("monolog",)))
    finding = about("nudges", await checked(app, scene, settings))
    assert finding.verdict is Verdict.NOTE
    assert finding.message.endswith("(did you mean `monologue`?)")


async def test_the_second_time_is_measured_and_heard_for_itself(app: App, loaded: Any) -> None:
    scene = Scene()
    recogniser = Recogniser(scene.clock, takes_s=0.8)
    loaded(recogniser)
    speed = about("speed", await checked(app, scene, system=None))
    assert speed.figures["speech_s"] == pytest.approx(5.05, abs=0.06)
    assert 0.8 <= speed.figures["took_s"] < 1.2
    first, second = recogniser.given
    assert second.start_s - first.end_s > 20.0
    assert first.utterance_id != second.utterance_id


async def test_a_slow_machine_is_told(app: App, loaded: Any) -> None:
    scene = Scene()
    loaded(Recogniser(scene.clock, takes_s=3.0))
    assert about("speed", await checked(app, scene)).verdict is Verdict.NOTE


async def test_a_recogniser_that_is_never_done_is_given_up(
    app: App, loaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stuck(Recogniser):
        async def transcribe(self, utterance: Utterance) -> Hypothesis:
            return await asyncio.Future()

    monkeypatch.setattr(choosing, "SPEED_LIMIT_S", 0.2)
    scene = Scene()
    stuck = Stuck(scene.clock)
    loaded(stuck)
    finding = about("speed", await checked(app, scene))
    assert finding.verdict is Verdict.PROBLEM
    assert "not done" in finding.message
    assert stuck.closed


@pytest.mark.parametrize(
    "error",
    [ModelError("It is damaged; fetch it.", code="model_damaged"), TranscriberError("It died.", code="died")],
)
async def test_a_model_that_cannot_be_loaded_is_told(app: App, loaded: Any, error: Exception) -> None:
    loaded(error)
    findings = [finding for finding in await checked(app, Scene()) if finding.subject == "model"]
    assert [finding.message for finding in findings][1:] == [str(error)]
    assert findings[1].verdict is Verdict.PROBLEM


@pytest.mark.parametrize(("language", "problem"), [("auto", True), ("en", True), ("de", False)])
async def test_a_model_that_hears_nothing_in_english_may_be_damaged(
    app: App, loaded: Any, language: str, problem: bool
) -> None:
    scene = Scene()
    loaded(Recogniser(scene.clock, text=""))
    settings = Settings(whisper=WhisperSettings(language=language))
    messages = [finding.message for finding in await checked(app, scene, settings)]
    assert any("heard no word" in message for message in messages) is problem


async def test_without_a_model_the_rest_is_looked_at(app: App) -> None:
    findings = await checked(app, Scene())
    missing = {"model": "problem", "understanding": "note"}
    assert verdicts(findings) == dict.fromkeys(SUBJECTS[:-1], "ok") | missing
    assert "roomtone models fetch base" in about("model", findings).message
    assert about("understanding", findings).advice == "Run roomtone models fetch minilm"


async def test_without_acts_the_model_for_them_is_not_missed(app: App) -> None:
    told = await checked(app, Scene(), Settings(acts=ActSettings(enabled=False)))
    assert "understanding" not in verdicts(told)


async def test_the_settings_say_whether_an_echo_is_removed(app: App) -> None:
    kept = Settings(echo=EchoSettings(enabled=False))
    assert about("headphones", await checked(app, Scene(echo=0.2))).verdict is Verdict.NOTE
    assert about("headphones", await checked(app, Scene(echo=0.2), kept)).verdict is Verdict.PROBLEM


async def test_interrupted_while_it_listens_it_closes_the_devices(app: App) -> None:
    scene = Scene()
    task = asyncio.create_task(checked(app, scene, ask=lambda _: task.cancel()))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [each.closed for each in scene.microphone.opened + scene.system.opened] == [True, True]


async def test_interrupted_while_the_model_works_it_ends_the_recogniser(app: App, loaded: Any) -> None:
    class Interrupted(Recogniser):
        async def transcribe(self, utterance: Utterance) -> Hypothesis:
            task.cancel()
            return await super().transcribe(utterance)

    scene = Scene()
    recogniser = Interrupted(scene.clock)
    loaded(recogniser)
    task = asyncio.create_task(checked(app, scene))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recogniser.closed


def test_the_room_is_that_of_the_folder_of_the_calls(app: App, tmp_path: Path) -> None:
    settings = Settings(storage=StorageSettings(keep_audio=True))
    disk = about("disk", quick_findings(app, settings))
    assert disk.verdict is Verdict.OK
    assert str(tmp_path / "home" / "calls") in disk.message
    assert "hours with their sound" in disk.message
    assert not (tmp_path / "home").exists()


def test_a_folder_that_takes_no_files_is_told(app: App, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "calls").write_text("in the way")
    disk = about("disk", quick_findings(app, Settings()))
    assert disk.verdict is Verdict.PROBLEM
    assert "Not a directory" in disk.message


def test_a_disk_that_is_nearly_full_is_told(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=50_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    disk = about("disk", quick_findings(app, Settings()))
    assert (disk.verdict, disk.figures) == (Verdict.PROBLEM, {"free_bytes": 5e7})


def test_the_devices_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def finding(kind: str) -> Callable[[str], Device]:
        def find(name: str) -> Device:
            asked.append((kind, name))
            return Scene().microphone

        return find

    monkeypatch.setattr(devices, "microphone", finding("microphone"))
    monkeypatch.setattr(devices, "system_sound", finding("system"))
    settings = Settings(audio=AudioSettings(microphone="headset", system="speakers"))
    both = rehearsal(settings, sound=True, ask=print)
    assert both.system is not None
    both.microphone()
    both.system()
    assert asked == [("microphone", "headset"), ("system", "speakers")]
    assert both.play is not None
    alone = rehearsal(Settings(audio=AudioSettings(system="none")), sound=False, ask=print)
    assert (alone.system, alone.play) == (None, None)
