"""What a recording is and what it cannot tell, as events in words for the user."""

from collections.abc import Iterator, Sequence
from typing import Final

from roomtone.audio.recorded.decode import Decoder
from roomtone.audio.recorded.layout import LOOK_S, FirstLook, LockStep, Side
from roomtone.events import CaveatNoted, Event, SourceStarted
from roomtone.types import seconds

MISSING_END_S: Final = 1.0
"""Encoders round the length they write by a few frames, never by this much."""
INTERRUPTED_S: Final = 1.0
"""Less than this in a whole call changes no figure."""
UNEQUAL_LENGTHS_S: Final = 10.0
"""Two recorders are started and stopped by hand within seconds of each other."""

CHANNEL_WORDS: Final = {1: "mono", 2: "stereo"}


def opening_events(lock_step: LockStep, seen: FirstLook, sides: Sequence[Side]) -> tuple[Event, ...]:
    """Return ``SourceStarted`` for each side, then what the first look calls for.

    The codes of the caveats are ``sides_unknown``, ``side_silent`` and ``tracks_unused``.
    """
    started = [
        SourceStarted(
            t_s=0.0,
            source_id=side.source_id,
            speaker=side.speaker,
            description=_description(side),
            sample_rate_hz=side.decoder.rate_hz,
        )
        for side in sides
    ]
    return (*started, *_caveats_at_start(lock_step, seen, sides))


def _caveats_at_start(lock_step: LockStep, seen: FirstLook, sides: Sequence[Side]) -> Iterator[CaveatNoted]:
    if sides[0].channel is None:
        yield CaveatNoted(
            t_s=0.0,
            source_id=sides[0].source_id,
            code="sides_unknown",
            message=f"{_why_unknown(lock_step)}, so I cannot tell who spoke: "
            "no talk share, no reading of the customer.",
        )
    how_long = "in the whole recording" if seen.saw_all else f"in the first {LOOK_S / 60:.0f} minutes"
    for side in sides:
        if side.is_silent(seen.levels):
            yield CaveatNoted(
                t_s=0.0,
                source_id=side.source_id,
                code="side_silent",
                message=f"{side.name} is silent {how_long}: check that it is the right one.",
            )
    for decoder in lock_step.decoders:
        if decoder.unused_tracks:
            yield CaveatNoted(
                t_s=0.0,
                code="tracks_unused",
                message=f"{decoder.name} has {decoder.unused_tracks + 1} sound tracks: "
                "only one of them is heard.",
            )


def closing_caveats(lock_step: LockStep, seen: FirstLook, sides: Sequence[Side]) -> tuple[CaveatNoted, ...]:
    """Return what the recording showed while it was read; of a call left early, only its damage so far.

    The codes are ``side_silent``, ``side_shorter`` (one of two files ends well before the other) and
    ``damaged`` (an end cut off, sound that could not be decoded, samples that are no numbers).
    """
    end_s = seconds(max(track.read_samples for track in lock_step.tracks))
    silent = [
        CaveatNoted(
            t_s=end_s,
            source_id=side.source_id,
            code="side_silent",
            message=f"{side.name} was silent to the end.",
        )
        for side in sides
        if lock_step.ended and not seen.saw_all and side.is_silent(lock_step.levels)
    ]
    shorter = [
        CaveatNoted(
            t_s=end_s,
            code="side_shorter",
            message=f"{track.decoder.name} ends {early_s:.0f} s before the other file does.",
        )
        for track in lock_step.tracks
        if (early_s := end_s - seconds(track.read_samples)) > UNEQUAL_LENGTHS_S and not track.decoder.is_empty
    ]
    damaged = [
        CaveatNoted(t_s=end_s, code="damaged", message=message)
        for decoder in lock_step.decoders
        for message in _damages(decoder, ended=lock_step.ended)
    ]
    return (*silent, *shorter, *damaged)


def _damages(decoder: Decoder, *, ended: bool) -> Iterator[str]:
    name = decoder.name
    if ended and decoder.missing_end_s > MISSING_END_S:
        whole_s = decoder.position_s + decoder.missing_end_s
        yield f"{name} ends early: {decoder.missing_end_s:.0f} s of {whole_s:.0f} s are missing."
    if decoder.damaged_packets:
        yield f"{name} is damaged in places: what could not be read is missing or counts as silence."
    elif decoder.interrupted_s > INTERRUPTED_S:
        yield f"{name} is interrupted: {decoder.interrupted_s:.0f} s in all are missing and count as silence."
    if decoder.non_finite_samples:
        yield f"{name} holds {decoder.non_finite_samples} samples that are no numbers: they count as silence."


def _why_unknown(lock_step: LockStep) -> str:
    if len(lock_step.tracks) == 2:
        return "Both files carry the same sound"
    if lock_step.channels == 1:
        return "This recording has both sides mixed in one channel"
    if lock_step.channels == 2:
        return "Both channels of this recording carry the same sound"
    return f"This recording has {lock_step.channels} channels and does not say whose they are"


def _description(side: Side) -> str:
    decoder = side.decoder
    channels = CHANNEL_WORDS.get(decoder.channels, f"{decoder.channels} channels")
    form = f"{decoder.codec}, {decoder.rate_hz / 1000:g} kHz, {channels}"
    if side.place == decoder.name or side.channel is None:
        return f"{side.place} ({form})"
    return f"{decoder.name}, {side.place} ({form})"
