import json
import os
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

EDGES = {
    "av",
    "ctranslate2",
    "faster_whisper",
    "huggingface_hub",
    "onnxruntime",
    "rich",
    "sounddevice",
    "soxr",
    "sqlite3",
    "textual",
    "tokenizers",
}
"""Packages for devices, models, files and screens."""

NO_NETWORK = """
import os
import socket
import sys

LOCAL = getattr(socket, "AF_UNIX", None)


def note(name, text):
    with open(os.path.join(os.path.dirname(__file__), name), "a", encoding="utf-8") as file:
        file.write(text + "\\n")


def refuse(event, arguments):
    if event == "socket.getaddrinfo":
        attempt = f"the name {arguments[0]} was looked up"
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg") and arguments[0].family != LOCAL:
        attempt = f"{event} to {arguments[1]}"
    else:
        return
    note("attempts", attempt)
    raise ConnectionRefusedError(attempt)


sys.addaudithook(refuse)
note("watched", str(os.getpid()))
"""
"""Run by every Python that starts with it on its path, children of children included.

Beside it, ``watched`` lists these processes, and ``attempts`` what each tried, even where the refusal was
caught.
"""


def python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | variables
    )


def modules_of(package: str) -> list[str]:
    folder = import_module(package).__path__
    return [package, *(module.name for module in pkgutil.walk_packages(folder, prefix=f"{package}."))]


def loaded_by(*modules: str) -> set[str]:
    """Return the top-level packages in memory after importing ``modules`` into a new Python."""
    code = (
        f"import importlib, json, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    result = python(code)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout))


@pytest.mark.parametrize(
    "modules",
    [
        ["roomtone.cli"],
        [
            f"roomtone.cli.{name}"
            for name in (
                "check",
                "completion",
                "config",
                "debrief",
                "devices",
                "forget",
                "listen",
                "models",
                "playbook",
                "replay",
            )
        ],
    ],
    ids=["program", "subcommands"],
)
def test_the_command_line_loads_nothing_heavy_before_a_command_runs(modules):
    assert loaded_by(*modules).isdisjoint(EDGES | {"numpy"})


@pytest.mark.parametrize("package", ["conversation", "nudges", "debrief"])
def test_what_decides_knows_no_device_model_or_screen(package):
    assert loaded_by(*modules_of(f"roomtone.{package}")).isdisjoint(EDGES)


def without_network(folder: Path) -> dict[str, str]:
    """Return the variables under which Python refuses every connection."""
    Path(folder, "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    return {"PYTHONPATH": path}


def noted(folder: Path, name: str) -> list[str]:
    """Return what the watched processes wrote down."""
    file = folder / name
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('127.0.0.1', 9))",
    ],
    ids=["connect", "look up", "datagram"],
)
def test_the_refusal_itself_works(code, tmp_path):
    result = python(code, **without_network(tmp_path))
    assert "ConnectionRefusedError: " in result.stderr
    assert "[Errno" not in result.stderr, "the refusal came from the network"
    assert len(noted(tmp_path, "attempts")) == 1


def test_an_attempt_of_a_child_whose_refusal_is_caught_is_noted(tmp_path):
    attempt = "try: __import__('socket').getaddrinfo('localhost', 80)\nexcept OSError: pass"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {attempt!r}], check=True)"
    result = python(child, **without_network(tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    assert noted(tmp_path, "attempts") == ["the name localhost was looked up"]
    assert len(noted(tmp_path, "watched")) == 2


@pytest.mark.model
def test_a_replay_needs_no_network(short_call, whisper_tiny, tmp_path):
    arguments = ["replay", str(short_call), "--json", "--model", str(whisper_tiny)]
    watch = tmp_path / "watch"
    watch.mkdir()
    result = python(
        f"import sys; sys.argv[1:] = {arguments!r}; from roomtone.cli import main; main()",
        ROOMTONE_HOME=str(tmp_path / "home"),
        **without_network(watch),
    )
    assert result.returncode == 0, result.stderr
    assert noted(watch, "attempts") == []
    assert len(noted(watch, "watched")) > 1, "the recogniser's process was not watched"
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert any(event["type"] == "TranscriptFinal" for event in events)
    assert (events[-1]["type"], events[-1]["reason"]) == ("SessionEnded", "end_of_input")
