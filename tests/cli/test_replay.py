"""The real program on real recordings, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from roomtone.events import (
    CaveatNoted,
    Event,
    SessionEnded,
    SessionStarted,
    SourceStarted,
    SpeechEnded,
    TranscriptFinal,
    decode,
)
from roomtone.session.store import read_events
from roomtone.types import Speaker

pytestmark = pytest.mark.end_to_end

CALL = Path(__file__).parents[1] / "data" / "auto_repairs.flac"
LONGEST_RUN_S = 300
SELLER_SHARE = 0.494
"""Of the bundled call, by its reference."""


class Program:
    """``roomtone`` with a home of its own and a small model."""

    def __init__(self, home: Path, model: Path) -> None:
        self.home = home
        self.model = model

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        environment = os.environ | {
            "ROOMTONE_HOME": str(self.home),
            "ROOMTONE_WHISPER__MODEL": str(self.model),
            "ROOMTONE_WHISPER__THREADS": "1",
        }
        return subprocess.Popen(
            [sys.executable, "-m", "roomtone", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        try:
            out, error = process.communicate(timeout=LONGEST_RUN_S)
        finally:
            process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, out, error)

    def events(self, *arguments: str | Path) -> list[Event]:
        done = self.run("replay", "--json", *arguments)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return [decode(line) for line in done.stdout.splitlines()]

    @property
    def logs(self) -> list[Path]:
        return sorted(self.home.glob("calls/*/events.db"))


@pytest.fixture
def program(tmp_path: Path, whisper_tiny: Path) -> Program:
    return Program(tmp_path / "home", whisper_tiny)


def write_wav(path: Path, samples: np.ndarray, rate_hz: int = 16_000) -> Path:
    """Write 16-bit samples of shape ``(n,)`` or ``(n, channels)``."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def test_the_bundled_call_from_file_to_debrief(program: Program) -> None:
    done = program.run("replay", CALL)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "\x1b" not in done.stdout
    assert any("seller" in line and "Platinum Motors" in line for line in lines)
    assert any(line.startswith("04:0") and "The call ended" in line for line in lines)
    assert "## The buyer's seat" in lines

    (log,) = program.logs
    events = list(read_events(log))
    spoken_s = {
        side: sum(e.end_s - e.start_s for e in events if isinstance(e, SpeechEnded) and e.speaker is side)
        for side in (Speaker.SELLER, Speaker.CUSTOMER)
    }
    share = spoken_s[Speaker.SELLER] / sum(spoken_s.values())
    assert share == pytest.approx(SELLER_SHARE, abs=0.02)

    debrief = program.run("debrief")
    assert debrief.returncode == 0
    assert debrief.stdout.strip() in done.stdout


def test_the_same_recording_gives_the_same_events(program: Program, short_call: Path) -> None:
    first = program.run("replay", "--json", short_call)
    second = program.run("replay", "--json", short_call)
    paced = program.run("replay", "--json", "--pace", "8", short_call)
    assert first.returncode == second.returncode == paced.returncode == 0
    assert first.stdout == second.stdout == paced.stdout
    assert len(program.logs) == 3


def test_the_events_printed_are_the_events_kept(program: Program, short_call: Path) -> None:
    printed = program.events(short_call)
    (log,) = program.logs
    assert list(read_events(log)) == printed
    assert isinstance(printed[0], SessionStarted)
    assert isinstance(printed[-1], SessionEnded)


def test_the_sides_can_be_swapped(program: Program, short_call: Path) -> None:
    left = program.events(short_call)
    right = program.events(short_call, "--seller-channel", "right")

    def spoken(events: list[Event], side: Speaker) -> list[tuple[float, float]]:
        return [(e.start_s, e.end_s) for e in events if isinstance(e, SpeechEnded) and e.speaker is side]

    assert spoken(left, Speaker.SELLER) == spoken(right, Speaker.CUSTOMER)
    assert spoken(left, Speaker.CUSTOMER) == spoken(right, Speaker.SELLER)


def test_a_mono_recording_says_what_it_cannot_tell(
    program: Program, short_call: Path, tmp_path: Path
) -> None:
    with wave.open(str(short_call)) as file:
        stereo = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    mixed = write_wav(tmp_path / "mono.wav", stereo.astype(np.int32).sum(axis=1) // 2)
    events = program.events(mixed)
    assert {e.speaker for e in events if isinstance(e, SpeechEnded | TranscriptFinal)} == {Speaker.UNKNOWN}
    assert [e.speaker for e in events if isinstance(e, SourceStarted)] == [Speaker.UNKNOWN]
    assert any("cannot tell who spoke" in e.message for e in events if isinstance(e, CaveatNoted))


def test_a_silent_recording_is_heard_to_its_end(program: Program, tmp_path: Path) -> None:
    silent = write_wav(tmp_path / "silent.wav", np.zeros((16_000 * 600, 2)))
    events = program.events(silent)
    assert not [e for e in events if isinstance(e, SpeechEnded | TranscriptFinal)]
    ended = events[-1]
    assert isinstance(ended, SessionEnded)
    assert ended.duration_s == pytest.approx(600.0, abs=0.1)
    debrief = program.run("debrief")
    assert debrief.returncode == 0, debrief.stderr


def test_a_killed_replay_keeps_what_was_heard(program: Program) -> None:
    process = program.start("replay", "--json", CALL)
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        event = decode(line)
        seen.append(event)
        if sum(isinstance(e, TranscriptFinal) for e in seen) == 3:
            break
    wait_for(lambda: any(isinstance(e, TranscriptFinal) for log in program.logs for e in read_events(log)))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (log,) = program.logs
    kept = list(read_events(log))
    assert [event.seq for event in kept] == list(range(len(kept)))
    assert any(isinstance(e, TranscriptFinal) for e in kept)
    debrief = program.run("debrief")
    assert debrief.returncode == 0
    assert "cut off" in debrief.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no polite signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_polite_signal_ends_the_call_in_order(program: Program, number: signal.Signals) -> None:
    process = program.start("replay", "--json", CALL)
    assert process.stdout is not None
    for line in process.stdout:
        if isinstance(decode(line), TranscriptFinal):
            break
    process.send_signal(number)
    rest, error = process.communicate(timeout=LONGEST_RUN_S)
    assert process.returncode == 0, error
    ended = decode(rest.splitlines()[-1])
    assert isinstance(ended, SessionEnded)
    assert ended.reason == "stopped"
    assert ended.duration_s < 240.0


def test_a_closed_pipe_is_no_disaster(program: Program) -> None:
    process = program.start("replay", "--json", CALL)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    error = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=LONGEST_RUN_S)
    assert "Traceback" not in error


def wait_for(condition: object, longest_s: float = 60.0) -> None:
    """Return once the condition holds; the store commits ten times a second."""
    assert callable(condition)
    until_s = time.monotonic() + longest_s
    while not condition():
        assert time.monotonic() < until_s, "it never came true"
        time.sleep(0.05)


@pytest.mark.parametrize("name", ["empty.wav", "text.wav", "no_samples.wav", "nowhere.wav", "folder"])
def test_what_is_no_recording_ends_in_one_sentence(program: Program, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("Dear diary, this is no recording.\n" * 100)
    write_wav(tmp_path / "no_samples.wav", np.zeros((0, 2)))
    (tmp_path / "folder").mkdir()
    done = program.run("replay", tmp_path / name)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("roomtone: ")
    assert name in done.stderr
    assert program.logs == []


def test_a_missing_model_says_what_to_run(tmp_path: Path, short_call: Path) -> None:
    done = Program(tmp_path, Path("base")).run("replay", short_call)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        'roomtone: The speech model "base" is not on this machine yet; run: roomtone models fetch base'
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("a.wav", "b.wav", "c.wav"),
        ("--seller", "a.wav"),
        ("a.wav", "--pace", "warp"),
        ("a.wav", "--play", "--pace", "4"),
    ],
)
def test_a_command_line_that_does_not_fit_together(program: Program, arguments: tuple[str, ...]) -> None:
    done = program.run("replay", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr
