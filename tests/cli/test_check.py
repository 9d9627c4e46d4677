"""The real program beside a real sound server."""

import json
import signal
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from roomtone.audio.rehearsal.rehearsal import SENTENCE
from roomtone.audio.resample import Track
from roomtone.cli import cli
from roomtone.cli.checking import Check
from roomtone.session.preflight import Finding, Verdict
from roomtone.types import SAMPLE_RATE_HZ
from sound_server import SoundServer, sound_server, wait_until

pytestmark = pytest.mark.end_to_end

SPEECH = Path(__file__).parents[1] / "data" / "read_speech" / "533-1066-0008.flac"
LONGEST_RUN_S = 120
ECHO_LATENCY_MS = 60


@pytest.fixture
def server() -> Iterator[SoundServer]:
    with sound_server() as server:
        yield server


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """A sentence that begins at once, as a wav file."""
    track = Track(SPEECH)
    samples = track.read(6 * SAMPLE_RATE_HZ)[:, 0]
    track.close()
    path = tmp_path / "speech.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


class Desk:
    """Somebody with a microphone and loudspeakers who runs ``roomtone check``."""

    def __init__(self, server: SoundServer, home: Path, speech: Path) -> None:
        self.server, self.speech = server, speech
        self.environment = server.environment | {
            "ROOMTONE_HOME": str(home),
            "ROOMTONE_WHISPER__THREADS": "1",
        }

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "roomtone", "check", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    def check(self, *arguments: str | Path, says: bool = True) -> "Outcome":
        """Run a check, saying a sentence when asked."""
        process = self.start("--json", *arguments)
        assert process.stderr is not None
        prompts = []
        saying = None
        for line in process.stderr:
            prompts.append(line.rstrip())
            if says and line.rstrip() == SENTENCE:
                saying = self.server.play(self.speech, "micsink")
        printed, _ = process.communicate(timeout=LONGEST_RUN_S)
        if saying is not None:
            saying.kill()
            saying.wait()
        return Outcome(process.returncode, prompts, json.loads(printed))


class Outcome:
    """What a check printed, and its exit status."""

    def __init__(self, status: int, prompts: list[str], printed: dict[str, Any]) -> None:
        self.status, self.prompts = status, prompts
        self.findings = {each["subject"]: each for each in printed["findings"]}
        assert printed["ready"] is (status == 0)

    def verdicts(self, *subjects: str) -> list[str]:
        return [self.findings[subject]["verdict"] for subject in subjects]


@pytest.fixture
def desk(server: SoundServer, tmp_path: Path, speech: Path) -> Desk:
    return Desk(server, tmp_path / "home", speech)


def test_all_well(desk: Desk, whisper_tiny: Path) -> None:
    outcome = desk.check("--model", whisper_tiny)
    assert outcome.status == 0, outcome.findings
    assert outcome.verdicts("model", "disk", "microphone", "computer's sound", "headphones") == ["ok"] * 5
    assert outcome.findings["microphone"]["figures"]["voice_dbfs"] == pytest.approx(-20, abs=4)
    assert outcome.findings["computer's sound"]["figures"]["sound_dbfs"] == pytest.approx(-30, abs=1)
    assert outcome.findings["speed"]["figures"]["took_s"] > 0.0
    assert len(outcome.prompts) == 2


def test_a_silent_microphone_and_a_model_that_is_missing(desk: Desk) -> None:
    outcome = desk.check(says=False)
    assert outcome.status == 1
    assert outcome.verdicts("model", "microphone", "computer's sound") == ["problem", "problem", "ok"]
    assert "only zeros" in outcome.findings["microphone"]["message"]
    assert "roomtone models fetch base" in outcome.findings["model"]["message"]
    assert not outcome.findings.keys() & {"speed", "headphones"}


def test_a_muted_microphone(desk: Desk) -> None:
    desk.server.pactl("set-source-mute", "mic", "1")
    outcome = desk.check("--mic-only")
    assert "muted by the system" in outcome.findings["microphone"]["message"]
    assert outcome.verdicts("computer's sound") == ["note"]


def test_an_output_on_which_nothing_plays(desk: Desk) -> None:
    desk.server.pactl("load-module", "module-null-sink", "sink_name=television")
    outcome = desk.check("--system", "television")
    assert outcome.verdicts("microphone", "computer's sound") == ["ok", "problem"]
    assert "did not arrive" in outcome.findings["computer's sound"]["message"]
    assert "--system" in outcome.findings["computer's sound"]["advice"]


def test_loudspeakers_that_the_microphone_hears(desk: Desk) -> None:
    desk.server.pactl(
        "load-module",
        "module-loopback",
        "source=speakers.monitor",
        "sink=micsink",
        f"latency_msec={ECHO_LATENCY_MS}",
    )
    inputs = desk.server.pactl("list", "short", "sink-inputs").split("\t")
    desk.server.pactl("set-sink-input-volume", inputs[0], "-12dB")
    outcome = desk.check()
    assert outcome.verdicts("microphone", "computer's sound", "headphones") == ["ok", "ok", "note"]
    figures = outcome.findings["headphones"]["figures"]
    assert figures["echo_db"] == pytest.approx(-12, abs=1.5)
    assert 20 < figures["delay_ms"] < 250


def test_a_device_that_is_not_there(desk: Desk) -> None:
    outcome = desk.check("--mic", "violin", "--no-sound", says=False)
    assert outcome.prompts == []
    assert outcome.verdicts("microphone", "computer's sound") == ["problem", "note"]
    assert "violin" in outcome.findings["microphone"]["message"]


def test_without_a_sound_server(desk: Desk) -> None:
    desk.server.kill()
    outcome = desk.check(says=False)
    assert outcome.status == 1
    assert outcome.verdicts("microphone", "computer's sound") == ["problem", "problem"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no polite signals")
def test_ctrl_c_ends_it_and_everything_it_started(desk: Desk, whisper_tiny: Path) -> None:
    def listens() -> bool:
        return "Roomtone" in desk.server.pactl("list", "clients")

    process = desk.start("--model", whisper_tiny)
    assert process.stderr is not None
    assert process.stderr.readline()
    assert listens()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=LONGEST_RUN_S)
    assert process.returncode == 130
    assert "Traceback" not in error
    wait_until(lambda: not listens())


FINDINGS = [
    Finding(Verdict.OK, "disk", "12.3 GB free"),
    Finding(Verdict.NOTE, "headphones", "none worn " + "and so on " * 20, "Wear headphones."),
    Finding(Verdict.PROBLEM, "microphone", "it gives only zeros", "Unmute it.", {"voice_dbfs": -110.0}),
]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Finding]:
    """What a check tells instead of looking."""
    findings: list[Finding] = []

    async def run(self: Check) -> None:
        for finding in findings:
            self.tell(finding)

    monkeypatch.setenv("ROOMTONE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Check, "run", run)
    return findings


def test_each_finding_is_a_line_with_its_word_first(told: list[Finding]) -> None:
    told += FINDINGS
    result = CliRunner().invoke(cli, ["check"])
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines[:5]] == ["ok", "note", "What", "problem", "What"]
    assert lines[3] == "problem  microphone: it gives only zeros"
    assert lines[4] == "         What to do: Unmute it."
    assert lines[-1] == "1 problem: see what to do above."


def test_notes_alone_are_no_reason_not_to_begin(told: list[Finding]) -> None:
    told += FINDINGS[:2]
    result = CliRunner().invoke(cli, ["check"])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "Ready for a call: roomtone listen"


def test_other_programs_get_json(told: list[Finding]) -> None:
    told += FINDINGS
    result = CliRunner().invoke(cli, ["check", "--json"])
    assert result.exit_code == 1
    printed = json.loads(result.stdout)
    assert printed["ready"] is False
    assert [each["verdict"] for each in printed["findings"]] == ["ok", "note", "problem"]
    assert printed["findings"][2]["figures"] == {"voice_dbfs": -110.0}


def test_the_customers_side_is_named_or_left_out() -> None:
    result = CliRunner().invoke(cli, ["check", "--mic-only", "--system", "speakers"])
    assert result.exit_code == 2
    assert "leave one of them out" in result.stderr
