"""A real disk that is soon full."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DISK_BYTES = 2_000_000
"""Room for a minute of sound or some thousand events."""
FILLING_BYTES = 4096


class SmallDisk:
    """A file system of its own below ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """Leave no room for anything."""
        with self._filler.open("ab", buffering=0) as file:
            try:
                while file.write(bytes(FILLING_BYTES)):
                    pass
            except OSError:
                return

    def free(self) -> None:
        """Give the room back."""
        self._filler.unlink()


@contextlib.contextmanager
def mounted_below(folder: Path) -> Iterator[SmallDisk]:
    """Mount a small disk below a folder; the test is skipped where that is not allowed."""
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if sys.platform != "linux" or os.geteuid() != 0 or mount is None or unmount is None:
        pytest.skip("only root on Linux may mount a small disk")
    path = folder / "disk"
    path.mkdir()
    mounting = [mount, "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(path)]
    mounted = subprocess.run(mounting, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run([unmount, str(path)], check=True)
