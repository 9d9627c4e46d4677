"""Writing a choice into the settings file."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from roomtone.errors import ConfigError


def remember(file: Path, table: str, choices: Mapping[str, str]) -> None:
    """Write the choices into a table of the settings file, which otherwise stays as it is; all or nothing.

    Raises ``ConfigError`` when the file cannot be written.
    """
    import tomlkit

    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8-sig") if file.exists() else "")
        document.setdefault(table, tomlkit.table()).update(choices)
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(tomlkit.dumps(document), encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise ConfigError(f"Cannot write {file}: {error.strerror}.", code="config_unwritable") from error
