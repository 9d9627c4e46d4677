"""What to say of the echo: none, kept out, or not to be trusted. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from roomtone.audio.echo.filter import BLOCK_SAMPLES
from roomtone.types import SAMPLE_RATE_HZ, Echo

BLOCK_S: Final = BLOCK_SAMPLES / SAMPLE_RATE_HZ
SILENCE_DB: Final = -60.0
"""dBFS of a block under which the far end's line noise lies, and what no ear takes for speech."""
ENOUGH_SPEECH_S: Final = 10.0
"""Far-end speech after which an echo would have been found several times over."""
LEARNT_S: Final = 1.0
"""Far-end speech after which the filter has learnt most of the way."""
UNHEARD_DB: Final = -45.0
"""An echo this much weaker than the far end is not heard as speech, and is let pass."""
HEARD_DB: Final = -35.0
"""It is kept out again when it is as loud as this."""
LOOK_BACK_BLOCKS: Final = round(30.0 / BLOCK_S)
"""Over 30 s two unrelated voices' syllables fall together hardly ever."""
LOOK_EVERY_BLOCKS: Final = round(1.0 / BLOCK_S)
SYLLABLES_BLOCKS: Final = round(1.0 / BLOCK_S)
"""Levels are taken beside their mean over a second: syllables count, turns do not."""
EARLIEST_BLOCKS: Final = -round(0.1 / BLOCK_S)
LATEST_BLOCKS: Final = round(1.3 / BLOCK_S)
"""Delays that are looked at: also those that the finder does not know."""
LEAST_SPEECH_BLOCKS: Final = round(8.0 / BLOCK_S)
"""Of the far end in those 30 s, before anything is said of them."""
FOLLOWS: Final = 0.6
"""Correlation of the levels at which what is left of the microphone is the far end; an echo that is let pass
reaches 0.85, and one that is kept out 0.35."""
FOLLOWS_NO_LONGER: Final = 0.4
"""Two unrelated voices reach 0.35 at one of the many delays."""
LOOKS_TO_DOUBT: Final = 3
"""Looks in a row, a second apart, that speak against the talk share before it is not to be trusted..."""
LOOKS_TO_TRUST: Final = 30
"""...and that speak for it before it is again: a warning that comes and goes is not believed."""


class EchoVerdict:
    """Listens to the levels of both sides and to what the finder and the filter found."""

    def __init__(self) -> None:
        self.echo = Echo.UNKNOWN
        self.too_weak = False
        """Whether there is an echo that no ear would take for speech."""
        self._levels_db: NDArray[np.float64] = np.full((2, LOOK_BACK_BLOCKS), SILENCE_DB)
        self._speech_s = 0.0
        self._blocks = 0
        self._follows = False
        self._looks_against = 0

    def hear(self, *, far_db: float, left_db: float, found: bool, echo_db: float) -> None:
        """Take the levels in dBFS of a block of the far end and of what is left of the near end.

        ``found`` says whether there is an echo, and ``echo_db`` is its level beside the far end.
        """
        self._levels_db = np.roll(self._levels_db, -1, axis=1)
        self._levels_db[:, -1] = max(far_db, SILENCE_DB), max(left_db, SILENCE_DB)
        self._blocks += 1
        if self._blocks % LOOK_EVERY_BLOCKS == 0:
            self._look()
        if far_db > SILENCE_DB:
            self._speech_s += BLOCK_S
        self._decide(found=found, echo_db=echo_db)

    def restart(self) -> None:
        """Take note that an echo was found or lost: the speech before does not count any more."""
        self._speech_s = 0.0
        self.too_weak = False

    def _decide(self, *, found: bool, echo_db: float) -> None:
        if found and self._speech_s >= LEARNT_S:
            self.too_weak = echo_db < (HEARD_DB if self.too_weak else UNHEARD_DB)
        if self._follows:
            self.echo = Echo.UNTRUSTED
        elif found and self._speech_s >= LEARNT_S:
            self.echo = Echo.NONE if self.too_weak else Echo.REMOVED
        elif not found and (self.echo is Echo.REMOVED or self._speech_s >= ENOUGH_SPEECH_S):
            self.echo = Echo.NONE

    def _look(self) -> None:
        correlation = self.correlation()
        if correlation is None:
            return
        against = correlation < FOLLOWS_NO_LONGER if self._follows else correlation > FOLLOWS
        self._looks_against = self._looks_against + 1 if against else 0
        if self._looks_against == (LOOKS_TO_TRUST if self._follows else LOOKS_TO_DOUBT):
            self._follows = not self._follows
            self._looks_against = 0

    def correlation(self) -> float | None:
        """Return how closely the near end follows the far end at the delay where it does most, up to 1.

        None while the far end said too little.
        """
        speaking = self._levels_db[0] > SILENCE_DB
        far_db, left_db = (_syllables(levels_db) for levels_db in self._levels_db)
        far_db = np.where(speaking, far_db, 0.0)[-EARLIEST_BLOCKS : LOOK_BACK_BLOCKS - LATEST_BLOCKS]
        heard = far_db != 0.0
        if np.count_nonzero(heard) < LEAST_SPEECH_BLOCKS:
            return None
        delayed_db = np.lib.stride_tricks.sliding_window_view(left_db, len(far_db))
        products = delayed_db @ far_db
        powers = np.square(delayed_db) @ heard * np.dot(far_db, far_db)
        return float(np.max(products / np.sqrt(powers + 1.0)))


def _syllables(levels_db: NDArray[np.float64]) -> NDArray[np.float64]:
    means_db = np.convolve(levels_db, np.full(SYLLABLES_BLOCKS, 1.0 / SYLLABLES_BLOCKS), mode="same")
    return np.asarray(levels_db - means_db)
