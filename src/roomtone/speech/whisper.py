"""Whisper through CTranslate2, driven directly: ``encode``, ``generate``, ``align``.

A window is as long as the utterance plus a margin of silence, instead of always 30 s: much the same
words for a fraction of the encoder's cost. The utterance is encoded alone for the language and the
voice, and for the words together with the same side's speech just before it, for Whisper understands a
sentence better than its end. Where that misleads the decoder, the utterance alone in a full window is
tried once; with less than full effort only where the words would be refused otherwise.
"""

import logging
import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roomtone.config.settings import WhisperSettings
from roomtone.errors import ConfigError, ModelError, TranscriberError
from roomtone.speech import guards
from roomtone.speech.context import Context
from roomtone.speech.glossary import Glossary
from roomtone.speech.language import LanguageVote
from roomtone.types import SAMPLE_RATE_HZ, Effort, Hypothesis, Samples, Utterance, Word

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.tokenizer import Tokenizer

logger = logging.getLogger(__name__)

MARGIN_S = 2.0
"""Silence after the utterance inside the window: with 1 s the decoder runs on at the end."""
WINDOW_STEP_S = 1.0
"""Windows are whole seconds long: for every length the library keeps what it worked out, some 1.5 MB each."""
FULL_WINDOW_S = 30.0
"""What Whisper was trained on, and the most it can hear at once."""
TOKENS_PER_SECOND = 10
"""Upper bound on what can be said; stops a decoder that finds no end."""
SPARE_TOKENS = 16
"""Added to that bound: punctuation and names cost tokens in short utterances too."""
SAMPLES_PER_ENCODER_FRAME = 320
"""20 ms: a mel hop of 160 samples, halved by the encoder's convolution."""
SECONDS_PER_ENCODER_FRAME = SAMPLES_PER_ENCODER_FRAME / SAMPLE_RATE_HZ
MEL_FRAMES_PER_ENCODER_FRAME = 2
SEAM_S = 0.2
"""A word of this utterance ends at least this long after the seam: pre-roll and pause precede it."""
MAX_THREADS = 4
"""More threads bring nothing for models this small."""


class Encoded(NamedTuple):
    """The encoder's output for one window."""

    output: Any
    """CTranslate2 storage of shape ``(1, window_frames, width)``."""
    frames: int
    """Encoder frames that hold the utterance; the rest is margin."""


class Decode(NamedTuple):
    """One decoder run: its text tokens, their average log-probability, the doubt that anyone spoke."""

    tokens: list[int]
    avg_logprob: float
    no_speech_prob: float
    ended: bool


class Attempt(NamedTuple):
    """The words of an utterance by one decoder run, and what the guards look at."""

    words: tuple[Word, ...]
    decoded: guards.Decoded

    @classmethod
    def of(cls, words: tuple[Word, ...], decoded: guards.Decoded) -> "Attempt":
        """Return an attempt with these words and their text."""
        return cls(words, replace(decoded, text=" ".join(word.text for word in words), words=len(words)))

    def until(self, words: int) -> "Attempt":
        """Return the attempt without its words from this one on."""
        return self if words >= len(self.words) else Attempt.of(self.words[:words], self.decoded)


class WhisperTranscriber:
    """Implements ``Transcriber`` on a converted Whisper model in ``folder``.

    ``terms`` are names and terms that may be said. ``contexts`` is what each source said lately, for models
    that take turns on one call; by default the transcriber keeps its own. Raises ``ModelError`` when the
    folder holds no usable model, and ``ConfigError`` when the model does not know the language.
    """

    def __init__(
        self,
        folder: Path,
        settings: WhisperSettings,
        *,
        terms: Sequence[str] = (),
        contexts: dict[str, Context] | None = None,
    ) -> None:
        self.name = folder.name
        self._settings = settings
        self._model = _load(folder, settings.threads or default_threads())
        multilingual = self._model.model.is_multilingual
        pinned = None if settings.language == "auto" and multilingual else settings.language
        _check_language(settings.language, folder.name, multilingual=multilingual)
        self._language = LanguageVote(pinned if multilingual else "en")
        self._tokenizers: dict[str, Tokenizer] = {}
        self.contexts: dict[str, Context] = {} if contexts is None else contexts
        self._glossary = Glossary(terms)
        self._ahead: dict[str, tuple[str, float, Hypothesis]] = {}
        """By source, what would be the words of an utterance that may be over, its id and its end."""

    @property
    def language(self) -> str | None:
        """The language of the call once it is settled, None before."""
        return self._language.pinned

    def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        """Return the words of one utterance; raises ``TranscriberError``.

        With one model there is nothing smaller: ``Effort.SMALL`` is the same as ``Effort.GREEDY``.
        """
        try:
            return self._transcribe(utterance, effort)
        except (RuntimeError, ValueError) as error:
            raise TranscriberError(
                f"Whisper failed on some words: {error}",
                code="transcriber_failed",
                recoverable=True,
            ) from error

    def encode(self, samples: Samples, *, window_s: float | None = None) -> Encoded:
        """Run the encoder over ``samples`` and a margin, or over a window of ``window_s`` seconds."""
        spoken_s = len(samples) / SAMPLE_RATE_HZ
        needed_s = math.ceil((spoken_s + MARGIN_S) / WINDOW_STEP_S) * WINDOW_STEP_S
        window_s = min(FULL_WINDOW_S, window_s or needed_s)
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

    def _transcribe(self, utterance: Utterance, effort: Effort) -> Hypothesis:
        context = self.contexts.setdefault(utterance.source_id, Context())
        if utterance.still_open:
            # Before the language is settled, what may not be the whole utterance has no say in it.
            if not utterance.may_end or self.language is None:
                return self._partial(utterance)
            hypothesis = self._final(utterance, context, effort)
            self._ahead[utterance.source_id] = (utterance.utterance_id, utterance.end_s, hypothesis)
            return hypothesis
        ahead = self._ahead.pop(utterance.source_id, None)
        is_known = ahead is not None and ahead[:2] == (utterance.utterance_id, utterance.end_s)
        hypothesis = ahead[2] if ahead and is_known else self._final(utterance, context, effort)
        if not hypothesis.rejected:
            context.add(utterance)
        return hypothesis

    def _final(self, utterance: Utterance, context: Context, effort: Effort) -> Hypothesis:
        """Return the words of an utterance, as good as they can be had."""
        alone = self.encode(utterance.samples)
        language = self._detect(alone, utterance.end_s - utterance.start_s)
        tokenizer = self._tokenizer(language)
        attempt = self._best_attempt(utterance, alone, context.before(utterance), tokenizer, effort)
        if terms := self._glossary.like(attempt.words):
            told = self._attempt(
                alone, utterance, tokenizer, lead_s=0.0, beam_size=1, prompt=f"{', '.join(terms)}."
            )
            attempt = Attempt.of(
                tuple(self._glossary.taken_over(attempt.words, told.words, terms)), attempt.decoded
            )
        rejected = guards.refusal(attempt.decoded)
        return Hypothesis(
            words=() if rejected else attempt.words,
            text=attempt.decoded.text,
            language=language,
            audio_end_s=utterance.end_s,
            avg_logprob=round(attempt.decoded.avg_logprob, 4),
            no_speech_prob=round(attempt.decoded.no_speech_prob, 4),
            voice=self.voice(alone),
            rejected=rejected,
        )

    def _best_attempt(
        self,
        utterance: Utterance,
        alone: Encoded,
        lead: list[Samples],
        tokenizer: "Tokenizer",
        effort: Effort,
    ) -> Attempt:
        """Decode the utterance after its lead, alone when that looks broken, and at last in a full window."""
        beam_size = self._settings.beam_size if effort is Effort.FULL else 1
        together = self.encode(np.concatenate([*lead, utterance.samples])) if lead else alone
        lead_s = sum(map(len, lead)) / SAMPLE_RATE_HZ
        first = self._attempt(together, utterance, tokenizer, lead_s=lead_s, beam_size=beam_size)
        echo_begins = guards.echo_begins([word.text for word in first.words])
        has_echo = echo_begins < len(first.words)
        if effort is not Effort.FULL and not guards.refusal(first.decoded):
            return first.until(echo_begins)
        if not (has_echo or guards.is_broken(first.decoded)):
            return first
        if lead:
            # What misled the decoder is mostly the lead, and the utterance alone is encoded already.
            second = self._attempt(alone, utterance, tokenizer, lead_s=0.0, beam_size=beam_size)
            echoes = guards.echo_begins([word.text for word in second.words]) < len(second.words)
            if not (echoes or guards.is_broken(second.decoded)):
                return second
        full = self.encode(utterance.samples, window_s=FULL_WINDOW_S)
        second = self._attempt(full, utterance, tokenizer, lead_s=0.0, beam_size=beam_size)
        # What is repeated in both windows was said twice.
        is_better = second.decoded.avg_logprob > first.decoded.avg_logprob and not has_echo
        if is_better or not guards.is_broken(second.decoded):
            return second
        return first.until(echo_begins)

    def _partial(self, utterance: Utterance) -> Hypothesis:
        """Return words by one hypothesis, with no say in which language it is."""
        language = self._language.best or "en"
        encoded = self.encode(utterance.samples)
        attempt = self._attempt(encoded, utterance, self._tokenizer(language), lead_s=0.0, beam_size=1)
        # After a sentence that is not over the decoder often begins it again, up to the token limit; the next
        # look will tell what was said.
        attempt = attempt.until(guards.loop_begins([word.text for word in attempt.words]))
        decoded = replace(attempt.decoded, ended=True)
        return Hypothesis(
            words=attempt.words,
            text=decoded.text,
            language=language,
            audio_end_s=utterance.end_s,
            avg_logprob=decoded.avg_logprob,
            no_speech_prob=decoded.no_speech_prob,
            voice=np.zeros(0, np.float32),
            rejected=guards.refusal(decoded),
        )

    def _attempt(
        self,
        encoded: Encoded,
        utterance: Utterance,
        tokenizer: "Tokenizer",
        *,
        lead_s: float,
        beam_size: int,
        prompt: str = "",
    ) -> Attempt:
        """Decode a window in which the utterance follows ``lead_s`` of context, and keep its words."""
        decode = self._decode(encoded, tokenizer, beam_size=beam_size, prompt=prompt)
        words = self._words(encoded, decode.tokens, tokenizer, utterance, lead_s)
        return Attempt.of(words, _for_guards("", decode, utterance))

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

    def _decode(self, encoded: Encoded, tokenizer: "Tokenizer", *, beam_size: int, prompt: str) -> Decode:
        start = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        if prompt:
            start = [tokenizer.sot_prev, *tokenizer.encode(f" {prompt}"), *start]
        spoken_s = encoded.frames * SECONDS_PER_ENCODER_FRAME
        most_tokens = min(self._model.max_length // 2, SPARE_TOKENS + math.ceil(TOKENS_PER_SECOND * spoken_s))
        result = self._model.model.generate(
            encoded.output,
            [start],
            beam_size=beam_size,
            # CTranslate2 generates half of this at most, and never more than is left beyond the start.
            max_length=max(2 * most_tokens, len(start) + most_tokens),
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
        self,
        encoded: Encoded,
        tokens: list[int],
        tokenizer: "Tokenizer",
        utterance: Utterance,
        lead_s: float,
    ) -> tuple[Word, ...]:
        from faster_whisper.transcribe import merge_punctuations

        mel_frames = encoded.frames * MEL_FRAMES_PER_ENCODER_FRAME
        aligned = self._model.find_alignment(tokenizer, [tokens], encoded.output, mel_frames)
        found = aligned[0] if aligned else []
        merge_punctuations(found, "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、")
        words: list[Word] = []
        earliest_s = utterance.start_s
        offset_s = utterance.audio_start_s - lead_s
        for item in found:
            text = item["word"].strip()
            # A word that follows a pause is aligned to begin at the end of the word before it, so its end
            # tells on which side of the seam it is.
            is_before = lead_s > 0 and item["end"] < lead_s + SEAM_S
            if is_before or not any(character.isalnum() for character in text):
                continue
            joins_previous = words and not item["word"].startswith(" ") and not text[0].isalnum()
            start_s = min(max(offset_s + float(item["start"]), earliest_s), utterance.end_s)
            end_s = min(max(offset_s + float(item["end"]), start_s), utterance.end_s)
            earliest_s = start_s
            word = Word(text, round(start_s, 3), round(end_s, 3), round(float(item["probability"]), 4))
            if joins_previous:  # "-end" after "high", ".m." after "a"
                before = words.pop()
                probability = min(before.probability, word.probability)
                word = Word(before.text + text, before.start_s, word.end_s, probability)
            words.append(word)
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


def _check_language(language: str, model: str, *, multilingual: bool) -> None:
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    if language not in ("auto", *_LANGUAGE_CODES):
        raise ConfigError(
            f'Whisper knows no language "{language}"; name one by its code, such as en or de, or say auto.',
            code="language_unknown",
        )
    if not multilingual and language not in ("auto", "en"):
        raise ConfigError(
            f'The model {model} understands English only, not "{language}"; use base instead.',
            code="language_not_in_model",
        )


def _for_guards(text: str, decode: Decode, utterance: Utterance) -> guards.Decoded:
    return guards.Decoded(
        text=text,
        words=len(text.split()),
        avg_logprob=decode.avg_logprob,
        no_speech_prob=decode.no_speech_prob,
        speech_s=utterance.end_s - utterance.start_s,
        ended=decode.ended,
    )
