import json
import tomllib

import pytest
from click.testing import CliRunner

from roomtone.audio.devices import choice as devices_module
from roomtone.audio.devices.choice import Entry, Kind
from roomtone.cli import cli
from roomtone.errors import DeviceError

pytestmark = pytest.mark.unit

ENTRIES = (
    Entry(Kind.MICROPHONE, "alsa_input.pci", "Built-in Audio", True, index=1),
    Entry(Kind.MICROPHONE, "usb_jabra", "Jabra Headset", False, muted=True, index=2),
    Entry(Kind.SYSTEM, "alsa_output.pci", "Speakers", True, index=3),
)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("ROOMTONE_HOME", str(home))
    monkeypatch.setattr(devices_module, "list_devices", lambda: ENTRIES)
    return home


def roomtone(*arguments):
    return CliRunner().invoke(cli, arguments)


def remembered(home):
    return tomllib.loads((home / "config.toml").read_text())["audio"]


def test_both_kinds_are_listed_in_columns(home):
    result = roomtone("devices")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:7] == [
        "Microphones: your side",
        "   1  Built-in Audio  default                 alsa_input.pci",
        "   2  Jabra Headset   muted                   usb_jabra",
        "",
        "Outputs: what they play is the customer's side",
        "   3  Speakers        default                 alsa_output.pci",
        "",
    ]
    assert '"none" for --system listens to the microphone alone' in result.stdout
    assert not home.exists()


def test_the_list_as_json():
    result = roomtone("devices", "--json")
    assert json.loads(result.stdout)[1] == {
        "index": 2,
        "kind": "microphone",
        "name": "usb_jabra",
        "description": "Jabra Headset",
        "default": False,
        "muted": True,
    }


def test_a_choice_is_remembered_by_its_lasting_name_and_marked(home):
    result = roomtone("devices", "--mic", "jabra", "--system", "3")
    assert result.exit_code == 0
    assert f'microphone = "usb_jabra" remembered in {home / "config.toml"}' in result.stdout
    assert remembered(home) == {"microphone": "usb_jabra", "system": "alsa_output.pci"}
    listed = roomtone("devices").stdout
    assert "Jabra Headset   muted, chosen           usb_jabra" in listed
    assert "Speakers        default, chosen         alsa_output.pci" in listed
    assert roomtone("devices", "--mic", "").exit_code == 0
    assert remembered(home) == {"microphone": "", "system": "alsa_output.pci"}


def test_the_rest_of_the_settings_file_stays_as_it_is(home):
    home.mkdir()
    (home / "config.toml").write_text(
        "# mine\n[audio] # ears\nsystem = 'x' # old\n\n[vad]\npause_s = 1 # short\n"
    )
    assert roomtone("devices", "--system", "none").exit_code == 0
    assert (home / "config.toml").read_text() == (
        '# mine\n[audio] # ears\nsystem = "none" # old\n\n[vad]\npause_s = 1 # short\n'
    )
    assert "only the microphone is listened to" in roomtone("devices").stdout
    assert [file.name for file in home.iterdir() if file.suffix != ".log"] == ["config.toml"]


def test_json_stays_json_when_a_choice_is_remembered(home):
    result = roomtone("devices", "--json", "--mic", "1")
    assert len(json.loads(result.stdout)) == 3
    assert "remembered" in result.stderr
    assert remembered(home) == {"microphone": "alsa_input.pci"}


def test_a_device_that_is_not_there_is_not_remembered(home):
    result = roomtone("devices", "--mic", "airpods")
    assert result.exit_code == 1
    assert result.stderr == (
        'roomtone: There is no microphone "airpods"; there are 1 (Built-in Audio), 2 (Jabra Headset).\n'
    )
    assert not home.exists()


def test_a_remembered_device_that_is_gone_is_told(home):
    home.mkdir()
    (home / "config.toml").write_text('[audio]\nmicrophone = "airpods"\n')
    result = roomtone("devices")
    assert result.exit_code == 0
    assert 'The settings name another: There is no microphone "airpods"' in " ".join(result.stdout.split())


def test_no_device_at_all_says_what_to_do(monkeypatch):
    def system_sound():
        raise DeviceError("Install BlackHole.", code="no_system_sound")

    monkeypatch.setattr(devices_module, "list_devices", lambda: ())
    monkeypatch.setattr(devices_module, "system_sound", system_sound)
    result = roomtone("devices")
    assert result.exit_code == 0
    assert "There is none: plug one in or switch it on" in result.stdout
    assert "  Install BlackHole.\n" in result.stdout


def test_settings_with_a_mistake_are_left_alone(home):
    home.mkdir()
    (home / "config.toml").write_text("audio = 3\n")
    result = roomtone("devices", "--mic", "1")
    assert result.exit_code == 1
    assert "`audio` is a table" in result.stderr
    assert (home / "config.toml").read_text() == "audio = 3\n"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROOMTONE_HOME", str(tmp_path / "file" / "below"))
    result = roomtone("devices", "--mic", "1")
    assert result.exit_code == 1
    assert result.stderr.startswith("roomtone: ")
    assert result.stderr.count("\n") == 1
