"""``roomtone devices``: what can be listened to, and remembering a choice."""

import json
from typing import TYPE_CHECKING

import click

from roomtone.cli.context import app
from roomtone.cli.remembering import remember
from roomtone.config.settings import NO_SYSTEM
from roomtone.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roomtone.audio.devices.choice import Entry, Kind

_REMARK_COLUMNS = len("default, muted, chosen")


@click.command(
    epilog="""\b
Examples:
  roomtone devices
  roomtone devices --mic headset           remember the microphone whose name contains "headset"
  roomtone devices --mic 2 --system 4      remember both by their numbers in the list
  roomtone devices --system none           the microphone alone, for calls in one room
  roomtone devices --mic "" --system ""    back to the system's defaults
""",
)
@click.option("--mic", metavar="DEVICE", help="Remember this microphone: a number, a name or a part of it.")
@click.option(
    "--system", metavar="DEVICE", help="Remember this output, likewise; none for the microphone alone."
)
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def devices(ctx: click.Context, mic: str | None, system: str | None, as_json: bool) -> None:
    """List the microphones and outputs, or remember which to listen to.

    The microphone is the seller's side; what the output plays is the customer's. Without a choice, both are
    the ones the system uses, and Roomtone goes along when that changes during a call.
    """
    from roomtone.audio.devices.choice import Kind, list_devices

    settings = app(ctx).settings.audio
    entries = list_devices()
    choices: dict[str, str] = {}
    if mic is not None:
        choices["microphone"] = _name(mic, Kind.MICROPHONE, entries)
    if system is not None:
        choices["system"] = system if system == NO_SYSTEM else _name(system, Kind.SYSTEM, entries)
    if choices:
        file = app(ctx).config_file.resolve()
        remember(file, "audio", choices)
        for name, choice in choices.items():
            click.echo(f"{name} = {json.dumps(choice, ensure_ascii=False)} remembered in {file}", err=as_json)
    if as_json:
        click.echo(json.dumps([_plain(entry) for entry in entries], ensure_ascii=False, indent=2))
    elif not choices:
        _show(Kind.MICROPHONE, "Microphones: your side", settings.microphone, entries)
        _show(Kind.SYSTEM, "Outputs: what they play is the customer's side", settings.system, entries)
        click.echo("Remember one with --mic or --system and its number, its name or a part of it.")
        click.echo('"none" for --system listens to the microphone alone; "" goes back to the default.')


def _name(choice: str, kind: "Kind", entries: "Sequence[Entry]") -> str:
    from roomtone.audio.devices.choice import chosen

    return chosen(choice, kind, entries).name if choice else ""


def _show(kind: "Kind", heading: str, remembered: str, entries: "Sequence[Entry]") -> None:
    from roomtone.audio.devices.choice import chosen

    note = "none is chosen: only the microphone is listened to" if remembered == NO_SYSTEM else ""
    marked = None
    if remembered and not note:
        try:
            marked = chosen(remembered, kind, entries)
        except DeviceError as error:
            note = f"The settings name another: {error.message}"
    click.echo(heading)
    width = max((len(entry.description) for entry in entries), default=0)
    for entry in entries:
        if entry.kind is kind:
            remarks = (
                ["default"] * entry.is_default + ["muted"] * entry.muted + ["chosen"] * (entry == marked)
            )
            described = f"{entry.description:<{width}}  {', '.join(remarks):<{_REMARK_COLUMNS}}"
            click.echo(f"  {entry.index:>2}  {described}  {entry.name}")
    if not any(entry.kind is kind for entry in entries):
        note = _advice(kind)
    if note:
        click.echo(click.wrap_text(note, initial_indent="  ", subsequent_indent="  "))
    click.echo()


def _advice(kind: "Kind") -> str:
    from roomtone.audio.devices.choice import Kind, system_sound

    if kind is Kind.SYSTEM:
        try:
            system_sound()
        except DeviceError as error:
            return error.message
    return "There is none: plug one in or switch it on, and look into the system's sound settings."


def _plain(entry: "Entry") -> dict[str, object]:
    return {
        "index": entry.index,
        "kind": entry.kind,
        "name": entry.name,
        "description": entry.description,
        "default": entry.is_default,
        "muted": entry.muted,
    }
