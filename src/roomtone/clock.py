"""The one place that reads the system's clocks."""

import asyncio
import sys
import time
from typing import Protocol


class Clock(Protocol):
    """Seconds since some fixed moment, never going backwards, and a way to wait for them."""

    def now_s(self) -> float:
        """Return the seconds since the clock's start."""
        ...

    async def sleep_until(self, at_s: float) -> None:
        """Return once ``now_s()`` is at least ``at_s``; at once when it already is."""
        ...


class SystemClock:
    """Real time since construction, or a multiple of it: at ``rate`` 2 a minute takes half a minute.

    The time a computer sleeps counts, so that a call knows how much of it was missed.
    """

    def __init__(self, rate: float = 1.0) -> None:
        self._rate = rate
        self._origin_s = _monotonic_s()

    def now_s(self) -> float:
        """Return the seconds since construction, times the rate."""
        return (_monotonic_s() - self._origin_s) * self._rate

    async def sleep_until(self, at_s: float) -> None:
        """Wait in real time, divided by the rate."""
        await asyncio.sleep(max(0.0, at_s - self.now_s()) / self._rate)


def _monotonic_s() -> float:
    """Return a time that never goes backwards and goes on while the computer sleeps.

    Python's own stops then on Linux and macOS, and goes on only on Windows.
    """
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


class CountedFrom:
    """Another clock, with zero at one of its times: session time, when the session began then."""

    def __init__(self, clock: Clock, origin_s: float) -> None:
        self._clock = clock
        self._origin_s = origin_s

    def now_s(self) -> float:
        """Return the seconds of the other clock since then."""
        return self._clock.now_s() - self._origin_s

    async def sleep_until(self, at_s: float) -> None:
        """Wait as the other clock does."""
        await self._clock.sleep_until(self._origin_s + at_s)


class ManualClock:
    """A clock that jumps to whatever it is asked to wait for, for tests."""

    def __init__(self, now_s: float = 0.0) -> None:
        self._now_s = now_s

    def now_s(self) -> float:
        """Return the time last set or waited for."""
        return self._now_s

    def advance(self, by_s: float) -> None:
        """Move the clock forward by ``by_s`` seconds."""
        self._now_s += by_s

    async def sleep_until(self, at_s: float) -> None:
        """Jump there, giving other tasks one turn."""
        self._now_s = max(self._now_s, at_s)
        await asyncio.sleep(0)
