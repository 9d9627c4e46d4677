import re

import pytest

from roomtone.errors import ModelError
from roomtone.weights import manifest as manifest_module
from roomtone.weights.manifest import (
    HubSource,
    InstalledSource,
    PackageSource,
    bundled_models_directory,
    installed_directory,
    manifest,
)

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _fresh_manifest():
    manifest.cache_clear()
    yield
    manifest.cache_clear()


def test_the_shipped_manifest_names_everything_roomtone_needs():
    models = manifest().models
    assert {"base", "tiny.en", "minilm", "silero-vad", "reading", "acts"} <= set(models)
    for model in models.values():
        assert model.licence
        assert model.purpose
        assert all(source.files for source in model.sources)


@pytest.mark.parametrize("name", ["base", "tiny.en"])
def test_whisper_weights_come_from_a_pinned_hub_revision_then_from_packages(name):
    hub, packages = manifest().models[name].sources
    assert isinstance(hub, HubSource)
    assert re.fullmatch("[0-9a-f]{40}", hub.revision)
    assert isinstance(packages, PackageSource)
    for source in (hub, packages):
        names = {file.name for file in source.files}
        assert {"model.bin", "config.json", "tokenizer.json"} < names
        assert names & {"vocabulary.txt", "vocabulary.json"}
    modules = {package.name.replace("-", "_") for package in packages.packages}
    for file in packages.files:
        assert {member.partition("/")[0] for member in file.members} <= modules


def test_the_sentence_embedding_comes_from_packages_then_from_a_pinned_hub_revision():
    packages, hub = manifest().models["minilm"].sources
    assert isinstance(packages, PackageSource)
    assert isinstance(hub, HubSource)
    assert re.fullmatch("[0-9a-f]{40}", hub.revision)
    for source in (hub, packages):
        assert {file.name for file in source.files} == {"model.onnx", "tokenizer.json"}


def test_what_is_fetched_and_what_is_not():
    fetched = {name for name, model in manifest().models.items() if model.is_fetched}
    assert fetched == {"base", "tiny.en", "minilm"}


def test_other_names_are_those_of_faster_whisper():
    from faster_whisper.utils import _MODELS

    known = manifest().other_whisper_models
    verifiable = {name: _MODELS[name] for name in manifest().models if name in _MODELS}
    assert known | verifiable == _MODELS
    for name, repository in verifiable.items():
        assert manifest().models[name].sources[0].repository == repository


def test_an_installed_package_is_found_without_importing_it():
    source = manifest().models["silero-vad"].sources[0]
    assert isinstance(source, InstalledSource)
    directory = installed_directory(source)
    assert directory is not None
    assert (directory / source.files[0].name).is_file()
    assert installed_directory(InstalledSource(module="no_such_package_anywhere", files=())) is None


def test_a_damaged_manifest_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(manifest_module, "bundled_models_directory", lambda: tmp_path)
    (tmp_path / "manifest.toml").write_text("[models.base]\nkind = 3\n")
    with pytest.raises(ModelError, match=r"is damaged .* install Roomtone again") as caught:
        manifest()
    assert caught.value.code == "manifest_damaged"


def test_the_bundled_folder_holds_the_manifest(monkeypatch, tmp_path):
    assert (bundled_models_directory() / "manifest.toml").is_file()
    package = tmp_path / "site-packages" / "roomtone"
    (package / "_models").mkdir(parents=True)
    monkeypatch.setattr(manifest_module.roomtone, "__file__", str(package / "__init__.py"))
    with pytest.raises(ModelError, match="incomplete"):
        bundled_models_directory()
    (package / "_models" / "manifest.toml").touch()
    assert bundled_models_directory() == package / "_models"
