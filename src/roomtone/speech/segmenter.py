"""Which stretches of speech go to the recogniser together. Pure.

An utterance ends at a pause; a long one already at a short pause, and one without any at its quietest
moment, before it outgrows Whisper's window. Neighbouring utterances never share audio.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from roomtone.config.settings import VadSettings
from roomtone.speech.activity import STEP_SAMPLES, Boundary, Ended, Started
from roomtone.types import SAMPLE_RATE_HZ

SMOOTH_STEPS = 6
"""A cut without a pause is made in the quietest 0.1 s, not in the quietest 16 ms inside a word."""
CUT_WITHIN = 4
"""A forced cut is made in the last quarter of the longest utterance: words before it are known no later."""
TAIL_S = 0.5
"""A forced cut stays this far from the newest sample, whose surroundings are not known yet."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Speech of one utterance in samples; ``at_sample`` is when its end was known."""

    start_sample: int
    end_sample: int
    at_sample: int


class Segmenter:
    """Groups boundaries of speech into utterances."""

    def __init__(self, settings: VadSettings) -> None:
        self._pause_samples = round(settings.pause_s * SAMPLE_RATE_HZ)
        self._most_samples = round(settings.max_utterance_s * SAMPLE_RATE_HZ)
        # Open speech may have ended as long ago as pauses are bridged; a cut after its end would cut nothing.
        self._tail_steps = round(max(TAIL_S, settings.bridge_s) * SAMPLE_RATE_HZ / STEP_SAMPLES)
        self._levels_db: deque[float] = deque(maxlen=self._most_samples // CUT_WITHIN // STEP_SAMPLES)
        self._start_sample: int | None = None
        self._end_sample = 0
        self._speaking = False

    @property
    def start_sample(self) -> int | None:
        """First sample of the utterance going on, None between utterances."""
        return self._start_sample

    @property
    def paused_at_sample(self) -> int | None:
        """Where the utterance going on ends if nothing more is said, None while somebody speaks."""
        return None if self._speaking or self._start_sample is None else self._end_sample

    def push(self, level_db: float, boundaries: Sequence[Boundary], at_sample: int) -> list[Bounds]:
        """Take one step of audio ending at ``at_sample`` and return the utterances it closes."""
        self._levels_db.append(level_db)
        closed = self._follow(boundaries, at_sample)
        if self._start_sample is None:
            return closed
        if not self._speaking and at_sample - self._end_sample >= self._pause_samples:
            closed.append(self._close(self._end_sample, at_sample))
        elif self._speaking and at_sample - self._start_sample >= self._most_samples:
            cut = self._quietest_sample(at_sample)
            closed.append(self._close(cut, at_sample))
            self._start_sample = cut
        return closed

    def flush(self, boundaries: Sequence[Boundary], at_sample: int) -> list[Bounds]:
        """Return what is still open when the audio ends."""
        closed = self._follow(boundaries, at_sample)
        if self._start_sample is not None:
            closed.append(self._close(self._end_sample, at_sample))
        return closed

    def _follow(self, boundaries: Sequence[Boundary], at_sample: int) -> list[Bounds]:
        closed: list[Bounds] = []
        for boundary in boundaries:
            match boundary:
                case Started(start_sample=start):
                    self._speaking = True
                    if self._start_sample is None:
                        self._start_sample = start
                case Ended(end_sample=end):
                    self._speaking = False
                    self._end_sample = end
                    if self._start_sample is not None and end - self._start_sample >= self._most_samples // 2:
                        closed.append(self._close(end, at_sample))
        return closed

    def _close(self, end_sample: int, at_sample: int) -> Bounds:
        assert self._start_sample is not None  # noqa: S101 - only an open utterance is closed
        bounds = Bounds(self._start_sample, end_sample, at_sample)
        self._start_sample = None
        return bounds

    def _quietest_sample(self, at_sample: int) -> int:
        levels_db = list(self._levels_db)[: -self._tail_steps]
        sums = [sum(levels_db[i : i + SMOOTH_STEPS]) for i in range(len(levels_db) - SMOOTH_STEPS + 1)]
        quietest = sums.index(min(sums))
        steps_back = len(levels_db) + self._tail_steps - quietest - SMOOTH_STEPS // 2
        return at_sample - steps_back * STEP_SAMPLES
