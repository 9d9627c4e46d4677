"""The log of one call: events go in as they happen and come out in order."""

import asyncio
import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar, get_args

import msgspec

from roomtone.clock import SystemClock
from roomtone.errors import StoreError
from roomtone.events import Event, NudgeRaised, SessionEnded, SessionStarted, TranscriptFinal, decode
from roomtone.session.logfile import (
    Row,
    explained,
    obstacle,
    open_for_writing,
    reading,
    row_of,
    set_aside,
    transaction,
)
from roomtone.session.standing import call_time

logger = logging.getLogger(__name__)

COMMIT_EVERY_S = 0.1
"""Events that can wait are committed together this often: ten small writes a second at most."""
PENDING_EVENTS = 4096
"""Events waiting for the writing thread, about four minutes of a lively call; then the publisher waits."""
ROWS_A_COMMIT = 256
"""At most, about 100 kB: where little room is left on the disk, what fits is still written."""
RETRY_EVERY_S = 2.0
"""How often a disk that was full is tried again: soon enough to say so, too seldom to cost anything."""
MOST_UNWRITTEN_EVENTS = 100_000
"""Kept in memory while the disk takes nothing: about 50 MB, an hour and a half of a lively call."""
CLOSING_S = 60.0
"""How long the end of a call goes on trying a full disk: who reads that it is full can free some space."""
HANGING_S = 15.0
"""How much longer it waits for a disk that does not answer: one try takes 5 s when another program holds the
file, and a slow disk as long to put it in order."""

URGENT = (TranscriptFinal, NudgeRaised, SessionStarted, SessionEnded)
"""Events committed at once: what a person would miss after a crash."""
CUT_OFF = "cut_off"
"""The reason of a ``SessionEnded`` that a later start of the program wrote."""
KNOWN_KINDS = frozenset(struct.__name__ for struct in get_args(Event))

_Wanted = TypeVar("_Wanted", SessionStarted, SessionEnded)


class EventLog:
    """Writes the events of one call; an ``EventSink`` that never drops an event meant to be kept.

    Must be made inside a running event loop. A thread of its own does the writing. While the disk takes
    nothing, :attr:`problem` says so, events are kept in memory and written once there is room. When
    writing fails for good, the rows already committed stay, what waited for room goes to a file in the
    system's temporary folder, and the next :meth:`publish` or :meth:`aclose` raises ``StoreError``.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the log at ``path``, whose folder exists; raises ``StoreError``."""
        self.problem = ""
        """What keeps events from the disk now and what to do, for the user; empty when nothing does."""
        self._path = path
        self._clock = SystemClock()
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Semaphore(PENDING_EVENTS)
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._unwritten: list[Row] = []
        self._written_until_s = 0.0
        self._failure: StoreError | None = None
        self._failure_told = False
        self._closed = False
        self._patient_until_s = 0.0
        self._ended = asyncio.Event()
        self._connection = open_for_writing(path)
        # A daemon, so that a program that fails before aclose() can still exit.
        self._thread = Thread(target=self._write_until_closed, name="event-log", daemon=True)
        self._thread.start()

    async def publish(self, event: Event) -> None:
        """Hand one event to the writing thread, waiting while it is far behind; droppable ones are ignored.

        Raises:
            StoreError: when an earlier event could not be written, or the log is closed.
        """
        if event.droppable:
            return
        self._raise_failure()
        waiting = _Waiting(row_of(event), urgent=isinstance(event, URGENT))
        await self._room.acquire()
        if self._closed:
            self._room.release()
            raise StoreError(f"The log {self._path} is already closed.", code="log_closed")
        self._waiting.put(waiting)

    async def aclose(self) -> None:
        """Return once everything is committed and the file is closed; may be called twice.

        A disk that takes nothing is tried for ``CLOSING_S``, and one that hangs waited for a little longer.

        Raises:
            StoreError: when events could not be written and no ``publish`` has said so.
        """
        if not self._closed:
            self._closed = True
            self._patient_until_s = self._clock.now_s() + CLOSING_S + HANGING_S
            self._waiting.put(None)
        try:
            async with asyncio.timeout(max(0.0, self._patient_until_s - self._clock.now_s())):
                await self._ended.wait()
        except TimeoutError:
            until = call_time(self._written_until_s)
            message = f"The disk does not answer: the call is kept up to {until}; see that it is connected."
            if self._failure is None and not self._failure_told:
                # No failure of the writing thread, which goes on should the disk answer after all.
                self._failure_told = True
                raise StoreError(message, code="disk_hangs") from None
        else:
            self._thread.join()
        if not self._failure_told:
            self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            self._failure_told = True
            raise self._failure

    def _write_until_closed(self) -> None:
        more = True
        while more:
            batch, more = self._next_batch()
            if self._failure is None:
                self._unwritten.extend(batch)
                self._write(last_try=len(self._unwritten) > MOST_UNWRITTEN_EVENTS)
            self._tell(self._make_room, len(batch))
        give_up_at_s = self._clock.now_s() + CLOSING_S
        try:
            while self._unwritten:
                time.sleep(RETRY_EVERY_S)
                self._write(last_try=self._clock.now_s() >= give_up_at_s)
            self._connection.close()
        finally:
            self._tell(self._ended.set)

    def _next_batch(self) -> tuple[list[Row], bool]:
        """Return the rows to commit next, none when it is time to try again, and whether more will come."""
        batch: list[Row] = []
        clock, trying_again = self._clock, bool(self._unwritten)
        due_s = clock.now_s() + RETRY_EVERY_S if trying_again else None
        while True:
            try:
                timeout_s = None if due_s is None else max(0.0, due_s - clock.now_s())
                waiting = self._waiting.get(timeout=timeout_s)
            except Empty:
                return batch, True
            if waiting is None:
                return batch, False
            batch.append(waiting.row)
            if trying_again:
                continue
            if waiting.urgent:
                due_s = clock.now_s()
            elif due_s is None:
                due_s = clock.now_s() + COMMIT_EVERY_S

    def _write(self, *, last_try: bool) -> None:
        """Commit what is unwritten as far as the disk takes it."""
        try:
            while self._unwritten:
                rows = self._unwritten[:ROWS_A_COMMIT]
                with transaction(self._connection):
                    self._connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?)", rows)
                del self._unwritten[: len(rows)]
                _, self._written_until_s, *_ = rows[-1]
        except sqlite3.Error as error:
            self._wait_or_fail(error, last_try=last_try)
        except Exception as error:  # the thread lives on, for publishers wait for the room it makes
            logger.exception("events could not be written")
            self._fail(
                StoreError(f"The log {self._path} could not be written: {error!r}.", code="log_failed")
            )
        else:
            self.problem = ""

    def _wait_or_fail(self, error: sqlite3.Error, *, last_try: bool) -> None:
        found = obstacle(error, self._path)
        until = call_time(self._written_until_s)
        if found is None:
            self._fail(explained(error, self._path, verb="written"))
        elif last_try:
            rest = set_aside(self._unwritten)
            where = f", the rest is in {rest}" if rest else ""
            message = f"{found.reason}: the call is kept up to {until}{where}; {found.advice}."
            self._fail(StoreError(message, code=found.code))
        else:
            if not self.problem:
                logger.warning("the log waits: %s", error)
            self.problem = f"{found.reason}: since {until} the call is only held in memory; {found.advice}."

    def _fail(self, failure: StoreError) -> None:
        self._failure = failure
        self._unwritten.clear()

    def _tell(self, tell: Callable[..., None], *arguments: int) -> None:
        """Call this in the event loop, unless that is gone because the program ended without aclose()."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(tell, *arguments)

    def _make_room(self, events: int) -> None:
        for _ in range(events):
            self._room.release()


@dataclass(frozen=True, slots=True)
class _Waiting:
    row: Row
    urgent: bool


class StoredEvents(Iterator[Event]):
    """The events of a log in order. ``unknown`` counts the kinds it skips: those of newer versions."""

    def __init__(self, path: Path, wanted: Iterable[type[Event]] = ()) -> None:
        self.unknown: Counter[str] = Counter()
        self._wanted = tuple(struct.__name__ for struct in wanted)
        self._events = self._read(path)

    def __next__(self) -> Event:
        """Return the next event this version knows."""
        return next(self._events)

    def _read(self, path: Path) -> Iterator[Event]:
        with reading(path) as connection:
            which = f" WHERE kind IN ({', '.join('?' * len(self._wanted))})" if self._wanted else ""
            query = f"SELECT kind, body FROM event{which} ORDER BY seq"  # noqa: S608 - our own words
            for name, body in connection.execute(query, self._wanted):
                if name not in KNOWN_KINDS:
                    self.unknown[name] += 1
                    continue
                try:
                    event = decode(body)
                except msgspec.ValidationError:
                    self.unknown[name] += 1
                else:
                    yield event


def read_events(path: Path, wanted: Iterable[type[Event]] = ()) -> StoredEvents:
    """Return the events of the log at ``path``, read as they are asked for.

    Only those of the ``wanted`` kinds, or all where none is named.

    Iterating raises ``StoreError`` when the file is missing, damaged or no log of a call.
    """
    return StoredEvents(path, wanted)


@dataclass(frozen=True, slots=True)
class Outline:
    """The ends of a log: enough to list a call without reading all of it."""

    started: SessionStarted | None
    ended: SessionEnded | None
    last_t_s: float

    @property
    def duration_s(self) -> float:
        """Length of the call, as far as it is known."""
        return self.ended.duration_s if self.ended else self.last_t_s

    @property
    def cut_off(self) -> bool:
        """Whether the call was not closed in order, though perhaps by a later start."""
        return self.ended is None or self.ended.reason == CUT_OFF


def read_outline(path: Path) -> Outline:
    """Return the outline of the log at ``path``; raises ``StoreError`` as :func:`read_events` does."""
    with reading(path) as connection:
        return outline_of(connection)


def outline_of(connection: sqlite3.Connection) -> Outline:
    """Return the outline of an open log."""
    last = connection.execute("SELECT t_s FROM event ORDER BY seq DESC LIMIT 1").fetchone()
    return Outline(
        started=_nearest(connection, SessionStarted, "ASC"),
        ended=_nearest(connection, SessionEnded, "DESC"),
        last_t_s=last[0] if last else 0.0,
    )


def _nearest(connection: sqlite3.Connection, wanted: type[_Wanted], order: str) -> _Wanted | None:
    """Return the event of this kind nearest to the log's beginning (``ASC``) or end (``DESC``)."""
    found = connection.execute(
        f"SELECT body FROM event WHERE kind = ? ORDER BY seq {order} LIMIT 1",  # noqa: S608 - our own words
        (wanted.__name__,),
    ).fetchone()
    with suppress(msgspec.ValidationError):
        event = decode(found[0]) if found else None
        return event if isinstance(event, wanted) else None
    return None
