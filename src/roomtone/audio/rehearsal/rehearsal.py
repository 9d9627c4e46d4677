"""The few seconds before a call in which both sides are tried: a short sound is played, a sentence said."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from roomtone.audio.devices.capture import Device
from roomtone.audio.live.supervision import Background, in_thread
from roomtone.audio.rehearsal.heard import Heard, Rehearsed
from roomtone.audio.rehearsal.probe import Probe, play
from roomtone.audio.rehearsal.sounding import short_sound
from roomtone.clock import Clock
from roomtone.errors import DeviceError, RoomtoneError
from roomtone.types import Samples

POLL_S: Final = 0.05
"""Often enough that the time of arrival tells the time of recording to a few milliseconds."""
OPENING_S: Final = 3.0
"""A device that gives no sound by then is not waited for; most do within 0.3 s."""
LEAD_S: Final = 0.3
"""Before the sound: when it was heard is known to some 50 ms, so it may seem to come early."""
PLAYING_LIMIT_S: Final = 4.0
"""Playing takes the 0.7 s of the sound; a virtual output that had nothing to do takes 2 s more."""
ECHO_S: Final = 0.7
"""After the sound: a Bluetooth loudspeaker is late by up to half a second, and recording is too."""
SENTENCE_S: Final = 3.0
"""To understand, to breathe and to say a sentence."""
CLOSING_S: Final = 2.0
"""A device that takes longer to close is left behind."""
PLAYING: Final = "Playing a short sound; please be quiet for two seconds."
SENTENCE: Final = "Now say a sentence, please."

Find = Callable[[], Device]
"""Finds a device; takes up to some seconds, and raises ``RoomtoneError`` when there is none."""


@dataclass(frozen=True)
class Rehearsal:
    """One attempt, ready to run: under 6 s when the devices answer at once."""

    microphone: Find
    system: Find | None
    """None where the customer's side is left out."""
    clock: Clock
    ask: Callable[[str], None]
    """Called with what the user is to do now."""
    play: Callable[[Samples], None] | None = play
    """None where no sound is to be played."""
    background: Background = in_thread

    async def run(self) -> Rehearsed:
        """Listen to both sides at once, and return what was heard; what cannot be heard is told there."""
        microphone = await self._side(self.microphone)
        system = None if self.system is None else await self._side(self.system)
        probes = [side for side in (microphone, system) if isinstance(side, Probe)]
        try:
            await self._poll(probes, OPENING_S, until=lambda: all(probe.ready for probe in probes))
            sound_s, not_played = None, ""
            if self.play is not None and isinstance(system, Probe) and not system.failed:
                sound_s, not_played = await self._play(probes, self.play)
            began_s = self.clock.now_s()
            is_heard = isinstance(microphone, Probe) and not microphone.failed
            if is_heard:
                self.ask(SENTENCE)
            if is_heard or sound_s is None:
                await self._poll(probes, SENTENCE_S)
            return Rehearsed(
                microphone=_heard(microphone),
                system=None if system is None else _heard(system),
                sentence_s=(began_s, self.clock.now_s()),
                sound_s=sound_s,
                not_played=not_played,
            )
        finally:
            await _close(probes)

    async def _side(self, find: Find) -> Probe | RoomtoneError:
        try:
            device = await asyncio.to_thread(find)
        except RoomtoneError as error:
            return error
        except Exception as error:  # a driver's own mistakes are findings too
            message = (
                f"The system's sound devices cannot be used ({error}): check them in its sound settings."
            )
            return DeviceError(message, code="device_failed")
        return Probe(device, self.clock, self.background)

    async def _play(
        self, probes: Sequence[Probe], play: Callable[[Samples], None]
    ) -> tuple[tuple[float, float] | None, str]:
        """Play the sound and listen; return when that was, or None and why it could not be played."""
        self.ask(PLAYING)
        began_s = self.clock.now_s()
        await self._poll(probes, LEAD_S)
        playing = self.background(lambda: play(short_sound()))
        await self._poll(probes, PLAYING_LIMIT_S, until=playing.done)
        await self._poll(probes, ECHO_S)
        if not playing.done():
            return None, "the system's output does not answer: check it in the system's sound settings."
        try:
            playing.result()
        except DeviceError as error:
            return None, error.message
        return (began_s, self.clock.now_s()), ""

    async def _poll(
        self, probes: Sequence[Probe], limit_s: float, *, until: Callable[[], bool] = lambda: False
    ) -> None:
        end_s = self.clock.now_s() + limit_s
        while (now_s := self.clock.now_s()) < end_s and not until():
            await self.clock.sleep_until(min(now_s + POLL_S, end_s))
            for probe in probes:
                probe.poll()


def _heard(side: Probe | RoomtoneError) -> Heard | RoomtoneError:
    if isinstance(side, RoomtoneError):
        return side
    try:
        return side.heard()
    except DeviceError as error:
        return error


async def _close(probes: Sequence[Probe]) -> None:
    closing = [asyncio.wrap_future(future) for probe in probes for future in probe.close()]
    if closing:
        await asyncio.wait(closing, timeout=CLOSING_S)
