"""Files from the Hugging Face hub over plain HTTPS, resumed where an earlier attempt stopped."""

import http.client
import os
import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from roomtone import __version__
from roomtone.weights.manifest import File, HubFile
from roomtone.weights.storage import (
    BLOCK_BYTES,
    EndedEarlyError,
    PartFile,
    SourceFailedError,
    sha256_of,
)

ENDPOINT_VARIABLE = "HF_ENDPOINT"
"""The hub's own variable for a mirror."""

_ENDPOINT = "https://huggingface.co"
_ANSWER_WITHIN_S = 10.0
"""An answer begins within this, name look-up and redirects included, or the hub is unreachable."""
_STALL_S = 20.0
"""A transfer that brings no byte for this long is broken off, and resumed if it brought any."""

SUMS_FILE = "SHA256SUMS"
"""Sums of the files as they arrived, in the format of ``sha256sum``."""

_SMALL_FILES = (
    "config.json",
    "tokenizer.json",
    "preprocessor_config.json",
    "vocabulary.json",
    "vocabulary.txt",
)
"""What a converted model may consist of besides its weights; none has them all."""
_REQUIRED_FILES = ("config.json", "model.bin")

Report = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all (0 while not known)."""


class _NotThereError(SourceFailedError):
    """The hub has no such file."""


def fetch_known(
    repository: str, revision: str, files: tuple[HubFile, ...], *, into: Path, report: Report
) -> None:
    """Fetch files of known sums into a folder; those already there and right are not fetched again.

    Raises:
        SourceFailedError: when the hub cannot be reached, has not what is expected, or stops too often.
        ModelError: when the disk does not take it.
    """
    total_bytes = sum(file.size_bytes for file in files)
    earlier_bytes = 0

    def report_all(done_bytes: int, _: int) -> None:
        report(earlier_bytes + done_bytes, total_bytes)

    for file in files:
        target = into / file.name
        if not (target.is_file() and sha256_of(target) == file.sha256):
            url = f"{_base_url(repository, revision)}/{file.path or file.name}"
            _fetch_file(url, target, file, report_all)
        report_all(file.size_bytes, file.size_bytes)
        earlier_bytes += file.size_bytes


def fetch_unknown(repository: str, *, into: Path, report: Report) -> None:
    """Fetch a model of which no sums are known, at its newest revision, and note the sums it came with.

    Raises:
        SourceFailedError: as for known files, and when the repository holds no converted model.
        ModelError: when the disk does not take it.
    """
    sums = {}
    for name in (*_SMALL_FILES, "model.bin"):
        try:
            sums[name] = _fetch_file(f"{_base_url(repository, 'main')}/{name}", into / name, None, report)
        except _NotThereError:
            if name in _REQUIRED_FILES:
                raise
    with PartFile(into / SUMS_FILE, expected=None) as part:
        part.write("".join(f"{found}  {name}\n" for name, found in sums.items()).encode())
        part.finish()


def _base_url(repository: str, revision: str) -> str:
    endpoint = os.environ.get(ENDPOINT_VARIABLE) or _ENDPOINT
    if not endpoint.startswith(("https://", "http://")):
        raise SourceFailedError(f"{ENDPOINT_VARIABLE} is no web address: {endpoint}")
    return f"{endpoint.rstrip('/')}/{repository}/resolve/{revision}"


def _fetch_file(url: str, target: Path, expected: File | None, report: Report) -> str:
    """Fetch one file; with a known sum, go on after a broken connection while each attempt brings more."""
    with PartFile(target, expected=expected, resume=expected is not None) as part:
        while True:
            before_bytes = part.size_bytes
            try:
                if expected is None or part.size_bytes < expected.size_bytes:
                    _transfer(url, part, expected, report)
                return part.finish()
            except EndedEarlyError:
                if expected is None or part.size_bytes <= before_bytes:
                    raise


def _transfer(url: str, part: PartFile, expected: File | None, report: Report) -> None:
    headers = {"User-Agent": f"roomtone/{__version__}"}
    if part.size_bytes:
        headers["Range"] = f"bytes={part.size_bytes}-"
    with _open(urllib.request.Request(url, headers=headers)) as response:  # noqa: S310 - checked to be http(s)
        if response.status != HTTPStatus.PARTIAL_CONTENT and part.size_bytes:
            part.restart()
        total_bytes = part.size_bytes + int(response.headers.get("Content-Length") or 0)
        if expected and total_bytes not in (part.size_bytes, expected.size_bytes):
            raise SourceFailedError(
                f"{part.target.name} has {total_bytes} bytes there instead of {expected.size_bytes}"
            )
        try:
            while block := response.read1(BLOCK_BYTES):
                part.write(block)
                report(part.size_bytes, total_bytes)
                if expected and part.size_bytes > expected.size_bytes:
                    break
        except (OSError, http.client.HTTPException) as error:
            raise EndedEarlyError(f"the connection broke off in {part.target.name}") from error
        if part.size_bytes < total_bytes:
            raise EndedEarlyError(f"{part.target.name} ended after {part.size_bytes} of {total_bytes} bytes")


def _open(request: urllib.request.Request) -> http.client.HTTPResponse:
    """Open a request with one deadline for name look-up, every address and every redirect together."""
    answers: queue.SimpleQueue[http.client.HTTPResponse | Exception] = queue.SimpleQueue()
    given_up = threading.Event()

    def ask() -> None:
        try:
            response = urllib.request.urlopen(request, timeout=_STALL_S)  # noqa: S310 - checked to be http(s)
        except Exception as error:
            answers.put(error)
            return
        if given_up.is_set():
            response.close()
        else:
            answers.put(response)

    threading.Thread(target=ask, name="hub", daemon=True).start()
    try:
        answer = answers.get(timeout=_ANSWER_WITHIN_S)
    except queue.Empty:
        given_up.set()
        raise SourceFailedError(f"no answer from {request.host} within {_ANSWER_WITHIN_S:.0f} s") from None
    if isinstance(answer, urllib.error.HTTPError):
        with answer:
            kind = _NotThereError if answer.code == HTTPStatus.NOT_FOUND else SourceFailedError
            raise kind(f"{request.host} answered {answer.code} {answer.reason} for {request.selector}")
    if isinstance(answer, Exception):
        reason = getattr(answer, "reason", answer)
        raise SourceFailedError(f"{request.host} cannot be reached ({reason})") from answer
    return answer
