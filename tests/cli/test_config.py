import sys
import tomllib

import pytest
from click.testing import CliRunner

from roomtone.cli import cli

pytestmark = pytest.mark.unit


@pytest.fixture
def home(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("ROOMTONE_HOME", str(home))
    monkeypatch.delenv("VISUAL", raising=False)
    return home


def roomtone(*arguments):
    return CliRunner().invoke(cli, arguments)


def test_show_prints_toml_with_origins(home, monkeypatch):
    home.mkdir()
    (home / "config.toml").write_text("[vad]\npause_s = 1\n")
    monkeypatch.setenv("ROOMTONE_WHISPER__MODEL", "tiny.en")
    result = roomtone("config", "show")
    assert result.exit_code == 0
    assert tomllib.loads(result.stdout)["whisper"]["model"] == "tiny.en"
    assert 'model = "tiny.en"  # environment, ROOMTONE_WHISPER__MODEL\n' in result.stdout
    assert "pause_s = 1.0  # file, line 2\n" in result.stdout


def test_show_names_a_mistake(home):
    home.mkdir()
    (home / "config.toml").write_text("[vad]\npausse_s = 1\n")
    result = roomtone("config", "show")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("roomtone: ")
    assert "line 2: there is no setting `vad.pausse_s` (did you mean `pause_s`?)" in result.stderr
    assert result.stderr.count("\n") == 1


def test_path_prints_the_file_in_use_and_makes_nothing(home, tmp_path):
    assert roomtone("config", "path").stdout == f"{home / 'config.toml'}\n"
    assert not home.exists()
    mine = str(tmp_path / "mine.toml")
    assert roomtone("--config", mine, "config", "path").stdout == f"{mine}\n"


def editor(tmp_path, monkeypatch, old, new):
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys, pathlib; file = pathlib.Path(sys.argv[1])\n"
        f"file.write_text(file.read_text().replace({old!r}, {new!r}))\n"
    )
    monkeypatch.setenv("EDITOR", f'"{sys.executable}" "{script}"')


def test_edit_makes_a_file_to_start_from_and_checks_it(home, tmp_path, monkeypatch):
    editor(tmp_path, monkeypatch, "#pause_s = 0.8", "pause_s = 0.8")
    result = roomtone("config", "edit")
    assert (result.exit_code, result.stdout) == (0, f"{home / 'config.toml'} is in order.\n")
    assert "pause_s = 0.8  # file, line" in roomtone("config", "show").stdout


def test_edit_names_a_mistake_and_keeps_the_file(home, tmp_path, monkeypatch):
    editor(tmp_path, monkeypatch, "#pause_s = 0.8", "pause_s = never")
    result = roomtone("config", "edit")
    assert result.exit_code == 1
    assert "is not a TOML file" in result.stderr
    editor(tmp_path, monkeypatch, "pause_s = never", "pause_s = 0.9")
    assert roomtone("config", "edit").exit_code == 0


def test_edit_says_when_no_file_can_be_made(home, tmp_path):
    (tmp_path / "file").touch()
    result = roomtone("--config", str(tmp_path / "file" / "config.toml"), "config", "edit")
    assert result.exit_code == 1
    assert result.stderr.startswith("roomtone: Cannot write ")
