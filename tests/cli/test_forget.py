"""Removing a call on the command line."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from roomtone.cli import cli
from roomtone.events import SessionStarted
from roomtone.session.calls import AUDIO_FILE, Library
from roomtone.session.store import EventLog

pytestmark = pytest.mark.unit

STARTED = SessionStarted(
    seq=0,
    t_s=0.0,
    title="Dana's workshop",
    mode="live",
    started_at="2026-11-22T14:32:07+00:00",
    version="0.1.0",
    transcriber="base",
)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("ROOMTONE_HOME", str(tmp_path / "home"))
    return Library(tmp_path / "home" / "calls")


@pytest.fixture
def call(library: Library) -> Path:
    """A call with its sound, beside another one."""

    async def write(log: Path) -> Path:
        events = EventLog(log)
        await events.publish(STARTED)
        await events.aclose()
        return log

    asyncio.run(write(library.create("2026-11-23-0900-other")))
    log = asyncio.run(write(library.create("2026-11-22-1432-dana")))
    log.with_name(AUDIO_FILE).write_bytes(bytes(1_500_000))
    (log.parent / "moments").mkdir()
    (log.parent / "moments" / "1.flac").write_bytes(bytes(10))
    return log


def run(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(cli, ["forget", *arguments], input=answer)


def names(library: Library) -> list[str]:
    return sorted(path.name for path in library.directory.iterdir())


def test_a_call_is_removed_entirely_after_a_question(library: Library, call: Path) -> None:
    result = run("dana", answer="y\n")
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "Remove “Dana's workshop” of 22 November 2026, 14:32 with audio.flac, events.db, 1.flac (1.5 MB)?"
        " It cannot be brought back. [y/N]"
    )
    assert "Removed 2026-11-22-1432-dana: audio.flac, events.db, 1.flac (1.5 MB)." in result.stdout
    assert names(library) == ["2026-11-23-0900-other"]


@pytest.mark.parametrize(("answer", "status"), [("n\n", 0), ("\n", 0), ("", 130)])
def test_anything_but_yes_keeps_it(library: Library, call: Path, answer: str, status: int) -> None:
    result = run("dana", answer=answer)
    assert result.exit_code == status
    assert "Removed" not in result.stdout
    assert len(list(call.parent.iterdir())) == 3


def test_yes_can_be_said_beforehand(library: Library, call: Path) -> None:
    assert run("dana", "--yes").stdout.splitlines() == [
        "Removed 2026-11-22-1432-dana: audio.flac, events.db, 1.flac (1.5 MB)."
    ]
    assert names(library) == ["2026-11-23-0900-other"]


def test_a_damaged_call_can_be_removed(library: Library, call: Path) -> None:
    call.write_text("no database")
    assert "Remove 2026-11-22-1432-dana with" in run("dana", answer="y\n").stdout
    assert names(library) == ["2026-11-23-0900-other"]


def test_a_call_that_goes_on_is_refused(library: Library, call: Path) -> None:
    async def forget_meanwhile() -> Result:
        events = EventLog(call)
        result = await asyncio.to_thread(run, "dana", "--yes")
        await events.aclose()
        return result

    result = asyncio.run(forget_meanwhile())
    assert result.exit_code == 1
    assert "2026-11-22-1432-dana is being heard or read just now: end that first." in result.stderr
    assert call.with_name(AUDIO_FILE).exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nobody", "There is no call named 'nobody'"),
        ("..", "not the name of a call"),
        ("2026", "2 calls fit"),
    ],
)
@pytest.mark.usefixtures("call")
def test_mistakes_are_one_sentence_and_remove_nothing(library: Library, name: str, sentence: str) -> None:
    result = run(name, "--yes")
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert len(names(library)) == 2


def test_the_module_is_light_to_import() -> None:
    heavy = "{'rich', 'sqlite3', 'numpy', 'av'}"
    program = f"import sys, roomtone.cli.forget; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
