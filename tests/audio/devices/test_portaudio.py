import sys
from itertools import pairwise

import pytest

from audio.devices.portaudio_fake import FakeInputStream, FakeSoundDevice, install
from roomtone.audio.devices import microphone as microphone_module
from roomtone.audio.devices import portaudio
from roomtone.audio.devices.microphone import PortAudioDevice
from roomtone.audio.devices.portaudio import LIST_ANEW_S, LONGEST_LIST_ANEW_S, load_sounddevice
from roomtone.audio.rehearsal.sounding import short_sound
from roomtone.clock import ManualClock
from roomtone.errors import DeviceError

pytestmark = pytest.mark.unit


@pytest.fixture
def sounddevice(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDevice:
    return install(monkeypatch)


def test_what_is_plugged_in_later_is_found(sounddevice: FakeSoundDevice) -> None:
    sounddevice.plugged_in.append(("AirPods", 1))
    capture = PortAudioDevice("AirPods").open(ManualClock())
    assert FakeInputStream.opened[0].settings["device"] == 3
    capture.close()


def test_what_is_open_is_interrupted_only_for_a_device_that_is_missing(sounddevice: FakeSoundDevice) -> None:
    clock = ManualClock(1000.0)
    customer = PortAudioDevice("Headset").open(clock)
    PortAudioDevice("Built-in").open(clock).close()
    assert sounddevice.initialised == 2, "the list is as new as can be while something is open"
    sounddevice.plugged_in.append(("AirPods", 1))
    with pytest.raises(DeviceError, match="There is no AirPods now"):
        PortAudioDevice("AirPods").open(clock)
    assert len(customer.read().samples) == 0
    clock.advance(LIST_ANEW_S)
    seller = PortAudioDevice("AirPods").open(clock)
    with pytest.raises(DeviceError, match="Headset was interrupted to look for a device") as caught:
        customer.read()
    assert caught.value.code == "devices_listed"
    customer.close()
    again = PortAudioDevice("Headset").open(clock)
    seller.close()
    again.close()
    assert all(stream.closed for stream in FakeInputStream.opened)


def test_what_is_open_is_interrupted_less_and_less_often(sounddevice: FakeSoundDevice) -> None:
    clock = ManualClock(1000.0)
    customer = PortAudioDevice("Headset").open(clock)
    listed_s = [clock.now_s()]
    while len(listed_s) < 6:
        clock.advance(5.0)
        before = sounddevice.initialised
        with pytest.raises(DeviceError, match="There is no AirPods now"):
            PortAudioDevice("AirPods").open(clock)
        if sounddevice.initialised > before:
            listed_s.append(clock.now_s())
            customer = PortAudioDevice("Headset").open(clock)
    waited_s = [later - earlier for earlier, later in pairwise(listed_s)]
    assert waited_s == [30.0, 60.0, 120.0, LONGEST_LIST_ANEW_S, LONGEST_LIST_ANEW_S]
    clock.advance(LONGEST_LIST_ANEW_S)
    sounddevice.plugged_in.append(("AirPods", 1))
    seller = PortAudioDevice("AirPods").open(clock)
    customer = PortAudioDevice("Headset").open(clock)
    seller.close()
    clock.advance(LIST_ANEW_S)
    with pytest.raises(DeviceError, match="There is no Beats now"):
        PortAudioDevice("Beats").open(clock)
    with pytest.raises(DeviceError, match="interrupted"):
        customer.read()


def test_nothing_is_listed_anew_while_something_is_played(sounddevice: FakeSoundDevice) -> None:
    clock = ManualClock(1000.0)
    before = sounddevice.initialised

    def while_playing() -> None:
        seller = PortAudioDevice("Built-in").open(clock)
        clock.advance(LONGEST_LIST_ANEW_S)
        with pytest.raises(DeviceError, match="There is no AirPods now"):
            PortAudioDevice("AirPods").open(clock)
        assert sounddevice.initialised == before, "the output would be closed under the sound"
        assert len(seller.read().samples) == 0
        seller.close()

    sounddevice.while_playing = while_playing
    portaudio.LIBRARY.play(short_sound())
    assert [rate_hz for _, rate_hz in sounddevice.played] == [16_000]
    PortAudioDevice("Built-in").open(clock).close()
    assert sounddevice.initialised == before + 1


def test_a_sound_that_fails_is_no_longer_played(sounddevice: FakeSoundDevice) -> None:
    def fail() -> None:
        raise OSError("bad luck")

    sounddevice.while_playing = fail
    before = sounddevice.initialised
    with pytest.raises(OSError, match="bad luck"):
        portaudio.LIBRARY.play(short_sound())
    PortAudioDevice("Built-in").open(ManualClock()).close()
    assert sounddevice.initialised == before + 1


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


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(DeviceError, match=r"Sound needs the PortAudio library: .*libportaudio2") as caught:
        load_sounddevice()
    assert caught.value.code == "portaudio_missing"
