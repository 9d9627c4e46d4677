from typing import Any

import numpy as np
import pytest

from roomtone.audio.rehearsal.heard import Heard, Rehearsed
from roomtone.audio.rehearsal.sounding import short_sound
from roomtone.errors import DeviceError
from roomtone.session.preflight import (
    Finding,
    Speed,
    Verdict,
    judge_disk,
    judge_sides,
    judge_slowness,
    judge_speed,
    judge_unwritable,
)
from roomtone.session.remedies import Trouble, remedy
from roomtone.types import SAMPLE_RATE_HZ, Samples

pytestmark = pytest.mark.unit

PLATFORM = "linux"
SOUND_S = (1.0, 3.0)
SENTENCE_S = (3.0, 6.0)
GONE = DeviceError("It is gone: plug it in.", code="device_missing")


def samples(
    *, room_dbfs: float = -65.0, voice: float = 0.1, sound_db: float | None = None, sound_at_s: float = 1.5
) -> Samples:
    """Six seconds: the room, the short sound ``sound_db`` louder than played, and then a voice."""
    generator = np.random.default_rng(2)
    times_s = np.arange(6 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    heard = 10 ** (room_dbfs / 20) * generator.standard_normal(len(times_s))
    says = (times_s >= 3.5) & (times_s // 0.2 % 2 == 0)
    heard += np.where(says, voice * np.sin(2 * np.pi * 180 * times_s), 0.0)
    if sound_db is not None:
        sound = short_sound() * 10 ** (sound_db / 20)
        start_sample = round(sound_at_s * SAMPLE_RATE_HZ)
        heard[start_sample : start_sample + len(sound)] += sound
    return heard.clip(-1, 1).astype(np.float32)


def microphone(given: Samples | None = None, **other: Any) -> Heard:
    heard = samples() if given is None else given
    parts = {"begins_s": 0.0, "arrived_share": 1.0, "muted": False}
    return Heard("Headset", heard, **parts | other)


def system(given: Samples | None = None, **other: Any) -> Heard:
    heard = samples(voice=0.0, room_dbfs=-120, sound_db=0.0) if given is None else given
    parts = {"begins_s": 0.0, "arrived_share": 1.0, "muted": False}
    return Heard("Speakers", heard, **parts | other)


def judged(subject: str, *, echo_removed: bool = True, **parts: Any) -> Finding | None:
    """The finding about one subject when ``parts`` are not as they should be."""
    whole: dict[str, Any] = {
        "microphone": microphone(),
        "system": system(),
        "sentence_s": SENTENCE_S,
        "sound_s": SOUND_S,
    }
    findings = judge_sides(Rehearsed(**whole | parts), echo_removed=echo_removed, platform=PLATFORM)
    assert len({finding.subject for finding in findings}) == len(findings)
    return next((finding for finding in findings if finding.subject == subject), None)


def expect(finding: Finding | None, verdict: Verdict, words: str, trouble: Trouble | None = None) -> None:
    assert finding is not None
    assert finding.verdict is verdict
    assert words in finding.message
    assert finding.advice == (remedy(trouble, PLATFORM) if trouble else "")


def test_all_well() -> None:
    expect(judged("microphone"), Verdict.OK, "your voice is heard at -23 dBFS (Headset)")
    expect(judged("computer's sound"), Verdict.OK, "the short sound arrived at -30 dBFS (Speakers)")
    expect(judged("headphones"), Verdict.OK, "the microphone does not hear the computer's sound")


@pytest.mark.parametrize(
    ("heard", "verdict", "words", "trouble"),
    [
        (microphone(muted=True), "problem", "muted by the system", Trouble.MICROPHONE_MUTED),
        (microphone(0 * samples()), "problem", "only zeros", Trouble.MICROPHONE_ZEROS),
        (microphone(arrived_share=0.5), "problem", "50% of the sound", Trouble.UNSTEADY),
        (microphone(arrived_share=1.088), "problem", "109% of the sound", Trouble.UNSTEADY),
        (
            microphone(samples(voice=0.0005, room_dbfs=-90)),
            "problem",
            "-69 dBFS at its loudest",
            Trouble.MICROPHONE_QUIET,
        ),
        (
            microphone(samples(voice=0.0, room_dbfs=-50)),
            "note",
            "only steady noise at -50 dBFS",
            Trouble.MICROPHONE_NO_VOICE,
        ),
        (microphone(samples(voice=3.0)), "note", "cut off", Trouble.MICROPHONE_LOUD),
        (microphone(samples(room_dbfs=-40)), "note", "the room is loud, -40 dBFS", Trouble.MICROPHONE_NOISY),
    ],
    ids=["muted", "zeros", "half", "48 for 44.1", "quiet", "no voice", "clipped", "noisy"],
)
def test_what_a_microphone_can_have(heard: Heard, verdict: str, words: str, trouble: Trouble) -> None:
    expect(judged("microphone", microphone=heard), Verdict(verdict), words, trouble)


def test_a_device_that_cannot_be_opened_says_itself_what_to_do() -> None:
    expect(judged("microphone", microphone=GONE), Verdict.PROBLEM, "It is gone: plug it in.")
    expect(judged("computer's sound", system=GONE), Verdict.PROBLEM, "It is gone: plug it in.")


@pytest.mark.parametrize(
    ("heard", "verdict", "words", "trouble"),
    [
        (system(muted=True), "problem", "the output is muted", Trouble.SYSTEM_MUTED),
        (system(arrived_share=0.8), "problem", "80% of the sound", Trouble.UNSTEADY),
        (system(0 * samples()), "problem", "did not arrive", Trouble.SYSTEM_ELSEWHERE),
        (system(samples(voice=0.3)), "problem", "did not arrive", Trouble.SYSTEM_ELSEWHERE),
        (
            system(samples(voice=0.0, room_dbfs=-120, sound_db=-40)),
            "note",
            "arrived at -70 dBFS, which is very quiet",
            Trouble.SYSTEM_QUIET,
        ),
    ],
    ids=["muted", "unsteady", "zeros", "other sound", "quiet"],
)
def test_what_the_computers_sound_can_have(heard: Heard, verdict: str, words: str, trouble: Trouble) -> None:
    expect(judged("computer's sound", system=heard), Verdict(verdict), words, trouble)


def talk_in_the_way(dbfs: float) -> Samples:
    """Six seconds of syllables, in which the short sound is not."""
    times_s = np.arange(6 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    tone = 10 ** (dbfs / 20) * np.sqrt(2) * np.sin(2 * np.pi * 180 * times_s)
    room = np.random.default_rng(2).standard_normal(len(times_s)) * 1e-3
    return (np.where(times_s // 0.2 % 2 == 0, tone, 0.0) + room).astype(np.float32)


def test_a_sound_may_drown_in_others() -> None:
    music = system(talk_in_the_way(-15))
    expect(judged("computer's sound", system=music), Verdict.NOTE, "at -15 dBFS", Trouble.SYSTEM_DROWNED)
    soft = system(talk_in_the_way(-25))
    expect(judged("computer's sound", system=soft), Verdict.PROBLEM, "not arrive", Trouble.SYSTEM_ELSEWHERE)


def test_somebody_who_talks_meanwhile_may_hide_an_echo() -> None:
    talking = microphone(talk_in_the_way(-30))
    expect(judged("headphones", microphone=talking), Verdict.NOTE, "too loud", Trouble.NOT_QUIET)
    mumbling = microphone(talk_in_the_way(-50))
    expect(judged("headphones", microphone=mumbling), Verdict.OK, "does not hear")


def test_a_sound_that_only_the_microphone_heard_came_out_elsewhere() -> None:
    in_the_room = microphone(samples(sound_db=-10))
    finding = judged("computer's sound", microphone=in_the_room, system=system(0 * samples()))
    expect(finding, Verdict.PROBLEM, "the microphone heard it", Trouble.SYSTEM_ELSEWHERE)


def test_without_the_sound_anything_that_plays_will_do() -> None:
    video = system(samples(voice=0.2))
    finding = judged("computer's sound", system=video, sound_s=None)
    expect(finding, Verdict.OK, "sound is heard at -1")
    assert judged("headphones", system=video, sound_s=None) is None


def test_without_any_sound_it_cannot_be_told() -> None:
    finding = judged("computer's sound", system=system(0 * samples()), sound_s=None)
    expect(finding, Verdict.NOTE, "cannot be told", Trouble.SYSTEM_UNTESTED)


def test_a_sound_that_could_not_be_played_is_no_fault_of_the_recording() -> None:
    parts = {"system": system(0 * samples()), "sound_s": None, "not_played": "There is no output."}
    expect(judged("short sound", **parts), Verdict.NOTE, "There is no output.")
    expect(judged("computer's sound", **parts), Verdict.NOTE, "cannot be told", Trouble.SYSTEM_UNTESTED)


def test_a_customer_left_out_costs_the_talk_share() -> None:
    finding = judged("computer's sound", system=None, sound_s=None)
    expect(finding, Verdict.NOTE, "no talk share")


@pytest.mark.parametrize(
    ("echo_removed", "verdict", "words", "trouble"),
    [
        (True, Verdict.NOTE, "headphones are better", Trouble.ECHO),
        (False, Verdict.PROBLEM, "talk share would be wrong", Trouble.ECHO_LEFT),
    ],
)
def test_an_echo_is_measured(echo_removed: bool, verdict: Verdict, words: str, trouble: Trouble) -> None:
    back = microphone(samples(sound_db=-12, sound_at_s=1.585), begins_s=0.02)
    finding = judged("headphones", microphone=back, echo_removed=echo_removed)
    expect(finding, verdict, words, trouble)
    assert finding is not None
    assert "12 dB weaker than played and 105 ms later" in finding.message
    assert finding.figures["echo_db"] == pytest.approx(-12, abs=0.5)
    assert finding.figures["delay_ms"] == 105


def test_an_echo_may_seem_to_come_before_its_sound() -> None:
    back = microphone(samples(sound_db=6, sound_at_s=1.49))
    finding = judged("headphones", microphone=back)
    assert finding is not None
    assert "6 dB stronger than played and 0 ms later" in finding.message


def test_a_faint_echo_does_not_matter() -> None:
    back = microphone(samples(sound_db=-38, room_dbfs=-80))
    expect(judged("headphones", microphone=back), Verdict.OK, "too faint to matter")


@pytest.mark.parametrize("deaf", [microphone(muted=True), microphone(0 * samples()), GONE])
def test_a_microphone_that_hears_nothing_says_nothing_about_headphones(deaf: object) -> None:
    assert judged("headphones", microphone=deaf) is None


@pytest.mark.parametrize(
    ("took_s", "verdict"), [(0.9, Verdict.OK), (2.5, Verdict.NOTE), (4.5, Verdict.PROBLEM)]
)
def test_the_speed_is_judged_by_the_length_of_the_speech(took_s: float, verdict: Verdict) -> None:
    finding = judge_speed(Speed("base", 5.05, took_s), platform=PLATFORM)
    trouble = None if verdict is Verdict.OK else Trouble.SLOW_BASE
    expect(finding, verdict, f"5 s of speech took {took_s} s with the model base", trouble)


@pytest.mark.parametrize(
    ("model", "trouble"),
    [
        ("large-v3", Trouble.SLOW_LARGE),
        ("small.en", Trouble.SLOW_LARGE),
        ("base.en", Trouble.SLOW_BASE),
        ("tiny.en", Trouble.SLOW_TINY),
        ("whisper-of-my-own", Trouble.SLOW_LARGE),
    ],
)
def test_a_smaller_model_is_named_where_there_is_one(model: str, trouble: Trouble) -> None:
    expect(judge_slowness(model, 20.0, platform=PLATFORM), Verdict.PROBLEM, "not done", trouble)


@pytest.mark.parametrize(
    ("free_bytes", "keep_audio", "verdict", "words"),
    [
        (12_300_000_000, False, Verdict.OK, "12.3 GB free for the calls in /calls"),
        (12_300_000_000, True, Verdict.OK, "95 hours with their sound"),
        (120_000_000, False, Verdict.OK, "120 MB free"),
        (120_000_000, True, Verdict.PROBLEM, "120 MB free"),
        (99_000_000, False, Verdict.PROBLEM, "99 MB free"),
    ],
)
def test_the_disk_is_judged_by_what_a_call_needs(
    free_bytes: int, keep_audio: bool, verdict: Verdict, words: str
) -> None:
    finding = judge_disk(free_bytes, "/calls", keep_audio=keep_audio, platform=PLATFORM)
    expect(finding, verdict, words, None if verdict is Verdict.OK else Trouble.DISK)


def test_a_folder_that_takes_nothing_is_a_problem() -> None:
    finding = judge_unwritable("Read-only file system", "/calls", platform=PLATFORM)
    expect(finding, Verdict.PROBLEM, "no call can be kept in /calls: Read-only file system", Trouble.DISK)
