"""The running of ``roomtone replay``; apart from its options because it imports the whole line."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from roomtone import __version__
from roomtone.audio.file import open_recording
from roomtone.audio.pace import paced
from roomtone.audio.player import Player, played
from roomtone.cli import line
from roomtone.cli.context import App
from roomtone.clock import SystemClock
from roomtone.config.settings import Settings
from roomtone.events import SessionStarted
from roomtone.interfaces import AudioSource, EventSink
from roomtone.session.library import Library, call_id
from roomtone.session.pipeline import Pipeline
from roomtone.session.store import EventLog


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
        """The names of the files without folder and ending."""
        return " + ".join(path.stem for path in self.paths)

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
    screen: Literal["overlay", "plain", "json"]

    async def run(self) -> Path:
        """Replay the call and return the path of its log; raises ``RoomtoneError``."""
        folder = line.whisper_folder(self.app, self.settings)
        source = await self._open()
        async with contextlib.AsyncExitStack() as opened:
            opened.push_async_callback(source.aclose)
            transcriber = await line.start_transcriber(folder, self.settings)
            opened.push_async_callback(transcriber.aclose)
            started = SessionStarted(
                t_s=0.0,
                title=self.title or self.recording.title,
                mode="replay",
                started_at=self.recording.started_at.isoformat(timespec="seconds"),
                version=__version__,
                transcriber=transcriber.name,
            )
            library = Library(self.app.calls_directory)
            log = library.create(call_id(started.title, self.recording.started_at))

            def build(sink: EventSink) -> Pipeline:
                return line.pipeline(
                    source,
                    transcriber,
                    started,
                    settings=self.settings,
                    sinks=[EventLog(log), sink],
                    partials=self.pace is not None,
                )

            if self.screen == "overlay":
                await self._show(build)
            else:
                await self._print(build)
            return log

    async def _open(self) -> AudioSource:
        recording = self.recording
        source: AudioSource = await asyncio.to_thread(
            open_recording,
            *recording.files,
            seller=recording.seller,
            customer=recording.customer,
            seller_channel=self.settings.replay.seller_channel,
        )
        if self.pace is not None:
            source = paced(source, SystemClock(self.pace))
        return played(source, Player(source.sides)) if self.play else source

    async def _show(self, build: Callable[[EventSink], Pipeline]) -> None:
        from roomtone.ui.app import OverlayApp
        from roomtone.ui.presenter import Presenter

        pipeline: Pipeline | None = None

        async def run(sink: EventSink) -> None:
            nonlocal pipeline
            pipeline = build(sink)
            await pipeline.run()

        async def respond(nudge_id: str, reason: str) -> None:
            if pipeline is not None:
                await pipeline.respond(nudge_id, reason)

        def stop() -> None:
            if pipeline is not None:
                pipeline.stop()

        presenter = Presenter(self.settings)
        await OverlayApp(run, presenter, on_response=respond, on_stop=stop).run_async()

    async def _print(self, build: Callable[[EventSink], Pipeline]) -> None:
        sink: EventSink
        if self.screen == "json":
            from roomtone.ui.jsonl import JsonSink

            sink = JsonSink(sys.stdout.buffer)
        else:
            from roomtone.ui.plain import PlainSink

            sink = PlainSink(sys.stdout, settings=self.settings.conversation)
        pipeline = build(sink)
        with _stopping_on_signals(pipeline.stop):
            await pipeline.run()


@contextlib.contextmanager
def _stopping_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C and a polite kill end the call in order; the second one ends it at once."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    wanted = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in wanted}

    def handle(_number: int, _frame: object) -> None:
        stop()
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in wanted:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
