from pathlib import Path

import pytest

from roomtone.config.locations import locations

pytestmark = pytest.mark.unit


def test_one_variable_moves_everything_below_one_folder(tmp_path):
    home = tmp_path / "portable"
    found = locations({"ROOMTONE_HOME": str(home)})
    assert found.config_file == home / "config.toml"
    assert found.playbook_directory == home / "playbooks"
    assert found.calls_directory == home / "calls"
    assert found.model_directory == home / "models"
    assert found.log_file.parent == home


def test_looking_creates_nothing(tmp_path):
    locations({"ROOMTONE_HOME": str(tmp_path / "portable")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("environment", [{}, {"ROOMTONE_HOME": ""}])
def test_without_the_variable_the_platform_decides(environment):
    found = locations(environment)
    for path in (found.config_file, found.calls_directory, found.model_directory, found.log_file):
        assert path.is_absolute()
        assert "roomtone" in path.parts
    assert found.playbook_directory.parent == found.config_file.parent
    assert len({found.calls_directory, found.model_directory, found.log_file.parent}) == 3


def test_a_relative_home_and_a_tilde_become_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    assert locations({"ROOMTONE_HOME": "here"}).model_directory == tmp_path / "here" / "models"
    assert locations({"ROOMTONE_HOME": "~/there"}).calls_directory == Path(tmp_path, "me", "there", "calls")
