"""What the keys of the overlay do to the line."""

import asyncio
from typing import Any

import pytest
from textual.pilot import Pilot

from roomtone.cli.running import run_on_screen
from roomtone.config.settings import Settings
from roomtone.events import (
    ActsRecognised,
    AgendaSet,
    Event,
    NudgeRaised,
    SessionStarted,
    SourceStarted,
)
from roomtone.interfaces import EventSink
from roomtone.types import Act, AgendaPoint, SentenceMeaning, Speaker
from roomtone.ui.app import OverlayApp

pytestmark = pytest.mark.screen

CALL: tuple[Event, ...] = (
    SessionStarted(
        t_s=0.0, title="", mode="live", started_at="2026-01-01T10:00:00+00:00", version="1", transcriber="x"
    ),
    SourceStarted(t_s=0.0, speaker=Speaker.CUSTOMER, description="a headset", sample_rate_hz=16_000),
    AgendaSet(t_s=0.0, points=(AgendaPoint("a", "Budget"), AgendaPoint("b", "Who decides"))),
    ActsRecognised(
        t_s=4.0,
        utterance_id="u",
        speaker=Speaker.CUSTOMER,
        sentences=(SentenceMeaning("Good morning.", 1.0, 2.0, {Act.SMALL_TALK: 0.9}),),
        model="scripted",
    ),
    NudgeRaised(
        t_s=5.0,
        nudge_id="n1",
        rule="monologue",
        severity="quiet",
        message="You've been talking for 80 s",
        evidence="since 0:10",
        expires_s=17.0,
    ),
)


class Line:
    """Stands in for the pipeline: publishes the call, and remembers what it was told until it is stopped."""

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink
        self._stopped = asyncio.Event()
        self.told: list[Any] = []

    async def run(self) -> None:
        for event in CALL:
            await self._sink.publish(event)
        await self._stopped.wait()

    def stop(self) -> None:
        self.told.append("stop")
        self._stopped.set()

    async def respond(self, nudge_id: str, reason: str) -> None:
        self.told.append((nudge_id, reason))

    async def note_consent(self) -> None:
        self.told.append("consent")

    async def correct_phase(self) -> None:
        self.told.append("phase")

    async def toggle_point(self, number: int) -> None:
        self.told.append(number)


@pytest.mark.parametrize("may_consent", [True, False])
async def test_every_key_reaches_the_line(monkeypatch: pytest.MonkeyPatch, may_consent: bool) -> None:
    lines: list[Line] = []

    def build(sink: EventSink) -> Any:
        lines.append(Line(sink))
        return lines[-1]

    async def press(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        await pilot.press("x", "m", "w", "p", "2", "3", "c", "q")

    in_a_terminal = OverlayApp.run_async

    async def headless(overlay: OverlayApp) -> Any:
        return await in_a_terminal(overlay, headless=True, size=(80, 24), auto_pilot=press)

    monkeypatch.setattr(OverlayApp, "run_async", headless)
    await run_on_screen(build, "overlay", Settings(), may_consent=may_consent)
    assert [line.told for line in lines] == [
        [
            ("n1", "dismissed"),
            ("n1", "muted"),
            ("n1", "wrong"),
            "phase",
            2,
            *(["consent"] if may_consent else []),
            "stop",
        ]
    ]
