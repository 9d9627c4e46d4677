"""How a turn sounded: voice, words and timing against the same speaker's earlier turns.

The voice model gives probabilities; the weights of :mod:`roomtone.speech.fusion` turn them into states and
add what words and timing say. A state is only named when something can be shown for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roomtone.config.settings import ReadingSettings
from roomtone.speech import cues, fusion
from roomtone.speech.baseline import SpeakerBaseline
from roomtone.speech.cues import Cue
from roomtone.speech.evidence import CHANGE_WORDS, evidence_for, voice_cues
from roomtone.speech.fusion import STATES
from roomtone.speech.prosody import FIGURES, Prosody, measure
from roomtone.speech.voice_model import VoiceClass, VoiceHeard, VoiceModel
from roomtone.speech.wording import WordingReader
from roomtone.types import Label, Question, Reading, Speaker, TurnHeard

FloatArray = NDArray[np.float32]

SPEECH_MIN_S = 1.0
"""With less speech a voice says nothing reliable."""
LANGUAGE = "en"
"""Of the words that are looked for; what was said in another cannot be weighed against the voice."""
OVERDRIVEN_SHARE = 0.05
"""Of samples at the very top. Ordinary speech has a thousandth of this, overdriven by 10 dB twice as many."""
OVERDRIVEN_NEAR = 0.99
"""Samples within this share of the loudest one are at the top."""


@dataclass(frozen=True, slots=True)
class _HeardTurn:
    """What was measured of a turn: a row for each utterance with speech, and the words together."""

    prosody: FloatArray
    """Shape ``(utterances, len(FIGURES))``."""
    voice: FloatArray | None
    """Shape ``(utterances, voice_width)``; ``None`` when any utterance has none that fits the model."""
    speech_s: NDArray[np.float64]
    damaged: bool
    overdriven: bool
    text: str
    language: str

    def together(self, hear: Callable[[FloatArray], VoiceHeard]) -> VoiceHeard:
        """Return what the utterances sound like together, weighted by how long each was."""
        rows = self.prosody if self.voice is None else np.hstack((self.prosody, self.voice))
        return VoiceHeard.together([hear(row) for row in rows], self.speech_s / self.speech_s.sum())


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that went into a reading, for whoever wants to look behind it."""

    reading: Reading
    speech_s: float
    turns_before: int
    """Turns of this speaker that it was judged against."""
    voice: VoiceHeard | None = None
    """None where the voice was not read."""
    cues: tuple[Cue, ...] = ()
    changes: dict[str, float] = field(default_factory=dict)
    """How far the figures a listener can check are from the speaker's usual, in spreads."""
    carried: dict[Label, float] = field(default_factory=dict)
    """Log-odds that the turn before left behind."""


class EmotionReader:
    """Implements ``EmotionClassifier`` on the models in ``model_dir``.

    ``recogniser`` names the Whisper model whose encoder gives ``Hypothesis.voice``; of any other than the
    one trained with, the measured voice alone is used. ``wording`` reads the words by their meaning, where
    there is a sentence embedding; without it phrases alone are looked at. ``words_only`` names the sides
    whose voice is not to be read. Raises ``ModelError`` when a model is missing or damaged.
    """

    def __init__(
        self,
        model_dir: Path,
        settings: ReadingSettings,
        recogniser: str = "base",
        *,
        wording: WordingReader | None = None,
        words_only: frozenset[Speaker] = frozenset(),
    ) -> None:
        self._with_voice = VoiceModel(model_dir / "reading_voice.onnx")
        self._prosody_only = VoiceModel(model_dir / "reading_prosody.onnx")
        self._fusion = fusion.load(model_dir)
        self._settings = settings
        self._encoder_is_known = recogniser.removeprefix("whisper-") == "base"
        self._wording = wording
        self._words_only = words_only
        self._baselines: dict[Speaker, SpeakerBaseline] = {}
        self.name = self._with_voice.name

    def settled(self, speaker: Speaker) -> bool:
        """Return whether enough turns of this speaker were heard to judge the next against them."""
        baseline = self._baselines.get(speaker)
        return baseline is not None and baseline.turns >= self._settings.settle_turns

    def predict(self, turn: TurnHeard) -> Reading:
        """Return the reading of a turn, ``cannot_tell`` rather than a guess; never raises on odd audio."""
        return self.explain(turn).reading

    def explain(self, turn: TurnHeard) -> Explanation:
        """Return the reading of a turn as :meth:`predict` does, with all that went into it."""
        baseline = self._baselines.setdefault(turn.speaker, SpeakerBaseline(self._with_voice.voice_width))
        heard = _hear(turn, self._with_voice.voice_width if self._encoder_is_known else 0)
        found = self._cues(turn, heard, baseline)
        reason = self._unreadable(turn.speaker, heard)
        before = Explanation(
            reading=self._cannot_tell(reason),
            speech_s=float(heard.speech_s.sum()),
            turns_before=baseline.turns,
            cues=tuple(found),
        )
        explained = before if reason else self._read(turn.speaker, heard, before, baseline)
        self._remember(turn, heard, found, baseline)
        return explained

    def _unreadable(self, speaker: Speaker, heard: _HeardTurn) -> str:
        """Return why nothing can be said of a turn, empty when something can."""
        if heard.damaged:
            return "part of the recording is damaged"
        if heard.speech_s.sum() < SPEECH_MIN_S:
            return f"less than {SPEECH_MIN_S:.0f} s of speech"
        if heard.overdriven:
            return "the recording is too loud and distorted"
        if not heard.text:
            return "no words were understood"
        if heard.language != LANGUAGE:
            return "not in English, so there are no words to go by"
        return "" if self.settled(speaker) else "still getting to know this voice"

    def _cues(self, turn: TurnHeard, heard: _HeardTurn, baseline: SpeakerBaseline) -> list[Cue]:
        weights = self._fusion.cues
        question = cues.answered(turn.question, heard.text)
        found = cues.phrase_cues(heard.text, weights.words)
        found += self._put_off(question, heard.text, baseline, in_a_phrase=cues.speaks_for_guarded(found))
        found += cues.timing_cues(
            turn.floor_transfer_offset_s,
            len(heard.text.split()),
            question=question,
            baseline=baseline,
            weights=weights.timing,
        )
        found += cues.listening_cues(turn.listened_s, turn.backchannels, baseline, weights.timing)
        return found + cues.repeated_cues(found, baseline, weights.habits)

    def _put_off(
        self, question: Question | None, text: str, baseline: SpeakerBaseline, *, in_a_phrase: bool
    ) -> list[Cue]:
        """Return the signs of guarded that no phrase is; one sentence is one sign.

        "I guess we'll see" puts off in a listed phrase, leaves the question open and hedges: it counts as the
        first of these that it is.
        """
        weights = self._fusion.cues.words
        unlisted = cues.without_phrases(text, Label.GUARDED)
        if self._wording is None:
            return cues.hedge_cues(unlisted, baseline, weights)
        evasive = [] if in_a_phrase else self._wording.evasion_cues(question, text, weights)
        return evasive or self._wording.hedge_cues(unlisted, baseline, weights)

    def _read(
        self, speaker: Speaker, heard: _HeardTurn, before: Explanation, baseline: SpeakerBaseline
    ) -> Explanation:
        weights = self._fusion
        by_words_alone = speaker in self._words_only
        model = self._model_for(heard)
        voice = None if by_words_alone else self._voice_heard(heard, baseline)
        changes = {} if by_words_alone else self._changes(heard, baseline)
        found = [*before.cues, *voice_cues(changes, weights.cues.habits)]
        if self._wording is not None:
            found += self._wording.cues(heard.text, voice, weights.cues.words)
        classes = weights.voice.unheard if voice is None else voice.classes
        probabilities = weights.probabilities(classes, found, baseline.carried)
        label = max(STATES, key=lambda state: probabilities[state])
        evidence = evidence_for(label, found, changes)
        rests_on_voice_alone = not any(cue.label is label and cue.evidence for cue in found)
        least = max(weights.least.of(label), self._settings.min_probability)
        if label is not Label.NEUTRAL and rests_on_voice_alone:
            alone = weights.least
            least = max(least, alone.measured_alone if heard.voice is None else alone.voice_alone)
        unsure = probabilities[label] < least or (by_words_alone and label is Label.NEUTRAL)
        if unsure or not evidence:
            label, evidence = Label.CANNOT_TELL, ()
        carried, baseline.carried = baseline.carried, weights.carry(classes, found)
        return replace(
            before,
            reading=Reading(label, probabilities, evidence, self.name if by_words_alone else model.name),
            voice=voice,
            cues=tuple(found),
            changes=changes,
            carried=carried,
        )

    def _model_for(self, heard: _HeardTurn) -> VoiceModel:
        return self._with_voice if heard.voice is not None else self._prosody_only

    def _voice_heard(self, heard: _HeardTurn, baseline: SpeakerBaseline) -> VoiceHeard:
        """Return what the utterances sound like together, against the speaker's earlier turns."""
        usual = baseline.prosody.mean()
        if heard.voice is not None:
            usual = np.concatenate((usual, baseline.voice.mean()))
        model = self._model_for(heard)
        return heard.together(
            lambda figures: model.hear(
                figures,
                usual_of_speaker=usual,
                turns=baseline.turns,
                sounded_neutral=baseline.sounded_neutral.mean,
            )
        )

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
            question=cues.answered(turn.question, heard.text),
            baseline=baseline,
        )
        if self._wording is not None:
            self._wording.remember(heard.text, baseline)
        baseline.listened_s += turn.listened_s
        baseline.backchannels += turn.backchannels
        baseline.guarded_before = cues.speaks_for_guarded(found)
        if heard.damaged or heard.overdriven or not heard.text or heard.speech_s.sum() < SPEECH_MIN_S:
            return
        baseline.turns += 1
        if turn.speaker in self._words_only:
            return
        alone = heard.together(self._model_for(heard).hear_alone)
        baseline.sounded_neutral.add(alone.classes[VoiceClass.NEUTRAL])
        baseline.prosody.add(_weighted_mean(heard.prosody, heard.speech_s))
        if heard.voice is not None:
            baseline.voice.add(_weighted_mean(heard.voice, heard.speech_s))

    def _cannot_tell(self, reason: str) -> Reading:
        return Reading(Label.CANNOT_TELL, dict.fromkeys(STATES, 1.0 / len(STATES)), (reason,), self.name)


def _hear(turn: TurnHeard, voice_width: int) -> _HeardTurn:
    measured: list[tuple[Prosody, FloatArray]] = []
    damaged = overdriven = False
    for heard in turn.heard:
        prosody = measure(heard.utterance.samples)
        damaged |= prosody.damaged
        overdriven |= _is_overdriven(heard.utterance.samples)
        if prosody.speech_s > 0:
            measured.append((prosody, np.asarray(heard.hypothesis.voice, np.float32)))
    voices = [voice for _, voice in measured]
    # The smaller model a busy machine steps down to leaves the voice empty.
    fitting = [voice.shape == (voice_width,) and bool(np.isfinite(voice).all()) for voice in voices]
    usable = voice_width > 0 and bool(fitting) and all(fitting)
    understood = [heard.hypothesis for heard in turn.heard if not heard.hypothesis.rejected]
    texts = (hypothesis.text.strip() for hypothesis in understood)
    return _HeardTurn(
        prosody=np.array([prosody.figures for prosody, _ in measured]).reshape(-1, len(FIGURES)),
        voice=np.array(voices) if usable else None,
        speech_s=np.array([prosody.speech_s for prosody, _ in measured]),
        damaged=damaged,
        overdriven=overdriven,
        text=" ".join(text for text in texts if text),
        language=understood[-1].language if understood else "",
    )


def _is_overdriven(samples: FloatArray) -> bool:
    """Return whether the tops of the sound are cut off."""
    loudness = np.abs(samples)
    top = float(loudness.max(initial=0.0))
    return top > 0 and float(np.mean(loudness >= OVERDRIVEN_NEAR * top)) > OVERDRIVEN_SHARE


def _weighted_mean(rows: FloatArray, weights: NDArray[np.float64]) -> FloatArray:
    """Return the mean row by weight, each figure over the rows in which it was measured."""
    known = np.isfinite(rows) * weights[:, None]
    total = known.sum(axis=0)
    mean = (np.nan_to_num(rows) * known).sum(axis=0) / np.where(total > 0, total, 1.0)
    return np.where(total > 0, mean, np.nan).astype(np.float32)
