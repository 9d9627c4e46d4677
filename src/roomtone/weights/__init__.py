"""Model files: which there are, whether they are here and whole, and how to get them."""

from roomtone.weights.fetching import Fetched, Progress, fetch
from roomtone.weights.inventory import (
    Condition,
    ModelState,
    embedding_folder,
    list_models,
    needed_beside_whisper,
    other_whisper_names,
    resolve,
    silero_path,
    verify,
)
from roomtone.weights.manifest import bundled_models_directory

__all__ = [
    "Condition",
    "Fetched",
    "ModelState",
    "Progress",
    "bundled_models_directory",
    "embedding_folder",
    "fetch",
    "list_models",
    "needed_beside_whisper",
    "other_whisper_names",
    "resolve",
    "silero_path",
    "verify",
]
