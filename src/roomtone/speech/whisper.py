"""Whisper through CTranslate2, driven directly: ``encode``, ``generate``, ``align``.

A window is as long as the utterance plus a margin of silence, instead of always 30 s: much the same
words for a fraction of the encoder's cost. The utterance is encoded together with the same side's speech
just before it, its lead, for Whisper understands a sentence better than its end; of that pass the decoder is
given the utterance's frames alone, and the words of the lead as text. The same pass gives the language and
the voice. Where the lead misleads the decoder, the utterance alone is tried, and at last in a full window;
with less than full effort only where the words would be refused otherwise, or may be those of the lead.
"""

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from roomtone.config.settings import WhisperSettings
from roomtone.errors import TranscriberError
from roomtone.speech import guards, seam
from roomtone.speech import whisper_loading as loading
from roomtone.speech.attempt import (
    SAMPLES_PER_ENCODER_FRAME,
    SECONDS_PER_ENCODER_FRAME,
    Attempt,
    Decode,
    Encoded,
    best,
)
from roomtone.speech.context import NOTHING_BEFORE, Context, Lead
from roomtone.speech.glossary import Glossary
from roomtone.speech.language import LanguageVote
from roomtone.types import SAMPLE_RATE_HZ, Effort, Hypothesis, Samples, Utterance, Word

if TYPE_CHECKING:
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
MEL_FRAMES_PER_ENCODER_FRAME = 2


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
        self._model = loading.load(folder, settings.threads or loading.default_threads())
        multilingual = self._model.model.is_multilingual
        pinned = None if settings.language == "auto" and multilingual else settings.language
        loading.check_language(settings.language, folder.name, multilingual=multilingual)
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

    def encode(
        self, samples: Samples, *, lead: Lead = NOTHING_BEFORE, window_s: float | None = None
    ) -> Encoded:
        """Run the encoder over ``lead``, ``samples`` and a margin, or over ``window_s`` seconds.

        The frames of the lead are left out of what is returned, but where speech was cut without a pause: a
        word on the seam is only heard with what was before it.
        """
        before = np.concatenate([*lead.pieces, samples[:0]])
        lead_frames = len(before) // SAMPLES_PER_ENCODER_FRAME
        samples = np.concatenate([before[len(before) % SAMPLES_PER_ENCODER_FRAME :], samples])
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
        output = self._model.encode(features)
        if lead.goes_on or not lead_frames:
            return Encoded(output, frames, lead, lead_frames)
        own = np.ascontiguousarray(np.asarray(output)[:, lead_frames:])
        return Encoded(type(output).from_array(own), frames - lead_frames, lead)

    def voice(self, encoded: Encoded) -> NDArray[np.float32]:
        """Return the mean and standard deviation of the utterance's frames, shape ``(2 * width,)``.

        They depend on what stands before them: a model of the voice is trained on speech with leads as well.
        """
        frames = np.asarray(encoded.output, dtype=np.float32)[0, encoded.lead_frames : encoded.frames]
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
            context.add(utterance, hypothesis.words)
        return hypothesis

    def _final(self, utterance: Utterance, context: Context, effort: Effort) -> Hypothesis:
        """Return the words of an utterance, as good as they can be had."""
        # What was said before has had its say in which language it is.
        lead = NOTHING_BEFORE if self.language is None else context.before(utterance)
        encoded = self.encode(utterance.samples, lead=lead)
        language = self._detect(encoded, utterance.end_s - utterance.start_s)
        tokenizer = self._tokenizer(language)
        attempt = self._best_attempt(utterance, encoded, tokenizer, effort)
        if effort is Effort.FULL and (terms := self._glossary.like(attempt.words)):
            window, prompt = attempt.encoded, f"{', '.join(terms)}."
            told = self._attempt(window, utterance, tokenizer, beam_size=1, prompt=prompt)
            words = self._glossary.taken_over(attempt.words, told.words, terms)
            attempt = replace(attempt, words=tuple(words))
        rejected = guards.refusal(attempt.decoded)
        return Hypothesis(
            words=() if rejected else attempt.words,
            text=attempt.decoded.text,
            language=language,
            audio_end_s=utterance.end_s,
            avg_logprob=round(attempt.decoded.avg_logprob, 4),
            no_speech_prob=round(attempt.decoded.no_speech_prob, 4),
            voice=self.voice(encoded),
            rejected=rejected,
        )

    def _best_attempt(
        self, utterance: Utterance, encoded: Encoded, tokenizer: "Tokenizer", effort: Effort
    ) -> Attempt:
        """Decode the utterance after its lead, alone when that looks broken, and at last in a full window."""
        beam_size = self._settings.beam_size if effort is Effort.FULL else 1

        def look(window_s: float | None) -> Attempt:
            alone = self.encode(utterance.samples, window_s=window_s)
            return self._attempt(alone, utterance, tokenizer, beam_size=beam_size)

        first = self._attempt(encoded, utterance, tokenizer, beam_size=beam_size)
        lead_echo = guards.lead_echo_begins(first.texts, encoded.lead.words) < len(first.words)
        if effort is not Effort.FULL and not lead_echo and not guards.refusal(first.decoded):
            return first.without_echo
        # What misled the decoder is mostly the lead.
        alone = [partial(look, None)] if encoded.lead.pieces else []
        return best(first, [*alone, partial(look, FULL_WINDOW_S)])

    def _partial(self, utterance: Utterance) -> Hypothesis:
        """Return words by one hypothesis, with no say in which language it is."""
        language = self._language.best or "en"
        encoded = self.encode(utterance.samples)
        attempt = self._attempt(encoded, utterance, self._tokenizer(language), beam_size=1)
        # After a sentence that is not over the decoder often begins it again, up to the token limit; the next
        # look will tell what was said.
        attempt = attempt.until(guards.loop_begins(attempt.texts))
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
        beam_size: int,
        prompt: str = "",
    ) -> Attempt:
        """Decode a window after ``prompt``, or what was said in its lead, and keep the utterance's words."""
        if not prompt and not encoded.lead_frames:
            prompt = " ".join(encoded.lead.words)
        decode = self._decode(encoded, tokenizer, beam_size=beam_size, prompt=prompt)
        words = self._words(encoded, decode.tokens, tokenizer, utterance)
        return Attempt(words, utterance, encoded, decode)

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
    ) -> tuple[Word, ...]:
        from faster_whisper.transcribe import merge_punctuations

        mel_frames = encoded.frames * MEL_FRAMES_PER_ENCODER_FRAME
        aligned = self._model.find_alignment(tokenizer, [tokens], encoded.output, mel_frames)
        found = aligned[0] if aligned else []
        merge_punctuations(found, "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、")
        heard: list[Word] = []
        for item in found:
            text = item["word"].strip()
            if not any(character.isalnum() for character in text):
                continue
            word = Word(text, float(item["start"]), float(item["end"]), float(item["probability"]))
            if heard and not item["word"].startswith(" ") and not text[0].isalnum():
                before = heard.pop()  # "-end" after "high", ".m." after "a"
                probability = min(before.probability, word.probability)
                word = Word(before.text + text, before.start_s, word.end_s, probability)
            heard.append(word)
        first = 0
        if encoded.lead_frames:
            first = seam.first_word(heard, seam_s=encoded.lead_s, heard=encoded.lead.words)
        return tuple(_in_session(heard[first:], utterance, utterance.audio_start_s - encoded.lead_s))


def _in_session(words: Sequence[Word], utterance: Utterance, offset_s: float) -> Iterator[Word]:
    """Yield words of a window that begins at ``offset_s`` with session times, in order in the utterance."""
    earliest_s = utterance.start_s
    for word in words:
        start_s = min(max(offset_s + word.start_s, earliest_s), utterance.end_s)
        end_s = min(max(offset_s + word.end_s, start_s), utterance.end_s)
        earliest_s = start_s
        yield Word(word.text, round(start_s, 3), round(end_s, 3), round(word.probability, 4))
