"""Getting bytes onto the disk safely: hashed while written, refused when wrong, moved into place at once."""

import contextlib
import errno
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from roomtone.errors import ModelError
from roomtone.weights.manifest import File

BLOCK_BYTES = 1 << 20
"""1 MiB at a time: few system calls, little memory."""

_LOCK_RETRY_S = 0.2
"""How often a waiting process looks whether the other is done; short against any download."""


class SourceFailedError(Exception):
    """A source could not deliver; its text completes "the source failed: ..."."""


class EndedEarlyError(SourceFailedError):
    """A source stopped in the middle of a file; what arrived is kept."""


class PartFile:
    """A file on its way, as ``NAME.part`` beside its final place.

    With ``resume`` a part left by an earlier attempt is kept and continued; ``expected`` gives the size and
    sum without which the file is refused (None: nothing is known).
    """

    def __init__(self, target: Path, *, expected: File | None, resume: bool = False) -> None:
        self.target = target
        self.size_bytes = 0
        self._expected = expected
        self._part = target.with_name(f"{target.name}.part")
        self._sum = hashlib.sha256()
        with disk_errors(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("a+b")
            self._file.seek(0)
            if resume:
                while block := self._file.read(BLOCK_BYTES):
                    self._count(block)
            else:
                self._file.truncate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # a full disk fails again while closing
            self._file.close()
        if self.size_bytes == 0:
            self._part.unlink(missing_ok=True)

    def restart(self) -> None:
        """Forget what arrived so far."""
        with disk_errors(self.target.parent):
            self._file.truncate(0)
        self._sum = hashlib.sha256()
        self.size_bytes = 0

    def write(self, block: bytes) -> None:
        """Append a block; raises ``ModelError`` when the disk does not take it."""
        with disk_errors(self.target.parent):
            self._file.write(block)
        self._count(block)

    def finish(self) -> str:
        """Check the file, move it into place and return its SHA-256.

        Raises:
            EndedEarlyError: when it is still too short; it is kept as a part.
            SourceFailedError: when its size or sum is wrong; it is removed.
        """
        found = self._sum.hexdigest()
        if self._expected and self.size_bytes < self._expected.size_bytes:
            raise EndedEarlyError(
                f"{self.target.name} ended after {self.size_bytes} of {self._expected.size_bytes} bytes"
            )
        if self._expected and found != self._expected.sha256:
            self._file.close()
            self._part.unlink()
            raise SourceFailedError(
                f"{self.target.name} has the wrong SHA-256 sum ({found[:12]}… instead of "
                f"{self._expected.sha256[:12]}…) and was removed"
            )
        with disk_errors(self.target.parent):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self.target)
        return found

    def _count(self, block: bytes) -> None:
        self._sum.update(block)
        self.size_bytes += len(block)


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file as lower-case hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def put_in_place(staging: Path, folder: Path) -> None:
    """Make a finished staging folder the model's folder, replacing a damaged one."""
    with disk_errors(folder.parent):
        if folder.exists():
            shutil.rmtree(folder)
        staging.replace(folder)


def require_space(directory: Path, needed_bytes: int) -> None:
    """Raise ``ModelError`` with one sentence when the disk of an existing folder has too little room."""
    free_bytes = shutil.disk_usage(directory).free
    if free_bytes < needed_bytes:
        raise ModelError(
            f"There is too little space in {directory}: {_megabytes(needed_bytes)} are needed, "
            f"{_megabytes(free_bytes)} are free.",
            code="disk_full",
        )


def _megabytes(count_bytes: int) -> str:
    return f"{count_bytes / 1e6:,.0f} MB"


@contextlib.contextmanager
def locked(file: Path, *, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of ``file``, calling ``waiting`` once when another process has it.

    The system releases the lock when its process ends, however it ends; the empty file stays.
    """
    with disk_errors(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        stream = file.open("ab")
    with stream:
        if not _try_lock(stream.fileno()):
            waiting()
            while not _try_lock(stream.fileno()):
                time.sleep(_LOCK_RETRY_S)
        yield


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        with contextlib.suppress(OSError):
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            return True
        return False

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False


@contextlib.contextmanager
def disk_errors(directory: Path) -> Iterator[None]:
    """Turn what the disk refuses into one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelError(
                f"The disk is full: make room in {directory} and try again.", code="disk_full"
            ) from error
        raise ModelError(
            f"Cannot write to {directory}: {error.strerror}.", code="model_directory_unwritable"
        ) from error
