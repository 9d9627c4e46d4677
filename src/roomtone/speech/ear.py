"""One side's ear: audio in, boundaries of speech and utterances out."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from roomtone.config.settings import VadSettings
from roomtone.events import SpeechEnded, SpeechStarted
from roomtone.interfaces import VoiceActivityDetector
from roomtone.speech.activity import STEP_SAMPLES, UPDATE_SAMPLES, Boundary, SpeechActivity, Started
from roomtone.speech.history import History
from roomtone.speech.levels import level_db
from roomtone.speech.segmenter import Bounds, Segmenter
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Samples, Speaker, Utterance, seconds

PRE_ROLL_S = 0.2
"""Audio before the speech that goes along: soft consonants begin before the level rises."""
PRE_ROLL_SAMPLES = round(PRE_ROLL_S * SAMPLE_RATE_HZ)
POST_ROLL_S = 0.2
"""Audio after it, for the same reason."""
POST_ROLL_SAMPLES = round(POST_ROLL_S * SAMPLE_RATE_HZ)
SETTLED_S = 1.0
"""Digital silence after which the detector is not asked about more, and goes on with the next sound as if it
were over: an output that plays nothing, a muted microphone, an hour in which the computer slept."""
SPARE_S = 4.0
"""Audio kept beyond the longest utterance: pauses, look-back and pre-roll."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one piece of audio settled."""

    events: tuple[SpeechStarted | SpeechEnded, ...]
    utterances: tuple[Utterance, ...]
    until_s: float
    """Session time up to which this side has been heard."""


class Ear:
    """Listens to one source. Holds the detector's state, so each source needs its own."""

    def __init__(
        self, source_id: str, speaker: Speaker, *, detector: VoiceActivityDetector, settings: VadSettings
    ) -> None:
        self.source_id = source_id
        self.speaker = speaker
        self._detector = detector
        self._activity = SpeechActivity(settings)
        self._segmenter = Segmenter(settings)
        self._history = History(round((settings.max_utterance_s + SPARE_S) * SAMPLE_RATE_HZ))
        self._rest: Samples = np.zeros(0, dtype=np.float32)
        self._silent_samples = 0
        self._utterances = 0
        self._previous_end_sample = 0

    def push(self, chunk: AudioChunk) -> Heard:
        """Hear the next chunk."""
        audio = np.concatenate([self._rest, chunk.samples])
        whole = len(audio) // self._detector.frame_samples * self._detector.frame_samples
        self._rest = audio[whole:]
        return self._hear(audio[:whole])

    def flush(self) -> Heard:
        """Hear the end of the audio: the rest of a frame, and whatever is still open."""
        missing = -len(self._rest) % self._detector.frame_samples
        heard = self._hear(np.concatenate([self._rest, np.zeros(missing, dtype=np.float32)]))
        self._rest = np.zeros(0, dtype=np.float32)
        boundaries = self._activity.flush()
        at_sample = self._activity.at_sample
        closed = self._segmenter.flush(boundaries, at_sample)
        return Heard(
            (*heard.events, *self._events(boundaries)),
            (*heard.utterances, *(self._utterance(bounds) for bounds in closed)),
            seconds(at_sample),
        )

    @property
    def silent_s(self) -> float:
        """How long nobody has spoken."""
        return seconds(self._activity.silent_samples)

    def open_utterance(self) -> Utterance | None:
        """Return the utterance going on as far as it was heard, None between utterances."""
        start = self._segmenter.start_sample
        at_sample = self._activity.at_sample
        if start is None or at_sample <= start:
            return None
        audio_start = max(start - PRE_ROLL_SAMPLES, self._previous_end_sample)
        return Utterance(
            utterance_id=f"{self.source_id}-{self._utterances + 1}",
            source_id=self.source_id,
            speaker=self.speaker,
            start_s=seconds(start),
            end_s=seconds(at_sample),
            audio_start_s=seconds(audio_start),
            samples=self._history.cut(audio_start, at_sample),
            closed_at_s=seconds(at_sample),
            still_open=True,
        )

    def paused_utterance(self) -> Utterance | None:
        """Return the utterance going on as it will be if nothing more is said, None where that is not known.

        It is the same, sample for sample, once it is closed.
        """
        start, end = self._segmenter.start_sample, self._segmenter.paused_at_sample
        at_sample = self._activity.at_sample
        if start is None or end is None or at_sample < end + POST_ROLL_SAMPLES:
            return None
        bounds = Bounds(start, end, at_sample)
        utterance = self._cut(bounds, self._audio_bounds(bounds), number=self._utterances + 1)
        return replace(utterance, still_open=True, may_end=True)

    def _hear(self, audio: Samples) -> Heard:
        events: list[SpeechStarted | SpeechEnded] = []
        utterances: list[Utterance] = []
        while len(audio):
            # Where the detector's gain may change does not depend on how the audio came in chunks.
            piece_samples = UPDATE_SAMPLES - self._activity.at_sample % UPDATE_SAMPLES
            self._hear_piece(audio[:piece_samples], events, utterances)
            audio = audio[piece_samples:]
        return Heard(tuple(events), tuple(utterances), seconds(self._activity.at_sample))

    def _hear_piece(
        self, audio: Samples, events: list[SpeechStarted | SpeechEnded], utterances: list[Utterance]
    ) -> None:
        self._history.append(audio)
        frames = audio.reshape(-1, self._detector.frame_samples)
        probabilities = self._probabilities(frames)
        levels_db = level_db(audio.reshape(-1, STEP_SAMPLES))
        steps_per_frame = self._detector.frame_samples // STEP_SAMPLES
        for step, step_db in enumerate(levels_db.tolist()):
            boundaries = self._activity.push(float(probabilities[step // steps_per_frame]), step_db)
            events += self._events(boundaries)
            closed = self._segmenter.push(step_db, boundaries, self._activity.at_sample)
            utterances += [self._utterance(bounds) for bounds in closed]

    def _probabilities(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        asked = np.ones(len(frames), np.bool_)
        for index, frame in enumerate(frames):
            sounds = bool(frame.any())
            asked[index] = sounds or self._silent_samples < SETTLED_S * SAMPLE_RATE_HZ
            self._silent_samples = 0 if sounds else self._silent_samples + frames.shape[1]
        probabilities = np.zeros(len(frames), np.float32)
        gain = np.float32(self._activity.detector_gain)
        if asked.any():
            probabilities[asked] = self._detector.probabilities(frames[asked] * gain)
        return probabilities

    def _events(self, boundaries: list[Boundary]) -> list[SpeechStarted | SpeechEnded]:
        return [self._event(boundary) for boundary in boundaries]

    def _event(self, boundary: Boundary) -> SpeechStarted | SpeechEnded:
        t_s = seconds(boundary.at_sample)
        start_s = seconds(boundary.start_sample)
        if isinstance(boundary, Started):
            return SpeechStarted(t_s=t_s, source_id=self.source_id, speaker=self.speaker, start_s=start_s)
        return SpeechEnded(
            t_s=t_s,
            source_id=self.source_id,
            speaker=self.speaker,
            start_s=start_s,
            end_s=seconds(boundary.end_sample),
        )

    def _utterance(self, bounds: Bounds) -> Utterance:
        start, end = self._audio_bounds(bounds)
        if self._segmenter.start_sample is not None:
            end = min(end, self._segmenter.start_sample)
        self._previous_end_sample = end
        self._utterances += 1
        return self._cut(bounds, (start, end), number=self._utterances)

    def _audio_bounds(self, bounds: Bounds) -> tuple[int, int]:
        """Return the first sample that goes along, and the one after the last."""
        start = max(bounds.start_sample - PRE_ROLL_SAMPLES, self._previous_end_sample)
        return start, min(bounds.end_sample + POST_ROLL_SAMPLES, bounds.at_sample)

    def _cut(self, bounds: Bounds, audio: tuple[int, int], *, number: int) -> Utterance:
        start, end = audio
        return Utterance(
            utterance_id=f"{self.source_id}-{number}",
            source_id=self.source_id,
            speaker=self.speaker,
            start_s=seconds(bounds.start_sample),
            end_s=seconds(bounds.end_sample),
            audio_start_s=seconds(start),
            samples=self._history.cut(start, end),
            closed_at_s=seconds(bounds.at_sample),
        )
