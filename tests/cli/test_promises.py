"""Promises on the command line: shown, reviewed one by one, handed over."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from reviewed_calls import STARTED, keep, monologue, with_promises

from roomtone.cli import cli
from roomtone.events import PromiseReviewed, SessionEnded
from roomtone.session.calls import Library
from roomtone.session.logfile import open_for_writing
from roomtone.session.store import EventLog, read_events

pytestmark = pytest.mark.unit


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("ROOMTONE_HOME", str(tmp_path / "home"))
    return Library(tmp_path / "home" / "calls")


@pytest.fixture
def call(library: Library) -> Path:
    """A call with three promises, and a later one without any."""
    events = with_promises(monologue(), "We'll send it on Friday.", "It will be ready.", "I'll call you.")
    dana = keep(library, "2026-11-22-1432-dana", events)
    other = keep(library, "2026-11-23-0900-other", monologue())
    os.utime(dana, ns=(1_000, 1_000))
    os.utime(other, ns=(2_000, 2_000))
    return dana


def run(*arguments: str, answers: str = "") -> Result:
    return CliRunner().invoke(cli, ["promises", *arguments], input=answers)


def verdicts(call: Path) -> list[tuple[str, str, str]]:
    reviews = [event for event in read_events(call) if isinstance(event, PromiseReviewed)]
    return [(review.promise_id, review.verdict, review.text) for review in reviews]


@pytest.mark.usefixtures("call")
def test_the_promises_of_a_call_are_shown() -> None:
    result = run("dana")
    assert result.exit_code == 0
    assert "3 promises, 3 not reviewed yet" in result.stdout
    assert "- **0:10** “We'll send it on Friday.”  \n  you · date · not reviewed yet" in result.stdout
    assert "None was heard." in run().stdout


@pytest.mark.usefixtures("call")
def test_a_list_of_safe_promises_tells_which_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMTONE_CONVERSATION__PROMISES__SAFE", "send the proposal")
    assert "you · date · not on your safe list · not reviewed yet" in run("dana").stdout


def test_every_answer_is_kept_at_once(call: Path) -> None:
    result = run("dana", "--review", answers="c\ne\nIt will be ready in March.\ns\n")
    assert result.exit_code == 0, result.output
    assert "1 of 3  0:10  you · date\n  “We'll send it on Friday.”\n" in result.stdout
    assert "3 promises reviewed: 1 confirmed, 1 confirmed in other words, 1 struck out." in result.stdout
    assert verdicts(call) == [
        ("promise-1", "confirmed", "We'll send it on Friday."),
        ("promise-2", "edited", "It will be ready in March."),
        ("promise-3", "struck", "I'll call you."),
    ]
    events = list(read_events(call))
    assert [event.seq for event in events] == list(range(len(events)))
    assert isinstance(events[-4], SessionEnded)


def test_a_review_goes_on_where_it_was_left(call: Path) -> None:
    run("dana", "--review", answers="c\nn\nq\n")
    assert [promise for promise, *_ in verdicts(call)] == ["promise-1"]
    result = run("dana", "--review", answers="what?\nstrike\nq\n")
    assert "1 of 2" in result.stdout
    assert verdicts(call)[1:] == [("promise-2", "struck", "It will be ready.")]
    again = run("dana", "--review", "--all", answers="\nc\n\n")
    assert "1 of 3  0:10  you · date · confirmed" in again.stdout
    assert verdicts(call)[2:] == [("promise-2", "confirmed", "It will be ready.")]
    assert "There is nothing to review." not in again.stdout


def test_what_was_answered_before_a_broken_off_review_is_kept(call: Path) -> None:
    result = run("dana", "--review", answers="c\n")
    assert result.exit_code == 130
    assert [verdict for _, verdict, _ in verdicts(call)] == ["confirmed"]


def test_an_edit_that_changes_nothing_asks_again(call: Path) -> None:
    result = run("dana", "--review", answers="e\n\nc\nq\n")
    assert "It reads so already." in result.stdout
    assert verdicts(call) == [("promise-1", "confirmed", "We'll send it on Friday.")]


@pytest.mark.usefixtures("call")
def test_there_may_be_nothing_to_review() -> None:
    assert "No promise was heard in this call." in run("other", "--review").stdout
    run("dana", "--review", answers="c\nc\nc\n")
    assert "There is nothing to review." in run("dana", "--review").stdout


@pytest.mark.usefixtures("call")
def test_after_a_review_the_call_is_closed_and_as_old_as_it_was() -> None:
    run("dana", "--review", answers="c\nc\nc\n")
    debrief = CliRunner().invoke(cli, ["debrief", "dana"]).stdout
    assert "cut off" not in debrief
    assert "2 min 0 s" in debrief
    listed = CliRunner().invoke(cli, ["debrief", "--list"]).stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["2026-11-23-0900-other", "2026-11-22-1432-dana"]


def test_a_call_that_was_cut_off_is_closed_and_then_reviewed(library: Library) -> None:
    *events, _ = with_promises(monologue(), "We'll send it on Friday.")
    cut_off = keep(library, "cut-off", events)
    result = run("cut-off", "--review", answers="c\n")
    assert result.exit_code == 0
    assert "was cut off after" in result.stderr
    assert [verdict for _, verdict, _ in verdicts(cut_off)] == ["confirmed"]


def test_a_call_that_goes_on_is_not_reviewed(library: Library) -> None:
    *events, _ = with_promises(monologue(), "We'll send it on Friday.")

    async def review_meanwhile() -> Result:
        log = EventLog(keep_open)
        result = await asyncio.to_thread(run, "now", "--review", answers="c\n")
        await log.aclose()
        return result

    keep_open = keep(library, "now", events)
    result = asyncio.run(review_meanwhile())
    assert result.exit_code == 1
    assert "close that program" in result.stderr
    assert verdicts(keep_open) == []


def test_a_log_that_cannot_be_written_ends_in_one_sentence(call: Path) -> None:
    holder = open_for_writing(call)
    holder.execute("BEGIN IMMEDIATE")
    result = run("dana", "--review", answers="c\n")
    holder.close()
    assert result.exit_code == 1
    assert len([line for line in result.stderr.splitlines() if line.startswith("roomtone: ")]) == 1


def test_what_was_not_struck_is_handed_over(call: Path, tmp_path: Path) -> None:
    run("dana", "--review", answers="c\ns\nq\n")
    result = run("dana", "--export", str(tmp_path / "dana.md"))
    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr == f"Written to {tmp_path / 'dana.md'}; 1 of them not reviewed yet\n"
    page = (tmp_path / "dana.md").read_text(encoding="utf-8")
    assert page.startswith(f"# What was promised: {STARTED.title}\n")
    assert "It will be ready." not in page
    run("dana", "--export", str(tmp_path / "dana.json"))
    told = json.loads((tmp_path / "dana.json").read_text(encoding="utf-8"))
    assert [promise["promise_id"] for promise in told["promises"]] == ["promise-1", "promise-3"]


@pytest.mark.usefixtures("call")
@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["nobody"], 1, "There is no call named 'nobody'"),
        (["dana", "--all"], 2, "--all goes with --review."),
        (["dana", "--export", "x.txt"], 2, "x.txt is neither a .md nor a .json file"),
        (["dana", "--export", "/nonexistent/x.md"], 1, "choose another file"),
    ],
)
def test_mistakes_are_one_sentence(arguments: list[str], status: int, sentence: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_module_is_light_to_import() -> None:
    heavy = "{'rich', 'sqlite3', 'numpy'}"
    program = f"import sys, roomtone.cli.promises; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
