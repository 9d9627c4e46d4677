import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.recordings import noise, tone, write
from roomtone.audio.devices import microphone as microphone_module
from roomtone.audio.devices.microphone import Input, PortAudioDevice, inputs
from roomtone.clock import ManualClock
from roomtone.errors import DeviceError
from sound_server import SoundServer, sound_server

pytestmark = pytest.mark.unit


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
        self._initialize()

    def _terminate(self) -> None:
        assert all(stream.closed for stream in FakeInputStream.opened), "open streams would be dangling"

    def _initialize(self) -> None:
        self.initialised += 1
        self._listed = list(self.plugged_in)
        self._default = next(
            (index for index, (name, _) in enumerate(self._listed) if name == self.default_name), -1
        )

    def query_hostapis(self) -> tuple[dict[str, Any], ...]:
        share = {"devices": list(range(len(self._listed))), "default_input_device": self._default}
        return tuple({"name": name, **share} for name in self.interfaces)

    def query_devices(self, index: int) -> dict[str, Any]:
        name, channels = self._listed[index]
        return {"name": name, "max_input_channels": channels, "default_samplerate": 48_000.0}

    def check_input_settings(self, *, device: int, channels: int, dtype: str, samplerate: int) -> None:
        if samplerate not in self.rates_hz:
            raise FakePortAudioError("Invalid sample rate")


@pytest.fixture
def sounddevice(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDevice:
    monkeypatch.setattr(FakeInputStream, "opened", [])
    fake = FakeSoundDevice()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    monkeypatch.setattr(microphone_module, "_library", microphone_module._Library())
    return fake


def sound(samples: int, seed: int = 1, channels: int = 1) -> NDArray[np.float32]:
    return (
        noise(samples * channels / 16_000, rate_hz=16_000, seed=seed).reshape(samples, channels).clip(-1, 1)
    )


def test_the_default_microphone_is_recorded_at_16_khz_mono(sounddevice: FakeSoundDevice) -> None:
    clock = ManualClock(3.0)
    capture = PortAudioDevice().open(clock)
    (stream,) = FakeInputStream.opened
    assert stream.running
    assert stream.settings == {
        "device": 1,
        "samplerate": 16_000,
        "channels": 1,
        "dtype": "float32",
        "latency": microphone_module.LATENCY_S,
    }
    assert (capture.description, capture.sample_rate_hz, capture.muted) == ("Built-in", 16_000, False)
    block = sound(640)
    stream.deliver(block[:320])
    clock.advance(0.02)
    stream.deliver(block[320:])
    captured = capture.read()
    np.testing.assert_array_equal(captured.samples, block[:, 0])
    assert (captured.at_s, captured.overflows) == (3.02, 0)
    assert len(capture.read().samples) == 0
    capture.close()
    capture.close()
    assert stream.closed


def test_a_named_headset_at_its_own_rate_is_mixed_and_resampled(sounddevice: FakeSoundDevice) -> None:
    sounddevice.rates_hz = {48_000}
    capture = PortAudioDevice("Headset").open(ManualClock())
    (stream,) = FakeInputStream.opened
    assert (stream.settings["device"], stream.settings["channels"]) == (2, 2)
    assert capture.sample_rate_hz == 48_000
    played = tone(1.0, rate_hz=48_000)
    stream.deliver(np.stack([played, np.zeros_like(played)], axis=1))
    heard = capture.read().samples
    expected = tone(1.0, rate_hz=16_000)
    np.testing.assert_allclose(heard[800:-800], expected[800 : len(heard) - 800], atol=0.01)
    capture.close()


def test_losses_are_counted_once(sounddevice: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone_module, "CAPTURE_S", 1)
    capture = PortAudioDevice().open(ManualClock())
    (stream,) = FakeInputStream.opened
    stream.deliver(sound(16_000), overflow=True)
    stream.deliver(sound(10))
    captured = capture.read()
    assert (len(captured.samples), captured.overflows) == (16_000, 2)
    assert capture.read().overflows == 0
    capture.close()


def test_what_came_before_the_end_is_read_and_then_the_end_is_told(sounddevice: FakeSoundDevice) -> None:
    capture = PortAudioDevice().open(ManualClock())
    (stream,) = FakeInputStream.opened
    stream.deliver(sound(100))
    stream.finished_callback()
    assert len(capture.read().samples) == 100
    with pytest.raises(DeviceError, match="Built-in has stopped") as caught:
        capture.read()
    assert (caught.value.code, caught.value.recoverable) == ("device_lost", True)
    capture.close()


def test_a_device_that_goes_quiet_without_a_word_is_told(sounddevice: FakeSoundDevice) -> None:
    clock = ManualClock()
    capture = PortAudioDevice().open(clock)
    clock.advance(3600.0)  # asleep: no fault of the device
    capture.read()
    for _ in range(10):
        clock.advance(0.25)
        assert len(capture.read().samples) == 0
    clock.advance(0.25)
    with pytest.raises(DeviceError, match="has stopped"):
        capture.read()
    capture.close()


def test_what_is_plugged_in_later_is_found(sounddevice: FakeSoundDevice) -> None:
    sounddevice.plugged_in.append(("AirPods", 1))
    capture = PortAudioDevice("AirPods").open(ManualClock())
    assert FakeInputStream.opened[0].settings["device"] == 3
    capture.close()


def test_what_is_open_is_interrupted_now_and_then_only_for_a_device_that_is_missing(
    sounddevice: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = PortAudioDevice("Headset").open(ManualClock())
    PortAudioDevice("Built-in").open(ManualClock()).close()
    assert sounddevice.initialised == 2, "the list is as new as can be while something is open"
    sounddevice.plugged_in.append(("AirPods", 1))
    with pytest.raises(DeviceError, match="There is no AirPods now"):
        PortAudioDevice("AirPods").open(ManualClock())
    assert len(customer.read().samples) == 0
    monkeypatch.setattr(microphone_module, "LIST_ANEW_S", 0.0)
    seller = PortAudioDevice("AirPods").open(ManualClock())
    with pytest.raises(DeviceError, match="Headset has stopped"):
        customer.read()
    customer.close()
    again = PortAudioDevice("Headset").open(ManualClock())
    seller.close()
    again.close()
    assert all(stream.closed for stream in FakeInputStream.opened)


def test_a_driver_that_hangs_while_closing_is_left_behind(
    sounddevice: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(microphone_module, "CLOSE_S", 0.01)
    capture = PortAudioDevice().open(ManualClock())
    (stream,) = FakeInputStream.opened
    stream.hangs.clear()
    capture.close()
    assert "The driver of Built-in hangs" in caplog.text
    before = sounddevice.initialised
    PortAudioDevice("Headset").open(ManualClock()).close()
    assert sounddevice.initialised == before, "to initialise would hang as well"
    stream.hangs.set()


def test_a_device_that_refuses_is_one_sentence(
    sounddevice: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: FakeInputStream) -> None:
        raise FakePortAudioError("Internal PortAudio error [PaErrorCode -9986]")

    monkeypatch.setattr(FakeInputStream, "start", refuse)
    with pytest.raises(DeviceError, match=r"Built-in.* cannot be recorded from .*privacy settings") as caught:
        PortAudioDevice("Built-in").open(ManualClock())
    assert caught.value.code == "device_refused"
    assert FakeInputStream.opened[0].closed


def test_without_any_microphone_it_is_said(sounddevice: FakeSoundDevice) -> None:
    sounddevice.plugged_in = [("Speakers", 0)]
    with pytest.raises(DeviceError, match="There is no default microphone now") as caught:
        PortAudioDevice().open(ManualClock())
    assert caught.value.code == "device_missing"


def test_inputs_are_listed_once_and_by_their_full_names(sounddevice: FakeSoundDevice) -> None:
    sounddevice.interfaces = ["MME", "Windows WASAPI"]
    assert inputs() == (Input(1, "Built-in", 1, 48_000, True), Input(2, "Headset", 2, 48_000, False))
    sounddevice.interfaces = []
    assert inputs() == ()


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(DeviceError, match="libportaudio2") as caught:
        inputs()
    assert caught.value.code == "portaudio_missing"


REAL = """
import sys
import time
import numpy as np
from roomtone.audio.devices.microphone import PortAudioDevice
from roomtone.clock import SystemClock
from roomtone.errors import DeviceError

clock = SystemClock()
capture = PortAudioDevice().open(clock)
for line in sys.stdin:
    command = line.strip()
    if command == "reopen":
        capture.close()
        capture = PortAudioDevice().open(clock)
        print("open", flush=True)
        continue
    until_s, heard = clock.now_s() + 20, 0.0
    try:
        while clock.now_s() < until_s and heard < 0.1:
            heard = max(heard, float(np.abs(capture.read().samples).max(initial=0)))
            time.sleep(0.02)
        print("heard" if heard >= 0.1 else "nothing", flush=True)
    except DeviceError as error:
        print(error.code, flush=True)
capture.close()
"""


@pytest.fixture
def server() -> Iterator[SoundServer]:
    with sound_server() as server:
        yield server


@pytest.mark.end_to_end
def test_the_real_library_survives_the_death_of_the_sound_server(server: SoundServer, tmp_path: Any) -> None:
    file = write(tmp_path / "tone.wav", tone(20.0, rate_hz=16_000), rate_hz=16_000)
    with subprocess.Popen(
        [sys.executable, "-c", REAL],
        env=server.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # where PortAudio complains
        text=True,
        bufsize=1,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None

        def answer(command: str) -> str:
            program.stdin.write(command + "\n")
            return program.stdout.readline().strip()

        with server.play(file, "micsink") as player:
            assert answer("listen") == "heard"
            player.kill()
        server.kill()
        assert answer("listen") in ("device_lost", "heard")
        assert answer("listen") == "device_lost"
        server.start()
        assert answer("reopen") == "open"
        with server.play(file, "micsink") as player:
            assert answer("listen") == "heard"
            player.kill()
        program.stdin.close()
        assert program.wait(20) == 0
