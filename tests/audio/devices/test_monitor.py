import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.recordings import noise, silence, write
from roomtone.audio.devices import monitor, pulse
from roomtone.audio.devices.capture import Capture
from roomtone.audio.devices.monitor import microphone, system_sound
from roomtone.clock import SystemClock
from roomtone.errors import DeviceError
from sound_server import SoundServer, sound_server, wait_until

pytestmark = pytest.mark.end_to_end

RATE_HZ = 16_000
SOUND_S = 2.0


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    with sound_server() as server:
        server.patch(monkeypatch)
        yield server


@pytest.fixture
def opened() -> Iterator[Callable[[monitor.PulseDevice], Capture]]:
    with contextlib.ExitStack() as stack:

        def opened(device: monitor.PulseDevice) -> Capture:
            return stack.enter_context(contextlib.closing(device.open(SystemClock())))

        yield opened


def sound_file(folder: Path, seed: int) -> tuple[Path, NDArray[np.float32]]:
    """Write noise below 3 kHz, of a level of its own, between silences."""
    spectrum = np.fft.rfft(noise(SOUND_S, rate_hz=RATE_HZ, seed=seed, level=0.05 * seed))
    spectrum[round(3000 * SOUND_S) :] = 0
    sound = np.fft.irfft(spectrum).astype(np.float32)
    padding = silence(0.5, rate_hz=RATE_HZ)
    return write(folder / f"{seed}.wav", np.concatenate((padding, sound, padding)), rate_hz=RATE_HZ), sound


def read_while(going_on: Callable[[], object], *captures: Capture) -> list[NDArray[np.float32]]:
    heard: list[list[NDArray[np.float32]]] = [[] for _ in captures]

    def read() -> bool:
        for pieces, capture in zip(heard, captures, strict=True):
            pieces.append(capture.read().samples)
        return not going_on()

    wait_until(read)
    return [np.concatenate(pieces) for pieces in heard]


def level_of(heard: NDArray[np.float32], sound: NDArray[np.float32]) -> float:
    """Return how loud ``sound`` is within ``heard`` where it fits best; 1 is as loud as it was played."""
    padded = len(heard) + len(sound)
    product = np.fft.rfft(heard, padded) * np.conj(np.fft.rfft(sound, padded))
    return float(np.abs(np.fft.irfft(product, padded)).max() / np.dot(sound, sound))


def fault_of(capture: Capture) -> DeviceError:
    """Read until the recording fails and return how."""
    faults: list[DeviceError] = []

    def failed() -> bool:
        try:
            capture.read()
        except DeviceError as error:
            faults.append(error)
        return bool(faults)

    wait_until(failed)
    return faults[0]


def test_both_sides_are_heard_and_neither_on_the_other(server, opened, tmp_path):
    seller, customer = opened(microphone()), opened(system_sound())
    assert (seller.description, customer.description) == ("Microphone", "Speakers")
    assert seller.sample_rate_hz == 44_100
    file_of_seller, said_by_seller = sound_file(tmp_path, 1)
    file_of_customer, said_by_customer = sound_file(tmp_path, 2)
    players = [server.play(file_of_seller, "micsink"), server.play(file_of_customer, "speakers")]
    heard_of_seller, heard_of_customer = read_while(
        lambda: any(player.poll() is None for player in players), seller, customer
    )
    assert level_of(heard_of_seller, said_by_seller) == pytest.approx(1, abs=0.1)
    assert level_of(heard_of_customer, said_by_customer) == pytest.approx(1, abs=0.1)
    assert level_of(heard_of_seller, said_by_customer) < 0.2
    assert level_of(heard_of_customer, said_by_seller) < 0.2


def test_muting_is_seen(server, opened):
    seller, customer = opened(microphone()), opened(system_sound())
    assert (seller.muted, customer.muted) == (False, False)
    server.pactl("set-source-mute", "mic", "1")
    server.pactl("set-sink-mute", "speakers", "1")
    wait_until(lambda: seller.muted and customer.muted)
    server.pactl("set-source-mute", "mic", "0")
    wait_until(lambda: not seller.muted)
    wait_until(lambda: len(seller.read().samples) > 0)
    assert opened(system_sound()).muted, "muted already when it was opened"


def test_the_default_output_is_followed(server, opened):
    device = system_sound()
    before = opened(device)
    server.pactl("set-default-sink", "micsink")
    fault = fault_of(before)
    assert fault.code == "device_changed"
    assert fault.message == "The system now uses MicSink instead of Speakers: Roomtone goes over to it."
    before.close()
    assert opened(device).description == "MicSink"


def test_a_named_output_is_kept_when_the_default_changes(server, opened, tmp_path):
    server.pactl("set-default-sink", "micsink")
    customer = opened(system_sound("speakers", "Speakers"))
    mute_seen = opened(microphone())
    server.pactl("set-default-sink", "speakers")
    server.pactl("set-default-sink", "micsink")
    server.pactl("set-source-mute", "mic", "1")
    wait_until(lambda: mute_seen.muted)
    file, sound = sound_file(tmp_path, 1)
    player = server.play(file, "speakers")
    (heard,) = read_while(lambda: player.poll() is None, customer)
    assert level_of(heard, sound) == pytest.approx(1, abs=0.1)


def test_a_microphone_that_is_unplugged_is_found_again(server, opened, tmp_path):
    device = microphone()
    seller = opened(device)
    server.pactl("unload-module", "module-remap-source")
    fault = fault_of(seller)
    assert fault.code == "device_missing"
    assert fault.recoverable
    seller.close()
    with pytest.raises(DeviceError, match="There is no default microphone now"):
        device.open(SystemClock())
    server.pactl("load-module", "module-remap-source", "master=micsink.monitor", "source_name=mic")
    server.pactl("set-default-source", "mic")
    again = opened(device)
    file, sound = sound_file(tmp_path, 1)
    player = server.play(file, "micsink")
    (heard,) = read_while(lambda: player.poll() is None, again)
    assert level_of(heard, sound) == pytest.approx(1, abs=0.1)


def test_an_output_that_goes_away_is_not_replaced_by_the_microphone(server, opened):
    customer = opened(system_sound())
    opened(microphone())
    server.pactl("unload-module", "0")
    assert fault_of(customer).code in ("device_missing", "device_changed", "device_moved")
    customer.close()
    assert opened(system_sound()).description == "MicSink"


def test_a_recording_moved_by_another_program_is_begun_anew(server, opened):
    device = microphone("mic", "Microphone")
    seller = opened(device)
    listed = server.pactl("list", "short", "source-outputs").splitlines()
    (recording,) = [line.split()[0] for line in listed if "float32" in line]
    server.pactl("move-source-output", recording, "speakers.monitor")
    assert fault_of(seller).code == "device_moved"
    seller.close()
    assert opened(device).description == "Microphone"


def test_a_server_that_is_killed_and_comes_back(server, opened):
    device = system_sound()
    customer = opened(device)
    server.kill()
    fault = fault_of(customer)
    assert fault.code == "device_lost"
    assert "Connection terminated" in fault.message
    customer.close()
    with pytest.raises(DeviceError, match="There is no sound server"):
        device.open(SystemClock())
    server.start()
    again = opened(device)
    wait_until(lambda: len(again.read().samples) > 0)


def test_a_suspended_microphone_is_told(server, monkeypatch):
    monkeypatch.setattr(monitor, "FIRST_SOUND_S", 0.5)
    server.pactl("suspend-source", "mic", "1")
    with pytest.raises(DeviceError, match="Microphone gives no sound at all") as caught:
        microphone().open(SystemClock())
    assert caught.value.code == "device_stalled"


def test_a_server_that_hangs_is_told(server, opened, monkeypatch):
    seller = opened(microphone())
    monkeypatch.setattr(pulse, "ANSWER_S", 0.5)
    with server.standing_still():
        seller.close()
        with pytest.raises(DeviceError, match="does not answer"):
            microphone().open(SystemClock())


def test_a_device_that_is_not_there_is_named(server):
    with pytest.raises(DeviceError, match="There is no Headset now: plug it in") as caught:
        microphone("headset", "Headset").open(SystemClock())
    assert caught.value.code == "device_missing"


def test_closing_twice_leaves_nothing_behind(server):
    capture = microphone().open(SystemClock())
    capture.close()
    capture.close()
    wait_until(lambda: "float32" not in server.pactl("list", "short", "source-outputs"))


def test_no_program_outlives_a_call_that_is_killed(server):
    code = (
        "import time; from roomtone.audio.devices.monitor import microphone\n"
        "from roomtone.clock import SystemClock\n"
        "capture = microphone().open(SystemClock()); print('open', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], env=server.environment, stdout=subprocess.PIPE
    ) as call:
        assert call.stdout is not None
        assert call.stdout.readline() == b"open\n"
        children = subprocess.run(
            ["ps", "-o", "pid=,comm=", "--ppid", str(call.pid)],  # noqa: S607
            capture_output=True,
            text=True,
        ).stdout.split()
        assert {"parec", "pactl"} <= set(children)
        os.kill(call.pid, signal.SIGKILL)
    process_ids = ",".join(part for part in children if part.isdecimal())
    wait_until(lambda: subprocess.run(["ps", "-p", process_ids], capture_output=True).returncode)  # noqa: S607


@pytest.mark.parametrize("ring_s", [30, 1], ids=["shorter than the ring", "longer than the ring"])
def test_a_call_that_stood_still_loses_nothing(server, tmp_path, ring_s):
    file, sound = sound_file(tmp_path, 1)
    heard_file = tmp_path / "heard.npy"
    code = (
        "import time, numpy as np; from roomtone.audio.devices import recorder\n"
        "from roomtone.audio.devices.monitor import microphone\n"
        "from roomtone.clock import SystemClock\n"
        f"recorder.CAPTURE_S = {ring_s}\n"
        "capture = microphone().open(SystemClock()); heard = [capture.read().samples]\n"
        "print('open', flush=True); until_s = time.monotonic() + 20\n"
        f"while time.monotonic() < until_s and sum(map(np.count_nonzero, heard)) < {len(sound)}:\n"
        "    heard.append(capture.read().samples); time.sleep(0.02)\n"
        f"np.save({str(heard_file)!r}, np.concatenate(heard)); capture.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], env=server.environment, stdout=subprocess.PIPE
    ) as call:
        assert call.stdout is not None
        assert call.stdout.readline() == b"open\n"
        call.send_signal(signal.SIGSTOP)
        assert server.play(file, "micsink").wait() == 0
        call.send_signal(signal.SIGCONT)
        assert call.wait() == 0
    assert level_of(np.load(heard_file), sound) == pytest.approx(1, abs=0.1)
