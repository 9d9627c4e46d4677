"""Playbooks: TOML files that set the figures of a kind of call, some built in, others the user's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from roomtone.config.document import Document, Given, converted, read_document
from roomtone.config.keys import nearest, tables
from roomtone.errors import ConfigError

BUILT_IN_DIRECTORY = Path(__file__).with_name("playbooks")
PER_CALL_TABLES = ("conversation", "nudges", "reading")
"""What a call may set for itself, with the tables within; devices, models and disk are the machine's."""
PER_CALL_KEYS = ("call.planned_minutes",)

_ENDING = ".toml"
_OWN_TABLE = "playbook"
_OWN_KEYS = ("description",)
_NAME = re.compile(r"\w[\w-]*")


@dataclass(frozen=True, slots=True)
class Playbook:
    """A playbook that was read: in order, as far as it can be told without the other settings."""

    name: str
    file: Path
    description: str
    givens: tuple[Given, ...]


def is_per_call(key: str) -> bool:
    """Return whether a playbook may set this."""
    return key.partition(".")[0] in PER_CALL_TABLES or key in PER_CALL_KEYS


def playbook_files(directory: Path | None) -> Mapping[str, Path]:
    """Return the file of each playbook by its name: those built in, and the user's own in their place."""
    folders = [BUILT_IN_DIRECTORY, *([directory] if directory else [])]
    found = {file.stem: file for folder in folders for file in sorted(folder.glob(f"*{_ENDING}"))}
    return MappingProxyType(dict(sorted(found.items())))


def find_playbook(named: str, *, directory: Path | None, place: str = "") -> Playbook:
    """Return a playbook by its name or, with a folder or ending, by its file.

    ``place`` says where it was named, to begin the sentence about one that is not there.

    Raises:
        ConfigError: when there is none, or it is wrong; with the nearest name.
    """
    files = playbook_files(directory)
    file = _as_file(named)
    if file is None:
        file = files.get(named)
        near = nearest(named, files)
        names = f"did you mean `{near}`?" if near else f"there are {', '.join(files)}"
        sentence = f"there is no playbook `{named}` ({names})."
    else:
        sentence = f"there is no playbook file {file}."
    if file is None or not file.exists():
        sentence = f"{place}: {sentence}" if place else sentence[0].upper() + sentence[1:]
        raise ConfigError(sentence, code="playbook_unknown")
    return read_playbook(file)


def playbook_name(named: str) -> str:
    """Return the name of a playbook that was named by itself or by its file."""
    file = _as_file(named)
    return named if file is None else file.stem


def read_playbook(file: Path) -> Playbook:
    """Return the playbook in a file.

    Raises:
        ConfigError: naming the file, the line, the key and the nearest right one.
    """
    document = read_document(file, what="playbook", origin=f"playbook {file.stem}")
    if document is None:
        raise ConfigError(f"There is no playbook file {file}.", code="playbook_unknown")
    _refuse_other_tables(document)
    givens = tuple(document.givens(others=[_OWN_TABLE]))
    for given in givens:
        if not is_per_call(given.key):
            raise _not_per_call(given.place, given.key)
        converted(given)
    return Playbook(file.stem, file, _description(document), givens)


def new_playbook_file(name: str, *, directory: Path) -> Path:
    """Return the file for a new playbook of the user; raises ``ConfigError`` when it cannot be one."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"A playbook is named with letters, digits, - and _ alone, not {name!r}.", code="playbook_name"
        )
    file = directory / f"{name}{_ENDING}"
    if file.exists():
        raise ConfigError(
            f"There is a playbook {name} already, which is left alone: {file}.", code="playbook_exists"
        )
    return file


def _as_file(named: str) -> Path | None:
    path = Path(named).expanduser()
    return path if path.suffix == _ENDING or len(path.parts) > 1 else None


def _refuse_other_tables(document: Document) -> None:
    for name in document.content:
        if name in tables() and name not in (*PER_CALL_TABLES, "call"):
            raise _not_per_call(document.place(name), name)


def _not_per_call(place: str, key: str) -> ConfigError:
    return ConfigError(
        f"{place}: `{key}` is not for a playbook, which holds what differs from call to call"
        f" ({', '.join(f'[{table}]' for table in PER_CALL_TABLES)}, and {', '.join(PER_CALL_KEYS)});"
        " put it into the settings file.",
        code="playbook_other_table",
    )


def _description(document: Document) -> str:
    own: Any = document.content.get(_OWN_TABLE, {})
    if not isinstance(own, dict):
        raise ConfigError(
            f"{document.place(_OWN_TABLE)}: `{_OWN_TABLE}` is a table, to be written as [{_OWN_TABLE}].",
            code="config_wrong_type",
        )
    for name, value in own.items():
        key = f"{_OWN_TABLE}.{name}"
        if name not in _OWN_KEYS:
            near = nearest(name, _OWN_KEYS)
            ending = f" (did you mean `{near}`?)" if near else f"; it has {', '.join(_OWN_KEYS)} alone"
            raise ConfigError(
                f"{document.place(key)}: there is no `{key}`{ending}.", code="config_unknown_key"
            )
        if not isinstance(value, str):
            raise ConfigError(
                f"{document.place(key)}: `{key}` must be text in quotes.", code="config_wrong_type"
            )
    return str(own.get("description", ""))
