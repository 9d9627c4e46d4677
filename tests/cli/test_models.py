import io
import re
import sys

import pytest
from click.testing import CliRunner

from roomtone import weights
from roomtone.cli import cli
from roomtone.cli import models as models_module
from roomtone.errors import ModelError
from roomtone.weights import Fetched, Progress

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("ROOMTONE_HOME", str(home))
    return home


@pytest.fixture
def source(monkeypatch):
    """Let the outside world deliver what a test says."""

    def install(*reports, source="the hub", verified=True, error=None):
        def fetch(name, *, model_directory, progress):
            for report in reports:
                progress(report)
            if error:
                raise error
            return Fetched(name, model_directory / f"whisper-{name}", source, verified)

        monkeypatch.setattr(weights, "fetch", fetch)

    return install


def roomtone(*arguments):
    return CliRunner().invoke(cli, arguments)


def test_list_tells_what_each_model_is_for_and_makes_nothing(home):
    result = roomtone("models", "list")
    assert result.exit_code == 0
    assert "not fetched" in result.stdout
    assert "speech to words" in result.stdout
    assert re.search(r"^reading +[1-9][\d.]* kB  ", result.stdout, re.MULTILINE)
    assert "Silero VAD v6, ONNX; MIT" in result.stdout
    assert "small.en" in result.stdout
    assert str(home / "models") in result.stdout
    assert not home.exists()


def test_verify_without_fetched_models_is_no_fault():
    result = roomtone("models", "verify")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "silero-vad   verified" in result.stdout
    assert "base         not fetched" in result.stdout


def test_verify_of_a_named_model_that_is_missing_says_what_to_run():
    result = roomtone("models", "verify", "base")
    assert result.exit_code == 1
    assert result.stderr == 'roomtone: The model "base" is not fetched; run: roomtone models fetch base\n'


def test_verify_names_the_wrong_sum(home):
    folder = home / "models" / "whisper-org--own"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"changed")
    (folder / "SHA256SUMS").write_text("0123456789ab" + "0" * 52 + "  model.bin\n")
    result = roomtone("models", "verify")
    assert result.exit_code == 1
    assert "org/own      damaged (model.bin has the wrong SHA-256 sum" in result.stdout
    assert "instead of 0123456789ab…" in result.stderr
    assert result.stderr.endswith("run: roomtone models fetch org/own\n")


def test_fetch_writes_a_line_every_ten_percent_where_there_is_no_terminal(source, home):
    source(
        Progress("the hub", note="Another Roomtone is fetching base; waiting for it."),
        *(Progress("the hub", done_bytes, 1000) for done_bytes in range(0, 1001, 20)),
    )
    result = roomtone("models", "fetch", "base")
    assert result.exit_code == 0
    lines = result.stderr.splitlines()
    assert lines[0] == "Another Roomtone is fetching base; waiting for it."
    assert lines[1:12] == [f"base: {percent} % from the hub" for percent in range(0, 101, 10)]
    assert result.stdout.splitlines()[0] == (
        f"base fetched from the hub and verified, in {home / 'models' / 'whisper-base'}"
    )


def test_fetch_says_when_nothing_was_to_do_and_when_no_sum_was_known(source):
    source(source="")
    assert "base is already here" in roomtone("models", "fetch", "base").stdout
    source(verified=False)
    assert "(unverified: no sum known)" in roomtone("models", "fetch", "small").stdout


def test_fetch_stops_at_the_first_model_that_fails(source):
    source(error=ModelError("It could not be fetched.", code="model_not_fetched"))
    result = roomtone("models", "fetch", "base", "tiny.en")
    assert (result.exit_code, result.stderr) == (1, "roomtone: It could not be fetched.\n")


def test_with_a_speech_model_comes_what_a_call_needs_beside_it(source):
    source()
    told = [line.split()[0] for line in roomtone("models", "fetch", "base", "small").stdout.splitlines()]
    assert told == ["base", "small", "minilm"]
    told = [line.split()[0] for line in roomtone("models", "fetch", "minilm").stdout.splitlines()]
    assert told == ["minilm"]


def test_without_the_embedding_the_speech_model_is_fetched_all_the_same(monkeypatch, source):
    source()
    whole = weights.fetch

    def fetch(name, **given):
        if name == "minilm":
            raise ModelError("It could not be fetched.", code="model_not_fetched")
        return whole(name, **given)

    monkeypatch.setattr(weights, "fetch", fetch)
    result = roomtone("models", "fetch", "base")
    assert result.exit_code == 0
    assert "base fetched" in result.stdout
    assert "Calls work without it" in result.stderr
    assert result.stderr.endswith("to try again: roomtone models fetch minilm\n")
    assert roomtone("models", "fetch", "minilm").exit_code == 1


def test_fetch_needs_a_name_and_a_right_one():
    assert roomtone("models", "fetch").exit_code == 2
    result = roomtone("models", "fetch", "bass")
    assert result.exit_code == 1
    assert "did you mean base?" in result.stderr


def test_a_terminal_gets_a_bar(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with models_module._shown("base") as show:
        show(Progress("the hub", 250_000, 1_000_000))
        show(Progress("the hub", note="Not from [the hub]: gone."))
        show(Progress("packages", 1_000_000, 1_000_000))
    assert "Not from [the hub]: gone." in terminal.getvalue()
    assert "1.0/1.0 MB" in terminal.getvalue()
