"""Settings from the command line, the environment, a TOML file and the defaults, in that order.

Every value is checked against the type of its setting on its own, and then against the others of its
table, so that a mistake is reported with the place it was made: the file and line, the variable, or the
option.
"""

import difflib
import functools
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from roomtone.config.locations import HOME_VARIABLE
from roomtone.config.settings import Settings
from roomtone.errors import ConfigError

DEFAULT_ORIGIN = "default"

_PREFIX = "ROOMTONE_"
_TABLE_SEPARATOR = "__"
_SIMILARITY = 0.6
"""difflib's own measure of a close match; lower values propose unrelated names."""

_HEADER = re.compile(r"\s*\[([\w.\- ]+)\]")
_ASSIGNMENT = re.compile(r"\s*([\w.\- ]+?)\s*=")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings in force, and for each dotted key where its value came from."""

    settings: Settings
    origins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Given:
    """A value somebody gave for a setting; ``place`` begins the error sentence about it."""

    key: str
    value: object
    origin: str
    place: str
    is_text: bool = False
    """Whether the value is text that stands for another type, as in the environment."""


def load(
    *,
    file: Path,
    environment: Mapping[str, str],
    overrides: Mapping[str, object],
    must_exist: bool = False,
) -> Loaded:
    """Return the settings in force and the origin of each.

    ``overrides`` maps dotted keys (``whisper.model``) to values from the command line; ``None`` is an
    option that was not given. A missing ``file`` is an empty one unless it ``must_exist``.

    Raises:
        ConfigError: naming the place, the key, what is expected and the nearest right name.
    """
    origins = dict.fromkeys(setting_types(), DEFAULT_ORIGIN)
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    for given in (
        *_from_file(file, must_exist=must_exist),
        *_from_environment(environment),
        *_from_command_line(overrides),
    ):
        *path, name = given.key.split(".")
        table = functools.reduce(lambda inner, part: inner.setdefault(part, {}), path, values)
        table[name] = _converted(given)
        origins[given.key] = given.origin
        places[given.key] = given.place
    _check_together(values, places)
    return Loaded(msgspec.convert(values, Settings), MappingProxyType(origins))


def _check_together(values: Mapping[str, Any], places: Mapping[str, str]) -> None:
    """Refuse values of one table that do not go together, naming the place of the one given last."""
    for name, table in tables().items():
        path = name.split(".") if name else []
        inner: Mapping[str, Any] = functools.reduce(lambda outer, part: outer.get(part, {}), path, values)
        own = {field.name for field in msgspec.structs.fields(table) if not _is_table(field)}
        try:
            msgspec.convert({key: value for key, value in inner.items() if key in own}, table)
        except msgspec.ValidationError as error:
            rule = str(error.__cause__)
            place = [at for key, at in places.items() if f"`{key.removeprefix(f'{name}.')}`" in rule][-1]
            raise ConfigError(f"{place}: in [{name}], {rule}.", code="config_contradiction") from None


@functools.cache
def tables() -> Mapping[str, type[msgspec.Struct]]:
    """Return the struct of every table of the settings file by its dotted name; the top has none."""
    return MappingProxyType(dict(_tables_within(Settings, "")))


def _tables_within(table: type[msgspec.Struct], name: str) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    yield name, table
    for field in msgspec.structs.fields(table):
        if _is_table(field):
            yield from _tables_within(field.type, f"{name}.{field.name}".lstrip("."))


@functools.cache
def setting_types() -> Mapping[str, Any]:
    """Return the type of every setting by its dotted key, those of a table together and in order."""
    return MappingProxyType(
        {
            f"{name}.{field.name}".lstrip("."): field.type
            for name, table in tables().items()
            for field in msgspec.structs.fields(table)
            if not _is_table(field)
        }
    )


def _is_table(field: msgspec.structs.FieldInfo) -> bool:
    return isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)


def _from_file(file: Path, *, must_exist: bool) -> Iterator[_Given]:
    try:
        # Windows editors like to begin a file with a byte-order mark, which TOML does not know.
        text = file.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except FileNotFoundError:
        if must_exist:
            raise ConfigError(f"There is no settings file {file}.", code="config_missing") from None
        return
    except OSError as error:
        raise ConfigError(
            f"The settings file {file} cannot be read: {error.strerror}.", code="config_unreadable"
        ) from error
    except ValueError as error:  # both wrong TOML and wrong UTF-8
        raise ConfigError(f"{file} is not a TOML file: {error}.", code="config_syntax") from error
    yield from _from_table(content, "", file, text)


def _from_table(table: dict[str, Any], prefix: str, file: Path, text: str) -> Iterator[_Given]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        line = _line_of(key, text)
        place = f"{file}, line {line}" if line else str(file)
        if key in setting_types():
            yield _Given(key, value, f"file, line {line}" if line else "file", place)
        elif key not in tables():
            raise ConfigError(
                f"{place}: there is no setting `{key}`{_proposal(key)}.", code="config_unknown_key"
            )
        elif isinstance(value, dict):
            yield from _from_table(value, f"{key}.", file, text)
        else:
            raise ConfigError(
                f"{place}: `{key}` is a table, to be written as [{key}], not a value.",
                code="config_wrong_type",
            )


def _line_of(key: str, text: str) -> int | None:
    """Return the line that sets a key or opens a table, when it is written in the usual way."""
    prefix = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = header[1].replace(" ", "")
            if table == key or table.startswith(f"{key}."):
                return number
            prefix = f"{table}."
        elif assignment := _ASSIGNMENT.match(line):
            assigned = prefix + assignment[1].replace(" ", "")
            if assigned == key or assigned.startswith(f"{key}."):
                return number
    return None


def _from_environment(environment: Mapping[str, str]) -> Iterator[_Given]:
    for variable, value in environment.items():
        if not variable.startswith(_PREFIX) or variable == HOME_VARIABLE:
            continue
        key = variable.removeprefix(_PREFIX).lower().replace(_TABLE_SEPARATOR, ".")
        place = f"The environment variable {variable}"
        if key not in setting_types():
            nearest = _nearest(variable, (*map(variable_of, setting_types()), HOME_VARIABLE))
            proposal = f"; did you mean {nearest}?" if nearest else "."
            raise ConfigError(f"{place} stands for no setting{proposal}", code="config_unknown_variable")
        yield _Given(key, value, f"environment, {variable}", place, is_text=True)


def variable_of(key: str) -> str:
    """Return the environment variable that sets a dotted key."""
    return _PREFIX + key.upper().replace(".", _TABLE_SEPARATOR)


def _from_command_line(overrides: Mapping[str, object]) -> Iterator[_Given]:
    for key, value in overrides.items():
        if key not in setting_types():
            raise ConfigError(f"There is no setting `{key}`{_proposal(key)}.", code="config_unknown_key")
        if value is not None:
            yield _Given(key, value, "command line", "The command line", is_text=isinstance(value, str))


def _converted(given: _Given) -> object:
    expected = setting_types()[given.key]
    kind = msgspec.inspect.type_info(expected)
    value = given.value
    if given.is_text and isinstance(value, str) and isinstance(kind, msgspec.inspect.VarTupleType):
        value = [part.strip() for part in value.split(",") if part.strip()]
    try:
        return msgspec.convert(value, expected, strict=not given.is_text)
    except msgspec.ValidationError:
        shown = json.dumps(given.value, ensure_ascii=False, default=str)
        raise ConfigError(
            f"{given.place}: `{given.key}` must be {_in_words(kind)}, not {shown}.",
            code="config_wrong_type",
        ) from None


def _in_words(kind: msgspec.inspect.Type) -> str:
    match kind:
        case msgspec.inspect.BoolType():
            return "true or false"
        case msgspec.inspect.LiteralType(values=values):
            return "one of " + ", ".join(json.dumps(value) for value in values)
        case msgspec.inspect.VarTupleType(item_type=item):
            return f"a list, each item {_in_words(item)}"
        case msgspec.inspect.IntType() | msgspec.inspect.FloatType():
            noun = "a whole number" if isinstance(kind, msgspec.inspect.IntType) else "a number"
            if kind.gt is not None and kind.le is not None:
                return f"{noun} above {kind.gt:g} and at most {kind.le:g}"
            if kind.ge is not None and kind.le is not None:
                return f"{noun} from {kind.ge:g} to {kind.le:g}"
            return f"{noun} of at least {kind.ge:g}" if kind.ge is not None else noun
        case _:
            return "text in quotes"


def _proposal(key: str) -> str:
    """Return the nearest name in the same table, else the key of that name in another, to end a sentence."""
    table, _, name = key.rpartition(".")
    siblings = [field.name for field in msgspec.structs.fields(tables().get(table, Settings))]
    elsewhere = next((known for known in setting_types() if known.endswith(f".{name}")), None)
    nearest = _nearest(name, siblings) or elsewhere
    return f" (did you mean `{nearest}`?)" if nearest else ""


def _nearest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=_SIMILARITY)), None)
