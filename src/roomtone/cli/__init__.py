"""The command line: the composition root, and the only place that names concrete classes.

Each subcommand lives in a module of its own and is imported when it is called, so that
``roomtone --help`` stays quick.
"""

import importlib
import io
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from roomtone import __version__
from roomtone.errors import RoomtoneError

COMMANDS = {
    "listen": ("roomtone.cli.listen:listen", "Listen to a call while it happens."),
    "replay": ("roomtone.cli.replay:replay", "Play a recorded call through Roomtone."),
    "read": ("roomtone.cli.read:read", "Show how the customer of a recorded call sounded, turn by turn."),
    "check": ("roomtone.cli.check:check", "Look whether a call can begin."),
    "debrief": ("roomtone.cli.debrief:debrief", "Show the report of a call."),
    "promises": ("roomtone.cli.promises:promises", "Show, review and hand over what was promised."),
    "explain": ("roomtone.cli.explain:explain", "Show why something was said at a moment, or nothing."),
    "nudges": ("roomtone.cli.nudges:nudges", "Show how often each kind of nudge was wrong."),
    "retranscribe": ("roomtone.cli.retranscribe:retranscribe", "Transcribe a call anew, by a better model."),
    "forget": ("roomtone.cli.forget:forget_call", "Remove everything that is kept of a call."),
    "devices": ("roomtone.cli.devices:devices", "List the microphones and outputs, or choose among them."),
    "models": ("roomtone.cli.models:models", "List, fetch and verify the model files."),
    "playbook": ("roomtone.cli.playbook:playbook", "List, show, write and check the playbooks."),
    "config": ("roomtone.cli.config:config", "Show or change the settings."),
    "completion": ("roomtone.cli.completion:completion", "Print the completion script of a shell."),
}
"""Where each subcommand is, and its line in the help, which is shown without importing it."""

LOG_LEVELS = ("debug", "info", "warning", "error")

_INTERRUPTED = 130
"""What a shell reports for a program ended by Ctrl-C: 128 + SIGINT."""


class Program(click.Group):
    """A group that imports a subcommand when it is needed and ends in one sentence when one fails."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Return the names in the order they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import and return one subcommand."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - narrows the type
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the list of subcommands from the table, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run the program and exit: errors as one line on stderr, Ctrl-C as 130, a closed pipe quietly."""
        try:
            status = super().main(*args, **(extra | {"standalone_mode": False}))
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except RoomtoneError as error:
            click.echo(f"roomtone: {error.message}", err=True)
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(_INTERRUPTED)
        sys.exit(status if isinstance(status, int) else 0)


@click.group(
    "roomtone",
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  roomtone check                           are both sides of a call heard?
  roomtone listen                          beside a call
  roomtone replay call.wav                 look at a recorded call
  roomtone debrief                         the report of the last call
  roomtone models fetch base               fetch the speech model
  roomtone config show                     all settings and their origins
""",
)
@click.version_option(__version__, prog_name="roomtone")
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Read the settings from FILE instead of the usual place.",
)
@click.option(
    "--log-level",
    type=click.Choice(LOG_LEVELS),
    default="warning",
    show_default=True,
    help="How much is written to the log file; nothing of it reaches the terminal.",
)
@click.pass_context
def cli(ctx: click.Context, config_file: Path | None, log_level: str) -> None:
    """Roomtone sits beside a sales call, listens to both sides on this machine, and helps.

    It says one short useful thing at the right moment, and afterwards shows what was missed. Nothing leaves
    the machine, unless you name a server for the words.
    """
    from roomtone.cli.context import App, logging_to

    ctx.obj = app = App(environment=os.environ, given_config_file=config_file)
    ctx.with_resource(logging_to(app.locations.log_file, log_level))


def main() -> NoReturn:
    """Run the ``roomtone`` program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal or pipe that lacks a character gets a question mark rather than ending the call.
        sys.stdout.reconfigure(errors="replace")
    cli.main()
