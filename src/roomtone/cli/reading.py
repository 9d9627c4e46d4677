"""The running of ``roomtone read``, and how a reading looks with all that went into it."""

import asyncio
import contextlib
import csv
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

from roomtone import __version__
from roomtone.audio.echo.guard import EchoGuard
from roomtone.audio.recorded.file import open_recording
from roomtone.cli import line
from roomtone.cli.context import App
from roomtone.cli.replaying import REPLAY_PATIENCE, Recording
from roomtone.config.settings import Settings
from roomtone.errors import AudioError
from roomtone.events import CaveatNoted, EmotionEstimated, Event, SessionStarted, StageFailed
from roomtone.session.pipeline import Pipeline
from roomtone.speech.emotion import EmotionReader, Explanation
from roomtone.speech.evidence import CHANGE_WORDS
from roomtone.speech.fusion import STATES
from roomtone.speech.voice_model import VoiceClass
from roomtone.types import Label, QuestionKind, Reading, Speaker, TurnHeard
from roomtone.ui.view import clock, one_line, sounded

INDENT = " " * 9
QUESTION_NAMES = {
    QuestionKind.OPEN: "an open question",
    QuestionKind.CLOSED: "a closed question",
    QuestionKind.FACT: "a question for a figure or a name",
}
WORTH_SHOWING = 0.02
"""Probabilities below this are left out of what a person reads; the table has all."""
COLUMNS = (
    "start_s",
    "end_s",
    "speaker",
    "reading",
    "evidence",
    *(f"p_{label.value}" for label in STATES),
    "speech_s",
    "turns_before",
    "answered_after_s",
    "question",
    "question_kind",
    *(f"voice_{name.value}" for name in VoiceClass),
    "voice_arousal",
    "voice_valence",
    *(f"change_{name}" for name in CHANGE_WORDS),
    "cues",
    "carried",
    "text",
    "model",
)


@dataclass(frozen=True, slots=True)
class ReadTurn:
    """A turn and the reading of it."""

    turn: TurnHeard
    explained: Explanation

    @property
    def text(self) -> str:
        """What was said."""
        heard = (one.hypothesis for one in self.turn.heard)
        return one_line(" ".join(hypothesis.text for hypothesis in heard if not hypothesis.rejected))


class NotingReader:
    """An ``EmotionClassifier`` that keeps what went into each reading until it is asked for."""

    def __init__(self, reader: EmotionReader) -> None:
        self._reader = reader
        self.name = reader.name
        self.noted: deque[ReadTurn] = deque()

    def predict(self, turn: TurnHeard) -> Reading:
        """Read a turn and note how."""
        explained = self._reader.explain(turn)
        self.noted.append(ReadTurn(turn, explained))
        return explained.reading

    def settled(self, speaker: Speaker) -> bool:
        """Return what the reader says."""
        return self._reader.settled(speaker)


class ReadingsSink:
    """Writes each reading as soon as it is known, and on stderr what hinders."""

    def __init__(self, reader: NotingReader, stream: TextIO, *, as_csv: bool) -> None:
        self._reader = reader
        self._stream = stream
        self._table = csv.DictWriter(stream, COLUMNS, lineterminator="\n") if as_csv else None
        self.readings = 0
        if self._table is not None:
            self._table.writeheader()

    async def publish(self, event: Event) -> None:
        """Write the reading that this event tells of."""
        if isinstance(event, CaveatNoted | StageFailed):
            print(f"roomtone: {event.message}", file=sys.stderr)
        if not isinstance(event, EmotionEstimated):
            return
        read = self._reader.noted.popleft()
        self.readings += 1
        if self._table is not None:
            self._table.writerow(row(read))
        else:
            self._stream.write("\n".join(lines(read)) + "\n\n")
        self._stream.flush()

    async def aclose(self) -> None:
        """Nothing is pending."""


@dataclass(frozen=True)
class ReadRecording:
    """One recording to be read."""

    app: App
    settings: Settings
    recording: Recording
    as_csv: bool

    async def run(self) -> None:
        """Read the call to its end.

        Raises:
            RoomtoneError: when the call cannot be heard, or who spoke cannot be told.
        """
        folder = line.whisper_folder(self.app, self.settings)
        async with contextlib.AsyncExitStack() as opened:
            source = await asyncio.to_thread(
                open_recording,
                *self.recording.files,
                seller=self.recording.seller,
                customer=self.recording.customer,
                seller_channel=self.settings.replay.seller_channel,
            )
            opened.push_async_callback(source.aclose)
            if Speaker.CUSTOMER not in (speaker for _, speaker in source.sides):
                raise AudioError(
                    f"Who spoke cannot be told in {self.recording.title}, so nobody is read; name a "
                    "recording with a side on each channel, or two files with --seller and --customer.",
                    code="reading_no_customer",
                )
            transcriber = await line.start_transcriber(folder, self.settings, patience=REPLAY_PATIENCE)
            opened.push_async_callback(transcriber.aclose)
            started = SessionStarted(
                t_s=0.0,
                title=self.recording.title,
                mode="replay",
                started_at=self.recording.started_at.isoformat(timespec="seconds"),
                version=__version__,
                transcriber=transcriber.name,
            )
            emotions = line.emotion_reader(self.app, self.settings, recogniser=transcriber.name)
            assert emotions is not None  # noqa: S101 - asked before whether readings are switched on
            reader = NotingReader(emotions)
            guarded = EchoGuard(source, self.settings.echo)
            call = line.call(
                guarded, transcriber, started, settings=self.settings, partials=False, reader=reader
            )
            sink = ReadingsSink(reader, sys.stdout, as_csv=self.as_csv)
            await Pipeline(call, self.settings, [sink]).run()
        if not sink.readings:
            print("roomtone: The customer said nothing that could be read.", file=sys.stderr)


def lines(read: ReadTurn) -> Iterator[str]:
    """Yield a reading and all that went into it, a line each, for a person."""
    turn, explained = read.turn, read.explained
    reading = explained.reading
    who = "You" if turn.speaker is Speaker.SELLER else "They"
    told = ": ".join(filter(None, (sounded(reading.label, who=who), "; ".join(reading.evidence))))
    yield f"{clock(turn.start_s):<{len(INDENT)}}{told}"
    yield f'{INDENT}words   "{read.text}"'
    yield f"{INDENT}turn    {_turn_in_words(read)}"
    if explained.voice is not None:
        heard = explained.voice
        aroused = f"aroused {heard.arousal:.0%}, glad {heard.valence:.0%}"
        yield f"{INDENT}voice   {_shares(heard.classes)}; {aroused}"
    if explained.changes:
        changes = (_change(name, value) for name, value in explained.changes.items())
        yield f"{INDENT}change  {', '.join(changes)}, in their usual spreads"
    for cue in sorted(explained.cues, key=lambda cue: -abs(cue.log_odds)):
        yield f"{INDENT}cue     {cue.label.value} {cue.log_odds:+.1f}  {cue.evidence or UNSAID}"
    if any(explained.carried.values()):
        left = (f"{label.value} {value:+.1f}" for label, value in explained.carried.items())
        yield f"{INDENT}before  {', '.join(left)}"
    if explained.voice is not None or explained.cues:
        yield f"{INDENT}states  {_shares(reading.probabilities)}"


UNSAID = "(the voice changed that way, or the turn before was like this)"
"""For cues that are no evidence by themselves."""


def row(read: ReadTurn) -> dict[str, object]:
    """Return a reading and all that went into it as one line of the table."""
    turn, explained = read.turn, read.explained
    reading, voice = explained.reading, explained.voice
    offset_s = turn.floor_transfer_offset_s
    cues = (f"{cue.label.value} {cue.log_odds:+.2f} {cue.evidence}".strip() for cue in explained.cues)
    return {
        "start_s": f"{turn.start_s:.2f}",
        "end_s": f"{turn.end_s:.2f}",
        "speaker": turn.speaker.value,
        "reading": reading.label.value,
        "evidence": "; ".join(reading.evidence),
        **{f"p_{label.value}": f"{value:.4f}" for label, value in reading.probabilities.items()},
        "speech_s": f"{explained.speech_s:.2f}",
        "turns_before": explained.turns_before,
        "answered_after_s": "" if offset_s is None else f"{offset_s:.2f}",
        "question": turn.question.text if turn.question else "",
        "question_kind": turn.question.kind.value if turn.question else "",
        **({f"voice_{name.value}": f"{value:.4f}" for name, value in voice.classes.items()} if voice else {}),
        **(
            {"voice_arousal": f"{voice.arousal:.4f}", "voice_valence": f"{voice.valence:.4f}"}
            if voice
            else {}
        ),
        **{f"change_{name}": f"{value:.2f}" for name, value in explained.changes.items()},
        "cues": "; ".join(cues),
        "carried": "; ".join(f"{label.value} {value:+.2f}" for label, value in explained.carried.items()),
        "text": read.text,
        "model": reading.model,
    }


def _turn_in_words(read: ReadTurn) -> str:
    turn, explained = read.turn, read.explained
    parts = [f"{explained.speech_s:.1f} s of speech"]
    if (offset_s := turn.floor_transfer_offset_s) is not None:
        kind = turn.question.kind if turn.question else None
        answered = f"answered {QUESTION_NAMES[kind]}" if kind else "began"
        parts.append(
            f"{answered} {abs(offset_s):.1f} s {'after' if offset_s >= 0 else 'before'} you had stopped"
        )
    parts.append(f"{explained.turns_before} turns before it to judge by")
    return ", ".join(parts)


def _shares(probabilities: Mapping[VoiceClass, float] | Mapping[Label, float]) -> str:
    ranked = sorted(probabilities.items(), key=lambda item: -item[1])
    return ", ".join(f"{name.value} {value:.0%}" for name, value in ranked if value >= WORTH_SHOWING)


def _change(name: str, value: float) -> str:
    less, more = CHANGE_WORDS[name]
    return f"{more if value > 0 else less} {abs(value):.1f}"
