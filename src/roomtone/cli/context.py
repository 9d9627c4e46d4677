"""What the subcommands share: where things lie, the settings in force, and the log."""

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

import click

from roomtone.config.loading import Loaded, load
from roomtone.config.locations import Locations, locations
from roomtone.config.settings import Settings

_LOG_BYTES = 1_000_000
"""Size at which a log file is put aside: about a working week at the usual level."""
_LOG_FILES = 3
"""Older files kept: enough for a report of trouble noticed late."""


@dataclass(frozen=True)
class App:
    """The program's surroundings; settings are read when they are first asked for."""

    environment: Mapping[str, str]
    given_config_file: Path | None = None

    @cached_property
    def locations(self) -> Locations:
        """Where Roomtone keeps its files on this machine."""
        return locations(self.environment)

    @property
    def config_file(self) -> Path:
        """The settings file in use, which need not exist."""
        return self.given_config_file or self.locations.config_file

    @property
    def model_directory(self) -> Path:
        """Where fetched models lie."""
        return self.locations.model_directory

    @property
    def calls_directory(self) -> Path:
        """Where the calls are kept, as the settings say."""
        directory = self.settings.storage.directory
        return Path(directory).expanduser().absolute() if directory else self.locations.calls_directory

    @cached_property
    def settings(self) -> Settings:
        """The settings in force without any option of a subcommand; raises ``ConfigError``."""
        return self.load().settings

    def load(self, overrides: Mapping[str, object] | None = None) -> Loaded:
        """Return the settings with a subcommand's options over them, by dotted key; None is not given.

        Raises:
            ConfigError: when a file, variable or option is wrong.
        """
        return load(
            file=self.config_file,
            environment=self.environment,
            overrides=overrides or {},
            must_exist=self.given_config_file is not None,
            playbook_directory=self.locations.playbook_directory,
        )


@contextlib.contextmanager
def logging_to(file: Path, level: str) -> Iterator[None]:
    """Send the log of the whole program to a rotating file, and nothing to the terminal."""
    handler = _LogFile(file, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    level_before, complaining_before = root.level, logging.raiseExceptions
    logging.raiseExceptions = False  # a log that cannot be written is no reason to disturb a call
    root.addHandler(handler)
    root.setLevel(level.upper())
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level_before)
        logging.raiseExceptions = complaining_before
        handler.close()


class _LogFile(RotatingFileHandler):
    """A rotating file whose folder is made when there is something to write."""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()


def app(ctx: click.Context) -> App:
    """Return the program's surroundings from a subcommand's context."""
    found = ctx.find_object(App)
    assert found is not None  # noqa: S101 - the program's group always sets it
    return found
