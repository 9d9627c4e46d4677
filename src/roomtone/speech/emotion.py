"""How a turn sounded: voice, words and timing against the same speaker's earlier turns.

The voice model gives probabilities; a table turns them into states; each cue from words or timing
multiplies the odds of its state. A state is only named when something can be shown for it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roomtone.config.settings import ReadingSettings
from roomtone.speech import cues
from roomtone.speech.baseline import SpeakerBaseline
from roomtone.speech.cues import Cue
from roomtone.speech.prosody import FIGURES, Prosody, measure
from roomtone.speech.voice_model import VoiceClass, VoiceModel
from roomtone.types import Label, Reading, Speaker, TurnHeard

FloatArray = NDArray[np.float32]

STATES: tuple[Label, ...] = tuple(label for label in Label if label is not Label.CANNOT_TELL)

VOICE_ALONE_MIN_PROBABILITY = 0.8
"""A state that neither words nor timing speak for needs this much: at 0.5, on corpora not trained on, "upset"
named by the voice alone was right in 47 % of the cases."""
SPEECH_MIN_S = 1.0
"""With less speech a voice says nothing reliable."""

CALL_PRIOR = {
    VoiceClass.NEUTRAL: 3.0,
    VoiceClass.EXCITED: 1.0,
    VoiceClass.UPSET: 1.0,
    VoiceClass.DEFEATED: 1.0,
    VoiceClass.TENSE: 1.0,
}
"""How much more often a class occurs in calls than in the training data, where all weigh the same:
most turns of a call are neutral."""

STATES_OF_VOICE: dict[VoiceClass, dict[Label, float]] = {
    VoiceClass.NEUTRAL: {Label.NEUTRAL: 0.90, Label.CONFIDENT: 0.05, Label.GUARDED: 0.05},
    VoiceClass.EXCITED: {Label.EXCITED: 0.95, Label.CONFIDENT: 0.05},
    VoiceClass.UPSET: {Label.UPSET: 0.95, Label.GUARDED: 0.05},
    VoiceClass.DEFEATED: {Label.DEFEATED: 0.90, Label.GUARDED: 0.10},
    VoiceClass.TENSE: {Label.NEUTRAL: 0.75, Label.GUARDED: 0.25},
}
"""How often a voice that sounds like this is a turn in that state, before words and timing are
looked at. Nothing was trained on confident and guarded: they start small and rest on the cues."""

CHANGES: dict[Label, dict[str, int]] = {
    Label.EXCITED: {"pitch_median_st": 1, "pitch_range_st": 1, "syllables_per_s": 1},
    Label.UPSET: {"pitch_median_st": 1, "tilt_db_per_octave": 1, "syllables_per_s": 1},
    Label.DEFEATED: {"pitch_range_st": -1, "syllables_per_s": -1, "tilt_db_per_octave": -1},
    Label.GUARDED: {"pitch_range_st": -1, "syllables_per_s": -1},
    Label.CONFIDENT: {"pitch_median_st": -1, "tilt_db_per_octave": 1},
}
"""Which way a voice changes in a state, for those figures that a listener can check."""

CHANGE_WORDS = {
    "pitch_median_st": ("lower", "higher"),
    "pitch_range_st": ("flatter", "livelier"),
    "syllables_per_s": ("slower", "faster"),
    "tilt_db_per_octave": ("softer", "sharper"),
}
CHANGE_MIN_SPREADS = 1.0
"""A change is named when it is at least the usual spread of that figure within one speaker."""
VOICE_CUE_LOG_ODDS = 0.4
"""For a changed voice in the two states the model was not trained on."""

ALONE_MIN_CHANGES = 2
"""A voice must differ in this many ways to be the only evidence: one of the three at most looked at
differs by chance in two turns of five."""

CLOSE_TO_USUAL = "voice close to their usual"


@dataclass(frozen=True, slots=True)
class _HeardTurn:
    """What was measured of a turn: a row for each utterance with speech, and the words together."""

    prosody: FloatArray
    """Shape ``(utterances, len(FIGURES))``."""
    voice: FloatArray | None
    """Shape ``(utterances, voice_width)``; ``None`` when any utterance has none that fits the model."""
    speech_s: NDArray[np.float64]
    damaged: bool
    text: str


class EmotionReader:
    """Implements ``EmotionClassifier`` on the two voice models in ``model_dir``.

    ``recogniser`` names the Whisper model whose encoder gives ``Hypothesis.voice``; of any other than the
    one trained with, prosody alone is used. Raises ``ModelError`` when a model is missing or damaged.
    """

    def __init__(self, model_dir: Path, settings: ReadingSettings, recogniser: str = "base") -> None:
        self._with_voice = VoiceModel(model_dir / "reading_voice.onnx")
        self._prosody_only = VoiceModel(model_dir / "reading_prosody.onnx")
        self._settings = settings
        self._encoder_is_known = recogniser.removeprefix("whisper-") == "base"
        self._baselines: dict[Speaker, SpeakerBaseline] = {}
        self.name = self._with_voice.name

    def settled(self, speaker: Speaker) -> bool:
        """Return whether enough turns of this speaker were heard to judge the next against them."""
        baseline = self._baselines.get(speaker)
        return baseline is not None and baseline.turns >= self._settings.settle_turns

    def predict(self, turn: TurnHeard) -> Reading:
        """Return the reading of a turn, ``cannot_tell`` rather than a guess; never raises on odd audio."""
        baseline = self._baselines.setdefault(turn.speaker, SpeakerBaseline(self._with_voice.voice_width))
        heard = _hear(turn, self._with_voice.voice_width if self._encoder_is_known else 0)
        found = self._cues(turn, heard, baseline)
        if heard.damaged:
            reading = self._cannot_tell("part of the recording is damaged")
        elif heard.speech_s.sum() < SPEECH_MIN_S:
            reading = self._cannot_tell(f"less than {SPEECH_MIN_S:.0f} s of speech")
        elif not self.settled(turn.speaker):
            reading = self._cannot_tell("still getting to know this voice")
        else:
            reading = self._read(heard, found, baseline)
        self._remember(turn, heard, found, baseline)
        return reading

    def _cues(self, turn: TurnHeard, heard: _HeardTurn, baseline: SpeakerBaseline) -> list[Cue]:
        found = cues.word_cues(heard.text, baseline)
        found += cues.timing_cues(
            turn.floor_transfer_offset_s,
            len(heard.text.split()),
            answers_question=turn.answers_question,
            baseline=baseline,
        )
        return found + cues.repeated_cues(found, baseline)

    def _read(self, heard: _HeardTurn, found: list[Cue], baseline: SpeakerBaseline) -> Reading:
        model = self._with_voice if heard.voice is not None else self._prosody_only
        changes = self._changes(heard, baseline)
        found = found + _voice_cues(changes)
        probabilities = fuse(self._voice_probabilities(model, heard, baseline), found)
        label = max(STATES, key=lambda state: probabilities[state])
        evidence = evidence_for(label, found, changes)
        rests_on_voice_alone = not any(cue.label is label and cue.evidence for cue in found)
        least = self._settings.min_probability
        if label is not Label.NEUTRAL and rests_on_voice_alone:
            least = max(least, VOICE_ALONE_MIN_PROBABILITY)
        unsure = probabilities[label] < least
        if unsure or (label is not Label.NEUTRAL and not evidence):
            label, evidence = Label.CANNOT_TELL, ()
        return Reading(label, probabilities, evidence, model.name)

    def _voice_probabilities(
        self, model: VoiceModel, heard: _HeardTurn, baseline: SpeakerBaseline
    ) -> dict[VoiceClass, float]:
        """Return the probabilities of the utterances, weighted by how long each was."""
        rows, usual = heard.prosody, baseline.prosody.mean()
        if heard.voice is not None:
            rows = np.hstack((rows, heard.voice))
            usual = np.concatenate((usual, baseline.voice.mean()))
        total = dict.fromkeys(VoiceClass, 0.0)
        for row, weight in zip(rows, heard.speech_s / heard.speech_s.sum(), strict=True):
            one = model.probabilities(row, usual_of_speaker=usual, turns=baseline.turns)
            for name, probability in one.items():
                total[name] += float(weight) * probability
        return total

    def _changes(self, heard: _HeardTurn, baseline: SpeakerBaseline) -> dict[str, float]:
        """Return each figure's distance from the speaker's usual, in spreads; unmeasured ones left out."""
        apart = _weighted_mean(heard.prosody, heard.speech_s) - baseline.prosody.mean()
        apart /= baseline.prosody.spread(expected=self._prosody_only.spread)
        return {
            name: float(value)
            for name, value in zip(FIGURES, apart, strict=True)
            if name in CHANGE_WORDS and np.isfinite(value)
        }

    def _remember(
        self, turn: TurnHeard, heard: _HeardTurn, found: list[Cue], baseline: SpeakerBaseline
    ) -> None:
        cues.remember(
            heard.text,
            turn.floor_transfer_offset_s,
            answers_question=turn.answers_question,
            baseline=baseline,
        )
        baseline.guarded_before = cues.speaks_for_guarded(found)
        if heard.damaged or heard.speech_s.sum() < SPEECH_MIN_S:
            return
        baseline.prosody.add(_weighted_mean(heard.prosody, heard.speech_s))
        if heard.voice is not None:
            baseline.voice.add(_weighted_mean(heard.voice, heard.speech_s))

    def _cannot_tell(self, reason: str) -> Reading:
        return Reading(Label.CANNOT_TELL, dict.fromkeys(STATES, 1.0 / len(STATES)), (reason,), self.name)


def fuse(voice: dict[VoiceClass, float], found: list[Cue]) -> dict[Label, float]:
    """Return the probability of each state, rounded to four places and summing to one."""
    odds = dict.fromkeys(STATES, 0.0)
    for name, probability in voice.items():
        for label, share in STATES_OF_VOICE[name].items():
            odds[label] += share * probability * CALL_PRIOR[name]
    for cue in found:
        odds[cue.label] *= float(np.exp(cue.log_odds))
    whole = sum(odds.values())
    probabilities = {label: round(value / whole, 4) for label, value in odds.items()}
    top = max(STATES, key=lambda state: probabilities[state])
    rest = sum(value for label, value in probabilities.items() if label is not top)
    probabilities[top] = round(1.0 - rest, 4)
    return probabilities


def evidence_for(label: Label, found: list[Cue], changes: dict[str, float]) -> tuple[str, ...]:
    """Return at most two lines for a state: the strongest cue, how the voice changed, then further cues.

    Empty when there is too little to show for it.
    """
    if label is Label.NEUTRAL:
        close = bool(changes) and max(map(abs, changes.values())) < CHANGE_MIN_SPREADS
        return (CLOSE_TO_USUAL,) if close else ()
    own = sorted((cue for cue in found if cue.label is label), key=lambda cue: -cue.log_odds)
    lines = [cue.evidence for cue in own if cue.evidence]
    changed = _changed_ways(label, changes)
    if changed and (lines or len(changed) >= ALONE_MIN_CHANGES):
        lines.insert(1, f"voice {' and '.join(changed[:2])} than their usual")
    return tuple(lines[:2])


def _changed_ways(label: Label, changes: dict[str, float]) -> list[str]:
    """Return the ways in which the voice changed as it does in this state."""
    return [
        CHANGE_WORDS[name][direction > 0]
        for name, direction in CHANGES[label].items()
        if changes.get(name, 0.0) * direction >= CHANGE_MIN_SPREADS
    ]


def _voice_cues(changes: dict[str, float]) -> list[Cue]:
    return [
        Cue(label, VOICE_CUE_LOG_ODDS, "")
        for label in (Label.GUARDED, Label.CONFIDENT)
        if _changed_ways(label, changes)
    ]


def _hear(turn: TurnHeard, voice_width: int) -> _HeardTurn:
    measured: list[tuple[Prosody, FloatArray]] = []
    damaged = False
    for heard in turn.heard:
        prosody = measure(heard.utterance.samples)
        damaged |= prosody.damaged
        if prosody.speech_s > 0:
            measured.append((prosody, np.asarray(heard.hypothesis.voice, np.float32)))
    voices = [voice for _, voice in measured]
    # The smaller model a busy machine steps down to leaves the voice empty.
    fitting = [voice.shape == (voice_width,) and bool(np.isfinite(voice).all()) for voice in voices]
    usable = voice_width > 0 and bool(fitting) and all(fitting)
    texts = (heard.hypothesis.text.strip() for heard in turn.heard if not heard.hypothesis.rejected)
    return _HeardTurn(
        prosody=np.array([prosody.figures for prosody, _ in measured]).reshape(-1, len(FIGURES)),
        voice=np.array(voices) if usable else None,
        speech_s=np.array([prosody.speech_s for prosody, _ in measured]),
        damaged=damaged,
        text=" ".join(text for text in texts if text),
    )


def _weighted_mean(rows: FloatArray, weights: NDArray[np.float64]) -> FloatArray:
    """Return the mean row by weight, each figure over the rows in which it was measured."""
    known = np.isfinite(rows) * weights[:, None]
    total = known.sum(axis=0)
    mean = (np.nan_to_num(rows) * known).sum(axis=0) / np.where(total > 0, total, 1.0)
    return np.where(total > 0, mean, np.nan).astype(np.float32)
