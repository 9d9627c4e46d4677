"""What Roomtone's transcriber is compared with: faster-whisper on whole files, and LocalAgreement.

LocalAgreement-2 is written from the paper (Liu et al. 2020, and Machacek et al. 2023 for Whisper): once a
second of new audio has come, all audio since the last cut is transcribed; the words that two such
transcriptions in a row agree on are committed; beyond 15 s the audio is cut at the end of a sentence that
is committed. It is given Roomtone's own ear, as such programs use a voice activity detector as well.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from faster_whisper import WhisperModel

from roomtone import weights
from roomtone.config.settings import VadSettings
from roomtone.events import SpeechEnded
from roomtone.speech.ear import Ear
from roomtone.speech.silero import SileroDetector
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Samples, Speaker, Utterance, Word
from transcribe_figures import Look, Outcome, Turn
from transcribe_recordings import Recording

CHUNK_SAMPLES = SAMPLE_RATE_HZ // 20
"""50 ms, as the devices of a live call give it."""
STEP_S = 1.0
"""New audio between two looks of LocalAgreement: the value of its authors' program."""
MOST_BUFFER_S = 15.0
"""Audio after which it is cut, likewise."""
PROMPT_CHARACTERS = 200
"""Of the text before the cut that goes along, likewise."""


class WholeFile:
    """faster-whisper's own ``transcribe`` on each side, with its VAD filter unless told otherwise."""

    def __init__(self, folder: Path, *, beam_size: int, threads: int, vad_filter: bool = True) -> None:
        self._model = load(folder, threads)
        self._beam_size = beam_size
        self._vad_filter = vad_filter

    def hear(self, recording: Recording) -> Outcome:
        """Transcribe every side."""
        began_s = time.process_time()
        texts = tuple(self.text(side) for side in recording.sides)
        return Outcome(texts, time.process_time() - began_s)

    def text(self, audio: Samples) -> str:
        """Return what is said."""
        segments, _ = self._model.transcribe(
            audio, language="en", beam_size=self._beam_size, vad_filter=self._vad_filter
        )
        return " ".join(segment.text.strip() for segment in segments)

    def phantoms(self, audio: Samples) -> list[str]:
        """Return what is written for a sound."""
        text = self.text(audio)
        return [text] if text else []


class LocalAgreement:
    """A side after the other, each with a core to itself; its work takes as long as its processor time."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        self._model = load(folder, threads)

    def hear(self, recording: Recording) -> Outcome:
        """Transcribe every side as if it were live."""
        began_s = time.process_time()
        turns = []
        speech_s = 0.0
        for side, audio in enumerate(recording.sides):
            utterances, side_speech_s = utterances_of(audio)
            speech_s += side_speech_s
            free_at_s = 0.0
            for utterance in utterances:
                turn = Turn(side, utterance.start_s, utterance.end_s)
                free_at_s = self._follow(utterance, turn, free_at_s)
                turns.append(turn)
        texts = tuple(
            " ".join(turn.text for turn in turns if turn.side == side) for side in range(len(recording.sides))
        )
        return Outcome(texts, time.process_time() - began_s, speech_s, turns)

    def _follow(self, utterance: Utterance, turn: Turn, free_at_s: float) -> float:
        """Look at a turn as it grows; return when the work for it is done."""
        buffer = _Buffer()
        heard_until_s = 0.0
        length_s = len(utterance.samples) / SAMPLE_RATE_HZ
        while True:
            now_s = max(free_at_s, utterance.audio_start_s + heard_until_s + STEP_S)
            if is_last := now_s >= utterance.closed_at_s or heard_until_s + STEP_S > length_s:
                now_s = max(free_at_s, utterance.closed_at_s)
            heard_until_s = length_s if is_last else now_s - utterance.audio_start_s
            began_s = time.process_time()
            audio = utterance.samples[: round(heard_until_s * SAMPLE_RATE_HZ)]
            self._look(buffer, audio)
            free_at_s = now_s + time.process_time() - began_s
            if is_last:
                break
            turn.looks.append(Look(free_at_s, _text(buffer.committed), _text(buffer.tentative)))
        words = buffer.committed + buffer.tentative
        turn.final_at_s = free_at_s
        turn.text = _text(words)
        turn.words = tuple(
            Word(text.strip(), start_s + utterance.audio_start_s, end_s + utterance.audio_start_s, 1.0)
            for text, start_s, end_s in words
        )
        return free_at_s

    def _look(self, buffer: "_Buffer", audio: Samples) -> None:
        before = [word for word in buffer.committed if word[2] <= buffer.cut_s]
        segments, _ = self._model.transcribe(
            audio[round(buffer.cut_s * SAMPLE_RATE_HZ) :],
            language="en",
            beam_size=5,
            word_timestamps=True,
            initial_prompt=_text(before)[-PROMPT_CHARACTERS:] or None,
        )
        found = list(segments)
        words = [
            (word.word, word.start + buffer.cut_s, word.end + buffer.cut_s)
            for segment in found
            for word in segment.words
        ]
        buffer.agree(words)
        if len(audio) / SAMPLE_RATE_HZ - buffer.cut_s > MOST_BUFFER_S and buffer.committed:
            ends_s = [segment.end + buffer.cut_s for segment in found[:-1]]
            done_s = [end_s for end_s in ends_s if end_s <= buffer.committed[-1][2]]
            buffer.cut_s = max(done_s, default=buffer.committed[-1][2])


TimedWord = tuple[str, float, float]


class _Buffer:
    """The words of a turn: those committed, and those of the last look that are not."""

    def __init__(self) -> None:
        self.committed: list[TimedWord] = []
        self.tentative: list[TimedWord] = []
        self.cut_s = 0.0

    def agree(self, words: Sequence[TimedWord]) -> None:
        """Take the words of a new look."""
        last_s = self.committed[-1][2] if self.committed else -1.0
        fresh = [word for word in words if word[1] > last_s - 0.1]
        for length in range(min(5, len(fresh), len(self.committed)), 0, -1):
            if _plain(self.committed[-length:]) == _plain(fresh[:length]):
                fresh = fresh[length:]
                break
        agreed = 0
        for (earlier, *_), (now, *_) in zip(self.tentative, fresh, strict=False):
            if earlier != now:
                break
            agreed += 1
        self.committed += fresh[:agreed]
        self.tentative = fresh[agreed:]


def load(folder: Path, threads: int) -> WhisperModel:
    """Return the model as Roomtone loads it."""
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)


def utterances_of(audio: Samples) -> tuple[list[Utterance], float]:
    """Return what an ear makes of one voice, and how long it speaks in all."""
    ear = Ear("side", Speaker.SELLER, detector=SileroDetector(weights.silero_path()), settings=VadSettings())
    starts = range(0, len(audio), CHUNK_SAMPLES)
    heard = [ear.push(AudioChunk("side", at, audio[at : at + CHUNK_SAMPLES], 0.0)) for at in starts]
    heard.append(ear.flush())
    events = [event for each in heard for event in each.events]
    speech_s = sum(event.end_s - event.start_s for event in events if isinstance(event, SpeechEnded))
    return [utterance for each in heard for utterance in each.utterances], speech_s


def _text(words: Sequence[TimedWord]) -> str:
    return "".join(text for text, _, _ in words).strip()


def _plain(words: Sequence[TimedWord]) -> list[str]:
    return [text.strip().lower().strip(".,?!") for text, _, _ in words]
