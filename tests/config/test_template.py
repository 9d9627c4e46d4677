import re
import tomllib

import msgspec
import pytest

from roomtone.config.keys import setting_types
from roomtone.config.loading import load
from roomtone.config.playbook import is_per_call, read_playbook
from roomtone.config.settings import Settings
from roomtone.config.template import beside_defaults, starting_file, starting_playbook, with_origins

pytestmark = pytest.mark.unit


def test_the_starting_file_changes_nothing():
    assert set(map(str, tomllib.loads(starting_file()))) == set(Settings.__struct_fields__)
    assert not any(re.match(r"\w", line) for line in starting_file().splitlines())


def test_the_starting_file_with_its_marks_removed_holds_every_default():
    text = re.sub(r"^#(?=\w)", "", starting_file(), flags=re.MULTILINE)
    assert msgspec.convert(tomllib.loads(text), Settings) == Settings()
    assert len(re.findall(r"^\w+ = ", text, flags=re.MULTILINE)) == len(setting_types())


def test_the_starting_file_gives_units_and_reasons():
    assert (
        "# Pauses shorter than this belong to the speech around them.\n#bridge_s = 0.3\n" in starting_file()
    )


def test_no_line_of_the_starting_file_is_wider_than_a_terminal():
    assert max(map(len, starting_file().splitlines())) <= 100


def test_shown_settings_load_as_the_same_settings(tmp_path):
    loaded = load(
        file=tmp_path / "none.toml",
        environment={"ROOMTONE_NUDGES__SOUNDED__STATES": "upset"},
        overrides={"whisper.model": 'odd "name" \\ ü'},
    )
    shown = with_origins(loaded)
    file = tmp_path / "shown.toml"
    file.write_text(shown, encoding="utf-8")
    assert load(file=file, environment={}, overrides={}).settings == loaded.settings
    assert 'states = ["upset"]  # environment, ROOMTONE_NUDGES__SOUNDED__STATES\n' in shown
    assert "  # command line\n" in shown
    assert "bridge_s = 0.3  # default\n" in shown


def test_the_starting_playbook_has_all_that_a_playbook_may_set_and_no_more(tmp_path):
    file = tmp_path / "acme.toml"
    file.write_text(starting_playbook())
    assert read_playbook(file).givens == ()
    file.write_text(re.sub(r"^#(?=\w)", "", starting_playbook(), flags=re.MULTILINE))
    assert [given.key for given in read_playbook(file).givens] == list(filter(is_per_call, setting_types()))


def test_a_playbook_is_shown_beside_the_defaults(tmp_path):
    file = tmp_path / "acme.toml"
    file.write_text("[nudges]\nsame_gap_s = 120\nany_gap_s = 31\n[conversation.promises]\nsafe = ['a']\n")
    shown = beside_defaults(read_playbook(file))
    assert shown == (
        '[conversation.promises]\nsafe = ["a"]  # default: []\n\n'
        "[nudges]\nany_gap_s = 31.0  # default: 30.0\nsame_gap_s = 120.0  # as the default\n"
    )
