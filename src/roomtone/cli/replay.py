"""``roomtone replay``: a recorded call through the very line a live one takes."""

from pathlib import Path
from typing import Literal

import click

from roomtone.cli.context import app
from roomtone.cli.options import call_options, recording_options
from roomtone.errors import UsageError

Screen = Literal["overlay", "plain", "json"]


class Pace(click.ParamType[float | None]):
    """``fast``, ``live``, or how many times call speed."""

    name = "pace"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 - click's
        """Return what the help shows."""
        return "fast|live|NUMBER"

    def convert(
        self, value: str | float | None, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        """Return the factor, None for as fast as the machine can."""
        if value is None or value == "fast":
            return None
        if value == "live":
            return 1.0
        try:
            factor = float(str(value).removesuffix("x"))
        except ValueError:
            factor = 0.0
        if not 0.1 <= factor <= 100.0:
            self.fail(f"{value!r} is not fast, live, or a number from 0.1 to 100.", param, ctx)
        return factor


@click.command(
    epilog="""\b
Examples:
  roomtone replay call.wav                          a stereo file, the seller on the left
  roomtone replay call.mp3 --seller-channel right   the seller on the right
  roomtone replay --seller me.wav --customer them.wav
  roomtone replay call.wav --pace live --play       as it would have been, to be heard too
  roomtone replay call.wav --json > events.jsonl    for other programs
  roomtone replay call.wav --playbook demo          with the figures of a kind of call
  roomtone replay call.wav --compare negotiation    which nudges another playbook would make, and why
"""
)
@recording_options
@click.option(
    "--pace",
    type=Pace(),
    default="fast",
    show_default=True,
    help="As fast as the machine can, at call speed, or a multiple of it such as 4.",
)
@click.option("--play", is_flag=True, help="Let the call be heard, at call speed.")
@click.option("--title", metavar="TEXT", help="What to call it, instead of the file's name.")
@click.option(
    "--compare",
    metavar="NAME|FILE",
    help="Then show which nudges this playbook would make of the same words, and why.",
)
@call_options
@click.pass_context
def replay(
    ctx: click.Context,
    files: tuple[Path, ...],
    seller: Path | None,
    customer: Path | None,
    seller_channel: Literal["left", "right"] | None,
    pace: float | None,
    play: bool,
    screen: Screen | None,
    model: str | None,
    language: str | None,
    transcriber: str | None,
    glossary: str | None,
    title: str | None,
    playbook: str | None,
    agenda: str | None,
    minutes: float | None,
    compare: str | None,
    debrief: bool,
) -> None:
    """Play a recorded call through Roomtone.

    FILE is a recording in any usual format. A stereo file has a side on each channel; two files are the
    seller's side and the customer's. A recording with both sides in one channel is transcribed, and the
    rest is left out, for who spoke cannot be told.
    """
    import asyncio
    import sys

    from roomtone.cli.agenda import agenda_points
    from roomtone.cli.replaying import Recording, Replay

    if not files and seller is None and customer is None:
        raise UsageError("Name a recording, such as: roomtone replay call.wav", code="no_recording")
    if play and pace is not None and pace != 1.0:
        raise UsageError(
            "A call can only be heard at call speed: leave out --pace, or --play.", code="play_pace"
        )
    if compare is not None and screen == "json":
        raise UsageError("--compare writes a page for people: leave out --json.", code="compare_json")
    surroundings = app(ctx)
    options = {
        "whisper.model": model,
        "whisper.language": language,
        "server.url": transcriber,
        "whisper.glossary": glossary,
        "call.playbook": playbook,
        "call.planned_minutes": minutes,
        "replay.seller_channel": seller_channel,
    }
    settings = surroundings.load(options).settings
    other = surroundings.load(options | {"call.playbook": compare}).settings if compare is not None else None
    call = Replay(
        app=surroundings,
        settings=settings,
        recording=Recording(files=files, seller=seller, customer=customer),
        title=title,
        pace=1.0 if play else pace,
        play=play,
        screen=screen or ("overlay" if sys.stdout.isatty() else "plain"),
        agenda=agenda_points(agenda, settings),
    )
    log = asyncio.run(call.run())
    if debrief and call.screen != "json":
        from roomtone.cli.debrief import show_debrief

        show_debrief(log, settings=settings.conversation)
    if other is not None:
        from roomtone.cli.comparing import show_comparison

        show_comparison(log, settings, other)
