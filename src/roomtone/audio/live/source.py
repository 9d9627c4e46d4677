"""A call as it is spoken: microphone and system sound on one time line that never stops.

What is not heard is silence: the call's clock drives the chunks, whatever the devices do. Everything
happens in the event loop and returns at once; only opening and closing devices takes threads.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterable, Sequence
from concurrent.futures import wait
from typing import Final

import msgspec

from roomtone.audio.devices.capture import Device
from roomtone.audio.live.absence import Absences, as_time
from roomtone.audio.live.alignment import Stretch
from roomtone.audio.live.health import BLOCK_SAMPLES, Health, level_of
from roomtone.audio.live.side import Due, LiveSide
from roomtone.audio.live.supervision import Background, SupervisedDevice, in_thread
from roomtone.clock import Clock
from roomtone.events import CaveatNoted, Event
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Speaker, seconds

CHUNK_SAMPLES: Final = BLOCK_SAMPLES
"""50 ms: half of the 0.1 s that may pass between a sound and its chunk; shorter ones cost more turns."""
SILENT_CHUNK_SAMPLES: Final = SAMPLE_RATE_HZ
"""1 s: the most at once where no side was heard, so that an hour of sleep does not fill the memory."""
POLL_S: Final = 0.025
"""Half a chunk."""
GRACE_S: Final = 1.0
"""How long both sides wait for one that is late: a hiccup of the machine is shorter, and the sound
then comes after all."""
JUMP_S: Final = 0.5
"""Between two polls: this process was stopped, or held up, and the devices' buffers are yet to be read."""
RELEASE_S: Final = 2.0
"""For devices to close at the end; one that hangs is left to the operating system."""
LEAST_MISSED_S: Final = 1.0
"""Less of a side missing in a whole call changes no figure."""

_WHOSE: Final = {Speaker.SELLER: "Your side", Speaker.CUSTOMER: "The customer's side"}


class LiveSource:
    """The two sides of a call in progress, ``seller`` and ``customer``, or the seller's alone.

    :meth:`open` comes first, then :meth:`describe` and, once, :meth:`chunks`. The session begins when
    :meth:`open` returns: what is heard before :meth:`chunks` waits in the devices' rings, half a minute of
    it. A device that is lost is opened again and again; what happens to the devices is told by
    :meth:`happened`. ``platform`` is the operating system as ``sys.platform`` names it, for what the user
    is told to do.
    """

    def __init__(
        self,
        microphone: Device,
        system: Device | None,
        *,
        clock: Clock,
        platform: str = sys.platform,
        background: Background = in_thread,
    ) -> None:
        self._clock = clock
        self._microphone = LiveSide("seller", Speaker.SELLER, SupervisedDevice(microphone, clock, background))
        self._sides = [self._microphone]
        if system is not None:
            supervised = SupervisedDevice(system, clock, background)
            self._sides.append(LiveSide("customer", Speaker.CUSTOMER, supervised))
        self._health = Health(platform)
        self._absences = Absences()
        self._due: list[Due] = []
        self._opened = False
        self._closed = False
        self._origin_s = 0.0
        self._polled_s = 0.0
        self._patient_from_s = 0.0
        """Session time of the last jump of the clock: what is late is late since then at the earliest."""
        self._position = 0
        """End of the last chunk yielded; until both sides have it, the beginning of the next."""

    @property
    def sides(self) -> tuple[tuple[str, Speaker], ...]:
        """The ``(source_id, speaker)`` pairs, the seller first."""
        return tuple((side.source_id, side.speaker) for side in self._sides)

    @property
    def began_s(self) -> float:
        """The clock's time at which the session began; known once it is open."""
        return self._origin_s

    async def open(self) -> None:
        """Open all devices at once and return when they give sound, or cannot be opened: the session begins.

        The system's sound may be missing: the call begins without it, and it is tried again.

        Raises:
            DeviceError: when the microphone cannot be opened; all devices are released then.
        """
        if self._opened:
            return
        self._opened = True
        while not self._closed and [side for side in self._sides if not side.try_out()]:
            await self._clock.sleep_until(self._clock.now_s() + POLL_S)
        self._origin_s = self._clock.now_s()
        failure = self._microphone.device.failure
        if failure is not None and self._microphone.device.capture is None:
            await self.aclose()
            raise failure

    def describe(self) -> Sequence[Event]:
        """Return ``SourceStarted`` or ``SourceLost`` for each side, and a caveat where there is only one."""
        events: list[Event] = [side.describe() for side in self._sides]
        if len(self._sides) == 1:
            message = (
                "Only your microphone is heard, not the customer: no talk share, no reading of the customer, "
                "and no nudge that needs their side."
            )
            events.append(CaveatNoted(t_s=0.0, code="microphone_only", message=message))
        return events

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        """Yield 50 ms of each side in turn for as long as the call lasts.

        What was heard since :meth:`open` comes first, without any pause. Chunks are up to 1 s where no side
        was heard. ``captured_at_s`` is the clock's time when the chunk was complete. Ends with
        :meth:`aclose`.

        Raises:
            DeviceError: as :meth:`open`, when that was not called.
        """
        await self.open()
        next_poll_s = self._origin_s
        while not self._closed:
            now_s = self._clock.now_s()
            if now_s >= next_poll_s:
                next_poll_s = now_s + POLL_S
                self._poll(now_s - self._origin_s)
            samples = self._ready_samples()
            if samples == 0:
                await self._clock.sleep_until(next_poll_s)
                continue
            start, end = self._position, self._position + samples
            stretches = [side.alignment.take(samples) for side in self._sides]
            self._judge(stretches, start, end)
            for side, stretch in zip(self._sides, stretches, strict=True):
                self._position = end
                yield AudioChunk(side.source_id, start, stretch.samples, self._clock.now_s())

    def happened(self) -> Sequence[Event]:
        """Return what became known since the last call, all at the time of the last chunk's end.

        ``SourceLost``, ``SourceStarted``, ``SourceOverflowed``, and ``CaveatNoted`` or ``CaveatWithdrawn``
        with the codes ``microphone_silent``, ``customer_silent`` and ``not_heard``.
        """
        if not self._due:
            return ()
        now = [due for due in self._due if due.position <= self._position]
        self._due = [due for due in self._due if due.position > self._position]
        t_s = seconds(self._position)
        return [
            msgspec.structs.replace(due.event, t_s=t_s)
            for due in now
            if due.gap is None or not self._absences.explain(due.gap)
        ]

    def describe_end(self) -> Sequence[CaveatNoted]:
        """Return ``side_missed`` for each side that was not heard for a while, with how long in all."""
        return [
            CaveatNoted(
                t_s=seconds(self._position),
                source_id=side.source_id,
                code="side_missed",
                message=f"{_WHOSE[side.speaker]} was not heard for {_length(missed_s)} in all.",
            )
            for side in self._sides
            if (missed_s := seconds(side.missed_samples)) >= LEAST_MISSED_S
        ]

    async def aclose(self) -> None:
        """Release the devices, within ``RELEASE_S`` even if they hang; may be called twice."""
        self._closed = True
        closing = [future for side in self._sides for future in side.device.release()]
        if closing:
            await asyncio.to_thread(wait, closing, RELEASE_S)

    def _poll(self, now_s: float) -> None:
        """Read every device, and decide about those that are late."""
        if now_s - self._polled_s > JUMP_S:
            self._absences.jumped(_samples(self._polled_s), _samples(now_s))
            self._patient_from_s = now_s
            for side in self._sides:
                side.stalled = False
        self._polled_s = now_s
        for side in self._sides:
            self._due += side.poll(self._origin_s)
        end = self._position + CHUNK_SAMPLES
        if (end_s := seconds(end)) > now_s:
            return
        until = _samples(now_s) // CHUNK_SAMPLES * CHUNK_SAMPLES
        patient = now_s - max(end_s, self._patient_from_s) <= GRACE_S
        for side in self._sides:
            if side.alignment.placed_samples < end:
                self._due += side.go_without(end, until, patient=patient)

    def _ready_samples(self) -> int:
        """Return how much can be yielded of every side at once; 0 while one of them is waited for."""
        placed = min(side.alignment.placed_samples for side in self._sides) - self._position
        if placed < CHUNK_SAMPLES:
            return 0
        silent = min(side.alignment.silent_samples for side in self._sides)
        return max(CHUNK_SAMPLES, min(silent, SILENT_CHUNK_SAMPLES) // CHUNK_SAMPLES * CHUNK_SAMPLES)

    def _judge(self, stretches: Sequence[Stretch], start: int, end: int) -> None:
        """Look at what is about to be yielded for what the user should know."""
        absence = self._absences.passed(start, end, heard=any(part.heard_samples for part in stretches))
        found: list[Event] = [absence] if absence is not None else []
        for side, stretch in zip(self._sides, stretches, strict=True):
            side.missed_samples += end - start - stretch.heard_samples
            found += self._symptoms(side, stretch, seconds(end))
        self._due += [Due(end, event) for event in found]

    def _symptoms(self, side: LiveSide, stretch: Stretch, t_s: float) -> Iterable[Event]:
        capture = side.device.capture
        if capture is None or stretch.heard_samples < BLOCK_SAMPLES:
            self._health.missing(side.speaker)
            return ()
        return self._health.take(side.speaker, level_of(stretch.samples), t_s, muted=capture.muted)


def _samples(at_s: float) -> int:
    return int(at_s * SAMPLE_RATE_HZ)


def _length(duration_s: float) -> str:
    return as_time(duration_s).removeprefix("0")
