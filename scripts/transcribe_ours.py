"""Roomtone's transcriber on a recording: as a replay has it, and through the line of a live call."""

import asyncio
import heapq
import multiprocessing
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from roomtone.audio.recorded.pace import paced
from roomtone.cli import line
from roomtone.clock import Clock, CountedFrom, SystemClock
from roomtone.config.settings import Settings, WhisperSettings
from roomtone.events import (
    CaveatNoted,
    Event,
    SessionStarted,
    SourceStarted,
    SpeechEnded,
    TranscriptFinal,
    TranscriptPartial,
    TranscriptRejected,
)
from roomtone.interfaces import TranscriberHost
from roomtone.session.pipeline import Pipeline
from roomtone.session.words import Live
from roomtone.speech.whisper import WhisperTranscriber
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Effort, Hypothesis, Samples, Speaker, Utterance
from transcribe_figures import Look, Outcome, Turn
from transcribe_peers import CHUNK_SAMPLES, utterances_of
from transcribe_recordings import Recording

SPEAKERS = (Speaker.SELLER, Speaker.CUSTOMER)
TAIL_S = 3.0
"""Silence after a recording, in which the last words come as they would in a call that goes on."""
SETTLING_TURNS = 30
"""Of the event loop, in which everything happens that needs neither time nor a thread."""
THREADS_WORK_S = 0.0005
"""Real time between two looks whether audio has come through the detector's thread."""
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def settings(threads: int) -> Settings:
    """Return the settings of the comparison: defaults, English."""
    return Settings(whisper=WhisperSettings(language="en", threads=threads))


class Replayed:
    """Utterances one after the other, in this process."""

    def __init__(self, folder: Path, *, threads: int, terms: Sequence[str] = ()) -> None:
        self._transcriber = WhisperTranscriber(folder, settings(threads).whisper, terms=terms)

    def hear(self, recording: Recording) -> Outcome:
        """Transcribe both sides in the order in which their utterances end."""
        began_s = time.process_time()
        heard: list[tuple[int, Utterance]] = []
        speech_s = 0.0
        for side, audio in enumerate(recording.sides):
            utterances, side_speech_s = utterances_of(audio)
            source_id = f"{recording.name}, {side}"
            heard += [
                (side, replace(utterance, source_id=source_id, speaker=SPEAKERS[side]))
                for utterance in utterances
            ]
            speech_s += side_speech_s
        texts: list[list[str]] = [[] for _ in recording.sides]
        for side, utterance in sorted(heard, key=lambda each: each[1].closed_at_s):
            hypothesis = self._transcriber.transcribe(utterance)
            if not hypothesis.rejected:
                texts[side].append(hypothesis.text)
        return Outcome(tuple(map(" ".join, texts)), time.process_time() - began_s, speech_s)

    def phantoms(self, audio: Samples) -> list[str]:
        """Return what is written for a sound, in looks at what goes on as well."""
        utterances, _ = utterances_of(audio)
        found = [self._transcriber.transcribe(utterance) for utterance in utterances]
        return [hypothesis.text for hypothesis in found if not hypothesis.rejected]


class Lived:
    """The line of ``roomtone listen``.

    In real time the recogniser has a process of its own, as in a call. Otherwise time is made: it goes on
    when everything waits for it, and the recogniser's work takes as long as its processor time, so that what
    else the machine does delays nothing.
    """

    def __init__(self, folder: Path, *, threads: int, real_time: bool) -> None:
        self._folder = folder
        self._settings = settings(threads)
        self._real_time = real_time

    def hear(self, recording: Recording) -> Outcome:
        """Hear the recording as it would have been live."""
        return asyncio.run(self._hear(recording))

    async def _hear(self, recording: Recording) -> Outcome:
        made = MadeClock()
        clock: Clock = SystemClock() if self._real_time else made
        transcriber: TranscriberHost = Working(self._folder, self._settings, made)
        if self._real_time:
            transcriber = await line.start_transcriber(self._folder, self._settings)
        began_cpu_s = _cpu_s()
        with tempfile.TemporaryDirectory() as folder:
            source = paced(Audio(recording.sides, on_end=lambda: setattr(made, "heard_all", True)), clock)
            live = Live(clock=clock, began_s=clock.now_s(), folder=Path(folder), has_smaller_model=False)
            noted = Noted(CountedFrom(clock, live.began_s))
            call = line.call(
                source, transcriber, _started(), settings=self._settings, partials=True, live=live
            )
            running = asyncio.create_task(Pipeline(call, self._settings, [noted]).run())
            if not self._real_time:
                await made.go_on(running)
            await running
        texts = tuple(
            " ".join(turn.text for turn in noted.turns if turn.side == side)
            for side in range(len(recording.sides))
        )
        return Outcome(texts, noted.cpu_s - began_cpu_s, noted.speech_s, noted.turns)


class MadeClock:
    """A clock that goes on to the next moment somebody waits for, once the source of audio waits as well."""

    def __init__(self) -> None:
        self.heard_all = False
        self._now_s = 0.0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._asked = 0
        self._sleepers = 0

    def now_s(self) -> float:
        """Return the time made so far."""
        return self._now_s

    async def sleep_until(self, at_s: float) -> None:
        """Wait; the source that does has no more audio until then."""
        if at_s > self._now_s:
            self._sleepers += 1
            await self.wait_until(at_s)
            self._sleepers -= 1

    async def wait_until(self, at_s: float) -> None:
        """Wait for something else than audio."""
        future = asyncio.get_running_loop().create_future()
        self._asked += 1
        heapq.heappush(self._waiting, (at_s, self._asked, future))
        await future

    async def go_on(self, call: asyncio.Task[None]) -> None:
        """Make time until the call is over."""
        while not call.done():
            for _ in range(SETTLING_TURNS):
                await asyncio.sleep(0)
            if self._waiting and (self._sleepers or self.heard_all):
                self._now_s, _, future = heapq.heappop(self._waiting)
                future.set_result(None)
            else:
                await asyncio.sleep(THREADS_WORK_S)


class Working:
    """The recogniser in this process, on a clock that is made: it works as long as its processor time."""

    def __init__(self, folder: Path, chosen: Settings, clock: MadeClock) -> None:
        self._transcriber = WhisperTranscriber(folder, chosen.whisper)
        self.name = self._transcriber.name
        self._clock = clock
        self._turn = asyncio.Lock()

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        """Return the words of one utterance; calls are served in order."""
        async with self._turn:
            began_s = time.process_time()
            hypothesis = self._transcriber.transcribe(utterance, effort)
            await self._clock.wait_until(self._clock.now_s() + time.process_time() - began_s)
            return hypothesis

    async def aclose(self) -> None:
        """Nothing to end."""


class Noted:
    """A sink that notes when each of the words came."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.turns: list[Turn] = []
        self.speech_s = 0.0
        self.cpu_s = 0.0
        self._looks: dict[str, list[Look]] = {}

    async def publish(self, event: Event) -> None:
        """Take one event."""
        now_s = self.clock.now_s()
        match event:
            case TranscriptPartial():
                look = Look(now_s, event.committed, event.tentative)
                self._looks.setdefault(event.utterance_id, []).append(look)
            case TranscriptFinal():
                side = SPEAKERS.index(event.speaker)
                turn = Turn(side, event.start_s, event.end_s, now_s, event.text, event.words)
                turn.looks = self._looks.pop(event.utterance_id, [])
                self.turns.append(turn)
            case SpeechEnded():
                self.speech_s += event.end_s - event.start_s
            case _:
                pass
        if isinstance(event, TranscriptFinal | TranscriptRejected | SpeechEnded):
            self.cpu_s = _cpu_s()  # the recogniser is gone when the line has ended

    async def aclose(self) -> None:
        """Nothing is pending."""


class Audio:
    """Audio in memory as a source that gives it as devices do."""

    def __init__(self, sides: Sequence[Samples], *, on_end: Callable[[], None]) -> None:
        self._on_end = on_end
        length = max(map(len, sides)) + round(TAIL_S * SAMPLE_RATE_HZ)
        self._length = length // CHUNK_SAMPLES * CHUNK_SAMPLES
        self._audio = [np.pad(side, (0, length - len(side))) for side in sides]
        self.sides = tuple((speaker.value, speaker) for speaker in SPEAKERS[: len(sides)])

    def describe(self) -> Sequence[Event]:
        """Return that there are so many sides."""
        return [
            SourceStarted(
                t_s=0.0,
                source_id=source_id,
                speaker=speaker,
                description="recording",
                sample_rate_hz=SAMPLE_RATE_HZ,
            )
            for source_id, speaker in self.sides
        ]

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        """Yield the sides in turn."""
        for at in range(0, self._length, CHUNK_SAMPLES):
            for (source_id, _), audio in zip(self.sides, self._audio, strict=True):
                yield AudioChunk(source_id, at, audio[at : at + CHUNK_SAMPLES], 0.0)
        self._on_end()

    def happened(self) -> Sequence[Event]:
        """Return nothing."""
        return ()

    def describe_end(self) -> Sequence[CaveatNoted]:
        """Return nothing."""
        return ()

    async def aclose(self) -> None:
        """Nothing is held."""


def _started() -> SessionStarted:
    at = "2026-01-01T10:00:00+00:00"
    return SessionStarted(
        t_s=0.0, title="benchmark", mode="live", started_at=at, version="", transcriber="whisper"
    )


def _cpu_s() -> float:
    """Return the CPU time so far of this process and of the recogniser's."""
    children = [f"{child.pid}" for child in multiprocessing.active_children()]
    return sum(map(_cpu_s_of, ["self", *children]))


def _cpu_s_of(pid: str) -> float:
    figures = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(figures[11]) + int(figures[12])) / TICKS_PER_S
