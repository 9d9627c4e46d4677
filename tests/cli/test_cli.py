import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from roomtone import __version__
from roomtone.cli import COMMANDS, cli
from roomtone.errors import ConfigError, UsageError

pytestmark = pytest.mark.unit

HEAVY = {"numpy", "rich", "textual", "av", "sqlite3", "faster_whisper", "onnxruntime", "msgspec"}


def run(code: str, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, **more)


@pytest.fixture
def failing(monkeypatch):
    """Make the group's own body raise."""

    def install(error):
        def fail(*args, **options):
            raise error

        monkeypatch.setattr(cli, "callback", fail)
        return CliRunner().invoke(cli, ["completion", "bash"])

    return install


def test_the_version_is_printed():
    result = CliRunner().invoke(cli, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"roomtone, version {__version__}\n")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_every_command_and_shows_examples(option):
    result = CliRunner().invoke(cli, [option])
    assert result.exit_code == 0
    for name, (_, line) in COMMANDS.items():
        assert name in result.stdout
        assert line in result.stdout
    assert "roomtone replay call.wav   " in result.stdout


def test_help_imports_nothing_heavy():
    result = run(
        "import sys; from roomtone.cli import cli\n"
        "try: cli(['--help'])\n"
        f"finally: print(sorted(set(sys.modules) & {HEAVY!r}), file=sys.stderr)"
    )
    assert result.stderr == "[]\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_imported_and_has_examples(name):
    def pages(command):
        yield command
        for inner in getattr(command, "commands", {}).values():
            yield from pages(inner)

    with click.Context(cli) as context:
        command = cli.get_command(context, name)
    for page in pages(command):
        assert page.help
        assert f"  roomtone {name}" in page.epilog or "ROOMTONE" in page.epilog


def test_an_unknown_command_is_a_usage_error():
    result = CliRunner().invoke(cli, ["relpay"])
    assert result.exit_code == 2
    assert "No such command 'relpay'" in result.stderr


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [(ConfigError("Something is wrong.", code="x"), 1), (UsageError("These do not fit.", code="x"), 2)],
)
def test_an_error_on_purpose_is_one_line_on_stderr(failing, error, exit_code):
    result = failing(error)
    assert (result.exit_code, result.stderr, result.stdout) == (exit_code, f"roomtone: {error.message}\n", "")


def test_ctrl_c_ends_quietly_with_130(failing):
    result = failing(KeyboardInterrupt())
    assert result.exit_code == 130
    assert result.stderr.strip() == ""


def test_a_closed_pipe_ends_quietly(failing):
    result = failing(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert result.exit_code == 1
    assert result.output == ""


def test_an_error_nobody_foresaw_is_not_hidden(failing):
    assert isinstance(failing(ZeroDivisionError()).exception, ZeroDivisionError)


def test_python_m_does_the_same():
    result = subprocess.run(
        [sys.executable, "-m", "roomtone", "--version"], capture_output=True, text=True, check=True
    )
    assert __version__ in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_a_real_interrupt_leaves_no_traceback(tmp_path):
    code = (
        "import threading, roomtone.cli as program\n"
        "def wait(*args, **options):\n"
        "    print('ready', flush=True)\n"
        "    threading.Event().wait()\n"
        "program.cli.callback = wait\n"
        "program.cli(['config', 'path'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGINT)
    _, messages = process.communicate()
    assert process.returncode == 130
    assert messages.strip() == ""


def test_what_is_logged_goes_to_the_file_and_not_to_the_terminal(tmp_path):
    code = (
        "import logging, roomtone.cli as program\n"
        "from roomtone.cli.config import path\n"
        "def speak(*args, **options): logging.getLogger('roomtone.x').info('heard this')\n"
        "path.callback = speak\n"
        "program.cli(['--log-level', 'info', 'config', 'path'])\n"
    )
    result = run(code, env=os.environ | {"ROOMTONE_HOME": str(tmp_path / "home")})
    assert (result.stdout, result.stderr) == ("", "")
    written = Path(tmp_path, "home", "roomtone.log").read_text()
    assert "INFO roomtone.x: heard this" in written
