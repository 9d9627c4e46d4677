"""Labelled speech as the voice models see it: clean, over telephones and codecs, among other voices."""

import csv
import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path

import av
import numpy as np
import soxr
from numpy.typing import NDArray

import reading_conditions as made
from roomtone.config.settings import WhisperSettings
from roomtone.speech import context, pitch, prosody, timbre
from roomtone.speech.context import NOTHING_BEFORE, Lead
from roomtone.speech.voice_model import VoiceClass
from roomtone.speech.whisper import WhisperTranscriber
from roomtone.types import SAMPLE_RATE_HZ, Samples

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

SEED = 20
CLASSES = tuple(VoiceClass)
CLASS_OF_EMOTION = {
    "neutral": VoiceClass.NEUTRAL,
    "calm": VoiceClass.NEUTRAL,
    "happy": VoiceClass.EXCITED,
    "angry": VoiceClass.UPSET,
    "disgust": VoiceClass.UPSET,
    "sad": VoiceClass.DEFEATED,
    "fear": VoiceClass.TENSE,
}
"""Emotions not named here fit no state and are left out: surprise may be glad or not, boredom is
neither neutral nor defeated."""
AROUSAL = {
    **dict.fromkeys(("angry", "happy", "fear", "surprise"), 1),
    **dict.fromkeys(("neutral", "calm", "sad", "boredom"), 0),
}
"""High or low; disgust may be either."""
VALENCE = {"happy": 1, **dict.fromkeys(("angry", "disgust", "sad", "fear"), 0)}
"""Glad or unpleasant; what is neither is left out."""

CONDITIONS = ("clean", "telephone", "opus", "babble", "mixed", "alone")
"""Alone is clean and never has anything before it."""
ROLL_S = 0.3
"""Silence kept around the speech, as much as an utterance of the line carries."""
SILENCE_BELOW_PEAK_DB = 35.0
NEUTRAL_SHARE = 0.75
"""Of what somebody says in a call; the rest is any of the others."""
NOTHING_BEFORE_SHARE = 0.2
"""Of the clips that the encoder hears alone, as it does somebody's first words."""
FIGURES_WIDTH = len(prosody.FIGURES)


@dataclass(frozen=True)
class Corpus:
    """Labelled clips with their figures: ``figures[condition]`` has shape ``(clips, width)``."""

    name: NDArray[np.str_]
    speaker: NDArray[np.str_]
    emotion: NDArray[np.str_]
    figures: dict[str, Array]

    @cached_property
    def target(self) -> Rows:
        """Index into ``CLASSES`` for each clip, -1 where the emotion is not trained on."""
        return self.labels({emotion: CLASSES.index(name) for emotion, name in CLASS_OF_EMOTION.items()})

    def labels(self, number_of: dict[str, int]) -> Rows:
        """Return a number for each clip's emotion, -1 where it has none."""
        return np.array([number_of.get(emotion, -1) for emotion in self.emotion])

    def of(self, rows: Rows) -> "Corpus":
        """Return some of the clips."""
        figures = {condition: values[rows] for condition, values in self.figures.items()}
        return Corpus(self.name[rows], self.speaker[rows], self.emotion[rows], figures)


def read_audio(path: Path) -> Samples:
    """Return a file as 16 kHz mono."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        to_mono = av.AudioResampler(format="flt", layout="mono", rate=stream.rate)
        blocks = [
            out.to_ndarray()[0] for frame in container.decode(stream) for out in to_mono.resample(frame)
        ]
    return soxr.resample(np.concatenate(blocks), stream.rate, SAMPLE_RATE_HZ).astype(np.float32)


def trimmed(samples: Samples) -> Samples:
    """Return the speech with ``ROLL_S`` around it."""
    level_db = pitch.analyse(samples).level_db
    spoken = np.flatnonzero(level_db > level_db.max() - SILENCE_BELOW_PEAK_DB)
    start = round((spoken[0] * pitch.HOP_S - ROLL_S) * SAMPLE_RATE_HZ)
    stop = round((spoken[-1] * pitch.HOP_S + ROLL_S) * SAMPLE_RATE_HZ) + pitch.FRAME_SAMPLES
    return samples[max(0, start) : stop]


@dataclass(frozen=True)
class Clips:
    """The clips of one corpus as its index lists them."""

    folder: Path
    rows: list[dict[str, str]]

    def heard(self, number: int, condition: str) -> Samples:
        """Return a clip under a condition; what is random depends on its number and the condition alone."""
        samples = self._clean[number]
        random = np.random.default_rng((SEED, number, CONDITIONS.index(condition)))
        others = self._others(self.rows[number]["speaker"])

        def somebody(random: np.random.Generator) -> Samples:
            return self._clean[others[random.integers(len(others))]]

        match condition:
            case "telephone":
                return made.telephone(samples)
            case "opus":
                return made.opus(samples)
            case "babble":
                voices = made.babble(len(samples), somebody, random)
                return made.in_noise(samples, voices, made.BABBLE_SNR_DB)
            case "mixed":
                return made.mixed(samples, somebody, random)
        return samples

    def before(self, number: int, condition: str) -> Lead:
        """Return what the speaker said before a clip: others of theirs, as long as in a call, or nothing."""
        random = np.random.default_rng((SEED, number, CONDITIONS.index(condition), 1))
        calm, moved = self._others_of_speaker(number)
        if condition == "alone" or not (calm or moved) or random.random() < NOTHING_BEFORE_SHARE:
            return NOTHING_BEFORE
        most_s = min(context.MOST_S, context.LONGEST_TOGETHER_S - len(self._clean[number]) / SAMPLE_RATE_HZ)
        left = round(random.uniform(context.LEAST_S, most_s) * SAMPLE_RATE_HZ)
        pieces: list[Samples] = []
        while left >= context.LEAST_S * SAMPLE_RATE_HZ:
            some = calm if not moved or (calm and random.random() < NEUTRAL_SHARE) else moved
            piece = self.heard(int(random.choice(some)), condition)[-left:]
            pieces.insert(0, piece)
            left -= len(piece)
        return Lead(pieces)

    @cached_property
    def _clean(self) -> list[Samples]:
        # A clip of three seconds takes 200 kB; each is wanted a dozen times as somebody else's voice.
        return [trimmed(read_audio(self.folder / row["file"])) for row in self.rows]

    def _others_of_speaker(self, number: int) -> tuple[list[int], list[int]]:
        """Return the other clips of a clip's speaker: the neutral ones, and the rest."""
        speaker = self.rows[number]["speaker"]
        own = [n for n, row in enumerate(self.rows) if row["speaker"] == speaker and n != number]
        calm = [n for n in own if CLASS_OF_EMOTION.get(self.rows[n]["emotion"]) is VoiceClass.NEUTRAL]
        return calm, [n for n in own if n not in calm]

    def _others(self, speaker: str) -> list[int]:
        return [number for number, row in enumerate(self.rows) if row["speaker"] != speaker]


def measured(
    clips: Clips, condition: str, cache_in: Path, *, kind: str, key: str, measure: Callable[[int], Array]
) -> Array:
    """Return figures of shape ``(clips, width)``, from the cache when nothing changed.

    ``measure`` takes the number of a clip.
    """
    listed = "\n".join(row["file"] for row in clips.rows)
    made_by = Path(made.__file__).read_text()
    digest = hashlib.sha256(f"{key}\n{made_by}\n{listed}".encode()).hexdigest()[:16]
    file = cache_in / f"{clips.folder.name}-{condition}-{kind}-{digest}.npy"
    if not file.exists():
        rows = [measure(number) for number in range(len(clips.rows))]
        cache_in.mkdir(parents=True, exist_ok=True)
        np.save(file, np.array(rows, np.float32))
        print(f"{clips.folder.name} {condition}: {kind} of {len(rows)} clips measured", flush=True)
    return np.load(file).astype(np.float64)


def load(
    data: Path,
    whisper: Path,
    cache_in: Path,
    *,
    conditions: tuple[str, ...] = CONDITIONS,
) -> Corpus:
    """Measure, or read from the cache, all clips of all corpora below ``data``."""
    weights = hashlib.sha256((whisper / "model.bin").read_bytes()).hexdigest()
    code = "".join(Path(str(module.__file__)).read_text() for module in (pitch, prosody, timbre))
    lengths_s = (context.LEAST_S, context.MOST_S, context.LONGEST_TOGETHER_S)
    leads = f"{inspect.getsource(Clips.before)} {NOTHING_BEFORE_SHARE} {NEUTRAL_SHARE} {lengths_s}"

    transcriber = cache(partial(WhisperTranscriber, whisper, WhisperSettings(threads=1)))

    def manner(clips: Clips, condition: str, number: int) -> Array:
        return prosody.measure(clips.heard(number, condition)).figures.astype(np.float64)

    def voice(clips: Clips, condition: str, number: int) -> Array:
        heard, lead = clips.heard(number, condition), clips.before(number, condition)
        return transcriber().voice(transcriber().encode(heard, lead=lead)).astype(np.float64)

    corpora = []
    for index in sorted(data.glob("*/index.csv")):
        with index.open(newline="") as file:
            clips = Clips(index.parent, list(csv.DictReader(file)))
        figures = {}
        for condition in conditions:
            kinds = (("prosody", code, manner), ("voice", weights + leads, voice))
            both = [
                measured(
                    clips, condition, cache_in, kind=kind, key=key, measure=partial(each, clips, condition)
                )
                for kind, key, each in kinds
            ]
            figures[condition] = np.concatenate(both, axis=1)
        corpora.append(
            Corpus(
                name=np.full(len(clips.rows), index.parent.name),
                speaker=np.array([row["speaker"] for row in clips.rows]),
                emotion=np.array([row["emotion"] for row in clips.rows]),
                figures=figures,
            )
        )
    return joined(corpora)


def joined(corpora: list[Corpus]) -> Corpus:
    """Return several corpora as one."""
    return Corpus(
        name=np.concatenate([corpus.name for corpus in corpora]),
        speaker=np.concatenate([corpus.speaker for corpus in corpora]),
        emotion=np.concatenate([corpus.emotion for corpus in corpora]),
        figures={
            condition: np.concatenate([corpus.figures[condition] for corpus in corpora])
            for condition in corpora[0].figures
        },
    )
