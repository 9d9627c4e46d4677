"""The options that several commands have in common."""

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_RECORDING = click.Path(path_type=Path)
_OF_RECORDING = (
    click.argument("files", nargs=-1, type=_RECORDING, metavar="[FILE]..."),
    click.option(
        "--seller", type=_RECORDING, metavar="FILE", help="The seller's side, in a file of its own."
    ),
    click.option("--customer", type=_RECORDING, metavar="FILE", help="The customer's side, likewise."),
    click.option(
        "--seller-channel",
        type=click.Choice(["left", "right"]),
        help="Which channel of a stereo file is the seller.  [default: left]",
    ),
)
_SHARED = (
    click.option(
        "--plain", "screen", flag_value="plain", help="One line an event; so by itself into a pipe."
    ),
    click.option("--json", "screen", flag_value="json", help="The events as JSON lines."),
    click.option(
        "--model", metavar="NAME|FOLDER", help="The Whisper model, instead of the one in the settings."
    ),
    click.option("--language", metavar="CODE", help="The language spoken, such as en, or auto."),
    click.option(
        "--transcriber",
        metavar="URL",
        help="Send what is said to a server for its words, such as http://server:8000.",
    ),
    click.option("--glossary", metavar="FILE", help="Names and terms that may be said, one a line."),
    click.option("--playbook", metavar="NAME|FILE", help="The kind of call: see `roomtone playbook list`."),
    click.option(
        "--agenda", metavar="FILE", help="Your points for it, a list in Markdown or TOML; - to type them in."
    ),
    click.option("--minutes", type=float, metavar="N", help="How long it is meant to last."),
    click.option("--debrief/--no-debrief", default=True, help="Whether the report follows the call."),
)


def call_options(command: Command) -> Command:
    """Give a command the options on the screen, the words, the kind of call, and what follows it."""
    return reduce(lambda wrapped, option: option(wrapped), reversed(_SHARED), command)


def recording_options(command: Command) -> Command:
    """Give a command the files of a recorded call."""
    return reduce(lambda wrapped, option: option(wrapped), reversed(_OF_RECORDING), command)
