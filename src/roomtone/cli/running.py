"""A call running on the screen the user asked for, until it is over or is to stop."""

import asyncio
import contextlib
import errno
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Literal

from roomtone.config.settings import Settings
from roomtone.events import Event
from roomtone.interfaces import EventSink
from roomtone.session.pipeline import Pipeline

Screen = Literal["overlay", "plain", "json"]
Build = Callable[[EventSink], Pipeline]
"""Makes the line of the call once there is a sink for its events to be shown."""

HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)
"""What the system sends when the terminal is closed; Windows has no such thing."""
READER_GONE = (errno.EPIPE, errno.EIO)
"""What writing fails with when the pipe's reader has left, and when the terminal was closed."""


async def run_on_screen(
    build: Build, screen: Screen, settings: Settings, *, may_consent: bool = False
) -> None:
    """Run the call to its end; ``may_consent`` says whether there is a customer who can still agree to it.

    Raises:
        RoomtoneError: when the call cannot be heard, kept or shown.
        BrokenPipeError: when whoever read the output has gone; the call is closed in order.
    """
    if screen == "overlay":
        await _show(build, settings, may_consent=may_consent)
    else:
        await _print(build, screen, settings)


async def _show(build: Build, settings: Settings, *, may_consent: bool) -> None:
    from roomtone.ui.app import Controls, OverlayApp
    from roomtone.ui.presenter import Presenter

    pipeline: Pipeline | None = None
    stopped = False

    async def run(sink: EventSink) -> None:
        nonlocal pipeline
        pipeline = build(sink)
        if stopped:
            pipeline.stop()
        await pipeline.run()

    async def respond(nudge_id: str, reason: str) -> None:
        if pipeline is not None:
            await pipeline.respond(nudge_id, reason)

    def stop() -> None:
        nonlocal stopped
        stopped = True
        if pipeline is not None:
            pipeline.stop()

    async def consent() -> None:
        if pipeline is not None:
            await pipeline.note_consent()

    async def next_phase() -> None:
        if pipeline is not None:
            await pipeline.correct_phase()

    async def toggle_point(number: int) -> None:
        if pipeline is not None:
            await pipeline.toggle_point(number)

    controls = Controls(
        respond=respond,
        stop=stop,
        consent=consent if may_consent else None,
        next_phase=next_phase,
        toggle_point=toggle_point,
    )
    overlay = OverlayApp(run, Presenter(settings), controls=controls)
    with _stopping_on_signals(overlay.stop, hung_up=overlay.exit) as received:
        await overlay.run_async()
    if HANGUP in received:
        raise _reader_gone()


async def _print(build: Build, screen: Screen, settings: Settings) -> None:
    sink: EventSink
    if screen == "json":
        from roomtone.ui.jsonl import JsonSink

        sink = JsonSink(sys.stdout.buffer)
    else:
        from roomtone.ui.plain import PlainSink

        sink = PlainSink(sys.stdout, settings=settings.conversation)
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
