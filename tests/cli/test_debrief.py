"""The debrief on the command line."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from roomtone.cli import cli
from roomtone.cli.debrief import show_debrief
from roomtone.events import decode
from roomtone.session.calls import Library
from roomtone.session.store import EventLog

pytestmark = pytest.mark.unit

SCRIPTED_CALL = Path(__file__).parents[1] / "debrief" / "data" / "scripted_call.jsonl"


async def write(path: Path, *, events: int | None) -> None:
    log = EventLog(path)
    for line in SCRIPTED_CALL.read_text(encoding="utf-8").splitlines()[:events]:
        await log.publish(decode(line))
    await log.aclose()


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("ROOMTONE_HOME", str(tmp_path / "home"))
    return Library(tmp_path / "home" / "calls")


@pytest.fixture
def calls(library: Library) -> list[Path]:
    """Two calls; the second, cut off, was heard last."""
    paths = [library.create(f"2026-11-{day}-1432-dana") for day in (22, 23)]
    for order, (path, events) in enumerate(zip(paths, (None, 60), strict=True), start=1):
        asyncio.run(write(path, events=events))
        os.utime(path, ns=(order, order))
    return paths


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["debrief", *arguments])


@pytest.mark.usefixtures("calls")
def test_without_a_name_the_call_heard_last_is_shown() -> None:
    result = run()
    assert result.exit_code == 0
    assert result.stdout.startswith("# Dana's workshop")
    assert "The call was cut off" in result.stdout
    assert "## Transcript" not in result.stdout


@pytest.mark.usefixtures("calls")
def test_a_call_is_named_by_a_part_of_its_name() -> None:
    result = run("11-22", "--transcript")
    assert "cut off" not in result.stdout
    assert "## Transcript" in result.stdout
    assert "They: Thanks, bye." in result.stdout


@pytest.mark.usefixtures("calls")
def test_json_is_the_report_for_programs() -> None:
    told = json.loads(run("2026-11-22", "--json").stdout)
    assert (told["call_id"], told["title"], told["duration_s"]) == (
        "2026-11-22-1432-dana",
        "Dana's workshop",
        191.0,
    )


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(("extra", "start"), [((), "# Dana's workshop"), (("--json",), "{")])
def test_the_report_is_written_to_a_file(tmp_path: Path, extra: tuple[str, ...], start: str) -> None:
    result = run("--output", str(tmp_path / "report"), *extra)
    assert (result.stdout, result.stderr) == ("", f"Written to {tmp_path / 'report'}\n")
    assert (tmp_path / "report").read_text(encoding="utf-8").startswith(start)


@pytest.mark.usefixtures("calls")
def test_the_list_shows_every_call_the_one_heard_last_first() -> None:
    lines = run("--list").stdout.splitlines()
    assert lines == [
        "2026-11-23-1432-dana  22 November 2026, 14:32, 2 min 6 s, cut off  Dana's workshop",
        "2026-11-22-1432-dana  22 November 2026, 14:32, 3 min 11 s  Dana's workshop",
    ]
    assert [call["cut_off"] for call in json.loads(run("--list", "--json").stdout)] == [True, False]


def test_a_damaged_call_stands_in_the_list_with_its_problem(calls: list[Path]) -> None:
    calls[0].write_text("no database")
    assert "damaged" in run("--list").stdout


@pytest.mark.usefixtures("library")
def test_without_any_call_it_says_how_to_get_one() -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "roomtone: There are no calls yet: run `roomtone replay FILE` with a recorded call.\n"
    )
    assert "There are no calls yet" in run("--list").stderr


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["nobody"], 1, "There is no call named 'nobody'"),
        (["../../etc"], 1, "There is no call named"),
        (["***"], 1, "is not the name of a call"),
        (["dana"], 1, "2 calls fit 'dana'"),
        (["--list", "dana"], 2, "--list shows all calls"),
        (["--output", "/nonexistent/report.md"], 1, "choose another file"),
    ],
)
def test_mistakes_are_one_sentence(arguments: list[str], status: int, sentence: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_replay_can_show_the_debrief_at_its_end(
    calls: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    show_debrief(calls[0])
    assert capsys.readouterr().out.startswith("# Dana's workshop")


def test_the_help_shows_examples() -> None:
    assert "roomtone debrief --output report.md" in run("--help").stdout


def test_the_module_is_light_to_import() -> None:
    heavy = "{'rich', 'sqlite3', 'numpy'}"
    program = f"import sys, roomtone.cli.debrief; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
