"""What every ``AudioSource`` must do, a fake made of arrays included."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from audio.recordings import gather, tone, write
from roomtone.audio.echo.guard import EchoGuard
from roomtone.audio.recorded.file import open_recording
from roomtone.audio.recorded.pace import paced
from roomtone.audio.recorded.player import played
from roomtone.audio.wrapped import WrappedSource
from roomtone.clock import ManualClock
from roomtone.config.settings import EchoSettings
from roomtone.errors import DeviceError
from roomtone.events import CaveatNoted, Event, SourceStarted
from roomtone.interfaces import AudioSource
from roomtone.session.keeping import kept
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Samples, Speaker, seconds

pytestmark = pytest.mark.contract

SELLER, CUSTOMER = tone(1.25, rate_hz=SAMPLE_RATE_HZ), tone(1.25, rate_hz=SAMPLE_RATE_HZ, hz=700)


class ArraySource:
    """A call made of one array a side."""

    def __init__(self, audio: dict[Speaker, Samples], chunk_samples: int = 1600) -> None:
        self._audio = audio
        self._chunk_samples = chunk_samples
        self.sides = tuple((speaker.value, speaker) for speaker in audio)

    def describe(self) -> Sequence[Event]:
        return [
            SourceStarted(
                t_s=0.0, source_id=source_id, speaker=speaker, description="array", sample_rate_hz=16_000
            )
            for source_id, speaker in self.sides
        ]

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        longest = max(map(len, self._audio.values()))
        for start in range(0, longest, self._chunk_samples):
            for source_id, speaker in self.sides:
                part = self._audio[speaker][start : start + self._chunk_samples]
                yield AudioChunk(source_id, start, part, seconds(start + len(part)))

    def happened(self) -> Sequence[Event]:
        return ()

    def describe_end(self) -> Sequence[CaveatNoted]:
        return []

    async def aclose(self) -> None:
        pass


class SilentPlayer:
    """Takes chunks as the real player does; refuses them after ``chunks`` many."""

    def __init__(self, chunks: int = 1_000_000) -> None:
        self.chunks_left = chunks
        self.closed = False

    def play(self, chunk: AudioChunk) -> None:
        if self.chunks_left == 0:
            raise DeviceError("The sound output has stopped.", code="playback_stopped", recoverable=True)
        self.chunks_left -= 1

    async def finish(self) -> None:
        assert not self.closed

    def close(self) -> None:
        self.closed = True


def stereo(folder: Path) -> AudioSource:
    return open_recording(write(folder / "call.wav", SELLER, CUSTOMER, rate_hz=SAMPLE_RATE_HZ))


def telephone(folder: Path) -> AudioSource:
    sides = (tone(1.25, rate_hz=8000), tone(1.25, rate_hz=8000, hz=700))
    return open_recording(write(folder / "call.flac", *sides, rate_hz=8000, codec="flac"))


def mono(folder: Path) -> AudioSource:
    return open_recording(write(folder / "call.wav", SELLER, rate_hz=SAMPLE_RATE_HZ))


def two_files(folder: Path) -> AudioSource:
    seller = write(folder / "seller.wav", SELLER, rate_hz=SAMPLE_RATE_HZ)
    customer = write(folder / "customer.wav", CUSTOMER[:9000], rate_hz=SAMPLE_RATE_HZ)
    return open_recording(seller=seller, customer=customer)


SOURCES: dict[str, Callable[[Path], AudioSource]] = {
    "stereo file": stereo,
    "telephone file": telephone,
    "mono file": mono,
    "two files": two_files,
    "wrapped": lambda folder: WrappedSource(stereo(folder)),
    "paced": lambda folder: paced(stereo(folder), ManualClock(3.0)),
    "played": lambda folder: played(stereo(folder), SilentPlayer()),  # type: ignore[arg-type]
    "played, output gone": lambda folder: played(stereo(folder), SilentPlayer(3)),  # type: ignore[arg-type]
    "played and paced": lambda folder: played(
        paced(two_files(folder), ManualClock()),
        SilentPlayer(),  # type: ignore[arg-type]
    ),
    "kept": lambda folder: kept(stereo(folder), folder / "kept.flac"),
    "kept, one side": lambda folder: kept(mono(folder), folder / "kept.flac"),
    # Tones tell no echo from a sound of its own; nothing is to be told where the customer is this quiet.
    "guarded against echo": lambda folder: EchoGuard(
        ArraySource({Speaker.SELLER: SELLER, Speaker.CUSTOMER: CUSTOMER * np.float32(1e-4)}), EchoSettings()
    ),
    "guarded, one side": lambda folder: EchoGuard(mono(folder), EchoSettings()),
    "arrays": lambda folder: ArraySource({Speaker.SELLER: SELLER, Speaker.CUSTOMER: CUSTOMER}),
}


@pytest_asyncio.fixture(params=SOURCES.values(), ids=SOURCES.keys())
async def source(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AudioSource]:
    opened: AudioSource = request.param(tmp_path)
    yield opened
    await opened.aclose()


def test_sides_are_named_once(source: AudioSource) -> None:
    assert source.sides
    assert len({source_id for source_id, _ in source.sides}) == len(source.sides)
    assert len({speaker for _, speaker in source.sides}) == len(source.sides)


def test_each_side_is_described_before_the_first_chunk(source: AudioSource) -> None:
    events = source.describe()
    started = [event for event in events if isinstance(event, SourceStarted)]
    assert [(event.source_id, event.speaker) for event in started] == list(source.sides)
    assert all(isinstance(event, SourceStarted | CaveatNoted) for event in events)
    assert {event.t_s for event in events} == {0.0}
    assert all(event.description for event in started)


async def test_chunks_of_a_side_are_in_order_and_without_gaps(source: AudioSource) -> None:
    end_samples = {source_id: 0 for source_id, _ in source.sides}
    captured_at_s = 0.0
    async for chunk in source.chunks():
        assert chunk.start_sample == end_samples[chunk.source_id]
        assert chunk.captured_at_s >= captured_at_s
        captured_at_s = chunk.captured_at_s
        end_samples[chunk.source_id] = chunk.end_sample
    assert set(end_samples.values()) == {round(1.25 * SAMPLE_RATE_HZ)}


async def test_neither_side_runs_ahead_by_more_than_a_chunk(source: AudioSource) -> None:
    end_samples = {source_id: 0 for source_id, _ in source.sides}
    longest = 0
    async for chunk in source.chunks():
        longest = max(longest, len(chunk.samples))
        end_samples[chunk.source_id] = chunk.end_sample
        assert max(end_samples.values()) - min(end_samples.values()) <= longest


async def test_chunks_are_mono_float32_in_range(source: AudioSource) -> None:
    async for chunk in source.chunks():
        assert chunk.samples.ndim == 1
        assert chunk.samples.dtype == np.float32
        assert 0 < len(chunk.samples) <= SAMPLE_RATE_HZ
        assert np.all(np.abs(chunk.samples) <= 1.0)


async def test_each_side_gets_its_own_sound(source: AudioSource) -> None:
    heard = await gather(source.chunks())
    for source_id, speaker in source.sides:
        spoken = CUSTOMER if speaker == Speaker.CUSTOMER else SELLER
        audio = heard[source_id][:9000]
        assert np.corrcoef(audio, spoken[:9000])[0, 1] > 0.99


async def test_only_caveats_are_left_to_say_at_the_end(source: AudioSource) -> None:
    await gather(source.chunks())
    caveats = source.describe_end()
    assert all(isinstance(caveat, CaveatNoted) and caveat.code and caveat.message for caveat in caveats)


async def test_a_consumer_may_leave_in_the_middle(source: AudioSource) -> None:
    async with aclosing(source.chunks()) as chunks:
        first = await anext(chunks)
        await anext(chunks)
    assert first.start_sample == 0
    await source.aclose()


async def test_closing_twice_is_allowed(source: AudioSource) -> None:
    await gather(source.chunks())
    await source.aclose()
    await source.aclose()
