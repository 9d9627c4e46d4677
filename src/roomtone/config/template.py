"""Settings as TOML for people: those in force with their origins, a playbook's, and files to start from."""

import ast
import functools
import inspect
import itertools
import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from roomtone.config.keys import setting_types, tables
from roomtone.config.loading import Loaded, settled
from roomtone.config.playbook import Playbook, is_per_call
from roomtone.config.settings import Settings

_COMMENT_COLUMNS = 100
"""Width of a comment in the template; fits a common terminal beside an editor's margin."""


def with_origins(loaded: Loaded) -> str:
    """Return all settings as a TOML document, each line with a comment that says where it comes from."""
    return "".join(
        f"{name} = {_toml(value)}  # {loaded.origins[key]}\n" if name else f"\n[{key}]\n"
        for key, name, value in _lines(loaded.settings, setting_types())
    ).lstrip()


def starting_file() -> str:
    """Return a settings file with every setting at its default, explained and commented out."""
    head = "# Settings of Roomtone. Remove the # before a name to change what follows it.\n"
    return head + _explained(setting_types())


def starting_playbook() -> str:
    """Return a playbook with everything it may set at its default, explained and commented out."""
    head = "# A playbook of Roomtone. Remove the # before a name to change what follows it.\n"
    return f'{head}\n[playbook]\ndescription = ""\n{_explained(filter(is_per_call, setting_types()))}'


def beside_defaults(playbook: Playbook) -> str:
    """Return what a playbook sets as a TOML document, each line with a comment that has the default."""
    given = {item.key for item in playbook.givens}
    keys = [key for key in setting_types() if key in given]
    parts = []
    pairs = zip(_lines(settled(playbook.givens).settings, keys), _lines(Settings(), keys), strict=True)
    for (key, name, value), (_, _, default) in pairs:
        beside = "as the default" if value == default else f"default: {_toml(default)}"
        parts.append(f"{name} = {_toml(value)}  # {beside}\n" if name else f"\n[{key}]\n")
    return "".join(parts).lstrip()


def _explained(keys: Iterable[str]) -> str:
    explanations = _explanations()
    parts = []
    for key, name, value in _lines(Settings(), keys):
        if name:
            parts += [f"{line}\n" for line in _comment(explanations.get(key, ""))]
            parts.append(f"#{name} = {_toml(value)}\n")
        else:
            parts.append(f"\n[{key}]\n")
    return "".join(parts)


def _lines(settings: Settings, keys: Iterable[str]) -> Iterator[tuple[str, str, object]]:
    """Yield ``(table, "", None)`` before each table and ``(key, name, value)`` for each setting."""
    builtins = msgspec.to_builtins(settings)
    for table, members in itertools.groupby(keys, key=lambda key: key.rpartition(".")[0]):
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
