"""The running of ``roomtone replay``; apart from its options because it imports the whole line."""

import asyncio
import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from roomtone import __version__
from roomtone.audio.recorded.file import open_recording
from roomtone.audio.recorded.pace import paced
from roomtone.audio.recorded.player import Player, played
from roomtone.cli import line
from roomtone.cli.context import App
from roomtone.cli.running import Screen, run_on_screen
from roomtone.clock import SystemClock
from roomtone.config.playbook import playbook_name
from roomtone.config.settings import Settings
from roomtone.events import SessionStarted
from roomtone.interfaces import AudioSource, EventSink
from roomtone.session.calls import AUDIO_FILE, Library, call_id
from roomtone.session.pipeline import Pipeline
from roomtone.session.store import EventLog
from roomtone.types import AgendaPoint

REPLAY_PATIENCE = 10.0
"""Nobody waits for a recording: a model too slow for a call may still transcribe one."""


@dataclass(frozen=True)
class Recording:
    """The files of a call as they were named on the command line."""

    files: tuple[Path, ...]
    seller: Path | None
    customer: Path | None

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files, the seller's first."""
        named = (path for path in (self.seller, self.customer) if path is not None)
        return (*self.files, *named)

    @property
    def title(self) -> str:
        """The names of the files without folder and ending; of a call's own sound, that of the call."""
        return " + ".join(
            path.absolute().parent.name if path.name == AUDIO_FILE else path.stem for path in self.paths
        )

    @property
    def started_at(self) -> datetime:
        """When the first file was last written: the best guess at when the call was."""
        return datetime.fromtimestamp(self.paths[0].stat().st_mtime).astimezone()


@dataclass(frozen=True)
class Replay:
    """One replay, ready to run."""

    app: App
    settings: Settings
    recording: Recording
    title: str | None
    pace: float | None
    """Times call speed; None for as fast as the machine can."""
    play: bool
    screen: Screen
    agenda: Sequence[AgendaPoint] = ()

    async def run(self) -> Path:
        """Replay the call and return the path of its log.

        Raises:
            RoomtoneError: when the call cannot be heard, kept or shown.
            BrokenPipeError: when whoever read the output has gone; the log is closed in order.
        """
        folder = line.whisper_folder(self.app, self.settings)
        library = Library(self.app.calls_directory)
        await line.tell_of_cut_off_calls(library)
        async with contextlib.AsyncExitStack() as opened:
            source = await self._open(opened)
            transcriber = await line.start_host(
                folder, self.settings, agenda=self.agenda, patience=REPLAY_PATIENCE
            )
            opened.push_async_callback(transcriber.aclose)
            started = SessionStarted(
                t_s=0.0,
                title=_printable(self.title or self.recording.title),
                mode="replay",
                started_at=self.recording.started_at.isoformat(timespec="seconds"),
                version=__version__,
                transcriber=transcriber.name,
                planned_s=line.planned_s(self.settings),
                playbook=playbook_name(self.settings.call.playbook),
            )
            call = line.call(
                source,
                transcriber,
                started,
                settings=self.settings,
                partials=self.pace is not None,
                reader=line.emotion_reader(self.app, self.settings, recogniser=transcriber.name),
                agenda=self.agenda,
                acts=line.acts(self.app, self.settings),
            )
            log = library.create(call_id(started.title, self.recording.started_at))

            def build(sink: EventSink) -> Pipeline:
                event_log = EventLog(log)
                heard = line.heard(call.source, event_log, settings=self.settings)
                return Pipeline(replace(call, source=heard), self.settings, [event_log, sink])

            await run_on_screen(build, self.screen, self.settings)
            return log

    async def _open(self, opened: contextlib.AsyncExitStack) -> AudioSource:
        recording = self.recording
        source: AudioSource = await asyncio.to_thread(
            open_recording,
            *recording.files,
            seller=recording.seller,
            customer=recording.customer,
            seller_channel=self.settings.replay.seller_channel,
        )
        opened.push_async_callback(source.aclose)
        if self.pace is not None:
            source = paced(source, SystemClock(self.pace))
        if self.play:
            player = Player(source.sides)
            opened.callback(player.close)
            source = played(source, player)
        return source


def _printable(text: str) -> str:
    """Return the text with a mark for what is no character: file names may hold any bytes."""
    return os.fsencode(text).decode("utf-8", errors="replace")
