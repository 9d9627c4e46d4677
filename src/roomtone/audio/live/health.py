"""Whether each side is heard as it should be, told from levels alone. Pure.

A side that is silent for good reason (muted on purpose, listening) is no alarm, and an alarm is taken
back when sound returns.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from roomtone.events import CaveatNoted, CaveatWithdrawn
from roomtone.types import SAMPLE_RATE_HZ, Samples, Speaker

BLOCK_S: Final = 0.05
"""Every level is that of a block this long."""
BLOCK_SAMPLES: Final = round(BLOCK_S * SAMPLE_RATE_HZ)

ZERO_PEAK: Final = 1e-5
"""-100 dBFS: the last bit of a 16-bit microphone is three times this, and its noise never less."""
MICROPHONE_SILENT_S: Final = 15.0
"""Of digital zeros: no room is that quiet, and a Bluetooth headset that wakes up needs a few seconds."""

SOUND_DB: Final = -60.0
"""dBFS: what a call program plays of the quietest caller is louder; its comfort noise is not."""
CUSTOMER_SILENT_S: Final = 60.0
"""Without a sound of the customer, ..."""
LEAST_SPOKEN_S: Final = 10.0
"""... in which the seller said something, ..."""
PAUSE_S: Final = 2.0
"""... and stopped for longer than a breath or a thought, ..."""
LEAST_PAUSED_S: Final = 10.0
"""... so often that in a talk there would have been an answer; a lecture has no such pauses."""
LEAST_QUESTION_S: Final = 1.0
"""Before the seller has said this much, their silence is waiting for the call to begin."""

RETURN_S: Final = 0.3
"""Sound within a second that is more than a click: a short word."""

SPEECH_OVER_FLOOR_DB: Final = 12.0
"""Syllables rise this much over a room's noise, which itself varies by some 5 dB."""
QUIETEST_SPEECH_DB: Final = -55.0
"""dBFS: below this, even a very quiet room would count as talking."""
FLOOR_BUCKET_S: Final = 1.0
FLOOR_BUCKETS: Final = 10
"""Nobody talks for 10 s without a pause of 50 ms, so the least level in them is the room's."""

SILENT_MICROPHONE: Final = {
    "linux": "check its mute switch, and in the system's sound settings that the right input is chosen",
    "darwin": "check its mute switch, and allow your terminal the microphone in System Settings, "
    "Privacy & Security, Microphone",
    "win32": "check its mute switch, and allow desktop apps the microphone in Settings, Privacy & security, "
    "Microphone",
}
SILENT_CUSTOMER: Final = {
    "linux": "check in the system's sound settings that the call plays through the output Roomtone hears",
    "darwin": "check that the call plays through the Multi-Output Device that BlackHole is part of",
    "win32": "check in Settings, System, Sound, Volume mixer that the call plays through the output "
    "Roomtone hears",
}


@dataclass(frozen=True, slots=True)
class Level:
    """How loud a block is."""

    peak: float
    """Largest magnitude, 1 at full scale."""
    power_db: float
    """Mean power in dBFS, at least -120."""


def level_of(samples: Samples) -> Level:
    """Return the level of a block."""
    power = float(np.dot(samples, samples)) / max(1, len(samples))
    return Level(float(np.max(np.abs(samples), initial=0.0)), 10.0 * math.log10(power + 1e-12))


class Health:
    """Takes the level of each block of ``BLOCK_S`` of each side and tells what seems to be wrong.

    ``platform`` is the operating system as ``sys.platform`` names it.
    """

    def __init__(self, platform: str) -> None:
        self._platform = platform if platform in SILENT_MICROPHONE else "linux"
        self._seller = _Silence()
        self._customer = _Silence()
        self._talk = _Talk()

    def take(
        self, speaker: Speaker, level: Level, t_s: float, *, muted: bool
    ) -> Iterator[CaveatNoted | CaveatWithdrawn]:
        """Take the next block of a side, which ends at ``t_s``; yield what changed."""
        if speaker is Speaker.SELLER:
            return self._take_seller(level, t_s, muted=muted)
        return self._take_customer(level, t_s, muted=muted)

    def missing(self, speaker: Speaker) -> None:
        """Take note that a side is not heard at all just now, and that this is known: count anew."""
        (self._seller if speaker is Speaker.SELLER else self._customer).restart()

    def _take_seller(
        self, level: Level, t_s: float, *, muted: bool
    ) -> Iterator[CaveatNoted | CaveatWithdrawn]:
        self._talk.take(level.power_db)
        self._seller.take(level.peak >= ZERO_PEAK)
        if muted:
            self._seller.restart()
        if self._seller.told:
            if self._seller.lasted_s == 0.0:
                self._seller.told = False
                yield CaveatWithdrawn(t_s=t_s, source_id="seller", code="microphone_silent")
        elif self._seller.lasted_s >= MICROPHONE_SILENT_S:
            self._seller.told = True
            message = (
                f"Your microphone has given nothing at all for {MICROPHONE_SILENT_S:.0f} seconds: "
                f"{SILENT_MICROPHONE[self._platform]}. If you muted it yourself, all is well."
            )
            yield CaveatNoted(t_s=t_s, source_id="seller", code="microphone_silent", message=message)

    def _take_customer(
        self, level: Level, t_s: float, *, muted: bool
    ) -> Iterator[CaveatNoted | CaveatWithdrawn]:
        self._customer.take(level.power_db >= SOUND_DB)
        if self._customer.told:
            if self._customer.lasted_s == 0.0:
                self._customer.told = False
                yield CaveatWithdrawn(t_s=t_s, source_id="customer", code="customer_silent")
        elif self._customer.lasted_s >= CUSTOMER_SILENT_S and self._talk.should_have_been_answered:
            self._customer.told = True
            remedy = "unmute the sound output" if muted else SILENT_CUSTOMER[self._platform]
            message = f"Nothing was heard from the customer for a minute. If they are talking: {remedy}."
            yield CaveatNoted(t_s=t_s, source_id="customer", code="customer_silent", message=message)


class _Silence:
    """How long there has been no sound but single clicks."""

    def __init__(self) -> None:
        self.lasted_s = 0.0
        self.told = False
        self._last_second: deque[bool] = deque(maxlen=round(1.0 / BLOCK_S))

    def take(self, sound: bool) -> None:
        self._last_second.append(sound)
        returned = sum(self._last_second) >= round(RETURN_S / BLOCK_S)
        self.lasted_s = 0.0 if returned else self.lasted_s + BLOCK_S

    def restart(self) -> None:
        self.lasted_s = 0.0


class _Talk:
    """Whether the seller spoke, and left room for answers, in the time that a silent customer is given."""

    def __init__(self) -> None:
        blocks = round(CUSTOMER_SILENT_S / BLOCK_S)
        self._spoke: deque[bool] = deque([False] * blocks, maxlen=blocks)
        self._paused: deque[bool] = deque([False] * blocks, maxlen=blocks)
        self._spoken_blocks = 0
        self._paused_blocks = 0
        self._pause_blocks = 0
        self._loud = False
        self._floor_db: deque[float] = deque(maxlen=FLOOR_BUCKETS)
        self._bucket_blocks = 0

    @property
    def should_have_been_answered(self) -> bool:
        return (
            self._spoken_blocks * BLOCK_S >= LEAST_SPOKEN_S
            and self._paused_blocks * BLOCK_S >= LEAST_PAUSED_S
        )

    def take(self, power_db: float) -> None:
        self._learn_floor(power_db)
        loud_before = self._loud
        self._loud = power_db > max(QUIETEST_SPEECH_DB, min(self._floor_db) + SPEECH_OVER_FLOOR_DB)
        speaks = self._loud and loud_before  # one loud block alone is a click
        self._pause_blocks = 0 if speaks else self._pause_blocks + 1
        asked = self._spoken_blocks * BLOCK_S >= LEAST_QUESTION_S
        pauses = asked and self._pause_blocks * BLOCK_S > PAUSE_S
        self._spoken_blocks += speaks - self._spoke[0]
        self._paused_blocks += pauses - self._paused[0]
        self._spoke.append(speaks)
        self._paused.append(pauses)

    def _learn_floor(self, power_db: float) -> None:
        if self._bucket_blocks % round(FLOOR_BUCKET_S / BLOCK_S) == 0:
            self._floor_db.append(power_db)
        else:
            self._floor_db[-1] = min(self._floor_db[-1], power_db)
        self._bucket_blocks += 1
