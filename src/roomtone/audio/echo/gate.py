"""Whether what is left of the microphone is explained by the far end, 16 ms by 16 ms. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from roomtone.audio.echo.filter import BLOCK_SAMPLES, Prediction
from roomtone.types import SAMPLE_RATE_HZ, Samples

FRAME_SAMPLES: Final = BLOCK_SAMPLES // 2
WINDOW_SAMPLES: Final = BLOCK_SAMPLES
"""Each frame is judged together with the one before it."""
BAND_EDGES_HZ: Final = (
    *(200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480),
    *(1720, 2000, 2320, 2700, 3150, 3700, 4400, 5300, 6400),
)
"""Critical bands from the lowest a laptop's loudspeaker gives to the highest that tells voices apart."""
LEFT_OF_ECHO: Final = 0.35
"""Quantile of the residual beside the predicted echo that counts as what the filter leaves behind: under
the median, for the near end speaks in some of the frames too."""
MOST_LEFT_DB: Final = 10.0
"""A residual louder than the predicted echo by more than this is not what is left of it, however often
it comes: a seller who never stops."""
FIRST_STEP_DB: Final = 6.0
"""Of the quantile, shrinking with the root of the number of frames..."""
LEAST_STEP_DB: Final = 0.3
"""...down to this: 5 dB a second, for rooms change."""
NEAR_DB: Final = 4.0
"""Mean over the bands of how far the residual must lie above what is left of the echo to be the near end."""
BAND_RANGE_DB: Final = (-10.0, 20.0)
"""No single band decides alone."""
HELD_FRAMES: Final = 8
"""0.13 s: soft ends of words, and the dips between syllables."""
DOUBT_IN_WINDOW: Final = 0.009
"""Power of the filter's doubt, given for a double block, in a frame's window is 0.09 (a quarter for the
window's length, 0.375 for its shape); a tenth of it, for a filter that forgets by design doubts too much."""
TINY: Final = 1e-9
"""Against the logarithm of digital silence."""

Levels = NDArray[np.float64]


class EchoGate:
    """Opens for the near end, closes when only the far end is heard."""

    def __init__(self) -> None:
        hz_per_bin = SAMPLE_RATE_HZ / WINDOW_SAMPLES
        self._window_edges = np.round(np.array(BAND_EDGES_HZ) / hz_per_bin).astype(np.intp)
        self._shape = np.hanning(WINDOW_SAMPLES).astype(np.float32)
        self._left_db: Levels = np.zeros(len(BAND_EDGES_HZ) - 1)
        self._frames = 0
        self._held_frames = 0
        self._tails: NDArray[np.float32] = np.zeros((2, FRAME_SAMPLES), np.float32)

    def judge(self, residual: Samples, prediction: Prediction) -> list[bool]:
        """Return of each frame of a block whether the near end is heard in it."""
        block = np.stack((residual, prediction.echo))
        both = np.concatenate((self._tails, block), axis=1)
        self._tails = block[:, -FRAME_SAMPLES:]
        windows = np.lib.stride_tricks.sliding_window_view(both, WINDOW_SAMPLES, axis=1)[:, ::FRAME_SAMPLES]
        spectra = np.fft.rfft(windows * self._shape)
        powers = np.square(spectra.real) + np.square(spectra.imag)
        residual_db, echo_db = _db(_banded(powers, self._window_edges))
        doubt_db = _db(DOUBT_IN_WINDOW * _banded(prediction.doubt, 2 * self._window_edges))
        return [
            self._judge(frame_db, echo_of_frame_db, doubt_db)
            for frame_db, echo_of_frame_db in zip(residual_db, echo_db, strict=True)
        ]

    def pause(self) -> None:
        """Take note that a block went by in which the far end was silent."""
        self._tails = np.zeros_like(self._tails)

    def _judge(self, residual_db: Levels, echo_db: Levels, doubt_db: Levels) -> bool:
        expected_db = np.maximum(echo_db + np.minimum(self._left_db, MOST_LEFT_DB), doubt_db)
        excess_db = float(np.mean(np.clip(residual_db - expected_db, *BAND_RANGE_DB)))
        self._frames += 1
        step_db = max(LEAST_STEP_DB, FIRST_STEP_DB / self._frames**0.5)
        self._left_db += step_db * (LEFT_OF_ECHO - (residual_db - echo_db < self._left_db))
        self._held_frames = HELD_FRAMES if excess_db >= NEAR_DB else max(0, self._held_frames - 1)
        return self._held_frames > 0


def _banded(powers: NDArray[np.float32], edges: NDArray[np.intp]) -> NDArray[np.float32]:
    return np.asarray(np.add.reduceat(powers, edges, axis=-1)[..., :-1])


def _db(powers: NDArray[np.float32]) -> Levels:
    return np.asarray(10.0 * np.log10(powers + TINY), np.float64)
