"""A server that comes and goes, and the local transcriber behind it."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from roomtone.clock import ManualClock
from roomtone.config.settings import ServerSettings
from roomtone.speech.remote import FIRST_RETRY_S, LONGEST_RETRY_S, RemoteTranscriber
from roomtone.types import Effort, Hypothesis, Utterance

from .test_server import UTTERANCE
from .transcription_server import Script, serving

pytestmark = pytest.mark.unit


class Local:
    """A local host that says "here"."""

    name = "whisper-base"

    def __init__(self) -> None:
        self.asked: list[Utterance] = []
        self.closed = 0

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        self.asked.append(utterance)
        return Hypothesis((), "here", "en", utterance.end_s, -0.1, 0.0, np.zeros(4, np.float32))

    async def aclose(self) -> None:
        self.closed += 1


@pytest.fixture
def script() -> Iterator[Script]:
    with serving(Script()) as script:
        yield script


def remote(
    script: Script, local: Local, clock: ManualClock | None = None, **more: float
) -> RemoteTranscriber:
    settings = ServerSettings(url=script.url, model="large", **more)  # type: ignore[arg-type]
    return RemoteTranscriber(settings, local, language="en", terms=("Acme",), clock=clock or ManualClock())


async def test_words_come_from_the_server_and_partial_ones_from_here(script: Script) -> None:
    local = Local()
    transcriber = remote(script, local)
    assert transcriber.name == "large on 127.0.0.1"
    open_one = replace(UTTERANCE, still_open=True, may_end=True)
    assert (await transcriber.transcribe(open_one)).text == "here"
    assert not local.asked[0].may_end
    assert script.asked == []
    assert (await transcriber.transcribe(UTTERANCE)).text == "Good morning, Acme."
    assert script.asked[0].fields["prompt"] == ["Acme"]
    assert len(local.asked) == 1
    await transcriber.aclose()
    await transcriber.aclose()
    assert local.closed == 2


async def test_a_server_that_fails_is_replaced_and_asked_again_later_and_later(script: Script) -> None:
    local, clock = Local(), ManualClock()
    transcriber = remote(script, local, clock)
    script.status = 503
    wait_s = FIRST_RETRY_S
    for failures in range(1, 8):
        assert (await transcriber.transcribe(UTTERANCE)).text == "here"
        assert len(script.asked) == failures
        assert "503 Service Unavailable; they come from this machine" in transcriber.problem
        clock.advance(wait_s - 0.1)
        assert (await transcriber.transcribe(UTTERANCE)).text == "here"
        assert len(script.asked) == failures
        clock.advance(0.1)
        wait_s = min(LONGEST_RETRY_S, 2 * wait_s)
    script.status = 200
    assert (await transcriber.transcribe(UTTERANCE)).text == "Good morning, Acme."
    assert transcriber.problem == ""
    script.status = 500
    await transcriber.transcribe(UTTERANCE)
    clock.advance(FIRST_RETRY_S)
    script.status = 200
    assert (await transcriber.transcribe(UTTERANCE)).text == "Good morning, Acme."
    await transcriber.aclose()


async def test_a_server_that_asks_for_time_gets_it(script: Script) -> None:
    local, clock = Local(), ManualClock()
    transcriber = remote(script, local, clock)
    script.status, script.headers = 429, {"Retry-After": "60"}
    await transcriber.transcribe(UTTERANCE)
    clock.advance(59.0)
    await transcriber.transcribe(UTTERANCE)
    assert len(script.asked) == 1
    clock.advance(1.0)
    await transcriber.transcribe(UTTERANCE)
    assert len(script.asked) == 2
    await transcriber.aclose()


async def test_a_server_that_hangs_does_not_hold_up_the_end(script: Script) -> None:
    local = Local()
    transcriber = remote(script, local, timeout_s=60.0)
    script.held = threading.Event()
    asking = asyncio.create_task(transcriber.transcribe(UTTERANCE))
    await asyncio.to_thread(script.came.wait)
    await transcriber.aclose()
    assert (await asking).text == "here"


def test_what_leaves_the_machine_is_said(script: Script) -> None:
    def notice(url: str) -> str:
        return RemoteTranscriber(ServerSettings(url=url), Local(), language="en").notice

    assert (
        notice("http://localhost:1") == "Words come from a transcription server on this machine (localhost)."
    )
    leaves = "Sound leaves this machine: what is said is sent to box for its words"
    assert notice("https://box") == f"{leaves}."
    assert notice("http://box") == f"{leaves}, not encrypted."
