"""What is added to the log of a call after the call was closed."""

from os import utime
from pathlib import Path

import msgspec

from roomtone.errors import StoreError
from roomtone.events import Event
from roomtone.session.calls import last_written_ns
from roomtone.session.logfile import held_alone, row_of
from roomtone.session.store import outline_of


def add_to_closed(path: Path, event: Event) -> None:
    """Add one event to the log of a call that is over; it is on the disk when this returns.

    The event takes the next ``seq`` and the time of the last one, and the call stays as old as it was.

    Raises:
        StoreError: when the call goes on, is being read elsewhere, or cannot be written.
    """
    heard_at_ns = last_written_ns(path)
    with held_alone(path) as connection:
        outline = outline_of(connection)
        if outline.ended is None:
            message = f"The call {path.parent.name} is not over yet: end it first."
            raise StoreError(message, code="call_not_closed")
        (events,) = connection.execute("SELECT count(*) FROM event").fetchone()
        event = msgspec.structs.replace(event, seq=events, t_s=outline.last_t_s)
        connection.execute("INSERT INTO event VALUES (?, ?, ?, ?)", row_of(event))
    utime(path, ns=(heard_at_ns, heard_at_ns))  # so that the call heard last stays the one heard last
