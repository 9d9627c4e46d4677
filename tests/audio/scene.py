"""A desk before a call, made of numbers: an output, a room, a microphone, and somebody who does as asked."""

from collections.abc import Callable
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from audio.simulated import Faults, SimulatedDevice
from roomtone.audio.rehearsal.rehearsal import SENTENCE, Rehearsal
from roomtone.clock import ManualClock
from roomtone.errors import DeviceError
from roomtone.types import SAMPLE_RATE_HZ, Samples

OUTPUT_LATENCY_S = 0.08
SYLLABLE_S = 0.2


def at_once(work: Callable[[], None]) -> Future[None]:
    """Do work at once instead of in a thread."""
    future: Future[None] = Future()
    try:
        work()
    except DeviceError as error:
        future.set_exception(error)
    else:
        future.set_result(None)
    return future


class _Sounding(Future[None]):
    """Done when the sound is over."""

    def __init__(self, clock: ManualClock, end_s: float) -> None:
        super().__init__()
        self._clock, self._end_s = clock, end_s
        self.set_result(None)

    def done(self) -> bool:
        return self._clock.now_s() >= self._end_s


class Scene:
    """The microphone hears the ``room``, the ``voice``, and what is played, ``echo`` times as loud.

    All are amplitudes; ``output`` is that of what is played, as the system has it.
    """

    def __init__(
        self,
        *,
        room: float = 0.0005,
        voice: float = 0.1,
        echo: float = 0.0,
        echo_delay_s: float = 0.1,
        output: float = 1.0,
        microphone_faults: Faults | None = None,
        system_faults: Faults | None = None,
    ) -> None:
        self.clock = ManualClock()
        self.prompts: list[str] = []
        self.microphone = SimulatedDevice(
            self._in_microphone, name="headset", faults=microphone_faults or Faults()
        )
        self.system = SimulatedDevice(self._in_system, name="speakers", faults=system_faults or Faults())
        self._room, self._voice, self._echo, self._output = room, voice, echo, output
        self._echo_delay_s = echo_delay_s
        self._played: Samples = np.zeros(0, np.float32)
        self._played_s = self._asked_s = float("inf")
        self._generator = np.random.default_rng(5)

    def rehearsal(self, **other: object) -> Rehearsal:
        """A rehearsal in this scene, with ``other`` parts where they are given."""
        parts: dict[str, object] = {
            "microphone": lambda: self.microphone,
            "system": lambda: self.system,
            "clock": self.clock,
            "ask": self.ask,
            "play": self.play,
            "background": self.background,
        }
        return Rehearsal(**parts | other)  # type: ignore[arg-type]

    def ask(self, prompt: str) -> None:
        self.prompts.append(prompt)
        if prompt == SENTENCE:
            self._asked_s = self.clock.now_s()

    def play(self, samples: Samples) -> None:
        self._played, self._played_s = samples, self.clock.now_s()

    def background(self, work: Callable[[], None]) -> Future[None]:
        """Do work at once; only the sound takes its time."""
        played_s = self._played_s
        future = at_once(work)
        if self._played_s == played_s:
            return future
        return _Sounding(self.clock, self._played_s + OUTPUT_LATENCY_S + len(self._played) / SAMPLE_RATE_HZ)

    def _in_system(self, times_s: NDArray[np.float64]) -> Samples:
        return self._output * self._out_of_speakers(times_s)

    def _in_microphone(self, times_s: NDArray[np.float64]) -> Samples:
        noise = self._room * self._generator.standard_normal(len(times_s))
        says = (times_s > self._asked_s + 0.5) & (times_s // SYLLABLE_S % 2 == 0)
        voice = np.where(says, self._voice * np.sin(2 * np.pi * 180 * times_s), 0.0)
        echo = self._echo * self._out_of_speakers(times_s - self._echo_delay_s)
        return np.asarray((noise + voice + echo).clip(-1, 1), np.float32)

    def _out_of_speakers(self, times_s: NDArray[np.float64]) -> Samples:
        sound = np.zeros(len(times_s), np.float32)
        if len(self._played):
            at = np.round((times_s - self._played_s - OUTPUT_LATENCY_S) * SAMPLE_RATE_HZ).astype(np.int64)
            within = (at >= 0) & (at < len(self._played))
            sound[within] = self._played[at[within]]
        return sound
