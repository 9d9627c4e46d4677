import sys
from collections.abc import Iterator

import pytest

from roomtone.audio.devices import choice as devices
from roomtone.audio.devices import microphone, pulse, wasapi
from roomtone.audio.devices.choice import Entry, Kind, chosen, list_devices, system_sound
from roomtone.audio.devices.microphone import Input
from roomtone.clock import SystemClock
from roomtone.errors import DeviceError
from sound_server import SoundServer, sound_server

pytestmark = pytest.mark.unit

MICROPHONE, SYSTEM = Kind.MICROPHONE, Kind.SYSTEM
ENTRIES = (
    Entry(MICROPHONE, "alsa_input.pci", "Built-in Audio", True, index=1),
    Entry(MICROPHONE, "usb_jabra", "Jabra Headset", False, index=2),
    Entry(MICROPHONE, "usb_jabra_2", "Jabra Headset 2", False, index=3),
    Entry(MICROPHONE, "3", "Oddly named", False, index=4),
    Entry(SYSTEM, "alsa_output.pci", "Built-in Audio", True, index=5),
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    with sound_server() as server:
        server.patch(monkeypatch)
        yield server


def on(monkeypatch: pytest.MonkeyPatch, platform: str, *names: str) -> None:
    """Let the system be another one, with these inputs; the first is its default."""
    monkeypatch.setattr(sys, "platform", platform)
    found = tuple(Input(index, name, 1, 48_000, index == 0) for index, name in enumerate(names))
    monkeypatch.setattr(microphone, "inputs", lambda: found)


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ("1", "alsa_input.pci"),
        ("3", "3"),
        ("built", "alsa_input.pci"),
        ("JABRA HEADSET", "usb_jabra"),
        ("usb_jabra", "usb_jabra"),
        ("set 2", "usb_jabra_2"),
    ],
)
def test_a_device_is_chosen_by_number_name_or_part(choice, name):
    assert chosen(choice, MICROPHONE, ENTRIES).name == name


def test_only_devices_of_the_kind_are_meant():
    assert chosen("built-in", SYSTEM, ENTRIES).name == "alsa_output.pci"


def test_a_choice_that_fits_several_names_them():
    with pytest.raises(DeviceError) as caught:
        chosen("jabra", MICROPHONE, ENTRIES)
    assert caught.value.code == "device_ambiguous"
    assert caught.value.message == (
        '"jabra" fits several microphones: 2 (Jabra Headset), 3 (Jabra Headset 2). '
        "Write more of the name, or the number."
    )


@pytest.mark.parametrize("choice", ["airpods", "1"])
def test_a_choice_that_fits_none_names_what_there_is(choice):
    with pytest.raises(DeviceError) as caught:
        chosen(choice, SYSTEM, ENTRIES)
    assert caught.value.code == "device_unknown"
    assert caught.value.message == f'There is no output "{choice}"; there are 5 (Built-in Audio).'
    with pytest.raises(DeviceError, match="there is no output at all"):
        chosen(choice, SYSTEM, ENTRIES[:1])


def test_windows_has_microphones_and_outputs(monkeypatch):
    on(monkeypatch, "win32", "Microphone Array", "Headset")
    monkeypatch.setattr(wasapi, "outputs", lambda: (wasapi.Output("Speakers", True),))
    assert list_devices() == (
        Entry(MICROPHONE, "Microphone Array", "Microphone Array", True, index=1),
        Entry(MICROPHONE, "Headset", "Headset", False, index=2),
        Entry(SYSTEM, "Speakers", "Speakers", True, index=3),
    )
    assert isinstance(devices.microphone("headset"), microphone.PortAudioDevice)
    assert isinstance(system_sound(), wasapi.LoopbackDevice)
    assert system_sound("speak").name == "Speakers"


def test_on_macos_a_virtual_input_gives_the_other_side(monkeypatch):
    on(monkeypatch, "darwin", "MacBook Pro Microphone", "BlackHole 2ch", "BlackHole 16ch")
    assert [(entry.index, entry.kind, entry.name, entry.is_default) for entry in list_devices()] == [
        (1, MICROPHONE, "MacBook Pro Microphone", True),
        (2, SYSTEM, "BlackHole 2ch", True),
        (3, SYSTEM, "BlackHole 16ch", False),
    ]
    assert devices.microphone().name == "default microphone"
    assert system_sound().name == "BlackHole 2ch"
    assert system_sound("16ch").name == "BlackHole 16ch"


def test_macos_without_a_virtual_input_says_how_in_three_steps(monkeypatch):
    on(monkeypatch, "darwin", "MacBook Pro Microphone")
    with pytest.raises(DeviceError, match=r"1\. install BlackHole .*2\. .*3\. ") as caught:
        system_sound()
    assert caught.value.code == "no_system_sound"


def test_linux_without_a_sound_server_has_microphones_alone(monkeypatch):
    on(monkeypatch, "linux", "hw:0")
    monkeypatch.setattr(pulse, "available", lambda: False)
    assert [entry.name for entry in list_devices()] == ["hw:0"]
    assert isinstance(devices.microphone("hw"), microphone.PortAudioDevice)
    for choice in ("", "headset"):
        with pytest.raises(DeviceError, match="pulseaudio-utils"):
            system_sound(choice)


def test_an_output_that_is_absent_is_looked_for_when_it_is_opened(monkeypatch):
    on(monkeypatch, "darwin", "MacBook Pro Microphone", "BlackHole 2ch")
    opened = []
    monkeypatch.setattr(microphone.PortAudioDevice, "open", lambda self, clock: opened.append(self.name))
    absent = system_sound("16CH")
    assert absent.name == "16CH"
    absent.open(SystemClock())
    on(monkeypatch, "darwin", "MacBook Pro Microphone", "BlackHole 2ch", "BlackHole 16ch")
    absent.open(SystemClock())
    assert opened == ["16CH", "BlackHole 16ch"]
    on(monkeypatch, "darwin", "BlackHole 16ch", "BlackHole 16ch (2)")
    with pytest.raises(DeviceError, match="fits several outputs"):
        absent.open(SystemClock())


def test_a_choice_of_several_outputs_and_an_absent_microphone_are_refused_at_once(monkeypatch):
    on(monkeypatch, "darwin", "MacBook Pro Microphone", "BlackHole 2ch", "BlackHole 16ch")
    with pytest.raises(DeviceError, match="fits several outputs"):
        system_sound("blackhole")
    with pytest.raises(DeviceError, match='There is no microphone "airpods"'):
        devices.microphone("airpods")


def test_a_sound_server_that_is_down_is_to_be_started(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")
    with pytest.raises(DeviceError, match="There is no sound server: start it"):
        system_sound().open(SystemClock())


@pytest.mark.end_to_end
def test_a_remembered_output_that_is_absent_is_heard_once_it_is_there(server):
    absent = system_sound("headset")
    with pytest.raises(DeviceError, match="There is no headset now") as caught:
        absent.open(SystemClock())
    assert caught.value.code == "device_missing"
    server.pactl("load-module", "module-null-sink", "sink_name=usb_headset")
    capture = absent.open(SystemClock())
    assert capture.sample_rate_hz > 0
    capture.close()


@pytest.mark.end_to_end
def test_a_sound_server_lists_microphones_and_outputs_but_no_monitors(server):
    server.pactl("set-sink-mute", "micsink", "1")
    assert list_devices() == (
        Entry(MICROPHONE, "mic", "Microphone", True, index=1),
        Entry(SYSTEM, "speakers", "Speakers", True, index=2),
        Entry(SYSTEM, "micsink", "MicSink", False, muted=True, index=3),
    )
    assert devices.microphone().name == "default microphone"
    assert devices.microphone("micro").name == "Microphone"
    capture = system_sound("3").open(SystemClock())
    assert (capture.description, capture.muted) == ("MicSink", True)
    capture.close()
