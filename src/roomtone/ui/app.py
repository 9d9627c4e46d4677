"""The overlay: a terminal screen beside the call, fed by whatever publishes events."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TextIO, TypeVarTuple

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.driver import Driver
from textual.worker import Worker, WorkerError

from roomtone.errors import RoomtoneError
from roomtone.events import (
    AgendaPointMarked,
    Event,
    NudgeDismissed,
    NudgeRaised,
    PhaseEntered,
    SpeechEnded,
    SpeechStarted,
)
from roomtone.interfaces import EventSink
from roomtone.ui.presenter import Presenter
from roomtone.ui.widgets import POINT_KEYS, Agenda, Footer, Header, Nudge, Reading, Talk, Transcript

PAINTS_PER_S = 12
"""Fast enough for words that appear as they are said, slow enough to leave the machine to the call."""
LINGER_S = 3.0
"""How long the last state stays to be seen when the call is over."""

PAINTED_AT_ONCE = (SpeechStarted, SpeechEnded, NudgeRaised, NudgeDismissed, AgendaPointMarked, PhaseEntered)
"""What is to be seen as soon as it is known."""

Said = TypeVarTuple("Said")

THEME = "ansi-dark"
"""Textual's theme of the terminal's own colours and background; nothing used of it is dark only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What the seller can do to the call from its screen; what is None cannot be done."""

    respond: Callable[[str, str], Awaitable[None]]
    """Gets the id of the shown nudge and ``dismissed``, ``muted`` or ``wrong``."""
    stop: Callable[[], None] | None = None
    """Asks for the call to be closed, upon which it is expected to end."""
    consent: Callable[[], Awaitable[None]] | None = None
    """Is told that the customer agreed to be listened to."""
    next_phase: Callable[[], Awaitable[None]] | None = None
    """Is told that the call is in the phase after the one that is shown."""
    toggle_point: Callable[[int], Awaitable[None]] | None = None
    """Ticks the agenda's point with this number, counted from 1, or takes its tick away."""


class PresenterSink:
    """Takes events for the screen, which looks at the presenter in its own time, but for some at once."""

    def __init__(self, presenter: Presenter, paint: Callable[[], None]) -> None:
        self._presenter = presenter
        self._paint = paint

    async def publish(self, event: Event) -> None:
        """Fold one event; never waits."""
        self._presenter.take(event)
        if isinstance(event, PAINTED_AT_ONCE):
            self._paint()

    async def aclose(self) -> None:
        """Nothing is pending."""


class _Terminal:
    """What Textual writes to; a terminal that has vanished swallows it.

    Textual writes in a thread of its own and waits for it: were that thread to die of an error, the call
    would wait for ever.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()


class OverlayApp(App[Any], inherit_bindings=False):
    """Runs a call and shows it; leaves by itself when the call is over.

    ``run`` is started with a sink once the screen is up. When it raises, the screen is left in order and
    ``run()`` or ``run_async()`` of the app raises the same. Without a control to stop it, and when the keys
    ask twice, ``run`` is cancelled. A screen that goes down by itself, as with its terminal, closes the call
    in order too.
    """

    ENABLE_COMMAND_PALETTE = False
    TITLE = "Roomtone"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+q,ctrl+c", "stop", "stop", priority=True),
        Binding("x", "respond('dismissed')", "dismiss"),
        Binding("m", "respond('muted')", "mute this kind"),
        Binding("w", "respond('wrong')", "wrong"),
        Binding("c", "consent", "they agreed"),
        Binding("p", "next_phase", "next phase"),
        *(Binding(f"{number}", f"point({number})", "tick") for number in range(1, POINT_KEYS + 1)),
    ]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as declared by Textual
        (0, "-one-column"),
        (110, "-two-columns"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012 - as declared by Textual
    CSS = """
    Screen { overflow: hidden; }
    Header, Footer { height: 1; padding: 0 1; }
    Container { height: 1fr; }
    #figures { height: auto; }
    Talk, Reading, Nudge { height: 2; padding: 0 1; }
    Agenda { height: 1; padding: 0 1; }
    Transcript { width: 1fr; height: 1fr; padding: 0 1; }

    .-high Footer { height: 2; }
    .-high Reading { height: 3; }
    .-high Talk, .-high Reading, .-high Nudge, .-high Agenda { margin-top: 1; }
    .-high Agenda { height: auto; }
    .-high Transcript { border-top: solid ansi_bright_black; }

    .-two-columns.-high #body { layout: horizontal; }
    .-two-columns.-high #figures { width: 60; height: 1fr; }
    .-two-columns.-high Agenda { height: 1fr; }
    .-two-columns.-high Transcript { border-top: none; border-left: solid ansi_bright_black; margin-top: 1; }
    """

    def __init__(
        self,
        run: Callable[[EventSink], Awaitable[None]],
        presenter: Presenter,
        *,
        controls: Controls,
        linger_s: float = LINGER_S,
    ) -> None:
        super().__init__(ansi_color=True)
        self.theme = THEME
        self._run_call = run
        self._presenter = presenter
        self._controls = controls
        self._linger_s = linger_s
        self._call: Worker[None] | None = None
        self._stopping = False
        self._at_once = controls.stop is None
        self._failure: BaseException | None = None
        view = presenter.view()
        self._header = Header((view.head, view.sides))
        self._talk = Talk((view.talk, view.sides))
        self._reading = Reading(view.reading)
        self._nudge = Nudge(view.nudge)
        self._agenda = Agenda(view.agenda)
        self._transcript = Transcript(view.lines)
        self._footer = Footer(view.foot)

    async def run_async(self, **options: Any) -> Any:
        """Show the call until it is over; raises what ``run`` raised.

        The mouse is left to the terminal, so that its own selecting and copying work.
        """
        returned = None
        try:
            returned = await super().run_async(**{**options, "mouse": False})
        except OSError as error:
            if error.errno != errno.EIO:  # what a terminal that has vanished answers
                raise
        if self._call is not None:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                self._cut_off()
            with suppress(WorkerError):
                await self._call.wait()
        if self._failure is not None:
            raise self._failure
        return returned

    def get_driver_class(self) -> type[Driver]:
        """Return Textual's driver for this terminal, made to outlive it."""
        textuals: Any = super().get_driver_class()

        class Outliving(textuals):  # type: ignore[misc]
            _file: Any

            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options)
                self._file = _Terminal(self._file)

            def _sigcont_application(self, *arguments: Any) -> None:
                # Stopped by a signal from outside, the screen is still as it was: begun anew, it would have
                # a second thread at the keyboard, which would keep the program from ending.
                if self._must_signal_resume:
                    super()._sigcont_application(*arguments)

        return Outliving

    def compose(self) -> ComposeResult:
        """Lay out the parts."""
        yield self._header
        with Container(id="body"):
            with Container(id="figures"):
                yield self._talk
                yield self._reading
                yield self._nudge
                yield self._agenda
            yield self._transcript
        yield self._footer

    def on_mount(self) -> None:
        """Start the call and the repainting."""
        self.set_interval(1 / PAINTS_PER_S, self.show_view)
        self._call = self.run_worker(self._follow(), exit_on_error=False)

    def show_view(self) -> None:
        """Repaint what changed since the last time."""
        view = self._presenter.view()
        self._header.show((view.head, view.sides))
        self._talk.show((view.talk, view.sides))
        self._reading.show(view.reading)
        self._nudge.show(view.nudge)
        self._agenda.show(view.agenda)
        self._transcript.show(view.lines)
        stopping = replace(view.foot, status="stopping…", is_amiss=False)
        self._footer.show(stopping if self._stopping else view.foot)

    def action_stop(self) -> None:
        """Close the call in order; when asked again, at once."""
        if self._stopping or self._at_once:
            self._cut_off()
            self.exit()
        else:
            self.stop()

    def stop(self) -> None:
        """Close the call in order, or leave the screen when it is over already; may be called again."""
        if self._call is not None and self._call.is_finished:
            self.exit()
        elif not self._stopping:
            self._stopping = True
            if self._controls.stop is not None:
                self._controls.stop()

    def _cut_off(self) -> None:
        self._at_once = True
        if self._call is not None:
            self._call.cancel()

    async def action_respond(self, response: str) -> None:
        """Pass on what the seller said to the nudge that is on the screen."""
        nudge = self._presenter.view().nudge
        if nudge is not None and nudge.nudge_id:
            await _passed_on(self._controls.respond, nudge.nudge_id, response)

    async def action_consent(self) -> None:
        """Pass on that the customer agreed to be listened to."""
        await _passed_on(self._controls.consent)

    async def action_next_phase(self) -> None:
        """Pass on that the call is in its next phase, where one is shown."""
        if self._presenter.view().foot.has_phase:
            await _passed_on(self._controls.next_phase)

    async def action_point(self, number: int) -> None:
        """Pass on that a point of the agenda was covered, or was not."""
        if number <= self._presenter.view().foot.points:
            await _passed_on(self._controls.toggle_point, number)

    async def _follow(self) -> None:
        call = asyncio.ensure_future(self._run_call(PresenterSink(self._presenter, self.show_view)))
        leaving = False
        while not call.done():
            try:
                await asyncio.wait([call])
            except asyncio.CancelledError:
                # Textual cancels its workers whenever the screen goes down.
                leaving = True
                if self._at_once:
                    call.cancel()
                else:
                    self.stop()
        self._failure = None if call.cancelled() else call.exception()
        if leaving:
            return
        if self._failure is not None or self._stopping or self._linger_s == 0.0:
            self.exit()
            return
        self.show_view()
        self.set_timer(self._linger_s, self.exit)


async def _passed_on(control: Callable[[*Said], Awaitable[None]] | None, *said: *Said) -> None:
    """Do what a key asks for, where it can be done.

    What fails here is a sink, which stops the call as well: then its ``run`` raises it.
    """
    if control is not None:
        with suppress(RoomtoneError):
            await control(*said)
