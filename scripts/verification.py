"""The steps by which a change is judged, shared by ``scripts/check`` and ``scripts/test``."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from environment import CHECKOUT, run, say

NAME_CELLS = 10
"""The longest name of a step, and two spaces."""

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
