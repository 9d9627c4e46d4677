"""When a side speaks, from the detector's probabilities and the side's own levels. Pure.

The detector alone loses up to a third of quiet telephone speech, and a level alone takes a slammed
door for a word. Here the detector says *that* somebody speaks, and the level, where the side has a
quiet background, says *from when to when*.
"""

from dataclasses import dataclass

from roomtone.config.settings import VadSettings
from roomtone.speech.levels import LevelTracker
from roomtone.types import SAMPLE_RATE_HZ

STEP_SAMPLES = 256
"""16 ms: half a frame of the detector, so that bounds are finer than its frames."""
HINT_PROBABILITY = 0.15
"""Below this the detector hears nothing like speech, whatever the level says."""
HINT_HOLDS_S = 0.5
"""How long a hint of speech lets the level carry on alone: a soft ending, a whispered syllable."""
LOOKBACK_S = 0.5
"""How far back a beginning may be moved to where the level rose."""
SURE_SPEECH = 0.7
"""Detector probability above which a frame teaches the level of speech."""
SURE_SILENCE = 0.1
"""Detector probability below which a frame teaches the level of the background."""
SOFTER_DB = 10.0
"""How far below the threshold a frame may lie that the detector is sure of."""
DETECTOR_LEVEL_DB = -34.0
"""dBFS of loud syllables at which Silero missed least on telephone calls; at -14 it missed twice as much."""
MOST_GAIN_DB = 30.0
"""Beyond this the background of a very quiet side would be lifted into speech."""
UPDATE_SAMPLES = 16 * STEP_SAMPLES
"""Between two looks at the levels: about a quarter of a second."""


@dataclass(frozen=True, slots=True)
class Started:
    """Speech began at ``start_sample``; known once ``at_sample`` was heard."""

    start_sample: int
    at_sample: int


@dataclass(frozen=True, slots=True)
class Ended:
    """Speech from ``start_sample`` to ``end_sample`` is over; known once ``at_sample`` was heard."""

    start_sample: int
    end_sample: int
    at_sample: int


Boundary = Started | Ended


class SpeechActivity:
    """Turns steps of 16 ms into boundaries of speech; pauses under ``bridge_s`` are bridged."""

    def __init__(self, settings: VadSettings) -> None:
        self._settings = settings
        self._levels = LevelTracker(STEP_SAMPLES / SAMPLE_RATE_HZ)
        self._bridge_samples = round(settings.bridge_s * SAMPLE_RATE_HZ)
        self._min_samples = round(settings.min_speech_s * SAMPLE_RATE_HZ)
        self._at_sample = 0
        self._hint_sample = -SAMPLE_RATE_HZ
        self._rise_sample: int | None = None
        self._start_sample: int | None = None
        self._announced = False
        self._last_sample = 0
        self._previous_end_sample = 0

    @property
    def at_sample(self) -> int:
        """Samples heard so far."""
        return self._at_sample

    @property
    def silent_samples(self) -> int:
        """How much was heard since somebody last spoke."""
        return self._at_sample - self._last_sample

    @property
    def detector_gain(self) -> float:
        """Factor that brings this side's speech to the level at which the detector hears best.

        It changes only where ``at_sample`` is a multiple of ``UPDATE_SAMPLES``.
        """
        if self._levels.speech_db is None:
            return 1.0
        gain_db = min(MOST_GAIN_DB, max(-MOST_GAIN_DB, DETECTOR_LEVEL_DB - self._levels.speech_db))
        return float(10.0 ** (gain_db / 20.0))

    def push(self, probability: float, level_db: float) -> list[Boundary]:
        """Take one step and return the boundaries it settles."""
        begin = self._at_sample
        self._at_sample += STEP_SAMPLES
        self._learn(probability, level_db)
        if probability >= HINT_PROBABILITY:
            self._hint_sample = self._at_sample
        loud = self._levels.threshold_db is not None and level_db >= self._levels.threshold_db
        if not loud:
            self._rise_sample = None
        elif self._rise_sample is None:
            self._rise_sample = begin
        hinted = self._at_sample - self._hint_sample <= HINT_HOLDS_S * SAMPLE_RATE_HZ
        if self._start_sample is None:
            # Before the levels are known the detector decides alone.
            heard = probability >= self._settings.threshold
            if heard or (loud and probability >= self._settings.release_threshold):
                self._begin(begin)
        elif self._holds(probability, level_db, loud=loud, hinted=hinted):
            self._last_sample = self._at_sample
        return self._settle()

    def flush(self) -> list[Boundary]:
        """Return the boundaries of speech still open when the audio ends."""
        if self._start_sample is None:
            return []
        return self._close()

    def _holds(self, probability: float, level_db: float, *, loud: bool, hinted: bool) -> bool:
        threshold_db = self._levels.threshold_db
        if threshold_db is None:
            return probability >= self._settings.release_threshold
        if loud and hinted:
            return True
        return probability >= self._settings.threshold and level_db >= threshold_db - SOFTER_DB

    def _begin(self, begin: int) -> None:
        start = begin
        if self._rise_sample is not None:
            start = max(self._rise_sample, begin - round(LOOKBACK_S * SAMPLE_RATE_HZ))
        self._start_sample = max(start, self._previous_end_sample)
        self._last_sample = self._at_sample
        self._announced = False

    def _settle(self) -> list[Boundary]:
        if self._start_sample is None:
            return []
        settled: list[Boundary] = []
        if not self._announced and self._last_sample - self._start_sample >= self._min_samples:
            self._announced = True
            settled.append(Started(self._start_sample, self._at_sample))
        if self._at_sample - self._last_sample >= self._bridge_samples:
            settled += self._close()
        return settled

    def _close(self) -> list[Boundary]:
        assert self._start_sample is not None  # noqa: S101 - only open speech is closed
        ended = Ended(self._start_sample, self._last_sample, self._at_sample)
        self._start_sample = None
        self._previous_end_sample = ended.end_sample
        return [ended] if self._announced else []

    def _learn(self, probability: float, level_db: float) -> None:
        if probability >= SURE_SPEECH:
            self._levels.add(level_db, speech=True)
        elif probability <= SURE_SILENCE and self._start_sample is None:
            self._levels.add(level_db, speech=False)
        if self._at_sample % UPDATE_SAMPLES == 0:
            self._levels.update()
