"""The running of ``roomtone check``; apart from its options because it imports the whole line."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from roomtone import weights
from roomtone.audio.devices import choice as devices
from roomtone.audio.rehearsal.probe import play
from roomtone.audio.rehearsal.rehearsal import Rehearsal
from roomtone.cli import choosing, line
from roomtone.cli.context import App
from roomtone.clock import SystemClock
from roomtone.config.settings import NO_SYSTEM, Settings
from roomtone.errors import RoomtoneError
from roomtone.nudges.installed import installed_rules
from roomtone.session import preflight
from roomtone.session.preflight import Finding, Verdict


@dataclass(frozen=True)
class Check:
    """One check, ready to run."""

    app: App
    settings: Settings
    rehearsal: Rehearsal
    tell: Callable[[Finding], None]
    """Called with each finding as soon as it is known."""
    platform: str = sys.platform

    async def run(self) -> None:
        """Look at everything; what is wrong is told, not raised."""
        quick = [
            *quick_findings(self.app, self.settings, platform=self.platform),
            *_understanding(self.app, self.settings),
        ]
        for finding in quick:
            self.tell(finding)
        for problem in installed_rules(self.settings.nudges).problems:
            self.tell(Finding(Verdict.NOTE, preflight.RULES, problem.removesuffix(".")))
        model_is_here = not any(
            finding.subject == preflight.MODEL and finding.verdict is Verdict.PROBLEM for finding in quick
        )
        async with asyncio.TaskGroup() as tasks:
            speed = tasks.create_task(self._speed()) if model_is_here else None
            heard = await self.rehearsal.run()
            for finding in preflight.judge_sides(
                heard, echo_removed=self.settings.echo.enabled, platform=self.platform
            ):
                self.tell(finding)
            if speed is not None:
                self.tell(await speed)

    async def _speed(self) -> Finding:
        """Load the model and time it on some speech, while both sides are listened to as in a call."""
        model = Path(self.settings.whisper.model).name
        try:
            speed, heard = await choosing.timed(self.app, self.settings, clock=self.rehearsal.clock)
        except TimeoutError:
            return preflight.judge_slowness(model, choosing.SPEED_LIMIT_S, platform=self.platform)
        except RoomtoneError as error:
            return Finding(Verdict.PROBLEM, preflight.MODEL, error.message)
        if not heard.words and self.settings.whisper.language in ("auto", "en"):
            message = f"{model} heard no word in a clear sentence, so its files may be damaged"
            return Finding(Verdict.PROBLEM, preflight.MODEL, message, "Run: roomtone models verify")
        return preflight.judge_speed(speed, platform=self.platform)


def rehearsal(settings: Settings, *, sound: bool, ask: Callable[[str], None]) -> Rehearsal:
    """Return the rehearsal of a call on the devices that the settings name."""
    audio = settings.audio
    return Rehearsal(
        microphone=lambda: devices.microphone(audio.microphone),
        system=None if audio.system == NO_SYSTEM else lambda: devices.system_sound(audio.system),
        clock=SystemClock(),
        ask=ask,
        play=play if sound else None,
    )


def quick_findings(app: App, settings: Settings, *, platform: str = sys.platform) -> list[Finding]:
    """Return what can be told at once: whether the models are here, and the room for the call."""
    return [_models(app, settings), _disk(app.calls_directory, settings, platform)]


def _models(app: App, settings: Settings) -> Finding:
    try:
        folder = line.whisper_folder(app, settings)
        weights.silero_path()
    except RoomtoneError as error:
        return Finding(Verdict.PROBLEM, preflight.MODEL, error.message)
    return Finding(Verdict.OK, preflight.MODEL, f"{Path(settings.whisper.model).name} is here ({folder})")


def _understanding(app: App, settings: Settings) -> list[Finding]:
    """Look whether sentences are understood as well as they can be; nothing is said when they are."""
    if not settings.acts.enabled or weights.embedding_folder(app.model_directory) is not None:
        return []
    message, _, advice = line.NO_SENTENCE_MODEL.rstrip(".").partition(": ")
    return [Finding(Verdict.NOTE, preflight.UNDERSTANDING, message, advice.capitalize())]


def _disk(folder: Path, settings: Settings, platform: str) -> Finding:
    """Look at the disk by the nearest folder there is; that of the calls is made with the first call."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            free_bytes = shutil.disk_usage(existing).free
    except OSError as error:
        return preflight.judge_unwritable(error.strerror or str(error), str(folder), platform=platform)
    keep_audio = settings.storage.keep_audio
    return preflight.judge_disk(free_bytes, str(folder), keep_audio=keep_audio, platform=platform)
