"""``roomtone nudges``: how often each kind was wrong, over all calls."""

import click

from roomtone.cli.context import app


@click.command(
    epilog="""\b
Examples:
  roomtone nudges
  roomtone nudges --json                    for other programs
"""
)
@click.option("--json", "as_json", is_flag=True, help="As JSON; rates from 0 to 1.")
@click.pass_context
def nudges(ctx: click.Context, as_json: bool) -> None:
    """Show how often each kind of nudge came up, and how often you marked it wrong.

    All calls that are kept count; one that cannot be read is named and left out. In a recording played fast
    nobody marks anything, so what was never watched makes a kind look better than it is.
    """
    from roomtone.debrief.marks import marks, page
    from roomtone.errors import StoreError
    from roomtone.events import Event, NudgeDismissed, NudgeRaised, SessionStarted
    from roomtone.session.calls import Library
    from roomtone.session.store import read_events

    calls: list[list[Event]] = []
    problems: list[str] = []
    for log in Library(app(ctx).calls_directory).logs():
        try:
            calls.append(list(read_events(log, (SessionStarted, NudgeRaised, NudgeDismissed))))
        except StoreError as error:
            problems.append(error.message)
    found = marks(calls)
    if as_json:
        import msgspec

        told = msgspec.to_builtins(found) | {"left_out": problems}
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=2))
        return

    from rich.console import Console

    from roomtone.debrief.render import show

    show(page(found, problems=problems), Console(highlight=False))
