from collections.abc import AsyncGenerator, Sequence

import numpy as np
import pytest

from audio.echoes import call, hiss, through_room
from roomtone.audio.echo.guard import EchoGuard
from roomtone.config.settings import EchoSettings
from roomtone.errors import DeviceError
from roomtone.events import CaveatNoted, EchoJudged, Event, SourceOverflowed
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Echo, Samples, Speaker, seconds

pytestmark = pytest.mark.unit

SELLER, CUSTOMER = ("microphone", Speaker.SELLER), ("system", Speaker.CUSTOMER)


class Call:
    """Sides made of arrays, each cut in its own way; may report events and break off at the end."""

    def __init__(
        self,
        *sides: tuple[tuple[str, Speaker], Samples, int],
        events: Sequence[Event] = (),
        error: Exception | None = None,
    ) -> None:
        self.sides = tuple(side for side, _, _ in sides)
        self._audio = [
            (source_id, samples, chunk_samples) for (source_id, _), samples, chunk_samples in sides
        ]
        self._events = list(events)
        self._error = error
        self._until_s = 0.0

    def describe(self) -> Sequence[Event]:
        return []

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        chunks = [
            AudioChunk(source_id, start, samples[start : start + length], seconds(start + length))
            for source_id, samples, length in self._audio
            for start in range(0, len(samples), length)
        ]
        for chunk in sorted(chunks, key=lambda chunk: chunk.end_sample):
            self._until_s = seconds(chunk.end_sample)
            yield chunk
        if self._error is not None:
            raise self._error

    def happened(self) -> Sequence[Event]:
        ripe = [event for event in self._events if event.t_s <= self._until_s]
        self._events = [event for event in self._events if event.t_s > self._until_s]
        return ripe

    def describe_end(self) -> Sequence[CaveatNoted]:
        return []

    async def aclose(self) -> None:
        pass


def with_echo(duration_s: float) -> tuple[Samples, Samples]:
    seller, customer = call(duration_s)
    return seller + hiss(len(seller)) + through_room(customer, delay_s=0.08, gain_db=-6.0), customer


def joined(chunks: Sequence[AudioChunk], source_id: str) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks if chunk.source_id == source_id])


async def all_of(guard: EchoGuard) -> tuple[list[AudioChunk], list[Event]]:
    """The chunks and events, events being asked for after each chunk; none may lie ahead of it."""
    chunks: list[AudioChunk] = []
    events: list[Event] = []
    end_s = 0.0
    async for chunk in guard.chunks():
        chunks.append(chunk)
        end_s = max(end_s, seconds(chunk.end_sample))
        told = guard.happened()
        assert all(event.t_s <= end_s for event in told)
        events += told
    return chunks, events


@pytest.mark.parametrize("sizes", [(1600, 1600), (320, 512), (1600, 160)])
async def test_chunks_keep_their_places_and_the_customer_every_sample(sizes: tuple[int, int]) -> None:
    near, far = with_echo(6.0)
    source = Call((SELLER, near, sizes[0]), (CUSTOMER, far, sizes[1]))
    before = [chunk async for chunk in source.chunks()]
    after, _ = await all_of(EchoGuard(source, EchoSettings()))
    assert [
        (chunk.source_id, chunk.start_sample, chunk.end_sample, chunk.captured_at_s) for chunk in after
    ] == [(chunk.source_id, chunk.start_sample, chunk.end_sample, chunk.captured_at_s) for chunk in before]
    assert np.array_equal(joined(after, "system"), far)
    assert not np.array_equal(joined(after, "microphone"), near)


async def test_nothing_waits_for_more_than_a_tenth_of_a_second_of_audio() -> None:
    near, far = with_echo(3.0)
    source = Call((SELLER, near, 160), (CUSTOMER, far, 160))
    heard_until = 0

    async def noted() -> AsyncGenerator[AudioChunk, None]:
        nonlocal heard_until
        async for chunk in Call((SELLER, near, 160), (CUSTOMER, far, 160)).chunks():
            heard_until = chunk.end_sample
            yield chunk

    source.chunks = noted  # type: ignore[method-assign]
    async for chunk in EchoGuard(source, EchoSettings()).chunks():
        assert heard_until - chunk.end_sample <= SAMPLE_RATE_HZ // 10


async def test_what_is_found_is_told_once() -> None:
    near, far = with_echo(12.0)
    _, events = await all_of(EchoGuard(Call((SELLER, near, 1600), (CUSTOMER, far, 1600)), EchoSettings()))
    (judged,) = events
    assert isinstance(judged, EchoJudged)
    assert judged.echo is Echo.REMOVED
    assert judged.source_id == "microphone"
    assert judged.delay_s == pytest.approx(0.08, abs=0.003)


async def test_events_of_the_source_come_with_the_audio_they_belong_to() -> None:
    near, far = with_echo(3.0)
    lost = SourceOverflowed(t_s=1.0, source_id="microphone", lost_samples=7)
    source = Call((SELLER, near, 1600), (CUSTOMER, far, 1600), events=[lost])
    _, events = await all_of(EchoGuard(source, EchoSettings()))
    assert [event for event in events if not isinstance(event, EchoJudged)] == [lost]


@pytest.mark.parametrize("side", [SELLER, CUSTOMER, ("unknown", Speaker.UNKNOWN)])
async def test_one_side_passes_through(side: tuple[str, Speaker]) -> None:
    near, _ = with_echo(2.0)
    chunks, events = await all_of(EchoGuard(Call((side, near, 1600)), EchoSettings()))
    assert np.array_equal(joined(chunks, side[0]), near)
    assert events == []


async def test_settings_switch_it_off() -> None:
    near, far = with_echo(12.0)
    source = Call((SELLER, near, 1600), (CUSTOMER, far, 1600))
    chunks, events = await all_of(EchoGuard(source, EchoSettings(enabled=False)))
    assert np.array_equal(joined(chunks, "microphone"), near)
    assert events == []


async def test_a_source_that_breaks_off_loses_nothing_heard_before() -> None:
    near, far = with_echo(2.05)
    error = DeviceError("The microphone is gone.", code="device_gone")
    guard = EchoGuard(Call((SELLER, near, 1600), (CUSTOMER, far, 1600), error=error), EchoSettings())
    heard = {"microphone": 0, "system": 0}

    async def listen() -> None:
        async for chunk in guard.chunks():
            heard[chunk.source_id] = chunk.end_sample

    with pytest.raises(DeviceError):
        await listen()
    assert heard == {"microphone": len(near), "system": len(far)}
