import pytest

from roomtone.config.document import Given, converted, line_of, read_document
from roomtone.errors import ConfigError

pytestmark = pytest.mark.unit


@pytest.fixture
def file(tmp_path):
    return tmp_path / "some.toml"


def document(file, text):
    file.write_text(text, encoding="utf-8")
    return read_document(file, what="thing", origin="thing")


def test_what_it_gives_has_its_origin_and_place(file):
    found = document(file, "[vad]\n\npause_s = 1\n[nudges]\nmonologue = { quiet_s = 3 }\n")
    assert list(found.givens()) == [
        Given("vad.pause_s", 1, "thing, line 3", f"{file}, line 3"),
        Given("nudges.monologue.quiet_s", 3, "thing", str(file)),
    ]


def test_other_tables_are_left_alone_and_proposed(file):
    assert list(document(file, "[other]\nname = 1\n").givens(others=["other"])) == []
    with pytest.raises(ConfigError, match=r"line 1: there is no setting `othr` \(did you mean `other`\?\)"):
        list(document(file, "[othr]\nname = 1\n").givens(others=["other"]))


def test_no_file_is_no_document(file):
    assert read_document(file, what="thing", origin="thing") is None


def test_a_folder_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match=r"^The thing .* cannot be read: "):
        read_document(tmp_path, what="thing", origin="thing")


@pytest.mark.parametrize(
    ("key", "line"),
    [("a", 1), ("a.b", 2), ("c", 3), ("c.d", 3), ("c.d.e", 4), ("c.d.f", 5), ("f", None)],
)
def test_the_line_of_a_key(key, line):
    assert line_of(key, "[a]\nb = 1\n[ c.d ]\ne=2\n  f = 3 # f\n") == line


def test_a_value_becomes_the_type_of_its_setting():
    assert converted(Given("nudges.off", "a, b,", "", "", is_text=True)) == ("a", "b")
    assert converted(Given("nudges.off", ["a, b"], "", "")) == ("a, b",)
    with pytest.raises(
        ConfigError, match=r"^Here: `nudges.off` must be a list, each item text in quotes, not 3\."
    ):
        converted(Given("nudges.off", 3, "", "Here"))
