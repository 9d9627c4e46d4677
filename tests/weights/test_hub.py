import socket

import pytest

from roomtone.weights import hub as hub_module
from roomtone.weights.hub import SUMS_FILE, fetch_known, fetch_unknown
from roomtone.weights.manifest import HubFile
from roomtone.weights.storage import SourceFailedError

from .conftest import FILES, MODEL, file_entry, sha256

pytestmark = pytest.mark.unit

ENTRIES = tuple(HubFile(**file_entry(name, data)) for name, data in FILES.items())
TOTAL_BYTES = sum(map(len, FILES.values()))


def fetch(into, report=lambda done_bytes, total_bytes: None):
    fetch_known("org/little", "abc", ENTRIES, into=into, report=report)


def held(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_files_arrive_whole_and_progress_ends_at_the_total(hub, tmp_path):
    hub.files = dict(FILES)
    reports = []
    fetch(tmp_path, lambda *report: reports.append(report))
    assert held(tmp_path) == FILES
    assert hub.asked[0] == ("/org/little/resolve/abc/config.json", None)
    assert reports == sorted(reports)
    assert reports[-1] == (TOTAL_BYTES, TOTAL_BYTES)


def test_a_file_may_lie_elsewhere_in_the_repository(hub, tmp_path):
    hub.files = dict(FILES)
    (entry,) = (entry for entry in ENTRIES if entry.name == "model.bin")
    renamed = HubFile(
        name="mine.bin", path="onnx/model.bin", size_bytes=entry.size_bytes, sha256=entry.sha256
    )
    fetch_known("org/little", "abc", (renamed,), into=tmp_path, report=lambda *_: None)
    assert held(tmp_path) == {"mine.bin": MODEL}
    assert hub.asked == [("/org/little/resolve/abc/onnx/model.bin", None)]


def test_a_broken_connection_is_resumed_at_once(hub, tmp_path):
    hub.files, hub.cut_after = dict(FILES), {"model.bin": [1000, 2000]}
    fetch(tmp_path)
    assert held(tmp_path) == FILES
    assert hub.asked_for("model.bin") == [None, "bytes=1000-", "bytes=3000-"]


def test_a_later_attempt_continues_what_an_earlier_one_left(hub, tmp_path):
    hub.files, hub.cut_after = dict(FILES), {"model.bin": [1000, 0]}
    with pytest.raises(SourceFailedError, match=r"model\.bin"):
        fetch(tmp_path)
    hub.asked.clear()
    fetch(tmp_path)
    assert held(tmp_path) == FILES
    assert hub.asked_for("model.bin") == ["bytes=1000-"]
    assert hub.asked_for("config.json") == []


def test_a_server_without_ranges_starts_the_file_anew(hub, tmp_path):
    hub.files, hub.ranges = dict(FILES), False
    (tmp_path / "model.bin.part").write_bytes(MODEL[:5000])
    fetch(tmp_path)
    assert held(tmp_path) == FILES


def test_a_complete_part_needs_no_request(hub, tmp_path):
    hub.files = dict(FILES)
    (tmp_path / "model.bin.part").write_bytes(MODEL)
    fetch(tmp_path)
    assert held(tmp_path) == FILES
    assert hub.asked_for("model.bin") == []


def test_a_wrong_sum_is_refused_and_removed_and_then_starts_clean(hub, tmp_path):
    hub.files = FILES | {"model.bin": MODEL[::-1]}
    with pytest.raises(SourceFailedError, match=r"model\.bin has the wrong SHA-256 sum"):
        fetch(tmp_path)
    assert not list(tmp_path.glob("model.bin*"))
    hub.files = dict(FILES)
    fetch(tmp_path)
    assert held(tmp_path) == FILES


def test_a_file_of_another_size_is_refused_before_it_is_loaded(hub, tmp_path):
    hub.files = FILES | {"model.bin": b"<html>sign in to this network</html>"}
    with pytest.raises(SourceFailedError, match="has 36 bytes there instead of 512000"):
        fetch(tmp_path)
    assert not list(tmp_path.glob("model.bin*"))


def test_a_missing_file_is_told_with_the_answer(hub, tmp_path):
    with pytest.raises(SourceFailedError, match="answered 404"):
        fetch(tmp_path)


def test_nobody_listening_is_told_at_once(tmp_path, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(SourceFailedError, match=r"127\.0\.0\.1:\d+ cannot be reached"):
            fetch(tmp_path)


def test_no_answer_is_waited_for_only_so_long(tmp_path, monkeypatch):
    monkeypatch.setattr(hub_module, "_ANSWER_WITHIN_S", 0.05)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(SourceFailedError, match="no answer from"):
            fetch(tmp_path)


def test_an_endpoint_must_be_a_web_address(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "file:///etc")
    with pytest.raises(SourceFailedError, match="HF_ENDPOINT is no web address"):
        fetch(tmp_path)


def test_an_unknown_model_is_taken_as_it_is_with_a_note_of_its_sums(hub, tmp_path):
    hub.files = {"config.json": b"{}", "vocabulary.txt": b"a\n", "model.bin": MODEL}
    fetch_unknown("org/some", into=tmp_path, report=lambda *_: None)
    record = (tmp_path / SUMS_FILE).read_text().splitlines()
    assert held(tmp_path).keys() == {*hub.files, SUMS_FILE}
    assert f"{sha256(MODEL)}  model.bin" in record
    assert hub.asked[0][0] == "/org/some/resolve/main/config.json"


@pytest.mark.parametrize("missing", ["config.json", "model.bin"])
def test_a_repository_without_a_converted_model_is_refused(hub, tmp_path, missing):
    hub.files = {name: data for name, data in FILES.items() if name != missing}
    with pytest.raises(SourceFailedError, match="answered 404"):
        fetch_unknown("org/some", into=tmp_path, report=lambda *_: None)


def test_an_unknown_model_cut_short_is_no_model(hub, tmp_path):
    hub.files, hub.cut_after = dict(FILES), {"model.bin": [1000]}
    with pytest.raises(SourceFailedError, match=r"model\.bin"):
        fetch_unknown("org/some", into=tmp_path, report=lambda *_: None)
    assert not (tmp_path / "model.bin").exists()
