"""The debrief, and other pages made of the same parts, as Markdown, as JSON and on a terminal."""

import re
from typing import TYPE_CHECKING

import msgspec

from roomtone.debrief.document import document
from roomtone.debrief.page import Document, Line, Section
from roomtone.debrief.phrases import clock
from roomtone.debrief.report import Report

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

TERMINAL_COLUMNS = 100
"""Wider lines are hard to read, however wide the screen."""
BAR_CELLS = 10
"""One cell is a tenth of what was said: no finer than the figure is sure."""

_MARKDOWN_SIGNS = re.compile(
    r"[\\`*\[\]<>|~]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # inside a word it means nothing
    r"|&(?=#?\w+;)"
    r"|^[#+=-]|#$"
    r"|(?<=^\d)[.)]|(?<=^\d\d)[.)]"
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def markdown(report: Report) -> str:
    """Return the report as a Markdown page that also reads well as plain text."""
    return page_as_markdown(document(report))


def page_as_markdown(page: Document) -> str:
    """Return a page as Markdown that also reads well as plain text."""
    blocks = [f"# {_escaped(page.title)}", _escaped(page.subtitle)]
    for section in page.sections:
        blocks.append(f"## {section.heading}")
        # Numbered questions get room below them to be answered in.
        between = "\n\n" if section.lines[0].numbered else "\n"
        blocks.append(between.join(_item(line, number) for number, line in enumerate(section.lines, start=1)))
    return "\n\n".join(blocks) + "\n"


def json(report: Report) -> bytes:
    """Return the report as indented JSON with the names and units of :class:`Report`."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2)


def terminal(report: Report, console: "Console") -> None:
    """Print the report for a person, as :func:`show` does."""
    show(document(report), console)


def show(page: Document, console: "Console") -> None:
    """Print a page for a person: laid out on a terminal, as Markdown into a pipe or file.

    A terminal without cursor control or Unicode gets Markdown too, characters it lacks replaced.
    """
    if console.is_terminal and not console.is_dumb_terminal and not console.options.ascii_only:
        _print_page(page, console)
    else:
        written = page_as_markdown(page).encode(console.encoding, errors="replace")
        console.file.write(written.decode(console.encoding))


def _item(line: Line, number: int) -> str:
    marker = f"{number}. " if line.numbered else "- "
    time = "" if line.at_s is None else f"**{clock(line.at_s)}** "
    under = "".join(f"  \n{' ' * len(marker)}{_escaped(text)}" for text in line.under)
    return f"{marker}{time}{_escaped(line.text)}{under}"


def _escaped(text: str) -> str:
    """Return a text in which nothing is taken for Markdown."""
    return _MARKDOWN_SIGNS.sub(r"\\\g<0>", clean(text))


def clean(text: str) -> str:
    """Return a text without anything that would steer a terminal."""
    return _CONTROLS.sub(" ", text).strip()


def _print_page(page: Document, console: "Console") -> None:
    from rich.padding import Padding
    from rich.text import Text

    width = min(console.width, TERMINAL_COLUMNS)
    console.print()
    console.print(Text(clean(page.title), style="bold"), width=width)
    console.print(Text(clean(page.subtitle), style="dim"), width=width)
    for section in page.sections:
        console.print()
        console.print(Text(section.heading, style="bold yellow" if section.warning else "bold cyan"))
        console.print(Padding(_rows(section), (0, 0, 0, 2)), width=width)


def _rows(section: Section) -> "Table":
    """Return the lines of a section below each other, times and bars in columns of their own."""
    from rich.table import Table
    from rich.text import Text

    barred = any(line.seller_share is not None for line in section.lines)
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(justify="right", style="cyan", no_wrap=True)
    if barred:
        rows.add_column(no_wrap=True)
    rows.add_column()
    for number, line in enumerate(section.lines, start=1):
        text = Text(clean(line.text))
        for under in line.under:
            text.append(f"\n{clean(under)}", style="dim")
        bar = [_bar(line.seller_share)] if barred else []
        rows.add_row(_marker(line, number), *bar, text)
    return rows


def _marker(line: Line, number: int) -> str:
    if line.at_s is not None:
        return clock(line.at_s)
    return f"{number}." if line.numbered else "-"


def _bar(seller_share: float | None) -> "Text":
    from rich.text import Text

    if seller_share is None:
        return Text()
    filled = round(seller_share * BAR_CELLS)
    return Text("█" * filled, style="green").append("░" * (BAR_CELLS - filled), style="dim")
