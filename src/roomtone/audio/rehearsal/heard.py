"""What came from the devices in a few seconds, and how loud it is. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from roomtone.errors import RoomtoneError
from roomtone.types import SAMPLE_RATE_HZ, Samples

FRAME_SAMPLES: Final = SAMPLE_RATE_HZ // 50
"""20 ms: shorter than a syllable, longer than a period of the lowest voice."""
LOUD_SHARE: Final = 0.1
"""The loudest tenth of the frames of a sentence are its stressed vowels."""
QUIET_SHARE: Final = 0.1
"""The quietest tenth lie between its words: that is the room."""
SILENCE_DBFS: Final = -110.0
"""What is shown for digital zeros; the noise of 16-bit sound lies at -98 dBFS."""
FULL_SCALE: Final = 0.99
"""Samples from here on count as clipped: resampling takes a little off their tops."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """Levels are RMS in dBFS over 20 ms."""

    loud_db: float
    """Of the loudest tenth: the voice, where there is one."""
    quiet_db: float
    """Of the quietest tenth: the background."""
    only_zeros: bool
    """Whether no sample differs from zero: even a silent room gives noise."""
    clipped_share: float
    """Share of the samples at full scale."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that came from one device, in order."""

    description: str
    """What was listened to, in words."""
    samples: Samples
    begins_s: float
    """Clock time of the first sample."""
    arrived_share: float
    """How much came beside what should have come by the clock; 1 is right."""
    muted: bool
    """Whether the system says so."""

    def between(self, begin_s: float, end_s: float) -> Samples:
        """Return what was heard between two clock times, as far as it was."""
        begin, end = (max(0, round((at_s - self.begins_s) * SAMPLE_RATE_HZ)) for at_s in (begin_s, end_s))
        return self.samples[begin:end]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a few seconds of listening to both sides brought; spans are clock times, begin and end."""

    microphone: Heard | RoomtoneError
    """The error says why it cannot be heard."""
    system: Heard | RoomtoneError | None
    """Likewise; None where the customer's side was left out on purpose."""
    sentence_s: tuple[float, float]
    """When the user was asked to say a sentence."""
    sound_s: tuple[float, float] | None
    """When the short sound was played; None when it was not."""
    not_played: str = ""
    """Why it was not, where it should have been."""


def loudness(samples: Samples) -> Loudness:
    """Return how loud samples are; of less than one frame, silence."""
    frames = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    if not len(frames):
        return Loudness(SILENCE_DBFS, SILENCE_DBFS, only_zeros=True, clipped_share=0.0)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    levels_db = 10.0 * np.log10(power + 10.0 ** (SILENCE_DBFS / 10.0))
    quiet_db, loud_db = np.quantile(levels_db, (QUIET_SHARE, 1.0 - LOUD_SHARE))
    return Loudness(
        loud_db=float(loud_db),
        quiet_db=float(quiet_db),
        only_zeros=not samples.any(),
        clipped_share=float(np.mean(np.abs(samples) >= FULL_SCALE)),
    )
