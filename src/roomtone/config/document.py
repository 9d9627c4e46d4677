"""A TOML document of settings: what it gives for which setting, and on which line."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from roomtone.config.keys import in_words, proposal, setting_types, tables
from roomtone.errors import ConfigError

_HEADER = re.compile(r"\s*\[([\w.\- ]+)\]")
_ASSIGNMENT = re.compile(r"\s*([\w.\- ]+?)\s*=")


@dataclass(frozen=True, slots=True)
class Given:
    """A value somebody gave for a setting; ``place`` begins the error sentence about it."""

    key: str
    value: object
    origin: str
    place: str
    is_text: bool = False
    """Whether the value is text that stands for another type, as in the environment."""


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML file as it was read; ``origin`` is what its settings are said to come from."""

    file: Path
    text: str
    content: dict[str, Any]
    origin: str

    def place(self, key: str) -> str:
        """Return where a key or table is, to begin a sentence about it."""
        line = line_of(key, self.text)
        return f"{self.file}, line {line}" if line else str(self.file)

    def givens(self, *, others: Iterable[str] = ()) -> Iterator[Given]:
        """Yield what the document gives, but for the tables ``others``, which are no settings.

        Raises:
            ConfigError: naming the line, the unknown key and the nearest right one.
        """
        settings = {name: value for name, value in self.content.items() if name not in others}
        yield from self._within(settings, "", others)

    def _within(self, table: dict[str, Any], prefix: str, others: Iterable[str]) -> Iterator[Given]:
        for name, value in table.items():
            key = f"{prefix}{name}"
            if key in setting_types():
                line = line_of(key, self.text)
                origin = f"{self.origin}, line {line}" if line else self.origin
                yield Given(key, value, origin, self.place(key))
            elif key not in tables():
                nearest = proposal(key, others=() if prefix else others)
                raise ConfigError(
                    f"{self.place(key)}: there is no setting `{key}`{nearest}.", code="config_unknown_key"
                )
            elif isinstance(value, dict):
                yield from self._within(value, f"{key}.", others)
            else:
                raise ConfigError(
                    f"{self.place(key)}: `{key}` is a table, to be written as [{key}], not a value.",
                    code="config_wrong_type",
                )


def read_document(file: Path, *, what: str, origin: str) -> Document | None:
    """Return the document in a file, None when there is no such file; ``what`` it is, for the errors.

    Raises:
        ConfigError: when it cannot be read, or is no TOML.
    """
    try:
        # Windows editors like to begin a file with a byte-order mark, which TOML does not know.
        text = file.read_text(encoding="utf-8-sig")
        return Document(file, text, tomllib.loads(text), origin)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(
            f"The {what} {file} cannot be read: {error.strerror}.", code="config_unreadable"
        ) from error
    except ValueError as error:  # both wrong TOML and wrong UTF-8
        raise ConfigError(f"{file} is not a TOML file: {error}.", code="config_syntax") from error


def line_of(key: str, text: str) -> int | None:
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


def converted(given: Given) -> object:
    """Return the value as the type of its setting; raises ``ConfigError`` when it is none."""
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
            f"{given.place}: `{given.key}` must be {in_words(kind)}, not {shown}.",
            code="config_wrong_type",
        ) from None
