import sys

import numpy as np
import pytest

from roomtone.audio.devices import recorder as recorder_module
from roomtone.audio.devices.recorder import Recorder
from roomtone.clock import ManualClock
from sound_server import wait_until

pytestmark = pytest.mark.unit

RATE_HZ = 16_000


def program(code: str) -> list[str]:
    """Return a program that writes what it records: ``put(samples)`` for a list of numbers."""
    prelude = (
        "import array, os, sys, time\ndef put(samples): os.write(1, array.array('f', samples).tobytes())\n"
    )
    return [sys.executable, "-c", prelude + code]


def everything(recorder: Recorder) -> np.ndarray:
    wait_until(lambda: recorder.ended)
    return recorder.read().samples


def test_what_the_program_writes_is_read_with_the_time_it_came():
    recorder = Recorder(program("put([0.25, -0.5]); time.sleep(60)"), RATE_HZ, ManualClock(7.5))
    assert recorder.wait_for_sound(20)
    captured = recorder.read()
    np.testing.assert_array_equal(captured.samples, np.array([0.25, -0.5], np.float32))
    assert (captured.at_s, captured.overflows) == (7.5, 0)
    assert len(recorder.read().samples) == 0
    assert not recorder.ended
    recorder.close()
    recorder.close()
    assert recorder.ended


def test_samples_cut_in_two_by_the_pipe_are_put_together():
    code = "data = array.array('f', [0.75] * 300).tobytes()\nfor each in data: os.write(1, bytes([each]))"
    recorder = Recorder(program(code), RATE_HZ, ManualClock())
    np.testing.assert_array_equal(everything(recorder), np.full(300, 0.75, np.float32))


def test_the_reason_of_the_end_is_kept():
    recorder = Recorder(
        program("print('first', file=sys.stderr); sys.exit('No such entity')"), RATE_HZ, ManualClock()
    )
    assert not recorder.wait_for_sound(20)
    assert recorder.ended
    assert recorder.complaint == "No such entity"
    recorder.close()


def test_a_program_that_gives_nothing_is_not_waited_for_longer():
    recorder = Recorder(program("time.sleep(60)"), RATE_HZ, ManualClock())
    assert not recorder.wait_for_sound(0.05)
    assert not recorder.ended
    recorder.close()


def test_a_program_that_is_not_there_has_ended(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    recorder = Recorder(["no-such-program"], RATE_HZ, ManualClock())
    assert not recorder.wait_for_sound(20)
    assert "no-such-program" in recorder.complaint


def test_what_nobody_reads_for_long_waits_in_the_program(monkeypatch):
    monkeypatch.setattr(recorder_module, "CAPTURE_S", 1)
    clock = ManualClock(1.0)
    seconds_of_each = "put([second / 8] * 16000)"
    recorder = Recorder(program(f"for second in range(6): {seconds_of_each}"), RATE_HZ, clock)
    wait_until(lambda: recorder._ring.room_samples == 0)
    clock.advance(5.0)
    captured = recorder.read()
    assert (captured.at_s, captured.overflows) == (1.0, 0)
    heard = [captured.samples]

    def read_on() -> bool:
        heard.append(recorder.read().samples)
        return sum(map(len, heard)) >= 6 * RATE_HZ

    wait_until(read_on)
    np.testing.assert_array_equal(np.concatenate(heard), np.repeat(np.arange(6) / 8, RATE_HZ))
    wait_until(lambda: recorder.ended)


def test_a_program_can_be_ended_while_nobody_reads(monkeypatch):
    monkeypatch.setattr(recorder_module, "CAPTURE_S", 1)
    recorder = Recorder(program("while True: put([0.5] * 16000)"), RATE_HZ, ManualClock())
    wait_until(lambda: recorder._ring.room_samples == 0)
    recorder.close()
    assert recorder.ended


def test_other_rates_become_16_khz():
    recorder = Recorder(program("put([0.5] * 48000)"), 48_000, ManualClock())
    samples = everything(recorder)
    assert 0 <= 16_000 - len(samples) < 800
    np.testing.assert_allclose(samples[1000:], 0.5, atol=1e-3)
