"""What every test gets: a home of its own, the same examples each time, a look at what it left running."""

import asyncio
import functools
import inspect
import multiprocessing
import os
import wave
from collections.abc import Awaitable, Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest

from roomtone import weights
from roomtone.audio.recorded.file import open_recording
from roomtone.config.locations import HOME_VARIABLE, locations
from roomtone.errors import ModelError
from roomtone.types import SAMPLE_RATE_HZ

REAL_MODEL_DIRECTORY = locations(os.environ).model_directory
"""Where the developer's models lie; looked up before the tests get a home of their own."""
REAL_CALL = Path(__file__).parent / "data" / "auto_repairs.flac"
SHORT_CALL_S = 20.0
"""Long enough for both sides to have said something."""
TURNS_OF_THE_LOOP = 3
"""A task that was cancelled needs one or two to end."""

hypothesis.settings.register_profile(
    "same_each_time",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],  # says something of a busy machine alone
)
hypothesis.settings.load_profile("same_each_time")


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the developer's settings, calls and variables out of the tests, and the tests out of theirs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("ROOMTONE_")]:
            patch.delenv(name)
        patch.setenv(HOME_VARIABLE, str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def whisper_base() -> Path:
    """The folder of Whisper base."""
    return fetched_model("base")


@pytest.fixture(scope="session")
def whisper_tiny() -> Path:
    """The folder of Whisper tiny.en."""
    return fetched_model("tiny.en")


@pytest.fixture(scope="session")
def minilm() -> Path:
    """The folder of the sentence embedding."""
    folder = weights.embedding_folder(REAL_MODEL_DIRECTORY)
    if folder is None:
        pytest.fail("The sentence embedding is needed; run: roomtone models fetch minilm")
    return folder


def fetched_model(name: str) -> Path:
    try:
        return weights.resolve(name, model_directory=REAL_MODEL_DIRECTORY)
    except ModelError as error:
        pytest.fail(f"{error.message} (scripts/test does it by itself)")


@pytest.fixture(scope="session")
def short_call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first seconds of the bundled call as a stereo wav file, the seller on the left."""
    sides: dict[str, list[np.ndarray]] = {"seller": [], "customer": []}

    async def listen() -> None:
        source = open_recording(REAL_CALL)
        async for chunk in source.chunks():
            sides[chunk.source_id].append(chunk.samples)
            if chunk.end_sample >= SHORT_CALL_S * SAMPLE_RATE_HZ and chunk.source_id == "customer":
                break
        await source.aclose()

    asyncio.run(listen())
    channels = np.stack([np.concatenate(sides["seller"]), np.concatenate(sides["customer"])], axis=1)
    path = tmp_path_factory.mktemp("calls") / "short_call.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((channels.clip(-1.0, 1.0) * 32767).astype("<i2").tobytes())
    return path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that leaves a task or a child process behind."""
    if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
        item.obj = leaving_no_task(item.obj)
    yield
    left = multiprocessing.active_children()
    for process in left:
        process.kill()
    assert not left, f"the test left child processes behind: {left}"


def leaving_no_task(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Return the test with a look at the tasks it started and did not end; those of fixtures may go on."""

    @functools.wraps(test)
    async def watched(*arguments: Any, **named: Any) -> None:
        before = asyncio.all_tasks()
        await test(*arguments, **named)
        for _ in range(TURNS_OF_THE_LOOP):
            await asyncio.sleep(0)
        left = asyncio.all_tasks() - before
        assert not left, f"the test left tasks behind: {left}"

    return watched
