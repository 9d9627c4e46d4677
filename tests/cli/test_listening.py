"""Live calls of the real program in trouble: each is the real thing, and each call goes on."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_call import (
    PATIENCE_S,
    QUICK,
    SIDES,
    LiveCall,
    live_call,
    missed_s,
    not_kept_s,
    playing,
    processes_of,
    two_voices,
)
from terminal import Program

from roomtone.events import (
    CaveatNoted,
    CaveatWithdrawn,
    SessionEnded,
    SourceLost,
    SourceStarted,
    SpeechEnded,
    SpeechStarted,
    StageFailed,
    TranscriptRejected,
)
from roomtone.types import Speaker
from small_disk import mounted_below
from sound_server import SoundServer, sound_server, wait_until

pytestmark = pytest.mark.end_to_end

STANDSTILL_S = 4.0
MICROPHONE = (
    "load-module",
    "module-remap-source",
    "master=micsink.monitor",
    "source_name=mic",
    "source_properties=device.description=Microphone",
)
HEADSET = (
    "load-module",
    "module-null-sink",
    "sink_name=headset",
    "sink_properties=device.description=Headset",
)
DISK_IS_FULL = ("The disk is full: the sound of the call", "The disk is full: since")
"""How it is told of the audio, and of the log."""


@pytest.fixture(scope="module")
def server() -> Iterator[SoundServer]:
    with sound_server() as server:
        yield server


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return two_voices(tmp_path_factory.mktemp("voices"))


@pytest.fixture(scope="module")
def model(whisper_tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the model, to be damaged."""
    return Path(shutil.copytree(whisper_tiny, tmp_path_factory.mktemp("models") / "tiny"))


@pytest.fixture(scope="module")
def call(server: SoundServer, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCall]:
    """A call that goes on from test to test and is ended in order after the last."""
    program = Program(tmp_path_factory.mktemp("home"), model, server.environment | QUICK)
    with live_call(program, "--keep-audio") as call:
        yield call
        *_, ended = call.end()
        assert isinstance(ended, SessionEnded)
        assert ended.reason == "stopped"
        assert not processes_of(program)


def test_an_unplugged_microphone_is_heard_again(
    call: LiveCall, server: SoundServer, voices: dict[str, Path]
) -> None:
    with playing(server, **voices):
        call.expect(SpeechStarted, after=call.last)
        before = call.last
        server.pactl("unload-module", "module-remap-source")
        lost = call.expect(SourceLost, after=before, speaker=Speaker.SELLER)
        server.pactl(*MICROPHONE)
        server.pactl("set-default-source", "mic")
        back = call.expect(SourceStarted, after=lost, speaker=Speaker.SELLER)
        assert back.missed_s > 0.0
        for side in reversed(SIDES):
            words = call.expect_words(side, after=back)
        silent_s = not_kept_s(call, Speaker.SELLER, since_s=before.t_s, until_s=words.start_s)
        assert missed_s(call, Speaker.SELLER, after=before) == pytest.approx(silent_s, abs=0.2)


def test_another_default_output_is_followed(
    call: LiveCall, server: SoundServer, voices: dict[str, Path]
) -> None:
    before = call.last
    server.pactl(*HEADSET)
    server.pactl("set-default-sink", "headset")
    with playing(server, headset=voices["speakers"]):
        back = call.expect(SourceStarted, after=before, speaker=Speaker.CUSTOMER)
        assert "Headset" in back.description
        call.expect_words(Speaker.CUSTOMER, after=back)


def test_a_sound_server_that_died_is_found_again(
    call: LiveCall, server: SoundServer, voices: dict[str, Path]
) -> None:
    before = call.last
    server.kill()
    lost = [call.expect(SourceLost, after=before, speaker=side) for side in SIDES]
    server.start()
    with playing(server, **voices):
        for each in lost:
            back = call.expect(SourceStarted, after=each, speaker=each.speaker)
            assert back.missed_s > 0.0
            call.expect_words(each.speaker, after=back)


def test_a_program_that_stood_still_catches_up_or_says_what_it_missed(
    call: LiveCall, server: SoundServer, voices: dict[str, Path]
) -> None:
    family = call.screen.process.pid
    with playing(server, **voices):
        call.expect(SpeechStarted, after=call.last)
        before = call.last
        os.killpg(family, signal.SIGSTOP)
        time.sleep(STANDSTILL_S)
        os.killpg(family, signal.SIGCONT)
        until_s = before.t_s + STANDSTILL_S
        wait_until(lambda: call.last.t_s > until_s, PATIENCE_S)
        caught_up = call.last
        for side in SIDES:
            words = call.expect_words(side, after=caught_up)
            silent_s = not_kept_s(call, side, since_s=before.t_s, until_s=words.start_s)
            assert missed_s(call, side, after=before) == pytest.approx(silent_s, abs=0.2)


def test_a_killed_transcriber_costs_no_words(
    call: LiveCall, server: SoundServer, voices: dict[str, Path]
) -> None:
    with playing(server, **voices):
        call.expect(SpeechStarted, after=call.last)
        before, killed = call.last, call.transcriber()
        os.kill(killed, signal.SIGKILL)
        for side in SIDES:
            call.expect_words(side, after=before)
        assert call.transcriber() != killed
    assert not call.found(TranscriptRejected, after=before, reason="failed")


def test_a_model_damaged_in_the_call_is_told_and_taken_again_when_it_is_whole(
    call: LiveCall, model: Path, server: SoundServer, voices: dict[str, Path]
) -> None:
    weights, whole = model / "model.bin", model / "whole"
    with playing(server, **voices):
        call.expect(SpeechStarted, after=call.last)
        before = call.last
        weights.rename(whole)
        weights.write_bytes(b"no weights any more")
        os.kill(call.transcriber(), signal.SIGKILL)
        failed = call.expect(StageFailed, after=before, stage="transcriber")
        assert failed.recoverable
        assert "roomtone models verify" in failed.message
        call.expect(SpeechEnded, after=failed)
        whole.replace(weights)
        call.expect_words(Speaker.CUSTOMER, after=call.last)


def test_a_full_disk_is_told_and_what_was_heard_meanwhile_is_kept_once_there_is_room(
    server: SoundServer, voices: dict[str, Path], whisper_tiny: Path, tmp_path: Path
) -> None:
    with mounted_below(tmp_path) as disk:
        program = Program(disk.path / "home", whisper_tiny, server.environment | QUICK)
        with live_call(program, "--plain", "--keep-audio") as call, playing(server, **voices):
            before = call.expect(SpeechStarted)
            disk.fill()
            call.until(lambda: all(message in call.screen.text for message in DISK_IS_FULL))
            disk.free()
            for code in ("audio_not_kept", "log_waiting"):
                told = call.expect(CaveatNoted, after=before, code=code)
                back = call.expect(CaveatWithdrawn, after=told, code=code)
            call.expect_words(Speaker.SELLER, after=back)
            events = call.end(b"\x03")
            assert [event.seq for event in events] == list(range(len(events)))
            silent_s = not_kept_s(call, Speaker.SELLER, since_s=before.t_s, until_s=events[-1].t_s)
            assert silent_s == 0.0
