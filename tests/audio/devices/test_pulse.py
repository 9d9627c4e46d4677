import subprocess
import time

import pytest

from roomtone.audio.devices import pulse
from roomtone.audio.devices.pulse import Sink, Source, Watch
from roomtone.errors import DeviceError
from sound_server import sound_server, wait_until

pytestmark = pytest.mark.unit

INFO = """\
Server String: /run/user/1000/pulse/native
Server Name: PulseAudio (on PipeWire 1.0.5)
Default Sample Specification: float32le 2ch 48000Hz
Default Sink: alsa_output.pci-0000_00_1f.3.analog-stereo
Default Source: bluez_input.38_18_4C
Cookie: 1a2b:3c4d
"""
LISTING = """\
Module #1
	Name: libpipewire-module-rt
	Argument: {
            nice.level    = -11
        }
	Usage counter: n/a

Sink #52
	State: SUSPENDED
	Name: alsa_output.pci-0000_00_1f.3.analog-stereo
	Description: Eingebautes Tongerät: "Köpfhörer" 日本
	Driver: PipeWire
	Sample Specification: s32le 2ch 48000Hz
	Mute: yes
	Volume: front-left: 65536 / 100% / 0.00 dB,   front-right: 65536 / 100% / 0.00 dB
	Monitor Source: alsa_output.pci-0000_00_1f.3.analog-stereo.monitor
	Properties:
		device.description = "Something else"
		alsa.name = "Name: not this one"
	Ports:
		analog-output-speaker: Speakers (type: Speaker, priority: 100, availability unknown)
	Active Port: analog-output-speaker

Source #52
	Name: alsa_output.pci-0000_00_1f.3.analog-stereo.monitor
	Description: Monitor of Built-in Audio
	Sample Specification: s32le 2ch 48000Hz
	Mute: no
	Monitor of Sink: alsa_output.pci-0000_00_1f.3.analog-stereo

Source #77
	Name: bluez_input.38_18_4C
	Description: AirPods
	Sample Specification: s16le 1ch 16000Hz
	Mute: no
	Monitor of Sink: n/a

Source Output #90
	Driver: PipeWire
	Source: 77
	Mute: no
	Properties:
		application.name = "Roomtone"
		application.process.id = "4711"

Source Output #91
	Driver: PipeWire
	Source: 4294967295
	Properties:
		media.name = "Peak detect"

Source Output #92
	Driver: PipeWire
	Source: 4294967295
	Properties:
		application.process.id = "4712"
"""


@pytest.fixture
def server(monkeypatch):
    with sound_server() as server:
        server.patch(monkeypatch)
        yield server


def test_the_plain_format_is_understood():
    server = pulse.parse(info=INFO, listing=LISTING)
    monitor = "alsa_output.pci-0000_00_1f.3.analog-stereo.monitor"
    assert server.sinks == (
        Sink(monitor.removesuffix(".monitor"), 'Eingebautes Tongerät: "Köpfhörer" 日本', True, monitor),
    )
    assert server.sources == (
        Source(52, monitor, "Monitor of Built-in Audio", False, is_monitor=True, rate_hz=48_000),
        Source(77, "bluez_input.38_18_4C", "AirPods", False, is_monitor=False, rate_hz=16_000),
    )
    assert server.recordings == {4711: 77}, "not yet linked is no source"
    assert server.sink(server.default_sink) == server.sinks[0]
    assert server.source(server.default_source) == server.sources[1]
    assert server.source("no such") is None


def test_a_server_without_anything_is_empty():
    server = pulse.parse(info="Server Name: x\n", listing="")
    assert (server.sinks, server.sources, server.default_sink, server.default_source) == ((), (), "", "")


@pytest.mark.parametrize("missing", ["pactl", "parec"])
def test_the_server_is_spoken_to_where_its_programs_are(monkeypatch, missing):
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert pulse.available()
    monkeypatch.setattr("shutil.which", lambda name: None if name == missing else f"/usr/bin/{name}")
    assert not pulse.available()


@pytest.mark.end_to_end
def test_a_real_server_is_asked(server):
    server.pactl(
        "load-module",
        "module-null-sink",
        "sink_name=odd",
        'sink_properties=device.description="Köpfhörer日本"',
    )
    server.pactl("set-source-mute", "mic", "1")
    found = pulse.look()
    assert (found.default_sink, found.default_source) == ("speakers", "mic")
    assert found.sink("odd") == Sink("odd", "Köpfhörer日本", False, "odd.monitor")
    mic = found.source("mic")
    assert mic is not None
    assert (mic.description, mic.muted, mic.is_monitor, mic.rate_hz) == ("Microphone", True, False, 44_100)
    monitor = found.source("odd.monitor")
    assert monitor is not None
    assert monitor.is_monitor


@pytest.mark.end_to_end
def test_a_server_that_is_gone_is_one_sentence(server):
    server.kill()
    assert pulse.available(), "it can be started"
    with pytest.raises(DeviceError, match="There is no sound server") as caught:
        pulse.look()
    assert caught.value.code == "server_missing"


@pytest.mark.end_to_end
def test_a_server_that_hangs_is_not_waited_for(server, monkeypatch):
    with server.standing_still(), monkeypatch.context() as impatient:
        impatient.setattr(pulse, "ANSWER_S", 0.3)
        with pytest.raises(DeviceError, match="does not answer") as caught:
            pulse.look()
    assert caught.value.code == "server_hangs"
    assert pulse.look().sinks, "it has recovered"


@pytest.mark.end_to_end
def test_changes_are_told_even_after_the_server_was_restarted(server):
    told: list[float] = []
    watch = Watch(lambda: told.append(time.monotonic()))

    def told_after(change: list[str]) -> None:
        before = len(told)
        server.pactl(*change)
        wait_until(lambda: len(told) > before)

    wait_until(lambda: len(told) >= 2)  # the first, and the one when it certainly listens
    told_after(["set-source-mute", "mic", "1"])
    told_after(["set-default-sink", "micsink"])
    before = len(told)
    server.kill()
    server.start()
    wait_until(lambda: len(told) >= before + 2)
    told_after(["set-sink-mute", "speakers", "1"])
    watch.close()
    watch.close()


@pytest.mark.end_to_end
def test_a_closed_watch_leaves_no_process(server):
    seen: list[int] = []
    watch = Watch(lambda: seen.append(1))
    wait_until(lambda: seen)
    assert watch._process is not None
    process_id = watch._process.pid
    watch.close()
    listed = subprocess.run(["ps", "-p", str(process_id)], capture_output=True)  # noqa: S607
    assert listed.returncode == 1
