"""The names and types of all settings, and the nearest right name to a wrong one."""

import difflib
import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from roomtone.config.settings import Settings

_SIMILARITY = 0.6
"""difflib's own measure of a close match; lower values propose unrelated names."""


@functools.cache
def tables() -> Mapping[str, type[msgspec.Struct]]:
    """Return the struct of every table of the settings file by its dotted name; the top has none."""
    return MappingProxyType(dict(_tables_within(Settings, "")))


def _tables_within(table: type[msgspec.Struct], name: str) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    yield name, table
    for field in msgspec.structs.fields(table):
        if is_table(field):
            yield from _tables_within(field.type, f"{name}.{field.name}".lstrip("."))


@functools.cache
def setting_types() -> Mapping[str, Any]:
    """Return the type of every setting by its dotted key, those of a table together and in order."""
    return MappingProxyType(
        {
            f"{name}.{field.name}".lstrip("."): field.type
            for name, table in tables().items()
            for field in msgspec.structs.fields(table)
            if not is_table(field)
        }
    )


def is_table(field: msgspec.structs.FieldInfo) -> bool:
    """Return whether a field of a table is a table itself."""
    return isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)


def in_words(kind: msgspec.inspect.Type) -> str:
    """Return what values a setting takes, to follow "must be"."""
    match kind:
        case msgspec.inspect.BoolType():
            return "true or false"
        case msgspec.inspect.LiteralType(values=values):
            return "one of " + ", ".join(json.dumps(value) for value in values)
        case msgspec.inspect.VarTupleType(item_type=item, max_length=most):
            return f"a list{f' of at most {most}' if most is not None else ''}, each item {in_words(item)}"
        case msgspec.inspect.IntType() | msgspec.inspect.FloatType():
            noun = "a whole number" if isinstance(kind, msgspec.inspect.IntType) else "a number"
            if kind.gt is not None and kind.le is not None:
                return f"{noun} above {kind.gt:g} and at most {kind.le:g}"
            if kind.ge is not None and kind.le is not None:
                return f"{noun} from {kind.ge:g} to {kind.le:g}"
            return f"{noun} of at least {kind.ge:g}" if kind.ge is not None else noun
        case msgspec.inspect.StrType(max_length=int(most)):
            return f"text in quotes of at most {most} characters"
        case _:
            return "text in quotes"


def proposal(key: str, *, others: Iterable[str] = ()) -> str:
    """Return the nearest name in the same table, else the key of that name in another, to end a sentence.

    ``others`` are names that are right there although they are no settings.
    """
    table, _, name = key.rpartition(".")
    siblings = [field.name for field in msgspec.structs.fields(tables().get(table, Settings))]
    elsewhere = next((known for known in setting_types() if known.endswith(f".{name}")), None)
    found = nearest(name, (*siblings, *others)) or elsewhere
    return f" (did you mean `{found}`?)" if found else ""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the one of the names that looks most like ``name``, None when none does."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=_SIMILARITY)), None)
