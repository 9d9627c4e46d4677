"""PortAudio without sound: the part of the ``sounddevice`` module that is used."""

import sys
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from roomtone.audio.devices import microphone, portaudio


class FakePortAudioError(Exception):
    pass


class FakeFlags:
    def __init__(self, input_overflow: bool = False) -> None:
        self.input_overflow = input_overflow


class FakeInputStream:
    """A device that delivers sound when the test says so, as PortAudio's thread would."""

    opened: ClassVar[list["FakeInputStream"]] = []

    def __init__(
        self, *, callback: Callable[..., None], finished_callback: Callable[[], None], **settings: Any
    ) -> None:
        self.callback = callback
        self.finished_callback = finished_callback
        self.settings = settings
        self.running = False
        self.closed = False
        self.hangs = threading.Event()
        self.hangs.set()
        self.opened.append(self)

    def start(self) -> None:
        self.running = True

    def close(self) -> None:
        self.hangs.wait()
        self.closed = True

    def deliver(self, block: NDArray[np.float32], *, overflow: bool = False) -> None:
        self.callback(block, len(block), None, FakeFlags(overflow))


class FakeSoundDevice:
    """What is plugged in is listed when the library is initialised, and not before."""

    PortAudioError = FakePortAudioError
    InputStream: Any = FakeInputStream

    class default:  # noqa: N801 - the library's name
        hostapi = 0

    def __init__(self) -> None:
        self.plugged_in: list[tuple[str, int]] = [("Speakers", 0), ("Built-in", 1), ("Headset", 2)]
        self.default_name = "Built-in"
        self.interfaces = ["Core Audio"]
        self.rates_hz = {16_000, 48_000}
        self.initialised = 0
        self.played: list[tuple[NDArray[np.float32], int]] = []
        self.while_playing: Callable[[], object] = lambda: None
        self._initialize()

    def _terminate(self) -> None:
        assert all(stream.closed for stream in FakeInputStream.opened), "open streams would be dangling"

    def _initialize(self) -> None:
        self.initialised += 1
        self._listed = list(self.plugged_in)
        self._default = next(
            (index for index, (name, _) in enumerate(self._listed) if name == self.default_name), -1
        )

    def play(self, samples: NDArray[np.float32], rate_hz: int, *, blocking: bool) -> None:
        assert blocking
        self.while_playing()
        self.played.append((samples, rate_hz))

    def query_hostapis(self) -> tuple[dict[str, Any], ...]:
        share = {"devices": list(range(len(self._listed))), "default_input_device": self._default}
        return tuple({"name": name, **share} for name in self.interfaces)

    def query_devices(self, index: int) -> dict[str, Any]:
        name, channels = self._listed[index]
        return {"name": name, "max_input_channels": channels, "default_samplerate": 48_000.0}

    def check_input_settings(self, *, device: int, channels: int, dtype: str, samplerate: int) -> None:
        if samplerate not in self.rates_hz:
            raise FakePortAudioError("Invalid sample rate")


def install(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDevice:
    """Let everything that records or plays use a library of its own."""
    monkeypatch.setattr(FakeInputStream, "opened", [])
    fake = FakeSoundDevice()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    library = portaudio.Library()
    for module in (portaudio, microphone):
        monkeypatch.setattr(module, "LIBRARY", library)
    return fake
