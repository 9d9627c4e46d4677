"""The log of a call on a real disk, killed and damaged in earnest."""

import asyncio
import json
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from roomtone.errors import StoreError
from roomtone.events import (
    CaveatNoted,
    ConversationMeasured,
    Event,
    SessionEnded,
    SessionStarted,
    SpeechEnded,
    TranscriptFinal,
    decode,
)
from roomtone.session import logfile, store
from roomtone.session.store import PENDING_EVENTS, ROWS_A_COMMIT, EventLog, read_events, read_outline
from roomtone.types import Speaker, Word
from session.conftest import SmallDisk

pytestmark = pytest.mark.unit

STARTED = SessionStarted(
    seq=0,
    t_s=0.0,
    title="Auto repairs",
    mode="replay",
    started_at="2026-11-22T14:32:07+00:00",
    version="0.1.0",
    transcriber="base",
)


def speech(seq: int) -> SpeechEnded:
    return SpeechEnded(seq=seq, t_s=float(seq), speaker=Speaker.SELLER, start_s=seq - 0.5, end_s=float(seq))


def ended(seq: int) -> SessionEnded:
    return SessionEnded(seq=seq, t_s=float(seq), duration_s=float(seq), reason="end_of_input")


def stored_rows(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [seq for (seq,) in connection.execute("SELECT seq FROM event ORDER BY seq")]


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[EventLog]:
    log = EventLog(path)
    try:
        yield log
    finally:
        await log.aclose()


async def write(path: Path, *events: Event) -> None:
    async with opened(path) as log:
        for event in events:
            await log.publish(event)


async def test_events_come_back_as_they_went_in(tmp_path: Path) -> None:
    final = TranscriptFinal(
        seq=1,
        t_s=2.0,
        utterance_id="seller-1",
        speaker=Speaker.SELLER,
        text="Grüße, 您好?",
        words=(Word("Grüße,", 0.5, 0.9, 0.93), Word("您好?", 0.9, 1.4, 0.71)),
        start_s=0.5,
        end_s=1.4,
        avg_logprob=-0.2,
        no_speech_prob=0.01,
    )
    await write(tmp_path / "events.db", STARTED, final, ended(2))
    assert list(read_events(tmp_path / "events.db")) == [STARTED, final, ended(2)]


async def test_droppable_events_are_not_kept(tmp_path: Path) -> None:
    measured = ConversationMeasured(
        t_s=0.5,
        talk_ratio=None,
        window_talk_ratio=None,
        longest_monologue_s=0.0,
        median_patience_s=None,
        question_rate=0.0,
    )
    await write(tmp_path / "events.db", STARTED, measured, speech(1))
    assert stored_rows(tmp_path / "events.db") == [0, 1]


async def test_only_the_kinds_that_are_wanted_are_read(tmp_path: Path) -> None:
    await write(tmp_path / "events.db", STARTED, speech(1), speech(2), ended(3))
    assert list(read_events(tmp_path / "events.db", [SessionStarted, SessionEnded])) == [STARTED, ended(3)]


async def test_more_events_than_may_wait_are_all_kept_in_order(tmp_path: Path) -> None:
    last = PENDING_EVENTS * 2
    await write(tmp_path / "events.db", STARTED, *(speech(seq) for seq in range(1, last + 1)))
    assert stored_rows(tmp_path / "events.db") == list(range(last + 1))


async def test_publishing_waits_while_the_disk_is_far_behind(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with opened(path) as log:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for seq in range(PENDING_EVENTS):
                await log.publish(speech(seq))
            held_back = asyncio.ensure_future(log.publish(speech(PENDING_EVENTS)))
            await asyncio.sleep(0)
            assert not held_back.done()
            other.execute("COMMIT")
        await held_back
    assert len(stored_rows(path)) == PENDING_EVENTS + 1


async def test_a_log_can_be_continued(tmp_path: Path) -> None:
    await write(tmp_path / "events.db", STARTED, speech(1))
    await write(tmp_path / "events.db", speech(2), ended(3))
    assert [event.seq for event in read_events(tmp_path / "events.db")] == [0, 1, 2, 3]


async def test_a_closed_log_refuses_events_and_may_be_closed_again(tmp_path: Path) -> None:
    async with opened(tmp_path / "events.db") as log:
        await log.aclose()
        with pytest.raises(StoreError, match="already closed"):
            await log.publish(STARTED)


async def test_closing_ends_the_thread_and_leaves_one_plain_file(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    await write(tmp_path / "events.db", STARTED)
    assert not path.with_name("events.db-wal").exists()
    assert not any(thread.name == "event-log" for thread in threading.enumerate())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET t_s = 1 WHERE seq = 0",
        "DELETE FROM event WHERE seq = 1",
        "REPLACE INTO event VALUES (1, 0, 'SpeechEnded', '{}')",
        "INSERT INTO event VALUES (5, 0, 'SpeechEnded', '{}')",
    ],
)
async def test_the_file_itself_refuses_changes_and_gaps(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "events.db"
    await write(path, STARTED, speech(1))
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    assert list(read_events(path)) == [STARTED, speech(1)]


async def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    await write(path, STARTED)
    with closing(sqlite3.connect(path)) as connection:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (layout,) = connection.execute("PRAGMA user_version").fetchone()
        (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
    assert (application_id.to_bytes(4, "big"), layout, journal) == (b"ROOM", 1, "wal")


async def test_an_event_that_does_not_follow_is_reported_and_earlier_rows_stay(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    await write(path, STARTED, speech(1))
    log = EventLog(path)
    await log.publish(speech(7))
    with pytest.raises(StoreError, match="does not follow"):
        await log.aclose()
    await log.aclose()
    assert stored_rows(path) == [0, 1]


async def until(condition: Callable[[], object]) -> None:
    """Return once the writing thread has brought something about."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - a thread sets it, not a task
            await asyncio.sleep(0)


def only_room_for(log: EventLog, pages: int) -> None:
    """Make SQLite take the disk for full once this many more pages are written."""
    (used,) = log._connection.execute("PRAGMA page_count").fetchone()
    log._connection.execute(f"PRAGMA max_page_count = {used + pages}")


def note(seq: int) -> CaveatNoted:
    """A large event: some four of them fill a page."""
    return CaveatNoted(seq=seq, t_s=float(seq), code="echo", message="An echo is heard. " * 50)


@pytest.fixture
def _trying_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RETRY_EVERY_S", 0.01)


@pytest.fixture
def _giving_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "CLOSING_S", 0.0)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the system keeps temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.usefixtures("_trying_again_soon")
async def test_a_full_disk_is_told_and_every_event_is_written_once_there_is_room(
    small_disk: SmallDisk,
) -> None:
    path = small_disk.path / "events.db"
    async with opened(path) as log:
        for seq in range(500):
            await log.publish(speech(seq))
        await until(lambda: len(stored_rows(path)) == 500)
        assert log.problem == ""
        small_disk.fill()
        for seq in range(500, 2000):
            await log.publish(speech(seq))
        await until(lambda: log.problem)
        kept_then = len(stored_rows(path))
        assert "The disk is full: since 8:" in log.problem
        assert log.problem.endswith("the call is only held in memory; free some space.")
        small_disk.free()
        await until(lambda: not log.problem)
    assert 500 <= kept_then < 2000
    assert [event.seq for event in read_events(path)] == list(range(2000))


def set_aside_in(temporary: Path) -> tuple[Path, list[int]]:
    """The one file there, and the numbers of the events in it."""
    (rest,) = temporary.iterdir()
    return rest, [decode(line).seq for line in rest.read_text(encoding="utf-8").splitlines()]


async def filled_up(disk: SmallDisk, events: int) -> EventLog:
    """Return a log on a disk that became full after its first two of this many events."""
    path = disk.path / "events.db"
    log = EventLog(path)
    await log.publish(STARTED)
    await log.publish(speech(1))
    await until(lambda: len(stored_rows(path)) == 2)
    disk.fill()
    for seq in range(2, events):
        await log.publish(speech(seq))
    return log


@pytest.mark.usefixtures("_trying_again_soon")
async def test_who_frees_space_at_the_end_of_a_call_loses_nothing(small_disk: SmallDisk) -> None:
    log = await filled_up(small_disk, events=1000)
    closing = asyncio.create_task(log.aclose())
    await until(lambda: log.problem and log._waiting.empty())
    for _ in range(100):
        await asyncio.sleep(0)
    assert not closing.done()
    assert log.problem.endswith("free some space.")
    small_disk.free()
    await closing
    assert log.problem == ""
    assert stored_rows(small_disk.path / "events.db") == list(range(1000))


@pytest.mark.usefixtures("_trying_again_soon", "_giving_up_soon")
async def test_what_a_disk_that_stays_full_does_not_take_is_set_aside_and_told(
    small_disk: SmallDisk, temporary: Path
) -> None:
    log = await filled_up(small_disk, events=1000)
    with pytest.raises(StoreError) as told:
        await log.aclose()
    kept = stored_rows(small_disk.path / "events.db")
    rest, aside = set_aside_in(temporary)
    until_s = kept[-1]
    assert told.value.message == (
        f"The disk is full: the call is kept up to {until_s // 60}:{until_s % 60:02}, the rest is in {rest};"
        " free some space."
    )
    assert (told.value.code, told.value.exit_code) == ("disk_full", 1)
    assert kept + aside == list(range(1000))
    assert (rest.name[:9], rest.suffix) == ("roomtone-", ".jsonl")
    if os.name == "posix":
        assert stat.S_IMODE(rest.stat().st_mode) == 0o600
    await log.aclose()


@pytest.mark.usefixtures("_trying_again_soon", "_giving_up_soon")
async def test_nothing_is_said_to_be_set_aside_where_there_is_no_room_either(
    small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk.path))
    log = await filled_up(small_disk, events=1000)
    with pytest.raises(StoreError, match=r"is kept up to \d+:\d\d; free some space\.$"):
        await log.aclose()
    assert not list(small_disk.path.glob("roomtone-*"))


async def test_a_disk_that_hangs_does_not_keep_the_program_from_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CLOSING_S", 0.0)
    monkeypatch.setattr(store, "HANGING_S", 0.0)
    path, answering = tmp_path / "events.db", threading.Event()
    log = EventLog(path)
    await log.publish(speech(0))
    await log.publish(speech(1))
    await until(lambda: log._written_until_s == 1.0)
    log._connection.set_trace_callback(lambda _: answering.wait(60.0))
    await log.publish(speech(2))
    with pytest.raises(StoreError) as told:
        await log.aclose()
    assert told.value.message == (
        "The disk does not answer: the call is kept up to 0:01; see that it is connected."
    )
    assert told.value.code == "disk_hangs"
    await log.aclose()
    answering.set()
    log._thread.join()
    assert stored_rows(path) == [0, 1, 2], "what is written after all follows"


@pytest.mark.usefixtures("_trying_again_soon")
async def test_what_still_fits_is_written_in_portions(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    log = EventLog(path)
    only_room_for(log, 120)
    for seq in range(3 * ROWS_A_COMMIT):
        await log.publish(note(seq))
    await until(lambda: log.problem)
    assert len(stored_rows(path)) % ROWS_A_COMMIT == 0
    only_room_for(log, 10_000)
    await log.aclose()
    assert stored_rows(path) == list(range(3 * ROWS_A_COMMIT))


@pytest.mark.usefixtures("_trying_again_soon")
async def test_memory_for_what_waits_is_bounded(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_UNWRITTEN_EVENTS", 50)
    log = EventLog(tmp_path / "events.db")
    only_room_for(log, 2)

    async def publish_notes() -> None:
        for seq in range(PENDING_EVENTS * 3):
            await log.publish(note(seq))

    with pytest.raises(StoreError, match=r"The disk is full: the call is kept up to .*, the rest is in"):
        await publish_notes()
    await log.aclose()
    kept = stored_rows(tmp_path / "events.db")
    _, aside = set_aside_in(temporary)
    assert len(aside) > 50
    assert kept + aside == list(range(len(kept) + len(aside)))


@pytest.mark.usefixtures("_trying_again_soon")
async def test_a_program_that_holds_the_file_is_told_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logfile, "BUSY_TIMEOUT_S", 0.0)
    path = tmp_path / "events.db"
    async with opened(path) as log:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await log.publish(STARTED)
            await until(lambda: log.problem)
            assert "Another program is holding" in log.problem
            other.execute("COMMIT")
        await until(lambda: not log.problem)
    assert stored_rows(path) == [0]


async def test_a_log_cannot_be_made_on_a_full_disk(small_disk: SmallDisk) -> None:
    small_disk.fill()
    with pytest.raises(StoreError, match=r"The disk is full: .*; free some space"):
        EventLog(small_disk.path / "events.db")


async def test_a_failure_nobody_was_told_of_is_told_on_closing(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.db")
    log._connection.execute("PRAGMA query_only = 1")
    await log.publish(STARTED)
    with pytest.raises(StoreError, match="cannot be written"):
        await log.aclose()


async def test_a_failure_nobody_foresaw_is_told_and_publishing_never_hangs(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.db")

    async def publish_what_no_column_holds() -> None:
        for _ in range(PENDING_EVENTS * 3):
            await log.publish(speech(2**63))

    with pytest.raises(StoreError, match="could not be written: OverflowError"):
        await publish_what_no_column_holds()
    await log.aclose()
    with pytest.raises(StoreError, match="could not be written"):
        await log.publish(STARTED)


async def test_a_path_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "events.db").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        EventLog(tmp_path / "events.db")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anything")
async def test_a_read_only_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    await write(path, STARTED)
    path.chmod(stat.S_IRUSR)
    with pytest.raises(StoreError, match="permissions"):
        EventLog(path)


async def test_kinds_and_values_of_newer_versions_are_kept_skipped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    await write(path, STARTED)
    newer = [
        (1, "PromiseMade", {"type": "PromiseMade", "t_s": 1.0, "text": "by Friday"}),
        (2, "SpeechEnded", {"type": "SpeechEnded", "t_s": 2.0, "speaker": "guest", "start_s": 1, "end_s": 2}),
        (3, "SpeechEnded", json.loads(json.dumps({"type": "SpeechEnded", "seq": 3, "t_s": 3.0}))),
    ]
    newer[2][2].update(speaker="seller", start_s=2.5, end_s=3.0, loudness_db=-20)
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany(
            "INSERT INTO event VALUES (?, ?, ?, ?)",
            [(seq, float(seq), kind, json.dumps(body)) for seq, kind, body in newer],
        )
        connection.commit()
    events = read_events(path)
    assert list(events) == [STARTED, speech(3)]
    assert events.unknown == {"PromiseMade": 1, "SpeechEnded": 1}
    assert stored_rows(path) == [0, 1, 2, 3]


async def test_a_log_laid_out_by_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    await write(path, STARTED)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer version"):
        list(read_events(path))
    with pytest.raises(StoreError, match="newer version"):
        EventLog(path)


def test_no_file_no_database_and_a_foreign_database_are_told_apart(tmp_path: Path) -> None:
    def code_of(path: Path) -> str:
        with pytest.raises(StoreError) as told:
            list(read_events(path))
        return told.value.code

    text, foreign, empty = tmp_path / "text.db", tmp_path / "foreign.db", tmp_path / "empty.db"
    text.write_text("Dear diary, " * 500)
    empty.touch()
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE event (seq, t_s, kind, body)")
    assert [code_of(path) for path in (tmp_path / "none.db", text, foreign, empty)] == [
        "call_missing",
        "call_damaged",
        "call_foreign",
        "call_empty",
    ]


async def test_a_file_damaged_in_the_middle_gives_its_first_events_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    await write(path, STARTED, *(speech(seq) for seq in range(1, 2000)))
    content = bytearray(path.read_bytes())
    content[-3 * 4096 :] = b"\xff" * (3 * 4096)
    path.write_bytes(content)
    events = read_events(path)
    assert [next(events), next(events)] == [STARTED, speech(1)]
    with pytest.raises(StoreError, match="damaged"):
        list(events)


async def test_the_outline_tells_a_closed_call_from_one_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    await write(path, STARTED, speech(1))
    cut_off = read_outline(path)
    assert (cut_off.started, cut_off.ended, cut_off.last_t_s) == (STARTED, None, 1.0)
    await write(path, ended(2))
    closed = read_outline(path)
    assert (closed.ended, closed.cut_off, cut_off.cut_off) == (ended(2), False, True)
    assert (closed.duration_s, cut_off.duration_s) == (2.0, 1.0)


WRITER = """
import asyncio, sys
from pathlib import Path
from roomtone.events import SpeechEnded, TranscriptFinal
from roomtone.session.store import EventLog
from roomtone.types import Speaker

async def main():
    log = EventLog(Path(sys.argv[1]))
    for seq in range(1_000_000):
        if seq % 5:
            event = SpeechEnded(seq=seq, t_s=seq, speaker=Speaker.SELLER, start_s=seq, end_s=seq)
        else:
            event = TranscriptFinal(seq=seq, t_s=seq, utterance_id=str(seq), speaker=Speaker.SELLER,
                text="and so on " * 20, words=(), start_s=seq, end_s=seq, avg_logprob=0, no_speech_prob=0)
        await log.publish(event)
        if not seq % 100:
            await asyncio.sleep(0)

asyncio.run(main())
"""


def test_a_killed_process_loses_no_committed_event(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
    try:
        seen = 0
        while seen < 500:
            assert writer.poll() is None
            if path.exists():
                try:
                    seen = sum(1 for _ in read_events(path))
                except StoreError as error:
                    assert error.code in ("call_empty", "log_busy")  # noqa: PT017 - still being made
    finally:
        writer.kill()
        writer.wait()
    assert path.with_name("events.db-wal").exists()
    after = [event.seq for event in read_events(path)]
    assert len(after) >= seen
    assert after == list(range(len(after)))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert [event.seq for event in read_events(path)] == after
