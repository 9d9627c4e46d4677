"""Where words enter the stream: in their place in a recording, as they come in a live call."""

import asyncio
import os
import threading
from pathlib import Path

import pytest

from roomtone.audio.recorded.pace import paced
from roomtone.clock import Clock, ManualClock, SystemClock
from roomtone.errors import TranscriberError
from roomtone.events import (
    EmotionEstimated,
    Event,
    NudgeRaised,
    SessionEnded,
    SpeechEnded,
    StageFailed,
    StageLagged,
    TranscriptFinal,
    TranscriptRejected,
)
from roomtone.session import pipeline as pipeline_module
from roomtone.session.words import Live
from roomtone.types import Effort, Hypothesis, Reading, TurnHeard, Utterance
from session.scripted_line import AlwaysNeutral, Beginning, Kept, Scripted, pipeline

pytestmark = pytest.mark.replay


def live(folder: Path, clock: Clock) -> Live:
    return Live(clock=clock, began_s=0.0, folder=folder, has_smaller_model=False)


class AfterTheCall(Scripted):
    """Answers nothing before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        await self.may_answer.wait()
        return await super().transcribe(utterance, effort)


class Watching(Kept):
    """Lets the words come once the whole minute was heard."""

    def __init__(self, transcriber: AfterTheCall) -> None:
        super().__init__()
        self._transcriber = transcriber

    async def publish(self, event: Event) -> None:
        await super().publish(event)
        if isinstance(event, SpeechEnded) and event.end_s > 50.0:
            self._transcriber.may_answer.set()


async def test_nothing_in_a_live_call_waits_for_words(tmp_path: Path) -> None:
    transcriber = AfterTheCall()
    kept = Watching(transcriber)
    clock = ManualClock()
    source = paced(Beginning(), clock)
    await pipeline(source, kept, transcriber=transcriber, live=live(tmp_path, clock)).run()

    finals, ended = kept.of(TranscriptFinal), kept.of(SpeechEnded)
    assert len(finals) > 5
    first_final = kept.events.index(finals[0])
    assert sum(kept.events.index(event) < first_final for event in ended) > 8
    assert finals[0].t_s > finals[0].end_s + 30.0, "a late final says when it was known"
    times_s = [event.t_s for event in kept.events]
    assert times_s == sorted(times_s)
    logged = [event for event in kept.events if not event.droppable]
    assert [event.seq for event in logged] == list(range(len(logged)))
    lags = [event for event in kept.of(StageLagged) if event.given_up]
    assert lags[0].behind_s < 10.0
    assert max(lag.behind_s for lag in lags) > 30.0


def spoken(kept: Kept) -> list[tuple[str, float, float, float]]:
    return [(event.source_id, event.t_s, event.start_s, event.end_s) for event in kept.of(SpeechEnded)]


async def test_live_and_replayed_a_call_has_the_same_words_and_speech(tmp_path: Path) -> None:
    replayed, heard_live = Kept(), Kept()
    await pipeline(Beginning(), replayed).run()
    clock = ManualClock()
    await pipeline(paced(Beginning(), clock), heard_live, live=live(tmp_path, clock)).run()

    assert spoken(heard_live) == spoken(replayed)
    assert [final.text for final in heard_live.of(TranscriptFinal)] == [
        final.text for final in replayed.of(TranscriptFinal)
    ]
    assert len(heard_live.of(NudgeRaised)) == len(replayed.of(NudgeRaised))
    assert not heard_live.of(StageLagged)


async def test_a_live_call_goes_on_over_a_failure_of_the_transcriber(tmp_path: Path) -> None:
    kept, clock = Kept(), ManualClock()
    transcriber = Scripted(fails_on="customer-2")
    source = paced(Beginning(), clock)
    await pipeline(source, kept, transcriber=transcriber, live=live(tmp_path, clock)).run()

    assert [event.code for event in kept.of(StageFailed)] == ["transcriber_died"]
    assert [event.utterance_id for event in kept.of(TranscriptRejected)] == ["customer-2"]
    assert kept.events[-1].reason == "end_of_input"


class Hanging(Scripted):
    """Has the line stopped when it is first asked, and never answers."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        self.asked.set()
        await asyncio.Future()
        raise TranscriberError("unreachable", code="unreachable")


async def test_a_live_call_that_is_stopped_gives_up_words_after_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline_module, "STOP_DEADLINE_S", 0.05)
    kept, transcriber, clock = Kept(), Hanging(), SystemClock(rate=20.0)
    source = paced(Beginning(), clock)
    line = pipeline(source, kept, transcriber=transcriber, live=live(tmp_path, clock))
    running = asyncio.create_task(line.run())
    await transcriber.asked.wait()
    line.stop()
    await running

    rejected = kept.of(TranscriptRejected)
    assert rejected
    assert {event.reason for event in rejected} == {"stopped"}
    assert isinstance(kept.events[-1], SessionEnded)
    assert kept.events[-1].reason == "stopped"
    assert not os.listdir(tmp_path), "what waited on the disk is removed"  # noqa: PTH208 - cannot block


class SlowReader(AlwaysNeutral):
    """Reads nothing before it is told to; then fails over its first turn."""

    def __init__(self) -> None:
        super().__init__()
        self.may_read = threading.Event()

    def predict(self, turn: TurnHeard) -> Reading:
        assert self.may_read.wait(60.0)
        reading = super().predict(turn)
        if len(self.turns) == 1:
            raise ValueError("a fault nobody foresaw")
        return reading


class Releasing(Kept):
    """Lets the turns be read once most of the call was heard."""

    def __init__(self, reader: SlowReader) -> None:
        super().__init__()
        self._reader = reader

    async def publish(self, event: Event) -> None:
        await super().publish(event)
        if isinstance(event, SpeechEnded) and event.end_s > 50.0:
            self._reader.may_read.set()


async def test_nothing_in_a_live_call_waits_for_a_reading_and_none_that_fails_ends_it(tmp_path: Path) -> None:
    reader, clock = SlowReader(), ManualClock()
    kept = Releasing(reader)
    await pipeline(paced(Beginning(), clock), kept, reader=reader, live=live(tmp_path, clock)).run()

    readings = kept.of(EmotionEstimated)
    assert len(readings) == len(reader.turns) - 1 >= 1
    first_reading = kept.events.index(readings[0])
    assert sum(kept.events.index(event) < first_reading for event in kept.of(SpeechEnded)) > 8
    times_s = [event.t_s for event in kept.events]
    assert times_s == sorted(times_s)
    assert kept.events[-1].reason == "end_of_input"
