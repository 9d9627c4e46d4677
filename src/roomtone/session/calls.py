"""The calls kept on this machine: one folder a call, so that deleting a folder forgets the call."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from roomtone.errors import StoreError
from roomtone.session.store import read_outline

EVENTS_FILE = "events.db"
PRIVATE_MODE = 0o700
"""Calls hold what customers said: only their owner may look into the folders."""
TITLE_CHARACTERS = 40
"""Of a title in a folder's name: enough to know the call, and paths stay short enough for Windows."""
NAMED_MATCHES = 3
"""How many calls an ambiguous name lists."""


def call_id(title: str, started_at: datetime) -> str:
    """Return a name such as ``2026-11-22-1432-auto-repairs``, fit for a folder on every system."""
    return f"{started_at:%Y-%m-%d-%H%M}-{_shortened(_slug(title)) or 'call'}"


def _slug(text: str) -> str:
    """Return the letters and digits of a text in small, everything between them as single hyphens."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", "-", letters).strip("-")


def _shortened(slug: str) -> str:
    return slug[:TITLE_CHARACTERS].rstrip("-")


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One call as a list shows it. ``problem`` says why the rest is unknown, when it is."""

    call_id: str
    path: Path
    """Its log, for ``read_events``."""
    title: str = ""
    started_at: str = ""
    """Local wall time in ISO 8601."""
    duration_s: float = 0.0
    cut_off: bool = False
    """Whether the call was never closed in order."""
    problem: str = ""


class Library:
    """The calls under one folder, which is made when the first call is."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def create(self, call_id: str) -> Path:
        """Make the folder of a new call and return the path for its log.

        The folder gets ``-2``, ``-3`` and so on at its end when the name is taken: the name that counts
        is ``path.parent.name``. Raises ``StoreError`` when nothing can be written there.
        """
        _check_name(call_id)
        try:
            self.directory.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
            for number in count(1):
                folder = self.directory / (call_id if number == 1 else f"{call_id}-{number}")
                try:
                    folder.mkdir(mode=PRIVATE_MODE)
                except FileExistsError:
                    continue
                return folder / EVENTS_FILE
        except OSError as error:
            raise StoreError(
                f"No call can be kept in {self.directory}: {error.strerror}; choose another folder with"
                " storage.directory in the settings.",
                code="library_not_writable",
            ) from error
        raise AssertionError  # count() never ends

    def calls(self) -> list[CallSummary]:
        """Return every call, the one heard last first; a damaged one is listed with its problem."""
        return [self._summary(name) for name in self._names_by_writing()]

    def latest(self) -> Path:
        """Return the readable log that was written last; raises ``StoreError`` when there is none."""
        names = self._names_by_writing()
        for name in names:
            if not self._summary(name).problem:
                return self.directory / name / EVENTS_FILE
        if names:
            raise StoreError(
                f"None of the {len(names)} calls in {self.directory} can be read: `roomtone debrief --list`"
                " says why.",
                code="no_readable_calls",
            )
        raise StoreError(
            "There are no calls yet: run `roomtone replay FILE` with a recorded call.", code="no_calls"
        )

    def find(self, name: str) -> Path:
        """Return the log of the one call with this name, or with a name that begins so or contains it.

        Case, accents and what stands between the words make no difference, so that a title or the name
        of a recording finds its call. Nothing outside the folder is ever looked at.

        Raises:
            StoreError: when no call fits, or several do.
        """
        wanted = _slug(name)
        if not wanted:
            raise _not_a_name(name)
        names = {found: _slug(found) for found in self._names()}
        for fitting in (
            [found for found in names if found == name],
            [found for found, slug in names.items() if slug == wanted],
            [found for found, slug in names.items() if slug.startswith(wanted)],
            [found for found, slug in names.items() if wanted in slug],
            [found for found, slug in names.items() if _shortened(wanted) in slug],
        ):
            if len(fitting) == 1:
                return self.directory / fitting[0] / EVENTS_FILE
            if fitting:
                listed = ", ".join(sorted(fitting, reverse=True)[:NAMED_MATCHES])
                more = ", ..." if len(fitting) > NAMED_MATCHES else ""
                raise StoreError(
                    f"{len(fitting)} calls fit {name!r}: {listed}{more}; write more of the name.",
                    code="call_ambiguous",
                )
        raise StoreError(
            f"There is no call named {name!r}: `roomtone debrief --list` shows them all.", code="call_missing"
        )

    def _names(self) -> list[str]:
        try:
            return [folder.name for folder in self.directory.iterdir() if (folder / EVENTS_FILE).is_file()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(
                f"The calls in {self.directory} cannot be listed: {error.strerror}; check the folder's"
                " permissions.",
                code="library_not_readable",
            ) from error

    def _names_by_writing(self) -> list[str]:
        """Return the names by when their logs were last written: a recording may be older than its replay."""

        def last_written(name: str) -> tuple[int, str]:
            folder = self.directory / name
            return max(file.stat().st_mtime_ns for file in folder.glob(f"{EVENTS_FILE}*")), name

        return sorted(self._names(), key=last_written, reverse=True)

    def _summary(self, name: str) -> CallSummary:
        path = self.directory / name / EVENTS_FILE
        try:
            outline = read_outline(path)
        except StoreError as error:
            return CallSummary(call_id=name, path=path, problem=error.message)
        if outline.started is None:
            return CallSummary(call_id=name, path=path, problem=f"The call {name} never began.")
        return CallSummary(
            call_id=name,
            path=path,
            title=outline.started.title,
            started_at=outline.started.started_at,
            duration_s=outline.ended.duration_s if outline.ended else outline.last_t_s,
            cut_off=outline.ended is None,
        )


def _check_name(name: str) -> None:
    """Refuse what could lead out of the folder or is no file name on some system."""
    if not re.fullmatch(r"\w[\w-]*", name):
        raise _not_a_name(name)


def _not_a_name(name: str) -> StoreError:
    return StoreError(
        f"{name!r} is not the name of a call: names have letters, digits and hyphens only.", code="call_name"
    )
