import msgspec
import pytest

from roomtone.config.keys import in_words, nearest, proposal, setting_types, tables
from roomtone.config.nudges import NudgeSettings
from roomtone.config.settings import Settings

pytestmark = pytest.mark.unit


def test_every_setting_has_a_key_and_every_table_its_struct():
    assert tables()["nudges"] is NudgeSettings
    assert "nudges.monologue.quiet_s" in setting_types()
    assert not set(tables()) & set(setting_types())
    flat = msgspec.to_builtins(Settings())
    for key in setting_types():
        value = flat
        for name in key.split("."):
            value = value[name]
        assert not isinstance(value, dict)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("nudges.enabled", "true or false"),
        ("nudges.off", "a list, each item text in quotes"),
        (
            "conversation.agenda.points",
            "a list of at most 12, each item text in quotes of at most 160 characters",
        ),
        ("nudges.per_ten_minutes", "a whole number of at least 1"),
        ("call.planned_minutes", "a number from 0 to 1440"),
        ("call.playbook", "text in quotes"),
    ],
)
def test_what_a_setting_takes_is_told_in_words(key, words):
    assert in_words(msgspec.inspect.type_info(setting_types()[key])) == words


@pytest.mark.parametrize(
    ("key", "ending"),
    [
        ("nudges.monologue.quite_s", " (did you mean `quiet_s`?)"),
        ("whisper.quiet_s", " (did you mean `nudges.monologue.quiet_s`?)"),
        ("xyzzy", ""),
    ],
)
def test_the_nearest_name_ends_a_sentence(key, ending):
    assert proposal(key) == ending


def test_other_names_may_be_right_too():
    assert proposal("playbok", others=["playbook"]) == " (did you mean `playbook`?)"
    assert nearest("dmo", ["discovery", "demo"]) == "demo"
    assert nearest("xyzzy", ["discovery", "demo"]) is None
