"""Builds the line of a call out of its concrete parts."""

from functools import partial
from pathlib import Path

from roomtone import weights
from roomtone.cli.context import App
from roomtone.config.settings import Settings
from roomtone.events import SessionStarted
from roomtone.interfaces import AudioSource
from roomtone.nudges.engine import NudgeEngine
from roomtone.nudges.rules import built_in
from roomtone.session.pipeline import Call
from roomtone.speech.ear import Ear
from roomtone.speech.emotion import EmotionReader
from roomtone.speech.silero import SileroDetector
from roomtone.speech.whisper import WhisperTranscriber
from roomtone.speech.worker import TranscriberProcess


def whisper_folder(app: App, settings: Settings) -> Path:
    """Return the folder of the model in the settings; raises ``ModelError`` when it is not here."""
    return weights.resolve(settings.whisper.model, model_directory=app.model_directory)


async def start_transcriber(folder: Path, settings: Settings) -> TranscriberProcess:
    """Return a transcriber whose model is loaded; raises ``ModelError``."""
    transcriber = TranscriberProcess(partial(WhisperTranscriber, folder, settings.whisper))
    try:
        await transcriber.start()
    except BaseException:
        await transcriber.aclose()
        raise
    return transcriber


def call(
    source: AudioSource,
    transcriber: TranscriberProcess,
    started: SessionStarted,
    *,
    settings: Settings,
    partials: bool,
) -> Call:
    """Return what the line of one call is made of, its models loaded; raises ``ModelError``."""
    vad_model = weights.silero_path()
    reading = settings.reading
    models = weights.bundled_models_directory()
    reader = EmotionReader(models, reading, recogniser=transcriber.name) if reading.enabled else None
    return Call(
        source=source,
        ears=[
            Ear(source_id, speaker, detector=SileroDetector(vad_model), settings=settings.vad)
            for source_id, speaker in source.sides
        ],
        transcriber=transcriber,
        reader=reader,
        nudges=NudgeEngine(settings.nudges, built_in(settings.nudges)),
        started=started,
        partials=partials,
    )
