"""The steps by which a change is judged, shared by ``scripts/check`` and ``scripts/test``."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from ctypes.util import find_library
from pathlib import Path

from environment import CHECKOUT, run, say

NAME_CELLS = 10
"""The longest name of a step, and two spaces."""

SOUND_PROGRAMS = ("pulseaudio", "pactl", "parec", "paplay")
SOUND_PACKAGES = ("pulseaudio", "pulseaudio-utils", "libportaudio2", "libasound2-plugins")
"""What the tests of live calls need of the system: a sound server, and PortAudio's way to it."""

CHEAP_STEPS = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy",),
    "layers": ("lint-imports",),
}
"""The programs of the environment, with arguments, that look at the code without running it."""


def cheap_steps_pass(python: Path) -> bool:
    """Run each step, print a line on it and, where it fails, what it said; return whether none failed."""
    verdicts = [
        _passes(name, [python.with_name(program), *arguments])
        for name, (program, *arguments) in CHEAP_STEPS.items()
    ]
    return all(verdicts)


def tests(python: Path, arguments: Sequence[str]) -> int:
    """Run pytest so that its closing line comes last; return its exit code."""
    say("tests")
    return run([python, "-m", "pytest", *arguments])


def models_are_here(python: Path, names: Sequence[str]) -> bool:
    """Fetch the models that are missing and check the others."""
    say("models")
    return run([python, "-m", "roomtone", "models", "fetch", *names]) == 0


def make_sound_server_testable() -> None:
    """Install PulseAudio where this may be done unasked; else say which tests will be skipped without it.

    It may be on a machine whose only user is root: a container, or a builder.
    """
    if all(shutil.which(program) for program in SOUND_PROGRAMS) and find_library("portaudio"):
        return
    apt_get = shutil.which("apt-get")
    if apt_get is not None and hasattr(os, "geteuid") and os.geteuid() == 0:
        say("sound server")
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *SOUND_PACKAGES]):
            subprocess.run(
                [apt_get, *arguments],
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                stdout=subprocess.DEVNULL,
                check=False,
            )
    if not all(shutil.which(program) for program in SOUND_PROGRAMS):
        say(
            "Without PulseAudio the tests of live calls are skipped; Debian and Ubuntu: sudo apt install "
            + " ".join(SOUND_PACKAGES)
        )


def _passes(name: str, command: Sequence[str | Path]) -> bool:
    began_s = time.monotonic()
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    verdict = "FAILED" if done.returncode else "ok"
    say(f"{name:<{NAME_CELLS}}{verdict:<8}{time.monotonic() - began_s:5.1f} s")
    if done.returncode:
        say(done.stdout)
    return done.returncode == 0
