"""One device kept open: what dies is closed and opened anew, without ever waiting for it."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final

from roomtone.audio.devices.capture import PASSING, Capture, Captured, Device, gives_nothing
from roomtone.clock import Clock
from roomtone.errors import DeviceError

FIRST_PAUSE_S: Final = 0.5
"""A sound server that restarts is back about then."""
LONGEST_PAUSE_S: Final = 5.0
"""Before another attempt; a headset that is plugged in again is heard within this."""
STEADY_S: Final = 5.0
"""A device that worked this long has recovered: when it is lost again, it is tried again soon."""
OPEN_PATIENCE_S: Final = 10.0
"""Bluetooth takes some seconds to change its profile; what takes longer hangs."""
CLOSE_PATIENCE_S: Final = 3.0
"""Hardware must be closed before it can be opened again, but on a dead server closing may hang."""
SILENT_PATIENCE_S: Final = 3.0
"""An open device gives samples all the time, be they zeros; the slowest takes two seconds to begin. One that
gives none for longer is dead or suspended."""
LONGEST_POLL_S: Final = 0.1
"""More time than this between two polls is time in which this process did not run, not the device."""
MOST_HANGING: Final = 3
"""Threads that hang in a device; beyond, nothing is opened before one of them comes back."""

Background = Callable[[Callable[[], None]], Future[None]]
"""Runs work that may take long, and tells when it is done."""

logger = logging.getLogger(__name__)


def in_thread(work: Callable[[], None]) -> Future[None]:
    """Run ``work`` in a thread of its own that keeps nobody from leaving, should it hang."""
    future: Future[None] = Future()

    def run() -> None:
        try:
            work()
        except Exception as error:  # whatever a driver throws belongs to who asked
            future.set_exception(error)
        else:
            future.set_result(None)

    threading.Thread(target=run, name="device", daemon=True).start()
    return future


class SupervisedDevice:
    """A device that is opened at the first poll and kept open; every method returns at once.

    Not safe across threads: all calls come from the event loop.
    """

    def __init__(self, device: Device, clock: Clock, background: Background = in_thread) -> None:
        self.capture: Capture | None = None
        """The open device; None while it is not open."""
        self.failure: DeviceError | None = None
        """Why it was lost, or could not be opened, the last time."""
        self._device = device
        self._clock = clock
        self._background = background
        self._opening: _Opening | None = None
        self._closing: Future[None] | None = None
        self._under_way: list[Future[None]] = []
        self._asked_s = clock.now_s()
        """When what is under way was asked for."""
        self._retry_s = clock.now_s()
        self._pause_s = FIRST_PAUSE_S
        self._polled_s = clock.now_s()
        self._open_s = 0.0
        self._silent_s = 0.0

    @property
    def name(self) -> str:
        """What the user calls the device."""
        return self._device.name

    def poll(self) -> Captured | None:
        """Return what the device gave since the last poll, and None while it is not open."""
        now_s = self._clock.now_s()
        passed_s = min(now_s - self._polled_s, LONGEST_POLL_S)
        self._polled_s = now_s
        if self.capture is None:
            self._reopen(now_s)
        if self.capture is None:
            return None
        return self._read(self.capture, passed_s)

    def release(self) -> Sequence[Future[None]]:
        """Let go of the device for good and return what is still to be waited for."""
        if self._opening is not None:
            self._abandon(self._opening)
        if self.capture is not None:
            self._close(self.capture)
        return self._hanging()

    def _read(self, capture: Capture, passed_s: float) -> Captured | None:
        try:
            captured = capture.read()
            self._open_s += passed_s
            self._silent_s = 0.0 if len(captured.samples) else self._silent_s + passed_s
            if self._silent_s > SILENT_PATIENCE_S:
                raise gives_nothing(capture.description)
        except Exception as error:  # a driver's own mistakes must not end the call either
            self._close(capture)
            self._failed(error)
            return None
        if captured.overflows:
            logger.info("%s lost samples, it says: %d times", self.name, captured.overflows)
        return captured

    def _reopen(self, now_s: float) -> None:
        if self._closing is not None:
            if not self._closing.done() and now_s - self._asked_s < CLOSE_PATIENCE_S:
                return
            self._closing = None
        if self._opening is not None:
            self._await_opening(self._opening, now_s)
        elif now_s >= self._retry_s and len(self._hanging()) < MOST_HANGING:
            self._asked_s = now_s
            self._opening = _Opening(self._device, self._clock)
            self._opening.future = self._start(self._opening.run)
            self._await_opening(self._opening, now_s)

    def _await_opening(self, opening: "_Opening", now_s: float) -> None:
        if opening.future.done():
            self._opening = None
            if (error := opening.future.exception()) is not None:
                self._failed(error)
            else:
                self.capture = opening.capture
                self._open_s = self._silent_s = 0.0
                logger.info("%s is open", self.name)
        elif now_s - self._asked_s > OPEN_PATIENCE_S:
            self._abandon(opening)
            message = f"The {self.name} does not answer: check it in the system's sound settings."
            self._failed(DeviceError(message, code="device_hangs"))

    def _failed(self, error: BaseException) -> None:
        logger.warning("%s failed: %s", self.name, error)
        if not isinstance(error, DeviceError):
            message = f"The {self.name} failed ({error}): check it in the system's sound settings."
            error = DeviceError(message, code="device_failed")
        worked = self._open_s >= STEADY_S
        self._open_s = 0.0
        if worked:
            self._pause_s = FIRST_PAUSE_S
        self._retry_s = self._polled_s
        if not worked or error.code not in PASSING:
            self._retry_s += self._pause_s
            self._pause_s = min(2.0 * self._pause_s, LONGEST_PAUSE_S)
        self.failure = error

    def _abandon(self, opening: "_Opening") -> None:
        self._opening = None
        opened_after_all = opening.abandon()
        if opened_after_all is not None:
            self._close(opened_after_all)

    def _close(self, capture: Capture) -> None:
        self.capture = None
        self._asked_s = self._polled_s
        self._closing = self._start(capture.close)

    def _start(self, work: Callable[[], None]) -> Future[None]:
        future = self._background(work)
        self._under_way = [*self._hanging(), future]
        return future

    def _hanging(self) -> list[Future[None]]:
        return [future for future in self._under_way if not future.done()]


class _Opening:
    """An attempt to open a device; given up, it closes by itself what it may still open."""

    future: Future[None]

    def __init__(self, device: Device, clock: Clock) -> None:
        self.capture: Capture | None = None
        self._device = device
        self._clock = clock
        self._given_up = False
        self._deciding = threading.Lock()

    def run(self) -> None:
        """Open the device; to be called in a thread."""
        capture = self._device.open(self._clock)
        with self._deciding:
            if not self._given_up:
                self.capture = capture
                return
        capture.close()

    def abandon(self) -> Capture | None:
        """Give up, and return what was opened just before."""
        with self._deciding:
            self._given_up = True
            return self.capture
