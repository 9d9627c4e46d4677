import threading
from collections.abc import Callable
from concurrent.futures import Future, wait

import numpy as np
import pytest

from audio.simulated import Death, Faults, SimulatedCapture, SimulatedDevice, Span, inline, stamped
from roomtone.audio.devices.capture import PASSING
from roomtone.audio.live.supervision import (
    CLOSE_PATIENCE_S,
    MOST_HANGING,
    OPEN_PATIENCE_S,
    SILENT_PATIENCE_S,
    SupervisedDevice,
    in_thread,
)
from roomtone.clock import Clock, ManualClock
from roomtone.errors import DeviceError

pytestmark = pytest.mark.unit

POLL_S = 0.025


class Waiting:
    """Work is put off until the test lets it be done."""

    def __init__(self) -> None:
        self.asked: list[tuple[Callable[[], None], Future[None]]] = []

    def __call__(self, work: Callable[[], None]) -> Future[None]:
        future: Future[None] = Future()
        self.asked.append((work, future))
        return future

    def do_next(self) -> None:
        work, future = self.asked.pop(0)
        done = inline(work)
        if (error := done.exception()) is not None:
            future.set_exception(error)
        else:
            future.set_result(None)


class Refusing(SimulatedDevice):
    """A device whose driver has a fault of its own."""

    def open(self, clock: Clock) -> SimulatedCapture:
        raise ValueError("bad luck")


def poll_for(device: SupervisedDevice, clock: ManualClock, for_s: float) -> list[float]:
    """Poll as a live call does and return the times at which the device was not open."""
    closed_s = []
    until_s = clock.now_s() + for_s
    while clock.now_s() < until_s:
        clock.advance(POLL_S)
        if device.poll() is None:
            closed_s.append(clock.now_s())
    return closed_s


def test_a_device_that_dies_is_closed_and_opened_anew() -> None:
    clock = ManualClock()
    simulated = SimulatedDevice(stamped, faults=Faults(deaths=[Death(10.0, 3.0)]))
    device = SupervisedDevice(simulated, clock, inline)
    closed_s = poll_for(device, clock, 20.0)
    assert closed_s[0] == pytest.approx(10.0, abs=0.03)
    assert closed_s[-1] < 15.0
    assert device.capture is simulated.opened[1]
    assert [capture.closed for capture in simulated.opened] == [True, False]
    assert device.failure is not None
    assert device.failure.code == "device_gone"


def test_attempts_come_less_and_less_often_and_never_further_apart_than_five_seconds() -> None:
    clock = ManualClock()
    attempts_s: list[float] = []

    class Counting(SimulatedDevice):
        def open(self, clock: Clock) -> SimulatedCapture:
            attempts_s.append(clock.now_s())
            return super().open(clock)

    device = SupervisedDevice(Counting(stamped, faults=Faults(deaths=[Death(0.0, 99.0)])), clock, inline)
    poll_for(device, clock, 30.0)
    assert np.diff(attempts_s) == pytest.approx([0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0], abs=0.03)


@pytest.mark.parametrize("code", sorted(PASSING))
def test_a_device_whose_end_is_no_fault_is_opened_at_once(code: str) -> None:
    clock = ManualClock()
    faults = Faults(deaths=[Death(10.0, 0.0, code=code)])
    device = SupervisedDevice(SimulatedDevice(stamped, faults=faults), clock, inline)
    assert len(poll_for(device, clock, 12.0)) == 1


def test_a_device_that_changes_all_the_time_is_not_opened_all_the_time() -> None:
    clock = ManualClock()
    deaths = [Death(at_s, 0.0, code="device_changed") for at_s in np.arange(1.0, 20.0, 0.1)]
    simulated = SimulatedDevice(stamped, faults=Faults(deaths=deaths))
    poll_for(SupervisedDevice(simulated, clock, inline), clock, 20.0)
    assert len(simulated.opened) < 10


def test_a_device_that_gives_nothing_is_opened_anew() -> None:
    clock = ManualClock()
    simulated = SimulatedDevice(stamped, name="Headset", faults=Faults(stalls=[Span(2.0, 60.0)]))
    device = SupervisedDevice(simulated, clock, inline)
    closed_s = poll_for(device, clock, 9.0)
    assert closed_s[0] == pytest.approx(2.0 + SILENT_PATIENCE_S, abs=0.1)
    assert device.failure is not None
    assert device.failure.code == "device_stalled"
    assert device.failure.message.startswith("Headset gives no sound at all, not even silence")


def test_time_in_which_nobody_polled_is_no_silence_of_the_device() -> None:
    clock = ManualClock()
    simulated = SimulatedDevice(stamped, faults=Faults(stalls=[Span(2.0, 61.0)]))
    device = SupervisedDevice(simulated, clock, inline)
    poll_for(device, clock, 2.5)
    clock.advance(60.0)
    assert poll_for(device, clock, 2.0) == []


def test_any_fault_of_a_driver_is_told_in_a_sentence() -> None:
    device = SupervisedDevice(Refusing(stamped, name="headset"), ManualClock(), inline)
    assert device.poll() is None
    assert device.failure is not None
    assert device.failure.message == "The headset failed (bad luck): check it in the system's sound settings."


def test_an_opening_that_hangs_is_abandoned_and_closes_what_it_opens_after_all() -> None:
    clock, threads = ManualClock(), Waiting()
    simulated = SimulatedDevice(stamped)
    device = SupervisedDevice(simulated, clock, threads)
    poll_for(device, clock, OPEN_PATIENCE_S + 0.1)
    assert device.failure is not None
    assert device.failure.code == "device_hangs"
    threads.do_next()
    assert simulated.opened[0].closed
    poll_for(device, clock, 1.0)
    assert device.capture is None
    threads.do_next()
    poll_for(device, clock, POLL_S)
    assert device.capture is simulated.opened[1]
    assert not simulated.opened[1].closed


def test_no_more_than_a_few_threads_ever_hang() -> None:
    clock, threads = ManualClock(), Waiting()
    device = SupervisedDevice(SimulatedDevice(stamped), clock, threads)
    poll_for(device, clock, 200.0)
    assert len(threads.asked) == MOST_HANGING


def test_a_closing_that_hangs_does_not_keep_the_device_from_being_opened() -> None:
    clock, threads = ManualClock(), Waiting()
    simulated = SimulatedDevice(stamped, faults=Faults(deaths=[Death(6.0, 0.0)]))
    device = SupervisedDevice(simulated, clock, threads)
    device.poll()
    threads.do_next()
    poll_for(device, clock, 6.0 + CLOSE_PATIENCE_S + 0.2)
    assert len(threads.asked) == 2, "the closing, and another opening"
    threads.asked.reverse()
    threads.do_next()
    device.poll()
    assert device.capture is simulated.opened[1]


def test_release_names_what_is_still_under_way() -> None:
    threads = Waiting()
    simulated = SimulatedDevice(stamped)
    device = SupervisedDevice(simulated, ManualClock(), threads)
    device.poll()
    assert len(device.release()) == 1, "the opening"
    threads.do_next()
    assert simulated.opened[0].closed
    assert device.release() == []


def test_work_in_a_thread_tells_how_it_ended() -> None:
    ran_in: list[threading.Thread] = []
    good = in_thread(lambda: ran_in.append(threading.current_thread()))

    def fail() -> None:
        raise DeviceError("It is gone.", code="device_gone")

    bad = in_thread(fail)
    wait([good, bad], 10.0)
    assert isinstance(bad.exception(), DeviceError)
    assert ran_in[0] is not threading.main_thread()
    assert ran_in[0].daemon
