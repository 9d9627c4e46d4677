"""Why something was said at a moment, on the command line."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from reviewed_calls import keep, monologue

from roomtone.cli import cli
from roomtone.events import NudgeRaised
from roomtone.session.calls import Library
from roomtone.session.store import read_events

pytestmark = pytest.mark.unit


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("ROOMTONE_HOME", str(tmp_path / "home"))
    return Library(tmp_path / "home" / "calls")


@pytest.fixture
def call(library: Library) -> Path:
    return keep(library, "2026-11-22-1432-dana", monologue())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["explain", *arguments])


def raised_at_s(call: Path) -> float:
    (nudge,) = [e for e in read_events(call) if isinstance(e, NudgeRaised) and e.rule == "monologue"]
    return nudge.t_s


def section(page: str, heading: str) -> str:
    return page.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_the_moment_of_a_nudge_shows_what_speaks_and_what_does_not(call: Path) -> None:
    at_s = raised_at_s(call)
    result = run("dana", f"1:{int(at_s) - 60}")
    assert result.exit_code == 0
    assert result.stdout.startswith("# Dana's workshop at 1:")
    assert "They: Hello, what does it cost?" in section(result.stdout, "Said around it")
    assert "They: I see." in section(result.stdout, "Said around it")
    assert "monologue" in section(result.stdout, "Speaks")
    quiet = section(result.stdout, "Stays quiet")
    assert "patience" in quiet
    assert "does not hold" in quiet
    assert "Not as it was" not in result.stdout


def test_json_has_every_rule(call: Path) -> None:
    told = json.loads(run("dana", "5", "--json").stdout)
    assert (told["call_id"], told["at_s"], told["as_heard"]) == ("2026-11-22-1432-dana", 5.0, True)
    assert [line["text"] for line in told["said"]] == [
        "Good morning, this is Robin.",
        "Hello, what does it cost?",
        "Well, it depends, for there is a lot to it.",
    ]
    assert {rule["rule"] for rule in told["rules"]} > {"monologue", "patience", "talk_share"}
    assert not any(rule["speaks"] for rule in told["rules"])


@pytest.mark.usefixtures("call")
def test_other_settings_than_those_of_the_call_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMTONE_NUDGES__MONOLOGUE__QUIET_S", "20")
    assert "## Not as it was" not in run("dana", "10").stdout
    page = run("dana", "0:32").stdout
    assert "The settings as they are now make other nudges" in section(page, "Not as it was")
    assert "monologue" in section(page, "Speaks")


def figures(page: str, rule: str) -> str:
    return page.partition(f"- {rule} ")[2].partition("\n- ")[0]


def test_the_playbook_of_the_call_holds_unless_another_is_named(library: Library, tmp_path: Path) -> None:
    started, *rest = monologue()
    keep(library, "with-mine", [msgspec.structs.replace(started, playbook="mine"), *rest])
    (tmp_path / "home" / "playbooks").mkdir()
    mine = tmp_path / "home" / "playbooks" / "mine.toml"
    mine.write_text("[nudges.monologue]\nquiet_s = 33.0\n")
    assert "33 seconds" in figures(run("mine", "0:20").stdout, "monologue")
    other = tmp_path / "other.toml"
    other.write_text("[nudges.monologue]\nquiet_s = 44.0\n")
    assert "44 seconds" in figures(run("mine", "0:20", "--playbook", str(other)).stdout, "monologue")
    mine.unlink()
    without = run("mine", "0:20")
    assert "76 seconds" in figures(without.stdout, "monologue")
    assert without.stderr == "The playbook mine of this call is not here, and is left out.\n"
    assert run("mine", "0:20", "--playbook", "nowhere").exit_code == 1


@pytest.mark.usefixtures("call")
@pytest.mark.parametrize("time", ["2:00", "120", "0:02:00"])
def test_a_time_is_written_as_on_a_clock_or_in_seconds(time: str) -> None:
    assert json.loads(run("dana", time, "--json").stdout)["at_s"] == 120.0


@pytest.mark.usefixtures("call")
@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["dana", "2:01"], 2, "2026-11-22-1432-dana is 2:00 long: name a time before that."),
        (["dana", "noon"], 2, "'noon' is no time such as 4:05"),
        (["dana", "1:2:3:4"], 2, "is no time"),
        (["dana", "nan"], 2, "is no time"),
        (["nobody", "5"], 1, "There is no call named 'nobody'"),
    ],
)
def test_mistakes_are_one_sentence(arguments: list[str], status: int, sentence: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert sentence in result.stderr


def test_a_call_that_goes_on_can_be_looked_at(library: Library) -> None:
    keep(library, "now", monologue(end=False))
    assert "does not hold" in run("now", "0:30").stdout


def test_the_module_is_light_to_import() -> None:
    heavy = "{'rich', 'sqlite3', 'numpy'}"
    program = f"import sys, roomtone.cli.explain; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
