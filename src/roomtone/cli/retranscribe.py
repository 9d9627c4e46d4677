"""``roomtone retranscribe``: the words of a call anew, by a better model."""

import click

from roomtone.cli.context import app
from roomtone.errors import UsageError


@click.command(
    epilog="""\b
Examples:
  roomtone retranscribe acme --model small     by a larger model, after the call
  roomtone retranscribe acme --glossary names.txt
  roomtone retranscribe acme --undo            back to the words as they were in the call
"""
)
@click.argument("call")
@click.option("--model", metavar="NAME|FOLDER", help="The Whisper model, instead of the one in the settings.")
@click.option("--language", metavar="CODE", help="The language spoken, such as en, or auto.")
@click.option("--transcriber", metavar="URL", help="Send what was said to a server for its words.")
@click.option("--glossary", metavar="FILE", help="Names and terms that may be said, one a line.")
@click.option("--undo", is_flag=True, help="Take the first version of the words again.")
@click.pass_context
def retranscribe(
    ctx: click.Context,
    call: str,
    model: str | None,
    language: str | None,
    transcriber: str | None,
    glossary: str | None,
    undo: bool,
) -> None:
    """Transcribe a call anew from its sound, where that was kept.

    CALL is the name of a call, or any part of it that fits only one. The first version is kept beside the new
    one, which the debrief is made from. What was shown during the call stays as it was.
    """
    import asyncio
    import sys

    from roomtone.cli.retranscribing import Retranscription, bring_back
    from roomtone.session.calls import Library

    given = {
        "whisper.model": model,
        "whisper.language": language,
        "server.url": transcriber,
        "whisper.glossary": glossary,
    }
    if undo and any(value is not None for value in given.values()):
        raise UsageError("--undo takes the first words again: it goes alone.", code="undo_alone")
    surroundings = app(ctx)
    settings = surroundings.load(given).settings
    log = Library(surroundings.calls_directory).find(call)
    if undo:
        bring_back(log)
        click.echo(f"{log.parent.name} has its first words again.")
        return

    def progress(done: int, total: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done} of {total} utterances", err=True, nl=done == total)

    outcome = asyncio.run(Retranscription(surroundings, settings, log).run(progress))
    click.echo(
        f"{log.parent.name} transcribed anew by {outcome.transcriber}: {outcome.words} words;"
        f" {outcome.changed} of those before are not among them.\n"
        f"The first version is kept: roomtone retranscribe {log.parent.name} --undo"
    )
