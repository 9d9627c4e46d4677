"""The command line: the composition root, and the only place that names concrete classes.

Each subcommand lives in a module of its own and is imported when it is called, so that
``roomtone --help`` stays quick.
"""

import sys

import click

from roomtone import __version__
from roomtone.errors import RoomtoneError

COMMANDS = {
    "replay": "roomtone.cli.replay:replay",
    "debrief": "roomtone.cli.debrief:debrief",
    "models": "roomtone.cli.models:models",
    "config": "roomtone.cli.config:config",
    "completion": "roomtone.cli.completion:completion",
}


class LazyGroup(click.Group):
    """A group that imports a subcommand only when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Return the names in the order they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import and return one subcommand."""
        import importlib

        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - narrows the type
        return command
