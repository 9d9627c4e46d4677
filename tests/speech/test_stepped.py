"""Two real models for one call, here and in a child that is killed, stopped and robbed of its files."""

import multiprocessing
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from roomtone.clock import ManualClock
from roomtone.config.settings import WhisperSettings
from roomtone.speech.context import Context
from roomtone.speech.stepped import SteppedTranscriber
from roomtone.speech.whisper import WhisperTranscriber
from roomtone.speech.worker import FIRST_RETRY_S, TranscriberDownError, TranscriberProcess
from roomtone.types import Effort, Hypothesis, Utterance

from .hearing import listen, real_speech

pytestmark = pytest.mark.model

ENGLISH = WhisperSettings(language="en", threads=1)
BASE_VOICE = (1024,)


@pytest.fixture(scope="module")
def spoken() -> list[Utterance]:
    """A few utterances of a real customer."""
    found = listen(real_speech(0.0, 30.0)).utterances
    assert len(found) >= 3
    return found[:3]


def same(one: Hypothesis, other: Hypothesis) -> bool:
    voices_equal = one.voice.tolist() == other.voice.tolist()
    return voices_equal and replace(one, voice=None) == replace(other, voice=None)  # type: ignore[arg-type]


def test_the_smaller_model_takes_over_without_a_voice_and_the_larger_forgets_nothing(
    whisper_base: Path, whisper_tiny: Path, spoken: list[Utterance]
) -> None:
    stepped = SteppedTranscriber(whisper_base, ENGLISH, smaller=whisper_tiny)
    contexts: dict[str, Context] = {}
    base, tiny = (
        WhisperTranscriber(folder, ENGLISH, contexts=contexts) for folder in (whisper_base, whisper_tiny)
    )
    assert stepped.name == base.name

    first = stepped.transcribe(spoken[0])
    assert same(first, base.transcribe(spoken[0]))

    small = stepped.transcribe(spoken[1], Effort.SMALL)
    assert small.text == tiny.transcribe(spoken[1], Effort.GREEDY).text
    assert small.words
    assert small.voice.shape == (0,)

    assert same(stepped.transcribe(spoken[2]), base.transcribe(spoken[2]))


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the models as they are loaded."""
    names: list[str] = []

    class Counted(WhisperTranscriber):
        def __init__(self, folder: Path, *arguments: Any, **named: Any) -> None:
            names.append(folder.name)
            super().__init__(folder, *arguments, **named)

    monkeypatch.setattr("roomtone.speech.stepped.WhisperTranscriber", Counted)
    return names


def test_the_smaller_model_is_loaded_once_and_not_before_it_is_needed(
    whisper_base: Path, whisper_tiny: Path, spoken: list[Utterance], loaded: list[str]
) -> None:
    stepped = SteppedTranscriber(whisper_base, ENGLISH, smaller=whisper_tiny)
    stepped.transcribe(spoken[0], Effort.GREEDY)
    assert loaded == [whisper_base.name]
    for _ in range(2):
        stepped.transcribe(spoken[0], Effort.SMALL)
    assert loaded == [whisper_base.name, whisper_tiny.name]


def test_before_the_language_is_settled_the_larger_model_stays(
    whisper_base: Path, whisper_tiny: Path, spoken: list[Utterance]
) -> None:
    stepped = SteppedTranscriber(whisper_base, WhisperSettings(threads=1), smaller=whisper_tiny)
    shapes = [stepped.transcribe(each, Effort.SMALL).voice.shape for each in spoken * 2]
    assert shapes[0] == BASE_VOICE
    assert shapes[-1] == (0,)


def test_a_model_for_english_alone_is_not_loaded_for_another_language(
    whisper_base: Path, whisper_tiny: Path, spoken: list[Utterance], loaded: list[str]
) -> None:
    german = WhisperSettings(language="de", threads=1)
    stepped = SteppedTranscriber(whisper_base, german, smaller=whisper_tiny)
    assert stepped.transcribe(spoken[0], Effort.SMALL).voice.shape == BASE_VOICE
    assert loaded == [whisper_base.name]


@pytest.mark.parametrize(
    ("larger", "smaller", "language"),
    [("base", "tiny", "de"), ("tiny", "none", "en"), ("tiny", "damaged", "en")],
    ids=["not in this language", "none", "damaged"],
)
def test_without_a_smaller_model_that_fits_the_larger_one_works_greedily(
    larger: str,
    smaller: str,
    language: str,
    request: pytest.FixtureRequest,
    spoken: list[Utterance],
    tmp_path: Path,
) -> None:
    folders = {name: request.getfixturevalue(f"whisper_{name}") for name in ("base", "tiny")}
    (tmp_path / "model.bin").write_bytes(b"no model")
    folders["damaged"] = tmp_path
    settings = WhisperSettings(language=language, threads=1)
    stepped = SteppedTranscriber(folders[larger], settings, smaller=folders.get(smaller))
    greedy = WhisperTranscriber(folders[larger], settings).transcribe(spoken[0], Effort.GREEDY)
    assert greedy.voice.size
    assert same(stepped.transcribe(spoken[0], Effort.SMALL), greedy)


@asynccontextmanager
async def running(folder: Path, **options: Any) -> AsyncIterator[TranscriberProcess]:
    factory = partial(SteppedTranscriber, folder, ENGLISH, smaller=None)
    worker = TranscriberProcess(factory, **options)
    try:
        await worker.start()
        yield worker
    finally:
        await worker.aclose()


def child() -> int:
    (process,) = multiprocessing.active_children()
    assert process.pid is not None
    return process.pid


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_child_that_is_killed_or_stopped_costs_no_words(
    number: signal.Signals, whisper_tiny: Path, spoken: list[Utterance]
) -> None:
    # A quarter of the usual patience, 5 s, is some twenty times what these utterances take.
    async with running(whisper_tiny, patience=0.25) as worker:
        before = await worker.transcribe(spoken[0])
        os.kill(child(), number)
        after = await worker.transcribe(spoken[0])
        assert worker.restarts == 1
    assert before.words
    assert same(before, after)


async def test_a_model_damaged_during_the_call_is_told_of_and_taken_again_when_it_is_whole(
    whisper_tiny: Path, spoken: list[Utterance], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(whisper_tiny, tmp_path / "model"))
    model, whole = folder / "model.bin", (folder / "model.bin").read_bytes()
    clock = ManualClock()
    async with running(folder, clock=clock) as worker:
        before = await worker.transcribe(spoken[0])
        model.write_bytes(whole[:1_000_000])
        assert (await worker.transcribe(spoken[1])).words  # it is in the child's memory

        os.kill(child(), signal.SIGKILL)
        for _ in range(3):
            with pytest.raises(TranscriberDownError, match=r"cannot be loaded .* roomtone models verify"):
                await worker.transcribe(spoken[0])
        assert worker.restarts == 1

        model.write_bytes(whole)
        clock.advance(FIRST_RETRY_S)
        assert same(before, await worker.transcribe(spoken[0]))
