"""A hub on this machine, a Python package index in a folder, and a manifest that knows both."""

import hashlib
import sys
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from roomtone.weights import inventory, packages
from roomtone.weights import manifest as manifest_module

MODEL = bytes(range(256)) * 2_000
"""Stands for weights: half a megabyte, so that it can be cut in the middle."""
FILES = {"config.json": b"{}\n", "tokenizer.json": b'{"a": 1}\n', "model.bin": MODEL}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def file_entry(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "size_bytes": len(data), "sha256": sha256(data)}


@dataclass
class Hub:
    """What the stand-in serves, how it misbehaves, and what it was asked."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    cut_after: dict[str, list[int]] = field(default_factory=dict)
    """For each name, how many bytes the next answers bring before the connection breaks."""
    ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def asked_for(self, name: str) -> list[str | None]:
        """The Range headers of the requests for a file, in order."""
        return [range_ for path, range_ in self.asked if path.rpartition("/")[2] == name]


@pytest.fixture
def hub(monkeypatch):
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            range_ = self.headers.get("Range")
            state.asked.append((self.path, range_))
            name = self.path.rpartition("/")[2]
            if name not in state.files:
                self.send_error(404)
                return
            body = state.files[name]
            start = int(range_.removeprefix("bytes=").rstrip("-")) if range_ and state.ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            cuts = state.cut_after.get(name)
            self.wfile.write(body[start : start + cuts.pop(0)] if cuts else body[start:])

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HF_ENDPOINT", state.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A folder that pip takes packages from, and nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for variable in ("PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL", "PIP_CONSTRAINT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "nul" if sys.platform == "win32" else "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def wheels_at_hand(wheels, monkeypatch):
    """Take the packages straight from the folder, without the seconds that pip needs to start."""
    monkeypatch.setattr(packages, "_download", lambda *_: sorted(wheels.glob("*.whl")))


def build_wheel(folder: Path, name: str, members: dict[str, bytes]) -> dict[str, object]:
    """Write a wheel and return its entry in the manifest."""
    module = name.replace("-", "_")
    file = folder / f"{module}-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for member, data in members.items():
            archive.writestr(f"{module}/{member}", data)
        info = f"{module}-1.0.0.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    data = file.read_bytes()
    return {"name": name, "version": "1.0.0", "size_bytes": len(data), "sha256": sha256(data)}


HUB_SOURCE = {
    "type": "hub",
    "repository": "org/little",
    "revision": "abc",
    "files": [file_entry(name, data) for name, data in FILES.items()],
}


@pytest.fixture
def models_folder(tmp_path, monkeypatch):
    """A folder of bundled models whose manifest knows ``little`` on the hub and ``tiny`` without sums."""
    folder = tmp_path / "bundled"
    folder.mkdir()
    for module in (manifest_module, inventory):
        monkeypatch.setattr(module, "bundled_models_directory", lambda: folder)
    write_manifest(folder, [HUB_SOURCE])
    yield folder
    manifest_module.manifest.cache_clear()


def write_manifest(folder: Path, sources, **more) -> None:
    entry = {"kind": "whisper", "purpose": "to try", "version": "1", "licence": "MIT", "sources": sources}
    content = {"models": {"little": entry, **more}, "other_whisper_models": {"tiny": "org/tiny"}}
    manifest_module.manifest.cache_clear()
    parsed = msgspec.convert(content, manifest_module.Manifest)
    (folder / "manifest.toml").write_text(_toml(content))
    assert manifest_module.manifest() == parsed


def _toml(content) -> str:
    """Write a manifest; inline tables are enough."""
    return "".join(f"{key} = {_inline(value)}\n" for key, value in content.items())


def _inline(value) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_inline(inner)}' for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return msgspec.json.encode(value).decode()
