import asyncio

import pytest

from roomtone.clock import Clock, CountedFrom, ManualClock, SystemClock

pytestmark = pytest.mark.unit


@pytest.fixture
def real_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The system's clock, which only waiting moves on; what was waited for is appended."""
    seconds = [100.0]

    async def sleep(delay_s: float) -> None:
        seconds.append(seconds[-1] + delay_s)

    monkeypatch.setattr("roomtone.clock._monotonic_s", lambda: seconds[-1])
    monkeypatch.setattr("roomtone.clock.asyncio.sleep", sleep)
    return seconds


def test_a_clock_counts_from_its_construction(real_s: list[float]) -> None:
    system = SystemClock()
    assert system.now_s() == 0.0
    real_s.append(103.5)
    assert system.now_s() == 3.5
    assert SystemClock().now_s() == 0.0


async def test_waiting_takes_the_time_that_is_left(real_s: list[float]) -> None:
    system = SystemClock()
    real_s.append(101.0)
    await system.sleep_until(4.0)
    assert (real_s[-1], system.now_s()) == (104.0, 4.0)


async def test_at_a_higher_rate_a_minute_takes_less(real_s: list[float]) -> None:
    fast = SystemClock(rate=4.0)
    await fast.sleep_until(60.0)
    assert (real_s[-1], fast.now_s()) == (115.0, 60.0)


async def test_a_moment_gone_by_is_not_waited_for(real_s: list[float]) -> None:
    system = SystemClock()
    real_s.append(110.0)
    await system.sleep_until(4.0)
    assert real_s[-1] == 110.0


async def test_a_manual_clock_jumps_to_what_it_is_asked_to_wait_for() -> None:
    manual: Clock = ManualClock(5.0)
    await manual.sleep_until(9.0)
    assert manual.now_s() == 9.0
    await manual.sleep_until(2.0)
    assert manual.now_s() == 9.0


def test_a_manual_clock_can_be_moved() -> None:
    manual = ManualClock()
    manual.advance(1.5)
    manual.advance(1.0)
    assert manual.now_s() == 2.5


async def test_waiting_on_a_manual_clock_lets_others_work() -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    task = asyncio.create_task(work())
    await ManualClock().sleep_until(0.0)
    assert done.is_set()
    await task


async def test_a_session_counts_from_its_own_beginning() -> None:
    clock = ManualClock(now_s=40.0)
    session = CountedFrom(clock, 38.0)
    assert session.now_s() == 2.0
    await session.sleep_until(4.5)
    assert (session.now_s(), clock.now_s()) == (4.5, 42.5)


def test_the_systems_time_never_goes_backwards() -> None:
    clock = SystemClock()
    times_s = [clock.now_s() for _ in range(1000)]
    assert times_s == sorted(times_s)
