"""The running of ``roomtone listen``; apart from its options because it imports the whole line."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from roomtone import __version__
from roomtone.audio.devices.choice import microphone, system_sound
from roomtone.audio.live.source import LiveSource
from roomtone.cli import line
from roomtone.cli.checking import quick_findings
from roomtone.cli.context import App
from roomtone.cli.running import Screen, run_on_screen
from roomtone.clock import Clock, SystemClock
from roomtone.config.playbook import playbook_name
from roomtone.config.settings import NO_SYSTEM, Settings
from roomtone.events import CaveatNoted, SessionStarted
from roomtone.interfaces import EventSink, TranscriberHost
from roomtone.session.calls import AUDIO_FILE, Library, call_id
from roomtone.session.pipeline import Pipeline
from roomtone.session.preflight import Verdict
from roomtone.session.store import EventLog
from roomtone.session.words import Live
from roomtone.types import AgendaPoint


@dataclass(frozen=True)
class Listening:
    """One live call, ready to be heard."""

    app: App
    settings: Settings
    title: str
    screen: Screen
    consented: bool
    """Whether the customer agreed before the call."""
    agenda: Sequence[AgendaPoint] = ()

    async def run(self) -> Path:
        """Hear the call to its end and return the path of its log.

        Raises:
            RoomtoneError: when the call cannot be heard, kept or shown.
            BrokenPipeError: when whoever read the output has gone; the log is closed in order.
        """
        folder = line.whisper_folder(self.app, self.settings)
        smaller = line.smaller_whisper_folder(self.app, self.settings)
        library = Library(self.app.calls_directory)
        await line.tell_of_cut_off_calls(library)
        clock = SystemClock()
        async with contextlib.AsyncExitStack() as opened:
            source = self._source(clock)
            opened.push_async_callback(source.aclose)
            loading = asyncio.create_task(
                line.start_host(folder, self.settings, smaller=smaller, agenda=self.agenda)
            )
            opened.push_async_callback(_given_up, loading)
            await source.open()
            started_at = datetime.now().astimezone()  # what is said while the models load is heard afterwards
            acts = await asyncio.to_thread(line.acts, self.app, self.settings)
            transcriber = await loading
            opened.push_async_callback(transcriber.aclose)
            reader = await asyncio.to_thread(
                line.emotion_reader, self.app, self.settings, recogniser=transcriber.name
            )
            started = SessionStarted(
                t_s=0.0,
                title=self.title,
                mode="live",
                started_at=started_at.isoformat(timespec="seconds"),
                version=__version__,
                transcriber=transcriber.name,
                planned_s=line.planned_s(self.settings),
                playbook=playbook_name(self.settings.call.playbook),
            )
            log = library.create(call_id(self.title, started_at))
            live = Live(
                clock=clock, began_s=source.began_s, folder=log.parent, has_smaller_model=smaller is not None
            )

            def build(sink: EventSink) -> Pipeline:
                event_log = EventLog(log)
                keep_in = log.with_name(AUDIO_FILE) if self.settings.storage.keep_audio else None
                heard = line.heard(source, event_log, settings=self.settings, keep_in=keep_in)
                call = line.call(
                    heard,
                    transcriber,
                    started,
                    settings=self.settings,
                    partials=True,
                    reader=reader,
                    acts=acts,
                    live=live,
                    agenda=self.agenda,
                )
                call = replace(call, consented=self.consented, notes=(*call.notes, *self._notes()))
                return Pipeline(call, self.settings, [event_log, sink])

            await run_on_screen(build, self.screen, self.settings, may_consent=not self.consented)
            return log

    def _notes(self) -> tuple[CaveatNoted, ...]:
        """Return what could spoil the call and can be told without listening."""
        return tuple(
            CaveatNoted(t_s=0.0, code="preflight", message=f"{finding.message}. {finding.advice}".strip())
            for finding in quick_findings(self.app, self.settings)
            if finding.verdict is not Verdict.OK
        )

    def _source(self, clock: Clock) -> LiveSource:
        audio = self.settings.audio
        system = None if audio.system == NO_SYSTEM else system_sound(audio.system)
        return LiveSource(microphone(audio.microphone), system, clock=clock)


async def _given_up(task: asyncio.Task[TranscriberHost]) -> None:
    """Cancel a task that nobody waits for any more; one that is done is left alone."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # seen
