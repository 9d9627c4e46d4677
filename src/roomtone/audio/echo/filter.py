"""The way from the far end to the microphone, learned while both are heard. Pure.

A frequency-domain adaptive filter in partitions, its step size from a Kalman filter (Enzner and Vary
2006; Kuech, Mabande and Enzner 2014). It knows how sure it is of each frequency, and hardly learns while
the near end speaks, so that nobody has to tell it when that is.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roomtone.types import Samples

BLOCK_SAMPLES: Final = 512
"""32 ms at a time: shorter blocks cost more, longer ones answer later."""
PARTITIONS: Final = 8
"""256 ms of room: what comes later is 25 dB weaker even where it rings for 0.6 s."""
TAPS: Final = PARTITIONS * BLOCK_SAMPLES
REACH_SAMPLES: Final = TAPS + BLOCK_SAMPLES
"""Far-end samples that a block of the near end may hold anything of."""
FORGETTING: Final = 0.99**2
"""A way is half forgotten in a second of far-end speech: two devices' clocks 50 ppm apart turn the phase at
3 kHz by a radian a second. Slower, the filter loses the echo of such devices altogether."""
FIRST_VARIANCE: Final = 0.1
"""Of a tap at each frequency before anything was heard: an echo as loud as the far end is no surprise."""
MEMORY: Final = 0.5
"""How much of the last block's spectrum counts as the near end's now."""
WORSE: Final = 1.3
"""A residual with this much more energy than the microphone is a way that is no longer there."""
RECENT: Final = 0.8
"""Of those energies, kept from block to block: 0.15 s."""
TINY: Final = np.float32(1e-9)
"""Against division by the spectrum of digital silence."""

Spectrum = NDArray[np.complex64]
Power = NDArray[np.float32]


class Prediction(NamedTuple):
    """What a block of the microphone would be if it held only the far end."""

    echo: Samples
    doubt: Power
    """How far that may be off, as power of the ``BLOCK_SAMPLES + 1`` frequencies of a double block."""


class EchoFilter:
    """Predicts the echo in each block of the near end, and learns from what came instead."""

    def __init__(self) -> None:
        self._way: Spectrum = np.zeros((PARTITIONS, BLOCK_SAMPLES + 1), np.complex64)
        self._variance: Power = np.full(self._way.shape, FIRST_VARIANCE, np.float32)
        self._near_power: Power = np.zeros(BLOCK_SAMPLES + 1, np.float32)
        self._near_energy = 0.0
        self._residual_energy = 0.0

    def step(self, far: Samples, near: Samples) -> Prediction:
        """Take ``BLOCK_SAMPLES`` of the near end and the ``REACH_SAMPLES`` of the far end up to their end."""
        blocks = np.lib.stride_tricks.sliding_window_view(far, 2 * BLOCK_SAMPLES)[::BLOCK_SAMPLES]
        spectra = _spectrum(blocks[::-1])
        echo = _sound(np.sum(spectra * self._way, axis=0))[BLOCK_SAMPLES:]
        residual = near - echo
        powers = _power(spectra)
        doubt = np.sum(powers * self._variance, axis=0)
        self._learn(spectra, powers, residual, doubt)
        self._check(near, residual)
        return Prediction(echo, doubt)

    def move(self, by_samples: int) -> None:
        """Let what is known of the way lie later by so many taps; what does not fit any more is forgotten."""
        taps = _sound(self._way)[:, :BLOCK_SAMPLES].ravel()
        moved = np.roll(taps, by_samples)
        if by_samples > 0:
            moved[:by_samples] = 0.0
        else:
            moved[TAPS + by_samples :] = 0.0
        self._way = _spectrum(moved.reshape(PARTITIONS, BLOCK_SAMPLES))

    def _learn(self, spectra: Spectrum, powers: Power, residual: Samples, doubt: Power) -> None:
        error = _spectrum(np.concatenate((np.zeros(BLOCK_SAMPLES, np.float32), residual)))
        self._near_power = MEMORY * self._near_power + (1.0 - MEMORY) * _power(error)
        step = self._variance / (doubt + 2.0 * self._near_power + TINY)
        taps = _sound(step * np.conj(spectra) * error)
        taps[:, BLOCK_SAMPLES:] = 0.0
        self._way = self._way + _spectrum(taps)
        surer = (1.0 - 0.5 * step * powers) * self._variance
        self._variance = FORGETTING * surer + (1.0 - FORGETTING) * _power(self._way)

    def _check(self, near: Samples, residual: Samples) -> None:
        self._near_energy = RECENT * self._near_energy + energy(near)
        self._residual_energy = RECENT * self._residual_energy + energy(residual)
        if self._residual_energy > WORSE * self._near_energy:
            self._variance = np.maximum(self._variance, _power(self._way))
            self._way = self._way * np.float32(0.5)
            self._near_energy = self._residual_energy = 0.0


def energy(samples: Samples) -> float:
    """Return the sum of squares."""
    return float(np.dot(samples, samples))


def _spectrum(sound: NDArray[np.float32]) -> Spectrum:
    """Return the spectrum of one or several double blocks; single ones are filled up with silence."""
    return np.asarray(np.fft.rfft(sound, 2 * BLOCK_SAMPLES), np.complex64)


def _sound(spectrum: Spectrum) -> NDArray[np.float32]:
    return np.asarray(np.fft.irfft(spectrum), np.float32)


def _power(spectrum: Spectrum) -> Power:
    return np.asarray(np.square(spectrum.real) + np.square(spectrum.imag), np.float32)
