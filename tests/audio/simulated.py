"""A sound device made of numbers: its clock drifts, its sound comes late, gets lost, and it dies.

Importable on its own, by scripts too.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from roomtone.audio.devices.capture import Captured
from roomtone.clock import Clock
from roomtone.errors import DeviceError
from roomtone.types import SAMPLE_RATE_HZ, Samples

STAMP_SPAN_S = 20_000.0
"""Time that a sample can tell: over five hours, to about a millisecond."""

Sound = Callable[[NDArray[np.float64]], Samples]
"""What there is to hear at given clock times."""


def stamped(times_s: NDArray[np.float64]) -> Samples:
    """Sound whose every sample tells the clock time at which it was made; see :func:`stamps_s`."""
    return (times_s / STAMP_SPAN_S).astype(np.float32)


def stamps_s(samples: Samples) -> NDArray[np.float64]:
    """Return the clock times at which samples of :func:`stamped` were made; 0 for silence."""
    return samples.astype(np.float64) * STAMP_SPAN_S


def looped(samples: Samples, begin_s: float = 0.0) -> Sound:
    """Sound that begins with the first sample at ``begin_s`` and is repeated for ever."""

    def at(times_s: NDArray[np.float64]) -> Samples:
        indices = np.floor((times_s - begin_s) * SAMPLE_RATE_HZ + 0.5).astype(np.int64)
        return samples[indices % len(samples)]

    return at


def noise(level: float, seed: int = 0) -> Sound:
    """White noise of this root mean square, one second of it over and over."""
    generator = np.random.default_rng(seed)
    return looped((level * generator.standard_normal(SAMPLE_RATE_HZ)).astype(np.float32))


def silence(times_s: NDArray[np.float64]) -> Samples:
    """Digital zeros."""
    return np.zeros(len(times_s), np.float32)


@dataclass(frozen=True, slots=True)
class Span:
    """From ``at_s`` for ``for_s`` seconds of the clock."""

    at_s: float
    for_s: float

    @property
    def until_s(self) -> float:
        return self.at_s + self.for_s

    def holds(self, time_s: float) -> bool:
        return self.at_s <= time_s < self.until_s


@dataclass(frozen=True, slots=True)
class Death(Span):
    """The device is gone: it stops giving sound, and cannot be opened before the span is over."""

    code: str = "device_gone"
    message: str = "The device is gone: plug it in again."


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong with a device, each list in order of time."""

    stalls: Sequence[Span] = ()
    """Nothing arrives meanwhile; then everything does at once."""
    losses: Sequence[Span] = ()
    """What was recorded then never arrives, and the device's count goes on without it."""
    mutes: Sequence[Span] = ()
    """Digital zeros, and the flag is up."""
    deaths: Sequence[Death] = ()


@dataclass(slots=True)
class SimulatedDevice:
    """A device that hears ``sound``, with a clock that runs fast by ``drift_ppm``.

    Sound arrives in blocks of ``block_s``, ``latency_s`` after it was made and up to ``jitter_s`` later.
    """

    sound: Sound
    name: str = "simulated device"
    drift_ppm: float = 0.0
    latency_s: float = 0.02
    jitter_s: float = 0.0
    block_s: float = 0.02
    faults: Faults = Faults()
    seed: int = 0
    opened: list["SimulatedCapture"] = field(default_factory=list)
    """Every capture there ever was, the last one last."""

    def open(self, clock: Clock) -> "SimulatedCapture":
        now_s = clock.now_s()
        for death in self.faults.deaths:
            if death.holds(now_s):
                raise DeviceError(death.message, code=death.code)
        capture = SimulatedCapture(self, clock)
        self.opened.append(capture)
        return capture


class SimulatedCapture:
    """A run of a :class:`SimulatedDevice` from its opening to its death."""

    def __init__(self, device: SimulatedDevice, clock: Clock) -> None:
        self.description = device.name
        self.sample_rate_hz = SAMPLE_RATE_HZ
        self.closed = False
        self._device = device
        self._clock = clock
        self._opened_s = clock.now_s()
        self._rate_hz = SAMPLE_RATE_HZ * (1.0 + device.drift_ppm * 1e-6)
        self._block_samples = round(device.block_s * SAMPLE_RATE_HZ)
        self._generator = np.random.default_rng((device.seed, len(device.opened)))
        self._given = 0
        self._coming = self._block_samples
        self._last_arrival_s = self._opened_s
        self._next_arrival_s = self._arrival_s()

    @property
    def muted(self) -> bool:
        now_s = self._clock.now_s()
        return any(mute.holds(now_s) for mute in self._device.faults.mutes)

    def read(self) -> Captured:
        assert not self.closed, "a closed capture is read"
        now_s = self._clock.now_s()
        for death in self._device.faults.deaths:
            if self._opened_s < death.at_s <= now_s:
                raise DeviceError(death.message, code=death.code)
        first = self._given
        while self._next_arrival_s <= now_s:
            self._given = self._coming
            self._last_arrival_s = self._next_arrival_s
            self._coming += self._block_samples
            self._next_arrival_s = self._arrival_s()
        return self._captured(first, self._given)

    def close(self) -> None:
        self.closed = True

    def _arrival_s(self) -> float:
        """Return when the block that is coming will have arrived, after all before it."""
        jitter_s = self._device.jitter_s * float(self._generator.random())
        arrival_s = self._opened_s + self._coming / self._rate_hz + self._device.latency_s + jitter_s
        stall = _span_at(self._device.faults.stalls, arrival_s)
        return max(self._last_arrival_s, stall.until_s if stall else arrival_s)

    def _captured(self, first: int, end: int) -> Captured:
        if first == end:
            return Captured(np.zeros(0, np.float32), 0.0)
        times_s = self._opened_s + np.arange(first, end) / self._rate_hz
        samples = self._device.sound(times_s)
        begin_s, end_s = times_s[0], times_s[-1]
        for mute in _spans_within(self._device.faults.mutes, begin_s, end_s):
            samples = np.where((times_s >= mute.at_s) & (times_s < mute.until_s), np.float32(0), samples)
        losses = _spans_within(self._device.faults.losses, begin_s, end_s)
        for loss in losses:
            kept = (times_s < loss.at_s) | (times_s >= loss.until_s)
            samples, times_s = samples[kept], times_s[kept]
        return Captured(samples, self._last_arrival_s, overflows=len(losses))


def _span_at(spans: Sequence[Span], time_s: float) -> Span | None:
    before = bisect_right(spans, time_s, key=lambda span: span.at_s)
    return spans[before - 1] if before and spans[before - 1].holds(time_s) else None


def _spans_within(spans: Sequence[Span], begin_s: float, end_s: float) -> Sequence[Span]:
    after = bisect_right(spans, end_s, key=lambda span: span.at_s)
    return [span for span in spans[max(0, after - 2) : after] if span.until_s > begin_s]


def inline(work: Callable[[], None]) -> Future[None]:
    """Do at once what a live call does in threads, so that tests are the same each time."""
    future: Future[None] = Future()
    try:
        work()
    except Exception as error:
        future.set_exception(error)
    else:
        future.set_result(None)
    return future
