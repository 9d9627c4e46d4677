"""What transcribers are compared on: calls of read speech, real calls, sounds in which nobody speaks."""

import csv
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # its made sounds serve the tests as well

from roomtone.audio.resample import Track  # noqa: E402
from roomtone.types import SAMPLE_RATE_HZ, Samples  # noqa: E402
from speech import hearing  # noqa: E402

BUNDLED = ROOT / "tests" / "data"
GAP_S = 1.5
"""Between two turns of a call made of read speech: a patient listener, so that every clip is a turn."""
ROOM_DB = -70.0
"""Hiss of a quiet room under read speech: the recordings would else alternate with digital silence."""


@dataclass(frozen=True)
class Recording:
    """A call, one voice a side, with the true words of each side where they are known."""

    group: str
    name: str
    sides: tuple[Samples, ...]
    truths: tuple[str, ...] | None

    @property
    def length_s(self) -> float:
        """How long the call is."""
        return max(map(len, self.sides)) / SAMPLE_RATE_HZ


def cut(recording: Recording, most_s: float) -> Recording:
    """Return the beginning of a recording without its true words, or all of it when it is not longer."""
    if recording.length_s <= most_s:
        return recording
    samples = round(most_s * SAMPLE_RATE_HZ)
    return replace(recording, sides=tuple(side[:samples] for side in recording.sides), truths=None)


def recordings(data: Path, *, clips: int | None) -> Iterator[Recording]:
    """Yield what is below ``data``; of the read speech, only so many clips of each reader where it is said.

    ``read_speech/transcripts.tsv`` with its recordings, whose names begin with the reader's;
    ``calls/*_agent.wav`` with ``*_caller.wav``; ``conversations/*.stm`` with a ``.wav``; and
    ``auto_repairs.flac``, the bundled call.
    """
    yield from _read_speech(data / "read_speech" / "transcripts.tsv", clips)
    for stm in sorted((data / "conversations").glob("*.stm")):
        words = " ".join(line.split(maxsplit=5)[5] for line in stm.read_text(encoding="utf-8").splitlines())
        yield Recording("conversation", stm.stem, (_decode(stm.with_suffix(".wav"))[:, 0],), (words,))
    for agent in sorted((data / "calls").glob("*_agent.wav")):
        caller = agent.with_name(agent.name.replace("_agent", "_caller"))
        sides = tuple(_decode(path)[:, 0] for path in (agent, caller))
        yield Recording("call", agent.stem.removesuffix("_agent"), sides, None)
    if (data / "auto_repairs.flac").is_file():
        audio = _decode(data / "auto_repairs.flac")
        yield Recording("call", "auto_repairs", (audio[:, 0].copy(), audio[:, 1].copy()), None)


def noises(minutes: float) -> Iterator[tuple[str, Samples]]:
    """Yield sounds in which nobody speaks, of equal length, so many minutes in all."""
    each_s = minutes * 60.0 / 6
    yield "digital silence", hearing.silence(each_s)
    yield "hiss", hearing.white_noise(each_s, -50.0)
    yield "hum", hearing.mains_hum(each_s, -35.0)
    yield "keyboard", hearing.typing(each_s, 0.3)
    yield "hold music, chords", hearing.chords(each_s, -25.0)
    yield "hold music, melody", hearing.melody(each_s, -25.0)


def _read_speech(table: Path, clips: int | None) -> Iterator[Recording]:
    """Yield calls of two readers who take turns, a clip a turn."""
    if not table.is_file():
        return
    readers: dict[str, list[tuple[Samples, str]]] = {}
    with table.open(encoding="utf-8", newline="") as lines:
        for row in itertools.islice(csv.reader(lines, delimiter="\t"), 1, None):
            spoken = readers.setdefault(row[0].split("-")[0], [])
            if clips is None or len(spoken) < clips:
                spoken.append((_decode(table.parent / row[0])[:, 0], row[-1]))
    names = sorted(readers)
    for at in range(0, len(names), 2):
        pair = names[at : at + 2]
        yield _dialogue(" and ".join(pair), [readers[reader] for reader in pair])


def _dialogue(name: str, voices: list[list[tuple[Samples, str]]]) -> Recording:
    gap = round(GAP_S * SAMPLE_RATE_HZ)
    turns = [
        (side, *spoken[number])
        for number in range(max(map(len, voices)))
        for side, spoken in enumerate(voices)
        if number < len(spoken)
    ]
    total = gap + sum(len(audio) + gap for _, audio, _ in turns)
    sides = [hearing.white_noise(total / SAMPLE_RATE_HZ, ROOM_DB) for _ in voices]
    at = gap
    for side, audio, _ in turns:
        sides[side][at : at + len(audio)] += audio
        at += len(audio) + gap
    truths = tuple(" ".join(text for _, text in spoken) for spoken in voices)
    return Recording("read speech", name, tuple(sides), truths)


def _decode(path: Path) -> Samples:
    """Return a recording at 16 kHz, of shape ``(samples, channels)``."""
    track = Track(path)
    pieces = []
    while len(piece := track.read(SAMPLE_RATE_HZ)):
        pieces.append(piece)
    track.close()
    return np.concatenate(pieces)
