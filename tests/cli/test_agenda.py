import io
import os
import sys

import pytest

from roomtone.cli.agenda import agenda_points
from roomtone.config.conversation import AgendaSettings, ConversationSettings
from roomtone.config.settings import Settings
from roomtone.errors import ConfigError
from roomtone.types import AgendaPoint

pytestmark = pytest.mark.unit

WITH_TEMPLATE = Settings(
    conversation=ConversationSettings(
        agenda=AgendaSettings(points=("Budget (key words: money)", "Next step"))
    )
)


def refusal(given):
    with pytest.raises(ConfigError) as caught:
        agenda_points(str(given), Settings())
    return caught.value.message


def test_without_a_file_the_points_are_those_of_the_settings():
    assert agenda_points(None, Settings()) == ()
    assert agenda_points(None, WITH_TEMPLATE) == (
        AgendaPoint("point-1", "Budget", ("money",)),
        AgendaPoint("point-2", "Next step"),
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("points.md", "\N{ZERO WIDTH NO-BREAK SPACE}- One\r\n- Zürich\r\n"),
        ("points.txt", "- One\n- Zürich\n"),
        ("points", "1. One\n2. Zürich\n"),
        ("points.TOML", "points = ['One', 'Zürich']\n"),
    ],
)
def test_a_file_takes_the_place_of_the_settings(tmp_path, name, text):
    file = tmp_path / name
    file.write_bytes(text.encode())
    assert [point.text for point in agenda_points(str(file), WITH_TEMPLATE)] == ["One", "Zürich"]


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path):
    assert refusal(tmp_path / "none.md") == f"There is no agenda file {tmp_path / 'none.md'}."
    assert refusal(tmp_path).startswith(f"The agenda file {tmp_path} cannot be read: ")
    other = tmp_path / "call.wav"
    other.write_bytes(b"RIFF\xff\xfe\x00")
    assert "is no text in UTF-8" in refusal(other)
    other.write_text("- fine\n" * 13)
    assert refusal(other).startswith(f"{other}, line 13: ")


def test_points_come_through_a_pipe_up_to_an_empty_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("One\n- Two (key words: a)\n\nrest\n"))
    assert [point.text for point in agenda_points("-", WITH_TEMPLATE)] == ["One", "Two"]
    assert sys.stdin.readline() == "rest\n"
    assert capsys.readouterr() == ("", "")


def test_a_pipe_of_other_bytes_is_one_sentence(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), encoding="utf-8"))
    assert "no text in UTF-8" in refusal("-")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other terminals")
@pytest.mark.parametrize(
    ("typed", "points", "asked"),
    [("One\nTwo\n\n", ["One", "Two"], 3), ("\n", [], 1), ("x\n" * 13, ["x"] * 12, 12)],
)
def test_on_a_terminal_each_point_is_asked_for(monkeypatch, capsys, typed, points, asked):
    import pty

    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb", buffering=0) as keyboard, os.fdopen(theirs, encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        keyboard.write(typed.encode())
        assert [point.text for point in agenda_points("-", Settings())] == points
    out, prompts = capsys.readouterr()
    assert out == ""
    assert prompts.startswith("Your points for this call, one a line; an empty line begins the call.\n 1. ")
    assert prompts.count(". ") == asked
