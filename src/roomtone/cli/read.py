"""``roomtone read``: how the customer of a recorded call sounded, with all that speaks for it."""

from pathlib import Path
from typing import Literal

import click

from roomtone.cli.context import app
from roomtone.cli.options import recording_options
from roomtone.errors import UsageError


@click.command(
    epilog="""\b
Examples:
  roomtone read call.wav                          a stereo file, the seller on the left
  roomtone read call.mp3 --seller-channel right   the seller on the right
  roomtone read --seller me.wav --customer them.wav
  roomtone read call.wav --csv > readings.csv     a line a turn, for a spreadsheet
"""
)
@recording_options
@click.option("--csv", is_flag=True, help="A table with every figure, a line a turn.")
@click.option("--model", metavar="NAME|FOLDER", help="The Whisper model, instead of the one in the settings.")
@click.option("--language", metavar="CODE", help="The language spoken, such as en, or auto.")
@click.pass_context
def read(
    ctx: click.Context,
    files: tuple[Path, ...],
    seller: Path | None,
    customer: Path | None,
    seller_channel: Literal["left", "right"] | None,
    csv: bool,
    model: str | None,
    language: str | None,
) -> None:
    """Show how the customer of a recorded call sounded.

    After each of their turns: the reading, the words, what the voice sounded like, how it differs from their
    usual, what words and timing say, and how likely each state is. Nothing is kept. The seller is only read
    when read_seller under [reading] in the settings says so.
    """
    import asyncio

    from roomtone.cli.reading import ReadRecording
    from roomtone.cli.replaying import Recording

    if not files and seller is None and customer is None:
        raise UsageError("Name a recording, such as: roomtone read call.wav", code="no_recording")
    surroundings = app(ctx)
    settings = surroundings.load(
        {
            "whisper.model": model,
            "whisper.language": language,
            "replay.seller_channel": seller_channel,
        }
    ).settings
    if not settings.reading.enabled:
        raise UsageError(
            "Readings are switched off; switch them on with: enabled = true under [reading] in the settings.",
            code="reading_off",
        )
    recording = Recording(files=files, seller=seller, customer=customer)
    asyncio.run(ReadRecording(app=surroundings, settings=settings, recording=recording, as_csv=csv).run())
