"""Loads a converted Whisper model, and tells in plain words where that cannot be done."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from roomtone.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

MAX_THREADS = 4
"""More threads bring nothing for models this small."""


def default_threads() -> int:
    """Return one thread less than the machine has cores, at least 1 and at most 4."""
    return min(MAX_THREADS, max(1, (os.cpu_count() or 1) - 1))


def load(folder: Path, threads: int) -> "WhisperModel":
    """Return the model in ``folder`` with 8-bit weights; raises ``ModelError`` where it is none."""
    if not (folder / "model.bin").is_file():
        raise ModelError(
            f"There is no Whisper model in {folder}; fetch one with: roomtone models fetch base",
            code="whisper_missing",
        )
    from faster_whisper import WhisperModel

    try:
        return WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
        )
    except Exception as error:
        raise ModelError(
            f"The Whisper model in {folder} cannot be loaded ({error}); "
            "check it with: roomtone models verify",
            code="whisper_damaged",
        ) from error


def check_language(language: str, model: str, *, multilingual: bool) -> None:
    """Raise ``ConfigError`` when Whisper, or this model of it, does not know the language."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    if language not in ("auto", *_LANGUAGE_CODES):
        raise ConfigError(
            f'Whisper knows no language "{language}"; name one by its code, such as en or de, or say auto.',
            code="language_unknown",
        )
    if not multilingual and language not in ("auto", "en"):
        raise ConfigError(
            f'The model {model} understands English only, not "{language}"; use base instead.',
            code="language_not_in_model",
        )
