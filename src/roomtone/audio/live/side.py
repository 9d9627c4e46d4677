"""One side of a live call: its device, its time line, and what there is to tell about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from roomtone.audio.devices.capture import PASSING, Capture
from roomtone.audio.live.alignment import Alignment, Gap
from roomtone.audio.live.supervision import SupervisedDevice
from roomtone.events import Event, SourceLost, SourceOverflowed, SourceStarted
from roomtone.types import SAMPLE_RATE_HZ, Samples, Speaker, seconds

CHANGE_SAMPLES: Final = 2 * SAMPLE_RATE_HZ
"""2 s: opening another device takes 0.3 s, and a loss that is over by then is told by the return alone."""


@dataclass(frozen=True, slots=True)
class Due:
    """An event to be told once the call is heard up to ``position``, its sample index."""

    position: int
    event: Event
    gap: Gap | None = None
    """Of an event that merely tells of it."""


class LiveSide:
    """One side of a live call."""

    def __init__(self, source_id: str, speaker: Speaker, device: SupervisedDevice) -> None:
        self.source_id = source_id
        self.speaker = speaker
        self.device = device
        self.alignment = Alignment()
        self.stalled = False
        """Whether its device is open but gave nothing for so long that it is no longer waited for."""
        self.missed_samples = 0
        """How much of what was yielded is silence in place of sound."""
        self._lost = False
        self._lost_at = 0
        """Position at which the device was lost."""
        self._told_code = ""
        """Code of the failure told since then."""
        self._flowing = False

    def try_out(self) -> bool:
        """Open the device, drop what it gives, and return whether it gave something or failed."""
        captured = self.device.poll()
        self._flowing = self._flowing or (captured is not None and len(captured.samples) > 0)
        return self._flowing or self.device.failure is not None

    def describe(self) -> SourceStarted | SourceLost:
        """Return what is known of the side before its first sample."""
        capture = self.device.capture
        self._lost = capture is None
        return self._lost_now(0.0) if capture is None else self._started(capture, 0.0)

    def poll(self, origin_s: float) -> Sequence[Due]:
        """Place what the device gave; ``origin_s`` is the clock's time at which the session began."""
        captured = self.device.poll()
        if captured is None:
            return self._without_device()
        if len(captured.samples) == 0:
            return ()
        self.stalled = False
        arrived = (captured.at_s - origin_s) * SAMPLE_RATE_HZ
        return self._after(
            self.alignment.push(_in_range(captured.samples), arrived, lossy=captured.overflows > 0)
        )

    def go_without(self, wanted: int, until: int, *, patient: bool) -> Sequence[Due]:
        """Decide about a device that has not given what lies before position ``wanted``.

        Silence is put there, and on up to ``until``, unless the device is merely late and ``patient``
        says to go on waiting for it.
        """
        if self._lost:
            self.alignment.fill(until)
            return ()
        if patient and not self.stalled:
            return ()
        due = self._after(self.alignment.settle())
        if self.alignment.placed_samples < wanted:
            self.stalled = True
            self.alignment.fill(until)
        return due

    def _without_device(self) -> Sequence[Due]:
        """Return what to tell while the device is not open: why, and again when that becomes another."""
        if not self._lost:
            self._lost = True
            self._told_code = ""
            self.alignment.restart()
            self._lost_at = self.alignment.placed_samples
        position, code = self.alignment.placed_samples, self._failure_code()
        if code == self._told_code or (code in PASSING and position - self._lost_at < CHANGE_SAMPLES):
            return ()
        return (Due(position, self._lost_now(seconds(position))),)

    def _after(self, gap: Gap | None) -> Sequence[Due]:
        """Return what to tell once sound was placed, which ended a ``gap`` or followed sound."""
        position = self.alignment.placed_samples
        capture = self.device.capture
        if self._lost and capture is not None and not self.alignment.in_gap:
            self._lost = False
            missed_s = seconds(gap.samples) if gap else 0.0
            return (Due(position, self._started(capture, missed_s)),)
        if gap is None or gap.begin == 0:  # a device that begins a moment after the session lost nothing
            return ()
        t_s = seconds(position)
        lost = SourceOverflowed(t_s=t_s, source_id=self.source_id, lost_samples=gap.samples)
        return (Due(position, lost, gap),)

    def _failure_code(self) -> str:
        return self.device.failure.code if self.device.failure else ""

    def _lost_now(self, t_s: float) -> SourceLost:
        self._told_code = self._failure_code()
        message = (
            self.device.failure.message if self.device.failure else f"The {self.device.name} is not open."
        )
        return SourceLost(t_s=t_s, source_id=self.source_id, speaker=self.speaker, message=message)

    def _started(self, capture: Capture, missed_s: float) -> SourceStarted:
        return SourceStarted(
            t_s=0.0,
            source_id=self.source_id,
            speaker=self.speaker,
            description=capture.description,
            sample_rate_hz=capture.sample_rate_hz,
            missed_s=missed_s,
        )


def _in_range(samples: Samples) -> Samples:
    """Return what a driver gave, which may be anything, as numbers in [-1, 1]."""
    if np.max(np.abs(samples)) <= 1.0:  # false too where one of them is no number
        return samples
    return np.nan_to_num(samples).clip(-1.0, 1.0)
