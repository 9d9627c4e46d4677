"""A made-up file of word heads and an embedding to go with it: every tone has a direction of its own."""

from pathlib import Path

import numpy as np

from roomtone.speech.answering import HINTS
from roomtone.speech.word_heads import FILE, TONES, hashed

WIDTH = len(TONES) + 2
HEDGED, EVASIVE = len(TONES), len(TONES) + 1
"""Directions of hedged sentences and of evasive answers."""
NOTHING = np.zeros(WIDTH, np.float32)
NO_HINTS = np.zeros(len(HINTS), np.float32)
FURIOUS = "furious"
"""A word that speaks for anger by itself."""


def direction(place: int) -> np.ndarray:
    """Return the vector of a sentence of one kind."""
    return np.eye(WIDTH, dtype=np.float32)[place]


def write(folder: Path, **changed: np.ndarray) -> Path:
    """Write the heads into a folder: sure of what has their direction, and of nothing else."""
    terms = np.sort(hashed(FURIOUS))
    term_weights = np.zeros((len(terms), len(TONES)), np.int8)
    term_weights[:, TONES.index("anger")] = 100
    arrays = {
        "tones": np.array(TONES),
        "tone_weights": 8.0 * np.eye(len(TONES), WIDTH),
        "tone_bias": np.full(len(TONES), -4.0),
        "terms": terms,
        "term_weights": term_weights,
        "term_scale": np.full(len(TONES), 0.05),
        "hedged_weights": 8.0 * direction(HEDGED),
        "hedged_bias": np.array(-4.0),
        "hedged_least": np.array(0.7),
        "evasive_weights": np.concatenate((NOTHING, 8.0 * direction(EVASIVE), [0.0], NO_HINTS)),
        "evasive_bias": np.array(-4.0),
        "evasive_least": np.array(0.7),
    }
    np.savez(folder / FILE, **(arrays | changed))
    return folder
