"""The manifest of model files: what each is, who may use it, and the sums it must have."""

import functools
import importlib.util
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

import roomtone
from roomtone.errors import ModelError

_Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class File(_Entry, frozen=True, kw_only=True):
    """One file as a source delivers it; ``name`` is relative to the model's folder."""

    name: str
    size_bytes: Annotated[int, msgspec.Meta(ge=1)]
    sha256: _Sha256


class HubFile(File, frozen=True, kw_only=True):
    """A file of a repository; ``path`` is where it lies there, when that is not its name here."""

    path: str = ""


class PackedFile(File, frozen=True, kw_only=True):
    """A file inside Python packages: its parts in order, as paths inside their wheels."""

    members: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class Package(_Entry, frozen=True, kw_only=True):
    """A pinned Python package that carries weights."""

    name: str
    version: str
    size_bytes: int
    sha256: _Sha256


class HubSource(_Entry, frozen=True, kw_only=True, tag="hub", tag_field="type"):
    """A repository of the Hugging Face hub at a pinned revision."""

    repository: str
    revision: str
    files: tuple[HubFile, ...]

    @property
    def description(self) -> str:
        """Name the source in words."""
        return hub_description(self.repository)


class PackageSource(_Entry, frozen=True, kw_only=True, tag="packages", tag_field="type"):
    """Python packages that carry the same weights."""

    packages: tuple[Package, ...]
    files: tuple[PackedFile, ...]

    @property
    def description(self) -> str:
        """Name the source in words."""
        return "Python packages (" + ", ".join(package.name for package in self.packages) + ")"


class InstalledSource(_Entry, frozen=True, kw_only=True, tag="installed", tag_field="type"):
    """Files that another Python package, installed as a dependency, brings along."""

    module: str
    files: tuple[File, ...]

    @property
    def description(self) -> str:
        """Name the source in words."""
        return f"installed with the Python package {self.module}"


class BundledSource(_Entry, frozen=True, kw_only=True, tag="bundled", tag_field="type"):
    """Files that lie beside the manifest; ``pattern`` matches all of them and nothing else."""

    pattern: str
    files: tuple[File, ...]

    @property
    def description(self) -> str:
        """Name the source in words."""
        return "part of Roomtone"


Source = HubSource | PackageSource | InstalledSource | BundledSource


class Model(_Entry, frozen=True, kw_only=True):
    """A model: several sources may deliver it, each with its own files."""

    kind: Literal["whisper", "embedding", "vad", "reading", "acts"]
    purpose: str
    version: str
    licence: str
    sources: Annotated[tuple[Source, ...], msgspec.Meta(min_length=1)]

    @property
    def is_fetched(self) -> bool:
        """Whether it is downloaded on request; the others come with Roomtone or with a package it needs."""
        return self.kind in ("whisper", "embedding")


class Manifest(_Entry, frozen=True, kw_only=True):
    """All models by name, and the hub repositories of further Whisper models without known sums."""

    models: dict[str, Model]
    other_whisper_models: dict[str, str]


def hub_description(repository: str) -> str:
    """Name a repository of the hub in words."""
    return f"the Hugging Face hub ({repository})"


@functools.cache
def manifest() -> Manifest:
    """Return the manifest that came with this Roomtone.

    Raises:
        ModelError: ``manifest_damaged`` when it cannot be read.
    """
    file = bundled_models_directory() / "manifest.toml"
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Manifest)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The list of models {file} is damaged ({error}); install Roomtone again.",
            code="manifest_damaged",
        ) from error


def bundled_models_directory() -> Path:
    """Return the folder with the manifest and the small model files that belong to Roomtone itself.

    Raises:
        ModelError: ``manifest_missing`` when this installation has none.
    """
    package = Path(roomtone.__file__).parent
    # A wheel carries the folder inside the package; a checkout has it beside src/.
    for directory in (package / "_models", package.parents[1] / "models"):
        if (directory / "manifest.toml").is_file():
            return directory
    raise ModelError(
        "This installation of Roomtone is incomplete (its list of models is missing); install it again.",
        code="manifest_missing",
    )


def installed_directory(source: InstalledSource) -> Path | None:
    """Return the folder of an installed package without importing it, or None when it is not installed."""
    spec = importlib.util.find_spec(source.module)
    locations = spec.submodule_search_locations if spec else None
    return Path(locations[0]) if locations else None
