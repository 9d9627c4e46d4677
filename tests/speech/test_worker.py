"""The transcriber's process, for real: started, killed, closed while it works."""

import asyncio
import errno
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roomtone.clock import ManualClock
from roomtone.errors import (
    AudioError,
    ConfigError,
    DeviceError,
    ModelError,
    RoomtoneError,
    StoreError,
    TranscriberError,
    UsageError,
)
from roomtone.speech import worker as worker_module
from roomtone.speech.worker import (
    FIRST_RETRY_S,
    LONGEST_RETRY_S,
    NICENESS,
    PARENTS_SIGNALS,
    TranscriberDownError,
    TranscriberFactory,
    TranscriberProcess,
)
from roomtone.types import SAMPLE_RATE_HZ, Effort, Hypothesis, Speaker, Utterance

pytestmark = pytest.mark.unit

HANGS_S = 60.0
"""Only reached when something never ends."""
IMPATIENT = 0.1
"""A child may take 2 s over a short utterance: it needs milliseconds."""


def utterance(name: str, duration_s: float = 0.1) -> Utterance:
    samples = np.full(round(duration_s * SAMPLE_RATE_HZ), 0.25, np.float32)
    return Utterance(name, "customer", Speaker.CUSTOMER, 1.0, 1.0 + duration_s, 1.0, samples, 2.0)


def meet(rendezvous: Path) -> None:
    """Wait until the other process comes here as well."""
    with rendezvous.open("wb"):
        pass


async def met(rendezvous: Path) -> None:
    async with asyncio.timeout(HANGS_S):
        await asyncio.to_thread(rendezvous.read_bytes)


@dataclass
class ObedientTranscriber:
    """Does what the utterance's name says; lives in the child."""

    folder: Path
    name: str = "obedient"

    def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        match utterance.utterance_id.split()[0]:
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "die-once" if not (self.folder / "died").exists():
                (self.folder / "died").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "stop-once" if not (self.folder / "stopped").exists():
                (self.folder / "stopped").touch()
                os.kill(os.getpid(), signal.SIGSTOP)
            case "effort":
                return Hypothesis((), effort.value, "en", utterance.end_s, -0.1, 0.0, utterance.samples[:4])
            case "hang":
                meet(self.folder / "rendezvous")
                threading.Event().wait()
            case "fail":
                raise TranscriberError("It failed.", code="fake_failure", recoverable=True)
            case "break":
                raise ZeroDivisionError("broken")
            case "print":
                os.write(1, b"torn picture")
                os.write(2, b"torn picture")
        text = f"{utterance.utterance_id} {os.getpid()} {os.nice(0)} {len(utterance.samples)}"
        return Hypothesis((), text, "en", utterance.end_s, -0.1, 0.0, utterance.samples[:4])


def refuse_to_load(code: str) -> ObedientTranscriber:
    raise ModelError("The model is missing; fetch it.", code=code, recoverable=True)


def load_unless_damaged(folder: Path) -> ObedientTranscriber:
    if (folder / "damaged").exists():
        raise ModelError("The model is damaged; verify it.", code="whisper_damaged")
    return ObedientTranscriber(folder)


def load_only_twice(folder: Path) -> ObedientTranscriber:
    for mark in ("first", "damaged"):
        if not (folder / mark).exists():
            transcriber = load_unless_damaged(folder)
            (folder / mark).touch()
            return transcriber
    return load_unless_damaged(folder)


def break_while_loading() -> ObedientTranscriber:
    raise ZeroDivisionError("broken")


def die_while_loading() -> ObedientTranscriber:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def stop_while_loading(folder: Path) -> ObedientTranscriber:
    os.kill(os.getpid(), signal.SIGSTOP)
    raise AssertionError("unreachable")


def hang_while_loading(folder: Path) -> ObedientTranscriber:
    meet(folder / "rendezvous")
    threading.Event().wait()
    raise AssertionError("unreachable")


class HeldUpFactory:
    """A factory whose second journey to a child waits until the test lets it go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journeys = 0
        self.under_way = threading.Event()
        self.let_go = threading.Event()

    def __call__(self) -> ObedientTranscriber:
        raise AssertionError("unreachable: it is unpickled as its replacement")

    def __reduce__(self) -> tuple[Any, ...]:
        self.journeys += 1
        if self.journeys == 2:
            self.under_way.set()
            self.let_go.wait(HANGS_S)
        return partial, (ObedientTranscriber, self.folder)


class RefusedOnce:
    """A factory whose second journey to a child fails, as when the machine has no room for a process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._journeys = 0

    def __call__(self) -> ObedientTranscriber:
        raise AssertionError("unreachable: it is unpickled as its replacement")

    def __reduce__(self) -> tuple[Any, ...]:
        self._journeys += 1
        if self._journeys == 2:
            raise OSError(errno.EAGAIN, "no room")
        return partial, (ObedientTranscriber, self._folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "rendezvous")
    return tmp_path


@asynccontextmanager
async def running(factory: TranscriberFactory, **options: Any) -> AsyncIterator[TranscriberProcess]:
    worker = TranscriberProcess(factory, **options)
    try:
        async with asyncio.timeout(HANGS_S):
            await worker.start()
            yield worker
    finally:
        async with asyncio.timeout(HANGS_S):
            await worker.aclose()
        assert multiprocessing.active_children() == []


def child_of(hypothesis: Hypothesis) -> int:
    return int(hypothesis.text.split()[1])


def is_gone(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    return False


async def test_answers_come_in_order_from_a_modest_and_silent_child(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    finished = []

    async def ask(number: int) -> Hypothesis:
        hypothesis = await worker.transcribe(utterance(f"print {number}", 0.1 * (1 + number % 3)))
        finished.append(number)
        return hypothesis

    async with running(partial(ObedientTranscriber, folder)) as worker:
        assert worker.name == "obedient"
        answers = await asyncio.gather(*map(ask, range(12)))
        (child,) = {int(answer.text.split()[2]) for answer in answers}
    assert finished == list(range(12))
    assert [answer.text.split()[1] for answer in answers] == [str(n) for n in range(12)]
    assert [int(answer.text.split()[4]) for answer in answers] == [1600 * (1 + n % 3) for n in range(12)]
    assert {int(answer.text.split()[3]) for answer in answers} == {min(19, os.nice(0) + NICENESS)}
    assert answers[0].voice.tolist() == [0.25] * 4
    assert child != os.getpid()
    assert is_gone(child)
    assert capfd.readouterr() == ("", "")


async def test_a_child_that_dies_over_an_utterance_is_started_again_and_asked_again(folder: Path) -> None:
    async with running(partial(ObedientTranscriber, folder)) as worker:
        asked = [worker.transcribe(utterance(name)) for name in ("a", "die-once", "b", "c")]
        before, died, *later = await asyncio.gather(*asked)
        assert worker.restarts == 1
    assert died.text.startswith("die-once ")
    assert [answer.text.split()[0] for answer in later] == ["b", "c"]
    assert child_of(before) != child_of(died) == child_of(later[1])


async def test_a_child_killed_from_outside_while_it_works_is_started_again(folder: Path) -> None:
    async with running(partial(ObedientTranscriber, folder)) as worker:
        child = child_of(await worker.transcribe(utterance("a")))
        hanging = asyncio.create_task(worker.transcribe(utterance("hang")))
        await met(folder / "rendezvous")
        later = asyncio.create_task(worker.transcribe(utterance("later")))
        os.kill(child, signal.SIGKILL)
        await met(folder / "rendezvous")  # the new child was given the same utterance
        assert worker.restarts == 1
        assert not later.done()
        (second,) = multiprocessing.active_children()
        assert second.pid is not None
        os.kill(second.pid, signal.SIGKILL)
        with pytest.raises(TranscriberError):
            await hanging
        assert (await later).text.startswith("later ")


@dataclass
class SignalledWhileImported:
    """A factory during whose arrival in the child everything comes that a closing terminal sends."""

    folder: Path

    def __call__(self) -> ObedientTranscriber:
        raise AssertionError("unreachable: it is unpickled as its replacement")

    def __reduce__(self) -> tuple[Any, ...]:
        return arrive_signalled, (self.folder,)


def arrive_signalled(folder: Path) -> TranscriberFactory:
    for number in PARENTS_SIGNALS:
        os.kill(os.getpid(), number)
    return partial(ObedientTranscriber, folder)


async def test_the_signals_of_the_terminal_are_for_the_parent_alone(folder: Path) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    async with running(SignalledWhileImported(folder)) as worker:
        child = child_of(await worker.transcribe(utterance("a")))
        for number in PARENTS_SIGNALS:
            os.kill(child, number)
        assert child_of(await worker.transcribe(utterance("b"))) == child
        assert worker.restarts == 0
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


async def test_an_idle_child_that_was_killed_is_started_again(folder: Path) -> None:
    async with running(partial(ObedientTranscriber, folder)) as worker:
        child = child_of(await worker.transcribe(utterance("a")))
        os.kill(child, signal.SIGKILL)
        assert child_of(await worker.transcribe(utterance("b"))) != child
        assert worker.restarts == 1


async def test_an_utterance_that_kills_twice_is_given_up_and_the_next_is_answered(folder: Path) -> None:
    async with running(partial(ObedientTranscriber, folder)) as worker:
        with pytest.raises(TranscriberError) as caught:
            await worker.transcribe(utterance("die"))
        assert caught.value.message == "The transcriber died twice over the same words; they are missing."
        assert caught.value.code == "transcriber_died"
        assert caught.value.recoverable
        assert worker.restarts == 2
        assert (await worker.transcribe(utterance("after"))).text.startswith("after ")


@pytest.mark.parametrize("effort", Effort)
async def test_the_child_is_told_how_much_work_to_do(folder: Path, effort: Effort) -> None:
    async with running(partial(ObedientTranscriber, folder)) as worker:
        assert (await worker.transcribe(utterance("effort"), effort)).text == effort.value


async def test_a_child_that_stops_over_an_utterance_is_replaced_and_asked_again(folder: Path) -> None:
    async with running(partial(ObedientTranscriber, folder), patience=IMPATIENT) as worker:
        child = child_of(await worker.transcribe(utterance("a")))
        stopped = await worker.transcribe(utterance("stop-once"))
        assert child_of(stopped) != child
        assert worker.restarts == 1
        assert is_gone(child)


async def test_a_child_stopped_from_outside_is_replaced_though_nothing_can_be_sent_to_it(
    folder: Path,
) -> None:
    async with running(partial(ObedientTranscriber, folder), patience=IMPATIENT / 5) as worker:
        child = child_of(await worker.transcribe(utterance("a")))
        os.kill(child, signal.SIGSTOP)
        long = await worker.transcribe(utterance("b", 25.0))  # more than a pipe holds
        assert long.text.split()[3] == str(25 * SAMPLE_RATE_HZ)
        assert is_gone(child)


async def test_an_utterance_over_which_a_child_hangs_twice_is_given_up(folder: Path) -> None:
    async with running(partial(ObedientTranscriber, folder), patience=IMPATIENT) as worker:
        with pytest.raises(TranscriberError, match="in time twice over the same words;") as caught:
            await worker.transcribe(utterance("stop"))
        assert (caught.value.code, caught.value.recoverable) == ("transcriber_hung", True)
        assert (await worker.transcribe(utterance("after"))).text.startswith("after ")


async def test_words_still_being_spoken_are_asked_for_once(folder: Path) -> None:
    async with running(partial(ObedientTranscriber, folder)) as worker:
        with pytest.raises(TranscriberError, match="died over words still being spoken;"):
            await worker.transcribe(replace(utterance("die"), still_open=True))
        assert worker.restarts == 1


async def test_a_child_that_cannot_be_started_again_is_tried_at_growing_intervals(folder: Path) -> None:
    clock = ManualClock()
    async with running(partial(load_unless_damaged, folder), clock=clock) as worker:
        child = child_of(await worker.transcribe(utterance("a")))
        (folder / "damaged").touch()
        os.kill(child, signal.SIGKILL)
        wait_s = FIRST_RETRY_S
        for tries in range(1, 6):
            for _ in range(3):
                with pytest.raises(TranscriberDownError, match="damaged; verify it") as caught:
                    await worker.transcribe(utterance("b"))
                assert (caught.value.code, caught.value.recoverable) == ("whisper_damaged", True)
                assert worker.restarts == tries
                clock.advance(wait_s / 3)
                wait_left_s = caught.value.retry_in_s - wait_s / 3
            assert wait_left_s == pytest.approx(0.0, abs=1e-6)
            clock.advance(wait_left_s)
            wait_s = min(LONGEST_RETRY_S, 2 * wait_s)
        (folder / "damaged").unlink()
        assert (await worker.transcribe(utterance("c"))).text.startswith("c ")
        (folder / "damaged").touch()
        os.kill(child_of(await worker.transcribe(utterance("d"))), signal.SIGKILL)
        with pytest.raises(TranscriberDownError):
            await worker.transcribe(utterance("e"))
        (folder / "damaged").unlink()
        clock.advance(FIRST_RETRY_S)
        assert (await worker.transcribe(utterance("f"))).text.startswith("f ")


async def test_words_that_killed_twice_are_at_fault_even_when_no_third_child_starts(folder: Path) -> None:
    async with running(partial(load_only_twice, folder), clock=ManualClock()) as worker:
        with pytest.raises(TranscriberError, match="died twice over the same words") as caught:
            await worker.transcribe(utterance("die"))
        assert caught.value.code == "transcriber_died"
        with pytest.raises(TranscriberDownError, match="damaged; verify it"):
            await worker.transcribe(utterance("after"))
        assert worker.restarts == 2


async def test_a_machine_that_can_start_no_process_for_a_while_is_tried_again(folder: Path) -> None:
    clock = ManualClock()
    async with running(RefusedOnce(folder), clock=clock) as worker:
        child = child_of(await worker.transcribe(utterance("a")))
        os.kill(child, signal.SIGKILL)
        with pytest.raises(TranscriberDownError, match="lets no transcriber start") as caught:
            await worker.transcribe(utterance("b"))
        assert (caught.value.code, caught.value.recoverable) == ("transcriber_start", True)
        clock.advance(FIRST_RETRY_S)
        assert (await worker.transcribe(utterance("c"))).text.startswith("c ")


async def test_a_child_that_hangs_while_loading_is_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "LOADING_S", 1.0)
    worker = TranscriberProcess(partial(stop_while_loading, folder))
    with pytest.raises(ModelError) as caught:
        await worker.start()
    assert caught.value.code == "transcriber_start"
    await worker.aclose()


async def test_errors_over_an_utterance_cross_and_the_child_lives_on(folder: Path) -> None:
    async with running(partial(ObedientTranscriber, folder)) as worker:
        child = child_of(await worker.transcribe(utterance("a")))
        with pytest.raises(TranscriberError, match=r"^It failed\.$") as caught:
            await worker.transcribe(utterance("fail"))
        assert (caught.value.code, caught.value.recoverable) == ("fake_failure", True)
        with pytest.raises(TranscriberError, match=r"ZeroDivisionError\('broken'\)") as caught:
            await worker.transcribe(utterance("break"))
        assert (caught.value.code, caught.value.recoverable) == ("transcriber_failed", True)
        assert child_of(await worker.transcribe(utterance("b"))) == child


@pytest.mark.parametrize(
    ("factory", "error", "code"),
    [
        (partial(refuse_to_load, "whisper_missing"), ModelError, "whisper_missing"),
        (break_while_loading, TranscriberError, "transcriber_failed"),
        (die_while_loading, ModelError, "transcriber_start"),
    ],
    ids=["refused", "broken", "died"],
)
async def test_what_loading_raised_is_raised_here(
    factory: TranscriberFactory, error: type[RoomtoneError], code: str
) -> None:
    worker = TranscriberProcess(factory)
    with pytest.raises(error) as caught:
        await worker.start()
    await worker.aclose()
    assert type(caught.value) is error
    assert caught.value.code == code
    assert multiprocessing.active_children() == []


async def test_closing_gives_up_what_is_under_way_and_leaves_no_process(folder: Path) -> None:
    worker = TranscriberProcess(partial(ObedientTranscriber, folder))
    await worker.start()
    child = child_of(await worker.transcribe(utterance("a")))
    busy = asyncio.create_task(worker.transcribe(utterance("hang")))
    queued = asyncio.create_task(worker.transcribe(utterance("queued")))
    await met(folder / "rendezvous")
    async with asyncio.timeout(HANGS_S):  # the child would hang for ever
        await worker.aclose()
    assert is_gone(child)
    for task in (busy, queued):
        with pytest.raises(TranscriberError) as caught:
            await task
        assert caught.value.code == "transcriber_closed"
    assert worker.restarts == 0
    await worker.aclose()
    with pytest.raises(TranscriberError, match="closed"):
        await worker.transcribe(utterance("too late"))


async def test_closing_while_the_model_is_loading_does_not_wait_for_it(folder: Path) -> None:
    worker = TranscriberProcess(partial(hang_while_loading, folder))
    starting = asyncio.create_task(worker.start())
    await met(folder / "rendezvous")
    async with asyncio.timeout(HANGS_S):
        await worker.aclose()
    with pytest.raises(TranscriberError, match="closed"):
        await starting
    assert multiprocessing.active_children() == []


async def test_closing_while_a_dead_child_is_replaced_leaves_none(folder: Path) -> None:
    factory = HeldUpFactory(folder)
    worker = TranscriberProcess(factory)
    await worker.start()
    dying = asyncio.create_task(worker.transcribe(utterance("die-once hang")))
    await asyncio.to_thread(factory.under_way.wait, HANGS_S)
    closing = asyncio.create_task(worker.aclose())
    await asyncio.sleep(0)
    factory.let_go.set()
    async with asyncio.timeout(HANGS_S):
        await closing
    with pytest.raises(TranscriberError) as caught:
        await dying
    assert caught.value.code == "transcriber_closed"
    assert multiprocessing.active_children() == []


async def test_a_worker_that_never_started_can_be_closed(folder: Path) -> None:
    await TranscriberProcess(partial(ObedientTranscriber, folder)).aclose()


def test_that_there_is_no_recogniser_now_can_be_told_to_another_process() -> None:
    error = TranscriberDownError("One sentence.", code="some_code", retry_in_s=7.5)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert type(copy) is TranscriberDownError
    assert (copy.message, copy.code, copy.retry_in_s) == ("One sentence.", "some_code", 7.5)


@pytest.mark.parametrize(
    "kind", [AudioError, ConfigError, DeviceError, ModelError, StoreError, TranscriberError, UsageError]
)
@pytest.mark.parametrize("recoverable", [True, False])
def test_errors_keep_what_they_carry_between_processes(kind: type[RoomtoneError], recoverable: bool) -> None:
    error = kind("One sentence.", code="some_code", recoverable=recoverable)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert type(copy) is kind
    assert (copy.message, copy.code, copy.recoverable) == ("One sentence.", "some_code", recoverable)
    assert str(copy) == "One sentence."
    assert isinstance(copy, RoomtoneError)
    assert copy.exit_code == kind.exit_code
