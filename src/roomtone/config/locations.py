"""Where Roomtone keeps its files on this machine; looking never creates anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

HOME_VARIABLE = "ROOMTONE_HOME"
"""Moves everything below one folder: portable use, and tests."""

_APPLICATION = "roomtone"


@dataclass(frozen=True, slots=True)
class Locations:
    """The absolute paths of everything Roomtone reads and writes by itself; none need exist."""

    config_file: Path
    playbook_directory: Path
    calls_directory: Path
    model_directory: Path
    log_file: Path


def locations(environment: Mapping[str, str]) -> Locations:
    """Return the places the platform intends, or those below ``ROOMTONE_HOME`` when that is set."""
    if home_name := environment.get(HOME_VARIABLE):
        home = Path(home_name).expanduser().absolute()
        return Locations(
            config_file=home / "config.toml",
            playbook_directory=home / "playbooks",
            calls_directory=home / "calls",
            model_directory=home / "models",
            log_file=home / "roomtone.log",
        )
    config_directory = platformdirs.user_config_path(_APPLICATION, appauthor=False)
    data_directory = platformdirs.user_data_path(_APPLICATION, appauthor=False)
    return Locations(
        config_file=config_directory / "config.toml",
        playbook_directory=config_directory / "playbooks",
        calls_directory=data_directory / "calls",
        model_directory=data_directory / "models",
        log_file=platformdirs.user_log_path(_APPLICATION, appauthor=False) / "roomtone.log",
    )
