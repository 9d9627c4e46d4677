"""Two Whisper models for one call: the better one, and a smaller one for when words come too late."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from roomtone.config.settings import WhisperSettings
from roomtone.errors import RoomtoneError
from roomtone.speech.whisper import WhisperTranscriber
from roomtone.types import Effort, Hypothesis, Utterance

logger = logging.getLogger(__name__)

ENGLISH_ONLY = ".en"
"""How the names of Whisper models end that know English alone."""


class SteppedTranscriber:
    """Implements ``Transcriber`` on the model in ``folder``, and for ``Effort.SMALL`` on that in ``smaller``.

    The smaller one is loaded when it is first asked for, which is not before the language of the call is
    settled, and stays. Where it cannot be loaded or does not know the language, the larger one does its
    work greedily. ``terms`` as in :class:`WhisperTranscriber`. Raises ``ModelError`` when
    ``folder`` holds no usable model.
    """

    def __init__(
        self,
        folder: Path,
        settings: WhisperSettings,
        *,
        smaller: Path | None,
        terms: Sequence[str] = (),
    ) -> None:
        self._full = WhisperTranscriber(folder, settings, terms=terms)
        self._settings = settings
        self._terms = terms
        self._smaller_folder = smaller
        self._smaller: WhisperTranscriber | None = None
        self.name = self._full.name

    def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        """Return the words of one utterance; raises ``TranscriberError``.

        The ``voice`` of the smaller model's encoder is not the larger one's and is left out.
        """
        smaller = self._small() if effort is Effort.SMALL and not utterance.still_open else None
        if smaller is None:
            return self._full.transcribe(utterance, effort)
        hypothesis = smaller.transcribe(utterance, Effort.GREEDY)
        return replace(hypothesis, voice=np.zeros(0, np.float32), smaller=True)

    def _small(self) -> WhisperTranscriber | None:
        language = self._full.language
        if self._smaller is None and language is not None and self._smaller_folder is not None:
            if language != "en" and self._smaller_folder.name.endswith(ENGLISH_ONLY):
                self._smaller_folder = None
                return None
            settings = msgspec.structs.replace(self._settings, language=language)
            try:
                # What was said is heard together with what came before it, whoever transcribed that.
                self._smaller = WhisperTranscriber(
                    self._smaller_folder,
                    settings,
                    terms=self._terms,
                    contexts=self._full.contexts,
                )
            except RoomtoneError as error:
                logger.warning("going on without a smaller model: %s", error.message)
                self._smaller_folder = None
        return self._smaller
