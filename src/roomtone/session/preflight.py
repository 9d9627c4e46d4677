"""Whether a call can begin: what was measured in, findings in plain words out. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeGuard

from roomtone.audio.rehearsal.heard import Heard, Loudness, Rehearsed, loudness
from roomtone.audio.rehearsal.sounding import SOUND_DBFS, find
from roomtone.errors import RoomtoneError
from roomtone.session.remedies import Trouble, remedy
from roomtone.types import seconds

QUIET_DBFS: Final = -60.0
"""A voice that is not even this loud is lost in the noise of most microphones."""
NOISY_DBFS: Final = -45.0
"""A room this loud hides the ends of words; a quiet office lies below -55."""
LEAST_VOICE_DB: Final = 10.0
"""Between the words and the pauses of a sentence there is at least this much, in steady noise under 5."""
MOST_CLIPPED_SHARE: Final = 0.001
"""Three samples in a three-second sentence may touch full scale; a voice that is cut off does in hundreds."""
RATE_TOLERANCE: Final = 0.07
"""Sound comes in blocks of up to 0.2 s, which are 5 % of what is listened to; a wrong rate is 8 % or more."""
FAINT_ECHO_DB: Final = -35.0
"""What comes back weaker than this beside what was played moves the talk share by under half a point."""
STRONG_ECHO_DB: Final = -25.0
"""What comes back weaker than this moves the talk share by a point or two: it may be missed, not more."""
HEARD_UNDER_DB: Final = 10.0
"""The short sound is found under speech or music this much louder; 15 dB and it may not be."""
COMFORTABLE_RATIO: Final = 0.4
"""Time taken beside the length of the speech: in a call, partial words come on top, and what was said before
is heard again with each utterance."""
MOST_RATIO: Final = 0.8
"""Above this the words of a lively call come ever later."""
LEAST_FREE_BYTES: Final = 100_000_000
"""A call's log takes a few megabytes; what a system does on a full disk costs more."""
AUDIO_BYTES_PER_HOUR: Final = 130_000_000
"""Of both sides as FLAC; an hour of it must find room."""

MICROPHONE: Final = "microphone"
SYSTEM: Final = "computer's sound"
HEADPHONES: Final = "headphones"
SPEED: Final = "speed"
DISK: Final = "disk"
MODEL: Final = "model"
UNDERSTANDING: Final = "understanding"
RULES: Final = "nudges"


class Verdict(StrEnum):
    """How a finding is to be taken; a problem would spoil the call."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a check."""

    verdict: Verdict
    subject: str
    """What was looked at, in a word or two: ``microphone``."""
    message: str
    advice: str = ""
    """What to do about it; empty when nothing is."""
    figures: dict[str, float] = field(default_factory=dict)
    """What was measured, with units in the names."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How long a recogniser took for some speech."""

    model: str
    speech_s: float
    took_s: float

    @property
    def ratio(self) -> float:
        """Time taken beside the length of the speech."""
        return self.took_s / self.speech_s


@dataclass(frozen=True, slots=True)
class Arrival:
    """The short sound as it came out of a device."""

    level_db: float
    """RMS in dBFS."""
    at_s: float
    """Clock time of its beginning."""


def judge_sides(rehearsed: Rehearsed, *, echo_removed: bool, platform: str) -> list[Finding]:
    """Judge all that was heard: each side, and whether the customer comes back through the microphone.

    ``echo_removed`` is whether the settings have that kept out of the seller's side.
    """
    microphone, system, sound_s = rehearsed.microphone, rehearsed.system, rehearsed.sound_s
    in_microphone, in_system = arrival(microphone, sound_s), arrival(system, sound_s)
    findings = []
    if isinstance(microphone, Heard):
        sentence = loudness(microphone.between(*rehearsed.sentence_s))
        findings.append(judge_microphone(microphone, sentence, platform=platform))
    else:
        findings.append(Finding(Verdict.PROBLEM, MICROPHONE, microphone.message))
    if rehearsed.not_played:
        findings.append(Finding(Verdict.NOTE, "short sound", rehearsed.not_played))
    if isinstance(system, Heard):
        findings.append(
            judge_system(
                system, in_system, sound_s=sound_s, heard_in_room=in_microphone is not None, platform=platform
            )
        )
    elif system is None:
        findings.append(Finding(Verdict.NOTE, SYSTEM, "left out: the call will have no talk share"))
    else:
        findings.append(Finding(Verdict.PROBLEM, SYSTEM, system.message))
    if in_system is not None and sound_s is not None and _gives_sound(microphone):
        meanwhile = loudness(microphone.between(*sound_s))
        findings.append(
            judge_headphones(
                in_microphone, in_system, meanwhile, echo_removed=echo_removed, platform=platform
            )
        )
    return findings


def arrival(side: Heard | RoomtoneError | None, sound_s: tuple[float, float] | None) -> Arrival | None:
    """Return how the sound played in a span of time came out of a side, or None where it did not."""
    if not isinstance(side, Heard) or sound_s is None:
        return None
    found = find(side.between(*sound_s))
    if found is None:
        return None
    return Arrival(found.level_db, max(side.begins_s, sound_s[0]) + seconds(found.start_sample))


def judge_microphone(heard: Heard, sentence: Loudness, *, platform: str) -> Finding:
    """Judge the seller's side by everything heard, and by the seconds in which a sentence was asked for."""
    levels = loudness(heard.samples)
    line = _Line(
        MICROPHONE,
        platform,
        about=heard.description,
        figures={
            "voice_dbfs": round(sentence.loud_db, 1),
            "background_dbfs": round(levels.quiet_db, 1),
            "clipped_share": round(sentence.clipped_share, 4),
            "arrived_share": round(heard.arrived_share, 3),
        },
    )
    voice, background = f"{sentence.loud_db:.0f} dBFS", f"{levels.quiet_db:.0f} dBFS"
    if heard.muted:
        return line.problem("it is muted by the system", Trouble.MICROPHONE_MUTED)
    if levels.only_zeros:
        message = "it gives only zeros: it is muted, or Roomtone is not allowed to hear it"
        return line.problem(message, Trouble.MICROPHONE_ZEROS)
    if _is_unsteady(heard):
        return line.problem(_unsteady(heard), Trouble.UNSTEADY)
    if sentence.loud_db < QUIET_DBFS:
        return line.problem(f"it is very quiet, {voice} at its loudest", Trouble.MICROPHONE_QUIET)
    if sentence.loud_db - levels.quiet_db < LEAST_VOICE_DB:
        message = f"only steady noise at {background} was heard, and no voice"
        return line.note(message, Trouble.MICROPHONE_NO_VOICE)
    if sentence.clipped_share > MOST_CLIPPED_SHARE:
        message = f"your voice is so loud that {sentence.clipped_share:.1%} of it is cut off"
        return line.note(message, Trouble.MICROPHONE_LOUD)
    if levels.quiet_db > NOISY_DBFS:
        message = f"your voice is heard at {voice}, but the room is loud, {background}"
        return line.note(message, Trouble.MICROPHONE_NOISY)
    return line.ok(f"your voice is heard at {voice}")


def judge_system(
    heard: Heard,
    sound: Arrival | None,
    *,
    sound_s: tuple[float, float] | None,
    heard_in_room: bool,
    platform: str,
) -> Finding:
    """Judge the customer's side: whether the sound played at ``sound_s``, or any, arrived in it.

    ``heard_in_room`` is whether the microphone heard the sound, wherever it came out.
    """
    levels = loudness(heard.samples)
    figures = {"loud_dbfs": round(levels.loud_db, 1), "arrived_share": round(heard.arrived_share, 3)}
    if sound is not None:
        figures["sound_dbfs"] = round(sound.level_db, 1)
    line = _Line(SYSTEM, platform, about=heard.description, figures=figures)
    if heard.muted:
        return line.problem("the output is muted", Trouble.SYSTEM_MUTED)
    if _is_unsteady(heard):
        return line.problem(_unsteady(heard), Trouble.UNSTEADY)
    if sound is not None:
        message = f"the short sound arrived at {sound.level_db:.0f} dBFS"
        if sound.level_db < QUIET_DBFS:
            return line.note(f"{message}, which is very quiet", Trouble.SYSTEM_QUIET)
        return line.ok(message)
    if sound_s is not None:
        other_db = loudness(heard.between(*sound_s)).loud_db
        if other_db > SOUND_DBFS + HEARD_UNDER_DB:
            message = f"other sound is heard at {other_db:.0f} dBFS, too loud to find the short sound in it"
            return line.note(message, Trouble.SYSTEM_DROWNED)
        message = "the short sound did not arrive, so a customer would not be heard"
        if heard_in_room:
            message += "; the microphone heard it, so it came out of another output"
        return line.problem(message, Trouble.SYSTEM_ELSEWHERE)
    if levels.loud_db >= QUIET_DBFS:
        return line.ok(f"sound is heard at {levels.loud_db:.0f} dBFS")
    message = "nothing was playing, so it cannot be told whether a customer would be heard"
    return line.note(message, Trouble.SYSTEM_UNTESTED)


def judge_headphones(
    in_microphone: Arrival | None,
    in_system: Arrival,
    meanwhile: Loudness,
    *,
    echo_removed: bool,
    platform: str,
) -> Finding:
    """Judge whether the customer comes back through the microphone, by the sound that both sides may hear.

    ``meanwhile`` is what else the microphone heard while it was played.
    """
    if in_microphone is None:
        line = _Line(HEADPHONES, platform)
        if meanwhile.loud_db - HEARD_UNDER_DB > in_system.level_db + STRONG_ECHO_DB:
            message = "it was too loud while the short sound was played to tell whether they are worn"
            return line.note(message, Trouble.NOT_QUIET)
        return line.ok(
            "the microphone does not hear the computer's sound: headphones, or loudspeakers far enough"
        )
    echo_db = in_microphone.level_db - in_system.level_db
    # Two devices do not tell the time to the millisecond: an echo at once may seem to come before.
    delay_ms = 1000.0 * max(0.0, in_microphone.at_s - in_system.at_s)
    line = _Line(
        HEADPHONES, platform, figures={"echo_db": round(echo_db, 1), "delay_ms": float(round(delay_ms))}
    )
    strength = f"{abs(echo_db):.0f} dB {'weaker' if echo_db < 0 else 'stronger'}"
    if echo_db < FAINT_ECHO_DB:
        return line.ok(f"the computer's sound reaches the microphone {strength}: too faint to matter")
    message = (
        "none worn: the customer would be heard through your microphone,"
        f" {strength} than played and {delay_ms:.0f} ms later"
    )
    if echo_removed:
        message += "; Roomtone keeps that out of what you say, but headphones are better"
        return line.note(message, Trouble.ECHO)
    return line.problem(f"{message}, and your talk share would be wrong", Trouble.ECHO_LEFT)


def judge_speed(speed: Speed, *, platform: str) -> Finding:
    """Judge whether the machine keeps up with a call with this model."""
    figures = {"speech_s": round(speed.speech_s, 1), "took_s": round(speed.took_s, 2)}
    line = _Line(SPEED, platform, figures=figures)
    message = f"{speed.speech_s:.0f} s of speech took {speed.took_s:.1f} s with the model {speed.model}"
    if speed.ratio < COMFORTABLE_RATIO:
        return line.ok(message)
    trouble = slowness(speed.model)
    if speed.ratio < MOST_RATIO:
        return line.note(f"{message}, so words may come late when both speak much", trouble)
    return line.problem(f"{message}, so words would come ever later", trouble)


def judge_slowness(model: str, waited_s: float, *, platform: str) -> Finding:
    """Judge a recogniser that was not done in the time that it was given."""
    message = f"the model {model} was not done with a few seconds of speech after {waited_s:.0f} s"
    return _Line(SPEED, platform).problem(message, slowness(model))


def slowness(model: str) -> Trouble:
    """Return what there is to do where this model is too slow."""
    size = model.partition(".")[0]
    return {"tiny": Trouble.SLOW_TINY, "base": Trouble.SLOW_BASE}.get(size, Trouble.SLOW_LARGE)


def judge_disk(free_bytes: int, folder: str, *, keep_audio: bool, platform: str) -> Finding:
    """Judge the room for calls, and for their sound when that is kept."""
    line = _Line(DISK, platform, figures={"free_bytes": float(free_bytes)})
    room = f"{free_bytes / 1e9:.1f} GB" if free_bytes >= 1e9 else f"{free_bytes / 1e6:.0f} MB"
    message = f"{room} free for the calls in {folder}"
    needed_bytes = LEAST_FREE_BYTES
    if keep_audio:
        message += f", {free_bytes / AUDIO_BYTES_PER_HOUR:,.0f} hours with their sound"
        needed_bytes = AUDIO_BYTES_PER_HOUR
    return line.ok(message) if free_bytes >= needed_bytes else line.problem(message, Trouble.DISK)


def judge_unwritable(reason: str, folder: str, *, platform: str) -> Finding:
    """Judge a folder for the calls in which nothing can be written."""
    return _Line(DISK, platform).problem(f"no call can be kept in {folder}: {reason}", Trouble.DISK)


@dataclass(frozen=True, slots=True)
class _Line:
    """A finding that lacks only its verdict and its message."""

    subject: str
    platform: str
    about: str = ""
    figures: dict[str, float] = field(default_factory=dict)

    def ok(self, message: str) -> Finding:
        return Finding(Verdict.OK, self.subject, self._full(message), figures=self.figures)

    def note(self, message: str, trouble: Trouble) -> Finding:
        return self._with_advice(Verdict.NOTE, message, trouble)

    def problem(self, message: str, trouble: Trouble) -> Finding:
        return self._with_advice(Verdict.PROBLEM, message, trouble)

    def _with_advice(self, verdict: Verdict, message: str, trouble: Trouble) -> Finding:
        advice = remedy(trouble, self.platform)
        return Finding(verdict, self.subject, self._full(message), advice, self.figures)

    def _full(self, message: str) -> str:
        return f"{message} ({self.about})" if self.about else message


def _gives_sound(side: Heard | RoomtoneError) -> TypeGuard[Heard]:
    return isinstance(side, Heard) and not side.muted and bool(side.samples.any())


def _is_unsteady(heard: Heard) -> bool:
    return abs(heard.arrived_share - 1.0) > RATE_TOLERANCE


def _unsteady(heard: Heard) -> str:
    return f"it gave {heard.arrived_share:.0%} of the sound that it should have in this time"
