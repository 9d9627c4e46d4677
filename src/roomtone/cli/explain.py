"""``roomtone explain``: what each rule made of a moment of a call."""

import re

import click

from roomtone.cli.context import app


class Moment(click.ParamType[float]):
    """A time of the call: ``4:05``, ``1:04:05``, or seconds."""

    name = "time"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the time in seconds from the start of the call."""
        if isinstance(value, float):
            return value
        if not re.fullmatch(r"(\d+:){0,2}\d+(\.\d+)?", value):
            self.fail(f"{value!r} is no time such as 4:05, 1:04:05, or 245 for seconds.", param, ctx)
        seconds = 0.0
        for part in value.split(":"):
            seconds = seconds * 60 + float(part)
        return seconds


@click.command(
    epilog="""\b
Examples:
  roomtone explain auto-repairs 4:05        why was that said, or nothing, at 4:05?
  roomtone explain auto-repairs 1:04:05     after an hour
  roomtone explain auto-repairs 245 --json  for other programs
"""
)
@click.argument("call")
@click.argument("time", type=Moment())
@click.option("--playbook", metavar="NAME|FILE", help="Instead of the one the call was heard with.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def explain(ctx: click.Context, call: str, time: float, playbook: str | None, as_json: bool) -> None:
    """Show what each rule made of a moment of a call.

    CALL is the name of a call, or any part of it that fits only one; TIME is 4:05, 1:04:05, or a number of
    seconds. For each kind of nudge it is told which figures it went by and why it spoke or did not, with
    the settings as they are now.
    """
    from roomtone.cli import explaining
    from roomtone.cli.again import events_of, find_call, settings_of_call, started_of

    log = find_call(app(ctx), call)
    events = events_of(log)
    settings = settings_of_call(app(ctx), started_of(events), playbook=playbook)
    told = explaining.told(events, time, settings, call_id=log.parent.name)
    if as_json:
        click.echo(explaining.json(told))
        return

    from rich.console import Console

    from roomtone.debrief.render import show

    show(explaining.page(told), Console(highlight=False))
