"""The real program on real recordings, in a process of its own."""

import signal
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from terminal import CALL, LONGEST_RUN_S, Program, Screen, has_words, how_it_ended

from roomtone.audio.recorded.file import open_recording
from roomtone.cli import line as parts
from roomtone.cli import replaying
from roomtone.cli.context import App
from roomtone.cli.replaying import Recording, Replay
from roomtone.config.settings import Settings
from roomtone.errors import DeviceError, ModelError
from roomtone.events import (
    AgendaSet,
    CaveatNoted,
    Event,
    SessionEnded,
    SessionStarted,
    SourceStarted,
    SpeechEnded,
    TranscriptFinal,
    decode,
)
from roomtone.interfaces import AudioSource
from roomtone.nudges.installed import installed_rules
from roomtone.session.reanalysis import reanalysed
from roomtone.session.store import read_events
from roomtone.types import Speaker
from sound_server import wait_until

if sys.platform != "win32":
    import termios

pytestmark = pytest.mark.end_to_end

SELLER_SHARE = 0.494
"""Of the bundled call, by its reference."""


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

    rules = installed_rules(Settings().nudges).rules
    assert list(reanalysed(events, Settings(), rules)) == events


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


def test_the_kind_of_call_its_length_and_its_agenda_are_kept(
    program: Program, short_call: Path, tmp_path: Path
) -> None:
    agenda = tmp_path / "points.md"
    agenda.write_text("# Call\n- Budget (key words: money)\n- Next step\n")
    options = ("--playbook", "discovery", "--minutes", "30")
    started, *_ = own = program.events(short_call, *options, "--agenda", agenda)
    assert isinstance(started, SessionStarted)
    assert (started.planned_s, started.playbook) == (1800.0, "discovery")
    (points,) = (event.points for event in own if isinstance(event, AgendaSet))
    assert [(point.point_id, point.text, point.key_words) for point in points] == [
        ("point-1", "Budget", ("money",)),
        ("point-2", "Next step", ()),
    ]

    (points,) = (
        event.points for event in program.events(short_call, *options) if isinstance(event, AgendaSet)
    )
    assert points[-1].text == "The next step, with a date"
    started, *rest = program.events(short_call)
    assert isinstance(started, SessionStarted)
    assert (started.planned_s, started.playbook) == (None, "")
    assert not [event for event in rest if isinstance(event, AgendaSet)]


def test_a_wrong_playbook_or_agenda_is_one_sentence_before_anything_is_kept(
    program: Program, short_call: Path
) -> None:
    for options in (["--playbook", "dmo"], ["--agenda", "none.md"], ["--minutes", "-1"]):
        done = program.run("replay", short_call, *options)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("roomtone: ")
        assert done.stderr.count("\n") == 1
    assert program.logs == []


def test_another_playbook_is_compared_on_the_same_words(program: Program, short_call: Path) -> None:
    arguments = ("--no-debrief", "--playbook", "demo", "--compare", "discovery", short_call)
    done = program.run("replay", *arguments)
    assert done.returncode == 0, done.stderr
    assert "# The nudges with demo and with discovery\n" in done.stdout
    (log,) = program.logs
    assert next(iter(read_events(log))).playbook == "demo"


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("--compare", "nowhere"), 1, "nowhere"),
        (("--compare", "demo", "--json"), 2, "leave out --json"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_refused_before_the_call(
    program: Program, short_call: Path, arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    done = program.run("replay", short_call, *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert program.logs == []


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
    wait_until(lambda: any(has_words(log) for log in program.logs), LONGEST_RUN_S)
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


def test_a_stop_says_that_it_is_heard(program: Program) -> None:
    process = program.start("replay", "--plain", "--no-debrief", CALL)
    assert process.stdout is not None
    for line in process.stdout:
        if "  seller  " in line:
            break
    process.send_signal(signal.SIGTERM)
    rest, error = process.communicate(timeout=LONGEST_RUN_S)
    assert process.returncode == 0
    assert error == "stopping: finishing the last words\n"
    assert "The call was stopped after" in rest.splitlines()[-1]


@pytest.fixture
def screen(program: Program) -> Iterator[Screen]:
    screen = Screen(program, "replay", CALL)
    try:
        wait_until(
            lambda: any(has_words(log) for log in program.logs) or screen.process.poll() is not None,
            LONGEST_RUN_S,
        )
        yield screen
    finally:
        screen.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other terminals")
def test_a_polite_kill_leaves_the_overlay_and_the_terminal_in_order(program: Program, screen: Screen) -> None:
    screen.process.send_signal(signal.SIGTERM)
    assert screen.wait() == 0, screen.text
    assert termios.tcgetattr(screen.terminal) == screen.as_before
    assert "The buyer's seat" in screen.text_after_the_overlay
    assert how_it_ended(program) == "stopped"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other terminals")
def test_a_terminal_closed_under_the_overlay_ends_the_call_in_order(program: Program, screen: Screen) -> None:
    screen.hang_up()
    assert screen.process.wait(timeout=LONGEST_RUN_S) > 0
    assert how_it_ended(program) == "stopped"


@pytest.mark.parametrize("form", ["--json", "--plain"])
def test_a_closed_pipe_is_no_disaster(program: Program, form: str) -> None:
    process = program.start("replay", form, CALL)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    error = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=LONGEST_RUN_S)
    assert process.returncode == 1
    assert error == ""
    assert how_it_ended(program) == "stopped"


def test_a_character_the_output_lacks_does_not_end_the_call(program: Program, short_call: Path) -> None:
    program.environment["PYTHONIOENCODING"] = "ascii"
    done = program.run("replay", "--plain", "--title", "Zürich", short_call)
    assert done.returncode == 0, done.stderr
    assert "call      Z?rich (replay)" in done.stdout


async def test_a_player_that_fails_closes_the_recording(
    tmp_path: Path, short_call: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []

    def open_watched(*files: Path, **options: Any) -> AudioSource:
        source = open_recording(*files, **options)

        async def aclose() -> None:
            closed.append(files)
            await type(source).aclose(source)

        monkeypatch.setattr(source, "aclose", aclose)
        return source

    def refuse(*_arguments: object, **_named: object) -> None:
        raise DeviceError("There is no output.", code="playback_failed")

    monkeypatch.setattr(parts, "whisper_folder", lambda *_: tmp_path)
    monkeypatch.setattr(replaying, "open_recording", open_watched)
    monkeypatch.setattr(replaying, "Player", refuse)
    with pytest.raises(DeviceError, match="no output"):
        await replay_of(short_call, home=tmp_path, play=True).run()
    assert closed == [(short_call,)]
    assert not (tmp_path / "calls").exists()


def replay_of(file: Path, *, home: Path, play: bool = False) -> Replay:
    return Replay(
        app=App(environment={"ROOMTONE_HOME": str(home)}),
        settings=Settings(),
        recording=Recording(files=(file,), seller=None, customer=None),
        title=None,
        pace=1.0 if play else None,
        play=play,
        screen="plain",
    )


@pytest.mark.parametrize("broken", ["SileroDetector", "EmotionReader"])
async def test_a_model_that_cannot_be_loaded_leaves_no_call(
    tmp_path: Path, short_call: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    class Ready:
        name = "ready"
        closed = False

        async def aclose(self) -> None:
            self.closed = True

    transcriber = Ready()

    async def start(*_arguments: object, **_named: object) -> Ready:
        return transcriber

    def refuse(*_arguments: object, **_named: object) -> None:
        raise ModelError("It is damaged; fetch it.", code="damaged")

    monkeypatch.setattr(parts, "whisper_folder", lambda *_: tmp_path)
    monkeypatch.setattr(parts, "start_transcriber", start)
    monkeypatch.setattr(parts, broken, refuse)
    with pytest.raises(ModelError, match="damaged"):
        await replay_of(short_call, home=tmp_path).run()
    assert transcriber.closed
    assert not (tmp_path / "calls").exists()


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
