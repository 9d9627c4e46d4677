"""Words from a server that speaks the OpenAI transcription API. One request; what is asked and what it says.

The audio of an utterance goes out as a WAV file in a form, and its words come back as JSON. Servers differ in
how much they tell: without word times, the words are spread over their segment or the utterance.
"""

import http.client
import io
import json
import os
import secrets
import ssl
import wave
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from socket import SHUT_RDWR
from urllib.parse import urlsplit

import numpy as np

from roomtone.config.settings import ServerSettings
from roomtone.errors import ConfigError
from roomtone.speech import guards
from roomtone.types import SAMPLE_RATE_HZ, Hypothesis, Samples, Utterance, Word

PATH = "/v1/audio/transcriptions"
"""Where the API is on a server, as its authors have it."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Names of this machine."""
LONGEST_CODE = 3
"""Letters of a language's code."""
LARGEST_ANSWER_BYTES = 4_000_000
"""The words of half a minute are a few kB."""


class ServerError(Exception):
    """A server did not give words; says why, to end a sentence. ``retry_after_s`` is what it asked for."""

    def __init__(self, why: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is."""

    host: str
    port: int | None
    path: str
    encrypted: bool

    @property
    def is_elsewhere(self) -> bool:
        """Whether what is sent there leaves this machine."""
        return self.host not in LOOPBACK

    @classmethod
    def of(cls, url: str) -> "Address":
        """Return the address in a URL such as ``http://server:8000``; raises ``ConfigError``."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or parts.scheme not in ("http", "https"):
            raise ConfigError(
                f"{url!r} is no address of a transcription server; write it as http://server:8000.",
                code="server_address",
            )
        path = parts.path.rstrip("/")
        if not path.endswith("/transcriptions"):
            path = f"{path.removesuffix('/v1')}{PATH}"
        return cls(host, port, path, encrypted=parts.scheme == "https")


class TranscriptionServer:
    """Asks one server, a request at a time. ``close`` may be called from another thread, to break one off."""

    def __init__(self, settings: ServerSettings, *, language: str) -> None:
        """Raise ``ConfigError`` when the address is none."""
        self.address = Address.of(settings.url)
        self._settings = settings
        self._language = language
        self._connection: http.client.HTTPConnection | None = None

    def transcribe(self, utterance: Utterance, prompt: str = "") -> Hypothesis:
        """Return the words of one utterance; raises ``ServerError``."""
        fields = {"model": self._settings.model, "response_format": "verbose_json", "temperature": "0"}
        if self._language != "auto":
            fields["language"] = self._language
        if prompt:
            fields["prompt"] = prompt
        content_type, body = _form(fields, _wav(utterance.samples))
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        if key := os.environ.get(self._settings.key_variable, ""):
            headers["Authorization"] = f"Bearer {key}"
        try:
            status, retry_after, answer = self._post(body, headers)
        except TimeoutError as error:
            raise ServerError(f"it did not answer within {self._settings.timeout_s:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise ServerError(f"it cannot be reached ({error})") from error
        if status != http.client.OK:
            seconds = float(retry_after) if retry_after.isdecimal() else 0.0
            raise ServerError(f"it answered {status} {_reason(status)}", retry_after_s=seconds)
        return _hypothesis(answer, utterance, language=self._language)

    def close(self) -> None:
        """Break off what is under way."""
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(SHUT_RDWR)

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        address, timeout_s = self.address, self._settings.timeout_s
        if address.encrypted:
            context = ssl.create_default_context()
            self._connection = http.client.HTTPSConnection(
                address.host, address.port, timeout=timeout_s, context=context
            )
        else:
            self._connection = http.client.HTTPConnection(address.host, address.port, timeout=timeout_s)
        connection = self._connection
        try:
            connection.request("POST", address.path, body, headers)
            response = connection.getresponse()
            answer = response.read(LARGEST_ANSWER_BYTES)
            return response.status, response.headers.get("Retry-After", ""), answer
        finally:
            connection.close()


def _wav(samples: Samples) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE_HZ)
        writer.writeframes((samples.clip(-1.0, 1.0) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def _form(fields: dict[str, str], audio: bytes) -> tuple[str, bytes]:
    """Return the type and the bytes of a form with a file."""
    boundary = secrets.token_hex(16)
    pairs = [*fields.items(), ("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment")]
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in pairs
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="utterance.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    )
    parts += [head.encode(), audio, f"\r\n--{boundary}--\r\n".encode()]
    return f"multipart/form-data; boundary={boundary}", b"".join(parts)


def _reason(status: int) -> str:
    return http.client.responses.get(status, "")


def _hypothesis(answer: bytes, utterance: Utterance, *, language: str) -> Hypothesis:
    try:
        found = json.loads(answer)
        text = " ".join(str(found["text"]).split())
        segments = [dict(segment) for segment in found.get("segments") or ()]
        words = _words(found.get("words") or _spread(segments, text, utterance), utterance)
        logprobs = [float(segment["avg_logprob"]) for segment in segments if "avg_logprob" in segment]
        doubts = [float(segment["no_speech_prob"]) for segment in segments if "no_speech_prob" in segment]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServerError("what it answered is no transcription") from error
    speech_s = utterance.end_s - utterance.start_s
    avg_logprob = sum(logprobs) / len(logprobs) if logprobs else 0.0
    decoded = guards.Decoded(text, len(words), avg_logprob, min(doubts, default=0.0), speech_s, ended=True)
    rejected = guards.refusal(decoded)
    return Hypothesis(
        words=() if rejected else words,
        text=" ".join(word.text for word in words),
        language=language if language != "auto" else _code(found.get("language")),
        audio_end_s=utterance.end_s,
        avg_logprob=round(avg_logprob, 4),
        no_speech_prob=round(decoded.no_speech_prob, 4),
        voice=np.zeros(0, np.float32),
        rejected=rejected,
    )


def _spread(
    segments: Sequence[dict[str, object]], text: str, utterance: Utterance
) -> list[dict[str, object]]:
    """Return words without times spread evenly over their segments, or over the utterance."""
    begin_s = utterance.start_s - utterance.audio_start_s
    stretches = [
        (str(segment["text"]), float(str(segment["start"])), float(str(segment["end"])))
        for segment in segments
    ] or [(text, begin_s, begin_s + utterance.end_s - utterance.start_s)]
    words: list[dict[str, object]] = []
    for said, start_s, end_s in stretches:
        each = said.split()
        step_s = (end_s - start_s) / max(1, len(each))
        words += [
            {"word": word, "start": start_s + number * step_s, "end": start_s + (number + 1) * step_s}
            for number, word in enumerate(each)
        ]
    return words


def _words(found: Sequence[dict[str, object]], utterance: Utterance) -> tuple[Word, ...]:
    """Return words with session times in order and within the utterance."""
    words: list[Word] = []
    earliest_s = utterance.start_s
    for item in found:
        text = str(item["word"]).strip()
        if not any(character.isalnum() for character in text):
            continue
        start_s, end_s = (utterance.audio_start_s + float(str(item[name])) for name in ("start", "end"))
        start_s = min(max(start_s, earliest_s), utterance.end_s)
        end_s = min(max(end_s, start_s), utterance.end_s)
        earliest_s = start_s
        probability = min(1.0, max(0.0, float(str(item.get("probability", 1.0)))))
        words.append(Word(text, round(start_s, 3), round(end_s, 3), round(probability, 4)))
    return tuple(words)


def _code(language: object) -> str:
    """Return the code of a language; some servers name it in full, which is known of English alone."""
    name = str(language or "").lower()
    return "en" if name == "english" else name if len(name) <= LONGEST_CODE else ""
