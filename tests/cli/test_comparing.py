"""The page on two settings and one call."""

import msgspec
import pytest
from reviewed_calls import monologue

from roomtone.cli.comparing import page
from roomtone.config.settings import Settings
from roomtone.debrief.render import page_as_markdown

pytestmark = pytest.mark.unit


def named(playbook: str, **monologue: object) -> Settings:
    values = {"call": {"playbook": playbook}, "nudges": {"monologue": monologue}}
    return msgspec.convert(values, Settings)


def differences(first: Settings, second: Settings) -> list[str]:
    """Return the entries under "What differs", each with its reasons."""
    written = page_as_markdown(page(monologue(), first, second))
    return written.partition("## What differs\n\n")[2].split("\n- ")


def test_what_only_one_makes_stands_there_with_the_reasons_of_both() -> None:
    written = page_as_markdown(page(monologue(), named("demo"), named("calm", enabled=False)))
    assert written.startswith("# The nudges with demo and with calm\n")
    only = next(line for line in written.split("\n- ") if "(monologue)" in line)
    assert only.startswith("**1:25** Only with demo: You've been talking for 76 seconds (monologue)  \n")
    assert "  demo: is on the screen (" in only
    assert "  calm: this kind is switched off" in only


def test_a_nudge_that_comes_later_says_how_much_and_why() -> None:
    moved = next(
        line for line in differences(named("demo"), named("patient", quiet_s=90)) if "(monologue)" in line
    )
    assert moved.removeprefix("- ").startswith("**1:25** 14 s later with patient, at 1:39: ")
    assert "patient: does not hold" in moved


def test_the_playbook_is_named_by_its_file() -> None:
    written = page_as_markdown(page(monologue(), named(""), named("books/mine.toml")))
    assert written.startswith("# The nudges with no playbook and with mine\n")
    assert "## What differs\n\n- Nothing: the same nudges at the same times." in written
