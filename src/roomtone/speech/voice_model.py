"""The trained half of the reading: figures of a voice in, probabilities of how it sounds out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roomtone.errors import ModelError
from roomtone.speech.prosody import FIGURES

FloatArray = NDArray[np.float32]

METADATA_KEY = "roomtone.reading"
"""Under this the ONNX file carries its description as JSON."""


class VoiceClass(StrEnum):
    """What a voice alone can sound like; ``TENSE`` is one sign of guarded, never guarded by itself."""

    NEUTRAL = "neutral"
    EXCITED = "excited"
    UPSET = "upset"
    DEFEATED = "defeated"
    TENSE = "tense"


@dataclass(frozen=True, slots=True)
class VoiceHeard:
    """How a voice sounded, all as probabilities.

    ``arousal`` is that of high against low, ``valence`` that of glad against unpleasant.
    """

    classes: dict[VoiceClass, float]
    arousal: float
    valence: float

    @staticmethod
    def together(heard: "Sequence[VoiceHeard]", weights: Sequence[float]) -> "VoiceHeard":
        """Return the mean of several by ``weights`` that sum to one."""
        pairs = list(zip(heard, map(float, weights), strict=True))
        return VoiceHeard(
            {name: sum(weight * one.classes[name] for one, weight in pairs) for name in VoiceClass},
            sum(weight * one.arousal for one, weight in pairs),
            sum(weight * one.valence for one, weight in pairs),
        )


class VoiceModel:
    """One ONNX file: prosody figures, then pooled encoder output where it takes any, to probabilities.

    Raises ``ModelError`` when the file is missing, is no such model or was made for other figures.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ModelError(
                f"The reading model {path} is missing; reinstall Roomtone, or switch the reading off "
                "with: enabled = false under [reading]",
                code="reading_model_missing",
            )
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                path.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
            described = json.loads(self._session.get_modelmeta().custom_metadata_map[METADATA_KEY])
            self.name = str(described["name"])
            self._classes = tuple(VoiceClass(name) for name in described["classes"])
            self.voice_width = int(described["voice_width"])
            self._usual = np.array(described["usual"], np.float32)
            self.spread = np.array(described["spread"], np.float32)
            self._shrinkage_turns = float(described["shrinkage_turns"])
            self._trusted_from = float(described["trusted_from"])
            fits = (
                tuple(described["figures"]) == FIGURES and len(self._usual) == len(FIGURES) + self.voice_width
            )
        except Exception as error:
            raise _damaged(path) from error
        if not fits:
            raise _damaged(path)

    def hear(
        self, figures: FloatArray, *, usual_of_speaker: FloatArray, turns: int, sounded_neutral: float
    ) -> VoiceHeard:
        """Return how ``figures`` of shape ``(len(FIGURES) + voice_width,)`` sound from this speaker.

        The figures are moved towards what is usual in the training data by what is unusual about this
        speaker, the further the more ``turns`` that was measured over: with few turns a full
        correction would take away the state together with the person. So would any correction by turns
        that were all upset: ``sounded_neutral``, the mean probability of neutral of those turns
        :meth:`heard alone <hear_alone>`, limits it. NaN stands for unknown in both.
        """
        weight = turns / (turns + self._shrinkage_turns) * min(1.0, sounded_neutral / self._trusted_from)
        apart = np.nan_to_num(usual_of_speaker - self._usual, nan=0.0)
        return self.hear_alone(figures - weight * apart)

    def hear_alone(self, figures: FloatArray) -> VoiceHeard:
        """Return how ``figures`` sound from anybody, whatever is usual for the speaker."""
        classes, arousal, valence = self._session.run(
            ["probabilities", "arousal", "valence"], {"figures": figures[None].astype(np.float32)}
        )
        named = zip(self._classes, map(float, classes[0]), strict=True)
        return VoiceHeard(dict(named), float(arousal[0, 0]), float(valence[0, 0]))


def _damaged(path: Path) -> ModelError:
    return ModelError(
        f"The reading model {path} is damaged or belongs to another version; "
        "check it with: roomtone models verify",
        code="reading_model_damaged",
    )
