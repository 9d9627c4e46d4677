"""``roomtone promises``: what was promised in a call, reviewed and handed over."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from roomtone.cli.context import App, app
from roomtone.errors import StoreError, UsageError

if TYPE_CHECKING:
    from roomtone.debrief.promised import PromiseLog


@click.command(
    epilog="""\b
Examples:
  roomtone promises                         of the call heard last
  roomtone promises acme --review           confirm, edit or strike them one by one
  roomtone promises acme --export acme.md   for those who deliver; acme.json for programs
"""
)
@click.argument("call", required=False)
@click.option("--review", is_flag=True, help="Go through those that were not reviewed yet.")
@click.option("--all", "everything", is_flag=True, help="With --review: through the others too.")
@click.option(
    "--export",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.md|FILE.json",
    help="Write what was not struck out to FILE, by kind.",
)
@click.pass_context
def promises(
    ctx: click.Context, call: str | None, review: bool, everything: bool, export: Path | None
) -> None:
    """Show what was promised in a call, and have it reviewed and handed over.

    CALL is the name of a call, or any part of it that fits only one; without it, the call heard last. Every
    answer of a review is kept at once.
    """
    from roomtone.cli.again import events_of, find_call
    from roomtone.debrief.promised import promise_log

    if everything and not review:
        raise UsageError("--all goes with --review.", code="all_without_review")
    if export is not None and export.suffix.lower() not in (".md", ".json"):
        raise UsageError(
            f"{export.name} is neither a .md nor a .json file: name one of these.", code="export_ending"
        )
    path = find_call(app(ctx), call)
    if review:
        from roomtone.cli.reviewing import review_promises

        _close_what_was_cut_off(app(ctx))
        review_promises(path, promise_log(events_of(path)), everything=everything)
    has_safe_list = bool(app(ctx).settings.conversation.promises.safe)
    log = promise_log(events_of(path), call_id=path.parent.name, has_safe_list=has_safe_list)
    if export is not None:
        _export(log, export)
    elif not review:
        _show(log)


def _show(log: "PromiseLog") -> None:
    from rich.console import Console

    from roomtone.debrief.promised import page
    from roomtone.debrief.render import show

    console = Console(highlight=False)
    show(page(log), console)
    if log.open and console.is_terminal:
        click.echo(f"\nReview them with: roomtone promises {log.call_id} --review")


def _export(log: "PromiseLog", file: Path) -> None:
    from roomtone.debrief.promised import handover, handover_json
    from roomtone.debrief.render import page_as_markdown

    is_json = file.suffix.lower() == ".json"
    content = handover_json(log) if is_json else page_as_markdown(handover(log)).encode()
    try:
        file.write_bytes(content)
    except OSError as error:
        raise StoreError(
            f"The promises cannot be written to {file}: {error.strerror}; choose another file.",
            code="output_not_writable",
        ) from error
    unreviewed = f"; {len(log.open)} of them not reviewed yet" if log.open else ""
    click.echo(f"Written to {file}{unreviewed}", err=True)


def _close_what_was_cut_off(surroundings: App) -> None:
    """Close calls that a crash cut off, for only what is closed can be added to."""
    from roomtone.session.calls import Library
    from roomtone.session.recovery import recover

    for cut_off in recover(Library(surroundings.calls_directory)).closed:
        click.echo(cut_off.message, err=True)
