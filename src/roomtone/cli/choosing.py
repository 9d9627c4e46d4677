"""Which speech model this machine keeps up with: timed on a sentence, and remembered."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from roomtone import weights
from roomtone.audio.resample import Track
from roomtone.cli import line
from roomtone.cli.context import App
from roomtone.cli.remembering import remember
from roomtone.clock import Clock, SystemClock
from roomtone.config.loading import DEFAULT_ORIGIN, Loaded
from roomtone.config.settings import Settings
from roomtone.errors import ConfigError, ModelError, RoomtoneError
from roomtone.session.preflight import COMFORTABLE_RATIO, Speed
from roomtone.types import SAMPLE_RATE_HZ, Hypothesis, Samples, Speaker, Utterance, seconds

CANDIDATES: Final = ("small", "base", "tiny", "tiny.en")
"""Tried in this order, where they are here: the better one first."""
SPEED_LIMIT_S: Final = 20.0
"""Loading and two attempts take 3 s, on a busy machine 6 s; one that needs more than this is too slow."""
CLIP: Final = "check_speech.flac"
"""A sentence of 5 s among the files that come with Roomtone."""
CLIP_LIMIT_S: Final = 10.0
PAUSE_S: Final = 60.0
"""Between the two times that the sentence is said: the second is not heard together with the first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The model chosen, and how long each that was tried took; None where one did not come to an end."""

    model: str
    tried: Sequence[tuple[str, Speed | None]]

    @property
    def reason(self) -> str:
        """Why this one, in a sentence."""
        told = [
            f"{name} took {speed.took_s:.1f} s for {speed.speech_s:.0f} s of speech"
            if speed
            else f"{name} too long"
            for name, speed in self.tried
        ]
        return f"The speech model {self.model} is chosen for this machine: {', '.join(told)}."


async def timed(app: App, settings: Settings, *, clock: Clock) -> tuple[Speed, Hypothesis]:
    """Load the model in the settings and time it on a sentence; return the words as well.

    Raises:
        TimeoutError: when it is not done after ``SPEED_LIMIT_S``.
        RoomtoneError: when it is not here, or fails.
    """
    async with asyncio.timeout(SPEED_LIMIT_S), contextlib.AsyncExitStack() as opened:
        samples = await asyncio.to_thread(_clip)
        folder = line.whisper_folder(app, settings)
        transcriber = await line.start_transcriber(folder, settings)
        opened.push_async_callback(transcriber.aclose)
        first = _utterance(samples, start_s=0.0)
        await transcriber.transcribe(first)  # the first time takes longer
        began_s = clock.now_s()
        heard = await transcriber.transcribe(_utterance(samples, first.end_s + PAUSE_S))
        took_s = clock.now_s() - began_s
    return Speed(Path(settings.whisper.model).name, seconds(len(samples)), took_s), heard


async def choose(app: App, settings: Settings) -> Choice:
    """Return the best model here that keeps up with a call, else the smallest.

    Raises ``ModelError`` when there is none.
    """
    here = [name for name in CANDIDATES if _fits(app, settings, name)]
    if not here:
        raise ModelError(
            "There is no speech model to choose from; run: roomtone models fetch base", code="no_model"
        )
    tried: list[tuple[str, Speed | None]] = []
    for name in here:
        speed: Speed | None = None
        with contextlib.suppress(TimeoutError):
            speed, _ = await timed(app, with_model(settings, name), clock=SystemClock())
        tried.append((name, speed))
        if speed is not None and speed.ratio < COMFORTABLE_RATIO:
            break
    return Choice(tried[-1][0], tried)


def at_first_start(app: App, loaded: Loaded, *, tell: Callable[[str], None] | None = None) -> Settings:
    """Return the settings with a model that fits the machine, chosen and remembered unless one is named.

    What goes wrong with it is told and keeps nobody from the call.
    """
    tell = tell or (lambda message: print(message, file=sys.stderr))
    if loaded.origins["whisper.model"] != DEFAULT_ORIGIN:
        return loaded.settings
    try:
        choice = asyncio.run(choose(app, loaded.settings))
        remember(app.config_file.resolve(), "whisper", {"model": choice.model})
    except ConfigError as error:
        tell(error.message)
        return with_model(loaded.settings, choice.model)
    except RoomtoneError:
        return loaded.settings  # the call itself says what is wrong
    tell(f"{choice.reason} To choose anew: roomtone models choose")
    return with_model(loaded.settings, choice.model)


def with_model(settings: Settings, name: str) -> Settings:
    """Return the settings with this model."""
    whisper = msgspec.structs.replace(settings.whisper, model=name)
    return msgspec.structs.replace(settings, whisper=whisper)


def _fits(app: App, settings: Settings, name: str) -> bool:
    if name.endswith(".en") and settings.whisper.language not in ("auto", "en"):
        return False
    try:
        weights.resolve(name, model_directory=app.model_directory)
    except ModelError:
        return False
    return True


def _clip() -> Samples:
    track = Track(weights.bundled_models_directory() / CLIP)
    try:
        return track.read(round(CLIP_LIMIT_S * SAMPLE_RATE_HZ))[:, 0].copy()
    finally:
        track.close()


def _utterance(samples: Samples, start_s: float) -> Utterance:
    end_s = start_s + seconds(len(samples))
    return Utterance(
        utterance_id=f"check-{start_s:.0f}",
        source_id="check",
        speaker=Speaker.CUSTOMER,
        start_s=start_s,
        end_s=end_s,
        audio_start_s=start_s,
        samples=samples,
        closed_at_s=end_s,
    )
