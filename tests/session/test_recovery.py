"""Calls that were cut off, closed by a later start."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from roomtone.errors import StoreError
from roomtone.events import SessionEnded
from roomtone.session.calls import Library, call_id
from roomtone.session.recovery import CutOffCall, recover
from roomtone.session.store import EventLog, read_events
from session.elsewhere import writing
from session.test_calls import add_call

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_a_killed_call_is_closed_once_and_told(tmp_path: Path) -> None:
    library = Library(tmp_path)
    log = library.create(call_id("Dana's workshop", NOON))
    with writing(log, "Dana's workshop"):
        pass
    found = recover(library)
    assert found.problems == []
    (call,) = found.closed
    assert call == CutOffCall(log.parent.name, "Dana's workshop", "2026-11-22T10:02:07+00:00", 761.0)
    assert call.message == (
        "The call “Dana's workshop” of 2026-11-22 10:02 was cut off after 12:41;"
        " read it with: roomtone debrief 2026-11-22-1200-dana-s-workshop"
    )
    assert list(read_events(log))[-1] == SessionEnded(seq=2, t_s=761.0, duration_s=761.0, reason="cut_off")
    assert [path.name for path in log.parent.iterdir()] == ["events.db"]
    assert recover(library).closed == []


def test_a_call_that_another_process_hears_is_left_alone(tmp_path: Path) -> None:
    library = Library(tmp_path)
    log = library.create(call_id("Now", NOON))
    with writing(log, "Now") as process:
        found = recover(library)
        assert (found.closed, found.problems) == ([], [])
        process.communicate()  # its input ends, and so it closes the log without an end of the call
    assert [event.seq for event in read_events(log)] == [0, 1]
    assert [call.title for call in recover(library).closed] == ["Now"]


async def test_calls_closed_in_order_and_calls_that_never_began_stay_as_they_are(tmp_path: Path) -> None:
    library = Library(tmp_path)
    whole = await add_call(library, "Whole", NOON)
    await EventLog(library.create(call_id("Never began", NOON))).aclose()
    library.create(call_id("Only a folder", NOON))
    before = whole.read_bytes()
    found = recover(library)
    assert (found.closed, found.problems) == ([], [])
    assert whole.read_bytes() == before


async def test_a_damaged_call_is_reported_and_the_others_are_closed(tmp_path: Path) -> None:
    library = Library(tmp_path)
    damaged = await add_call(library, "Damaged", NOON)
    damaged.write_text("no database")
    await add_call(library, "Cut off", NOON, cut_off=True)
    found = recover(library)
    assert [call.title for call in found.closed] == ["Cut off"]
    (problem,) = found.problems
    assert str(damaged) in problem
    assert damaged.read_text() == "no database"


async def test_the_call_heard_last_stays_the_one_heard_last(tmp_path: Path) -> None:
    library = Library(tmp_path)
    cut_off = await add_call(library, "Cut off long ago", NOON, cut_off=True)
    last = await add_call(library, "Heard last", NOON)
    os.utime(cut_off, ns=(1_000, 1_000))
    os.utime(last, ns=(2_000, 2_000))
    assert len(recover(library).closed) == 1
    assert library.latest() == last


async def test_the_list_shows_a_call_as_cut_off_before_and_after(tmp_path: Path) -> None:
    library = Library(tmp_path)
    await add_call(library, "Cut off", NOON, cut_off=True)
    before = library.calls()
    recover(library)
    assert library.calls() == before
    assert before[0].cut_off


def test_no_calls_and_a_folder_that_cannot_be_listed_are_no_failure(tmp_path: Path) -> None:
    assert recover(Library(tmp_path / "none")).closed == []
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        Library(tmp_path / "file").logs()
    (problem,) = recover(Library(tmp_path / "file")).problems
    assert "cannot be listed" in problem
