"""A program that records: what it writes to its output, read as it comes by a thread of its own."""

import os
import threading
from collections.abc import Sequence
from subprocess import Popen
from typing import Final

import numpy as np

from roomtone.audio.devices.capture import Captured
from roomtone.audio.devices.child import start
from roomtone.audio.devices.mixdown import Mixdown
from roomtone.audio.devices.ring import CAPTURE_S, Ring
from roomtone.clock import Clock

SAMPLE_BYTES: Final = 4
PIPE_BYTES: Final = 65_536
"""What a pipe holds on Linux: a third of a second at 48 kHz."""
FULL_S: Final = 0.02
"""Before another look for room: much less than the pipe holds, and only while nobody reads."""
END_S: Final = 2.0
"""A killed program is gone within milliseconds."""


class Recorder:
    """A running program whose output is mono float32 in the machine's byte order.

    The program ends with this object's thread, and so with this process, however that ends. While nobody
    reads, what finds no room here stays in the pipe, and then in the program.
    """

    def __init__(self, command: Sequence[str], rate_hz: int, clock: Clock) -> None:
        self._command = command
        self._clock = clock
        self._ring = Ring(CAPTURE_S * rate_hz, rate_hz=rate_hz)
        self._mixdown = Mixdown(rate_hz, channels=1)
        self._process: Popen[bytes] | None = None
        self._closing = threading.Event()
        self._heard_or_ended = threading.Event()
        self.ended = False
        """Whether the program has ended, for whatever reason."""
        self.complaint = ""
        """The last line the program wrote about its end."""
        self._thread = threading.Thread(target=self._run, name=command[0], daemon=True)
        self._thread.start()

    @property
    def process_id(self) -> int:
        """The program's process, 0 before there is one."""
        return self._process.pid if self._process is not None else 0

    def wait_for_sound(self, within_s: float) -> bool:
        """Return whether the program gave its first samples, zeros or not, within real ``within_s``."""
        self._heard_or_ended.wait(within_s)
        return self._ring.ready_samples > 0

    def read(self) -> Captured:
        """Return what came since the last call at 16 kHz; never waits."""
        block, at_s = self._ring.take()
        return Captured(self._mixdown.mono(block), at_s)

    def close(self) -> None:
        """End the program; may be called twice."""
        self._closing.set()
        if self._process is not None:
            self._process.kill()
        self._thread.join(END_S)

    def _run(self) -> None:
        try:
            with start(self._command) as process:
                self._process = process
                if not self._closing.is_set():
                    self._fill_ring_from(process)
                process.kill()
        except OSError as error:
            self.complaint = str(error)
        self.ended = True
        self._heard_or_ended.set()

    def _fill_ring_from(self, process: Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101 - narrows the type
        assert process.stderr is not None  # noqa: S101 - narrows the type
        odd = b""
        while not self._closing.is_set():
            room_bytes = self._ring.room_samples * SAMPLE_BYTES - len(odd)
            if room_bytes <= 0:
                self._closing.wait(FULL_S)
                continue
            written = os.read(process.stdout.fileno(), min(PIPE_BYTES, room_bytes))
            if not written:
                break
            at_s = self._clock.now_s()
            written = odd + written
            odd = written[len(written) - len(written) % SAMPLE_BYTES :]
            samples = np.frombuffer(written, np.float32, len(written) // SAMPLE_BYTES)
            self._ring.write(samples[:, np.newaxis], at_s)
            self._heard_or_ended.set()
        # It closed its output, so it is ending, and what it complains of is short.
        lines = os.read(process.stderr.fileno(), PIPE_BYTES).decode("utf-8", "replace").splitlines()
        self.complaint = lines[-1] if lines else ""
