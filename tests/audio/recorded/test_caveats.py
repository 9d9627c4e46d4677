import os
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from audio.recordings import noise, silence, tone, write
from roomtone.audio.recorded import layout
from roomtone.audio.recorded.caveats import closing_caveats, opening_events
from roomtone.audio.recorded.layout import LockStep, look, sides_of
from roomtone.events import CaveatNoted, SourceStarted

pytestmark = pytest.mark.unit

Said = tuple[list[str], list[tuple[str, str, str]], list[tuple[str, str, str]]]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Read files to their end; return the descriptions, the first caveats and the last ones."""
    monkeypatch.setattr(layout, "LOOK_S", 2.0)

    def read(*paths: Path) -> Said:
        seen = look(paths)
        lock_step = LockStep(paths)
        sides = sides_of(lock_step, seen, "left")
        opening = opening_events(lock_step, seen, sides)
        assert all(event.t_s == 0 for event in opening)
        while len(lock_step.read()):
            pass
        lock_step.close()
        return (
            [event.description for event in opening if isinstance(event, SourceStarted)],
            [
                (event.code, event.source_id, event.message)
                for event in opening
                if isinstance(event, CaveatNoted)
            ],
            [
                (event.code, event.source_id, event.message)
                for event in closing_caveats(lock_step, seen, sides)
            ],
        )

    return read


def voices(duration_s: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return tone(duration_s, rate_hz=8000), noise(duration_s, rate_hz=8000, seed=1)


def test_a_good_stereo_call_needs_no_caveat(tmp_path: Path, say: Callable[..., Said]) -> None:
    descriptions, opening, closing = say(write(tmp_path / "call.wav", *voices(3), rate_hz=8000))
    assert descriptions == [
        "call.wav, left channel (pcm_s16le, 8 kHz, stereo)",
        "call.wav, right channel (pcm_s16le, 8 kHz, stereo)",
    ]
    assert opening == closing == []


@pytest.mark.parametrize(
    ("channels", "why"),
    [
        (1, "This recording has both sides mixed in one channel"),
        (2, "Both channels of this recording carry the same sound"),
        (6, "This recording has 6 channels and does not say whose they are"),
    ],
)
def test_sides_that_cannot_be_told(tmp_path: Path, say: Callable[..., Said], channels: int, why: str) -> None:
    path = write(tmp_path / "call.wav", *[tone(1, rate_hz=8000)] * channels, rate_hz=8000)
    (description,), opening, closing = say(path)
    assert description.startswith("call.wav (pcm_s16le, 8 kHz, ")
    message = f"{why}, so I cannot tell who spoke: no talk share, no reading of the customer."
    assert opening == [("sides_unknown", "unknown", message)]
    assert closing == []


def test_the_same_file_for_both_sides(tmp_path: Path, say: Callable[..., Said]) -> None:
    path = write(tmp_path / "call.wav", tone(1, rate_hz=8000), rate_hz=8000)
    _, opening, _ = say(path, path)
    assert opening[0][2].startswith("Both files carry the same sound, so I cannot tell")


def test_a_side_silent_in_a_short_recording_is_named_once(tmp_path: Path, say: Callable[..., Said]) -> None:
    path = write(tmp_path / "call.wav", tone(1, rate_hz=8000), silence(1, rate_hz=8000), rate_hz=8000)
    _, opening, closing = say(path)
    ((code, source_id, message),) = opening
    assert (code, source_id) == ("side_silent", "customer")
    assert message.startswith("The customer's side (right channel) is silent in the whole recording: ")
    assert closing == []


def test_a_side_silent_at_first_may_still_speak(tmp_path: Path, say: Callable[..., Said]) -> None:
    late = np.concatenate([silence(3, rate_hz=8000), tone(2, rate_hz=8000)])
    _, opening, closing = say(
        write(tmp_path / "call.wav", late, noise(5, rate_hz=8000, seed=1), rate_hz=8000)
    )
    message = (
        "The seller's side (left channel) is silent in the first 2 minutes: check that it is the right one."
    )
    assert opening == [("side_silent", "seller", message)]
    assert closing == []


def test_a_side_silent_to_the_end_is_named_again(tmp_path: Path, say: Callable[..., Said]) -> None:
    hiss = noise(5, rate_hz=8000, seed=1, level=0.0002)
    seller = write(tmp_path / "agent.wav", tone(5, rate_hz=8000), rate_hz=8000)
    customer = write(tmp_path / "caller.wav", hiss, rate_hz=8000)
    _, opening, closing = say(seller, customer)
    assert [code for code, _, _ in opening] == ["side_silent"]
    assert closing == [("side_silent", "customer", "The customer's side (caller.wav) was silent to the end.")]


def test_a_quiet_voice_is_no_silence(tmp_path: Path, say: Callable[..., Said]) -> None:
    quiet = tone(3, rate_hz=8000, level=0.01)
    path = write(tmp_path / "call.wav", quiet, noise(3, rate_hz=8000, seed=1), rate_hz=8000)
    _, opening, _ = say(path)
    assert opening == []


def test_one_file_much_shorter_than_the_other(tmp_path: Path, say: Callable[..., Said]) -> None:
    seller, customer = voices(14)
    paths = (
        write(tmp_path / "agent.wav", seller, rate_hz=8000),
        write(tmp_path / "caller.wav", customer[: 3 * 8000], rate_hz=8000),
    )
    _, _, closing = say(*paths)
    assert closing == [("side_shorter", "", "caller.wav ends 11 s before the other file does.")]


def test_an_end_cut_off(tmp_path: Path, say: Callable[..., Said]) -> None:
    path = write(tmp_path / "call.mp3", tone(8, rate_hz=44_100), rate_hz=44_100, codec="libmp3lame")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    _, _, closing = say(path)
    assert closing == [("damaged", "", "call.mp3 ends early: 4 s of 8 s are missing.")]


def test_a_wav_file_cut_off(tmp_path: Path, say: Callable[..., Said]) -> None:
    path = write(tmp_path / "call.wav", *voices(8), rate_hz=8000)
    os.truncate(path, path.stat().st_size // 4)
    _, _, closing = say(path)
    assert closing == [("damaged", "", "call.wav ends early: 6 s of 8 s are missing.")]


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="file names are text there")
def test_a_file_name_that_is_no_text_can_still_be_told(tmp_path: Path, say: Callable[..., Said]) -> None:
    path = write(tmp_path / "call.wav", tone(3, rate_hz=8000), rate_hz=8000)
    path = path.rename(tmp_path / os.fsdecode(b"caf\xe9.wav"))
    os.truncate(path, path.stat().st_size // 2)
    (description,), _, closing = say(path)
    assert description == "caf\N{REPLACEMENT CHARACTER}.wav (pcm_s16le, 8 kHz, mono)"
    assert closing[-1][2].startswith("caf\N{REPLACEMENT CHARACTER}.wav ends early")


def test_damage_in_the_middle(tmp_path: Path, say: Callable[..., Said]) -> None:
    path = write(tmp_path / "call.m4a", noise(8, rate_hz=44_100, seed=1), rate_hz=44_100, codec="aac")
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 2] = b"\xff" * (len(data) // 2 - len(data) // 3)
    path.write_bytes(data)
    _, _, closing = say(path)
    assert [code for code, _, _ in closing] == ["damaged"]
    assert "damaged in places" in closing[0][2]


def test_an_interruption(tmp_path: Path, say: Callable[..., Said]) -> None:
    path = tmp_path / "call.mka"
    write(path, tone(2, rate_hz=16_000), rate_hz=16_000, shift_s=lambda time_s: 3.0 * (time_s > 1))
    _, _, closing = say(path)
    assert closing == [
        ("damaged", "", "call.mka is interrupted: 3 s in all are missing and count as silence.")
    ]


def test_samples_that_are_no_numbers(tmp_path: Path, say: Callable[..., Said]) -> None:
    sound = tone(1, rate_hz=16_000)
    sound[[5, 6]] = np.nan
    _, _, closing = say(write(tmp_path / "call.wav", sound, rate_hz=16_000, codec="pcm_f32le"))
    assert closing == [
        ("damaged", "", "call.wav holds 2 samples that are no numbers: they count as silence.")
    ]


def test_a_second_sound_track_is_named(tmp_path: Path, say: Callable[..., Said]) -> None:
    path = tmp_path / "call.mka"
    with av.open(str(path), "w") as container:
        tracks = [container.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(2)]
        for track in tracks:
            frame = av.AudioFrame.from_ndarray(np.ones((1, 8000), np.int16), format="s16", layout="mono")
            frame.sample_rate = 8000
            container.mux(track.encode(frame))
            container.mux(track.encode(None))
    _, opening, _ = say(path)
    assert ("tracks_unused", "", "call.mka has 2 sound tracks: only one of them is heard.") in opening
