"""A part of a call that is in trouble for a while."""

from collections.abc import AsyncGenerator, Sequence

import numpy as np
import pytest

from roomtone.events import CaveatNoted, CaveatWithdrawn, Event
from roomtone.session.watching import Watched
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Speaker

pytestmark = pytest.mark.unit


class Seconds:
    """Three seconds of silence, one a chunk."""

    sides = (("seller", Speaker.SELLER),)

    def describe(self) -> Sequence[Event]:
        return ()

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        for second in range(3):
            samples = np.zeros(SAMPLE_RATE_HZ, np.float32)
            yield AudioChunk("seller", second * SAMPLE_RATE_HZ, samples, 0.0)

    def happened(self) -> Sequence[Event]:
        return ()

    def describe_end(self) -> Sequence[CaveatNoted]:
        return [CaveatNoted(t_s=3.0, code="own", message="Its own.")]

    async def aclose(self) -> None:
        """Nothing is held."""


async def heard(problems: list[str], *, until_the_end: bool) -> tuple[list[Event], list[CaveatNoted]]:
    """What is told while there are these problems, one a second and the last at the end."""
    now = iter(problems)
    watched = Watched(Seconds(), "server_down", lambda: next(now), until_the_end=until_the_end)
    told: list[Event] = []
    async for _ in watched.chunks():
        told += watched.happened()
    return told, list(watched.describe_end())


async def test_a_problem_is_told_and_taken_back() -> None:
    told, at_end = await heard(["", "It hangs.", ""], until_the_end=False)
    assert told == [
        CaveatNoted(t_s=2.0, code="server_down", message="It hangs."),
        CaveatWithdrawn(t_s=3.0, code="server_down"),
    ]
    assert [note.code for note in at_end] == ["own"]


async def test_a_problem_that_shows_when_all_is_heard_is_told_at_the_end() -> None:
    told, at_end = await heard(["", "", "", "It hangs."], until_the_end=True)
    assert told == []
    assert [(note.code, note.t_s) for note in at_end] == [("own", 3.0), ("server_down", 3.0)]


async def test_what_was_told_is_not_told_again_at_the_end() -> None:
    told, at_end = await heard(["", "It hangs.", "It hangs.", "It hangs."], until_the_end=True)
    assert len(told) == 1
    assert [note.code for note in at_end] == ["own"]
