"""The samples of one device placed on the time line of the session. Pure.

No sample arrives before it was recorded, so the least late arrivals of the last seconds tell where the
device's samples belong, however its clock drifts; what comes later than that merely waited on its way.
Sound that keeps coming late has lost something before it: silence is put there if the device said that it
lost something or much is missing, and otherwise once nothing came in time for all those seconds.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from roomtone.types import SAMPLE_RATE_HZ, Samples

BUCKET_SAMPLES: Final = SAMPLE_RATE_HZ // 2
"""0.5 s of arrivals are remembered by the least late of them."""
BUCKETS: Final = 16
"""Of sound received, not of time passed: 8 s outlast a machine or a radio that is busy for a while, and a
clock that is off by 100 ppm moves by 0.8 ms only."""
ON_TIME_SAMPLES: Final = SAMPLE_RATE_HZ // 20
"""50 ms: an arrival this much later than the least late is ordinary jitter. As much as the two sides may be
apart, so that no greater loss passes for jitter where the device said that there was one."""
DELAYED_SAMPLES: Final = SAMPLE_RATE_HZ // 2
"""0.5 s: so late may sound come that merely waited on its way; a later one waits for a verdict."""
SUSPECT_SAMPLES: Final = 2 * SAMPLE_RATE_HZ
"""2 s of sound after the device said that it lost something: by then the verdict is reached."""
STEP_SAMPLES: Final = 2 * SAMPLE_RATE_HZ // 100
"""20 ms: where more is missing, silence is put there at once. Drift never grows so far."""
SURPLUS_SAMPLES: Final = SAMPLE_RATE_HZ // 20
"""50 ms: more sound than this for a time already filled is left out at once. Less is worked off without
losing any: mostly it is the first arrival of a device that was late, and the sides may be so far apart."""
DEAD_BAND_SAMPLES: Final = SAMPLE_RATE_HZ // 1000
"""1 ms: a smaller error is noise of the estimate."""
SAMPLES_PER_CORRECTION: Final = SAMPLE_RATE_HZ // 100
"""One sample in 10 ms may be left out or doubled: 6 ms in a second, fifty times the drift of a poor clock,
and nothing that is heard."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of the session's time line, with silence where nothing was heard."""

    samples: Samples
    heard_samples: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Sound that is missing: a silence in its place, between positions ``begin`` and ``end``."""

    begin: int
    end: int
    left_out_samples: int = 0
    """Sound that has no place, beside the silence, because it came for a time already filled by other."""

    @property
    def samples(self) -> int:
        """How much is missing."""
        return self.end - self.begin + self.left_out_samples


class Alignment:
    """The time line of one side, filled from its beginning: by a device, or by silence in its place.

    Positions are sample indices of the session.
    """

    def __init__(self) -> None:
        self._runs: deque[Samples | int] = deque()
        """What is placed and not yet taken; a number is that many samples of silence."""
        self._placed = 0
        self._unheard = 0
        self._left_out = 0
        """How much sound was left out since some was placed, but for what silence stands for already."""
        self._continues = False
        """Whether the last sample placed is of the same device as the next, with nothing between them."""
        self._arrivals = _Arrivals()
        self._waiting: list[_Block] = []
        """What came late, and so perhaps after a loss."""

    @property
    def placed_samples(self) -> int:
        """Position up to which the time line is filled and can be taken."""
        return self._placed

    @property
    def in_gap(self) -> bool:
        """Whether the time line ends in silence that replaces sound."""
        return self._unheard > 0

    @property
    def silent_samples(self) -> int:
        """How much silence that replaces sound lies in front of the first sound not yet taken."""
        return self._runs[0] if self._runs and isinstance(self._runs[0], int) else 0

    def restart(self) -> None:
        """Expect another device, or the same one opened anew; what came so far stays where it is."""
        self._append([block.samples for block in self._waiting])
        self._waiting = []
        self._continues = False
        self._arrivals = _Arrivals()

    def push(self, samples: Samples, arrived: float, *, lossy: bool = False) -> Gap | None:
        """Take what the device gave; the last of it arrived at position ``arrived`` of the clock.

        ``lossy`` is whether the device says that it lost some. Return the gap that ended, if what could be
        placed now follows one, or had to be left out in part.
        """
        block = self._arrivals.count(samples, arrived, lossy=lossy)
        self._waiting.append(block)
        if not self._arrivals.on_time(block):
            return None
        self._arrivals.note(block)
        waiting, self._waiting = self._waiting, []
        return self._place(waiting)

    def settle(self) -> Gap | None:
        """Give up hope that what comes late will catch up: something was lost before it.

        Return the gap that ended, as ``push`` does.
        """
        if not self._waiting:
            return None
        waiting, self._waiting = self._waiting, []
        # What waits may have begun before the loss, as jitter or in the device's buffer: its last quarter
        # surely came after it.
        after_loss = min(waiting[len(waiting) * 3 // 4 :], key=lambda block: block.late_by)
        halfway = (self._arrivals.base + after_loss.late_by) / 2
        least = max(halfway, after_loss.late_by - ON_TIME_SAMPLES)
        lost_at = max((at + 1 for at, block in enumerate(waiting) if block.late_by < least), default=0)
        before = self._place(waiting[:lost_at]) if lost_at else None
        self._arrivals.restart_from(after_loss)
        gap = self._place(waiting[lost_at:])
        if before is None or gap is None:
            return gap or before
        return Gap(gap.begin, gap.end, gap.left_out_samples + before.samples)

    def fill(self, until: int) -> None:
        """Put silence where nothing came, up to position ``until``; what comes for it later is left out."""
        missing = until - self._placed
        if missing > 0:
            self._append_silence(missing)

    def take(self, samples: int) -> Stretch:
        """Remove and return the next samples, which must be there."""
        out = np.zeros(samples, np.float32)
        heard = at = 0
        while at < samples:
            run = self._runs.popleft()
            length = run if isinstance(run, int) else len(run)
            taken = min(length, samples - at)
            if not isinstance(run, int):
                out[at : at + taken] = run[:taken]
                heard += taken
            if taken < length:
                self._runs.appendleft(run - taken if isinstance(run, int) else run[taken:])
            at += taken
        return Stretch(out, heard)

    def _place(self, blocks: Sequence["_Block"]) -> Gap | None:
        """Place a run of blocks so that its last sample lies where it belongs."""
        samples: Sequence[Samples] = [block.samples for block in blocks]
        begin = round(blocks[-1].counted + self._arrivals.base) - sum(map(len, samples))
        error = begin - self._placed
        if self._continues and -SURPLUS_SAMPLES <= error <= STEP_SAMPLES:
            samples = _stretched(samples, error)
        elif error > 0:
            self._append_silence(error)
        elif error < 0:
            whole = np.concatenate(samples)
            samples = [whole[-error:]]
            if not self._unheard:
                self._left_out += min(-error, len(whole))
        return self._append(samples)

    def _append(self, runs: Sequence[Samples]) -> Gap | None:
        heard = [run for run in runs if len(run)]
        if not heard:
            return None
        gap = Gap(self._placed - self._unheard, self._placed, self._left_out)
        self._unheard = self._left_out = 0
        self._continues = True
        self._runs.extend(heard)
        self._placed += sum(map(len, heard))
        return gap if gap.samples else None

    def _append_silence(self, samples: int) -> None:
        if self._runs and isinstance(self._runs[-1], int):
            self._runs[-1] += samples
        else:
            self._runs.append(samples)
        self._placed += samples
        self._unheard += samples
        self._continues = False


@dataclass(frozen=True, slots=True)
class _Block:
    """What came at once; ``counted`` samples of the device up to its end, and how late that end came."""

    samples: Samples
    counted: int
    late_by: float


class _Arrivals:
    """How late samples come behind a device's own count of them."""

    def __init__(self) -> None:
        self.base = np.inf
        """Where the device began to count, as a position: how late the least late samples are."""
        self._counted = 0
        self._suspect_until = 0
        """Up to which count the device may have lost what it said it lost."""
        self._least: deque[tuple[int, float]] = deque(maxlen=BUCKETS)

    def count(self, samples: Samples, arrived: float, *, lossy: bool) -> _Block:
        """Count samples whose last arrived at a position of the clock."""
        self._counted += len(samples)
        if lossy:
            self._suspect_until = self._counted + SUSPECT_SAMPLES
        return _Block(samples, self._counted, arrived - self._counted)

    def on_time(self, block: _Block) -> bool:
        """Whether this merely waited on its way, as far as can be told, if it was late at all."""
        suspect = block.counted <= self._suspect_until
        tolerated = ON_TIME_SAMPLES if suspect else DELAYED_SAMPLES
        return not self._least or block.late_by <= self.base + tolerated

    def note(self, block: _Block) -> None:
        """Remember an arrival that was on time."""
        late_by = block.late_by
        bucket = block.counted // BUCKET_SAMPLES
        if self._least and self._least[-1][0] == bucket:
            late_by = min(late_by, self._least.pop()[1])
        self._least.append((bucket, late_by))
        self.base = min(least for _, least in self._least)

    def restart_from(self, block: _Block) -> None:
        """Forget what was on time before a loss; this is the least late since."""
        self._suspect_until = 0
        self._least.clear()
        self.note(block)


def _stretched(blocks: Sequence[Samples], error: int) -> Sequence[Samples]:
    """Return the blocks made longer or shorter by as much of ``error`` as is not heard."""
    wanted = abs(error) - DEAD_BAND_SAMPLES
    if wanted <= 0:
        return blocks
    whole = np.concatenate(blocks)
    corrections = min(wanted, len(whole) // SAMPLES_PER_CORRECTION)
    if corrections == 0:
        return blocks
    pieces: list[Samples] = []
    for part in np.array_split(whole, corrections):
        # Between the two most equal neighbours nobody hears it.
        quietest = int(np.argmin(np.abs(np.diff(part))))
        pieces += [part[: quietest + 1], part[quietest + (0 if error > 0 else 2) :]]
    return pieces
