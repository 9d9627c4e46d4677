import pytest

from audio.simulated import Death, Faults, SimulatedDevice, inline, stamped
from roomtone.audio.live.side import LiveSide
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
    dues = []
    while clock.now_s() < 10.0:
        clock.advance(0.025)
        dues += lost.poll(0.0)
        now = round(clock.now_s() * 16_000)
        if lost.alignment.placed_samples < now - 3200:
            dues += lost.go_without(now, now, patient=True)
    gone, back = dues
    assert isinstance(gone.event, SourceLost)
    assert isinstance(back.event, SourceStarted)
    assert gone.position == pytest.approx(6.0 * 16_000, abs=800)
    assert back.event.missed_s == pytest.approx((back.position - gone.position) / 16_000, abs=0.2)
