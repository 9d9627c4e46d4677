"""Another version of the words of a call, on the command line."""

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from audio.recordings import tone
from roomtone.cli import cli, line
from roomtone.events import AgendaSet, SessionEnded, SessionStarted, TranscriptFinal
from roomtone.session.calls import AUDIO_FILE, Library
from roomtone.session.store import EventLog, read_events
from roomtone.types import SAMPLE_RATE_HZ, AgendaPoint, Effort, Hypothesis, Speaker, Utterance, Word

pytestmark = pytest.mark.unit

STARTED = SessionStarted(
    seq=0,
    t_s=0.0,
    title="Acme",
    mode="live",
    started_at="2026-11-22T14:32:07+00:00",
    version="1",
    transcriber="base",
)
SPOKEN = (("seller", Speaker.SELLER, 1.0, 2.0), ("customer", Speaker.CUSTOMER, 2.5, 4.0))


POINT = AgendaPoint("1", "Compare with HubSpot")


class Better:
    """A transcriber that hears how loud it is."""

    name = "small"

    def __init__(self) -> None:
        self.heard: list[Utterance] = []
        self.agenda: list[AgendaPoint] = []
        """Whose names it was told."""

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        self.heard.append(utterance)
        text = f"new {utterance.utterance_id}"
        word = Word(text, utterance.start_s, utterance.end_s, 0.9)
        return Hypothesis((word,), text, "en", utterance.end_s, -0.1, 0.0, np.zeros(0, np.float32))

    async def aclose(self) -> None:
        """Nothing to end."""


@pytest.fixture
def better(monkeypatch: pytest.MonkeyPatch) -> Better:
    transcriber = Better()

    async def start_host(*_: object, agenda: list[AgendaPoint], **__: object) -> Better:
        transcriber.agenda = agenda
        return transcriber

    monkeypatch.setattr(line, "start_host", start_host)
    monkeypatch.setattr(line, "whisper_folder", lambda *_: Path("small"))
    return transcriber


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A call with its sound: the seller's side has a low tone, the customer's a high one."""
    monkeypatch.setenv("ROOMTONE_HOME", str(tmp_path / "home"))
    path = Library(tmp_path / "home" / "calls").create("2026-11-22-1432-acme")

    async def write() -> None:
        events = EventLog(path)
        await events.publish(STARTED)
        await events.publish(AgendaSet(seq=1, t_s=0.0, points=(POINT,)))
        for seq, (side, speaker, start_s, end_s) in enumerate(SPOKEN, 2):
            await events.publish(
                TranscriptFinal(
                    seq=seq,
                    t_s=end_s + 1.0,
                    source_id=side,
                    utterance_id=f"{side}-1",
                    speaker=speaker,
                    text="old words",
                    words=(Word("old", start_s, end_s, 0.5), Word("words", end_s, end_s, 0.5)),
                    start_s=start_s,
                    end_s=end_s,
                    avg_logprob=-0.9,
                    no_speech_prob=0.1,
                )
            )
        await events.publish(SessionEnded(seq=4, t_s=6.0, duration_s=6.0, reason="stopped"))
        await events.aclose()

    asyncio.run(write())
    audio = np.stack([tone(6.0, rate_hz=SAMPLE_RATE_HZ, hz=hz) for hz in (300.0, 900.0)], axis=1)
    with wave.open(str(path.with_name(AUDIO_FILE)), "wb") as file:  # the ending does not matter to a decoder
        file.setparams((2, 2, SAMPLE_RATE_HZ, len(audio), "NONE", ""))
        file.writeframes((audio * 32767).astype("<i2").tobytes())
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["retranscribe", *arguments])


def texts(log: Path) -> list[str]:
    return [event.text for event in read_events(log) if isinstance(event, TranscriptFinal)]


def test_each_utterance_is_heard_anew_and_the_first_version_is_kept(log: Path, better: Better) -> None:
    result = run("acme", "--model", "small")
    assert result.exit_code == 0, result.output
    assert texts(log) == ["new seller-1", "new customer-1"]
    assert texts(log.with_name("events.first.db")) == ["old words", "old words"]
    assert "transcribed anew by small: 4 words; 4 of those before are not among them" in result.stdout
    seller, customer = better.heard
    crossings = [int(np.diff(np.signbit(one.samples)).sum()) for one in (seller, customer)]
    assert crossings[0] == pytest.approx(2 * 300 * len(seller.samples) / SAMPLE_RATE_HZ, rel=0.02)
    assert crossings[1] == pytest.approx(2 * 900 * len(customer.samples) / SAMPLE_RATE_HZ, rel=0.02)
    assert len(customer.samples) == round((1.5 + 0.4) * SAMPLE_RATE_HZ)


def test_the_names_of_the_calls_agenda_may_be_said_again(log: Path, better: Better) -> None:
    assert run("acme").exit_code == 0
    assert better.agenda == [POINT]


def test_the_first_version_stays_the_first_and_comes_back(log: Path, better: Better) -> None:
    assert run("acme").exit_code == run("acme").exit_code == 0
    assert texts(log.with_name("events.first.db")) == ["old words", "old words"]
    assert run("acme", "--undo").exit_code == 0
    assert texts(log) == ["old words", "old words"]
    assert sorted(file.name for file in log.parent.iterdir()) == ["audio.flac", "events.db"]
    again = run("acme", "--undo")
    assert again.exit_code == 1
    assert "has one version of its words only" in again.stderr


def test_a_call_without_its_sound_is_left_as_it_is(log: Path, better: Better) -> None:
    log.with_name(AUDIO_FILE).unlink()
    result = run("acme")
    assert (result.exit_code, better.heard) == (1, [])
    assert "--keep-audio" in result.stderr
    assert texts(log) == ["old words", "old words"]


def test_a_transcriber_that_fails_leaves_the_call_as_it_was(
    log: Path, better: Better, monkeypatch: pytest.MonkeyPatch
) -> None:
    from roomtone.errors import TranscriberError

    async def fail(*_: object) -> Hypothesis:
        raise TranscriberError("It broke.", code="broke")

    monkeypatch.setattr(better, "transcribe", fail)
    result = run("acme")
    assert (result.exit_code, result.stderr) == (1, "roomtone: It broke.\n")
    assert texts(log) == ["old words", "old words"]
    assert not log.with_name("events.first.db").exists()


def test_undo_goes_alone(log: Path) -> None:
    result = run("acme", "--undo", "--model", "small")
    assert result.exit_code == 2
    assert "--undo" in result.stderr
