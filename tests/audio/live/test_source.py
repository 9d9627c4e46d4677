import asyncio
import threading
from contextlib import aclosing
from dataclasses import dataclass, field

import numpy as np
import pytest

from audio.simulated import (
    Death,
    Faults,
    SimulatedCapture,
    SimulatedDevice,
    Span,
    inline,
    noise,
    silence,
    stamped,
    stamps_s,
)
from roomtone.audio.live.source import CHUNK_SAMPLES, RELEASE_S, SILENT_CHUNK_SAMPLES, LiveSource
from roomtone.clock import Clock, ManualClock
from roomtone.errors import DeviceError
from roomtone.events import (
    CaveatNoted,
    CaveatWithdrawn,
    Event,
    SourceLost,
    SourceOverflowed,
    SourceStarted,
)
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Samples, Speaker

pytestmark = pytest.mark.unit

ORIGIN_S = 100.0
"""Clock time at which the calls of these tests begin, about."""


@dataclass
class Heard:
    """What a consumer of a live call got."""

    chunks: list[AudioChunk] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def side(self, source_id: str) -> Samples:
        return np.concatenate([chunk.samples for chunk in self.chunks if chunk.source_id == source_id])

    def told(self, *kinds: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kinds)]


class Call:
    """A live call of two simulated devices on a clock that jumps from poll to poll."""

    def __init__(self, microphone: SimulatedDevice, system: SimulatedDevice | None) -> None:
        self.clock = ManualClock(ORIGIN_S)
        self.microphone, self.system = microphone, system
        self.source = LiveSource(microphone, system, clock=self.clock, platform="linux", background=inline)
        self.heard = Heard()

    async def listen(self, until_s: float, *stops: Span) -> Heard:
        """Hear the call up to a session time; at each of the ``stops`` this process does not run."""
        waiting = list(stops)
        await self.source.open()
        begun_s = self.clock.now_s()
        async with aclosing(self.source.chunks()) as chunks:
            async for chunk in chunks:
                self.heard.chunks.append(chunk)
                for event in self.source.happened():
                    assert event.t_s <= chunk.end_sample / SAMPLE_RATE_HZ
                    self.heard.events.append(event)
                if waiting and self.clock.now_s() - begun_s >= waiting[0].at_s:
                    self.clock.advance(waiting.pop(0).for_s)
                last = chunk.source_id == self.source.sides[-1][0]
                if last and chunk.end_sample >= until_s * SAMPLE_RATE_HZ:
                    break
        await self.source.aclose()
        return self.heard


def device(name: str = "microphone", **named: object) -> SimulatedDevice:
    return SimulatedDevice(stamped, name=name, **named)  # type: ignore[arg-type]


def missing(heard: Samples) -> float:
    """Return how many seconds of stamped sound are silence."""
    return float(np.count_nonzero(heard == 0)) / SAMPLE_RATE_HZ


async def test_both_sides_come_in_turn_at_the_pace_of_the_clock() -> None:
    call = Call(device(jitter_s=0.02), device("speakers", jitter_s=0.02, seed=1))
    heard = await call.listen(10.0)
    assert [chunk.source_id for chunk in heard.chunks] == ["seller", "customer"] * 200
    assert [chunk.start_sample for chunk in heard.chunks[::2]] == list(range(0, 160_000, CHUNK_SAMPLES))
    assert {len(chunk.samples) for chunk in heard.chunks} == {CHUNK_SAMPLES}
    assert heard.events == []
    assert missing(heard.side("seller")[800:]) == 0.0


async def test_a_sound_is_yielded_within_a_tenth_of_a_second() -> None:
    call = Call(device(jitter_s=0.01), device("speakers", jitter_s=0.02, seed=1))
    heard = await call.listen(20.0)
    age_s = [chunk.captured_at_s - stamps_s(chunk.samples[-1:])[0] for chunk in heard.chunks[20:]]
    assert np.median(age_s) < 0.08
    assert np.quantile(age_s, 0.95) < 0.1


async def test_the_sides_stay_together_though_their_clocks_drift() -> None:
    call = Call(device(drift_ppm=100.0), device("speakers", drift_ppm=-100.0))
    heard = await call.listen(300.0)
    apart_s = stamps_s(heard.side("seller")[SAMPLE_RATE_HZ:]) - stamps_s(
        heard.side("customer")[SAMPLE_RATE_HZ:]
    )
    assert np.max(np.abs(apart_s)) < 0.005


async def test_nothing_is_lost_between_the_opening_and_the_first_chunk() -> None:
    call = Call(device(drift_ppm=100.0), device("speakers", seed=1))
    await call.source.open()
    began_s = call.source.began_s
    assert began_s == call.clock.now_s()
    call.clock.advance(8.0)
    heard = await call.listen(20.0)
    assert heard.events == []
    assert max(len(chunk.samples) for chunk in heard.chunks) <= SAMPLE_RATE_HZ
    for source_id in ("seller", "customer"):
        sound = heard.side(source_id)
        assert missing(sound[800:]) == 0.0
        late_s = began_s + np.arange(len(sound)) / SAMPLE_RATE_HZ - stamps_s(sound)
        assert np.max(np.abs(late_s[800:])) < 0.03
    in_order = [chunk.start_sample for chunk in heard.chunks[::2]]
    assert in_order == list(range(0, 20 * SAMPLE_RATE_HZ, CHUNK_SAMPLES))


async def test_what_is_open_is_described_before_the_first_chunk() -> None:
    call = Call(device(), device("speakers"))
    await call.source.open()
    started = call.source.describe()
    assert [(type(event), event.source_id) for event in started] == [
        (SourceStarted, "seller"),
        (SourceStarted, "customer"),
    ]
    assert call.source.sides == (("seller", Speaker.SELLER), ("customer", Speaker.CUSTOMER))
    await call.source.aclose()


async def test_without_system_sound_there_is_one_side_and_what_follows_from_it() -> None:
    call = Call(device(), None)
    await call.source.open()
    started, caveat = call.source.describe()
    heard = await call.listen(2.0)
    assert isinstance(started, SourceStarted)
    assert isinstance(caveat, CaveatNoted)
    assert (caveat.code, "no talk share" in caveat.message) == ("microphone_only", True)
    assert {chunk.source_id for chunk in heard.chunks} == {"seller"}


async def test_a_microphone_that_cannot_be_opened_is_refused_and_everything_released() -> None:
    call = Call(device(faults=Faults(deaths=[Death(0.0, 999.0)])), device("speakers"))
    with pytest.raises(DeviceError, match="plug it in again"):
        await call.source.open()
    assert call.system is not None
    assert [capture.closed for capture in call.system.opened] == [True]


async def test_system_sound_missing_at_the_start_is_heard_once_it_is_there() -> None:
    call = Call(device(), device("speakers", faults=Faults(deaths=[Death(0.0, ORIGIN_S + 7.0)])))
    await call.source.open()
    assert [type(event) for event in call.source.describe()] == [SourceStarted, SourceLost]
    heard = await call.listen(20.0)
    (back,) = heard.events
    assert isinstance(back, SourceStarted)
    assert (back.source_id, back.description) == ("customer", "speakers")
    assert 7.0 <= back.missed_s <= back.t_s <= 13.0
    assert missing(heard.side("seller")[800:]) == 0.0


async def test_a_device_that_dies_is_told_once_and_told_again_when_it_is_back() -> None:
    deaths = [Death(ORIGIN_S + 10.0, 8.0)]
    call = Call(device(), device("headset", faults=Faults(deaths=deaths)))
    heard = await call.listen(40.0)
    lost, back = heard.events
    assert isinstance(lost, SourceLost)
    assert isinstance(back, SourceStarted)
    assert lost.message == "The device is gone: plug it in again."
    assert lost.t_s == pytest.approx(10.0, abs=0.2)
    assert back.missed_s == pytest.approx(back.t_s - lost.t_s, abs=0.3)
    assert missing(heard.side("seller")[800:]) == 0.0
    late_s = [chunk.captured_at_s - ORIGIN_S - chunk.end_sample / SAMPLE_RATE_HZ for chunk in heard.chunks]
    assert max(late_s) < 0.2, "the other side is not held back"
    (caveat,) = call.source.describe_end()
    assert caveat.code == "side_missed"
    missed = round(missing(heard.side("customer")))
    assert caveat.message == f"The customer's side was not heard for 0:{missed:02d} in all."


async def test_a_change_of_the_default_costs_next_to_nothing() -> None:
    deaths = [Death(ORIGIN_S + 10.0, 0.0, code="device_changed")]
    call = Call(device(faults=Faults(deaths=deaths)), device("speakers"))
    heard = await call.listen(15.0)
    assert [type(event) for event in heard.events] == [SourceStarted]
    assert missing(heard.side("seller")[800:]) < 0.15
    assert call.source.describe_end() == []


async def test_both_devices_gone_the_call_goes_on_in_silence() -> None:
    faults = Faults(deaths=[Death(ORIGIN_S + 5.0, 20.0)])
    call = Call(device(faults=faults), device("speakers", faults=faults))
    heard = await call.listen(15.0)
    assert [type(event) for event in heard.events] == [SourceLost, SourceLost]
    assert call.clock.now_s() - ORIGIN_S == pytest.approx(15.0, abs=0.2)


async def test_what_a_device_lost_is_counted() -> None:
    call = Call(device(faults=Faults(losses=[Span(ORIGIN_S + 5.0, 0.2)])), device("speakers"))
    heard = await call.listen(15.0)
    (lost,) = heard.events
    assert isinstance(lost, SourceOverflowed)
    assert lost.source_id == "seller"
    assert lost.lost_samples == pytest.approx(3200, abs=20)
    assert missing(heard.side("customer")[800:]) == 0.0


async def test_a_device_that_stalls_for_long_holds_the_other_back_once() -> None:
    call = Call(device(), device("speakers", faults=Faults(stalls=[Span(ORIGIN_S + 5.0, 2.5)])))
    heard = await call.listen(15.0)
    late = [
        chunk.start_sample / SAMPLE_RATE_HZ
        for chunk in heard.chunks
        if chunk.captured_at_s - ORIGIN_S - chunk.end_sample / SAMPLE_RATE_HZ > 0.2
    ]
    assert max(late) - min(late) < 1.5
    assert missing(heard.side("seller")[800:]) == 0.0
    assert [type(event) for event in heard.events] == [SourceOverflowed]


async def test_nothing_is_lost_when_this_process_is_stopped_and_the_devices_kept_the_sound() -> None:
    call = Call(device(), device("speakers"))
    heard = await call.listen(30.0, Span(10.0, 8.0))
    assert heard.events == []
    assert missing(heard.side("seller")[800:]) == missing(heard.side("customer")[800:]) == 0.0


async def test_a_sleep_of_the_computer_is_silence_in_pieces_and_told_in_words() -> None:
    asleep = [Span(ORIGIN_S + 30.1, 600.0)]
    call = Call(device(faults=Faults(losses=asleep)), device("speakers", faults=Faults(losses=asleep)))
    heard = await call.listen(640.0, Span(30.0, 600.0))
    (caveat,) = heard.events
    assert isinstance(caveat, CaveatNoted)
    assert caveat.code == "not_heard"
    assert caveat.message == (
        "Nothing was heard from 00:30 to 10:30: the computer slept or Roomtone was stopped."
    )
    longest = max(heard.chunks, key=lambda chunk: len(chunk.samples))
    assert len(longest.samples) == SILENT_CHUNK_SAMPLES
    assert missing(heard.side("seller")) == pytest.approx(600.0, abs=0.2)
    both = [stamps_s(heard.side(source_id)[-SAMPLE_RATE_HZ:]) for source_id in ("seller", "customer")]
    assert np.max(np.abs(both[0] - both[1])) < 0.005


async def test_a_microphone_that_gives_zeros_is_told_and_one_muted_on_purpose_is_not() -> None:
    dead = Call(SimulatedDevice(silence), SimulatedDevice(noise(0.05), name="speakers"))
    assert [event.code for event in (await dead.listen(40.0)).told(CaveatNoted)] == ["microphone_silent"]
    muted = SimulatedDevice(noise(0.01), faults=Faults(mutes=[Span(ORIGIN_S + 2.0, 30.0)]))
    quiet = Call(muted, SimulatedDevice(noise(0.05), name="speakers"))
    assert (await quiet.listen(40.0)).events == []


async def test_a_dead_output_is_told_while_the_seller_waits_for_answers() -> None:
    speech, room = noise(0.1), noise(0.0003)

    def phrases(times_s: np.ndarray) -> Samples:
        return np.where(times_s % 12.0 < 5.0, speech(times_s), room(times_s))

    def late_answer(times_s: np.ndarray) -> Samples:
        return np.where(times_s < ORIGIN_S + 80.0, np.float32(0), speech(times_s))

    heard = await Call(SimulatedDevice(phrases), SimulatedDevice(late_answer)).listen(90.0)
    assert [(type(event), event.source_id) for event in heard.events] == [
        (CaveatNoted, "customer"),
        (CaveatWithdrawn, "customer"),
    ]


async def test_a_lost_customer_is_not_called_silent_as_well() -> None:
    faults = Faults(deaths=[Death(ORIGIN_S + 2.0, 500.0)])
    call = Call(SimulatedDevice(noise(0.1)), device("speakers", faults=faults))
    assert [type(event) for event in (await call.listen(120.0)).events] == [SourceLost]


async def test_numbers_that_are_none_and_overshoots_become_sound() -> None:
    def broken(times_s: np.ndarray) -> Samples:
        return np.where(times_s % 1.0 < 0.5, np.float32(np.nan), np.float32(7.0))

    heard = (await Call(SimulatedDevice(broken), None).listen(3.0)).side("seller")
    assert set(np.unique(heard)) == {0.0, 1.0}


async def test_closing_ends_the_call_and_releases_the_devices() -> None:
    call = Call(device(), device("speakers"))
    seen = 0
    async for _ in call.source.chunks():
        seen += 1
        if seen == 100:
            await call.source.aclose()
    assert seen in (100, 101)
    await call.source.aclose()
    assert call.system is not None
    assert [capture.closed for capture in (*call.microphone.opened, *call.system.opened)] == [True, True]


async def test_a_call_closed_while_it_is_opening_opens_nothing_more() -> None:
    call = Call(device(faults=Faults(stalls=[Span(0.0, 999.0)])), device("speakers"))
    opening = asyncio.create_task(call.source.open())
    await asyncio.sleep(0)
    await call.source.aclose()
    await opening
    assert [capture.closed for capture in call.microphone.opened] == [True]


async def test_a_device_that_hangs_while_closing_does_not_hang_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    let_go = threading.Event()

    class Hanging(SimulatedDevice):
        def open(self, clock: Clock) -> SimulatedCapture:
            capture = super().open(clock)
            monkeypatch.setattr(capture, "close", let_go.wait)
            return capture

    monkeypatch.setattr("roomtone.audio.live.source.RELEASE_S", RELEASE_S / 100)
    clock = ManualClock()
    source = LiveSource(Hanging(stamped), None, clock=clock)
    opening = asyncio.create_task(source.open())
    while not opening.done():
        clock.advance(0.001)
        await asyncio.sleep(0)
    await source.aclose()
    before = threading.active_count()
    let_go.set()
    for thread in threading.enumerate():
        if thread.name == "device":
            thread.join(10.0)
    assert threading.active_count() < before
