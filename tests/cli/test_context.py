import logging
from pathlib import Path

import click
import pytest

from roomtone.cli.context import App, app, logging_to
from roomtone.errors import ConfigError

pytestmark = pytest.mark.unit


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def surroundings(home, **more):
    return App(environment={"ROOMTONE_HOME": str(home)} | more)


def test_settings_are_read_when_first_asked_for(home):
    broken = surroundings(home, ROOMTONE_VAD__THRESHOLD="loud")
    assert broken.config_file == home / "config.toml"
    assert broken.model_directory == home / "models"
    with pytest.raises(ConfigError, match=r"vad\.threshold"):
        _ = broken.settings


def test_options_of_a_subcommand_come_on_top(home):
    found = surroundings(home, ROOMTONE_WHISPER__MODEL="small")
    assert found.settings.whisper.model == "small"
    loaded = found.load({"whisper.model": "tiny.en", "whisper.language": None})
    assert loaded.settings.whisper.model == "tiny.en"
    assert loaded.settings.whisper.language == "auto"


def test_calls_lie_where_the_settings_say(home, tmp_path):
    assert surroundings(home).calls_directory == home / "calls"
    moved = surroundings(home, ROOMTONE_STORAGE__DIRECTORY=str(tmp_path / "archive"))
    assert moved.calls_directory == tmp_path / "archive"


def test_a_given_settings_file_must_be_there(home, tmp_path):
    given = App(environment={"ROOMTONE_HOME": str(home)}, given_config_file=tmp_path / "mine.toml")
    with pytest.raises(ConfigError, match=r"There is no settings file .*mine\.toml"):
        _ = given.settings
    (tmp_path / "mine.toml").write_text('[whisper]\nmodel = "small"\n')
    assert given.settings.whisper.model == "small"


def test_a_subcommand_finds_the_surroundings_of_its_group(home):
    found = surroundings(home)
    with click.Context(click.Command("outer"), obj=found) as outer:
        assert app(click.Context(click.Command("inner"), parent=outer)) is found


def test_the_log_file_appears_with_its_first_line_and_turns_over(home, monkeypatch):
    monkeypatch.setattr("roomtone.cli.context._LOG_BYTES", 200)
    file = home / "roomtone.log"
    level_before = logging.getLogger().level
    with logging_to(file, "warning"):
        logging.getLogger("roomtone.test").info("below the level")
        assert not home.exists()
        for _ in range(20):
            logging.getLogger("roomtone.test").warning("a line that fills the file")
    assert logging.getLogger().level == level_before
    assert sorted(path.name for path in home.iterdir()) == [
        "roomtone.log",
        "roomtone.log.1",
        "roomtone.log.2",
        "roomtone.log.3",
    ]
    assert "below the level" not in file.read_text()


def test_a_log_that_cannot_be_written_disturbs_nobody(tmp_path, capsys):
    (tmp_path / "file").touch()
    with logging_to(Path(tmp_path, "file", "roomtone.log"), "warning"):
        logging.getLogger("roomtone.test").warning("lost")
    assert capsys.readouterr().err == ""
