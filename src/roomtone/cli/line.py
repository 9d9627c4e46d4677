"""Builds the line of a call out of its concrete parts."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from roomtone import weights
from roomtone.acts import recogniser as recognising
from roomtone.acts.embedding import SentenceEmbedding
from roomtone.audio.echo.guard import EchoGuard
from roomtone.cli.context import App
from roomtone.config.playbook import playbook_name
from roomtone.config.settings import Settings
from roomtone.errors import ConfigError, ModelError
from roomtone.events import AgendaSet, CaveatNoted, Event, SessionStarted
from roomtone.interfaces import ActRecogniser, AudioSource, EmotionClassifier, TranscriberHost
from roomtone.nudges.engine import NudgeEngine
from roomtone.nudges.installed import installed_rules
from roomtone.session.calls import Library
from roomtone.session.keeping import kept
from roomtone.session.pipeline import Call
from roomtone.session.recovery import recover
from roomtone.session.store import EventLog
from roomtone.session.watching import Watched, WatchedLog
from roomtone.session.words import Live
from roomtone.speech import glossary
from roomtone.speech.ear import Ear
from roomtone.speech.emotion import EmotionReader
from roomtone.speech.remote import RemoteTranscriber
from roomtone.speech.server import Address
from roomtone.speech.silero import SileroDetector
from roomtone.speech.stepped import SteppedTranscriber
from roomtone.speech.wording import WordingReader
from roomtone.speech.worker import TranscriberProcess
from roomtone.types import AgendaPoint, Speaker

MINUTE_S = 60.0
PRACTICE = "practice"
"""The playbook of a call with a colleague, who is nobody's customer."""

NO_SENTENCE_MODEL = (
    "The sentence model is missing, so push-back, promises and the agenda are told by turns of phrase alone:"
    " run roomtone models fetch minilm."
)


def whisper_folder(app: App, settings: Settings) -> Path:
    """Return the folder of the model in the settings; raises ``ModelError`` when it is not here."""
    return weights.resolve(settings.whisper.model, model_directory=app.model_directory)


def smaller_whisper_folder(app: App, settings: Settings) -> Path | None:
    """Return the folder of the model to step down to when words come late, None where there is none."""
    name = settings.whisper.smaller_model
    speaks_english_only = name.endswith(".en")
    if not name or name == settings.whisper.model:
        return None
    if speaks_english_only and settings.whisper.language not in ("auto", "en"):
        return None
    try:
        return weights.resolve(name, model_directory=app.model_directory)
    except ModelError:
        return None


def terms(settings: Settings, agenda: Sequence[AgendaPoint] = ()) -> tuple[str, ...]:
    """Return the names and terms that may be said: the glossary's in the settings, then those of the agenda.

    Its key words are no names but what anybody says: told them, the recogniser would look twice at most
    sentences.

    Raises ``ConfigError`` where the glossary cannot be read.
    """
    of_agenda = [name for point in agenda for name in glossary.names_in(point.text)]
    return tuple(dict.fromkeys((*_glossary(settings.whisper.glossary), *of_agenda)))


def _glossary(name: str) -> tuple[str, ...]:
    if not name:
        return ()
    file = Path(name).expanduser()
    try:
        return glossary.parse(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise ConfigError(
            f"The glossary {file} cannot be read: {why}; name a text file with one term a line.",
            code="glossary_unreadable",
        ) from error


async def start_transcriber(
    folder: Path,
    settings: Settings,
    *,
    smaller: Path | None = None,
    agenda: Sequence[AgendaPoint] = (),
    patience: float = 1.0,
) -> TranscriberProcess:
    """Return a transcriber whose model is loaded, and that may step down to the ``smaller`` one.

    It knows the names in the ``agenda``. ``patience`` as in :class:`TranscriberProcess`. Raises
    ``ModelError``, and ``ConfigError`` where the glossary cannot be read.
    """
    known = terms(settings, agenda)
    transcriber = TranscriberProcess(
        partial(
            SteppedTranscriber,
            folder,
            settings.whisper,
            smaller=smaller,
            terms=known,
        ),
        patience=patience,
    )
    try:
        await transcriber.start()
    except BaseException:
        await transcriber.aclose()
        raise
    return transcriber


async def start_host(
    folder: Path,
    settings: Settings,
    *,
    smaller: Path | None = None,
    agenda: Sequence[AgendaPoint] = (),
    patience: float = 1.0,
) -> TranscriberHost:
    """Return what the words of a call come from: the local transcriber, or a server and that one behind it.

    Raises as :func:`start_transcriber` does, and ``ConfigError`` when the server's address is none.
    """
    if settings.server.url:
        Address.of(settings.server.url)
    local = await start_transcriber(folder, settings, smaller=smaller, agenda=agenda, patience=patience)
    if not settings.server.url:
        return local
    known = terms(settings, agenda)
    return RemoteTranscriber(settings.server, local, language=settings.whisper.language, terms=known)


async def tell_of_cut_off_calls(library: Library) -> None:
    """Close the calls that a crash or an empty battery cut off, and say on stderr where they are."""
    for call in (await asyncio.to_thread(recover, library)).closed:
        print(call.message, file=sys.stderr)


def heard(
    source: AudioSource, log: EventLog, *, settings: Settings, keep_in: Path | None = None
) -> AudioSource:
    """Return the source as the line hears it: without echo, and with what hinders the log told.

    ``keep_in`` is a new FLAC file for the sound as it came. Raises ``StoreError`` when it cannot be made.
    """
    if keep_in is not None:
        source = kept(source, keep_in)
    return WatchedLog(EchoGuard(source, settings.echo), log)


def planned_s(settings: Settings) -> float | None:
    """Return how long the call is meant to last, None where nobody said."""
    return settings.call.planned_minutes * MINUTE_S or None


@dataclass(frozen=True)
class Acts:
    """What tells what sentences do, None where it is switched off, and what it lacks, empty for nothing."""

    recogniser: ActRecogniser | None = None
    lack: str = ""


def acts(app: App, settings: Settings) -> Acts:
    """Return the recogniser of acts, which without the sentence model goes by turns of phrase alone.

    Raises ``ModelError`` for a damaged model.
    """
    if not settings.acts.enabled:
        return Acts()
    embedding = weights.embedding_folder(app.model_directory)
    recogniser = recognising.load(heads=weights.bundled_models_directory(), embedding=embedding)
    return Acts(recogniser, lack=NO_SENTENCE_MODEL if embedding is None else "")


def emotion_reader(app: App, settings: Settings, *, recogniser: str) -> EmotionReader | None:
    """Return what reads the customer, None where that is switched off.

    ``recogniser`` names the model of the words. Without the sentence model, phrases alone are looked for in
    them. In practice a colleague's voice is not read unless they wanted that. Raises ``ModelError``.
    """
    if not settings.reading.enabled:
        return None
    models = weights.bundled_models_directory()
    embedding = weights.embedding_folder(app.model_directory)
    wording = None
    if embedding is not None:
        model = SentenceEmbedding(embedding)
        wording = WordingReader(models, model.embed)
    is_practice = playbook_name(settings.call.playbook) == PRACTICE and not settings.reading.colleague_voice
    return EmotionReader(
        models,
        settings.reading,
        recogniser=recogniser,
        wording=wording,
        words_only=frozenset({Speaker.CUSTOMER} if is_practice else ()),
    )


def call(
    source: AudioSource,
    transcriber: TranscriberHost,
    started: SessionStarted,
    *,
    settings: Settings,
    partials: bool,
    reader: EmotionClassifier | None = None,
    acts: Acts = Acts(),
    live: Live | None = None,
    agenda: Sequence[AgendaPoint] = (),
) -> Call:
    """Return what the line of one call is made of, its models loaded; raises ``ModelError``."""
    vad_model = weights.silero_path()
    rules = installed_rules(settings.nudges)
    notes: list[Event] = [AgendaSet(t_s=0.0, points=tuple(agenda))] if agenda else []
    if acts.lack:
        notes.append(CaveatNoted(t_s=0.0, code="acts_reduced", message=acts.lack))
    if rules.problems:
        notes.append(CaveatNoted(t_s=0.0, code="rules", message=" ".join(rules.problems)))
    if isinstance(transcriber, RemoteTranscriber):
        notes.append(CaveatNoted(t_s=0.0, code="sound_leaves", message=transcriber.notice))
        source = Watched(source, "server_down", lambda: transcriber.problem, until_the_end=True)
    return Call(
        source=source,
        ears=[
            Ear(source_id, speaker, detector=SileroDetector(vad_model), settings=settings.vad)
            for source_id, speaker in source.sides
        ],
        transcriber=transcriber,
        reader=reader,
        nudges=NudgeEngine(settings.nudges, rules.rules),
        started=started,
        partials=partials,
        acts=acts.recogniser,
        live=live,
        notes=notes,
    )
