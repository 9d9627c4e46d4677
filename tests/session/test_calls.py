"""The folder of calls: names, finding, and nothing outside it."""

import os
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from roomtone.errors import StoreError
from roomtone.events import Event, SessionEnded, SessionStarted
from roomtone.session.calls import AUDIO_FILE, Library, call_id, forget
from roomtone.session.store import EventLog

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


async def add_call(library: Library, title: str, started_at: datetime, *, cut_off: bool = False) -> Path:
    path = library.create(call_id(title, started_at))
    events: list[Event] = [
        SessionStarted(
            seq=0,
            t_s=0.0,
            title=title,
            mode="replay",
            started_at=started_at.isoformat(),
            version="0.1.0",
            transcriber="base",
        )
    ]
    if not cut_off:
        events.append(SessionEnded(seq=1, t_s=64.0, duration_s=63.5, reason="end_of_input"))
    log = EventLog(path)
    for event in events:
        await log.publish(event)
    await log.aclose()
    return path


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Auto repairs", "auto-repairs"),
        ("  Größe & Co. (2nd call) ", "grosse-co-2nd-call"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\calls\\CON", "c-calls-con"),
        ("自動車修理", "自動車修理"),
        ("***", "call"),
        ("word " * 30, "word-word-word-word-word-word-word-word"),
    ],
)
def test_a_call_is_named_by_its_minute_and_title(title: str, name: str) -> None:
    assert call_id(title, NOON) == f"2026-11-22-1200-{name}"


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    library = Library(tmp_path / "calls")
    names = [library.create("2026-11-22-1200-demo").parent.name for _ in range(3)]
    assert names == ["2026-11-22-1200-demo", "2026-11-22-1200-demo-2", "2026-11-22-1200-demo-3"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_the_owner_may_look_into_the_folders(tmp_path: Path) -> None:
    library = Library(tmp_path / "calls")
    folder = library.create("2026-11-22-1200-demo").parent
    assert [stat.S_IMODE(path.stat().st_mode) for path in (library.directory, folder)] == [0o700, 0o700]


@pytest.mark.parametrize("name", ["../outside", "..", ".", "", "/etc", "a/b", "a\\b", "C:x", "a\0b", "a\n"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    library = Library(tmp_path / "calls")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "events.db").touch()
    with pytest.raises(StoreError, match="not the name of a call"):
        library.create(name)
    with pytest.raises(StoreError, match=r"not the name of a call|no call named"):
        library.find(name)
    assert [path.name for path in tmp_path.iterdir()] == ["outside"]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose another folder"):
        Library(tmp_path / "file" / "calls").create("2026-11-22-1200-demo")


def test_an_empty_library_says_how_to_get_a_call(tmp_path: Path) -> None:
    library = Library(tmp_path / "calls")
    assert library.calls() == []
    with pytest.raises(StoreError, match="roomtone replay FILE"):
        library.latest()


async def test_the_latest_is_the_call_heard_last_whenever_it_was_recorded(tmp_path: Path) -> None:
    library = Library(tmp_path)
    heard_first = await add_call(library, "Recorded last", NOON.replace(day=23))
    heard_last = await add_call(library, "Recorded first", NOON)
    os.utime(heard_first, ns=(1_000, 1_000))
    os.utime(heard_last, ns=(2_000, 2_000))
    assert library.latest() == heard_last
    heard_last.write_text("no database")
    assert library.latest() == heard_first
    heard_first.write_text("no database")
    with pytest.raises(StoreError, match="None of the 2 calls"):
        library.latest()


async def test_calls_are_found_by_name_beginning_or_part(tmp_path: Path) -> None:
    library = Library(tmp_path)
    demo = await add_call(library, "Demo", NOON)
    again = await add_call(library, "Demo", NOON)
    other = await add_call(library, "Auto repairs", NOON.replace(day=23))
    assert library.find("2026-11-22-1200-demo") == demo
    assert library.find("2026-11-22-1200-demo-2") == again
    assert library.find("2026-11-23") == other
    assert library.find("Repairs") == other
    for title in ("auto_repairs", "Auto Repairs", "auto-repairs", " Auto: répairs! "):
        assert library.find(title) == other
    with pytest.raises(StoreError, match="2 calls fit 'demo': 2026-11-22-1200-demo-2, 2026-11-22-1200-demo;"):
        library.find("demo")
    with pytest.raises(StoreError, match="--list"):
        library.find("nobody")


async def test_a_call_is_found_by_a_title_too_long_for_its_name(tmp_path: Path) -> None:
    library = Library(tmp_path)
    title = "A first talk about the new warehouse in the north of Spain"
    path = await add_call(library, title, NOON)
    await add_call(library, "A first talk", NOON)
    assert library.find(title) == path
    assert library.find(path.parent.name) == path


@pytest.mark.parametrize("name", ["***", "\udcff", "\x1b[2J", "a\nb", "x" * 10_000, "'; --"])
def test_odd_names_are_missed_in_one_printable_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError) as caught:
        Library(tmp_path).find(name)
    assert caught.value.message.encode().isascii()
    assert caught.value.message.isprintable()


async def test_the_list_begins_with_the_call_heard_last_and_shows_what_went_wrong(tmp_path: Path) -> None:
    library = Library(tmp_path)
    paths = [
        await add_call(library, "First", NOON),
        await add_call(library, "Cut off", NOON, cut_off=True),
        await add_call(library, "Damaged", NOON),
    ]
    paths[-1].write_text("no database")
    for order, path in enumerate(paths, start=1):
        os.utime(path, ns=(order, order))
    (tmp_path / "notes").mkdir()
    calls = library.calls()
    assert [(call.title, call.duration_s, call.cut_off) for call in calls] == [
        ("", 0.0, False),
        ("Cut off", 0.0, True),
        ("First", 63.5, False),
    ]
    assert "damaged" in calls[0].problem


async def test_forgetting_removes_the_folder_and_the_log_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(tmp_path)
    other = await add_call(library, "Other", NOON)
    log = await add_call(library, "Dana", NOON)
    log.with_name(AUDIO_FILE).touch()
    (log.parent / "moments").mkdir()
    (log.parent / "moments" / "1.flac").touch()
    (log.parent / "elsewhere").symlink_to(other.parent, target_is_directory=True)
    removed: list[str] = []
    unlink = Path.unlink

    def noting(path: Path, missing_ok: bool = False) -> None:
        removed.append(path.name)
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", noting)
    forget(log)
    assert removed[-1] == "events.db"
    assert library.logs() == [other]
    assert other.exists()
    assert not log.parent.exists()


async def test_a_call_that_cannot_be_removed_is_one_sentence_and_still_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(tmp_path)
    log = await add_call(library, "Dana", NOON)
    log.with_name(AUDIO_FILE).touch()

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        with pytest.raises(StoreError, match="Permission denied; delete the folder"):
            forget(log)
    assert library.logs() == [log]
