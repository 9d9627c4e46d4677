"""The seller's agenda as they wrote it: a Markdown list, a TOML file, or lines of text. Pure."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from roomtone.config.conversation import MOST_POINT_CHARACTERS, MOST_POINTS
from roomtone.config.keys import nearest
from roomtone.errors import ConfigError
from roomtone.types import AgendaPoint

_BULLET = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])(?:\s+(.*))?$")
_TICK_BOX = re.compile(r"\[[ xX]?\]\s*")
_NO_TEXT = re.compile(r"\s*$|\s{0,3}(?:#{1,6}(?:\s|$)|[-=*_](?:\s*[-=*_]){2,}\s*$)")
"""An empty line, a heading, the line under one, or a rule across the page."""
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(\*\*|__|\*|`|~~)(?=\S)(.+?)(?<=\S)\1")
_KEY_WORDS = re.compile(r"\s*\(\s*key[ -]?words?\s*:([^()]*)\)\s*\.?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Written:
    """A point and the line it begins on; without ``key_words`` they may be in its text."""

    line: int
    text: str
    key_words: tuple[str, ...] | None = None


def from_lines(lines: Iterable[str], *, name: str) -> tuple[AgendaPoint, ...]:
    """Return the points written one a line, with or without the mark of a list; empty lines are none.

    Raises:
        ConfigError: with ``name`` and the line, when there is too much of them.
    """
    written = [_Written(number, _without_mark(line)) for number, line in enumerate(lines, start=1)]
    return _points(written, name)


def from_markdown(text: str, *, name: str) -> tuple[AgendaPoint, ...]:
    """Return the points of the lists in a Markdown text; headings and other paragraphs are none.

    Raises:
        ConfigError: with the file's ``name`` and the line, when there is no point, or too much of them.
    """
    written: list[_Written] = []
    other_line: int | None = None
    goes_on = False  # a line without a mark right after an item belongs to it
    for number, line in enumerate(_without_comments(text).splitlines(), start=1):
        if _NO_TEXT.match(line):
            goes_on = False
        elif _BULLET.match(line):
            written.append(_Written(number, _plain(_without_mark(line))))
            goes_on = True
        elif goes_on:
            item = written.pop()
            written.append(_Written(item.line, f"{item.text} {_plain(line.strip())}".lstrip()))
        else:
            other_line = other_line or number
    points = _points(written, name)
    if not points:
        _refuse(name, other_line, "there is no point; write each on a line of its own that begins with -")
    return points


def from_toml(text: str, *, name: str) -> tuple[AgendaPoint, ...]:
    """Return the points of a TOML text: ``points`` is a list of texts, or of tables.

    Raises:
        ConfigError: with the file's ``name``, the line and the nearest right key.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is not a TOML file: {error}.", code="config_syntax") from error
    _check_keys(content, ("points",), name, text)
    points = content.get("points")
    if not isinstance(points, list) or not points:
        line = next(iter(_lines_of("points", text)), None)
        _refuse(name, line, "`points` must be a list of points, each a text or a table")
    return _points([_from_toml(point, nth, name, text) for nth, point in enumerate(points)], name)


def _from_toml(point: object, nth: int, name: str, text: str) -> _Written:
    lines = _lines_of("points", text)  # of each [[points]], or of the one list
    line = lines[min(nth, len(lines) - 1)] if lines else 0
    table: Mapping[str, Any] = point if isinstance(point, dict) else {"text": point}
    _check_keys(table, ("text", "key_words"), name, text, after=line)
    said, words = table.get("text"), table.get("key_words")
    if not isinstance(said, str) or not said.strip():
        _refuse(name, line, f"point {nth + 1} must have a text in quotes")
    if words is None:
        return _Written(line, said)
    if not (isinstance(words, list) and all(isinstance(word, str) for word in words)):
        _refuse(name, line, f"`key_words` of point {nth + 1} must be a list, each item text in quotes")
    return _Written(line, said, tuple(word.strip() for word in words if word.strip()))


def _points(written: Sequence[_Written], name: str) -> tuple[AgendaPoint, ...]:
    """Return what has a text as points, with their ids."""
    written = [item for item in written if item.text]
    points: list[AgendaPoint] = []
    for number, item in enumerate(written, start=1):
        text = " ".join(item.text.split())
        text, key_words = _with_key_words(text) if item.key_words is None else (text, item.key_words)
        if number > MOST_POINTS:
            _refuse(name, item.line, f"this is point {number}; more than {MOST_POINTS} nobody keeps in view")
        if len(text) > MOST_POINT_CHARACTERS:
            most = MOST_POINT_CHARACTERS
            _refuse(name, item.line, f"a point has at most {most} characters, and this one {len(text)}")
        points.append(AgendaPoint(f"point-{number}", text, key_words))
    return tuple(points)


def _with_key_words(text: str) -> tuple[str, tuple[str, ...]]:
    found = _KEY_WORDS.search(text)
    if found is None or not found.start():
        return text, ()
    words = (word.strip(" \"'“”") for word in re.split(r"[,;]", found[1]))
    return text[: found.start()], tuple(filter(None, words))


def _without_comments(text: str) -> str:
    """Return the text without HTML comments, on as many lines."""
    return _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)


def _without_mark(line: str) -> str:
    bullet = _BULLET.match(line)
    return _TICK_BOX.sub("", (bullet[1] or "") if bullet else line.strip(), count=1)


def _plain(text: str) -> str:
    return _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", text))


def _check_keys(table: Iterable[str], known: Sequence[str], name: str, text: str, *, after: int = 0) -> None:
    """Refuse the first key that is not known, with its line where that is ``after`` another."""
    for key in table:
        if key not in known:
            found = nearest(key, known)
            ending = f"did you mean `{found}`?" if found else f"it has {' and '.join(known)}"
            line = next(filter(after.__le__, _lines_of(re.escape(key), text)), after or None)
            _refuse(name, line, f"there is no `{key}` in an agenda ({ending})")


def _lines_of(pattern: str, text: str) -> list[int]:
    """Return the lines that begin with a key or table of that name, brackets and space aside."""
    begins = re.compile(rf"[\s\[{{]*{pattern}\s*[=\]]")
    return [number for number, line in enumerate(text.splitlines(), start=1) if begins.match(line)]


def _refuse(name: str, line: int | None, message: str) -> NoReturn:
    place = f"{name}, line {line}" if line else name
    raise ConfigError(f"{place}: {message}.", code="agenda_wrong")
