"""Keeps the far end out of the near end, block by block. Pure, and the same however the audio is cut."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from roomtone.audio.echo.delay import CENTRE_SAMPLES, LATEST_SAMPLES, DelayFinder
from roomtone.audio.echo.delay import WINDOW_SAMPLES as FINDER_SAMPLES
from roomtone.audio.echo.filter import BLOCK_SAMPLES, REACH_SAMPLES, EchoFilter, energy
from roomtone.audio.echo.gate import FRAME_SAMPLES, EchoGate
from roomtone.audio.echo.verdict import SILENCE_DB, EchoVerdict
from roomtone.types import Echo, Samples, seconds

EARLY_SAMPLES: Final = 128
"""8 ms of the way are learned before the clearest sound: the way that is found need not be the shortest."""
LEAD_SAMPLES: Final = 2 * BLOCK_SAMPLES
"""64 ms of the far end are heard before the near end is judged: it may be captured 50 ms later than its echo,
and the way begins a little before the delay."""
HISTORY_SAMPLES: Final = max(FINDER_SAMPLES + CENTRE_SAMPLES, REACH_SAMPLES + LATEST_SAMPLES)
LOOK_BLOCKS: Final = 8
"""Looks for the delay are 0.26 s apart."""
NEAR_DELAY_SAMPLES: Final = 256
"""A delay changed by up to 16 ms is another reflection, or a clock that drifts: the way stays where it is.
More is a stream that was restarted: the way moves along."""
SAME_DELAY_SAMPLES: Final = 64
"""Up to 4 ms off, the filter need not move."""
INAUDIBLE: Final = 1e-8
"""Mean square of the far end, -80 dBFS, of which there is no echo to expect."""
LEVEL_KEPT: Final = 0.96
"""Of the energies whose ratio is the echo's level, from block to block: 0.8 s of far-end speech."""
SILENT_POWER: Final = 10.0 ** (SILENCE_DB / 10.0)
FALL: Final = np.linspace(1.0, 0.0, FRAME_SAMPLES, dtype=np.float32)
"""A gate that closes; so that there is no click."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer changed, at the end of a block."""

    at_s: float
    echo: Echo
    delay_s: float | None
    level_db: float | None


class EchoCleaner:
    """Takes both sides in pieces of any length and gives back the near end without the far end.

    While no echo is found, and while the far end is silent, the samples are the same ones.
    """

    def __init__(self) -> None:
        self._finder = DelayFinder()
        self._filter = EchoFilter()
        self._gate = EchoGate()
        self._verdict = EchoVerdict()
        self._far: Samples = np.zeros(HISTORY_SAMPLES, np.float32)
        self._near: Samples = np.zeros(FINDER_SAMPLES, np.float32)
        self._blocks = 0
        self._delay_samples: int | None = None
        self._open = 1.0
        self._taken = 0.0
        self._echo_energy = 0.0
        self._far_energy = 0.0

    def hear(self, *, far: Samples, near: Samples) -> tuple[Samples, list[Judged]]:
        """Take more of both sides and return the near end as far as it is judged: 64 to 96 ms back."""
        self._far = np.concatenate((self._far, far))
        self._near = np.concatenate((self._near, near))
        cleaned = [np.zeros(0, np.float32)]
        judged: list[Judged] = []
        while (
            len(self._near) >= FINDER_SAMPLES + BLOCK_SAMPLES
            and len(self._far) >= HISTORY_SAMPLES + BLOCK_SAMPLES + LEAD_SAMPLES
        ):
            before = self._verdict.echo
            cleaned.append(self._next_block())
            if self._verdict.echo is not before:
                judged.append(self._judged())
        return np.concatenate(cleaned), judged

    def flush(self) -> tuple[Samples, list[Judged]]:
        """Return what is left of the near end, as if the far end were silent from here on."""
        rest = len(self._near) - FINDER_SAMPLES
        padding = np.zeros(-rest % BLOCK_SAMPLES, np.float32)
        silence = np.zeros(rest + BLOCK_SAMPLES + LEAD_SAMPLES, np.float32)
        cleaned, judged = self.hear(far=silence, near=padding)
        return cleaned[:rest], judged

    def _next_block(self) -> Samples:
        self._blocks += 1
        cleaned = near = self._near[FINDER_SAMPLES : FINDER_SAMPLES + BLOCK_SAMPLES]
        if near.any():  # a muted or missing microphone tells nothing about the room
            self._find()
            cleaned = self._clean(near)
            far = self._far[HISTORY_SAMPLES : HISTORY_SAMPLES + BLOCK_SAMPLES]
            self._verdict.hear(
                far_db=_level_db(far),
                left_db=_level_db(cleaned),
                found=self._delay_samples is not None,
                echo_db=self._level_db,
            )
        self._far = self._far[BLOCK_SAMPLES:]
        self._near = self._near[BLOCK_SAMPLES:]
        return cleaned

    def _find(self) -> None:
        if self._blocks % LOOK_BLOCKS:
            return
        end = HISTORY_SAMPLES + BLOCK_SAMPLES - CENTRE_SAMPLES
        far = self._far[end - FINDER_SAMPLES : end]
        if energy(far) <= SILENT_POWER * len(far):
            return
        self._finder.look(far, self._near[BLOCK_SAMPLES : FINDER_SAMPLES + BLOCK_SAMPLES])
        self._follow(self._finder.delay_samples)

    def _follow(self, delay_samples: int | None) -> None:
        if delay_samples is None or self._delay_samples is None:
            if delay_samples != self._delay_samples:
                self._filter, self._gate = EchoFilter(), EchoGate()
                self._echo_energy = self._far_energy = 0.0
                self._verdict.restart()
            self._delay_samples = delay_samples
            return
        later = delay_samples - self._delay_samples
        if abs(later) <= SAME_DELAY_SAMPLES:
            return
        if abs(later) <= NEAR_DELAY_SAMPLES:
            self._filter.move(-later)
        self._delay_samples = delay_samples

    def _clean(self, near: Samples) -> Samples:
        if self._delay_samples is None:
            return self._mixed(near, np.zeros_like(near), opened=[True, True], taken=0.0)
        end = HISTORY_SAMPLES + BLOCK_SAMPLES - self._delay_samples + EARLY_SAMPLES
        far = self._far[end - REACH_SAMPLES : end]
        if energy(far) <= INAUDIBLE * len(far):
            self._gate.pause()
            return self._mixed(near, np.zeros_like(near), opened=[True, True], taken=0.0)
        prediction = self._filter.step(far, near)
        self._echo_energy = LEVEL_KEPT * self._echo_energy + energy(prediction.echo)
        self._far_energy = LEVEL_KEPT * self._far_energy + energy(far) * BLOCK_SAMPLES / len(far)
        residual = near - prediction.echo
        opened = self._gate.judge(residual, prediction)
        if self._verdict.too_weak:
            return self._mixed(near, prediction.echo, opened=[True, True], taken=0.0)
        taken = 1.0 if energy(residual) <= energy(near) else 0.0
        return self._mixed(near, prediction.echo, opened=opened, taken=taken)

    def _mixed(self, near: Samples, echo: Samples, *, opened: list[bool], taken: float) -> Samples:
        """Return the near end less ``taken`` of the echo, silenced where the gate is not open."""
        cleaned = near
        if taken or self._taken:
            share = np.full(BLOCK_SAMPLES, taken, np.float32)
            share[:FRAME_SAMPLES] = taken + (self._taken - taken) * FALL
            cleaned = np.clip(near - echo * share, -1.0, 1.0)
            self._taken = taken
        frames = cleaned.reshape(-1, FRAME_SAMPLES)
        for number, is_open in enumerate(opened):
            target = 1.0 if is_open else 0.0
            if self._open < 1.0 or not is_open:
                frames = frames.copy()
                frames[number] *= target + (self._open - target) * FALL
                self._open = target
        return frames.ravel()

    @property
    def _level_db(self) -> float:
        if not self._far_energy:
            return 0.0
        return 10.0 * float(np.log10(self._echo_energy / self._far_energy + 1e-9))

    def _judged(self) -> Judged:
        known = self._delay_samples is not None and self._verdict.echo is not Echo.NONE
        return Judged(
            at_s=seconds(self._blocks * BLOCK_SAMPLES),
            echo=self._verdict.echo,
            delay_s=seconds(self._delay_samples) if known and self._delay_samples is not None else None,
            level_db=round(self._level_db, 1) if known else None,
        )


def _level_db(samples: Samples) -> float:
    return 10.0 * float(np.log10(energy(samples) / len(samples) + 1e-12))
