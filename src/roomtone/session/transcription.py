"""Words for the utterances of a live call: listening never waits for them, and none is left out.

Utterances are transcribed one at a time in the order they were submitted. When that takes too long,
work is given up step by step; the audio that waits is kept on disk beyond its first minute. What is
asked while there is no recogniser is asked again until there is one.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

from roomtone.clock import Clock
from roomtone.errors import RoomtoneError, TranscriberError
from roomtone.events import StageFailed, StageLagged
from roomtone.interfaces import TranscriberHost
from roomtone.session.backlog import Backlog
from roomtone.speech.effort import CALM_S, Pressure, Step
from roomtone.speech.worker import TranscriberDownError
from roomtone.types import Effort, Hypothesis, Utterance

logger = logging.getLogger(__name__)

STAGE = "transcriber"
TOLD_EVERY_S = 5.0
"""While it lags; the overlay takes a lag for over when nothing was said of it for 10 s."""
WORK_SHARE = 0.25
"""Of an utterance's length the machine may work on it without being late: half the time is the most that
keeps up with two people who talk at once, and as much again is left for everything else."""
JUMP_S = 0.5
"""Between two looks: the computer slept, or this process was stopped, and nothing could be done meanwhile."""
MOST_JUMPS = 16
"""Remembered of those, the latest: far more than happen while one utterance waits."""

Done = Callable[[Utterance, Hypothesis | RoomtoneError], None]
"""Takes an utterance and what came of it, in the event loop."""


class LiveTranscription:
    """Transcribes what is submitted and hands the outcome to ``done``.

    The clock tells the session time. ``furthest`` is the last step that may give up anything: without a
    smaller model there is nothing beyond ``Step.BEAM``. That the larger model is left out is only told when
    the smaller one did answer, for it may not know the language. To be used in one event loop.
    """

    def __init__(
        self,
        host: TranscriberHost,
        clock: Clock,
        *,
        backlog: Backlog,
        done: Done,
        furthest: Step = Step.MODEL,
    ) -> None:
        self._host = host
        self._clock = clock
        self._backlog = backlog
        self._done = done
        self._furthest = furthest
        self._under_way: Utterance | None = None
        self._pressure = Pressure()
        self._smaller_answers = False
        self._down: TranscriberDownError | None = None
        self._looked_at_s: float | None = None
        self._jumps: deque[tuple[float, float]] = deque(maxlen=MOST_JUMPS)
        self._told: StageLagged | None = None
        self._told_down = False
        self._told_failure = False
        self._worker: asyncio.Task[None] | None = None

    @property
    def behind_s(self) -> float:
        """How late words are: the time since the oldest utterance without them should have had them.

        Time in which nothing could be done does not count.
        """
        late_s = [0.0]
        if (now_on := self._under_way) is not None:
            work_s = WORK_SHARE * (now_on.end_s - now_on.start_s)
            late_s.append(self._awake_since(now_on.closed_at_s) - work_s)
        if (next_up := self._backlog.oldest) is not None:
            late_s.append(self._awake_since(next_up.closed_at_s))
        return max(late_s)

    @property
    def partials_allowed(self) -> bool:
        """Whether nothing is late or waiting, so that words may be looked for in open utterances."""
        return self._under_way is None and not self._backlog and self._pressure.step.partials

    def submit(self, utterance: Utterance) -> None:
        """Put an utterance in the line. Never waits, never drops."""
        self._backlog.push(utterance)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="transcription")

    def look(self) -> Sequence[StageLagged | StageFailed]:
        """Adjust what is given up to how late words are, and return what there is to tell.

        To be called a few times a second.
        """
        now_s = self._clock.now_s()
        if self._looked_at_s is not None and now_s - self._looked_at_s > JUMP_S:
            self._jumps.append((self._looked_at_s, now_s))
        self._looked_at_s = now_s
        self._pressure = self._pressure.after(self.behind_s, now_s, furthest=self._furthest)
        told: list[StageLagged | StageFailed] = []
        if self._down is not None and not self._told_down:
            told.append(_no_recogniser(now_s, self._down))
        self._told_down = self._down is not None
        if (lag := self._lag()) is not None:
            self._told = lag
            told.append(lag)
        if self._backlog.failure is not None and not self._told_failure:
            self._told_failure = True
            told.append(_stays_in_memory(now_s, self._backlog.failure))
        return told

    def give_up(self) -> list[Utterance]:
        """Stop transcribing and return what has no words yet, in order, perhaps without samples.

        ``done`` is not called any more.
        """
        if self._worker is not None:
            self._worker.cancel()
        unfinished = [] if self._under_way is None else [self._under_way]
        self._under_way = None
        return unfinished + self._backlog.clear()

    async def aclose(self) -> None:
        """Give up what is left and release the file; the host stays open. May be called twice."""
        self.give_up()
        if self._worker is not None:
            await asyncio.wait([self._worker])
        await self._backlog.aclose()

    @property
    def _given_up(self) -> str:
        step = self._pressure.step
        return step.given_up if self._smaller_answers else min(step, Step.BEAM).given_up

    async def _work(self) -> None:
        while True:
            await self._backlog.arrival()
            waiting = self._under_way = self._backlog.oldest
            assert waiting is not None  # noqa: S101 - one has arrived
            utterance, outcome = await self._transcribed(waiting)
            self._under_way = self._down = None
            self._done(utterance, outcome)

    async def _transcribed(self, waiting: Utterance) -> tuple[Utterance, Hypothesis | RoomtoneError]:
        """Take the next utterance and return it with its samples and what came of it."""
        utterance = waiting
        try:
            utterance = await self._backlog.take()
            return utterance, await self._words_of(utterance)
        except RoomtoneError as error:
            logger.warning("no words for %s: %s", utterance.utterance_id, error.message)
            return utterance, error
        except Exception as error:  # whatever it is: those who wait behind must not wait for ever
            logger.exception("no words for %s", utterance.utterance_id)
            return utterance, TranscriberError(
                f"The transcriber failed: {error!r}", code="transcriber_failed", recoverable=True
            )

    async def _words_of(self, utterance: Utterance) -> Hypothesis:
        """Ask for the words until there is a recogniser to answer; raises what it failed with."""
        while True:
            effort = self._pressure.step.effort
            try:
                hypothesis = await self._host.transcribe(utterance, effort)
            except TranscriberDownError as down:
                logger.warning("%s waits: %s", utterance.utterance_id, down.message)
                self._down = down
                await self._clock.sleep_until(self._clock.now_s() + down.retry_in_s)
            else:
                if effort is Effort.SMALL:
                    self._smaller_answers = hypothesis.smaller
                return hypothesis

    def _awake_since(self, at_s: float) -> float:
        """Return the seconds since then, without those in which nothing could be done."""
        jumped_s = sum(max(0.0, end_s - max(begin_s, at_s)) for begin_s, end_s in self._jumps)
        return self._clock.now_s() - at_s - jumped_s

    def _lag(self) -> StageLagged | None:
        """Return what to tell of the lag: each change, every few seconds while it lasts, and its end."""
        now_s, told, given_up = self._clock.now_s(), self._told, self._given_up
        lags = self._pressure.lags
        if told is None:
            is_news = bool(given_up)
        else:
            is_news = told.given_up != given_up or (told.behind_s > 0) != lags
            is_news |= lags and now_s - told.t_s >= TOLD_EVERY_S
        if not is_news:
            return None
        behind_s = max(CALM_S, self.behind_s) if lags else 0.0
        return StageLagged(t_s=now_s, stage=STAGE, behind_s=round(behind_s, 1), given_up=given_up)


def _no_recogniser(t_s: float, error: TranscriberDownError) -> StageFailed:
    return StageFailed(t_s=t_s, stage=STAGE, code=error.code, message=error.message, recoverable=True)


def _stays_in_memory(t_s: float, error: OSError) -> StageFailed:
    return StageFailed(
        t_s=t_s,
        stage="backlog",
        code="backlog_unwritable",
        message=f"Audio that waits for its words cannot be put on the disk ({error.strerror}) and stays in"
        " memory; make room on the disk.",
        recoverable=True,
    )
