"""Labelled speech as the voice models are trained on it: clean, over a telephone, in noise."""

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from roomtone.config.settings import WhisperSettings
from roomtone.speech import pitch, prosody
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

CONDITIONS = ("clean", "telephone", "noisy", "noisy_telephone")
ROLL_S = 0.3
"""Silence kept around the speech, as much as an utterance of the line carries."""
SILENCE_BELOW_PEAK_DB = 35.0
TELEPHONE_HZ = (200.0, 300.0, 3400.0, 3700.0)
"""Corners of the band: nothing, everything, everything, nothing."""
MU_LAW = 255.0
SNR_DB = (12.0, 28.0)
"""From a busy office to a quiet room."""
GAIN_DB = (-20.0, 0.0)


@dataclass(frozen=True)
class Corpus:
    """Labelled clips with their figures: ``figures[condition]`` has shape ``(clips, width)``."""

    name: NDArray[np.str_]
    speaker: NDArray[np.str_]
    emotion: NDArray[np.str_]
    figures: dict[str, Array]

    @property
    def target(self) -> Rows:
        """Index into ``CLASSES`` for each clip, -1 where the emotion is not trained on."""
        numbers = {emotion: CLASSES.index(name) for emotion, name in CLASS_OF_EMOTION.items()}
        return np.array([numbers.get(emotion, -1) for emotion in self.emotion])


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


def telephone(samples: Samples) -> Samples:
    """Return what an ordinary telephone makes of it: 300-3400 Hz, 8 kHz, 8-bit mu-law."""
    hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    band = np.fft.rfft(samples) * np.interp(hz, TELEPHONE_HZ, (0, 1, 1, 0))
    narrow = soxr.resample(np.fft.irfft(band, len(samples)), SAMPLE_RATE_HZ, 8000)
    narrow *= 0.5 / max(1e-9, float(np.abs(narrow).max()))
    code = np.round(127 * np.sign(narrow) * np.log1p(MU_LAW * np.abs(narrow)) / np.log1p(MU_LAW)) / 127
    decoded = np.sign(code) * np.expm1(np.abs(code) * np.log1p(MU_LAW)) / MU_LAW
    return soxr.resample(decoded, 8000, SAMPLE_RATE_HZ).astype(np.float32)


def noisy(samples: Samples, random: np.random.Generator) -> Samples:
    """Return it in pink noise at another gain."""
    spectrum = np.fft.rfft(random.normal(size=len(samples)))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), len(samples))
    pink *= np.sqrt(np.mean(samples**2) / np.mean(pink**2)) * 10 ** (-random.uniform(*SNR_DB) / 20)
    return ((samples + pink) * 10 ** (random.uniform(*GAIN_DB) / 20)).astype(np.float32)


def variants(paths: list[Path]) -> Iterator[list[Samples]]:
    """Yield each clip under all ``CONDITIONS``; the noise depends on the clip's number alone."""
    for number, path in enumerate(paths):
        clean = trimmed(read_audio(path))
        in_noise = noisy(clean, np.random.default_rng((SEED, number)))
        yield [clean, telephone(clean), in_noise, telephone(in_noise)]


def cached(cache: Path, name: str, key: str, paths: list[Path], figures: Callable[[Samples], Array]) -> Array:
    """Return figures of shape ``(conditions, clips, width)``, from the cache when nothing changed."""
    listed = "\n".join(f"{path.parent.name}/{path.name}" for path in paths)
    made_by = Path(__file__).read_text()
    digest = hashlib.sha256(f"{key}\n{made_by}\n{listed}".encode()).hexdigest()[:16]
    file = cache / f"{name}-{digest}.npy"
    if not file.exists():
        rows = []
        for number, clips in enumerate(variants(paths)):
            rows.append([figures(clip) for clip in clips])
            if number % 200 == 0:
                print(f"{name}: {number} of {len(paths)} clips measured", flush=True)
        cache.mkdir(parents=True, exist_ok=True)
        np.save(file, np.array(rows, np.float32).swapaxes(0, 1))
    return np.load(file).astype(np.float64)


def load(data: Path, whisper: Path, cache: Path) -> Corpus:
    """Measure, or read from the cache, all clips of all corpora below ``data``."""
    rows = []
    for index in sorted(data.glob("*/index.csv")):
        with index.open(newline="") as file:
            rows += [(index.parent, row) for row in csv.DictReader(file)]
    paths = [folder / row["file"] for folder, row in rows]
    code = "".join(Path(str(module.__file__)).read_text() for module in (pitch, prosody))
    figures = cached(cache, "prosody", code, paths, lambda clip: prosody.measure(clip).figures)
    transcriber = WhisperTranscriber(whisper, WhisperSettings(threads=1))
    weights = hashlib.sha256((whisper / "model.bin").read_bytes()).hexdigest()
    voice = cached(cache, "voice", weights, paths, lambda clip: transcriber.voice(transcriber.encode(clip)))
    return Corpus(
        name=np.array([folder.name for folder, _ in rows]),
        speaker=np.array([row["speaker"] for _, row in rows]),
        emotion=np.array([row["emotion"] for _, row in rows]),
        figures=dict(zip(CONDITIONS, np.concatenate((figures, voice), axis=2), strict=True)),
    )
