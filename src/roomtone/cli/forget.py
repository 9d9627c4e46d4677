"""``roomtone forget``: remove a call entirely."""

from typing import TYPE_CHECKING

import click

from roomtone.cli.context import app

if TYPE_CHECKING:
    from pathlib import Path

    from roomtone.session.calls import CallSummary


@click.command(
    "forget",
    epilog="""\b
Examples:
  roomtone forget auto-repairs              a call by its name, or a part of it
  roomtone forget 2026-11-22-1432 --yes     without being asked
""",
)
@click.argument("call")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def forget_call(ctx: click.Context, call: str, yes: bool) -> None:
    """Remove everything that is kept of a call: its log, its sound and its reports.

    CALL is the name of a call, or any part of it that fits only one.
    """
    from roomtone.session.calls import Library, forget, summary

    log = Library(app(ctx).calls_directory).find(call)
    contents = _contents(log.parent)
    if not yes and not click.confirm(
        f"Remove {_named(summary(log))} with {contents}? It cannot be brought back."
    ):
        click.echo("Nothing was removed.")
        return
    forget(log)
    click.echo(f"Removed {log.parent.name}: {contents}.")


def _named(call: "CallSummary") -> str:
    from roomtone.debrief.phrases import quoted, when

    return call.call_id if call.problem else f"{quoted(call.title)} of {when(call.started_at)}"


def _contents(folder: "Path") -> str:
    """Return what a call's folder holds: ``audio.flac, events.db (34.1 MB)``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    size_bytes = sum(path.stat().st_size for path in files)
    size = f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:.1f} kB"
    return f"{', '.join(path.name for path in files)} ({size})"
