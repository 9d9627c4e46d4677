"""The agenda of a call that is about to begin: from a file, typed in, or from playbook and settings."""

import sys
from collections.abc import Iterator
from pathlib import Path

from roomtone.config import agenda
from roomtone.config.conversation import MOST_POINTS
from roomtone.config.settings import Settings
from roomtone.errors import ConfigError
from roomtone.types import AgendaPoint

TYPED_IN = "-"
"""Instead of a file: the points are typed in, or come through a pipe."""


def agenda_points(given: str | None, settings: Settings) -> tuple[AgendaPoint, ...]:
    """Return the points of the call; ``given`` is a file, ``-`` for typed in, None for those in the settings.

    Raises:
        ConfigError: when the file cannot be read or has no agenda, with its name and line.
    """
    if given is None:
        return agenda.from_lines(settings.conversation.agenda.points, name="conversation.agenda.points")
    if given == TYPED_IN:
        try:
            return agenda.from_lines(_typed_in(), name="The agenda")
        except UnicodeDecodeError:
            raise ConfigError("The agenda that came in is no text in UTF-8.", code="agenda_wrong") from None
    file = Path(given).expanduser()
    text = _read(file)
    if file.suffix.lower() == ".toml":
        return agenda.from_toml(text, name=str(file))
    return agenda.from_markdown(text, name=str(file))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"There is no agenda file {file}.", code="agenda_missing") from None
    except OSError as error:
        raise ConfigError(
            f"The agenda file {file} cannot be read: {error.strerror}.", code="agenda_unreadable"
        ) from error
    except UnicodeDecodeError:
        raise ConfigError(
            f"The agenda file {file} is no text in UTF-8: save it as Markdown or TOML.", code="agenda_wrong"
        ) from None


def _typed_in() -> Iterator[str]:
    """Yield lines up to an empty one; on a terminal ask for each, on stderr, and for no more than fit."""
    asks = sys.stdin.isatty()
    if asks:
        print("Your points for this call, one a line; an empty line begins the call.", file=sys.stderr)
    number = 1
    while not asks or number <= MOST_POINTS:
        if asks:
            print(f"{number:2}. ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line.strip():
            return
        yield line
        number += 1
