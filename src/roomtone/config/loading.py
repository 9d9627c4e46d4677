"""Settings from the command line, the environment, a TOML file, a playbook and the defaults, in that order.

Every value is checked against the type of its setting on its own, and then against the others of its
table, so that a mistake is reported with the place it was made: the file and line, the variable, or the
option.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from roomtone.config.document import Given, converted, read_document
from roomtone.config.keys import is_table, nearest, proposal, setting_types, tables
from roomtone.config.locations import HOME_VARIABLE
from roomtone.config.playbook import find_playbook
from roomtone.config.settings import Settings
from roomtone.errors import ConfigError

DEFAULT_ORIGIN = "default"

_PREFIX = "ROOMTONE_"
_TABLE_SEPARATOR = "__"
_PLAYBOOK = "call.playbook"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings in force, and for each dotted key where its value came from."""

    settings: Settings
    origins: Mapping[str, str]


def load(
    *,
    file: Path,
    environment: Mapping[str, str],
    overrides: Mapping[str, object],
    must_exist: bool = False,
    playbook_directory: Path | None = None,
) -> Loaded:
    """Return the settings in force and the origin of each.

    ``overrides`` maps dotted keys (``whisper.model``) to values from the command line; ``None`` is an
    option that was not given. A missing ``file`` is an empty one unless it ``must_exist``. The user's own
    playbooks are looked for in ``playbook_directory``, beside those that are built in.

    Raises:
        ConfigError: naming the place, the key, what is expected and the nearest right name.
    """
    givens = [
        *_from_file(file, must_exist=must_exist),
        *_from_environment(environment),
        *_from_command_line(overrides),
    ]
    return settled([*_from_playbook(givens, playbook_directory), *givens])


def settled(givens: Iterable[Given]) -> Loaded:
    """Return the settings after all that was given, of two values for one setting the later.

    Raises:
        ConfigError: when a value has the wrong type, or two do not go together.
    """
    origins = dict.fromkeys(setting_types(), DEFAULT_ORIGIN)
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    for given in givens:
        *path, name = given.key.split(".")
        table = functools.reduce(lambda inner, part: inner.setdefault(part, {}), path, values)
        table[name] = converted(given)
        origins[given.key] = given.origin
        places.pop(given.key, None)  # so that they stay in the order in which they were given
        places[given.key] = given.place
    _check_together(values, places)
    return Loaded(msgspec.convert(values, Settings), MappingProxyType(origins))


def _check_together(values: Mapping[str, Any], places: Mapping[str, str]) -> None:
    """Refuse values of one table that do not go together, naming the place of the one given last."""
    for name, table in tables().items():
        path = name.split(".") if name else []
        inner: Mapping[str, Any] = functools.reduce(lambda outer, part: outer.get(part, {}), path, values)
        own = {field.name for field in msgspec.structs.fields(table) if not is_table(field)}
        try:
            msgspec.convert({key: value for key, value in inner.items() if key in own}, table)
        except msgspec.ValidationError as error:
            rule = str(error.__cause__)
            *others, place = [at for key, at in places.items() if f"`{key.removeprefix(f'{name}.')}`" in rule]
            beside = f" (the other is in {others[-1]})" if others and others[-1] != place else ""
            raise ConfigError(f"{place}: in [{name}], {rule}{beside}.", code="config_contradiction") from None


def _from_file(file: Path, *, must_exist: bool) -> Iterator[Given]:
    document = read_document(file, what="settings file", origin="file")
    if document is not None:
        yield from document.givens()
    elif must_exist:
        raise ConfigError(f"There is no settings file {file}.", code="config_missing")


def _from_playbook(givens: Iterable[Given], directory: Path | None) -> Iterator[Given]:
    """Yield what the playbook gives that was named last, where one was."""
    named = [given for given in givens if given.key == _PLAYBOOK]
    if named and (name := str(converted(named[-1]))):
        yield from find_playbook(name, directory=directory, place=named[-1].place).givens


def _from_environment(environment: Mapping[str, str]) -> Iterator[Given]:
    for variable, value in environment.items():
        if not variable.startswith(_PREFIX) or variable == HOME_VARIABLE:
            continue
        key = variable.removeprefix(_PREFIX).lower().replace(_TABLE_SEPARATOR, ".")
        place = f"The environment variable {variable}"
        if key not in setting_types():
            found = nearest(variable, (*map(variable_of, setting_types()), HOME_VARIABLE))
            ending = f"; did you mean {found}?" if found else "."
            raise ConfigError(f"{place} stands for no setting{ending}", code="config_unknown_variable")
        yield Given(key, value, f"environment, {variable}", place, is_text=True)


def variable_of(key: str) -> str:
    """Return the environment variable that sets a dotted key."""
    return _PREFIX + key.upper().replace(".", _TABLE_SEPARATOR)


def _from_command_line(overrides: Mapping[str, object]) -> Iterator[Given]:
    for key, value in overrides.items():
        if key not in setting_types():
            raise ConfigError(f"There is no setting `{key}`{proposal(key)}.", code="config_unknown_key")
        if value is not None:
            yield Given(key, value, "command line", "The command line", is_text=isinstance(value, str))
