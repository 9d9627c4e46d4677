"""Waiting audio in memory and in a real file: order, limits, full disks, nothing left behind."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from roomtone.errors import StoreError
from roomtone.session.backlog import BYTES_PER_SAMPLE, Backlog
from roomtone.types import SAMPLE_RATE_HZ, Speaker, Utterance

from .conftest import SmallDisk

pytestmark = pytest.mark.unit

MEMORY_S = 3.0
HANGS_S = 60.0
"""Only reached when something never ends."""


def utterance(number: int, length_s: float = 1.0) -> Utterance:
    """An utterance with samples of its own."""
    generator = np.random.default_rng(number)
    samples = generator.standard_normal(round(length_s * SAMPLE_RATE_HZ)).astype(np.float32)
    start_s = float(10 * number)
    return Utterance(
        f"u{number}", "customer", Speaker.CUSTOMER, start_s, start_s + length_s, start_s, samples, start_s + 9
    )


def assert_same(found: Utterance, expected: Utterance) -> None:
    assert (found.utterance_id, found.start_s, found.closed_at_s) == (
        expected.utterance_id,
        expected.start_s,
        expected.closed_at_s,
    )
    assert found.samples.dtype == np.float32
    assert np.array_equal(found.samples, expected.samples)


async def settled(backlog: Backlog) -> None:
    """Wait until the thread has done all it was given so far."""
    await asyncio.wrap_future(backlog._thread.submit(lambda: None))


def held_s(backlog: Backlog) -> float:
    """Seconds of audio really in memory."""
    return sum(len(entry.utterance.samples) for entry in backlog._entries) / SAMPLE_RATE_HZ


def file_bytes(backlog: Backlog) -> int:
    return 0 if backlog._file is None else os.fstat(backlog._file.fileno()).st_size


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
async def backlog(tmp_path: Path) -> AsyncIterator[Backlog]:
    backlog = Backlog(tmp_path, memory_s=MEMORY_S)
    yield backlog
    await backlog.aclose()


async def test_what_fits_stays_in_memory_and_needs_no_file(backlog: Backlog) -> None:
    pushed = [utterance(number) for number in range(3)]
    for each in pushed:
        backlog.push(each)
    assert len(backlog) == 3
    assert backlog.oldest is pushed[0]
    assert [await backlog.take() for _ in pushed] == pushed
    assert (len(backlog), backlog.oldest) == (0, None)
    assert backlog._file is None


async def test_beyond_the_limit_audio_waits_in_the_file_and_comes_back_bit_for_bit(backlog: Backlog) -> None:
    pushed = [utterance(number, 0.5 + number % 4) for number in range(40)]
    for each in pushed:
        backlog.push(each)
    await settled(backlog)
    assert held_s(backlog) <= MEMORY_S
    waiting_s = sum(len(each.samples) for each in pushed) / SAMPLE_RATE_HZ
    assert file_bytes(backlog) == round((waiting_s - held_s(backlog)) * SAMPLE_RATE_HZ) * BYTES_PER_SAMPLE
    for each in pushed:
        assert backlog.oldest is not None
        assert backlog.oldest.closed_at_s == each.closed_at_s
        assert_same(await backlog.take(), each)
    assert file_bytes(backlog) == 0


async def test_the_order_holds_while_some_come_and_some_go(backlog: Backlog) -> None:
    taken = 0
    for number in range(200):
        backlog.push(utterance(number))
        if number % 4 != 0 and number > 20:  # three go while four come
            assert_same(await backlog.take(), utterance(taken))
            taken += 1
    await settled(backlog)
    assert held_s(backlog) <= MEMORY_S
    while len(backlog):
        assert_same(await backlog.take(), utterance(taken))
        taken += 1
    assert taken == 200
    assert file_bytes(backlog) == 0


async def test_an_utterance_is_taken_right_while_it_is_still_being_written(backlog: Backlog) -> None:
    pushed = [utterance(number, 2.0) for number in range(6)]
    for each in pushed:
        backlog.push(each)
    for each in pushed:
        assert_same(await backlog.take(), each)


async def test_who_waits_is_woken_by_the_next_arrival(backlog: Backlog) -> None:
    waiting = asyncio.create_task(backlog.arrival())
    await asyncio.sleep(0)
    assert not waiting.done()
    backlog.push(utterance(1))
    async with asyncio.timeout(HANGS_S):
        await waiting
        await backlog.arrival()
    assert_same(await backlog.take(), utterance(1))


async def test_the_file_has_no_name_and_is_gone_in_the_end(tmp_path: Path) -> None:
    backlog = Backlog(tmp_path, memory_s=0.0)
    backlog.push(utterance(1))
    await settled(backlog)
    assert file_bytes(backlog) == SAMPLE_RATE_HZ * BYTES_PER_SAMPLE
    if os.name == "posix":
        assert names_in(tmp_path) == []
    await backlog.aclose()
    await backlog.aclose()
    assert names_in(tmp_path) == []


async def test_clearing_returns_all_that_waited_in_order(backlog: Backlog) -> None:
    for number in range(10):
        backlog.push(utterance(number))
    assert [each.utterance_id for each in backlog.clear()] == [f"u{number}" for number in range(10)]
    assert len(backlog) == 0


async def test_on_a_full_disk_audio_stays_in_memory_until_there_is_room(small_disk: SmallDisk) -> None:
    backlog = Backlog(small_disk.path, memory_s=1.0)
    pushed = [utterance(number) for number in range(8)]
    for each in pushed[:3]:
        backlog.push(each)
    await settled(backlog)
    assert backlog.failure is None
    small_disk.fill()
    for each in pushed[3:6]:
        backlog.push(each)
    await settled(backlog)
    assert backlog.failure is not None
    assert backlog.failure.errno == errno.ENOSPC
    assert held_s(backlog) == 4.0
    small_disk.free()
    for each in pushed[6:]:
        backlog.push(each)
    await settled(backlog)
    assert held_s(backlog) == 4.0
    for each in pushed:
        assert_same(await backlog.take(), each)
    await backlog.aclose()


async def test_without_room_anywhere_the_oldest_in_memory_gives_way(small_disk: SmallDisk) -> None:
    backlog = Backlog(small_disk.path, memory_s=2.0, most_in_memory_s=5.0)
    pushed = [utterance(number) for number in range(20)]
    for each in pushed[:6]:  # two in memory, four in the file
        backlog.push(each)
    await settled(backlog)
    small_disk.fill()
    for each in pushed[6:15]:
        backlog.push(each)
        await settled(backlog)
    assert held_s(backlog) == 5.0 + 1.0
    small_disk.free()
    for each in pushed[15:]:
        backlog.push(each)
        await settled(backlog)
    lost = ["u0", "u1", "u6", "u7", "u8", "u9"]
    for each in pushed:
        if each.utterance_id in lost:
            with pytest.raises(StoreError, match="became too much for the memory") as told:
                await backlog.take()
            assert (told.value.code, told.value.recoverable) == ("backlog_full", True)
        else:
            assert_same(await backlog.take(), each)
    assert (held_s(backlog), file_bytes(backlog)) == (0.0, 0)
    backlog.push(utterance(20))
    assert_same(await backlog.take(), utterance(20))
    await backlog.aclose()


async def test_what_is_written_after_all_is_not_lost(backlog: Backlog, tmp_path: Path) -> None:
    narrow = Backlog(tmp_path, memory_s=0.0, most_in_memory_s=2.0)
    pushed = [utterance(number, 0.5) for number in range(40)]
    for each in pushed:
        narrow.push(each)
        await settled(narrow)
    for each in pushed:
        assert_same(await narrow.take(), each)
    await narrow.aclose()


async def test_without_its_folder_audio_stays_in_memory(tmp_path: Path) -> None:
    backlog = Backlog(tmp_path / "gone", memory_s=0.0)
    backlog.push(utterance(1))
    assert_same(await backlog.take(), utterance(1))
    assert isinstance(backlog.failure, FileNotFoundError)
    await backlog.aclose()
