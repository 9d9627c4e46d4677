import typing

import pytest

from roomtone.config.fields import State
from roomtone.config.loading import load, variable_of
from roomtone.config.settings import Settings
from roomtone.errors import ConfigError
from roomtone.types import Label

pytestmark = pytest.mark.unit


@pytest.fixture
def settings_file(tmp_path):
    return tmp_path / "config.toml"


def refusal(settings_file, text="", environment=None, overrides=None):
    settings_file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file=settings_file, environment=environment or {}, overrides=overrides or {})
    return caught.value


def test_without_anything_all_settings_are_defaults(settings_file):
    loaded = load(file=settings_file, environment={"PATH": "/bin", "HOME": "/"}, overrides={})
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}


def test_command_line_beats_environment_beats_file_beats_default(settings_file):
    settings_file.write_text(
        '[whisper]\nmodel = "from-file"\nlanguage = "de"\nbeam_size = 2\n[nudges.monologue]\nquiet_s = 60\n'
    )
    loaded = load(
        file=settings_file,
        environment={"ROOMTONE_WHISPER__MODEL": "from-variable", "ROOMTONE_WHISPER__LANGUAGE": "fr"},
        overrides={"whisper.model": "from-option", "whisper.beam_size": None},
    )
    assert loaded.settings.whisper.model == "from-option"
    assert loaded.settings.whisper.language == "fr"
    assert loaded.settings.whisper.beam_size == 2
    assert loaded.settings.nudges.monologue.quiet_s == 60
    assert loaded.origins["whisper.model"] == "command line"
    assert loaded.origins["whisper.language"] == "environment, ROOMTONE_WHISPER__LANGUAGE"
    assert loaded.origins["whisper.beam_size"] == "file, line 4"
    assert loaded.origins["nudges.monologue.quiet_s"] == "file, line 6"
    assert loaded.origins["whisper.threads"] == "default"


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("ROOMTONE_NUDGES__MONOLOGUE__QUIET_S", "90", "nudges.monologue.quiet_s", 90.0),
        ("ROOMTONE_READING__ENABLED", "false", "reading.enabled", False),
        ("ROOMTONE_WHISPER__BEAM_SIZE", "1", "whisper.beam_size", 1),
        ("ROOMTONE_NUDGES__SOUNDED__STATES", "upset, guarded", "nudges.sounded.states", ("upset", "guarded")),
        ("ROOMTONE_NUDGES__SOUNDED__STATES", "", "nudges.sounded.states", ()),
        ("ROOMTONE_REPLAY__SELLER_CHANNEL", "right", "replay.seller_channel", "right"),
        ("ROOMTONE_WHISPER__MODEL", "3", "whisper.model", "3"),
    ],
)
def test_variables_are_read_as_the_type_of_their_setting(settings_file, variable, text, key, value):
    assert variable_of(key) == variable
    found = load(file=settings_file, environment={variable: text}, overrides={}).settings
    for name in key.split("."):
        found = getattr(found, name)
    assert found == value
    assert type(found) is type(value)


def test_an_option_may_be_typed_or_text(settings_file):
    for value in (1.5, "1.5"):
        loaded = load(file=settings_file, environment={}, overrides={"vad.pause_s": value})
        assert loaded.settings.vad.pause_s == 1.5


@pytest.mark.parametrize(
    ("text", "code", "parts"),
    [
        (
            "[nudges.monologue]\nquite_s = 3",
            "config_unknown_key",
            ["line 2", "`nudges.monologue.quite_s`", "did you mean `quiet_s`?"],
        ),
        ("[nudge.monologue]\nquiet_s = 3", "config_unknown_key", ["line 1", "did you mean `nudges`?"]),
        (
            "# about speech\n\n[whisper]\nquiet_s = 3",
            "config_unknown_key",
            ["line 4", "did you mean `nudges.monologue.quiet_s`?"],
        ),
        ("[vad]\nxyzzy = 3", "config_unknown_key", ["line 2", "there is no setting `vad.xyzzy`."]),
        ("[xyzzy]", "config_unknown_key", ["line 1", "there is no setting `xyzzy`."]),
        (
            '[vad]\nthreshold = "high"',
            "config_wrong_type",
            ["line 2", '`vad.threshold` must be a number from 0 to 1, not "high"'],
        ),
        ("[vad]\nthreshold = 1.5", "config_wrong_type", ["a number from 0 to 1, not 1.5"]),
        ("[vad]\npause_s = 0", "config_wrong_type", ["must be a number above 0 and at most 5, not 0"]),
        ("[whisper]\nbeam_size = 1.5", "config_wrong_type", ["a whole number of at least 1, not 1.5"]),
        ("[whisper]\nbeam_size = true", "config_wrong_type", ["a whole number of at least 1, not true"]),
        ("[reading]\nenabled = 1", "config_wrong_type", ["true or false, not 1"]),
        ("whisper.model = 3", "config_wrong_type", ["line 1", "text in quotes, not 3"]),
        ('[replay]\nseller_channel = "top"', "config_wrong_type", ['one of "left", "right", not "top"']),
        (
            "[nudges.sounded]\nstates = [1]",
            "config_wrong_type",
            ["a list, each item one of ", '"upset", not [1]'],
        ),
        ('[nudges.sounded]\nstates = ["cannot_tell"]', "config_wrong_type", ['not ["cannot_tell"]']),
        ("[conversation]\nwindow_s = inf", "config_wrong_type", ["at most 86400, not Infinity"]),
        ("[vad]\nmin_speech_s = nan", "config_wrong_type", ["at most 2, not NaN"]),
        ("[vad]\nbridge_s = 2.5", "config_wrong_type", ["above 0 and at most 2, not 2.5"]),
        (
            "[vad]\npause_s = 1\nthreshold = 0.2",
            "config_contradiction",
            ["line 3: in [vad], `release_threshold` (0.35) must not be above `threshold` (0.2)."],
        ),
        (
            "[nudges.monologue]\nquiet_s = 150",
            "config_contradiction",
            ["line 2: in [nudges.monologue], `quiet_s` (150) must be below `strong_s` (150)."],
        ),
        (
            "[nudges.talk_share]\nstrong_share = 0.6\nsustain_s = 5",
            "config_contradiction",
            ["line 2: in [nudges.talk_share], `quiet_share` (0.65) must be below `strong_share` (0.6)."],
        ),
        ("[storage]\ndirectory = 2026-01-01", "config_wrong_type", ['not "2026-01-01"']),
        ("vad = { threshold = 3 }", "config_wrong_type", ["`vad.threshold`"]),
        ("nudges = 3", "config_wrong_type", ["line 1", "`nudges` is a table, to be written as [nudges]"]),
        ("[vad]\nthreshold = \n", "config_syntax", ["is not a TOML file", "line 2"]),
    ],
)
def test_a_mistake_in_the_file_is_named(settings_file, text, code, parts):
    error = refusal(settings_file, text)
    assert error.code == code
    for part in [str(settings_file), *parts]:
        assert part in error.message


@pytest.mark.parametrize(
    ("variable", "value", "parts"),
    [
        ("ROOMTONE_WHISPER__MODLE", "x", ["did you mean ROOMTONE_WHISPER__MODEL?"]),
        ("ROOMTONE_HOMES", "x", ["did you mean ROOMTONE_HOME?"]),
        ("ROOMTONE_WHISPER", "x", ["stands for no setting"]),
        ("ROOMTONE_VAD__THRESHOLD", "loud", ['`vad.threshold` must be a number from 0 to 1, not "loud"']),
        ("ROOMTONE_READING__ENABLED", "perhaps", ["true or false"]),
    ],
)
def test_a_mistake_in_the_environment_is_named(settings_file, variable, value, parts):
    error = refusal(settings_file, environment={variable: value})
    for part in [variable, *parts]:
        assert part in error.message


def test_a_mistake_in_an_option_is_named(settings_file):
    assert "did you mean `model`?" in refusal(settings_file, overrides={"whisper.modle": "x"}).message
    assert "The command line: `vad.pause_s`" in refusal(settings_file, overrides={"vad.pause_s": -1}).message


def test_values_from_different_places_are_checked_together(settings_file):
    text, variable = "[nudges.monologue]\nquiet_s = 100", "ROOMTONE_NUDGES__MONOLOGUE__STRONG_S"
    error = refusal(settings_file, text, environment={variable: "90"})
    assert error.message == (
        f"The environment variable {variable}: in [nudges.monologue], "
        f"`quiet_s` (100) must be below `strong_s` (90) (the other is in {settings_file}, line 2)."
    )
    settings_file.write_text("[nudges.monologue]\nquiet_s = 200\nstrong_s = 300")
    assert load(file=settings_file, environment={}, overrides={}).settings.nudges.monologue.quiet_s == 200


def test_the_states_that_may_be_nudged_are_those_of_the_reading():
    assert {*typing.get_args(State), "cannot_tell"} == set(Label)


def test_a_file_that_must_exist_is_missed(settings_file):
    with pytest.raises(ConfigError, match="There is no settings file") as caught:
        load(file=settings_file, environment={}, overrides={}, must_exist=True)
    assert caught.value.code == "config_missing"


def test_a_folder_in_place_of_the_file_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        load(file=tmp_path, environment={}, overrides={})
    assert caught.value.code == "config_unreadable"


def test_a_file_of_other_bytes_is_one_sentence(settings_file):
    settings_file.write_bytes(b"\xff\xfe[\x00v\x00")
    with pytest.raises(ConfigError, match="is not a TOML file"):
        load(file=settings_file, environment={}, overrides={})


def test_a_byte_order_mark_is_no_mistake(settings_file):
    settings_file.write_bytes(b'\xef\xbb\xbf[whisper]\r\nmodel = "tiny.en"\r\n')
    assert load(file=settings_file, environment={}, overrides={}).settings.whisper.model == "tiny.en"
