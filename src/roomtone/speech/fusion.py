"""How what voice, words and timing say becomes one probability a state: weights from a file, and sums.

Everything is added up as log-odds, so that each source can be read off and switched off by itself.
"""

import math
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from roomtone.errors import ModelError
from roomtone.speech.cues import Cue, CueWeights
from roomtone.speech.voice_model import VoiceClass
from roomtone.types import Label

FILE = "reading_fusion.toml"
STATES: tuple[Label, ...] = tuple(label for label in Label if label is not Label.CANNOT_TELL)
UNLIKELY = 1e-6
"""No state is ever ruled out altogether."""


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class _VoiceWeights(_Table, frozen=True, kw_only=True):
    prior: dict[VoiceClass, float]
    states: dict[VoiceClass, dict[Label, float]]

    @property
    def unheard(self) -> dict[VoiceClass, float]:
        """What stands for a voice that is not listened to: no class is likelier than the others."""
        return dict.fromkeys(VoiceClass, 1.0 / len(VoiceClass))


class _TurnWeights(_Table, frozen=True, kw_only=True):
    carried: float


class Least(_Table, frozen=True, kw_only=True):
    """The least probability with which each state is named."""

    confident: float
    guarded: float
    excited: float
    upset: float
    defeated: float
    neutral: float
    voice_alone: float
    measured_alone: float

    def of(self, label: Label) -> float:
        """Return it for one state."""
        return float(getattr(self, label.value))


class Fusion(_Table, frozen=True, kw_only=True):
    """The weights of a reading, as :data:`FILE` has them."""

    voice: _VoiceWeights
    cues: CueWeights
    turns: _TurnWeights
    least: Least

    def probabilities(
        self, voice: Mapping[VoiceClass, float], found: Iterable[Cue], carried: Mapping[Label, float]
    ) -> dict[Label, float]:
        """Return the probability of each state, rounded to four places and summing to one.

        ``voice`` has the probability of each class, ``carried`` what the turn before left behind
        (:meth:`carry`); empty when there was none.
        """
        log_odds = self.of_voice(voice)
        for cue in found:
            log_odds[cue.label] += cue.log_odds
        for label, value in carried.items():
            log_odds[label] += value
        return _rounded(log_odds)

    def of_voice(self, voice: Mapping[VoiceClass, float]) -> dict[Label, float]:
        """Return the logarithm of each state's share by the voice alone."""
        shares = dict.fromkeys(STATES, UNLIKELY)
        for name, probability in voice.items():
            for label, share in self.voice.states[name].items():
                shares[label] += share * probability * self.voice.prior[name]
        return {label: math.log(share) for label, share in shares.items()}

    def carry(self, voice: Mapping[VoiceClass, float], found: Iterable[Cue]) -> dict[Label, float]:
        """Return what a turn leaves behind for the next: a part of what it said beyond a call's usual mix."""
        usual = self.of_voice(self.voice.unheard)
        said = self.of_voice(voice)
        left = {label: said[label] - usual[label] for label in STATES}
        for cue in found:
            left[cue.label] += cue.log_odds
        return {label: self.turns.carried * value for label, value in left.items()}


def load(model_dir: Path) -> Fusion:
    """Return the weights in a folder of models; raises ``ModelError`` when they are missing or damaged."""
    file = model_dir / FILE
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        cues = {name: tables.pop(name) for name in ("words", "timing", "habits")}
        return msgspec.convert(tables | {"cues": cues}, Fusion)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"The weights of the reading {file} are missing or damaged ({error}); install Roomtone again, or "
            "switch the reading off with: enabled = false under [reading]",
            code="reading_weights_damaged",
        ) from error


def _rounded(log_odds: Mapping[Label, float]) -> dict[Label, float]:
    highest = max(log_odds.values())
    odds = {label: math.exp(value - highest) for label, value in log_odds.items()}
    whole = sum(odds.values())
    probabilities = {label: round(value / whole, 4) for label, value in odds.items()}
    top = max(STATES, key=lambda state: probabilities[state])
    rest = sum(value for label, value in probabilities.items() if label is not top)
    probabilities[top] = round(1.0 - rest, 4)
    return probabilities
