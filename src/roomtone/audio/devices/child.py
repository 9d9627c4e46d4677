"""Programs of the sound server run as children that end when we do."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence


def environment() -> Mapping[str, str]:
    """Return our variables with the language that keeps messages English and device names as they are."""
    return os.environ | {"LC_ALL": "C.UTF-8"}


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a program whose output and errors come through unbuffered pipes.

    It ends with the *thread* that calls this, at the latest, even where that ends by ``kill -9``: call
    it in the thread that reads from it. Ctrl-C in the terminal is not for it.

    Raises:
        OSError: when it cannot be started.
    """
    ending_with_us = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
    return subprocess.Popen(  # noqa: S603 - the commands are ours
        [*ending_with_us, *command],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )
