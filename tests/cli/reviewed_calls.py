"""A library with a call to look at again, and the command line to do it with."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import msgspec

from conversation.talk import customer, in_order, said, seller
from roomtone.config.settings import Settings
from roomtone.events import Event, PromiseMade, SessionEnded, SessionStarted
from roomtone.nudges.rules import built_in
from roomtone.session.calls import Library
from roomtone.session.reanalysis import reanalysed
from roomtone.session.store import EventLog
from roomtone.types import PromiseKind, Speaker

STARTED = SessionStarted(
    t_s=0.0,
    title="Dana's workshop",
    mode="live",
    started_at="2026-11-22T14:32:07+00:00",
    version="1",
    transcriber="base",
)


def monologue(*, end: bool = True) -> list[Event]:
    """Return a call in which the seller holds forth for a minute and a half, as the line logs it."""
    spoken = said(
        (seller(0, 4), "Good morning, this is Robin."),
        (customer(5, 8), "Hello, what does it cost?"),
        (seller(9, 99), "Well, it depends, for there is a lot to it."),
        (customer(100, 104), "I see."),
    )
    ended = SessionEnded(t_s=120.0, duration_s=120.0, reason="stopped")
    settings = Settings()
    given = [STARTED, *in_order(spoken), *([ended] if end else [])]
    return list(reanalysed(given, settings, built_in(settings.nudges)))


def with_promises(events: list[Event], *texts: str) -> list[Event]:
    """Return the events with promises of the seller before the end."""
    *before, ended = events
    made = [
        PromiseMade(
            t_s=ended.t_s,
            promise_id=f"promise-{number}",
            utterance_id=f"seller-{number}",
            speaker=Speaker.SELLER,
            text=text,
            kind=PromiseKind.DATE,
            start_s=number * 10.0,
            end_s=number * 10.0 + 2.0,
        )
        for number, text in enumerate(texts, start=1)
    ]
    return [*before, *made, ended]


def keep(library: Library, name: str, events: Iterable[Event]) -> Path:
    """Write the log of a call; an event gets the number of its place."""

    async def write(path: Path) -> None:
        log = EventLog(path)
        for seq, event in enumerate(events):
            await log.publish(msgspec.structs.replace(event, seq=seq))
        await log.aclose()

    path = library.create(name)
    asyncio.run(write(path))
    return path
