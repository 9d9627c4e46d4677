import tomllib

import pytest
from click.testing import CliRunner

from roomtone.cli import cli

pytestmark = pytest.mark.unit


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("ROOMTONE_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "playbooks"


def roomtone(*arguments):
    return CliRunner().invoke(cli, arguments)


def write(own, name, text):
    own.mkdir(parents=True, exist_ok=True)
    (own / f"{name}.toml").write_text(text)


def test_list_has_those_built_in_and_makes_nothing(own):
    result = roomtone("playbook", "list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line for line in lines[:10] if not line.startswith(" ")] == [
        "check-in",
        "demo",
        "discovery",
        "negotiation",
        "practice",
    ]
    assert "None is in force" in result.stdout
    assert lines[-1] == f"Your own lie in {own}"
    assert not own.exists()


def test_list_marks_your_own_and_the_one_in_force(own, monkeypatch):
    write(own, "acme", '[playbook]\ndescription = "Calls with Acme."\n')
    write(own, "demo", "")
    monkeypatch.setenv("ROOMTONE_CALL__PLAYBOOK", "acme")
    result = roomtone("playbook", "list")
    assert "acme (in force, yours)\n  Calls with Acme.\n" in result.stdout
    assert "\ndemo (yours)\ndiscovery\n" in result.stdout
    assert "None is in force" not in result.stdout


def test_list_helps_against_a_wrong_name_and_a_wrong_playbook(own, monkeypatch):
    write(own, "acme", "[nudge]\n")
    monkeypatch.setenv("ROOMTONE_CALL__PLAYBOOK", "acem")
    result = roomtone("playbook", "list")
    assert result.exit_code == 1
    assert f"acme (yours)\n  not in order: {own / 'acme.toml'}, line 1: " in result.stdout
    assert "discovery\n" in result.stdout
    assert "there is no playbook `acem` (did you mean `acme`?)." in result.stderr


def test_show_is_toml_with_the_defaults(own):
    result = roomtone("playbook", "show", "discovery")
    assert result.exit_code == 0
    assert result.stdout.startswith("# discovery: ")
    assert tomllib.loads(result.stdout)["nudges"]["talk_share"]["quiet_share"] == 0.55
    assert "quiet_share = 0.55  # default: 0.65\n" in result.stdout
    assert "did you mean `discovery`?" in roomtone("playbook", "show", "discover").stderr


def test_new_writes_a_copy_or_everything_explained_and_leaves_a_file_alone(own):
    result = roomtone("playbook", "new", "acme", "--from", "negotiation")
    assert (result.exit_code, result.stdout) == (0, f"{own / 'acme.toml'}\n")
    built_in = roomtone("playbook", "show", "negotiation").stdout.splitlines()[3:]
    assert roomtone("playbook", "show", "acme").stdout.splitlines()[3:] == built_in
    assert "Demodesk" in (own / "acme.toml").read_text()

    again = roomtone("playbook", "new", "acme")
    assert again.exit_code == 1
    assert "is left alone" in again.stderr

    roomtone("playbook", "new", "demo")
    assert "Their own case" in (own / "demo.toml").read_text()
    roomtone("playbook", "new", "blank")
    assert "#quiet_share = 0.65\n" in (own / "blank.toml").read_text()
    assert roomtone("playbook", "check").exit_code == 0


def test_new_from_what_is_not_there_writes_nothing(own):
    assert "did you mean `demo`?" in roomtone("playbook", "new", "acme", "--from", "dmo").stderr
    assert not own.exists()


def test_new_says_when_it_cannot_write(own):
    own.parent.mkdir()
    own.touch()
    result = roomtone("playbook", "new", "acme")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"roomtone: Cannot write {own / 'acme.toml'}: ")


def test_check_tells_every_mistake_and_ends_with_1(own, tmp_path):
    assert roomtone("playbook", "check").stdout == f"There are no playbooks of your own in {own}\n"
    write(own, "acme", "[nudges.monologue]\nquite_s = 3\n")
    write(own, "fine", "")
    write(own, "zeta", "[nudges.monologue]\nquiet_s = 300\n")
    result = roomtone("playbook", "check")
    assert result.exit_code == 1
    first, second, third = result.stdout.splitlines()
    assert first == (
        f"{own / 'acme.toml'}, line 2: there is no setting `nudges.monologue.quite_s`"
        " (did you mean `quiet_s`?)."
    )
    assert second == f"{own / 'fine.toml'} is in order."
    assert "line 2: in [nudges.monologue], `quiet_s` (300) must be below `strong_s` (150)." in third

    assert roomtone("playbook", "check", "fine", "discovery").exit_code == 0
    named = roomtone("playbook", "check", "fin", str(tmp_path / "none.toml"))
    assert named.exit_code == 1
    assert "did you mean `fine`?" in named.stdout
    assert "There is no playbook file" in named.stdout


def test_config_show_names_the_playbook_and_its_line(own, monkeypatch):
    write(own, "acme", "# mine\n[nudges]\nany_gap_s = 31\n")
    monkeypatch.setenv("ROOMTONE_CALL__PLAYBOOK", "acme")
    assert "any_gap_s = 31.0  # playbook acme, line 3\n" in roomtone("config", "show").stdout


def test_config_edit_knows_your_own_playbooks(own, monkeypatch):
    write(own, "acme", "")
    (own.parent / "config.toml").write_text("[call]\nplaybook = 'acme'\n")
    monkeypatch.setenv("EDITOR", "true")
    assert roomtone("config", "edit").exit_code == 0
