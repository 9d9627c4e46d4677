"""``roomtone listen``: the overlay beside a live call."""

from typing import Literal

import click

from roomtone.cli.context import app
from roomtone.cli.options import call_options
from roomtone.errors import UsageError


@click.command(
    epilog="""\b
Examples:
  roomtone listen                          beside a call, both sides by the system's defaults
  roomtone listen --title "Acme, renewal"  with a name to find it by
  roomtone listen --mic headset --system monitor
  roomtone listen --mic-only               without the customer's consent, or in one room
  roomtone listen --keep-audio             the sound is kept beside the log
  roomtone listen --playbook discovery --agenda points.md --minutes 30
"""
)
@click.option(
    "--mic", metavar="NAME", help="The microphone: a number of `roomtone devices`, a name or a part of it."
)
@click.option(
    "--system", metavar="NAME", help="The output that the customer is heard on, likewise; none for without."
)
@click.option("--mic-only", is_flag=True, help="Do not listen to the customer's side.")
@click.option("--consented", is_flag=True, help="They agreed to it before the call; else c notes it.")
@click.option("--keep-audio/--no-keep-audio", default=None, help="Whether to keep the sound of the call.")
@click.option("--title", metavar="TEXT", default="Call", help="What to call it.")
@call_options
@click.pass_context
def listen(
    ctx: click.Context,
    mic: str | None,
    system: str | None,
    mic_only: bool,
    consented: bool,
    keep_audio: bool | None,
    title: str,
    screen: Literal["overlay", "plain", "json"] | None,
    model: str | None,
    language: str | None,
    playbook: str | None,
    agenda: str | None,
    minutes: float | None,
    transcriber: str | None,
    glossary: str | None,
    debrief: bool,
) -> None:
    """Listen to a call while it happens: you on the microphone, the customer on the computer's sound.

    Start it before or during the call, in a terminal beside it; q closes the call, and the report follows.
    Without --title, --mic and --system nothing needs to be known: `roomtone check` tells whether both sides
    are heard.
    """
    import asyncio
    import sys

    from roomtone.cli.agenda import agenda_points
    from roomtone.cli.choosing import at_first_start
    from roomtone.cli.listening import Listening
    from roomtone.config.settings import NO_SYSTEM

    if mic_only and system is not None:
        raise UsageError("--mic-only is without --system: leave one of them out.", code="mic_only_system")
    surroundings = app(ctx)
    loaded = surroundings.load(
        {
            "audio.microphone": mic,
            "audio.system": NO_SYSTEM if mic_only else system,
            "storage.keep_audio": keep_audio,
            "whisper.model": model,
            "whisper.language": language,
            "call.playbook": playbook,
            "call.planned_minutes": minutes,
            "server.url": transcriber,
            "whisper.glossary": glossary,
        }
    )
    settings = at_first_start(surroundings, loaded)
    call = Listening(
        app=surroundings,
        settings=settings,
        title=title,
        consented=consented,
        screen=screen or ("overlay" if sys.stdout.isatty() else "plain"),
        agenda=agenda_points(agenda, settings),
    )
    log = asyncio.run(call.run())
    if debrief and call.screen != "json":
        from roomtone.cli.debrief import show_debrief

        show_debrief(log, settings=settings.conversation)
