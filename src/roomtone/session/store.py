"""The log of one call: a SQLite file to which events are only ever added.

The file says what it is (``application_id``) and how it is laid out (``user_version``). Triggers refuse
every change to a row and every row that does not follow the last one, so a log has no gaps.
"""

import asyncio
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar, get_args

import msgspec

from roomtone.clock import SystemClock
from roomtone.errors import StoreError
from roomtone.events import (
    Event,
    NudgeRaised,
    SessionEnded,
    SessionStarted,
    TranscriptFinal,
    decode,
    encode,
    kind,
)

logger = logging.getLogger(__name__)

APPLICATION_ID = 0x524F4F4D
"""Marks the file as a Roomtone call; the letters "ROOM"."""
COMMIT_EVERY_S = 0.1
"""Events that can wait are committed together this often: ten small writes a second at most."""
PENDING_EVENTS = 4096
"""Events waiting for the disk, about four minutes of a lively call; beyond that the publisher waits."""
BUSY_TIMEOUT_S = 5.0
"""How long to wait for another program that is reading or backing up the file."""

URGENT = (TranscriptFinal, NudgeRaised, SessionStarted, SessionEnded)
"""Events committed at once: what a person would miss after a crash."""
KNOWN_KINDS = frozenset(struct.__name__ for struct in get_args(Event))

_Wanted = TypeVar("_Wanted", SessionStarted, SessionEnded)


def _create_event_table(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE event (seq INTEGER PRIMARY KEY, t_s REAL NOT NULL, kind TEXT NOT NULL,"
        " body TEXT NOT NULL) STRICT"
    )
    connection.execute(
        "CREATE TRIGGER event_follows_the_last BEFORE INSERT ON event"
        " WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM event)"
        " BEGIN SELECT RAISE(ABORT, 'an event does not follow the last one'); END"
    )
    for name, change in (("event_is_never_changed", "UPDATE"), ("event_is_never_removed", "DELETE")):
        connection.execute(
            f"CREATE TRIGGER {name} BEFORE {change} ON event"
            " BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END"
        )


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_create_event_table,)
"""Step ``n`` takes a file from layout ``n`` to ``n + 1``."""


class EventLog:
    """Writes the events of one call; an ``EventSink`` that never drops an event meant to be kept.

    Must be made inside a running event loop. A thread of its own does the writing. When it fails, the
    rows already committed stay, and the next :meth:`publish` or :meth:`aclose` raises ``StoreError``.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the log at ``path``, whose folder exists; raises ``StoreError``."""
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Semaphore(PENDING_EVENTS)
        self._waiting: SimpleQueue[_Row | None] = SimpleQueue()
        self._failure: StoreError | None = None
        self._failure_told = False
        self._closed = False
        self._connection = _open_for_writing(path)
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
        row = _Row(
            (event.seq, event.t_s, kind(event), encode(event).decode()), urgent=isinstance(event, URGENT)
        )
        await self._room.acquire()
        if self._closed:
            self._room.release()
            raise StoreError(f"The log {self._path} is already closed.", code="log_closed")
        self._waiting.put(row)

    async def aclose(self) -> None:
        """Return once everything is committed and the file is closed; may be called twice.

        Raises:
            StoreError: when events could not be written and no ``publish`` has said so.
        """
        if not self._closed:
            self._closed = True
            self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)
        if not self._failure_told:
            self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            self._failure_told = True
            raise self._failure

    def _write_until_closed(self) -> None:
        clock = SystemClock()
        more = True
        while more:
            batch, more = self._next_batch(clock)
            if self._failure is None:
                self._commit(batch)
            # The loop is gone when the program ended without aclose().
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._make_room, len(batch))
        self._connection.close()

    def _next_batch(self, clock: SystemClock) -> tuple[list["_Row"], bool]:
        """Return the rows to commit together, and whether more will come."""
        batch: list[_Row] = []
        row = self._waiting.get()
        due_s = clock.now_s() + COMMIT_EVERY_S
        while row is not None:
            batch.append(row)
            if row.urgent:
                due_s = clock.now_s()
            try:
                row = self._waiting.get(timeout=max(0.0, due_s - clock.now_s()))
            except Empty:
                return batch, True
        return batch, False

    def _commit(self, batch: list["_Row"]) -> None:
        try:
            with _transaction(self._connection):
                self._connection.executemany(
                    "INSERT INTO event VALUES (?, ?, ?, ?)", [row.columns for row in batch]
                )
        except sqlite3.Error as error:
            self._failure = _explained(error, self._path, verb="written")
        except Exception as error:  # the thread lives on, for publishers wait for the room it makes
            logger.exception("events could not be written")
            self._failure = StoreError(
                f"The log {self._path} could not be written: {error!r}.", code="log_failed"
            )

    def _make_room(self, events: int) -> None:
        for _ in range(events):
            self._room.release()


@dataclass(frozen=True, slots=True)
class _Row:
    columns: tuple[int, float, str, str]
    urgent: bool


class StoredEvents(Iterator[Event]):
    """The events of a log in order. ``unknown`` counts the kinds it skips: those of newer versions."""

    def __init__(self, path: Path) -> None:
        self.unknown: Counter[str] = Counter()
        self._events = self._read(path)

    def __next__(self) -> Event:
        """Return the next event this version knows."""
        return next(self._events)

    def _read(self, path: Path) -> Iterator[Event]:
        with _reading(path) as connection:
            for name, body in connection.execute("SELECT kind, body FROM event ORDER BY seq"):
                if name not in KNOWN_KINDS:
                    self.unknown[name] += 1
                    continue
                try:
                    event = decode(body)
                except msgspec.ValidationError:
                    self.unknown[name] += 1
                else:
                    yield event


def read_events(path: Path) -> StoredEvents:
    """Return the events of the log at ``path``, read as they are asked for.

    Iterating raises ``StoreError`` when the file is missing, damaged or no log of a call.
    """
    return StoredEvents(path)


@dataclass(frozen=True, slots=True)
class Outline:
    """The ends of a log: enough to list a call without reading all of it."""

    started: SessionStarted | None
    ended: SessionEnded | None
    last_t_s: float


def read_outline(path: Path) -> Outline:
    """Return the outline of the log at ``path``; raises ``StoreError`` as :func:`read_events` does."""
    with _reading(path) as connection:
        last = connection.execute("SELECT max(t_s) FROM event WHERE seq = (SELECT max(seq) FROM event)")
        return Outline(
            started=_first(connection, SessionStarted),
            ended=_first(connection, SessionEnded),
            last_t_s=last.fetchone()[0] or 0.0,
        )


def _first(connection: sqlite3.Connection, wanted: type[_Wanted]) -> _Wanted | None:
    row = connection.execute("SELECT body FROM event WHERE kind = ? LIMIT 1", (wanted.__name__,)).fetchone()
    with suppress(msgspec.ValidationError):
        event = decode(row[0]) if row else None
        return event if isinstance(event, wanted) else None
    return None


def _open_for_writing(path: Path) -> sqlite3.Connection:
    try:
        # Opened here, so that a bad file is known at once; used by the writing thread alone after that.
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise _explained(error, path, verb="written") from error
    try:
        layout = _checked_layout(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        for number, migrate in enumerate(MIGRATIONS[layout:], start=layout + 1):
            with _transaction(connection):
                migrate(connection)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {number}")
    except sqlite3.Error as error:
        connection.close()
        raise _explained(error, path, verb="written") from error
    except StoreError:
        connection.close()
        raise
    return connection


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a log for reading, explaining whatever goes wrong until the caller is done."""
    if not path.is_file():
        raise StoreError(f"There is no log of a call at {path}.", code="call_missing")
    # Without a write-ahead log nobody is writing: such a file can be read from a read-only disk too.
    mode = "mode=ro" if path.with_name(path.name + "-wal").exists() else "mode=ro&immutable=1"
    try:
        # A reader that is left halfway is closed by the garbage collector, in whatever thread that runs.
        uri = f"{path.absolute().as_uri()}?{mode}"
        with closing(sqlite3.connect(uri, uri=True, check_same_thread=False)) as connection:
            if _checked_layout(connection, path) == 0:
                raise StoreError(f"The log {path} is empty: its call never began.", code="call_empty")
            yield connection
    except sqlite3.Error as error:
        raise _explained(error, path, verb="read") from error
    except msgspec.DecodeError as error:
        raise _damaged(path) from error


def _checked_layout(connection: sqlite3.Connection, path: Path) -> int:
    """Return the file's layout number, 0 for a new file; raises ``StoreError`` for a foreign one."""
    connection.execute("BEGIN")  # one look: another process may be making the file right now
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    layout = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    connection.execute("COMMIT")
    if application_id != APPLICATION_ID and (tables or application_id or layout):
        raise StoreError(
            f"The file {path} is a database of another program, not a call.", code="call_foreign"
        )
    if layout > len(MIGRATIONS):
        raise StoreError(
            f"The log {path} was written by a newer version of Roomtone: update this one to read it.",
            code="call_newer",
        )
    assert isinstance(layout, int)  # noqa: S101 - narrows the type
    return layout


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        # After a full disk SQLite may have rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _explained(error: sqlite3.Error, path: Path, *, verb: str) -> StoreError:
    """Return the sentence for a failure of SQLite."""
    primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    match primary:
        case sqlite3.SQLITE_FULL:
            message = f"The disk is full: the call at {path} is kept up to here; free some space."
            return StoreError(message, code="disk_full")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            message = f"The log {path} cannot be {verb}: check the permissions of its folder."
            return StoreError(message, code="log_not_permitted")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(path)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            message = f"The log {path} cannot be {verb}: another program is holding it; close that first."
            return StoreError(message, code="log_busy")
        case _:
            return StoreError(f"The log {path} cannot be {verb}: {error}.", code="log_failed")


def _damaged(path: Path) -> StoreError:
    message = (
        f"The log {path} is damaged or no log of a call: restore it from a backup, or delete its folder."
    )
    return StoreError(message, code="call_damaged")
