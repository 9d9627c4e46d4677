import subprocess
import sys

import pytest

from audio.devices.portaudio_fake import FakePortAudioError, install
from audio.scene import at_once
from audio.simulated import Death, Faults, SimulatedDevice, Span, stamped, stamps_s
from roomtone.audio.devices import portaudio
from roomtone.audio.rehearsal import probe as probe_module
from roomtone.audio.rehearsal.probe import Probe, play
from roomtone.audio.rehearsal.sounding import short_sound
from roomtone.clock import ManualClock
from roomtone.errors import DeviceError
from roomtone.types import SAMPLE_RATE_HZ

pytestmark = pytest.mark.unit


async def listened(device: SimulatedDevice, seconds: float = 4.0) -> Probe:
    clock = ManualClock()
    probe = Probe(device, clock, at_once)
    while clock.now_s() < seconds:
        probe.poll()
        await clock.sleep_until(clock.now_s() + 0.05)
    return probe


async def test_everything_is_heard_and_when_it_was_made() -> None:
    probe = await listened(SimulatedDevice(stamped, latency_s=0.03, jitter_s=0.04))
    heard = probe.heard()
    assert probe.ready
    assert not probe.failed
    assert len(heard.samples) == pytest.approx(3.9 * SAMPLE_RATE_HZ, rel=0.02)
    assert heard.arrived_share == pytest.approx(1.0, abs=0.03)
    made_s = stamps_s(heard.samples[:1])[0]
    assert heard.begins_s == pytest.approx(made_s + 0.03, abs=0.01)
    assert heard.description == "simulated device"
    assert not heard.muted


@pytest.mark.parametrize(("drift_ppm", "share"), [(88_435.0, 1.088), (-500_000.0, 0.5)])
async def test_a_wrong_rate_is_seen(drift_ppm: float, share: float) -> None:
    heard = (await listened(SimulatedDevice(stamped, drift_ppm=drift_ppm))).heard()
    assert heard.arrived_share == pytest.approx(share, abs=0.02)


async def test_a_device_that_stops_is_seen() -> None:
    stalled = SimulatedDevice(stamped, faults=Faults(stalls=[Span(2.0, 100.0)]))
    assert (await listened(stalled)).heard().arrived_share < 0.6


async def test_muted_is_told() -> None:
    muted = SimulatedDevice(stamped, faults=Faults(mutes=[Span(0.0, 100.0)]))
    heard = (await listened(muted)).heard()
    assert heard.muted
    assert not heard.samples.any()


async def test_a_device_that_cannot_be_opened_says_why() -> None:
    gone = SimulatedDevice(stamped, faults=Faults(deaths=[Death(0.0, 100.0, message="It is gone.")]))
    probe = await listened(gone)
    assert probe.ready
    assert probe.failed
    with pytest.raises(DeviceError, match=r"It is gone\."):
        probe.heard()


async def test_a_device_that_gives_nothing_is_not_heard() -> None:
    probe = await listened(SimulatedDevice(stamped, faults=Faults(stalls=[Span(0.0, 100.0)])))
    assert probe.failed
    with pytest.raises(DeviceError, match="gives no sound at all"):
        probe.heard()


async def test_only_the_last_run_of_a_device_counts() -> None:
    replugged = SimulatedDevice(stamped, faults=Faults(deaths=[Death(1.0, 0.5)]))
    heard = (await listened(replugged)).heard()
    assert stamps_s(heard.samples[:1])[0] >= 1.5
    assert heard.arrived_share == pytest.approx(1.0, abs=0.04)


async def test_closing_closes_the_device() -> None:
    device = SimulatedDevice(stamped)
    probe = await listened(device)
    probe.close()
    assert device.opened[-1].closed


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (
            subprocess.CalledProcessError(1, "pacat", stderr=b"Connection refused\n"),
            r"\(Connection refused\)",
        ),
        (FileNotFoundError(2, "No such file or directory", "pacat"), "No such file"),
        (subprocess.TimeoutExpired("pacat", 5.0), "timed out"),
    ],
)
def test_a_server_that_plays_nothing_is_told(monkeypatch, failure: Exception, reason: str) -> None:
    def run(*_arguments: object, **_named: object) -> None:
        raise failure

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(DeviceError, match=f"No sound can be played .*{reason}"):
        play(short_sound())


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_elsewhere_portaudio_plays(monkeypatch, platform: str) -> None:
    sounddevice = install(monkeypatch)
    monkeypatch.setattr(probe_module, "LIBRARY", portaudio.LIBRARY)
    monkeypatch.setattr(sys, "platform", platform)
    play(short_sound())
    assert [rate_hz for _, rate_hz in sounddevice.played] == [SAMPLE_RATE_HZ]


@pytest.mark.parametrize(
    "error", [FakePortAudioError("bad luck"), OSError("bad luck"), TypeError("bad luck")]
)
def test_whatever_a_driver_throws_is_one_sentence(monkeypatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    sounddevice = install(monkeypatch)
    sounddevice.while_playing = fail
    monkeypatch.setattr(probe_module, "LIBRARY", portaudio.LIBRARY)
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(DeviceError, match=r"No sound can be played \(bad luck\)"):
        play(short_sound())
