"""Pages of the debrief, against pages that were read and found good."""

import dataclasses
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console
from understood_call import understood_events

from roomtone.debrief import render
from roomtone.debrief.report import Report, build
from roomtone.events import decode

pytestmark = pytest.mark.unit

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def report() -> Report:
    lines = (DATA / "scripted_call.jsonl").read_text(encoding="utf-8").splitlines()
    return build(map(decode, lines), call_id="2026-11-22-1432-dana-s-workshop", transcript=True)


def shown(report: Report, *, width: int, terminal: bool = True, encoding: str = "utf-8") -> str:
    written = io.BytesIO()
    file = io.TextIOWrapper(written, encoding=encoding, newline="\n")
    console = Console(
        file=file, width=width, force_terminal=terminal, color_system=None, legacy_windows=False, _environ={}
    )
    render.terminal(report, console)
    file.flush()
    return written.getvalue().decode(encoding)


def test_the_markdown_page_is_the_one_that_was_read(report: Report) -> None:
    assert render.markdown(report) == (DATA / "scripted_call.md").read_text(encoding="utf-8")


def test_a_call_whose_words_were_made_sense_of_is_told_with_all_of_it() -> None:
    page = render.markdown(build(understood_events(), call_id="2026-11-22-1432-dana-s-workshop"))
    assert page == (DATA / "understood_call.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_terminal_page_is_the_one_that_was_read(report: Report, width: int) -> None:
    short = dataclasses.replace(report, transcript=())
    page = "\n".join(line.rstrip() for line in shown(short, width=width).splitlines()) + "\n"
    assert page == (DATA / f"scripted_call_{width}.txt").read_text(encoding="utf-8")
    assert max(map(len, page.splitlines())) <= width


def test_a_pipe_gets_markdown(report: Report) -> None:
    assert shown(report, width=40, terminal=False) == render.markdown(report)


@pytest.mark.parametrize("terminal", [True, False])
def test_characters_the_output_lacks_are_replaced(report: Report, terminal: bool) -> None:
    page = shown(report, width=80, terminal=terminal, encoding="ascii")
    assert "22 November 2026, 14:32 ? 3 min 11 s" in page


def test_json_has_every_figure_under_its_name(report: Report) -> None:
    told = json.loads(render.json(report))
    assert set(told) == {field.name for field in dataclasses.fields(report)}
    assert told["sides"][0]["speaker"] == "seller"
    assert told["stretches"][1]["start_s"] == 60.0


def test_json_tells_what_was_made_of_the_words() -> None:
    course = json.loads(render.json(build(understood_events())))["course"]
    assert [point["covered"] for point in course["agenda"]] == [True, True, False, True, True]
    assert course["phases"][2] == {"at_s": 112.0, "phase": "objections", "by_seller": True}
    assert (course["pushbacks"][0]["kind"], course["pushbacks"][0]["pause_s"]) == ("pushback_price", 0.1)
    assert [promise["verdict"] for promise in course["promises"]] == ["edited", "confirmed", "struck", ""]
    assert course["questions"] == {"open": 3, "closed": 1, "feeling": 1}
    assert [step["speaker"] for step in course["next_steps"]] == ["seller", "customer"]


def test_an_underscore_inside_a_name_is_left_as_it_is() -> None:
    assert render.markdown(dataclasses.replace(build([]), title="my_call _2_")).startswith(
        "# my_call \\_2\\_\n"
    )


def test_nothing_a_customer_says_steers_the_terminal(report: Report) -> None:
    nasty = dataclasses.replace(report, title="a\x1b]0;owned\x07b\r\nc\u202ed")
    for page in (shown(nasty, width=80), render.markdown(nasty)):
        assert not {"\x1b", "\x07", "\r", "\u202e"} & set(page)


ANYTHING = st.text(st.characters(blacklist_categories=["Cs"]))
SIGNS = st.text("aé1 .)#+-=_*`~[]()<>!|&;:/\\")


@given((ANYTHING | SIGNS).filter(render.clean))
def test_nothing_said_is_taken_for_markdown(said: str) -> None:
    page = render.markdown(dataclasses.replace(build([]), title=f"x {said}", caveats=(said,)))
    inlines = [token for token in MarkdownIt().parse(page) if token.type == "inline"]
    texts = [
        "".join(child.content for child in inline.children or () if child.type == "text")
        for inline in inlines
    ]
    assert [text.split() for text in texts] == [
        ["x", *render.clean(said).split()],
        ["0", "s", "·", "cut", "off"],
        ["What", "not", "to", "trust"],
        render.clean(said).split(),
    ]
