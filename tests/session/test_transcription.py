"""Words of a live call from a host as slow as it is told to be: order, what is given up, what is told."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from roomtone.clock import ManualClock
from roomtone.errors import RoomtoneError, StoreError, TranscriberError
from roomtone.events import StageFailed, StageLagged
from roomtone.session.backlog import Backlog
from roomtone.session.transcription import TOLD_EVERY_S, LiveTranscription
from roomtone.speech.effort import CALM_S, Step
from roomtone.speech.worker import TranscriberDownError
from roomtone.types import SAMPLE_RATE_HZ, Effort, Hypothesis, Speaker, Utterance

pytestmark = pytest.mark.unit

TICK_S = 0.25
FAST = dict.fromkeys(Effort, 0.1)
SLOW = {Effort.FULL: 1.5, Effort.GREEDY: 1.2, Effort.SMALL: 0.6}
"""Seconds of work for a second of speech."""
TURNS_OF_THE_LOOP = 12
HOUR_S = 3600.0
RETRY_S = 7.0


def utterance(number: int, closed_at_s: float = 0.0, length_s: float = 4.0) -> Utterance:
    """An utterance whose few samples are its number."""
    samples = np.full(16, number, np.float32)
    start_s = closed_at_s - length_s
    return Utterance(
        f"u{number}", "customer", Speaker.CUSTOMER, start_s, closed_at_s, start_s, samples, closed_at_s
    )


def hypothesis_of(utterance: Utterance, *, smaller: bool) -> Hypothesis:
    text = f"{utterance.utterance_id} {utterance.samples[0]:.0f} {len(utterance.samples)}"
    voice = np.zeros(0 if smaller else 4, np.float32)
    return Hypothesis((), text, "en", utterance.end_s, -0.2, 0.1, voice, smaller=smaller)


class SessionClock(ManualClock):
    """A clock that waits for the test to move it."""

    async def sleep_until(self, at_s: float) -> None:
        while self.now_s() < at_s:  # noqa: ASYNC110 - the test moves it, not a task
            await asyncio.sleep(0)


class Host:
    """Works on one utterance at a time, as long in session time as its length costs."""

    name = "host"

    def __init__(self, clock: ManualClock, costs: dict[Effort, float]) -> None:
        self._clock = clock
        self.costs = costs
        self.asked: list[tuple[str, Effort]] = []
        self.refused_at_s: list[float] = []
        self.errors: dict[str, Exception] = {}
        self.down_until_s = 0.0
        self.knows_language = True
        self._under_way: tuple[float, asyncio.Future[None]] | None = None

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        assert self._under_way is None, "one at a time"
        if self._clock.now_s() < self.down_until_s:
            self.refused_at_s.append(self._clock.now_s())
            raise TranscriberDownError("It is gone.", code="whisper_damaged", retry_in_s=RETRY_S)
        self.asked.append((utterance.utterance_id, effort))
        cost_s = self.costs[effort] * (utterance.end_s - utterance.start_s)
        answered = asyncio.get_running_loop().create_future()
        self._under_way = (self._clock.now_s() + cost_s, answered)
        try:
            await answered
        finally:
            self._under_way = None
        if (error := self.errors.get(utterance.utterance_id)) is not None:
            raise error
        return hypothesis_of(utterance, smaller=effort is Effort.SMALL and self.knows_language)

    def work(self) -> None:
        """Answer what has taken its time."""
        if self._under_way is not None and self._clock.now_s() >= self._under_way[0]:
            answered = self._under_way[1]
            if not answered.done():
                answered.set_result(None)

    async def aclose(self) -> None:
        """Nothing to end."""


class Line:
    """A transcription with a host, and all that came out of it."""

    def __init__(
        self,
        folder: Path,
        *,
        costs: dict[Effort, float],
        furthest: Step,
        memory_s: float,
        most_in_memory_s: float,
    ) -> None:
        self.clock = SessionClock()
        self.host = Host(self.clock, costs)
        self.done: list[tuple[Utterance, Hypothesis | RoomtoneError]] = []
        self.told: list[StageLagged | StageFailed] = []
        self.latest_s = 0.0
        self.backlog = Backlog(folder, memory_s=memory_s, most_in_memory_s=most_in_memory_s)
        self.transcription = LiveTranscription(
            self.host,
            self.clock,
            backlog=self.backlog,
            done=lambda utterance, outcome: self.done.append((utterance, outcome)),
            furthest=furthest,
        )

    async def pass_time(self, until_s: float, incoming: Sequence[Utterance] = ()) -> None:
        """Let the session go on, submitting what is closed meanwhile."""
        coming = list(incoming)
        while self.clock.now_s() < until_s:
            self.clock.advance(TICK_S)
            while coming and coming[0].closed_at_s <= self.clock.now_s():
                self.transcription.submit(coming.pop(0))
            await self.settle()
            self.latest_s = max(self.latest_s, self.transcription.behind_s)
            self.told += self.transcription.look()

    async def settle(self) -> None:
        """Let everything happen that can at this moment."""
        for turn in range(TURNS_OF_THE_LOOP):
            self.host.work()
            await asyncio.sleep(0)
            if turn % 4 == 0:  # what the thread was given is done by then
                await asyncio.wrap_future(self.backlog._thread.submit(lambda: None))

    @property
    def names(self) -> list[str]:
        return [utterance.utterance_id for utterance, _ in self.done]

    @property
    def failures(self) -> list[StageFailed]:
        return [event for event in self.told if isinstance(event, StageFailed)]

    @property
    def lags(self) -> list[StageLagged]:
        return [event for event in self.told if isinstance(event, StageLagged)]


@asynccontextmanager
async def running(
    folder: Path,
    *,
    costs: dict[Effort, float] = FAST,
    furthest: Step = Step.MODEL,
    memory_s: float = 60.0,
    most_in_memory_s: float = 1800.0,
) -> AsyncIterator[Line]:
    line = Line(folder, costs=costs, furthest=furthest, memory_s=memory_s, most_in_memory_s=most_in_memory_s)
    try:
        yield line
    finally:
        await line.transcription.aclose()


def talk(until_s: float, *, every_s: float = 4.0, length_s: float = 4.0) -> list[Utterance]:
    """An utterance every few seconds."""
    count = int(until_s // every_s)
    return [utterance(number, every_s * (number + 1), length_s) for number in range(count)]


async def test_outcomes_come_in_the_order_of_submission_one_at_a_time(tmp_path: Path) -> None:
    async with running(tmp_path) as live:
        submitted = [utterance(number, length_s=1.0 + number % 5) for number in range(20)]
        for each in submitted:
            live.transcription.submit(each)
        assert live.done == []
        await live.pass_time(60.0)
        assert [done for done, _ in live.done] == submitted
        outcomes = [outcome for _, outcome in live.done]
        assert [outcome.text for outcome in outcomes if isinstance(outcome, Hypothesis)] == [
            f"u{number} {number} 16" for number in range(20)
        ]


async def test_a_machine_that_keeps_up_does_its_best_and_says_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, costs={Effort.FULL: 0.4}) as live:
        await live.pass_time(600.0, talk(590.0))
        assert len(live.done) == 147
        assert {effort for _, effort in live.host.asked} == {Effort.FULL}
        assert live.told == []
        assert live.latest_s <= CALM_S


async def test_partials_wait_for_finals(tmp_path: Path) -> None:
    async with running(tmp_path) as live:
        assert live.transcription.partials_allowed
        live.transcription.submit(utterance(1))
        assert not live.transcription.partials_allowed
        await live.settle()
        assert not live.transcription.partials_allowed
        await live.pass_time(1.0)
        assert live.names == ["u1"]
        assert live.transcription.partials_allowed


async def test_a_slow_machine_gives_up_in_order_stays_near_and_catches_up(tmp_path: Path) -> None:
    async with running(tmp_path, costs=SLOW) as live:
        await live.pass_time(300.0, talk(300.0))
        first_of = {effort: [name for name, e in live.host.asked if e is effort][:1] for effort in Effort}
        order = [name for name, _ in live.host.asked]
        assert order.index(*first_of[Effort.FULL]) < order.index(*first_of[Effort.GREEDY])
        assert order.index(*first_of[Effort.GREEDY]) < order.index(*first_of[Effort.SMALL])
        assert live.latest_s < 15.0
        await live.pass_time(900.0)
        assert live.names == [f"u{number}" for number in range(75)]
        given_up = [event.given_up for event in live.lags]
        assert list(dict.fromkeys(given_up))[:3] == [
            "partial words",
            "partial words, second guesses",
            "partial words, second guesses, the larger speech model",
        ]
        assert (given_up[-1], live.lags[-1].behind_s) == ("", 0.0)


async def test_a_lag_is_told_every_few_seconds_and_its_end_once(tmp_path: Path) -> None:
    async with running(tmp_path, costs=SLOW) as live:
        await live.pass_time(40.0, talk(40.0))
        live.host.costs = FAST
        await live.pass_time(300.0)
        lagging = [event for event in live.lags if event.behind_s > 0]
        ended = [event for event in live.lags if event.behind_s == 0]
        assert all(later.t_s - event.t_s <= TOLD_EVERY_S for event, later in pairwise(lagging))
        assert lagging[-1].t_s < ended[0].t_s <= lagging[-1].t_s + TOLD_EVERY_S
        changes = [(event.behind_s, event.given_up) for event in live.lags]
        assert all(before != now for before, now in pairwise(changes) if not now[0])
        assert {event.stage for event in live.lags} == {"transcriber"}


async def test_how_late_words_are_is_told_truly(tmp_path: Path) -> None:
    async with running(tmp_path, costs=dict.fromkeys(Effort, 100.0)) as live:
        live.transcription.submit(utterance(1, 0.0, length_s=4.0))
        await live.pass_time(1.0)
        assert live.transcription.behind_s == 0.0  # a quarter of its length is for working on it
        await live.pass_time(5.0)
        assert live.transcription.behind_s == 4.0
        live.transcription.submit(utterance(2, 0.5, length_s=4.0))
        assert live.transcription.behind_s == 4.5


async def test_time_asleep_is_no_lateness(tmp_path: Path) -> None:
    async with running(tmp_path, costs=dict.fromkeys(Effort, 0.75)) as live:
        live.transcription.submit(utterance(1, 0.0, length_s=4.0))
        await live.pass_time(2.0)
        live.clock.advance(HOUR_S)
        assert live.transcription.look() == []
        assert live.transcription.behind_s == 1.0
        closed_asleep_s = HOUR_S - 10.0
        live.transcription.submit(utterance(2, closed_asleep_s, length_s=2.0))
        assert live.transcription.behind_s == 1.0
        await live.pass_time(HOUR_S + 10.0)
        assert live.names == ["u1", "u2"]
        assert live.told == []
        assert {effort for _, effort in live.host.asked} == {Effort.FULL}


async def test_lateness_after_sleep_counts_again(tmp_path: Path) -> None:
    async with running(tmp_path, costs=dict.fromkeys(Effort, 10 * HOUR_S)) as live:
        live.transcription.submit(utterance(1, 0.0, length_s=4.0))
        for hours in range(1, 4):
            await live.pass_time(live.clock.now_s() + 2.0)
            live.clock.advance(HOUR_S)
            live.told += live.transcription.look()
            assert live.transcription.behind_s == 2.0 * hours - 1.0
        await live.pass_time(live.clock.now_s() + 20.0)
        assert max(event.behind_s for event in live.lags) == live.transcription.behind_s == 25.0


async def test_while_there_is_no_recogniser_everything_waits_for_it(tmp_path: Path) -> None:
    async with running(tmp_path) as live:
        live.host.down_until_s = 60.0
        await live.pass_time(60.0, talk(100.0))
        assert live.done == []
        assert len(live.host.refused_at_s) == 8, "as often as it was told to ask again"
        (failed,) = live.failures
        assert (failed.stage, failed.code, failed.message, failed.recoverable) == (
            "transcriber",
            "whisper_damaged",
            "It is gone.",
            True,
        )
        assert live.lags[-1].behind_s > 50.0
        await live.pass_time(120.0, talk(100.0)[15:])
        assert live.names == [f"u{number}" for number in range(25)]
        assert all(isinstance(outcome, Hypothesis) for _, outcome in live.done)
        assert live.lags[-1].behind_s == 0.0
        live.host.down_until_s = 200.0
        await live.pass_time(140.0, [utterance(25, 121.0)])
        assert len(live.failures) == 2, "told again when it is gone again"


async def test_what_waits_for_a_recogniser_can_be_given_up(tmp_path: Path) -> None:
    async with running(tmp_path) as live:
        live.host.down_until_s = HOUR_S
        for number in range(3):
            live.transcription.submit(utterance(number))
        await live.pass_time(10.0)
        assert [each.utterance_id for each in live.transcription.give_up()] == ["u0", "u1", "u2"]
        refused = len(live.host.refused_at_s)
        await live.pass_time(40.0)
        assert live.done == []
        assert len(live.host.refused_at_s) == refused


async def test_a_smaller_model_that_did_not_answer_is_not_told_to(tmp_path: Path) -> None:
    async with running(tmp_path, costs=SLOW) as live:
        live.host.knows_language = False
        await live.pass_time(100.0, talk(200.0))
        assert Effort.SMALL in {effort for _, effort in live.host.asked}
        assert live.lags[-1].given_up == "partial words, second guesses"
        assert not any("model" in event.given_up for event in live.lags)
        live.host.knows_language = True  # the language of the call is settled now
        await live.pass_time(130.0, talk(200.0)[25:])
        assert live.lags[-1].given_up == "partial words, second guesses, the larger speech model"


async def test_without_a_smaller_model_it_is_not_given_up_to(tmp_path: Path) -> None:
    async with running(tmp_path, costs=SLOW, furthest=Step.BEAM) as live:
        await live.pass_time(200.0, talk(200.0))
        assert {effort for _, effort in live.host.asked} == {Effort.FULL, Effort.GREEDY}
        assert not any("model" in event.given_up for event in live.lags)


async def test_a_failure_costs_its_own_words_only(tmp_path: Path) -> None:
    async with running(tmp_path) as live:
        known = TranscriberError("It died.", code="transcriber_died", recoverable=True)
        live.host.errors = {"u1": known, "u3": ZeroDivisionError("broken")}
        for number in range(5):
            live.transcription.submit(utterance(number))
        await live.pass_time(10.0)
        assert live.names == ["u0", "u1", "u2", "u3", "u4"]
        outcomes = dict(zip(live.names, (outcome for _, outcome in live.done), strict=True))
        assert outcomes["u1"] is known
        unforeseen = outcomes["u3"]
        assert isinstance(unforeseen, TranscriberError)
        assert (unforeseen.code, unforeseen.recoverable) == ("transcriber_failed", True)
        assert all(isinstance(outcomes[name], Hypothesis) for name in ("u0", "u2", "u4"))


async def test_audio_that_waited_on_disk_is_transcribed_and_handed_over_whole(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, memory_s=40 / SAMPLE_RATE_HZ) as live:
        submitted = [utterance(number) for number in range(30)]
        for each in submitted:
            live.transcription.submit(each)
        await live.pass_time(60.0)
        for (found, outcome), expected in zip(live.done, submitted, strict=True):
            assert np.array_equal(found.samples, expected.samples)
            assert isinstance(outcome, Hypothesis)
            assert outcome.text.endswith(" 16")


async def test_a_disk_that_takes_nothing_is_told_once(tmp_path: Path) -> None:
    async with running(tmp_path / "gone", memory_s=0.0) as live:
        for number in range(5):
            live.transcription.submit(utterance(number))
        await live.pass_time(20.0)
        assert len(live.done) == 5
        (failed,) = live.failures
        assert (failed.code, failed.recoverable) == ("backlog_unwritable", True)
        assert "No such file" in failed.message


async def test_audio_that_nothing_has_room_for_costs_its_own_words_only(tmp_path: Path) -> None:
    async with running(tmp_path / "gone", memory_s=0.0, most_in_memory_s=40 / SAMPLE_RATE_HZ) as live:
        for number in range(5):
            live.transcription.submit(utterance(number))
        await live.pass_time(20.0)
        assert live.names == ["u0", "u1", "u2", "u3", "u4"]
        lost = [outcome for _, outcome in live.done if isinstance(outcome, StoreError)]
        assert [(error.code, error.recoverable) for error in lost] == [("backlog_full", True)] * 2
        assert len({error.message for error in lost}) == 1
        assert isinstance(live.done[-1][1], Hypothesis)


async def test_audio_that_cannot_be_read_back_costs_its_own_words_only(tmp_path: Path) -> None:
    async with running(tmp_path, memory_s=20 / SAMPLE_RATE_HZ) as live:
        for number in range(2):
            live.transcription.submit(utterance(number))
        await asyncio.wrap_future(live.backlog._thread.submit(lambda: None))
        assert live.backlog._file is not None
        write_only = os.open(os.devnull, os.O_WRONLY)
        os.dup2(write_only, live.backlog._file.fileno())
        os.close(write_only)
        await live.pass_time(2.0)
        live.transcription.submit(utterance(2))
        await live.pass_time(4.0)
        assert live.names == ["u0", "u1", "u2"]
        lost = live.done[1][1]
        assert isinstance(lost, StoreError)
        assert (lost.code, lost.recoverable) == ("backlog_unreadable", True)
        assert isinstance(live.done[2][1], Hypothesis)


async def test_giving_up_returns_what_has_no_words_in_order(tmp_path: Path) -> None:
    async with running(tmp_path, costs=SLOW, memory_s=40 / SAMPLE_RATE_HZ) as live:
        for number in range(8):
            live.transcription.submit(utterance(number))
        await live.pass_time(7.0)
        assert live.names == ["u0"]
        left = live.transcription.give_up()
        assert [each.utterance_id for each in left] == [f"u{number}" for number in range(1, 8)]
        assert live.transcription.give_up() == []
        assert live.transcription.behind_s == 0.0
        await live.pass_time(60.0)
        assert live.names == ["u0"]


async def test_an_answer_that_comes_with_the_giving_up_is_not_handed_over_twice(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as live:
        live.transcription.submit(utterance(1))
        await live.pass_time(0.25)
        live.clock.advance(10.0)
        live.host.work()
        left = live.transcription.give_up()
        await live.pass_time(20.0)
        assert [each.utterance_id for each in left] == ["u1"]
        assert live.done == []


async def test_closing_is_possible_at_any_time_and_twice(tmp_path: Path) -> None:
    async with running(tmp_path):
        pass
    async with running(tmp_path, costs=SLOW) as busy:
        for number in range(3):
            busy.transcription.submit(utterance(number))
        await busy.pass_time(1.0)
        await busy.transcription.aclose()
        assert busy.done == []
