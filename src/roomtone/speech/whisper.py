"""Whisper through CTranslate2: one encoder pass for the words, the language and the voice.

The model is driven directly (``encode``, ``generate``, ``align``) on a window as long as the
utterance plus a margin of silence, instead of always 30 s: the same words for a fraction of the
encoder's cost. Where a short window misleads the decoder, the full window is tried once.
"""

import logging
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roomtone.config.settings import WhisperSettings
from roomtone.errors import ModelError, TranscriberError
from roomtone.speech import guards
from roomtone.speech.language import LanguageVote
from roomtone.types import SAMPLE_RATE_HZ, Hypothesis, Samples, Utterance, Word

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.tokenizer import Tokenizer

logger = logging.getLogger(__name__)

MARGIN_S = 2.0
"""Silence after the utterance inside the window: with 1 s the decoder runs on at the end."""
FULL_WINDOW_S = 30.0
"""What Whisper was trained on, and the most it can hear at once."""
TOKENS_PER_SECOND = 10
"""Upper bound on what can be said; stops a decoder that finds no end."""
SPARE_TOKENS = 16
"""Added to that bound: punctuation and names cost tokens in short utterances too."""
SAMPLES_PER_ENCODER_FRAME = 320
"""20 ms: a mel hop of 160 samples, halved by the encoder's convolution."""
SAMPLES_PER_MEL_FRAME = 160
MAX_THREADS = 4
"""More threads bring nothing for models this small."""


class Encoded(NamedTuple):
    """The encoder's output for one window."""

    output: Any
    """CTranslate2 storage of shape ``(1, window_frames, width)``."""
    frames: int
    """Encoder frames that hold the utterance; the rest is margin."""


class Decode(NamedTuple):
    """One decoder run: its tokens, their average log-probability, and Whisper's doubt that anyone spoke."""

    tokens: list[int]
    avg_logprob: float
    no_speech_prob: float
    ended: bool


class WhisperTranscriber:
    """Implements ``Transcriber`` on a converted Whisper model in ``folder``.

    Raises ``ModelError`` when the folder holds no usable model.
    """

    def __init__(self, folder: Path, settings: WhisperSettings) -> None:
        self.name = folder.name
        self._settings = settings
        self._model = _load(folder, settings.threads or default_threads())
        multilingual = self._model.model.is_multilingual
        pinned = None if settings.language == "auto" and multilingual else settings.language
        self._language = LanguageVote(pinned if multilingual else "en")
        self._tokenizers: dict[str, Tokenizer] = {}

    def transcribe(self, utterance: Utterance) -> Hypothesis:
        """Return the words of one utterance; raises ``TranscriberError``."""
        try:
            return self._transcribe(utterance)
        except (RuntimeError, ValueError) as error:
            raise TranscriberError(
                f"Whisper failed on {utterance.utterance_id}: {error}",
                code="transcriber_failed",
                recoverable=True,
            ) from error

    def encode(self, samples: Samples, *, window_s: float | None = None) -> Encoded:
        """Run the encoder over ``samples`` and a margin, or over a window of ``window_s`` seconds."""
        spoken_s = len(samples) / SAMPLE_RATE_HZ
        window_s = min(FULL_WINDOW_S, window_s or spoken_s + MARGIN_S)
        window = np.zeros(math.ceil(window_s * SAMPLE_RATE_HZ), dtype=np.float32)
        heard = samples[: len(window)]
        window[: len(heard)] = heard
        features = self._model.feature_extractor(window, padding=0)
        # CTranslate2 wants an even number of mel frames: the encoder halves them.
        features = np.ascontiguousarray(features[:, : features.shape[1] // 2 * 2])
        frames = max(1, len(heard) // SAMPLES_PER_ENCODER_FRAME)
        return Encoded(self._model.encode(features), frames)

    def voice(self, encoded: Encoded) -> NDArray[np.float32]:
        """Return the mean and standard deviation of the utterance's frames, shape ``(2 * width,)``."""
        frames = np.asarray(encoded.output, dtype=np.float32)[0, : encoded.frames]
        return np.concatenate([frames.mean(axis=0), frames.std(axis=0)])

    def _transcribe(self, utterance: Utterance) -> Hypothesis:
        spoken_s = utterance.end_s - utterance.start_s
        encoded = self.encode(utterance.samples)
        if utterance.still_open:
            return self._partial(utterance, encoded)
        voice = self.voice(encoded)
        language = self._detect(encoded, spoken_s)
        tokenizer = self._tokenizer(language)
        decode = self._decode(encoded, tokenizer)
        decoded = _for_guards(decode, tokenizer, spoken_s)
        if guards.is_broken(decoded):
            full = self.encode(utterance.samples, window_s=FULL_WINDOW_S)
            again = self._decode(full, tokenizer)
            decoded_again = _for_guards(again, tokenizer, spoken_s)
            if not guards.is_broken(decoded_again) or again.avg_logprob > decode.avg_logprob:
                encoded, decode, decoded = full, again, decoded_again
        rejected = guards.refusal(decoded)
        words = () if rejected else self._words(encoded, decode.tokens, tokenizer, utterance)
        return Hypothesis(
            words=words,
            text=decoded.text,
            language=language,
            audio_end_s=utterance.end_s,
            avg_logprob=round(decode.avg_logprob, 4),
            no_speech_prob=round(decode.no_speech_prob, 4),
            voice=voice,
            rejected=rejected,
        )

    def _partial(self, utterance: Utterance, encoded: Encoded) -> Hypothesis:
        """Return text alone: no word times, one beam, and no say in which language it is."""
        language = self._language.pinned or self._language.best or "en"
        tokenizer = self._tokenizer(language)
        decode = self._decode(encoded, tokenizer, beam_size=1)
        decoded = _for_guards(decode, tokenizer, utterance.end_s - utterance.start_s)
        return Hypothesis(
            words=(),
            text=decoded.text,
            language=language,
            audio_end_s=utterance.end_s,
            avg_logprob=decode.avg_logprob,
            no_speech_prob=decode.no_speech_prob,
            voice=self.voice(encoded),
            rejected=guards.refusal(decoded),
        )

    def _detect(self, encoded: Encoded, spoken_s: float) -> str:
        if self._language.pinned is not None:
            return self._language.pinned
        found = self._model.model.detect_language(encoded.output)[0]
        return self._language.add({token[2:-2]: probability for token, probability in found}, spoken_s)

    def _tokenizer(self, language: str) -> "Tokenizer":
        from faster_whisper.tokenizer import Tokenizer

        if language not in self._tokenizers:
            model = self._model
            self._tokenizers[language] = Tokenizer(
                model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language
            )
        return self._tokenizers[language]

    def _decode(self, encoded: Encoded, tokenizer: "Tokenizer", *, beam_size: int | None = None) -> Decode:
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        spoken_s = encoded.frames * SAMPLES_PER_ENCODER_FRAME / SAMPLE_RATE_HZ
        most_tokens = min(self._model.max_length // 2, SPARE_TOKENS + math.ceil(TOKENS_PER_SECOND * spoken_s))
        result = self._model.model.generate(
            encoded.output,
            [prompt],
            beam_size=beam_size or self._settings.beam_size,
            max_length=len(prompt) + most_tokens,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=[*tokenizer.non_speech_tokens, tokenizer.sot_prev, tokenizer.sot_lm],
        )[0]
        tokens = [token for token in result.sequences_ids[0] if token < tokenizer.eot]
        # CTranslate2 divides the score by the length; Whisper's average counts the end token as well.
        avg_logprob = result.scores[0] * len(tokens) / (len(tokens) + 1)
        return Decode(tokens, avg_logprob, result.no_speech_prob, len(tokens) < most_tokens)

    def _words(
        self, encoded: Encoded, tokens: list[int], tokenizer: "Tokenizer", utterance: Utterance
    ) -> tuple[Word, ...]:
        from faster_whisper.transcribe import merge_punctuations

        mel_frames = encoded.frames * SAMPLES_PER_ENCODER_FRAME // SAMPLES_PER_MEL_FRAME
        aligned = self._model.find_alignment(tokenizer, [tokens], encoded.output, mel_frames)[0]
        merge_punctuations(aligned, "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、")
        words = []
        earliest_s = utterance.start_s
        for item in aligned:
            if not item["word"].strip():
                continue
            start_s = min(max(utterance.audio_start_s + float(item["start"]), earliest_s), utterance.end_s)
            end_s = min(max(utterance.audio_start_s + float(item["end"]), start_s), utterance.end_s)
            earliest_s = start_s
            probability = round(float(item["probability"]), 4)
            words.append(Word(item["word"].strip(), round(start_s, 3), round(end_s, 3), probability))
        return tuple(words)


def default_threads() -> int:
    """Return one thread less than the machine has cores, at least 1 and at most 4."""
    return min(MAX_THREADS, max(1, (os.cpu_count() or 1) - 1))


def _load(folder: Path, threads: int) -> "WhisperModel":
    if not (folder / "model.bin").is_file():
        raise ModelError(
            f"There is no Whisper model in {folder}; fetch one with: roomtone models fetch base",
            code="whisper_missing",
        )
    from faster_whisper import WhisperModel

    try:
        return WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
        )
    except Exception as error:
        raise ModelError(
            f"The Whisper model in {folder} cannot be loaded ({error}); "
            "check it with: roomtone models verify",
            code="whisper_damaged",
        ) from error


def _for_guards(decode: Decode, tokenizer: "Tokenizer", spoken_s: float) -> guards.Decoded:
    text = tokenizer.decode(decode.tokens).strip()
    return guards.Decoded(
        text=text,
        words=len(text.split()),
        avg_logprob=decode.avg_logprob,
        no_speech_prob=decode.no_speech_prob,
        speech_s=spoken_s,
        ended=decode.ended,
    )
