"""The project's own Python environment, in ``.venv`` of the checkout: made when missing, brought up to date.

Depends on nothing but Python itself, and can be read by an older one than the project needs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
NEWER_NAMES = ("python3.14", "python3.13", "python3.12", "python3.11")
"""Looked for, in this order, where ``python3`` itself is too old."""
INTERRUPTED = 130
"""What a shell reports for a program ended by Ctrl-C: 128 + SIGINT."""
NUDGING_SOONER = {"ROOMTONE_NUDGES__MONOLOGUE__QUIET_S": "25", "ROOMTONE_NUDGES__QUESTIONS__AFTER_S": "90"}
"""For showing the bundled call, which is short and goes well: with the usual figures, 76 s and 180 s,
there is nothing to nudge about."""

_FOLDER = CHECKOUT / ".venv"
_STAMP = _FOLDER / "roomtone-installed"
_LOCK = CHECKOUT / "requirements.lock"


def prepare() -> Path:
    """Return the Python of an environment with all that the lock file names and the project itself.

    Ends the program with one sentence when that cannot be had.
    """
    _require_python()
    if not _is_current():
        try:
            _bring_up_to_date()
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
    return _python()


def say(line: str) -> None:
    """Print a line at once, in order with what started programs print."""
    print(line, flush=True)


def run(command: Sequence[str | Path], **variables: str) -> int:
    """Run a program in the checkout, with more variables, to its end; Ctrl-C is left for it to answer."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.call(command, cwd=CHECKOUT, env={**os.environ, **variables})
    finally:
        signal.signal(signal.SIGINT, before)


def _require_python() -> None:
    """Go on under a newer Python where this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER_NAMES:
        newer = shutil.which(name)
        if newer:
            sys.exit(subprocess.call([newer, *sys.argv]))
    sys.exit(f"Roomtone needs Python 3.11 or newer and this is {sys.version.split()[0]}: please install one.")


def _bring_up_to_date() -> None:
    began_s = time.monotonic()
    say("Preparing the environment in .venv (the first time takes a minute or two) ...")
    if not _works():
        _create()
    if not _install():
        sys.exit(
            "The packages could not be installed (see above): if you are online, remove .venv and try again."
        )
    _STAMP.write_text(_wanted(), encoding="utf-8")
    say(f"The environment is ready ({time.monotonic() - began_s:.0f} s).")


def _wanted() -> str:
    """Return what the environment must have been made from."""
    content = _LOCK.read_bytes() + (CHECKOUT / "pyproject.toml").read_bytes() + str(CHECKOUT).encode()
    return hashlib.sha256(content).hexdigest()


def _is_current() -> bool:
    return _STAMP.is_file() and _STAMP.read_text(encoding="utf-8") == _wanted() and _python().exists()


def _python() -> Path:
    return _FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _works() -> bool:
    """Return whether the environment's Python starts, is new enough and has pip."""
    try:
        check = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
        return subprocess.run([_python(), "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _create() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", _FOLDER], capture_output=True, text=True, check=False
    )
    if made.returncode:
        print(made.stdout + made.stderr, file=sys.stderr)
        sys.exit("Python cannot make an environment here: on Debian or Ubuntu install python3-venv.")


def _install() -> bool:
    _STAMP.unlink(missing_ok=True)
    # The build backend is in the lock too, so the project itself needs nothing from outside.
    return _pip("--require-hashes", "--requirement", _LOCK) and _pip(
        "--no-build-isolation", "--no-deps", "--editable", CHECKOUT
    )


def _pip(*arguments: str | Path) -> bool:
    """Run pip, count what it collects on a terminal, and show its messages only when it fails."""
    command = [_python(), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    messages: list[str] = []
    collected = 0
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        assert pip.stdout is not None  # noqa: S101 - narrows the type
        for line in pip.stdout:
            messages.append(line)
            if line.startswith("Collecting ") and sys.stdout.isatty():
                collected += 1
                print(f"\r  {collected} packages", end="", flush=True)
    if collected:
        print("\r" + " " * 20 + "\r", end="", flush=True)
    if pip.returncode:
        print("".join(messages[-20:]), file=sys.stderr)
    return pip.returncode == 0
