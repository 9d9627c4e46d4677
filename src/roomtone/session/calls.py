"""The calls kept on this machine: one folder a call, so that deleting a folder forgets the call."""

import re
import shutil
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from roomtone.errors import StoreError
from roomtone.session.logfile import is_in_use
from roomtone.session.store import read_outline

EVENTS_FILE = "events.db"
AUDIO_FILE = "audio.flac"
"""The sound of a call, where it is kept."""
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
    """Whether the call ended by a crash, or goes on."""
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

    def logs(self) -> list[Path]:
        """Return the log of every call, the one heard last first."""
        return [self.directory / name / EVENTS_FILE for name in self._names_by_writing()]

    def calls(self) -> list[CallSummary]:
        """Return every call, the one heard last first; a damaged one is listed with its problem."""
        return [summary(log) for log in self.logs()]

    def latest(self) -> Path:
        """Return the readable log that was written last; raises ``StoreError`` when there is none."""
        logs = self.logs()
        for log in logs:
            if not summary(log).problem:
                return log
        if logs:
            raise StoreError(
                f"None of the {len(logs)} calls in {self.directory} can be read: `roomtone debrief --list`"
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

        return sorted(
            self._names(),
            key=lambda name: (last_written_ns(self.directory / name / EVENTS_FILE), name),
            reverse=True,
        )


def summary(log: Path) -> CallSummary:
    """Return what a list shows of the call with this log, its problem when it cannot be read."""
    name = log.parent.name
    try:
        outline = read_outline(log)
    except StoreError as error:
        return CallSummary(call_id=name, path=log, problem=error.message)
    if outline.started is None:
        return CallSummary(call_id=name, path=log, problem=f"The call {name} never began.")
    return CallSummary(
        call_id=name,
        path=log,
        title=outline.started.title,
        started_at=outline.started.started_at,
        duration_s=outline.duration_s,
        cut_off=outline.cut_off,
    )


def last_written_ns(log: Path) -> int:
    """Return when a log was last written, its write-ahead log included, in nanoseconds since 1970."""
    written_ns = [0]
    for file in log.parent.glob(f"{log.name}*"):
        with suppress(FileNotFoundError):  # a call that is being closed right now
            written_ns.append(file.stat().st_mtime_ns)
    return max(written_ns)


def forget(log: Path) -> None:
    """Remove the folder of the call with this log and everything in it.

    The log goes last, so that a call that could not be removed altogether is still listed.

    Raises:
        StoreError: when the call goes on or is being read, or a file cannot be removed.
    """
    folder = log.parent
    if is_in_use(log):
        raise StoreError(
            f"The call {folder.name} is being heard or read just now: end that first.", code="call_in_use"
        )
    try:
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry != log:
                entry.unlink()
        log.unlink()
        folder.rmdir()
    except OSError as error:
        raise StoreError(
            f"The call {folder.name} could not be removed: {error.strerror}; delete the folder {folder}.",
            code="call_not_removed",
        ) from error


def _check_name(name: str) -> None:
    """Refuse what could lead out of the folder or is no file name on some system."""
    if not re.fullmatch(r"\w[\w-]*", name):
        raise _not_a_name(name)


def _not_a_name(name: str) -> StoreError:
    return StoreError(
        f"{name!r} is not the name of a call: names have letters, digits and hyphens only.", code="call_name"
    )
