import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.devices.portaudio_fake import FakeInputStream, FakePortAudioError, FakeSoundDevice, install
from audio.recordings import noise, tone, write
from roomtone.audio.devices import microphone as microphone_module
from roomtone.audio.devices.microphone import Input, PortAudioDevice, inputs
from roomtone.clock import ManualClock
from roomtone.errors import DeviceError
from sound_server import SoundServer, sound_server

pytestmark = pytest.mark.unit


@pytest.fixture
def sounddevice(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDevice:
    return install(monkeypatch)


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


def test_a_list_that_cannot_be_had_is_one_sentence(
    sounddevice: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise FakePortAudioError("Unanticipated host error")

    monkeypatch.setattr(sounddevice, "query_hostapis", fail)
    with pytest.raises(DeviceError, match=r"cannot be listed \(Unanticipated host error\)"):
        inputs()


def test_inputs_are_listed_once_and_by_their_full_names(sounddevice: FakeSoundDevice) -> None:
    sounddevice.interfaces = ["MME", "Windows WASAPI"]
    assert inputs() == (Input(1, "Built-in", 1, 48_000, True), Input(2, "Headset", 2, 48_000, False))
    sounddevice.interfaces = []
    assert inputs() == ()


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
