"""PortAudio, which lists the devices when it is initialised and never again.

So it is initialised anew before a device is opened; where other recordings are open, only now and then, when
the device cannot be opened otherwise: those then end with a ``DeviceError`` and can be opened again. While
something is played it is left alone.
"""

import logging
import math
import threading
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

from roomtone.clock import Clock
from roomtone.errors import DeviceError
from roomtone.types import SAMPLE_RATE_HZ, Samples

LIST_ANEW_S: Final = 30.0
"""Before what is open is interrupted for the sake of a device that is not there; twice as long each time
that it was in vain, ..."""
LONGEST_LIST_ANEW_S: Final = 240.0
"""... up to this: a headset that comes back is heard four minutes later at the latest."""

logger = logging.getLogger(__name__)


class Recording(Protocol):
    """A recording that is open."""

    description: str

    def end_stream(self, *, listing: bool) -> bool:
        """End it, because of ``listing`` anew or for good, and return whether its driver let it."""
        ...


OneRecording = TypeVar("OneRecording", bound=Recording)


class Library:
    """PortAudio: its one list of devices, and everything of ours that is open on it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[Recording] = []
        self._playing = 0
        self._listed_at_s = -math.inf
        self._list_anew_s = LIST_ANEW_S
        self._usable = True

    def open(self, begin: Callable[[Any], OneRecording], clock: Clock) -> OneRecording:
        """Return what ``begin`` opens with the ``sounddevice`` module, its list as new as can be.

        Raises:
            DeviceError: as ``begin`` does, or when there is no PortAudio.
        """
        sounddevice = load_sounddevice()
        with self._lock:
            if not self._open and not self._playing:
                self._list_anew(sounddevice, clock)
            try:
                recording = begin(sounddevice)
            except DeviceError:
                waited_s = clock.now_s() - self._listed_at_s
                if not self._open or self._playing or waited_s < self._list_anew_s:
                    raise
                self._list_anew(sounddevice, clock)
                self._list_anew_s = min(2.0 * self._list_anew_s, LONGEST_LIST_ANEW_S)
                recording = begin(sounddevice)
                self._list_anew_s = LIST_ANEW_S
            self._open.append(recording)
            return recording

    def close(self, recording: Recording) -> None:
        """End a recording; may be called twice."""
        with self._lock:
            if recording in self._open:
                self._end(recording, listing=False)

    def play(self, samples: Samples) -> None:
        """Play 16 kHz mono through the default output and return when it has sounded.

        Raises:
            DeviceError: when there is no PortAudio; what else goes wrong is an error of the driver's own.
        """
        sounddevice = load_sounddevice()
        with self._lock:
            self._playing += 1
        try:
            sounddevice.play(samples, SAMPLE_RATE_HZ, blocking=True)
        finally:
            with self._lock:
                self._playing -= 1

    def _list_anew(self, sounddevice: Any, clock: Clock) -> None:
        for recording in list(self._open):
            self._end(recording, listing=True)
        self._listed_at_s = clock.now_s()
        if self._usable:
            sounddevice._terminate()
            sounddevice._initialize()

    def _end(self, recording: Recording, *, listing: bool) -> None:
        self._open.remove(recording)
        if not recording.end_stream(listing=listing):
            # PortAudio would wait for this stream for ever: its list of devices stays as it is.
            self._usable = False
            logger.warning(
                "The driver of %s hangs; new devices are not found any more.", recording.description
            )


LIBRARY: Final = Library()


def load_sounddevice() -> Any:
    """Return the ``sounddevice`` module.

    Raises:
        DeviceError: when the PortAudio library it needs is missing.
    """
    try:
        import sounddevice
    except OSError as error:  # what it raises where the shared library is missing
        raise DeviceError(
            "Sound needs the PortAudio library: install it "
            "(Debian and Ubuntu: sudo apt install libportaudio2).",
            code="portaudio_missing",
        ) from error
    return sounddevice
