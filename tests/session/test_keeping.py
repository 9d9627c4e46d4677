"""The sound of a call on a real disk, also on one that is full."""

import asyncio
import contextlib
import os
import stat
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from audio.recordings import tone
from roomtone.audio.recorded.file import open_recording
from roomtone.errors import StoreError
from roomtone.events import CaveatNoted, CaveatWithdrawn, Event, SourceOverflowed
from roomtone.interfaces import AudioSource
from roomtone.session import keeping
from roomtone.session.keeping import KeptSource, kept
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Samples, Speaker, seconds
from session.conftest import SmallDisk

pytestmark = pytest.mark.unit

CHUNK_SAMPLES = 800
HOURS = 10_000
"""Times four seconds: longer than any test hears."""
ONE_STEP = 1 / 32_768
OVERFLOWED = SourceOverflowed(t_s=0.0, lost_samples=1)


class TwoTones:
    """A call whose sides come in chunks, the same four seconds over and over."""

    def __init__(self, *speakers: Speaker, times: int) -> None:
        self.sides = tuple((speaker.value, speaker) for speaker in speakers)
        self.audio = {
            speaker.value: tone(4.0, rate_hz=SAMPLE_RATE_HZ, hz=300.0 + 200 * number)
            for number, speaker in enumerate(speakers)
        }
        self._times = times

    def describe(self) -> Sequence[Event]:
        return ()

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        repeated_samples = 4 * SAMPLE_RATE_HZ
        for start in range(0, self._times * repeated_samples, CHUNK_SAMPLES):
            for source_id, audio in self.audio.items():
                part = audio[start % repeated_samples :][:CHUNK_SAMPLES]
                yield AudioChunk(source_id, start, part, seconds(start + len(part)))

    def off_by(self, source_id: str, kept: Samples) -> Samples:
        """Return how far what was kept of a side is from what was said."""
        return np.abs(kept - np.resize(self.audio[source_id], len(kept)))

    def happened(self) -> Sequence[Event]:
        return (OVERFLOWED,)

    def describe_end(self) -> Sequence[CaveatNoted]:
        return ()

    async def aclose(self) -> None:
        pass


def call(*, times: int = 1) -> TwoTones:
    """Return a call whose customer comes first."""
    return TwoTones(Speaker.CUSTOMER, Speaker.SELLER, times=times)


async def hear(source: AudioSource) -> dict[str, Samples]:
    heard: dict[str, list[Samples]] = {source_id: [] for source_id, _ in source.sides}
    async with aclosing(source.chunks()) as chunks:
        async for chunk in chunks:
            heard[chunk.source_id].append(chunk.samples)
    await source.aclose()
    return {source_id: np.concatenate(pieces) for source_id, pieces in heard.items()}


async def hear_file(path: Path) -> dict[str, Samples]:
    return await hear(open_recording(path))


@pytest.fixture
def _trying_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "RETRY_EVERY_S", 0.01)


async def test_a_real_call_is_kept_sample_for_sample(short_call: Path, tmp_path: Path) -> None:
    path = tmp_path / "audio.flac"
    heard = await hear(kept(open_recording(short_call), path))
    again = await hear_file(path)
    assert list(again) == ["seller", "customer"]
    for source_id, samples in heard.items():
        assert np.array_equal(again[source_id], samples)


async def test_the_seller_is_on_the_left_whoever_comes_first(tmp_path: Path) -> None:
    source = call()
    await hear(kept(source, tmp_path / "audio.flac"))
    again = await hear_file(tmp_path / "audio.flac")
    for source_id in source.audio:
        assert source.off_by(source_id, again[source_id]).max() < ONE_STEP


async def test_a_call_with_one_side_is_a_mono_file(tmp_path: Path) -> None:
    source = TwoTones(Speaker.SELLER, times=1)
    await hear(kept(source, tmp_path / "audio.flac"))
    again = await hear_file(tmp_path / "audio.flac")
    assert list(again) == ["unknown"]
    assert len(again["unknown"]) == len(source.audio["seller"])


async def test_chunks_and_what_happened_pass_through(tmp_path: Path) -> None:
    source = kept(call(), tmp_path / "audio.flac")
    heard = await hear(source)
    assert all(np.array_equal(heard[source_id], samples) for source_id, samples in call().audio.items())
    assert list(source.happened()) == [OVERFLOWED]
    assert list(source.describe_end()) == []


async def test_a_side_that_stopped_one_chunk_earlier_ends_in_silence(tmp_path: Path) -> None:
    source = kept(call(), tmp_path / "audio.flac")
    async with aclosing(source.chunks()) as chunks:
        await anext(chunks)
    again = await hear_file(tmp_path / "audio.flac")
    assert [len(samples) for samples in again.values()] == [CHUNK_SAMPLES] * 2
    assert not again["seller"].any()
    await source.aclose()


async def test_a_call_left_before_it_began_and_closed_twice_is_an_empty_file(tmp_path: Path) -> None:
    source = kept(call(), tmp_path / "audio.flac")
    await source.aclose()
    await source.aclose()
    assert list(source.describe_end()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
async def test_only_the_owner_may_hear_it(tmp_path: Path) -> None:
    await hear(kept(call(), tmp_path / "audio.flac"))
    assert stat.S_IMODE((tmp_path / "audio.flac").stat().st_mode) == 0o600


async def test_a_file_that_is_there_or_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "audio.flac").write_text("an earlier call")
    with pytest.raises(StoreError, match="File exists"):
        kept(call(), tmp_path / "audio.flac")
    assert (tmp_path / "audio.flac").read_text() == "an earlier call"
    with pytest.raises(StoreError, match="cannot be kept"):
        kept(call(), tmp_path / "nowhere" / "audio.flac")


async def test_a_full_disk_at_the_start_is_refused(small_disk: SmallDisk) -> None:
    small_disk.fill()
    with pytest.raises(StoreError, match="No space left"):
        kept(call(), small_disk.path / "audio.flac")


class Hearing:
    """A call that is heard chunk by chunk."""

    def __init__(self, source: KeptSource) -> None:
        self.source = source
        self.events: list[Event] = []
        self.chunks = source.chunks()
        self.heard_samples = 0

    async def on(self, condition: Callable[[], object]) -> None:
        """Hear until something is so, and a little more."""
        async with asyncio.timeout(60):
            while not condition():
                await self.once()
        await self.once()
        await self.once()

    async def once(self) -> None:
        for _ in self.source.sides:
            chunk = await anext(self.chunks)
        self.heard_samples = chunk.end_sample
        self.events += [event for event in self.source.happened() if event is not OVERFLOWED]

    async def end(self) -> Sequence[CaveatNoted]:
        await self.chunks.aclose()
        caveats = self.source.describe_end()
        await self.source.aclose()
        return caveats


@pytest.mark.usefixtures("_trying_again_soon")
async def test_a_disk_full_for_a_while_is_told_and_loses_nothing(
    small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The call is heard hundreds of times faster than it was spoken.
    monkeypatch.setattr(keeping, "MOST_WAITING_SAMPLES", 3600 * SAMPLE_RATE_HZ)
    source = call(times=HOURS)
    path = small_disk.path / "audio.flac"
    hearing = Hearing(kept(source, path))
    await hearing.on(lambda: path.stat().st_size > 10_000)
    small_disk.fill()
    await hearing.on(lambda: hearing.events)
    small_disk.free()
    await hearing.on(lambda: len(hearing.events) >= 2)
    assert list(await hearing.end()) == []
    noted, withdrawn, *_ = hearing.events
    assert isinstance(noted, CaveatNoted)
    assert isinstance(withdrawn, CaveatWithdrawn)
    assert (noted.code, withdrawn.code) == ("audio_not_kept", "audio_not_kept")
    assert noted.message.startswith("The disk is full: the sound of the call has not been kept since 0:")
    assert noted.message.endswith("; free some space.")
    for source_id, samples in (await hear_file(path)).items():
        assert source.off_by(source_id, samples).max() < ONE_STEP


@pytest.mark.usefixtures("_trying_again_soon")
async def test_what_finds_no_room_in_memory_is_silence_so_that_the_rest_stays_in_place(
    small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_WAITING_SAMPLES", SAMPLE_RATE_HZ)
    source = call(times=HOURS)
    path = small_disk.path / "audio.flac"
    hearing = Hearing(kept(source, path))
    small_disk.fill()
    for _ in range(20 * 20):  # 20 s
        await hearing.once()
    small_disk.free()
    await hearing.on(lambda: len(hearing.events) >= 2)
    await hearing.on(lambda: path.stat().st_size > 50_000)
    (incomplete,) = await hearing.end()
    assert incomplete.code == "audio_incomplete"
    missing_s = float(incomplete.message.split(": ")[1].split(" ")[0])
    assert missing_s > 15
    for source_id, samples in (await hear_file(path)).items():
        silent = samples == 0
        assert source.off_by(source_id, samples)[~silent].max() < ONE_STEP
        not_there = hearing.heard_samples - len(samples)
        # The tones themselves touch zero now and then.
        assert (silent.sum() + not_there) / SAMPLE_RATE_HZ == pytest.approx(missing_s, abs=2)


async def test_a_disk_that_stays_full_ends_the_call_and_is_told(small_disk: SmallDisk) -> None:
    path = small_disk.path / "audio.flac"
    hearing = Hearing(kept(call(times=HOURS), path))
    await hearing.on(lambda: path.stat().st_size > 10_000)
    small_disk.fill()
    await hearing.on(lambda: hearing.events)
    (incomplete,) = await hearing.end()
    assert incomplete.code == "audio_incomplete"
    assert {event.code for event in hearing.events if isinstance(event, CaveatNoted)} == {"audio_not_kept"}
    again = await hear_file(path)
    assert len(again["seller"]) > SAMPLE_RATE_HZ / 10


@pytest.mark.skipif(sys.platform != "linux", reason="a pipe that nobody reads stands for a dead disk")
async def test_a_disk_that_never_answers_holds_up_neither_the_call_nor_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_WAITING_SAMPLES", SAMPLE_RATE_HZ)
    monkeypatch.setattr(keeping, "CLOSING_S", 0.01)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for size in (65536, 4096, 1):  # until nothing more goes in
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, bytes(size))
    os.set_blocking(writer, True)

    def create(path: Path, header: bytes) -> object:
        return os.fdopen(writer, "wb", buffering=0)

    monkeypatch.setattr(keeping, "_create", create)
    hearing = Hearing(kept(call(times=HOURS), tmp_path / "audio.flac"))
    await hearing.on(lambda: hearing.events)
    (noted,) = hearing.events
    assert isinstance(noted, CaveatNoted)
    assert noted.message.startswith("The disk takes nothing: the sound of the call has not been kept since")
    assert [caveat.code for caveat in await hearing.end()] == ["audio_incomplete"]
    os.close(reader)


async def test_a_failure_nobody_foresaw_is_told_and_the_call_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(encoder: object, audio: object) -> bytes:
        raise ValueError

    monkeypatch.setattr(keeping.FlacEncoder, "encode", fail)
    hearing = Hearing(kept(call(times=HOURS), tmp_path / "audio.flac"))
    await hearing.on(lambda: hearing.events)
    assert [caveat.code for caveat in await hearing.end()] == ["audio_incomplete"]
