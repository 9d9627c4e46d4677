"""The real program reading real recordings, in a process of its own."""

import csv
import wave
from pathlib import Path

import numpy as np
import pytest
from terminal import CALL, Program

pytestmark = pytest.mark.end_to_end


@pytest.fixture
def program(tmp_path: Path, whisper_tiny: Path) -> Program:
    return Program(tmp_path / "home", whisper_tiny)


def test_the_bundled_call_is_read_turn_by_turn_and_nothing_is_kept(program: Program) -> None:
    done = program.run("read", "--csv", CALL)
    assert done.returncode == 0, done.stderr
    turns = list(csv.DictReader(done.stdout.splitlines()))
    assert len(turns) > 10
    assert {turn["speaker"] for turn in turns} == {"customer"}
    states = [turn["reading"] for turn in turns]
    assert states[0] == "cannot_tell"
    assert set(states) & {"neutral", "confident", "guarded", "excited", "upset", "defeated"}
    for turn in turns:
        assert sum(float(value) for name, value in turn.items() if name.startswith("p_")) == pytest.approx(
            1.0, abs=0.01
        )
    assert program.logs == []


def test_a_recording_in_which_nobody_can_be_told_apart_is_one_sentence(
    program: Program, short_call: Path, tmp_path: Path
) -> None:
    with wave.open(str(short_call)) as file:
        stereo = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    mixed = tmp_path / "mono.wav"
    with wave.open(str(mixed), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((stereo.astype(np.int32).sum(axis=1) // 2).astype("<i2").tobytes())
    done = program.run("read", mixed)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Who spoke cannot be told in mono" in done.stderr
    assert done.stderr.count("\n") == 1


def test_readings_that_are_switched_off_are_not_made(program: Program) -> None:
    program.environment["ROOMTONE_READING__ENABLED"] = "false"
    done = program.run("read", CALL)
    assert done.returncode == 2
    assert "Readings are switched off" in done.stderr


def test_without_a_recording_the_usage_is_told(program: Program) -> None:
    done = program.run("read")
    assert done.returncode == 2
    assert "roomtone read call.wav" in done.stderr
