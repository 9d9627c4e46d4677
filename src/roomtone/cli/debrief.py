"""``roomtone debrief``: the report of a call, from its log alone."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from roomtone.cli.context import app
from roomtone.errors import StoreError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from roomtone.config.conversation import ConversationSettings
    from roomtone.debrief.report import Report
    from roomtone.session.calls import CallSummary


@click.command(
    epilog="""\b
Examples:
  roomtone debrief                          the call heard last
  roomtone debrief --list                   all calls
  roomtone debrief auto-repairs             a call by its name, or a part of it
  roomtone debrief --output report.md       as a Markdown file
  roomtone debrief 2026-11-22 --json        for other programs
"""
)
@click.argument("call", required=False)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report to FILE instead of the terminal.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON; times in seconds, shares from 0 to 1.")
@click.option("--transcript", is_flag=True, help="With every word at the end.")
@click.option("--list", "list_calls", is_flag=True, help="List the calls, the one heard last first.")
@click.pass_context
def debrief(
    ctx: click.Context,
    call: str | None,
    output: Path | None,
    as_json: bool,
    transcript: bool,
    list_calls: bool,
) -> None:
    """Show the report of a call.

    CALL is the name of a call, or any part of it that fits only one; without it, the call heard last. On a
    terminal the report is laid out for reading; into a file or pipe it is Markdown.
    """
    from roomtone.session.calls import Library

    library = Library(app(ctx).calls_directory)
    if list_calls:
        if call is not None or output is not None or transcript:
            raise UsageError("--list shows all calls: it goes with --json only.", code="list_alone")
        _list(library.calls(), as_json=as_json)
        return
    path = library.latest() if call is None else library.find(call)
    settings = app(ctx).settings.conversation
    if output is None and not as_json:
        show_debrief(path, transcript=transcript, settings=settings)
        return

    from roomtone.debrief import render

    report = read_report(path, transcript=transcript, settings=settings)
    content = render.json(report) + b"\n" if as_json else render.markdown(report).encode()
    if output is None:
        click.echo(content, nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise StoreError(
            f"The report cannot be written to {output}: {error.strerror}; choose another file.",
            code="output_not_writable",
        ) from error
    click.echo(f"Written to {output}", err=True)


def show_debrief(
    path: Path,
    console: "Console | None" = None,
    *,
    transcript: bool = False,
    settings: "ConversationSettings | None" = None,
) -> None:
    """Print the debrief of the call with this log; raises ``StoreError`` when it cannot be read."""
    from rich.console import Console

    from roomtone.debrief import render

    report = read_report(path, transcript=transcript, settings=settings)
    render.terminal(report, console or Console(highlight=False))


def read_report(
    path: Path, *, transcript: bool = False, settings: "ConversationSettings | None" = None
) -> "Report":
    """Return the report of the call with this log; raises ``StoreError`` when it cannot be read."""
    from roomtone.config.conversation import ConversationSettings
    from roomtone.debrief.report import build
    from roomtone.session.store import read_events

    stored = read_events(path)
    events = list(stored)
    return build(
        events,
        call_id=path.parent.name,
        settings=settings or ConversationSettings(),
        unknown_events=stored.unknown.total(),
        transcript=transcript,
    )


def _list(calls: "list[CallSummary]", *, as_json: bool) -> None:
    from roomtone.debrief.phrases import length, when

    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(calls, enc_hook=str), indent=2))
        return
    if not calls:
        click.echo("There are no calls yet: run `roomtone replay FILE` with a recorded call.", err=True)
        return
    width = max(len(call.call_id) for call in calls)
    for call in calls:
        cut_off = ", cut off" if call.cut_off else ""
        told = call.problem or f"{when(call.started_at)}, {length(call.duration_s)}{cut_off}  {call.title}"
        click.echo(f"{call.call_id:<{width}}  {told}")
