"""The line: audio to ears, utterances to the transcriber, everything in one order to the sinks.

Two tasks share the work. *Listening* reads audio and runs ahead of the transcriber by a bounded number
of utterances; *releasing* puts what was heard in order of session time and lets it out when nothing
earlier can come. Nothing here drops audio or finals: a slow transcriber holds the listening back.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec

from roomtone.config.settings import Settings
from roomtone.conversation import state
from roomtone.conversation.phases import following
from roomtone.errors import RoomtoneError
from roomtone.events import (
    AgendaPointMarked,
    ConsentNoted,
    EmotionEstimated,
    Event,
    PhaseEntered,
    SessionEnded,
    SessionStarted,
    SourceStopped,
    StageFailed,
    TranscriptFinal,
    TranscriptRejected,
    TurnEnded,
)
from roomtone.interfaces import ActRecogniser, AudioSource, EmotionClassifier, EventSink, TranscriberHost
from roomtone.nudges.engine import NudgeEngine
from roomtone.session.acts import ActReader
from roomtone.session.analysis import Analysis
from roomtone.session.partials import SILENT_S, Partials
from roomtone.session.readings import TurnReader
from roomtone.session.sequencer import Sequencer
from roomtone.session.words import Arrival, Live, Unheard, Words, WordsAsTheyCome, WordsInPlace
from roomtone.speech.ear import Ear, Heard
from roomtone.types import HeardUtterance, TurnHeard, Utterance

logger = logging.getLogger(__name__)

STOP_DEADLINE_S = 10.0
"""Real time for the last words after a stop: about as long as a person who asked for it goes on waiting."""
LOOK_EVERY_S = 0.2
"""Real time between two looks at how late words are, once nothing more is heard."""


@dataclass(frozen=True, slots=True)
class Call:
    """What the line of one call is made of."""

    source: AudioSource
    ears: Sequence[Ear]
    transcriber: TranscriberHost
    reader: EmotionClassifier | None
    nudges: NudgeEngine
    started: SessionStarted
    partials: bool
    """Whether to show words before their utterance is over; of no use faster than call speed."""
    acts: ActRecogniser | None = None
    """Tells what sentences do; None where that is not wanted."""
    live: Live | None = None
    """Given for a call that is happening now."""
    notes: Sequence[Event] = ()
    """What is to be known of this call from its beginning: its agenda, and what could spoil it."""
    consented: bool = False
    """Whether the customer agreed to it before it began."""


class Pipeline:
    """Runs one call from its first sample to ``SessionEnded``."""

    def __init__(self, call: Call, settings: Settings, sinks: Sequence[EventSink]) -> None:
        self._call = call
        self._settings = settings
        self._sinks = sinks
        self._ears = {ear.source_id: ear for ear in call.ears}
        self._sequencer: Sequencer[Arrival] = Sequencer(self._ears)
        self._analysis = Analysis(state.start(settings.conversation), call.nudges)
        self._readings = TurnReader(call.reader, settings.reading) if call.reader else None
        self._acts = ActReader(call.acts) if call.acts else None
        self._partials = Partials(call.transcriber.transcribe, self._publish) if call.partials else None
        self._publishing = asyncio.Lock()
        self._changed = asyncio.Event()
        # One thread each: a detector carries state from frame to frame, and a reading never delays it.
        self._vad_thread = ThreadPoolExecutor(1, thread_name_prefix="vad")
        self._reading_thread = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._words = self._words_of_call()
        self._under_way: set[asyncio.Future[EmotionEstimated]] = set()
        self._listened = False
        self._finishing = False
        self._stopping = False
        self._deadline: asyncio.TimerHandle | None = None
        self._failure: RoomtoneError | None = None
        self._heard_until_s = 0.0
        self._seq = 0

    def stop(self) -> None:
        """Ask for an orderly end: what was heard so far is finished, then ``run`` returns.

        Words that are not there ``STOP_DEADLINE_S`` later are given up. To be called in the event loop.
        """
        if not self._stopping:
            self._stopping = True
            self._deadline = asyncio.get_running_loop().call_later(STOP_DEADLINE_S, self._words.give_up)

    async def respond(self, nudge_id: str, reason: str) -> None:
        """Take the seller's answer to a nudge: ``dismissed``, ``muted`` or ``wrong``."""
        await self._publish_all(self._analysis.respond(nudge_id, reason))

    async def note_consent(self) -> None:
        """Note that the customer agreed to be listened to."""
        await self._publish_all(self._analysis.take(ConsentNoted(t_s=self._analysis.conversation.now_s)))

    async def correct_phase(self) -> None:
        """Take the seller's word that the call is in the phase after the one it is taken to be in."""
        conversation = self._analysis.conversation
        phase = following(conversation.understood.phases.current)
        entered = PhaseEntered(t_s=conversation.now_s, phase=phase, by_seller=True)
        await self._publish_all(self._analysis.take(entered))

    async def toggle_point(self, number: int) -> None:
        """Tick the agenda's point with this number, counted from 1, or take its tick away."""
        conversation = self._analysis.conversation
        agenda = conversation.understood.agenda
        if 1 <= number <= len(agenda.points):
            point_id = agenda.points[number - 1].point_id
            marked = AgendaPointMarked(
                t_s=conversation.now_s, point_id=point_id, covered=agenda.covered(point_id) is None
            )
            await self._publish_all(self._analysis.take(marked))

    async def run(self) -> None:
        """Hear the call to its end.

        Raises:
            RoomtoneError: what stopped the audio or a sink; all that was heard before it is published.
        """
        try:
            await self._publish_all(self._analysis.take(self._call.started))
            if self._call.consented:
                await self.note_consent()
            for event in (*self._call.source.describe(), *self._call.notes):
                await self._publish_all(self._analysis.take(event))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen())
                tasks.create_task(self._release())
            await self._finish()
        except* Exception as errors:
            raise _first(errors) from None
        finally:
            await self._close()
        if self._failure is not None:
            raise self._failure

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with contextlib.aclosing(self._call.source.chunks()) as chunks:
                async for chunk in chunks:
                    if self._stopping:
                        break
                    ear = self._ears[chunk.source_id]
                    await self._accept(ear, await loop.run_in_executor(self._vad_thread, ear.push, chunk))
                    self._note(self._call.source.happened())
                    self._note(self._words.look())
                    if self._partials is not None and self._words.partials_allowed:
                        utterance = ear.paused_utterance()
                        if utterance is None and ear.silent_s <= SILENT_S:
                            utterance = ear.open_utterance()
                        if utterance is not None:
                            self._partials.offer(utterance)
        except RoomtoneError as error:
            # What was heard before the audio broke off is finished first; ``run`` raises at the end.
            self._failure = error
        for ear in self._ears.values():
            heard = await loop.run_in_executor(self._vad_thread, ear.flush)
            await self._accept(ear, heard)
            self._heard_until_s = max(self._heard_until_s, heard.until_s)
            self._sequencer.heard(ear.source_id, math.inf)
        self._listened = True
        self._changed.set()
        while self._words.outstanding:  # how late they are decides how much work each is worth
            self._note(self._words.look())
            await asyncio.sleep(LOOK_EVERY_S)

    def _words_of_call(self) -> Words:
        call, woken = self._call, self._changed.set
        if call.live is not None:
            return WordsAsTheyCome(call.transcriber, self._sequencer, live=call.live, on_delivered=woken)
        delay_s = self._settings.replay.final_delay_s
        return WordsInPlace(call.transcriber, self._sequencer, delay_s=delay_s, on_delivered=woken)

    def _note(self, events: Sequence[Event]) -> None:
        for event in events:
            self._sequencer.arrive(event, not_before_s=event.t_s)

    async def _accept(self, ear: Ear, heard: Heard) -> None:
        for event in heard.events:
            self._sequencer.add(event.t_s, event)
        for utterance in heard.utterances:
            self._words.take(utterance)
        self._sequencer.heard(ear.source_id, heard.until_s)
        self._changed.set()
        await self._words.room()

    async def _release(self) -> None:
        while True:
            await self._release_ready()
            waiting = self._words.outstanding or self._under_way or not self._sequencer.empty
            if self._listened and not waiting:
                return
            self._changed.clear()
            await self._changed.wait()

    async def _release_ready(self) -> None:
        """Let out everything that nothing earlier can come before."""
        while True:
            next_s = self._sequencer.next_s()
            until_s = next_s if next_s is not None else self._sequencer.certain_until_s()
            while self._analysis.next_tick_s <= until_s:
                await self._publish_all(self._analysis.tick())
            if next_s is None:
                return
            await self._let_out(next_s, self._sequencer.pop())

    async def _let_out(self, t_s: float, item: Arrival) -> None:
        match item:
            case HeardUtterance():
                if self._readings is not None and not item.hypothesis.rejected:
                    self._readings.remember(item)
                final = _final(t_s, item)
                await self._publish_all(self._analysis.take(final))
                if self._acts is not None and isinstance(final, TranscriptFinal):
                    await self._have_understood(self._acts, final)
            case Unheard():
                if item.error is not None:
                    failed = _failed(t_s, "transcriber", item.error, recoverable=True)
                    await self._publish_all(self._analysis.take(failed))
                reason = "stopped" if item.error is None else "failed"
                await self._publish_all(self._analysis.take(_rejected(t_s, item.utterance, reason)))
            case event:
                event = msgspec.structs.replace(event, t_s=t_s)
                await self._publish_all(self._analysis.take(event))

    async def _finish(self) -> None:
        self._finishing = True
        end_s = max(self._heard_until_s, self._analysis.conversation.now_s)
        if self._failure is not None:
            failed = _failed(end_s, "audio", self._failure, recoverable=False)
            await self._publish_all(self._analysis.take(failed))
        reason = "failed" if self._failure else "stopped" if self._stopping else "end_of_input"
        for ear in self._ears.values():
            stopped = SourceStopped(t_s=end_s, source_id=ear.source_id, reason=reason)
            await self._publish_all(self._analysis.take(stopped))
        for caveat in self._call.source.describe_end():
            await self._publish_all(self._analysis.take(msgspec.structs.replace(caveat, t_s=end_s)))
        ended = SessionEnded(t_s=end_s, duration_s=self._heard_until_s, reason=reason)
        await self._publish_all(self._analysis.finish(ended))

    async def _publish_all(self, events: Iterable[Event]) -> None:
        for event in events:
            await self._publish(event)
            if isinstance(event, TurnEnded) and self._readings is not None:
                turn = self._readings.turn_heard(event, self._analysis.conversation)
                if turn is not None:
                    await self._have_read(turn, event.t_s)

    async def _have_understood(self, acts: ActReader, final: TranscriptFinal) -> None:
        """Have the sentences of an utterance recognised; so quick that the line waits for it."""
        points = self._analysis.conversation.understood.agenda.points
        event = await acts.read(final, points)
        if event is not None:
            await self._publish_all(self._analysis.take(event))

    async def _have_read(self, turn: TurnHeard, t_s: float) -> None:
        """Have a turn read: at once in a recording, and in a live call while everything else goes on."""
        assert self._readings is not None  # noqa: S101 - asked before
        loop = asyncio.get_running_loop()
        reading = loop.run_in_executor(self._reading_thread, self._readings.read, turn, t_s)
        if self._call.live is None or self._finishing:
            await self._publish_all(self._analysis.take(await reading))
            return
        self._under_way.add(reading)
        reading.add_done_callback(self._was_read)

    def _was_read(self, reading: asyncio.Future[EmotionEstimated]) -> None:
        self._under_way.discard(reading)
        self._changed.set()
        if reading.cancelled():
            return
        if (error := reading.exception()) is not None:
            logger.error("a turn was not read", exc_info=error)
        else:
            self._sequencer.arrive(reading.result())

    async def _publish(self, event: Event) -> None:
        async with self._publishing:
            if not event.droppable:
                event = msgspec.structs.replace(event, seq=self._seq)
                self._seq += 1
            for sink in self._sinks:
                await sink.publish(event)

    async def _close(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if self._partials is not None:
            await self._partials.aclose()
        await self._words.aclose()
        await self._call.source.aclose()
        await self._call.transcriber.aclose()
        self._vad_thread.shutdown(wait=False)
        self._reading_thread.shutdown(wait=False)
        if self._acts is not None:
            self._acts.close()
        async with contextlib.AsyncExitStack() as closing:
            for sink in self._sinks:
                closing.push_async_callback(sink.aclose)


def _final(t_s: float, heard: HeardUtterance) -> TranscriptFinal | TranscriptRejected:
    utterance, hypothesis = heard.utterance, heard.hypothesis
    if hypothesis.rejected:
        return _rejected(t_s, utterance, hypothesis.rejected)
    return TranscriptFinal(
        t_s=t_s,
        source_id=utterance.source_id,
        utterance_id=utterance.utterance_id,
        speaker=utterance.speaker,
        text=hypothesis.text,
        words=hypothesis.words,
        start_s=utterance.start_s,
        end_s=utterance.end_s,
        avg_logprob=hypothesis.avg_logprob,
        no_speech_prob=hypothesis.no_speech_prob,
        language=hypothesis.language,
    )


def _rejected(t_s: float, utterance: Utterance, reason: str) -> TranscriptRejected:
    return TranscriptRejected(
        t_s=t_s,
        source_id=utterance.source_id,
        utterance_id=utterance.utterance_id,
        speaker=utterance.speaker,
        start_s=utterance.start_s,
        end_s=utterance.end_s,
        reason=reason,
    )


def _failed(t_s: float, stage: str, error: RoomtoneError, *, recoverable: bool) -> StageFailed:
    return StageFailed(t_s=t_s, stage=stage, code=error.code, message=error.message, recoverable=recoverable)


def _first(errors: ExceptionGroup[Exception]) -> Exception:
    """Return one of the errors of the two tasks; the other was cancelled because of it."""
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first
