import pytest

from roomtone.errors import ModelError
from roomtone.weights import (
    embedding_folder,
    list_models,
    needed_beside_whisper,
    other_whisper_names,
    resolve,
    silero_path,
    verify,
)
from roomtone.weights.hub import SUMS_FILE
from roomtone.weights.inventory import Condition

from .conftest import FILES, HUB_SOURCE, MODEL, file_entry, sha256, write_manifest

pytestmark = pytest.mark.unit

ENTRY = {"kind": "embedding", "purpose": "to try", "version": "1", "licence": "MIT"}


@pytest.fixture
def model_directory(tmp_path):
    return tmp_path / "models"


def put(model_directory, name, files=FILES):
    folder = model_directory / f"whisper-{name}"
    folder.mkdir(parents=True)
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return folder


def only(states, name):
    return next(state for state in states if state.name == name)


@pytest.mark.usefixtures("models_folder")
class TestResolve:
    def test_a_fetched_model_is_found_by_name(self, model_directory):
        folder = put(model_directory, "little")
        assert resolve("little", model_directory=model_directory) == folder

    def test_a_folder_with_a_model_is_taken_as_it_is(self, model_directory, tmp_path, monkeypatch):
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "model.bin").touch()
        monkeypatch.chdir(tmp_path)
        assert resolve("mine", model_directory=model_directory) == tmp_path / "mine"
        assert resolve(str(tmp_path / "mine"), model_directory=model_directory) == tmp_path / "mine"

    def test_a_name_in_the_manifest_wins_over_a_folder_of_that_name(
        self, model_directory, tmp_path, monkeypatch
    ):
        (tmp_path / "little").mkdir()
        monkeypatch.chdir(tmp_path)
        folder = put(model_directory, "little")
        assert resolve("little", model_directory=model_directory) == folder

    def test_another_model_is_found_once_fetched(self, model_directory):
        tiny = put(model_directory, "tiny", {"model.bin": MODEL})
        other = put(model_directory, "org--own", {"model.bin": MODEL})
        assert resolve("tiny", model_directory=model_directory) == tiny
        assert resolve("org/own", model_directory=model_directory) == other

    @pytest.mark.parametrize("name", ["little", "tiny", "org/own"])
    def test_a_missing_model_says_what_to_run(self, model_directory, name):
        with pytest.raises(ModelError, match=f"run: roomtone models fetch {name}$") as caught:
            resolve(name, model_directory=model_directory)
        assert caught.value.code == "model_missing"

    def test_a_damaged_model_says_what_to_run(self, model_directory):
        (put(model_directory, "little") / "model.bin").write_bytes(MODEL[1:])
        with pytest.raises(ModelError, match=r"damaged .*; run: roomtone models fetch little") as caught:
            resolve("little", model_directory=model_directory)
        assert caught.value.code == "model_damaged"

    def test_a_folder_without_a_model_is_refused(self, model_directory, tmp_path):
        with pytest.raises(ModelError, match=r"there is no model\.bin in it") as caught:
            resolve(str(tmp_path), model_directory=model_directory)
        assert caught.value.code == "model_unknown"

    def test_a_misspelt_name_gets_the_nearest(self, model_directory):
        with pytest.raises(ModelError, match=r'called "litle"; did you mean little\?'):
            resolve("litle", model_directory=model_directory)
        with pytest.raises(ModelError, match="see: roomtone models list"):
            resolve("xyzzy", model_directory=model_directory)


@pytest.mark.usefixtures("models_folder")
class TestVerify:
    def test_a_whole_model_verifies(self, model_directory):
        put(model_directory, "little")
        (state,) = verify(["little"], model_directory=model_directory)
        assert state.condition is Condition.VERIFIED
        assert state.problems == ()

    def test_one_changed_bit_is_found_and_named(self, model_directory):
        damaged = bytearray(MODEL)
        damaged[1000] ^= 1
        put(model_directory, "little", FILES | {"model.bin": bytes(damaged)})
        (state,) = verify(["little"], model_directory=model_directory)
        assert state.condition is Condition.DAMAGED
        assert state.problems == (
            f"model.bin has the wrong SHA-256 sum, {sha256(damaged)[:12]}… instead of {sha256(MODEL)[:12]}…",
        )

    def test_missing_and_short_files_are_named(self, model_directory):
        put(model_directory, "little", {"config.json": b"", "model.bin": MODEL})
        (state,) = verify(["little"], model_directory=model_directory)
        assert state.problems == ("config.json has 0 bytes instead of 3", "tokenizer.json is missing")

    def test_files_of_another_source_verify_too(self, model_directory, models_folder):
        other = [file_entry("model.bin", b"other")]
        write_manifest(models_folder, [HUB_SOURCE, HUB_SOURCE | {"repository": "org/2nd", "files": other}])
        put(model_directory, "little", {"model.bin": b"other"})
        (state,) = verify(["little"], model_directory=model_directory)
        assert state.condition is Condition.VERIFIED
        assert "org/2nd" in state.source

    def test_a_model_without_known_sums_is_held_against_those_it_came_with(self, model_directory):
        record = f"{sha256(MODEL)}  model.bin\n".encode()
        folder = put(model_directory, "org--own", {"model.bin": MODEL, SUMS_FILE: record})
        assert only(verify(model_directory=model_directory), "org/own").condition is Condition.UNVERIFIED
        (folder / "model.bin").write_bytes(MODEL[::-1])
        state = only(verify(model_directory=model_directory), "org/own")
        assert state.condition is Condition.DAMAGED
        assert "model.bin has the wrong SHA-256 sum" in state.problems[0]

    def test_an_unknown_name_is_refused(self, model_directory):
        with pytest.raises(ModelError, match="did you mean little"):
            verify(["litle"], model_directory=model_directory)

    def test_bundled_files_are_checked_and_none_may_be_left_out(self, model_directory, models_folder):
        def bundle(data):
            source = {
                "type": "bundled",
                "pattern": "reading*",
                "files": [file_entry("reading.onnx", data)],
            }
            entry = {"kind": "reading", "purpose": "p", "version": "1", "licence": "MIT", "sources": [source]}
            write_manifest(models_folder, [HUB_SOURCE], reading=entry)
            (state,) = verify(["reading"], model_directory=model_directory)
            return state

        assert bundle(b"net").problems == ("reading.onnx is missing",)
        (models_folder / "reading.onnx").write_bytes(b"net")
        assert bundle(b"net").condition is Condition.VERIFIED
        assert "reading.onnx has the wrong SHA-256 sum" in bundle(b"ten").problems[0]
        (models_folder / "reading_more.onnx").touch()
        assert bundle(b"net").problems == ("reading_more.onnx is not in the manifest",)


@pytest.mark.usefixtures("models_folder")
def test_listing_tells_what_is_here_by_size_alone(model_directory):
    assert only(list_models(model_directory), "little").condition is Condition.MISSING
    put(model_directory, "little", FILES | {"model.bin": MODEL[::-1]})
    put(model_directory, "org--own", {"model.bin": MODEL})
    put(model_directory, "tiny.0.part", {"model.bin": MODEL})
    states = list_models(model_directory)
    assert [state.name for state in states] == ["little", "org/own"]
    assert only(states, "little").condition is Condition.PRESENT
    assert only(states, "org/own").size_bytes == len(MODEL)


def test_the_models_that_come_with_roomtone_are_what_the_manifest_says(tmp_path):
    for state in verify(["silero-vad", "reading"], model_directory=tmp_path):
        assert (state.name, state.problems) == (state.name, ())
        assert state.condition is Condition.VERIFIED


def test_the_voice_activity_model_is_found():
    assert silero_path().name == "silero_vad_v6.onnx"
    assert silero_path().is_file()


def test_other_names_are_offered():
    assert "small" in other_whisper_names()
    assert "base" not in other_whisper_names()


@pytest.mark.usefixtures("models_folder")
class TestEmbedding:
    @pytest.fixture(autouse=True)
    def _known(self, models_folder):
        write_manifest(models_folder, [HUB_SOURCE], minilm=ENTRY | {"sources": [HUB_SOURCE]})

    def test_its_folder_is_known_once_it_is_here_and_whole(self, model_directory):
        assert embedding_folder(model_directory) is None
        folder = model_directory / "embedding-minilm"
        folder.mkdir(parents=True)
        for file, data in FILES.items():
            (folder / file).write_bytes(data)
        assert embedding_folder(model_directory) == folder
        (folder / "model.bin").write_bytes(MODEL[1:])
        assert embedding_folder(model_directory) is None

    def test_a_call_needs_it_beside_its_whisper_model(self):
        assert needed_beside_whisper() == ["minilm"]

    def test_it_is_no_speech_model(self, model_directory):
        with pytest.raises(ModelError, match="no model and no folder"):
            resolve("minilm", model_directory=model_directory)

    def test_while_it_is_not_fetched_that_is_no_damage(self, model_directory):
        assert only(list_models(model_directory), "minilm").condition is Condition.MISSING
