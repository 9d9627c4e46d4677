"""The running of ``roomtone retranscribe``; apart from its options because it imports the whole line."""

import asyncio
import contextlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

from msgspec import structs

from roomtone.audio.echo.guard import EchoGuard
from roomtone.audio.recorded.file import open_recording
from roomtone.cli import line
from roomtone.cli.context import App
from roomtone.cli.replaying import REPLAY_PATIENCE
from roomtone.config.settings import ReadingSettings, Settings
from roomtone.errors import StoreError
from roomtone.events import AgendaSet, Event, TranscriptFinal
from roomtone.interfaces import TranscriberHost
from roomtone.session import rewording
from roomtone.session.calls import AUDIO_FILE
from roomtone.session.logfile import is_in_use
from roomtone.session.store import EventLog, read_events
from roomtone.speech.history import History
from roomtone.types import SAMPLE_RATE_HZ, Hypothesis, Speaker, Utterance

FIRST_VERSION: Final = "events.first.db"
"""The log as the call left it, once there is a newer version of the words."""
NEW_VERSION: Final = "events.new.db"
KEPT_S: Final = 120.0
"""Audio of a side held for utterances that end: four times the longest."""


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    transcriber: str
    utterances: int
    words: int
    changed: int
    """Of the words of before, how many are not there any more."""


@dataclass(frozen=True)
class Retranscription:
    """Another version of the words of one call, ready to be made."""

    app: App
    settings: Settings
    log: Path

    async def run(self, progress: Callable[[int, int], None]) -> Outcome:
        """Make it, keeping the first version; ``progress`` is told how many utterances of all are done.

        Raises:
            RoomtoneError: when the sound was not kept, or cannot be heard, or the log cannot be written; then
                the call is as it was.
        """
        audio = self.log.with_name(AUDIO_FILE)
        refuse_in_use(self.log)
        if not audio.is_file():
            raise StoreError(
                f"No sound is kept with the call {self.log.parent.name}: its words stay as they are. Listen"
                " with --keep-audio to keep it.",
                code="no_audio",
            )
        folder = line.whisper_folder(self.app, self.settings)
        events = list(read_events(self.log))
        words_alone = structs.replace(self.settings, reading=ReadingSettings(enabled=False))
        async with contextlib.AsyncExitStack() as opened:
            source = EchoGuard(await asyncio.to_thread(open_recording, audio), self.settings.echo)
            opened.push_async_callback(source.aclose)
            points = [point for event in events if isinstance(event, AgendaSet) for point in event.points]
            host = await line.start_host(folder, words_alone, agenda=points, patience=REPLAY_PATIENCE)
            opened.push_async_callback(host.aclose)
            hypotheses = await _hear(source, rewording.utterances(events), host, progress)
        new = list(rewording.reworded(events, hypotheses, transcriber=host.name))
        await _write(self.log.with_name(NEW_VERSION), new)
        _keep_first(self.log)
        _replace(self.log.with_name(NEW_VERSION), self.log)
        before, after = _words(events), _words(new)
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        same = sum(block.size for block in matcher.get_matching_blocks())
        return Outcome(host.name, len(hypotheses), len(after), len(before) - same)


def bring_back(log: Path) -> None:
    """Make the first version of a call's words the one that counts again; raises ``StoreError``."""
    refuse_in_use(log)
    first = log.with_name(FIRST_VERSION)
    if not first.exists():
        raise StoreError(
            f"The call {log.parent.name} has one version of its words only: the first.",
            code="no_first_version",
        )
    _replace(first, log)


def refuse_in_use(log: Path) -> None:
    """Raise ``StoreError`` for a call that goes on."""
    if is_in_use(log):
        raise StoreError(
            f"The call {log.parent.name} is being heard or read just now: end that first.", code="call_in_use"
        )


async def _hear(
    source: EchoGuard,
    utterances: Sequence[Utterance],
    host: TranscriberHost,
    progress: Callable[[int, int], None],
) -> dict[str, Hypothesis]:
    """Return the new words of the utterances, which are in the order in which they end."""
    ids = {speaker: source_id for source_id, speaker in source.sides}
    heard = {source_id: History(round(KEPT_S * SAMPLE_RATE_HZ)) for source_id in ids.values()}
    until = dict.fromkeys(heard, 0)
    waiting = list(reversed(utterances))
    found: dict[str, Hypothesis] = {}

    async def take(*, ended: bool) -> None:
        while waiting:
            utterance = waiting[-1]
            source_id = ids.get(utterance.speaker, ids.get(Speaker.UNKNOWN, ""))
            start, end = _samples(utterance.audio_start_s), _samples(utterance.closed_at_s)
            if until.get(source_id, 0) < end and not ended:
                return
            waiting.pop()
            if until.get(source_id, 0) > start:
                samples = heard[source_id].cut(start, min(end, until[source_id]))
                found[utterance.utterance_id] = await host.transcribe(replace(utterance, samples=samples))
            progress(len(utterances) - len(waiting), len(utterances))

    async with contextlib.aclosing(source.chunks()) as chunks:
        async for chunk in chunks:
            heard[chunk.source_id].append(chunk.samples)
            until[chunk.source_id] = chunk.end_sample
            await take(ended=False)
    await take(ended=True)
    return found


async def _write(path: Path, events: Sequence[Event]) -> None:
    for left in path.parent.glob(f"{path.name}*"):  # by one that was broken off
        left.unlink()
    log = EventLog(path)
    try:
        for event in events:
            await log.publish(event)
    finally:
        await log.aclose()


def _replace(new: Path, log: Path) -> None:
    """Let a log take the place of another at once, so that there is always one."""
    try:
        new.replace(log)
    except OSError as error:
        raise _unwritable(log, error) from error


def _keep_first(log: Path) -> None:
    """Keep a copy of the log as the call left it, unless there is one."""
    first, copy = log.with_name(FIRST_VERSION), log.with_name(f"{FIRST_VERSION}.part")
    if first.exists():
        return
    try:
        shutil.copyfile(log, copy)
        copy.replace(first)
    except OSError as error:
        raise _unwritable(first, error) from error


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{path} cannot be written: {error.strerror}; the call is as it was.", code="log_unwritable"
    )


def _words(events: Sequence[Event]) -> list[str]:
    finals = sorted(
        (event for event in events if isinstance(event, TranscriptFinal)), key=lambda event: event.start_s
    )
    letters = (
        "".join(filter(str.isalnum, word.casefold())) for event in finals for word in event.text.split()
    )
    return [word for word in letters if word]


def _samples(at_s: float) -> int:
    return round(at_s * SAMPLE_RATE_HZ)
