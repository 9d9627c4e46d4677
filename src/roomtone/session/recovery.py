"""Calls that were cut off: found at a later start, closed in order, and told of."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from os import utime
from pathlib import Path

from roomtone.errors import StoreError
from roomtone.events import SessionEnded
from roomtone.session.calls import Library, last_written_ns
from roomtone.session.logfile import held_alone, row_of
from roomtone.session.standing import call_time
from roomtone.session.store import CUT_OFF, Outline, outline_of, read_outline

logger = logging.getLogger(__name__)

MINUTES_OF_ISO_TIME = 16
"""Characters of an ISO 8601 time up to its minutes: ``2026-11-22T10:02``."""
IN_USE_OR_NEVER_BEGUN = ("log_busy", "call_empty", "call_missing")
"""No failures of recovery: a call that goes on, one just beginning, and one forgotten meanwhile."""


@dataclass(frozen=True, slots=True)
class CutOffCall:
    """A call that was cut off and is now closed."""

    call_id: str
    title: str
    started_at: str
    """Local wall time in ISO 8601."""
    duration_s: float

    @property
    def message(self) -> str:
        """What to tell the user at the start of the next call."""
        when = self.started_at[:MINUTES_OF_ISO_TIME].replace("T", " ")
        return (
            f"The call “{self.title}” of {when} was cut off after {call_time(self.duration_s)};"
            f" read it with: roomtone debrief {self.call_id}"
        )


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a look through the calls found."""

    closed: Sequence[CutOffCall]
    """The one heard last first."""
    problems: Sequence[str]
    """One sentence a log that cannot be read or closed; they are in the program's log file too."""


def recover(library: Library) -> Recovery:
    """Close every call that was cut off and that nobody is writing; nothing wrong with one is an error.

    A call that another process is hearing, or reading just now, is left as it is. Takes about a
    millisecond a call, so do it in a thread.
    """
    closed: list[CutOffCall] = []
    problems: list[str] = []
    try:
        paths = library.logs()
    except StoreError as error:
        return Recovery((), (error.message,))
    for path in paths:
        try:
            if (call := _close_if_cut_off(path)) is not None:
                closed.append(call)
        except StoreError as error:
            if error.code not in IN_USE_OR_NEVER_BEGUN:
                logger.warning("a call was not looked after: %s", error.message)
                problems.append(error.message)
    return Recovery(closed, problems)


def _close_if_cut_off(path: Path) -> CutOffCall | None:
    if not _is_unfinished(read_outline(path)):
        return None
    heard_at_ns = last_written_ns(path)
    with held_alone(path) as connection:
        outline = outline_of(connection)
        if outline.started is None or not _is_unfinished(outline):
            return None  # another start of the program was quicker
        (events,) = connection.execute("SELECT count(*) FROM event").fetchone()
        ended = SessionEnded(seq=events, t_s=outline.last_t_s, duration_s=outline.last_t_s, reason=CUT_OFF)
        connection.execute("INSERT INTO event VALUES (?, ?, ?, ?)", row_of(ended))
    utime(path, ns=(heard_at_ns, heard_at_ns))  # so that the call heard last stays the one heard last
    return CutOffCall(path.parent.name, outline.started.title, outline.started.started_at, ended.duration_s)


def _is_unfinished(outline: Outline) -> bool:
    return outline.started is not None and outline.ended is None
