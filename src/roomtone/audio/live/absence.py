"""Time in which nothing was heard because nobody was listening: the computer slept. Pure."""

from typing import Final

from roomtone.audio.live.alignment import Gap
from roomtone.events import CaveatNoted
from roomtone.types import SAMPLE_RATE_HZ, seconds

ABSENCE_SAMPLES: Final = 5 * SAMPLE_RATE_HZ
"""5 s: what is shorter is told as a loss of the device, if the device's buffers did not save it."""


class Absences:
    """Finds the stretches that no side heard and in which the clock jumped. Positions are samples."""

    def __init__(self) -> None:
        self._jumps: list[Gap] = []
        self._silent_from: int | None = None
        self._told: list[Gap] = []

    def jumped(self, begin: int, end: int) -> None:
        """Note that the clock went from ``begin`` to ``end`` without this program running."""
        if end - begin >= ABSENCE_SAMPLES:
            self._jumps.append(Gap(begin, end))

    def passed(self, begin: int, end: int, *, heard: bool) -> CaveatNoted | None:
        """Take the next stretch of the call, and return the caveat once an absence is over."""
        if not heard:
            self._silent_from = begin if self._silent_from is None else self._silent_from
            return None
        if self._silent_from is None:
            return None
        silence, self._silent_from = Gap(self._silent_from, begin), None
        slept = any(_overlap(jump, silence) > 0 for jump in self._jumps)
        self._jumps = [jump for jump in self._jumps if jump.end > end]
        if not slept or silence.samples < ABSENCE_SAMPLES:
            return None
        self._told.append(silence)
        begin_s, end_s = seconds(silence.begin), seconds(silence.end)
        message = (
            f"Nothing was heard from {as_time(begin_s)} to {as_time(end_s)}: "
            "the computer slept or Roomtone was stopped."
        )
        return CaveatNoted(t_s=end_s, code="not_heard", message=message)

    def explain(self, gap: Gap) -> bool:
        """Return whether a gap of one side is, for the most part, an absence that was told."""
        return any(2 * _overlap(told, gap) >= gap.samples for told in self._told)


def as_time(at_s: float) -> str:
    """Return a session time as ``mm:ss``, or ``h:mm:ss`` from one hour on."""
    minutes, rest_s = divmod(round(at_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest_s:02d}" if hours else f"{minutes:02d}:{rest_s:02d}"


def _overlap(one: Gap, other: Gap) -> int:
    return min(one.end, other.end) - max(one.begin, other.begin)
