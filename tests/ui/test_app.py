import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from rich.cells import cell_len
from scripted_call import (
    AGENDA,
    beginning,
    mono_call,
    recognised,
    running_call,
    understood_call,
    whole_call,
)
from textual.pilot import Pilot

from roomtone.config.settings import Settings
from roomtone.errors import AudioError
from roomtone.events import (
    AgendaPointMarked,
    Event,
    NudgeDismissed,
    PhaseEntered,
    SessionEnded,
    SpeechEnded,
    SpeechStarted,
)
from roomtone.interfaces import EventSink
from roomtone.types import Act, Phase, Speaker
from roomtone.ui.app import Controls, OverlayApp
from roomtone.ui.presenter import Presenter

pytestmark = pytest.mark.screen


DEFAULT_COLOURS = {"#c5c8c6", "#292929", "#868887"}
"""What the picture's exporter paints a terminal's own foreground, background and dim text with."""


PARTS = "Header, Talk, Reading, Nudge, Agenda, Transcript, Footer"


class ScriptedRun:
    """Publishes events, then goes on until it is stopped; remembers what the screen asked for."""

    def __init__(self, *events: Event) -> None:
        self.events = events
        self.stopped = asyncio.Event()
        self.responses: list[tuple[str, str]] = []
        self.cancelled = False
        self.closed_in_order = False
        self.sink: EventSink | None = None

    async def __call__(self, sink: EventSink) -> None:
        self.sink = sink
        for event in self.events:
            await sink.publish(event)
        try:
            await self.stopped.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        self.closed_in_order = True
        await sink.aclose()

    async def respond(self, nudge_id: str, response: str) -> None:
        self.responses.append((nudge_id, response))

    def overlay(self, **options: Any) -> OverlayApp:
        linger_s = options.pop("linger_s", 0.0)
        controls = Controls(**{"respond": self.respond, "stop": self.stopped.set} | options)
        return OverlayApp(self, Presenter(Settings()), controls=controls, linger_s=linger_s)


async def repaint(pilot: Pilot[None]) -> None:
    await pilot.pause()
    app = pilot.app
    assert isinstance(app, OverlayApp)
    app.show_view()
    await pilot.pause()


def screen_text(app: OverlayApp) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def test_the_keys_reach_the_nudge_on_the_screen() -> None:
    run = ScriptedRun(*running_call())
    async with run.overlay().run_test(size=(80, 24)) as pilot:
        await pilot.press("x", "m", "w")
        assert run.responses == [("n2", "dismissed"), ("n2", "muted"), ("n2", "wrong")]
        assert run.sink is not None
        await run.sink.publish(NudgeDismissed(t_s=316.5, nudge_id="n2", rule="talk_share", reason="wrong"))
        await repaint(pilot)
        text = screen_text(pilot.app)  # type: ignore[arg-type]
        assert "You've talked" not in text
        assert "Talk share was marked wrong." in text
        await pilot.press("x")
        assert len(run.responses) == 3


async def test_c_says_that_they_agreed() -> None:
    agreed: list[str] = []

    async def note() -> None:
        agreed.append("yes")

    run = ScriptedRun(*beginning(Speaker.SELLER, Speaker.CUSTOMER, mode="live"))
    async with run.overlay(consent=note).run_test(size=(80, 24)) as pilot:
        await repaint(pilot)
        assert "May an assistant" in screen_text(pilot.app)  # type: ignore[arg-type]
        await pilot.press("x", "c")
    assert agreed == ["yes"]
    assert run.responses == []


async def test_p_says_that_the_call_is_further_on() -> None:
    run = ScriptedRun(*understood_call())

    async def correct() -> None:
        assert run.sink is not None
        await run.sink.publish(PhaseEntered(t_s=320.0, phase=Phase.CLOSING, by_seller=True))

    async with run.overlay(next_phase=correct).run_test(size=(80, 24)) as pilot:
        await repaint(pilot)
        assert "objections 0:09" in screen_text(pilot.app)  # type: ignore[arg-type]
        await pilot.press("p")
        await pilot.pause()
        text = screen_text(pilot.app)  # type: ignore[arg-type]
        assert "closing 0:00" in text
        assert "objections" not in text


async def test_a_digit_ticks_a_point_and_takes_the_tick_away() -> None:
    run = ScriptedRun(*understood_call())
    ticked: set[int] = set()

    async def toggle(number: int) -> None:
        ticked.symmetric_difference_update({number})
        assert run.sink is not None
        await run.sink.publish(
            AgendaPointMarked(t_s=329.0, point_id=f"point-{number}", covered=number in ticked)
        )

    async with run.overlay(toggle_point=toggle).run_test(size=(100, 30)) as pilot:
        await repaint(pilot)
        assert "Agenda  2 of 5 covered" in screen_text(pilot.app)  # type: ignore[arg-type]
        await pilot.press("4")
        await pilot.pause()
        text = screen_text(pilot.app)  # type: ignore[arg-type]
        assert "Agenda  3 of 5 covered" in text
        assert "4 ✓ When they want to start" in text
        assert "Ticked: 4. When they want to start" in text
        await pilot.press("4")
        await pilot.pause()
        text = screen_text(pilot.app)  # type: ignore[arg-type]
        assert "4 · When they want to start" in text
        assert "Not covered yet: 4. When they want to start" in text
        await pilot.press("6", "9", "0")
    assert ticked == set()


async def test_keys_without_an_agenda_or_a_phase_do_nothing() -> None:
    run = ScriptedRun(*running_call())
    pressed: list[object] = []

    async def press(*what: object) -> None:
        pressed.append(what)

    async with run.overlay(toggle_point=press, next_phase=press).run_test(size=(80, 24)) as pilot:
        await repaint(pilot)
        assert "Agenda" not in screen_text(pilot.app)  # type: ignore[arg-type]
        assert "tick" not in screen_text(pilot.app)  # type: ignore[arg-type]
        await pilot.press("1", "p")
    assert pressed == []


async def test_the_agenda_is_on_the_screen_as_soon_as_there_is_one() -> None:
    spoke = [event for event in understood_call()[:8] if isinstance(event, SpeechStarted | SpeechEnded)]
    run = ScriptedRun(*beginning(Speaker.SELLER, Speaker.CUSTOMER), *spoke)
    async with run.overlay().run_test(size=(60, 12)) as pilot:
        await repaint(pilot)
        assert "Agenda" not in screen_text(pilot.app)  # type: ignore[arg-type]
        assert run.sink is not None
        await run.sink.publish(AGENDA)
        await run.sink.publish(recognised((Speaker.SELLER, 1.0, 4.0, "Hello."), Act.SMALL_TALK))
        await repaint(pilot)
        text = screen_text(pilot.app)  # type: ignore[arg-type]
        assert "Agenda 0/5  next: 1. The intake and the hand-over" in text
        assert "opening 0:14" in text
        assert "q stop  x dismiss  m mute  w wrong  p phase  1-5 tick" in text
        await run.sink.publish(SessionEnded(t_s=9.0, duration_s=9.0, reason="stopped"))
        await repaint(pilot)
        text = screen_text(pilot.app)  # type: ignore[arg-type]
        assert "opening" not in text
        assert "tick" not in text


async def test_an_answer_that_cannot_be_kept_leaves_the_end_to_the_call() -> None:
    async def refuse(_nudge_id: str, _response: str) -> None:
        raise AudioError("The disk is full.", code="full")

    run = ScriptedRun(*running_call())
    async with run.overlay(respond=refuse).run_test() as pilot:
        await pilot.press("x", "q")
    assert run.closed_in_order


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_stop_closes_the_call_in_order(key: str) -> None:
    run = ScriptedRun(*running_call())
    app = run.overlay(linger_s=60.0)
    async with app.run_test() as pilot:
        await pilot.press(key)
        await app.workers.wait_for_complete()
    assert run.closed_in_order
    assert not run.cancelled


async def test_stop_says_so_and_a_second_one_does_not_wait() -> None:
    run = ScriptedRun(*running_call())
    asked = []
    async with run.overlay(stop=lambda: asked.append("stop")).run_test() as pilot:
        await pilot.press("q")
        await repaint(pilot)
        assert "stopping" in screen_text(pilot.app)  # type: ignore[arg-type]
        await pilot.press("q")
    assert asked == ["stop"]
    assert run.cancelled


async def test_a_stop_from_outside_is_taken_once_and_never_cuts_off() -> None:
    run = ScriptedRun(*running_call())
    asked = []

    def stop() -> None:
        asked.append("stop")
        run.stopped.set()

    app = run.overlay(stop=stop)
    async with app.run_test():
        app.stop()
        app.stop()
        await app.workers.wait_for_complete()
    assert asked == ["stop"]
    assert run.closed_in_order


async def test_a_screen_that_goes_down_by_itself_closes_the_call_in_order() -> None:
    run = ScriptedRun(*running_call())
    app = run.overlay()

    async def fall_over(pilot: Pilot[None]) -> None:
        pilot.app.exit()

    await app.run_async(headless=True, auto_pilot=fall_over)
    assert run.closed_in_order
    assert not run.cancelled


async def test_without_a_way_to_stop_in_order_the_call_is_cancelled() -> None:
    run = ScriptedRun(*running_call())
    async with run.overlay(stop=None).run_test() as pilot:
        await pilot.press("q")
    assert run.cancelled


async def test_the_app_leaves_by_itself_when_the_call_is_over() -> None:
    run = ScriptedRun(*whole_call())
    run.stopped.set()
    await run.overlay().run_async(headless=True)
    assert run.closed_in_order


async def test_the_last_state_stays_for_a_moment_and_q_leaves_it() -> None:
    run = ScriptedRun(*whole_call())
    run.stopped.set()
    app = run.overlay(linger_s=60.0)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()
        await repaint(pilot)
        assert "ended" in screen_text(app)
        assert app.is_running
        await pilot.press("q")
    assert not app.is_running


async def test_what_the_call_raises_comes_out_of_the_app() -> None:
    async def run(_sink: EventSink) -> None:
        raise AudioError("The file ends early.", code="truncated")

    async def respond(_nudge_id: str, _response: str) -> None:
        raise AssertionError

    app = OverlayApp(run, Presenter(Settings()), controls=Controls(respond=respond))
    with pytest.raises(AudioError, match=r"The file ends early\."):
        await app.run_async(headless=True)


@pytest.mark.parametrize("with_agenda", [False, True])
async def test_live_resizing_keeps_every_part_inside(with_agenda: bool) -> None:
    run = ScriptedRun(*running_call(), *([msgspec.structs.replace(AGENDA, t_s=316.0)] * with_agenda))
    app = run.overlay()
    async with app.run_test(size=(100, 30)) as pilot:
        for width, height in [(60, 12), (200, 60), (110, 19), (80, 24), (61, 13)]:
            await pilot.resize_terminal(width, height)
            await repaint(pilot)
            for part in app.screen.query(PARTS):
                assert app.screen.region.contains_region(part.region)
            rows = screen_text(app).splitlines()
            assert len(rows) == height
            assert all(cell_len(row) == width for row in rows)
            for words in ("05:16", "21 %", "They sounded guarded", "You've talked 79%", "I'd feel the"):
                assert words in screen_text(app)
            assert ("Agenda" in screen_text(app)) is with_agenda


async def test_nothing_is_painted_when_nothing_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    run = ScriptedRun(*understood_call())
    app = run.overlay()
    async with app.run_test(size=(80, 24)) as pilot:
        await repaint(pilot)
        painted: list[str] = []
        for part in app.screen.query(PARTS):
            monkeypatch.setattr(part, "refresh", lambda name=part.css_identifier: painted.append(name))
        app.show_view()
        assert painted == []


async def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = await _svg(ScriptedRun(*running_call()))
    monkeypatch.setenv("NO_COLOR", "1")
    plain = await _svg(ScriptedRun(*running_call()))
    assert len(_colours(coloured) - DEFAULT_COLOURS) >= 2
    assert _colours(plain) <= DEFAULT_COLOURS


def _colours(svg: str) -> set[str]:
    return set(re.findall(r"fill: (#\w{6})", svg))


async def _svg(run: ScriptedRun) -> str:
    async with run.overlay().run_test(size=(80, 24)) as pilot:
        await repaint(pilot)
        return pilot.app.export_screenshot()


SNAPSHOTS = {
    "running": running_call,
    "mono": mono_call,
    "ended": whole_call,
    "understood": understood_call,
}
SIZES = {"60x12": (60, 12), "100x30": (100, 30)}


@pytest.mark.parametrize(
    ("call", "size"),
    [
        *(
            pytest.param(call, size, id=f"{call}-{name}")
            for call in SNAPSHOTS
            for name, size in SIZES.items()
        ),
        pytest.param("understood", (120, 30), id="understood-120x30"),
    ],
)
def test_picture(
    snap_compare: Callable[..., bool], call: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)

    async def before(pilot: Pilot[None]) -> Awaitable[None] | None:
        return await repaint(pilot)

    run = ScriptedRun(*SNAPSHOTS[call]())
    assert snap_compare(run.overlay(), terminal_size=size, run_before=before)
