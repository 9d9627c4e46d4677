"""Adding to the log of a call that is over."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from roomtone.errors import StoreError
from roomtone.events import PromiseReviewed, SessionEnded
from roomtone.session.afterwards import add_to_closed
from roomtone.session.calls import Library, call_id
from roomtone.session.recovery import recover
from roomtone.session.store import read_events, read_outline
from session.elsewhere import writing
from session.test_calls import add_call

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REVIEW = PromiseReviewed(t_s=0.0, promise_id="promise-1", verdict="confirmed", text="We will.")


async def test_what_is_added_follows_the_end_and_the_call_stays_closed(tmp_path: Path) -> None:
    library = Library(tmp_path)
    log = await add_call(library, "Whole", NOON)
    before, outline = list(read_events(log)), read_outline(log)
    add_to_closed(log, REVIEW)
    add_to_closed(log, REVIEW)
    events = list(read_events(log))
    assert events[:-2] == before
    assert [type(event) for event in events[-3:]] == [SessionEnded, PromiseReviewed, PromiseReviewed]
    assert [event.seq for event in events] == list(range(len(events)))
    assert events[-1].t_s == before[-1].t_s
    assert read_outline(log) == outline
    assert recover(library).closed == []
    assert list(read_events(log)) == events
    assert [file.name for file in log.parent.iterdir()] == ["events.db"]


async def test_a_call_that_is_reviewed_is_not_the_one_heard_last(tmp_path: Path) -> None:
    library = Library(tmp_path)
    old, last = await add_call(library, "Old", NOON), await add_call(library, "Last", NOON)
    os.utime(old, ns=(1_000, 1_000))
    os.utime(last, ns=(2_000, 2_000))
    add_to_closed(old, REVIEW)
    assert library.latest() == last


async def test_a_call_that_was_cut_off_is_closed_first(tmp_path: Path) -> None:
    library = Library(tmp_path)
    log = await add_call(library, "Cut off", NOON, cut_off=True)
    before = list(read_events(log))
    with pytest.raises(StoreError, match="is not over yet"):
        add_to_closed(log, REVIEW)
    assert list(read_events(log)) == before
    recover(library)
    add_to_closed(log, REVIEW)
    assert read_outline(log).cut_off
    assert recover(library).closed == []


def test_a_call_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    log = Library(tmp_path).create(call_id("Now", NOON))
    with writing(log, "Now"):
        with pytest.raises(StoreError) as raised:
            add_to_closed(log, REVIEW)
        assert raised.value.code == "log_busy"


async def test_a_damaged_log_stays_as_it_is(tmp_path: Path) -> None:
    log = await add_call(Library(tmp_path), "Damaged", NOON)
    log.write_text("no database")
    with pytest.raises(StoreError) as raised:
        add_to_closed(log, REVIEW)
    assert raised.value.code == "call_damaged"
    assert log.read_text() == "no database"
