import re

import pytest

from roomtone.config.agenda import from_lines
from roomtone.config.loading import load, settled
from roomtone.config.playbook import (
    BUILT_IN_DIRECTORY,
    find_playbook,
    new_playbook_file,
    playbook_files,
    playbook_name,
    read_playbook,
)
from roomtone.config.settings import Settings
from roomtone.errors import ConfigError

pytestmark = pytest.mark.unit

BUILT_IN = ["check-in", "demo", "discovery", "negotiation", "practice"]


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "playbooks"
    folder.mkdir()
    return folder


def write(own, name, text):
    file = own / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(call, *arguments, **named):
    with pytest.raises(ConfigError) as caught:
        call(*arguments, **named)
    return caught.value


def loaded(own, text="", environment=None, **overrides):
    file = own.parent / "config.toml"
    file.write_text(text)
    return load(
        file=file,
        environment=environment or {},
        overrides={key.replace("__", "."): value for key, value in overrides.items()},
        playbook_directory=own,
    )


def test_the_built_in_ones():
    assert list(playbook_files(None)) == BUILT_IN


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_one_is_in_order_described_and_has_a_usable_agenda(name):
    playbook = find_playbook(name, directory=None)
    assert 20 < len(playbook.description) < 90
    settings = settled(playbook.givens).settings
    assert settings != Settings()
    assert settings.call == Settings().call
    points = from_lines(settings.conversation.agenda.points, name=name)
    assert all(0 < len(point.text) <= 60 for point in points)
    assert all(not point.text.endswith(")") for point in points)
    assert len(points) >= 3 or name == "practice"


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_figure_of_a_built_in_one_names_its_source(name):
    lines = (BUILT_IN_DIRECTORY / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    figures = [line for line in lines if re.match(r"\w+ += (\d|true|false)", line)]
    assert figures
    for line in figures:
        assert re.search(r"  # .*(Gong|Demodesk|the teaching|ours|a colleague's voice)", line), line


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_is_commented_out_in_a_built_in_one_can_be_set(name, own):
    text = (BUILT_IN_DIRECTORY / f"{name}.toml").read_text(encoding="utf-8")
    read_playbook(write(own, name, re.sub(r"^#(?=\w+ = )", "", text, flags=re.MULTILINE)))


def test_practice_reads_nobody_and_discovery_lets_them_talk():
    assert not settled(find_playbook("practice", directory=None).givens).settings.reading.enabled
    share = settled(find_playbook("discovery", directory=None).givens).settings.nudges.talk_share
    assert share.quiet_share < Settings().nudges.talk_share.quiet_share


def test_command_line_beats_environment_beats_file_beats_playbook_beats_default(own):
    write(
        own,
        "acme",
        "[nudges]\nany_gap_s = 31\nsame_gap_s = 131\nshow_s = 13\n[nudges.monologue]\nquiet_s = 61\n",
    )
    found = loaded(
        own,
        "[call]\nplaybook = 'acme'\n[nudges]\nany_gap_s = 32\nsame_gap_s = 132\nshow_s = 14\n",
        {"ROOMTONE_NUDGES__ANY_GAP_S": "33", "ROOMTONE_NUDGES__SAME_GAP_S": "133"},
        nudges__any_gap_s=34,
    )
    nudges = found.settings.nudges
    assert (nudges.any_gap_s, nudges.same_gap_s, nudges.show_s) == (34, 133, 14)
    assert nudges.monologue.quiet_s == 61
    assert nudges.monologue.strong_s == Settings().nudges.monologue.strong_s
    assert found.origins["nudges.monologue.quiet_s"] == "playbook acme, line 6"
    assert found.origins["nudges.monologue.strong_s"] == "default"
    assert found.origins["nudges.show_s"] == "file, line 6"
    assert found.origins["call.playbook"] == "file, line 2"


def test_the_playbook_in_force_is_the_one_named_last_and_an_empty_name_is_none(own):
    text, variable = "[call]\nplaybook = 'demo'\n", {"ROOMTONE_CALL__PLAYBOOK": "discovery"}
    demo, discovery = loaded(own, text).settings, loaded(own, text, variable).settings
    assert (demo.call.playbook, discovery.call.playbook) == ("demo", "discovery")
    assert demo.nudges.about_them.share_us != discovery.nudges.about_them.share_us
    assert loaded(own, text, variable, call__playbook="demo").settings == demo
    assert loaded(own, text, variable, call__playbook="").settings == Settings()


def test_ones_own_takes_the_place_of_a_built_in_one(own):
    file = write(own, "demo", "[playbook]\ndescription = 'Mine'\n[nudges]\nany_gap_s = 31\n")
    assert playbook_files(own)["demo"] == file
    assert list(playbook_files(own)) == BUILT_IN
    assert find_playbook("demo", directory=own).description == "Mine"
    found = loaded(own, call__playbook="demo")
    assert found.settings.nudges.any_gap_s == 31
    assert found.settings.nudges.about_them == Settings().nudges.about_them


def test_a_playbook_may_be_a_file_anywhere(own, tmp_path, monkeypatch):
    write(tmp_path, "acme", "[nudges]\nany_gap_s = 31\n")
    monkeypatch.chdir(tmp_path)
    for named in ("acme.toml", "./acme.toml", str(tmp_path / "acme.toml")):
        found = loaded(own, call__playbook=named)
        assert found.origins["nudges.any_gap_s"] == "playbook acme, line 2"
        assert playbook_name(named) == "acme"
    assert (playbook_name("demo"), playbook_name("")) == ("demo", "")


def test_an_unknown_name_gets_the_place_and_the_nearest(own):
    write(own, "acme", "")
    error = refusal(loaded, own, "[call]\nplaybook = 'discvery'\n")
    assert error.code == "playbook_unknown"
    assert error.message == (
        f"{own.parent / 'config.toml'}, line 2: there is no playbook `discvery` (did you mean `discovery`?)."
    )
    assert "The command line: there is no playbook `zzz` (there are acme, check-in, demo," in (
        refusal(loaded, own, call__playbook="zzz").message
    )
    assert refusal(loaded, own, call__playbook="./zzz.toml").message == (
        "The command line: there is no playbook file zzz.toml."
    )
    assert refusal(find_playbook, "acm", directory=own).message == (
        "There is no playbook `acm` (did you mean `acme`?)."
    )


@pytest.mark.parametrize(
    ("text", "code", "parts"),
    [
        (
            "[nudges.monologue]\nquite_s = 3",
            "config_unknown_key",
            ["line 2: there is no setting `nudges.monologue.quite_s` (did you mean `quiet_s`?)."],
        ),
        ("[nudge]\nany_gap_s = 3", "config_unknown_key", ["line 1", "(did you mean `nudges`?)"]),
        ("[playbok]\ndescription = 'x'", "config_unknown_key", ["line 1", "(did you mean `playbook`?)"]),
        (
            "[playbook]\ndescripton = 'x'",
            "config_unknown_key",
            ["line 2: there is no `playbook.descripton` (did you mean `description`?)."],
        ),
        (
            "[playbook]\nauthor = 'x'",
            "config_unknown_key",
            ["line 2: there is no `playbook.author`; it has description alone."],
        ),
        ("[playbook]\ndescription = 3", "config_wrong_type", ["line 2", "must be text in quotes"]),
        (
            "playbook = 3",
            "config_wrong_type",
            ["line 1: `playbook` is a table, to be written as [playbook]."],
        ),
        (
            "[nudges]\nany_gap_s = 'x'",
            "config_wrong_type",
            ["line 2", 'a number above 0 and at most 86400, not "x"'],
        ),
        (
            "[whisper]\nmodel = 'small'",
            "playbook_other_table",
            [
                "line 1: `whisper` is not for a playbook",
                "[conversation], [nudges], [reading]",
                "settings file.",
            ],
        ),
        ("[audio]", "playbook_other_table", ["line 1: `audio` is not for a playbook"]),
        (
            "[call]\nplaybook = 'demo'",
            "playbook_other_table",
            ["line 2: `call.playbook` is not for a playbook"],
        ),
        (
            "[conversation.agenda]\npoints = ['a'" + ", 'a'" * 12 + "]",
            "config_wrong_type",
            ["a list of at most 12"],
        ),
        ("[nudges\n", "config_syntax", ["is not a TOML file"]),
    ],
)
def test_a_mistake_is_named_with_file_line_key_and_the_nearest(own, text, code, parts):
    file = write(own, "acme", text)
    error = refusal(read_playbook, file)
    assert error.code == code
    for part in [str(file), *parts]:
        assert part in error.message
    assert refusal(loaded, own, call__playbook="acme").message == error.message


def test_figures_of_playbook_and_file_that_contradict_each_other_name_both_places(own):
    file = write(own, "acme", "[nudges.monologue]\nstrong_s = 100\n")
    error = refusal(loaded, own, "[nudges.monologue]\nquiet_s = 120\n", call__playbook="acme")
    assert error.message == (
        f"{own.parent / 'config.toml'}, line 2: in [nudges.monologue], `quiet_s` (120) must be below"
        f" `strong_s` (100) (the other is in {file}, line 2)."
    )


def test_a_playbook_sets_how_long_a_call_is_meant_to_last(own):
    write(own, "acme", "[call]\nplanned_minutes = 30\n")
    assert loaded(own, call__playbook="acme").settings.call.planned_minutes == 30
    assert loaded(own, call__playbook="acme", call__planned_minutes=45.0).settings.call.planned_minutes == 45


def test_a_new_one_has_a_plain_name_and_takes_no_others_place(own):
    assert new_playbook_file("acme-2", directory=own) == own / "acme-2.toml"
    write(own, "acme", "")
    assert refusal(new_playbook_file, "acme", directory=own).code == "playbook_exists"
    for name in ("", "a/b", "../a", "a b", "a.toml", "-a"):
        assert refusal(new_playbook_file, name, directory=own).code == "playbook_name"
