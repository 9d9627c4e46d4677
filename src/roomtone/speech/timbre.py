"""The colour of a voice in a few numbers: cepstral coefficients inside the telephone band.

The first says how steeply the spectrum falls, the next how it bends, the later ones where its formants lie.
How loud the recording is comes in nowhere: the coefficient that holds it is left out.
"""

from functools import cache

import numpy as np

from roomtone.speech.pitch import BAND_HZ, Array, Mask, bin_hz

COEFFICIENTS = 12
"""As many as are usual for telling sounds apart."""
BANDS = 18
"""Half-overlapping triangles, each about as broad as the ear's own bands."""
QUIETEST = 1e-6
"""Of the loudest band's power; below, a band counts as empty: 60 dB, about what a telephone carries."""

NAMES: tuple[str, ...] = tuple(
    f"timbre_{number}_{what}"
    for what in ("db", "sd_db", "movement_db")
    for number in range(1, COEFFICIENTS + 1)
)
"""Mean over the turn, spread over it, and mean change from frame to frame."""


def timbre_figures(power: Array, speech: Mask) -> dict[str, float]:
    """Return the figures named in :data:`NAMES` over the frames with ``speech``, of which there are some.

    ``power`` has shape ``(frames, bins)``. The movements are left out where no two frames follow each other.
    """
    bands = power @ _triangles()
    bands_db = 10.0 * np.log10(bands + QUIETEST * bands[speech].max() + 1e-30)
    coefficients = bands_db @ _cosines()
    spoken = coefficients[speech]
    values = [spoken.mean(axis=0), spoken.std(axis=0)]
    steps = np.abs(np.diff(coefficients, axis=0))[speech[1:] & speech[:-1]]
    if len(steps):
        values.append(steps.mean(axis=0))
    return dict(zip(NAMES, map(float, np.concatenate(values)), strict=False))


@cache
def _triangles() -> Array:
    """Return weights of shape ``(bins, BANDS)``, evenly spaced on the mel scale over the telephone band."""
    low, high = _mel(np.array(BAND_HZ))
    edges = np.linspace(float(low), float(high), BANDS + 2)
    at = _mel(bin_hz())[:, None]
    rising = (at - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - at) / (edges[2:] - edges[1:-1])
    return np.asarray(np.clip(np.minimum(rising, falling), 0.0, None))


@cache
def _cosines() -> Array:
    """Return the cosine transform of shape ``(BANDS, COEFFICIENTS)`` without its constant."""
    number = np.arange(1, COEFFICIENTS + 1)
    middle = (np.arange(BANDS) + 0.5)[:, None]
    return np.asarray(np.sqrt(2.0 / BANDS) * np.cos(np.pi * number * middle / BANDS))


def _mel(hz: Array) -> Array:
    return np.asarray(2595.0 * np.log10(1.0 + hz / 700.0))
