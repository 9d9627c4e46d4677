"""Settings as TOML for people: those in force with their origins, and a file to start from."""

import ast
import functools
import inspect
import itertools
import json
import textwrap
from collections.abc import Iterator, Mapping

import msgspec

from roomtone.config.keys import setting_types, tables
from roomtone.config.loading import Loaded
from roomtone.config.settings import Settings

_COMMENT_COLUMNS = 100
"""Width of a comment in the template; fits a common terminal beside an editor's margin."""


def with_origins(loaded: Loaded) -> str:
    """Return all settings as a TOML document, each line with a comment that says where it comes from."""
    return "".join(
        f"{name} = {_toml(value)}  # {loaded.origins[key]}\n" if name else f"\n[{key}]\n"
        for key, name, value in _lines(loaded.settings)
    ).lstrip()


def starting_file() -> str:
    """Return a settings file with every setting at its default, explained and commented out."""
    explanations = _explanations()
    parts = ["# Settings of Roomtone. Remove the # before a name to change what follows it.\n"]
    for key, name, value in _lines(Settings()):
        if name:
            parts += [f"{line}\n" for line in _comment(explanations.get(key, ""))]
            parts.append(f"#{name} = {_toml(value)}\n")
        else:
            parts.append(f"\n[{key}]\n")
    return "".join(parts)


def _lines(settings: Settings) -> Iterator[tuple[str, str, object]]:
    """Yield ``(table, "", None)`` before each table and ``(key, name, value)`` for each setting."""
    builtins = msgspec.to_builtins(settings)
    for table, members in itertools.groupby(setting_types(), key=lambda key: key.rpartition(".")[0]):
        yield table, "", None
        for key in members:
            value = functools.reduce(lambda inner, part: inner[part], key.split("."), builtins)
            yield key, key.rpartition(".")[2], value


def _toml(value: object) -> str:
    """Return a value as TOML, which for these types is written as in JSON."""
    return json.dumps(value, ensure_ascii=False)


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text, width=_COMMENT_COLUMNS, initial_indent="# ", subsequent_indent="# ", break_long_words=False
    )


def _explanations() -> Mapping[str, str]:
    """Return the docstring of every setting by its dotted key, read from the source of the settings."""
    return {
        f"{table}.{name}": text.replace("``", '"')
        for table, struct in tables().items()
        for name, text in _docstrings(struct)
    }


def _docstrings(struct: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    """Yield the name of each field of a table and the text under it."""
    (definition,) = ast.parse(inspect.getsource(struct)).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 - the source of a class
    for field, text in itertools.pairwise(definition.body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        ):
            yield field.target.id, inspect.cleandoc(text.value.value).replace("\n", " ")
