"""The file of one call's log: how it is laid out, opened and held, and what its failures mean.

The file says what it is (``application_id``) and how it is laid out (``user_version``). Triggers refuse
every change to a row and every row that does not follow the last one, so a log has no gaps.
"""

import logging
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import msgspec

from roomtone.errors import StoreError
from roomtone.events import Event, encode, kind
from roomtone.session.standing import DISK_FAILING, DISK_FULL, Obstacle

logger = logging.getLogger(__name__)

APPLICATION_ID = 0x524F4F4D
"""Marks the file as a Roomtone call; the letters "ROOM"."""
BUSY_TIMEOUT_S = 5.0
"""How long to wait for another program that is reading or backing up the file."""

Row = tuple[int, float, str, str]
"""An event as it is stored: ``seq, t_s, kind, body``."""


def row_of(event: Event) -> Row:
    """Return the row of an event that is kept."""
    return event.seq, event.t_s, kind(event), encode(event).decode()


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


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open or create the log at ``path``, for use by one thread at a time; raises ``StoreError``."""
    try:
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise explained(error, path, verb="written") from error
    try:
        layout = _checked_layout(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        for number, migrate in enumerate(MIGRATIONS[layout:], start=layout + 1):
            with transaction(connection):
                migrate(connection)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {number}")
    except sqlite3.Error as error:
        connection.close()
        raise explained(error, path, verb="written") from error
    except StoreError:
        connection.close()
        raise
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a log for reading, explaining whatever goes wrong until the caller is done."""
    if not path.is_file():
        raise StoreError(f"There is no log of a call at {path}.", code="call_missing")
    # Without a write-ahead log nobody is writing: such a file can be read from a read-only disk too.
    mode = "mode=ro" if _beside(path, "-wal").exists() else "mode=ro&immutable=1"
    try:
        # A reader that is left halfway is closed by the garbage collector, in whatever thread that runs.
        uri = f"{path.absolute().as_uri()}?{mode}"
        with closing(sqlite3.connect(uri, uri=True, check_same_thread=False)) as connection:
            if _checked_layout(connection, path) == 0:
                raise StoreError(f"The log {path} is empty: its call never began.", code="call_empty")
            yield connection
    except sqlite3.Error as error:
        raise explained(error, path, verb="read") from error
    except msgspec.DecodeError as error:
        raise damaged(path) from error


@contextmanager
def held_alone(path: Path) -> Iterator[sqlite3.Connection]:
    """Open an existing log in one transaction that nobody else can read or write beside.

    Whoever writes a log holds a lock on its file from opening to closing, which the system takes back when
    the process dies: this is how a call that goes on is told from one that was cut off.

    Raises:
        StoreError: ``log_busy`` when another connection has the log open, in this process or another;
            otherwise when the file is damaged or may not be written.
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)) as connection:
            # Asked for before the file is touched, this takes the whole file, write-ahead log and all.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            with transaction(connection):
                yield connection
            # An index of the write-ahead log that a killed writer left; nobody can be using it now.
            with suppress(OSError):
                _beside(path, "-shm").unlink()
    except sqlite3.Error as error:
        raise explained(error, path, verb="written") from error
    except msgspec.DecodeError as error:
        raise damaged(path) from error


def set_aside(rows: Sequence[Row]) -> Path | None:
    """Write the events of these rows as JSON lines into a new file only its owner can read.

    It lies in the system's temporary folder; None when there is no room either.
    """
    try:
        number, name = tempfile.mkstemp(prefix="roomtone-", suffix=".jsonl")
    except OSError as error:
        logger.warning("the rest of the log could not be set aside: %s", error)
        return None
    path = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.writelines(f"{body}\n" for *_, body in rows)
    except OSError as error:
        logger.warning("the rest of the log could not be set aside: %s", error)
        path.unlink()
        return None
    return path


def is_in_use(path: Path) -> bool:
    """Return whether anybody has this log open, for writing or for reading a call that goes on."""
    try:
        with held_alone(path):
            return False
    except StoreError as error:
        return error.code == "log_busy"


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write everything in the block, or, when anything fails, nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # After a full disk SQLite may have rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def obstacle(error: sqlite3.Error, path: Path) -> Obstacle | None:
    """Return what stands in the way when it may go away by itself or by the user's doing."""
    match _primary_code(error):
        case sqlite3.SQLITE_FULL:
            return DISK_FULL
        case sqlite3.SQLITE_IOERR:
            return DISK_FAILING
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Obstacle("log_busy", f"Another program is holding {path}", "close that program")
        case _:
            return None


def explained(error: sqlite3.Error, path: Path, *, verb: str) -> StoreError:
    """Return the sentence for a failure of SQLite; ``verb`` is ``read`` or ``written``."""
    if (found := obstacle(error, path)) is not None:
        return StoreError(
            f"{found.reason}: the log of the call cannot be {verb}; {found.advice}.", code=found.code
        )
    match _primary_code(error):
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            message = f"The log {path} cannot be {verb}: check the permissions of its folder."
            return StoreError(message, code="log_not_permitted")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path)
        case _:
            return StoreError(f"The log {path} cannot be {verb}: {error}.", code="log_failed")


def damaged(path: Path) -> StoreError:
    """Return the error for a file whose content makes no sense."""
    message = (
        f"The log {path} is damaged or no log of a call: restore it from a backup, or delete its folder."
    )
    return StoreError(message, code="call_damaged")


def _primary_code(error: sqlite3.Error) -> int:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


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
