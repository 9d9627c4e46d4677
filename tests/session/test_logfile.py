"""Who holds a log, asked of real processes."""

import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from roomtone.errors import StoreError
from roomtone.session.logfile import held_alone, is_in_use, open_for_writing, reading, transaction
from session.elsewhere import writing

pytestmark = pytest.mark.unit

INSERT = "INSERT INTO event VALUES (0, 0.0, 'SpeechEnded', '{}')"


def test_a_log_is_in_use_from_its_first_moment_until_its_process_is_dead(tmp_path: Path) -> None:
    log = tmp_path / "events.db"
    with writing(log):
        assert is_in_use(log)
    assert log.with_name("events.db-wal").exists()
    assert not is_in_use(log)
    assert [path.name for path in tmp_path.iterdir()] == ["events.db"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_process_that_is_stopped_still_holds_its_log(tmp_path: Path) -> None:
    log = tmp_path / "events.db"
    with writing(log, "Stopped") as process:
        os.kill(process.pid, signal.SIGSTOP)
        assert is_in_use(log)
        with pytest.raises(StoreError) as told, held_alone(log):
            pass
        assert told.value.code == "log_busy"


def test_a_log_is_in_use_within_its_own_process_too(tmp_path: Path) -> None:
    log = tmp_path / "events.db"
    with closing(open_for_writing(log)):
        assert is_in_use(log)
    assert not is_in_use(log)


def test_what_is_no_log_is_in_nobodys_use(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Dear diary, " * 500)
    assert not is_in_use(tmp_path / "text")
    assert not is_in_use(tmp_path / "missing")
    assert [path.name for path in tmp_path.iterdir()] == ["text"]


def test_while_a_log_is_held_alone_nobody_else_can_open_it(tmp_path: Path) -> None:
    log = tmp_path / "events.db"
    open_for_writing(log).close()
    with held_alone(log) as connection:
        connection.execute(INSERT)
        assert is_in_use(log)
    with reading(log) as connection:
        assert connection.execute("SELECT count(*) FROM event").fetchall() == [(1,)]


def test_a_failed_block_leaves_nothing_and_the_next_may_be_tried(tmp_path: Path) -> None:
    with closing(open_for_writing(tmp_path / "events.db")) as connection:
        with pytest.raises(sqlite3.IntegrityError), transaction(connection):
            connection.executemany(INSERT, [(), ()])
        with transaction(connection):
            connection.execute(INSERT)
        assert connection.execute("SELECT seq FROM event").fetchall() == [(0,)]
