"""``roomtone config``: the settings in force, where they come from, and changing them."""

import click

from roomtone.cli.context import app
from roomtone.errors import ConfigError


@click.group(
    epilog="""\b
Examples:
  roomtone config show
  roomtone config edit
  ROOMTONE_WHISPER__MODEL=tiny.en roomtone config show
""",
)
def config() -> None:
    """Show or change the settings.

    A setting comes from the command line, else from an environment variable, else from the settings file,
    else from the playbook in force, else it has its default. The variable of a setting is its key in
    capitals with two underscores between table and name: ROOMTONE_NUDGES__MONOLOGUE__QUIET_S=90.
    """


@config.command(
    epilog="""\b
Examples:
  roomtone config show
  roomtone config show > settings.toml     a complete settings file
""",
)
@click.pass_context
def show(ctx: click.Context) -> None:
    """Print every setting as TOML, with a comment on where its value comes from."""
    from roomtone.config.template import with_origins

    click.echo(with_origins(app(ctx).load()), nl=False)


@config.command(epilog="\b\nExample:\n  roomtone config path\n")
@click.pass_context
def path(ctx: click.Context) -> None:
    """Print the path of the settings file, which need not exist."""
    click.echo(app(ctx).config_file)


@config.command(
    epilog="""\b
Examples:
  roomtone config edit
  EDITOR="code --wait" roomtone config edit
""",
)
@click.pass_context
def edit(ctx: click.Context) -> None:
    """Open the settings file in $VISUAL or $EDITOR and check it afterwards.

    A missing file is first made, with every setting explained and commented out.
    """
    from roomtone.config.loading import load
    from roomtone.config.template import starting_file

    surroundings = app(ctx)
    file = surroundings.config_file
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_text(starting_file(), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"Cannot write {file}: {error.strerror}.", code="config_unwritable") from error
    click.edit(filename=str(file))
    load(
        file=file,
        environment={},
        overrides={},
        must_exist=True,
        playbook_directory=surroundings.locations.playbook_directory,
    )
    click.echo(f"{file} is in order.")
