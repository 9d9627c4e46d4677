from collections.abc import Callable
from concurrent.futures import Future

import pytest

from audio.simulated import Death, Faults, SimulatedDevice, inline, stamped
from roomtone.audio.live.side import Due, LiveSide
from roomtone.audio.live.supervision import SupervisedDevice
from roomtone.clock import ManualClock
from roomtone.events import SourceLost, SourceStarted
from roomtone.types import Speaker

pytestmark = pytest.mark.unit


def side(*deaths: Death, clock: ManualClock) -> LiveSide:
    device = SimulatedDevice(stamped, name="microphone", faults=Faults(deaths=deaths))
    return LiveSide("seller", Speaker.SELLER, SupervisedDevice(device, clock, inline))


def test_a_side_is_tried_out_until_it_gives_sound() -> None:
    clock = ManualClock()
    open_side = side(clock=clock)
    assert not open_side.try_out()
    clock.advance(0.1)
    assert open_side.try_out()
    assert isinstance(open_side.describe(), SourceStarted)


def test_a_side_that_cannot_be_opened_has_been_tried_out() -> None:
    missing = side(Death(0.0, 5.0), clock=ManualClock())
    assert missing.try_out()
    described = missing.describe()
    assert isinstance(described, SourceLost)
    assert described.message == "The device is gone: plug it in again."
    assert missing.poll(0.0) == (), "told already"


def test_a_loss_is_due_where_the_sound_ends_and_the_return_where_it_goes_on() -> None:
    clock = ManualClock()
    lost = side(Death(6.0, 1.0), clock=clock)
    gone, back = told_of(lost, clock, 10.0)
    assert isinstance(gone.event, SourceLost)
    assert isinstance(back.event, SourceStarted)
    assert gone.position == pytest.approx(6.0 * 16_000, abs=800)
    assert back.event.missed_s == pytest.approx((back.position - gone.position) / 16_000, abs=0.2)


def told_of(side: LiveSide, clock: ManualClock, until_s: float) -> list[Due]:
    """Poll as a live call does, with silence where nothing comes, and return what there is to tell."""
    dues: list[Due] = []
    while clock.now_s() < until_s:
        clock.advance(0.025)
        dues += side.poll(0.0)
        now = round(clock.now_s() * 16_000)
        if side.alignment.placed_samples < now - 3200:
            dues += side.go_without(now, now, patient=True)
    return dues


def test_another_reason_for_the_loss_is_told_and_the_same_one_is_not_told_again() -> None:
    clock = ManualClock()
    deaths = [Death(6.0, 8.0), Death(14.0, 10.0, code="server_missing", message="Start the server.")]
    gone, server, back = told_of(side(*deaths, clock=clock), clock, 32.0)
    assert isinstance(gone.event, SourceLost)
    assert isinstance(server.event, SourceLost)
    assert isinstance(back.event, SourceStarted)
    assert gone.event.message == "The device is gone: plug it in again."
    assert server.event.message == "Start the server."
    assert gone.position / 16_000 == pytest.approx(6.0, abs=0.1)
    assert 14.0 <= server.position / 16_000 <= 14.0 + 5.1


@pytest.mark.parametrize("code", ["device_changed", "devices_listed"])
def test_a_change_of_device_is_no_loss_when_the_next_is_opened_at_once(code: str) -> None:
    clock = ManualClock()
    (back,) = told_of(side(Death(6.0, 0.0, code=code), clock=clock), clock, 10.0)
    assert isinstance(back.event, SourceStarted)
    assert back.event.missed_s < 0.2


def test_a_change_to_a_device_that_cannot_be_opened_is_a_loss() -> None:
    clock = ManualClock()
    deaths = [Death(6.0, 0.0, code="device_changed"), Death(6.01, 5.0, message="It refuses.")]
    lost, back = told_of(side(*deaths, clock=clock), clock, 20.0)
    assert isinstance(lost.event, SourceLost)
    assert lost.event.message == "It refuses."
    assert isinstance(back.event, SourceStarted)


def test_a_change_that_takes_long_is_told_meanwhile() -> None:
    clock = ManualClock()
    device = SimulatedDevice(stamped, faults=Faults(deaths=[Death(6.0, 0.0, code="device_changed")]))
    begun: list[Future[None]] = []

    def hanging_from_the_third_on(work: Callable[[], None]) -> Future[None]:
        begun.append(inline(work) if len(begun) < 2 else Future())
        return begun[-1]

    changing = LiveSide("seller", Speaker.SELLER, SupervisedDevice(device, clock, hanging_from_the_third_on))
    assert told_of(changing, clock, 7.5) == []
    (lost,) = told_of(changing, clock, 9.0)
    assert isinstance(lost.event, SourceLost)
