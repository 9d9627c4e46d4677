"""``roomtone playbook``: the kinds of call and the figures each sets."""

from typing import TYPE_CHECKING

import click

from roomtone.cli.context import app
from roomtone.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group(
    epilog="""\b
Examples:
  roomtone playbook list
  roomtone playbook new acme --from discovery
  roomtone listen --playbook acme
""",
)
def playbook() -> None:
    """List, show, write and check the playbooks.

    A playbook is a TOML file that sets the figures of a kind of call, the words for making room, what may
    be promised, and an agenda. What the settings file, a variable or an option says holds over it.
    """


@playbook.command("list", epilog="\b\nExample:\n  roomtone playbook list\n")
@click.pass_context
def list_(ctx: click.Context) -> None:
    """List the playbooks, built in and your own, and which is in force."""
    from roomtone.config.playbook import BUILT_IN_DIRECTORY, playbook_files, read_playbook

    surroundings = app(ctx)
    directory = surroundings.locations.playbook_directory
    try:
        in_force, trouble = surroundings.settings.call.playbook, None
    except ConfigError as error:  # the list is what helps against an unknown name
        in_force, trouble = "", error
    for name, file in playbook_files(directory).items():
        try:
            description = read_playbook(file).description
        except ConfigError as error:
            description = f"not in order: {error.message}"
        marks = ["in force"] * (name == in_force) + ["yours"] * (file.parent != BUILT_IN_DIRECTORY)
        shown = f"{name} ({', '.join(marks)})" if marks else name
        click.echo(f"{shown}\n  {description}" if description else shown)
    if in_force and in_force not in playbook_files(directory):
        click.echo(f"{in_force} (in force)")
    elif not in_force and trouble is None:
        click.echo("\nNone is in force: roomtone listen --playbook NAME, or `playbook` under [call].")
    click.echo(f"\nYour own lie in {directory}")
    if trouble is not None:
        raise trouble


@playbook.command(
    epilog="""\b
Examples:
  roomtone playbook show demo
  roomtone playbook show ./acme.toml
""",
)
@click.argument("named", metavar="NAME|FILE")
@click.pass_context
def show(ctx: click.Context, named: str) -> None:
    """Print what a playbook sets, each beside the default it takes the place of."""
    from roomtone.config.playbook import find_playbook
    from roomtone.config.template import beside_defaults

    found = find_playbook(named, directory=app(ctx).locations.playbook_directory)
    click.echo(f"# {found.name}: {found.description}".rstrip(": "))
    click.echo(f"# {found.file}\n")
    click.echo(beside_defaults(found), nl=False)


@playbook.command(
    epilog="""\b
Examples:
  roomtone playbook new acme --from negotiation
  roomtone playbook new demo               your own in place of the one built in
  roomtone playbook new acme               everything a playbook may set, explained
""",
)
@click.argument("name")
@click.option("--from", "source", metavar="NAME|FILE", help="The playbook to begin with.")
@click.pass_context
def new(ctx: click.Context, name: str, source: str | None) -> None:
    """Write a playbook of your own to be changed, and print its path.

    It begins as a copy of the one built in under that NAME, or of that after --from, else with everything
    a playbook may set explained and commented out. A file that is there already is left alone.
    """
    from roomtone.config.playbook import find_playbook, new_playbook_file, playbook_files
    from roomtone.config.template import starting_playbook

    directory = app(ctx).locations.playbook_directory
    file = new_playbook_file(name, directory=directory)
    if source is None and name in playbook_files(directory):
        source = name
    try:
        if source is None:
            text = starting_playbook()
        else:
            text = find_playbook(source, directory=directory).file.read_text(encoding="utf-8-sig")
        directory.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise ConfigError(f"Cannot write {file}: {error.strerror}.", code="playbook_unwritable") from error
    click.echo(file)


@playbook.command(
    epilog="""\b
Examples:
  roomtone playbook check                  all of your own
  roomtone playbook check acme ./other.toml
""",
)
@click.argument("names", nargs=-1, metavar="[NAME|FILE]...")
@click.pass_context
def check(ctx: click.Context, names: "Sequence[str]") -> None:
    """Look for mistakes in your playbooks, or in those named; each is told with its file and line.

    The exit status is 1 when there is one.
    """
    from roomtone.config.loading import settled
    from roomtone.config.playbook import BUILT_IN_DIRECTORY, find_playbook, playbook_files

    directory = app(ctx).locations.playbook_directory
    if not names:
        files = playbook_files(directory)
        names = [name for name, file in files.items() if file.parent != BUILT_IN_DIRECTORY]
    if not names:
        click.echo(f"There are no playbooks of your own in {directory}")
    failed = False
    for named in names:
        try:
            found = find_playbook(named, directory=directory)
            settled(found.givens)
        except ConfigError as error:
            failed = True
            click.echo(error.message)
        else:
            click.echo(f"{found.file} is in order.")
    ctx.exit(1 if failed else 0)
