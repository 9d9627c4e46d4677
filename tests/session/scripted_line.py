"""A line on a real call whose other parts are scripted, and a sink that keeps what it gets."""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from roomtone import weights
from roomtone.audio.recorded.file import open_recording
from roomtone.config.settings import Settings
from roomtone.errors import RoomtoneError, StoreError, TranscriberError
from roomtone.events import CaveatNoted, Event, SessionStarted
from roomtone.interfaces import ActRecogniser, AudioSource, EventSink
from roomtone.nudges.engine import NudgeEngine
from roomtone.nudges.rules import built_in
from roomtone.session.pipeline import Call, Pipeline
from roomtone.session.words import Live
from roomtone.speech.ear import Ear
from roomtone.speech.silero import SileroDetector
from roomtone.types import (
    Act,
    AudioChunk,
    Effort,
    Hypothesis,
    Label,
    Meaning,
    Reading,
    Speaker,
    TurnHeard,
    Utterance,
    Word,
)

CALL = Path(__file__).parents[1] / "data" / "auto_repairs.flac"
HEARD_S = 60.0
DEFAULTS = Settings()
STARTED = SessionStarted(
    t_s=0.0, title="call", mode="replay", started_at="2026-01-01T10:00:00+00:00", version="1", transcriber="x"
)


class Beginning:
    """The first seconds of a recording; breaks off with ``error`` when there is one."""

    def __init__(self, until_s: float = HEARD_S, error: RoomtoneError | None = None) -> None:
        self._source = open_recording(CALL)
        self._until_s = until_s
        self._error = error
        self.closed = 0

    @property
    def sides(self) -> tuple[tuple[str, Speaker], ...]:
        return self._source.sides

    def describe(self) -> Sequence[Event]:
        return self._source.describe()

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        async for chunk in self._source.chunks():
            if chunk.start_sample >= self._until_s * 16_000:
                if self._error is not None:
                    raise self._error
                return
            yield chunk

    def happened(self) -> Sequence[Event]:
        return ()

    def describe_end(self) -> Sequence[CaveatNoted]:
        return [CaveatNoted(t_s=0.0, code="told_late", message="Known only at the end.")]

    async def aclose(self) -> None:
        self.closed += 1
        await self._source.aclose()


class Scripted:
    """Answers each utterance with a word a second, after a random wait; fails where it is told to."""

    name = "scripted"

    def __init__(self, *, seed: int = 0, fails_on: str = "", longest_wait_s: float = 0.0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._fails_on = fails_on
        self._longest_wait_s = longest_wait_s
        self._turn = asyncio.Lock()
        self.partials = 0

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        async with self._turn:
            await asyncio.sleep(self._random.uniform(0.0, self._longest_wait_s))
        if utterance.utterance_id == self._fails_on:
            raise TranscriberError("It died.", code="transcriber_died", recoverable=True)
        self.partials += utterance.still_open
        count = max(1, round(utterance.end_s - utterance.start_s))
        words = tuple(
            Word(f"w{number}", utterance.start_s + number * 0.5, utterance.start_s + number * 0.5 + 0.4, 0.9)
            for number in range(count)
        )
        text = " ".join(word.text for word in words)
        return Hypothesis(words, text, "en", utterance.end_s, -0.2, 0.1, np.zeros(4, np.float32))

    async def aclose(self) -> None:
        """Nothing to end."""


class Recogniser:
    """Finds a promise in every sentence of the seller and an objection in every one of the customer.

    Fails from the sentence on that it is told to.
    """

    name = "scripted"

    def __init__(self, *, fails_at: int | None = None) -> None:
        self.agendas: list[tuple[str, ...]] = []
        self._fails_at = fails_at

    def recognise(
        self, texts: Sequence[str], speaker: Speaker, *, agenda: Sequence[str] = ()
    ) -> list[Meaning]:
        self.agendas.append(tuple(agenda))
        if len(self.agendas) == self._fails_at:
            raise ValueError("no such word")
        act = Act.COMMITMENT if speaker is Speaker.SELLER else Act.PUSHBACK_PRICE
        return [Meaning({act: 0.9}, closeness=(0.9,) * len(agenda)) for _ in texts]


class AlwaysNeutral:
    """Reads every turn as neutral and remembers what it was given."""

    name = "always neutral"

    def __init__(self) -> None:
        self.turns: list[TurnHeard] = []

    def predict(self, turn: TurnHeard) -> Reading:
        self.turns.append(turn)
        return Reading(Label.NEUTRAL, {Label.NEUTRAL: 1.0}, (), self.name)

    def settled(self, speaker: Speaker) -> bool:
        return len(self.turns) > 1


class Kept:
    """Keeps events; raises when it is given its fatal one."""

    def __init__(self, fatal: type[Event] | None = None) -> None:
        self.events: list[Event] = []
        self.closed = False
        self._fatal = fatal

    async def publish(self, event: Event) -> None:
        if self._fatal is not None and isinstance(event, self._fatal):
            raise StoreError("The disk is full.", code="disk_full")
        self.events.append(event)

    async def aclose(self) -> None:
        self.closed = True

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]


def pipeline(
    source: AudioSource,
    *sinks: EventSink,
    transcriber: Scripted | None = None,
    reader: AlwaysNeutral | None = None,
    acts: ActRecogniser | None = None,
    partials: bool = False,
    live: Live | None = None,
    consented: bool = False,
    notes: Sequence[Event] = (),
    settings: Settings = DEFAULTS,
) -> Pipeline:
    ears = [
        Ear(source_id, speaker, detector=SileroDetector(weights.silero_path()), settings=settings.vad)
        for source_id, speaker in source.sides
    ]
    call = Call(
        source=source,
        ears=ears,
        transcriber=transcriber or Scripted(),
        reader=reader or AlwaysNeutral(),
        nudges=NudgeEngine(settings.nudges, built_in(settings.nudges)),
        started=msgspec.structs.replace(STARTED, mode="replay" if live is None else "live"),
        partials=partials,
        acts=acts,
        live=live,
        consented=consented,
        notes=notes,
    )
    return Pipeline(call, settings, sinks)
