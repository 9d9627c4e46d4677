import pytest

from roomtone.types import Label
from roomtone.ui.view import age, clock, one_line, sounded, span

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("at_s", "text"),
    [(0.0, "00:00"), (59.99, "00:59"), (600.0, "10:00"), (3599.9, "59:59"), (36000.0, "10:00:00")],
)
def test_clock(at_s: float, text: str) -> None:
    assert clock(at_s) == text


@pytest.mark.parametrize(
    ("length_s", "text"), [(4.0, "0:04"), (84.0, "1:24"), (754.0, "12:34"), (3661.0, "1:01:01")]
)
def test_span(length_s: float, text: str) -> None:
    assert span(length_s) == text


@pytest.mark.parametrize(
    ("elapsed_s", "text"),
    [(-1.0, "just now"), (9.9, "just now"), (10.0, "10 s ago"), (59.0, "50 s ago"), (61.0, "1 min ago")],
)
def test_age(elapsed_s: float, text: str) -> None:
    assert age(elapsed_s) == text


def test_one_line_keeps_every_script_and_drops_every_control() -> None:
    assert one_line(" Zürich\r\n\t日本 \x07\x9b2J \u2066x\u2069 नमस्ते ") == "Zürich 日本 2J x नमस्ते"


def test_readings_are_about_how_it_sounded() -> None:
    assert sounded(Label.GUARDED) == "They sounded guarded"
    assert sounded(Label.UPSET, who="You") == "You sounded upset"
    assert sounded(Label.CANNOT_TELL) == "Can't tell how they sounded"
