"""Which channel of a recording is whom: two files or two channels in lock-step, and a first look at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from roomtone.audio.recorded.decode import ChannelSamples, Decoder
from roomtone.audio.resample import Track
from roomtone.errors import AudioError
from roomtone.types import SAMPLE_RATE_HZ, Speaker

READ_SAMPLES: Final = SAMPLE_RATE_HZ
"""Read at once: at 1 s, handing the work to a thread costs next to nothing."""
LOOK_S: Final = 120.0
"""How much of a recording is compared before it starts: two minutes cost about half a second."""
SAME_SOUND_SHARE: Final = 0.003
"""Channels that differ by less than -25 dB carry one sound: lossy codecs stay below, two people do not."""
SILENT_RMS: Final = 0.001
"""-60 dBFS: a side whose loudest second stays below this did not speak, however quiet its microphone."""

SellerChannel = Literal["left", "right"]


class LockStep:
    """One recording, or two side by side on one clock, as channels at 16 kHz.

    Two recordings give one channel each, mixed down; the shorter is followed by silence.
    ``levels`` is the loudest second of each channel so far, as RMS.

    Raises:
        AudioError: when a file cannot be read, or none of them holds a sample.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.tracks: list[Track] = []
        try:
            self.tracks.extend(map(Track, paths))
            if all(decoder.is_empty for decoder in self.decoders):
                names = " and ".join(path.name for path in paths)
                raise AudioError(
                    f"Nothing was recorded into {names}: only the header is there.", code="file_no_samples"
                )
        except BaseException:
            self.close()
            raise
        self.channels = self.decoders[0].channels if len(paths) == 1 else len(paths)
        self.levels: NDArray[np.float64] = np.zeros(self.channels)
        self.ended = False

    @property
    def decoders(self) -> list[Decoder]:
        """The decoder of each file."""
        return [track.decoder for track in self.tracks]

    def read(self) -> ChannelSamples:
        """Return the next second of shape ``(samples, channels)``; less, and then nothing, at the end."""
        if len(self.tracks) == 1:
            audio = self.tracks[0].read(READ_SAMPLES)
        else:
            mixed = [track.read(READ_SAMPLES).mean(axis=1) for track in self.tracks]
            audio = np.zeros((max(map(len, mixed)), len(mixed)), np.float32)
            for channel, samples in enumerate(mixed):
                audio[: len(samples), channel] = samples
        energies = np.square(audio, dtype=np.float64).sum(axis=0)
        self.ended = len(audio) < READ_SAMPLES
        self.levels = np.maximum(self.levels, np.sqrt(energies / READ_SAMPLES))
        return audio

    def close(self) -> None:
        """Close the files; may be called twice."""
        for track in self.tracks:
            track.close()


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What the first ``LOOK_S`` of a recording show; ``levels`` as in :class:`LockStep`."""

    same_sound: bool
    levels: NDArray[np.float64]
    saw_all: bool


def look(paths: Sequence[Path]) -> FirstLook:
    """Decode the beginning once and compare the channels.

    Raises:
        AudioError: as :class:`LockStep` does.
    """
    lock_step = LockStep(paths)
    total = difference = 0.0
    looked_samples = 0
    try:
        while looked_samples < LOOK_S * SAMPLE_RATE_HZ and not lock_step.ended:
            audio = lock_step.read()
            if lock_step.channels == 2:
                total += float(np.square(audio, dtype=np.float64).sum())
                difference += float(np.square(audio[:, 0] - audio[:, 1], dtype=np.float64).sum())
            looked_samples += len(audio)
    finally:
        lock_step.close()
    return FirstLook(total > 0 and difference < SAME_SOUND_SHARE * total, lock_step.levels, lock_step.ended)


@dataclass(frozen=True, slots=True)
class Side:
    """A side of the call and the channel it is on; ``channel`` None is the mix of all channels."""

    speaker: Speaker
    channel: int | None
    place: str
    """Where in the recording this side is, in words."""
    decoder: Decoder

    @property
    def source_id(self) -> str:
        """The speaker's name serves as the id: a recording has one source a side."""
        return self.speaker.value

    @property
    def name(self) -> str:
        """The side in the words of a caveat, to begin a sentence."""
        if self.channel is None:
            return "The recording"
        return f"The {self.speaker.value}'s side ({self.place})"

    def take(self, audio: ChannelSamples) -> NDArray[np.float32]:
        """Return this side of some audio of shape ``(samples, channels)``."""
        return audio.mean(axis=1) if self.channel is None else audio[:, self.channel].copy()

    def is_silent(self, levels: NDArray[np.float64]) -> bool:
        """Return whether a recording whose channels reached ``levels`` never had speech on this side."""
        heard = levels if self.channel is None else levels[self.channel]
        return bool(np.max(heard) < SILENT_RMS)


def sides_of(lock_step: LockStep, seen: FirstLook, seller_channel: SellerChannel) -> tuple[Side, ...]:
    """Return the seller's side and the customer's, or the one of a recording that cannot tell them apart."""
    decoders = lock_step.decoders
    if lock_step.channels != 2 or seen.same_sound:
        place = " and ".join(decoder.name for decoder in decoders)
        return (Side(Speaker.UNKNOWN, None, place, decoders[0]),)
    if len(decoders) == 2:
        places, order = [decoder.name for decoder in decoders], (0, 1)
    else:
        places = ["left channel", "right channel"]
        order = (0, 1) if seller_channel == "left" else (1, 0)
    return tuple(
        Side(speaker, channel, places[channel], decoders[channel % len(decoders)])
        for speaker, channel in zip((Speaker.SELLER, Speaker.CUSTOMER), order, strict=True)
    )
