"""The real program in a process, or on a terminal, of its own."""

import os
import re
import select
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from roomtone.errors import StoreError
from roomtone.events import Event, SessionEnded, TranscriptFinal, decode
from roomtone.session.store import read_events

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

CALL = Path(__file__).parents[1] / "data" / "auto_repairs.flac"
LONGEST_RUN_S = 300
ALTERNATE_SCREEN_OFF = b"\x1b[?1049l"
SIZE = (30, 100)
"""Rows and columns: two columns of the overlay need more, so the transcript is below the figures."""
LOOK_S = 0.05
"""How often the terminal is looked at when nothing is drawn."""

_ESCAPE_SEQUENCES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[^\[\]])")


class Program:
    """``roomtone`` with a home of its own and a small model."""

    def __init__(self, home: Path, model: Path, environment: Mapping[str, str] = os.environ) -> None:
        self.home = home
        self.environment = {
            **environment,
            "ROOMTONE_HOME": str(home),
            "ROOMTONE_WHISPER__MODEL": str(model),
            "ROOMTONE_WHISPER__THREADS": "1",
        }

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        try:
            out, error = process.communicate(timeout=LONGEST_RUN_S)
        finally:
            process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, out, error)

    def events(self, *arguments: str | Path) -> list[Event]:
        """Replay to the end and return what was printed."""
        done = self.run("replay", "--json", *arguments)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return [decode(line) for line in done.stdout.splitlines()]

    @property
    def logs(self) -> list[Path]:
        return sorted(self.home.glob("calls/*/events.db"))


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "roomtone", *map(str, arguments)]


class Screen:
    """A terminal of its own with a program on it; what is drawn is read as it comes."""

    def __init__(self, program: Program, *arguments: str | Path) -> None:
        self._keyboard, self.terminal = pty.openpty()
        termios.tcsetwinsize(self.terminal, SIZE)
        self.as_before = termios.tcgetattr(self.terminal)
        self.drawn = b""
        self.process = subprocess.Popen(
            command(*arguments),
            stdin=self.terminal,
            stdout=self.terminal,
            stderr=self.terminal,
            env=program.environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self._left = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """All that was ever drawn, in that order, without how and where."""
        return _ESCAPE_SEQUENCES.sub("", self.drawn.decode("utf-8", "replace"))

    @property
    def text_after_the_overlay(self) -> str:
        _, _, after = self.drawn.partition(ALTERNATE_SCREEN_OFF)
        return _ESCAPE_SEQUENCES.sub("", after.decode("utf-8", "replace"))

    def press(self, key: bytes) -> None:
        os.write(self._keyboard, key)

    def wait(self) -> int:
        """Return the exit status once the program has ended and all it drew is read."""
        status = self.process.wait(timeout=LONGEST_RUN_S)
        self._stop_reading()
        return status

    def hang_up(self) -> None:
        """Close the terminal, which its program is told of; not twice."""
        self._stop_reading()
        os.close(self._keyboard)
        os.close(self.terminal)
        self._keyboard = -1

    def close(self) -> None:
        """End the program at once and close the terminal."""
        self.process.kill()
        self.process.wait()
        if self._keyboard != -1:
            self.hang_up()

    def _stop_reading(self) -> None:
        self._left.set()
        self._reader.join()

    def _read(self) -> None:
        while True:
            leaving = self._left.is_set()
            if select.select([self._keyboard], [], [], LOOK_S)[0]:
                self.drawn += os.read(self._keyboard, 65536)
            elif leaving:
                return


def events_so_far(log: Path) -> list[Event]:
    """Return what is kept of a call that goes on, nothing while its log is being made."""
    try:
        return list(read_events(log))
    except StoreError as error:
        assert error.code in ("call_empty", "log_busy", "call_missing")  # noqa: PT017 - still being made
        return []


def has_words(log: Path) -> bool:
    return any(isinstance(event, TranscriptFinal) for event in events_so_far(log))


def how_it_ended(program: Program) -> str:
    (log,) = program.logs
    *_, ended = read_events(log)
    assert isinstance(ended, SessionEnded)
    return ended.reason
