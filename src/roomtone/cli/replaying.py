"""The running of ``roomtone replay``; apart from its options because it imports the whole line."""

import asyncio
import contextlib
import errno
import os
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
from roomtone.events import Event, SessionStarted
from roomtone.interfaces import AudioSource, EventSink
from roomtone.session.calls import Library, call_id
from roomtone.session.pipeline import Pipeline
from roomtone.session.store import EventLog

HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)
"""What the system sends when the terminal is closed; Windows has no such thing."""
READER_GONE = (errno.EPIPE, errno.EIO)
"""What writing fails with when the pipe's reader has left, and when the terminal was closed."""


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
        """Replay the call and return the path of its log.

        Raises:
            RoomtoneError: when the call cannot be heard, kept or shown.
            BrokenPipeError: when whoever read the output has gone; the log is closed in order.
        """
        folder = line.whisper_folder(self.app, self.settings)
        async with contextlib.AsyncExitStack() as opened:
            source = await self._open(opened)
            transcriber = await line.start_transcriber(folder, self.settings)
            opened.push_async_callback(transcriber.aclose)
            started = SessionStarted(
                t_s=0.0,
                title=_printable(self.title or self.recording.title),
                mode="replay",
                started_at=self.recording.started_at.isoformat(timespec="seconds"),
                version=__version__,
                transcriber=transcriber.name,
            )
            call = line.call(
                source, transcriber, started, settings=self.settings, partials=self.pace is not None
            )
            library = Library(self.app.calls_directory)
            log = library.create(call_id(started.title, self.recording.started_at))

            def build(sink: EventSink) -> Pipeline:
                return Pipeline(call, self.settings, [EventLog(log), sink])

            if self.screen == "overlay":
                await self._show(build)
            else:
                await self._print(build)
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

        overlay = OverlayApp(run, Presenter(self.settings), on_response=respond, on_stop=stop)
        with _stopping_on_signals(overlay.stop, hung_up=overlay.exit) as received:
            await overlay.run_async()
        if HANGUP in received:
            raise _reader_gone()

    async def _print(self, build: Callable[[EventSink], Pipeline]) -> None:
        sink: EventSink
        if self.screen == "json":
            from roomtone.ui.jsonl import JsonSink

            sink = JsonSink(sys.stdout.buffer)
        else:
            from roomtone.ui.plain import PlainSink

            sink = PlainSink(sys.stdout, settings=self.settings.conversation)
        output = _Output(sink)
        pipeline = build(output)
        output.on_gone = pipeline.stop

        def stop() -> None:
            with contextlib.suppress(OSError):
                print("stopping: finishing the last words", file=sys.stderr, flush=True)
            pipeline.stop()

        with _stopping_on_signals(stop, hung_up=stop):
            await pipeline.run()
        if output.gone:
            raise _reader_gone()


class _Output:
    """A sink whose reader may leave: then the call is asked to stop, and the rest is not written."""

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink
        self.gone = False
        self.on_gone: Callable[[], None] = lambda: None

    async def publish(self, event: Event) -> None:
        if self.gone:
            return
        try:
            await self._sink.publish(event)
        except OSError as error:
            if error.errno not in READER_GONE:
                raise
            self.gone = True
            self.on_gone()

    async def aclose(self) -> None:
        await self._sink.aclose()


def _reader_gone() -> BrokenPipeError:
    return BrokenPipeError(errno.EPIPE, "the reader of the output has gone")


@contextlib.contextmanager
def _stopping_on_signals(stop: Callable[[], None], *, hung_up: Callable[[], None]) -> Iterator[set[int]]:
    """Let Ctrl-C, a polite kill and a closed terminal end the call in order.

    ``stop`` is called in the event loop at the first Ctrl-C or kill, and a second one ends the program at
    once. ``hung_up`` is called when the terminal is closed; that often comes twice, from the system and
    from the shell. Yields the numbers of the signals that came.
    """
    loop = asyncio.get_running_loop()
    asking = [signal.SIGINT, signal.SIGTERM]
    wanted = asking if HANGUP is None else [*asking, HANGUP]
    before = {number: signal.getsignal(number) for number in wanted}
    received: set[int] = set()

    def handle(number: int, _frame: object) -> None:
        if number not in received:
            loop.call_soon_threadsafe(hung_up if number == HANGUP else stop)
        received.add(number)
        if number != HANGUP:
            for each in asking:
                signal.signal(each, before[each])

    for number in wanted:
        signal.signal(number, handle)
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _printable(text: str) -> str:
    """Return the text with a mark for what is no character: file names may hold any bytes."""
    return os.fsencode(text).decode("utf-8", errors="replace")
