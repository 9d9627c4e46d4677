"""What the commands share that look at a kept call again: its rules, settings and log."""

from collections.abc import Sequence
from pathlib import Path

import click

from roomtone.cli.context import App
from roomtone.config.settings import Settings
from roomtone.errors import ConfigError
from roomtone.events import Event, SessionStarted
from roomtone.nudges.installed import installed_rules
from roomtone.nudges.rule import Rule
from roomtone.session.calls import Library
from roomtone.session.store import read_events


def rules_of(settings: Settings) -> Sequence[Rule]:
    """Return the rules that the line has with these settings."""
    return installed_rules(settings.nudges).rules


def settings_of_call(app: App, started: SessionStarted | None, *, playbook: str | None = None) -> Settings:
    """Return the settings with a playbook, else with the one the call was heard with, as they are now.

    A playbook of the call that can no longer be read is left out, and that is said on stderr.

    Raises:
        ConfigError: when the settings are wrong.
    """
    heard_with = started.playbook if started else ""
    try:
        return app.load({"call.playbook": heard_with if playbook is None else playbook}).settings
    except ConfigError:
        if playbook is not None or not heard_with:
            raise
        settings = app.load({"call.playbook": ""}).settings
        click.echo(f"The playbook {heard_with} of this call is not here, and is left out.", err=True)
        return settings


def find_call(app: App, name: str | None) -> Path:
    """Return the log of a call by its name or a part of it, without one of the call heard last."""
    library = Library(app.calls_directory)
    return library.latest() if name is None else library.find(name)


def events_of(log: Path) -> list[Event]:
    """Return the events of a call, saying on stderr when some come from a newer version."""
    stored = read_events(log)
    events = list(stored)
    if stored.unknown:
        click.echo(
            f"{stored.unknown.total()} entries of the log come from a newer version of Roomtone and are left"
            " out.",
            err=True,
        )
    return events


def started_of(events: list[Event]) -> SessionStarted | None:
    """Return the beginning of a call, None when its log has none."""
    return next((event for event in events if isinstance(event, SessionStarted)), None)
