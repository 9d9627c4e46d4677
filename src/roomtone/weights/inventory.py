"""Which models are on this machine, and whether their files are what the manifest says."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from roomtone.errors import ModelError
from roomtone.weights.hub import SUMS_FILE
from roomtone.weights.manifest import (
    BundledSource,
    File,
    InstalledSource,
    Model,
    Source,
    bundled_models_directory,
    hub_description,
    installed_directory,
    manifest,
)
from roomtone.weights.storage import sha256_of

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_SILERO = "silero-vad"
_EMBEDDING = "minilm"


class Condition(StrEnum):
    """What is to be said of a model's files."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified: no sum known"
    PRESENT = "here"
    MISSING = "not fetched"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class ModelState:
    """A model on this machine; ``problems`` are clauses such as "model.bin is missing"."""

    name: str
    condition: Condition
    folder: Path | None
    source: str
    size_bytes: int
    model: Model | None
    """Its entry in the manifest; None for a model fetched by another name."""
    problems: tuple[str, ...] = ()


def fetched_folder(name: str, model_directory: Path) -> Path:
    """Return where a model lies once fetched; a name that is not in the manifest is a Whisper model's."""
    model = manifest().models.get(name)
    kind = model.kind if model else "whisper"
    return model_directory / f"{kind}-{name.replace('/', '--')}"


def hub_repository(name: str) -> str | None:
    """Return the hub repository behind a faster-whisper name of unknown sums, or behind ``org/repo``."""
    return manifest().other_whisper_models.get(name) or (name if _REPOSITORY.fullmatch(name) else None)


def other_whisper_names() -> list[str]:
    """Return the names of faster-whisper's models that can be fetched although no sums are known."""
    return list(manifest().other_whisper_models)


def _fetchable_names() -> list[str]:
    verifiable = [name for name, model in manifest().models.items() if model.is_fetched]
    return [*verifiable, *other_whisper_names()]


def needed_beside_whisper() -> list[str]:
    """Return the names of the models to fetch that a call uses whichever Whisper model it has."""
    return [name for name, model in manifest().models.items() if model.kind == "embedding"]


def list_models(model_directory: Path) -> list[ModelState]:
    """Return the state of every model, judged by presence and size only, which takes no time."""
    return [state_of(name, model_directory, sums=False) for name in _known_names(model_directory)]


def verify(names: Sequence[str] = (), *, model_directory: Path) -> list[ModelState]:
    """Return the state of the named models, or of all, with every file read and its sum compared.

    Raises:
        ModelError: ``model_unknown`` for a name that stands for nothing.
    """
    known = _known_names(model_directory)
    for name in names:
        if name not in known and hub_repository(name) is None:
            raise unknown_model(name)
    return [state_of(name, model_directory, sums=True) for name in names or known]


def resolve(name_or_folder: str, *, model_directory: Path) -> Path:
    """Return the folder of a Whisper model given by name or as a folder that holds ``model.bin``.

    Raises:
        ModelError: ``model_missing``, ``model_damaged`` or ``model_unknown``, saying what to run.
    """
    model = manifest().models.get(name_or_folder)
    if (model is None or model.kind != "whisper") and (given := Path(name_or_folder).expanduser()).is_dir():
        if (given / "model.bin").is_file():
            return given.absolute()
        raise ModelError(
            f"The folder {given} holds no converted Whisper model (there is no model.bin in it).",
            code="model_unknown",
        )
    is_no_whisper = model is not None and model.kind != "whisper"
    if is_no_whisper or (model is None and hub_repository(name_or_folder) is None):
        raise unknown_model(name_or_folder)
    state = state_of(name_or_folder, model_directory, sums=False)
    advice = f"run: roomtone models fetch {name_or_folder}"
    if state.condition is Condition.MISSING or state.folder is None:
        raise ModelError(
            f'The speech model "{name_or_folder}" is not on this machine yet; {advice}', code="model_missing"
        )
    if state.condition is Condition.DAMAGED:
        raise ModelError(
            f'The speech model "{name_or_folder}" is damaged ({", ".join(state.problems)}); {advice}',
            code="model_damaged",
        )
    return state.folder


def silero_path() -> Path:
    """Return the file of the voice activity model, which another package brings along; imports nothing.

    Raises:
        ModelError: ``model_missing`` when the package is not installed or came without it.
    """
    source = manifest().models[_SILERO].sources[0]
    if isinstance(source, InstalledSource) and (directory := installed_directory(source)):
        file = directory / source.files[0].name
        if file.is_file():
            return file
    raise ModelError(
        "The voice activity model that faster-whisper brings along is missing; install Roomtone again.",
        code="model_missing",
    )


def embedding_folder(model_directory: Path) -> Path | None:
    """Return the folder of the sentence embedding, None while it is not fetched or not whole."""
    state = state_of(_EMBEDDING, model_directory, sums=False)
    return state.folder if state.condition is Condition.PRESENT else None


def unknown_model(name: str) -> ModelError:
    """Return the error for a name that stands for no model, with the nearest that does."""
    nearest = difflib.get_close_matches(name, _fetchable_names(), n=1)
    advice = f"did you mean {nearest[0]}?" if nearest else "see: roomtone models list"
    return ModelError(f'There is no model and no folder called "{name}"; {advice}', code="model_unknown")


def state_of(name: str, model_directory: Path, *, sums: bool) -> ModelState:
    """Return the state of one model; ``sums`` reads the files, else their sizes must do."""
    model = manifest().models.get(name)
    if model is None:
        return _state_without_manifest(name, fetched_folder(name, model_directory), sums=sums)
    states = [_state_from(name, model, source, model_directory, sums=sums) for source in model.sources]
    return min(states, key=lambda state: len(state.problems))


def _known_names(model_directory: Path) -> list[str]:
    names = list(manifest().models)
    for folder in sorted(model_directory.glob("whisper-*")):
        name = folder.name.removeprefix("whisper-").replace("--", "/")
        if (folder / "model.bin").is_file() and name not in names and not folder.name.endswith(".part"):
            names.append(name)
    return names


def _state_from(name: str, model: Model, source: Source, model_directory: Path, *, sums: bool) -> ModelState:
    """Return how well the files on this machine match what one source delivers."""
    unlisted: list[str] = []
    match source:
        case InstalledSource():
            folder = installed_directory(source)
        case BundledSource():
            folder = bundled_models_directory()
            listed = {file.name for file in source.files}
            unlisted = sorted(file.name for file in folder.glob(source.pattern) if file.name not in listed)
        case _:
            folder = fetched_folder(name, model_directory)
    if folder is None:
        problems = ["the Python package that brings it along is not installed"]
    else:
        problems = [
            *_problems(folder, source.files, sums=sums),
            *(f"{file} is not in the manifest" for file in unlisted),
        ]
    condition = Condition.VERIFIED if sums else Condition.PRESENT
    if problems:
        nothing_there = folder is None or not any((folder / file.name).exists() for file in source.files)
        condition = Condition.MISSING if nothing_there and model.is_fetched else Condition.DAMAGED
    size_bytes = sum(file.size_bytes for file in source.files)
    return ModelState(name, condition, folder, source.description, size_bytes, model, tuple(problems))


def _problems(folder: Path, files: Iterable[File], *, sums: bool) -> list[str]:
    problems = []
    for expected in files:
        file = folder / expected.name
        if not file.is_file():
            problems.append(f"{expected.name} is missing")
        elif (size_bytes := file.stat().st_size) != expected.size_bytes:
            problems.append(f"{expected.name} has {size_bytes} bytes instead of {expected.size_bytes}")
        elif sums and (found := sha256_of(file)) != expected.sha256:
            problems.append(_wrong_sum(expected.name, found, expected.sha256))
    return problems


def _state_without_manifest(name: str, folder: Path, *, sums: bool) -> ModelState:
    """Return the state of a model whose right sums nobody knows, but those it was fetched with."""
    source = hub_description(hub_repository(name) or name)
    if not (folder / "model.bin").is_file():
        return ModelState(name, Condition.MISSING, folder, source, 0, None, ("its files are missing",))
    problems = []
    if sums and (record := folder / SUMS_FILE).is_file():
        for line in record.read_text(encoding="utf-8").splitlines():
            fetched, _, file_name = line.partition("  ")
            file = folder / file_name
            found = sha256_of(file) if file.is_file() else ""
            if found != fetched:
                problems.append(_wrong_sum(file_name, found, fetched) if found else f"{file_name} is missing")
    size_bytes = sum(file.stat().st_size for file in folder.iterdir())
    condition = Condition.DAMAGED if problems else Condition.UNVERIFIED
    return ModelState(name, condition, folder, source, size_bytes, None, tuple(problems))


def _wrong_sum(name: str, found: str, expected: str) -> str:
    return f"{name} has the wrong SHA-256 sum, {found[:12]}… instead of {expected[:12]}…"
