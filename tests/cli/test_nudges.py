"""How often each kind of nudge was wrong, on the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from reviewed_calls import keep, monologue

from roomtone.cli import cli
from roomtone.events import NudgeDismissed, NudgeRaised
from roomtone.session.calls import Library

pytestmark = pytest.mark.unit


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("ROOMTONE_HOME", str(tmp_path / "home"))
    library = Library(tmp_path / "home" / "calls")
    events = monologue()
    keep(library, "as-it-was", events)
    (place,) = [n for n, e in enumerate(events) if isinstance(e, NudgeRaised) and e.rule == "monologue"]
    nudge = events[place]
    assert isinstance(nudge, NudgeRaised)
    wrong = NudgeDismissed(t_s=nudge.t_s, nudge_id=nudge.nudge_id, rule=nudge.rule, reason="wrong")
    keep(library, "marked", [*events[: place + 1], wrong, *events[place + 1 :]])
    return library


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["nudges", *arguments])


@pytest.mark.usefixtures("library")
def test_marks_of_all_calls_are_counted_by_kind() -> None:
    result = run()
    assert result.exit_code == 0
    assert "2 calls: 2 live, 0 from recordings" in result.stdout
    assert "raised twice" not in result.stdout
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("- monologue")]
    assert line.split() == ["-", "monologue", "raised", "2", "times,", "marked", "wrong", "once", "(50%)"]


def test_a_damaged_log_is_named_and_left_out(library: Library) -> None:
    damaged = library.create("damaged")
    damaged.write_text("no database")
    result = run()
    assert result.exit_code == 0
    assert "2 calls" in result.stdout
    assert "## Left out" in result.stdout
    told = json.loads(run("--json").stdout)
    assert (told["calls"], told["live"]) == (2, 2)
    assert str(damaged) in told["left_out"][0]
    (kind,) = [kind for kind in told["kinds"] if kind["rule"] == "monologue"]
    assert (kind["raised"], kind["wrong"], kind["false_alarm_rate"]) == (2, 1, 0.5)


def test_without_calls_nothing_came_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMTONE_HOME", str(tmp_path))
    assert "No nudge came up." in run().stdout


def test_the_module_is_light_to_import() -> None:
    heavy = "{'rich', 'sqlite3', 'numpy'}"
    program = f"import sys, roomtone.cli.nudges; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
