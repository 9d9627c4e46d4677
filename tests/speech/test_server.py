"""The OpenAI transcription API, spoken to a real server on this machine."""

import io
import threading
import wave
from collections.abc import Iterator

import numpy as np
import pytest

from roomtone.config.settings import ServerSettings
from roomtone.errors import ConfigError
from roomtone.speech.server import Address, ServerError, TranscriptionServer
from roomtone.types import SAMPLE_RATE_HZ, Speaker, Utterance, Word

from .transcription_server import WORDS, Script, serving

pytestmark = pytest.mark.unit

UTTERANCE = Utterance(
    utterance_id="customer-1",
    source_id="customer",
    speaker=Speaker.CUSTOMER,
    start_s=10.2,
    end_s=11.6,
    audio_start_s=10.0,
    samples=np.linspace(-1.5, 1.5, round(1.8 * SAMPLE_RATE_HZ), dtype=np.float32),
    closed_at_s=12.4,
)


@pytest.fixture
def script() -> Iterator[Script]:
    with serving(Script()) as script:
        yield script


def server(script: Script, **settings: object) -> TranscriptionServer:
    return TranscriptionServer(ServerSettings(url=script.url, **settings), language="en")  # type: ignore[arg-type]


def test_what_is_asked_is_what_the_api_wants(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "secret")
    server(script, model="large-v3", key_variable="MY_KEY").transcribe(UTTERANCE, "Acme, Roomtone")
    (asked,) = script.asked
    assert asked.path == "/v1/audio/transcriptions"
    assert asked.authorization == "Bearer secret"
    assert asked.fields == {
        "model": ["large-v3"],
        "response_format": ["verbose_json"],
        "temperature": ["0"],
        "language": ["en"],
        "prompt": ["Acme, Roomtone"],
        "timestamp_granularities[]": ["word", "segment"],
    }
    with wave.open(io.BytesIO(asked.audio)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, SAMPLE_RATE_HZ)
        assert file.getnframes() == len(UTTERANCE.samples)


def test_words_come_back_in_session_time_within_the_utterance(script: Script) -> None:
    hypothesis = server(script).transcribe(UTTERANCE)
    assert hypothesis.words == (
        Word("Good", 10.2, 10.3, 1.0),
        Word("morning,", 10.3, 10.8, 1.0),
        Word("Acme.", 10.9, 11.4, 1.0),
    )
    assert (hypothesis.text, hypothesis.language) == ("Good morning, Acme.", "en")
    assert (hypothesis.avg_logprob, hypothesis.voice.shape, hypothesis.rejected) == (-0.2, (0,), "")


@pytest.mark.parametrize("without", [("words",), ("words", "segments", "language")])
def test_a_server_that_tells_less_is_understood(script: Script, without: tuple[str, ...]) -> None:
    script.says({name: value for name, value in WORDS.items() if name not in without})
    hypothesis = server(script).transcribe(UTTERANCE)
    assert hypothesis.text == "Good morning, Acme."
    times = [time_s for word in hypothesis.words for time_s in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert all(UTTERANCE.start_s <= time_s <= UTTERANCE.end_s for time_s in times)


@pytest.mark.parametrize(
    ("text", "guard"),
    [("", "empty"), ("Thanks for watching!", "phantom"), ("no " * 80, "repetition")],
)
def test_what_nobody_said_is_refused_here_too(script: Script, text: str, guard: str) -> None:
    script.says({"text": text})
    hypothesis = server(script).transcribe(UTTERANCE)
    assert (hypothesis.rejected, hypothesis.words) == (guard, ())


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"error": "no"}', b'{"text": "a", "words": [{"word": "a"}]}']
)
def test_an_answer_that_is_none_is_an_error(script: Script, body: bytes) -> None:
    script.body = body
    with pytest.raises(ServerError, match="no transcription"):
        server(script).transcribe(UTTERANCE)


def test_a_refusal_is_told_with_how_long_to_wait(script: Script) -> None:
    script.status, script.headers = 429, {"Retry-After": "30"}
    with pytest.raises(ServerError, match="429 Too Many Requests") as refused:
        server(script).transcribe(UTTERANCE)
    assert refused.value.retry_after_s == 30.0


def test_a_server_that_does_not_answer_is_left(script: Script) -> None:
    script.held = threading.Event()
    with pytest.raises(ServerError, match=r"did not answer within 0\.05 s"):
        server(script, timeout_s=0.05).transcribe(UTTERANCE)


def test_a_server_that_is_not_there_is_told() -> None:
    with serving(Script()) as script:
        url = script.url
    with pytest.raises(ServerError, match="cannot be reached"):
        TranscriptionServer(ServerSettings(url=url), language="en").transcribe(UTTERANCE)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://box:8000", Address("box", 8000, "/v1/audio/transcriptions", encrypted=False)),
        ("https://box/v1/", Address("box", None, "/v1/audio/transcriptions", encrypted=True)),
        ("http://box/asr", Address("box", None, "/asr/v1/audio/transcriptions", encrypted=False)),
        ("http://box/a/transcriptions", Address("box", None, "/a/transcriptions", encrypted=False)),
    ],
)
def test_an_address_may_be_written_short(url: str, expected: Address) -> None:
    assert Address.of(url) == expected


@pytest.mark.parametrize("url", ["box:8000", "ftp://box", "http://", "http://box:port", "http://[box"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="http://server:8000"):
        Address.of(url)


def test_only_what_is_not_this_machine_is_elsewhere() -> None:
    assert not Address.of("http://localhost:8000").is_elsewhere
    assert Address.of("http://box:8000").is_elsewhere
