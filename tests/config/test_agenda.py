import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomtone.config.agenda import from_lines, from_markdown, from_toml
from roomtone.errors import ConfigError
from roomtone.types import AgendaPoint

pytestmark = [pytest.mark.unit, pytest.mark.property]


def texts(points):
    return [point.text for point in points]


def refusal(read, text):
    with pytest.raises(ConfigError) as caught:
        read(text, name="points.x")
    return caught.value.message


def test_a_markdown_list_becomes_points_in_its_order():
    text = """\
# Acme, third of March

What we said last time was this.

- **Budget** for [next year](https://example.org) (key words: budget, money)
* [ ] Who decides,
  and how
+ [x] The `trial`
1. Next step (Keywords: "calendar"; follow up).
   - when exactly
-
---

Bring the slides.
"""
    assert from_markdown(text, name="points.md") == (
        AgendaPoint("point-1", "Budget for next year", ("budget", "money")),
        AgendaPoint("point-2", "Who decides, and how"),
        AgendaPoint("point-3", "The trial"),
        AgendaPoint("point-4", "Next step", ("calendar", "follow up")),
        AgendaPoint("point-5", "when exactly"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\r\n- b\r\n", ["a", "b"]),
        ("1) a\n2) b", ["a", "b"]),
        ("Points\n======\n- a\n", ["a"]),
        ("Points\n------\n- a\n", ["a"]),
        ("- a\n\nnot part of it\n- b", ["a", "b"]),
        ("- a\n## Then\nnot part of it\n- b", ["a", "b"]),
        ("<!--\n- hidden\n-->\n- a", ["a"]),
        ("* * *\n- a", ["a"]),
        ("- 2026 budget\n- 50 % off", ["2026 budget", "50 % off"]),
        ("- (key words: a)", ["(key words: a)"]),
        ("- what they use (today)", ["what they use (today)"]),
        ("- snake_case_names and 2 * 3 * 4", ["snake_case_names and 2 * 3 * 4"]),
        ("\t- a", ["a"]),
    ],
)
def test_what_is_a_point_in_markdown(text, expected):
    assert texts(from_markdown(text, name="points.md")) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "points.x: there is no point; write each on a line of its own that begins with -."),
        ("# Acme\n\nBudget\nNext step\n", "points.x, line 3: there is no point; write each"),
        ("- a\n" * 13, "points.x, line 13: this is point 13; more than 12 nobody keeps in view."),
        ("- a\n\n- " + "b" * 161, "points.x, line 3: a point has at most 160 characters, and this one 161."),
    ],
)
def test_what_is_wrong_in_markdown_is_named_with_its_line(text, message):
    assert refusal(from_markdown, text).startswith(message)


def test_toml_has_points_as_texts_or_tables():
    expected = (AgendaPoint("point-1", "Budget", ("money",)), AgendaPoint("point-2", "Next step"))
    for text in (
        'points = ["Budget (key words: money)", "Next step"]',
        'points = [{ text = "Budget", key_words = ["money"] }, "Next step"]',
        '[[points]]\ntext = "Budget"\nkey_words = ["money", " "]\n\n[[points]]\ntext = "Next\\n step"\n',
    ):
        assert from_toml(text, name="points.toml") == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "points.x: `points` must be a list of points, each a text or a table."),
        ("\npoints = 'a'", "points.x, line 2: `points` must be a list of points"),
        ("\npoints = []", "points.x, line 2: `points` must be a list of points"),
        ("\npionts = ['a']", "points.x, line 2: there is no `pionts` in an agenda (did you mean `points`?)."),
        (
            "title = 'a'\npoints = ['a']",
            "points.x, line 1: there is no `title` in an agenda (it has points).",
        ),
        ("points = ['a', 3]", "points.x, line 1: point 2 must have a text in quotes."),
        ("[[points]]\ntext = 'a'\n[[points]]\ntext = ' '", "points.x, line 3: point 2 must have a text in"),
        (
            "[[points]]\ntext = 'a'\n[[points]]\ntext = 'b'\nkeywords = ['a']",
            "points.x, line 5: there is no `keywords` in an agenda (did you mean `key_words`?).",
        ),
        (
            "[[points]]\ntext = 'a'\nkey_words = 'b'",
            "points.x, line 1: `key_words` of point 1 must be a list, each item text in quotes.",
        ),
        ("points = ['a'" + ", 'a'" * 12 + "]", "points.x, line 1: this is point 13; more than 12"),
        ("points = [", "points.x is not a TOML file: "),
    ],
)
def test_what_is_wrong_in_toml_is_named_with_its_line(text, message):
    assert refusal(from_toml, text).startswith(message)


def test_lines_are_points_with_or_without_a_mark():
    lines = ["Budget (key words: money)\n", "  - [ ] Next step", "", "3. Who decides"]
    assert from_lines(lines, name="The agenda") == (
        AgendaPoint("point-1", "Budget", ("money",)),
        AgendaPoint("point-2", "Next step"),
        AgendaPoint("point-3", "Who decides"),
    )
    assert from_lines([], name="The agenda") == ()


plain = st.lists(st.sampled_from(["Budget", "äß,", "who?", "next", "3", "a_b"]), min_size=1, max_size=6).map(
    " ".join
)


@given(st.lists(plain, min_size=1, max_size=12))
def test_plain_points_come_back_whatever_way_they_are_written(points):
    lines = [f"- {point}" for point in points]
    markdown = from_markdown("\n".join(lines), name="x")
    assert texts(markdown) == points
    assert [point.point_id for point in markdown] == [f"point-{nth}" for nth in range(1, len(points) + 1)]
    assert from_lines(lines, name="x") == markdown
    assert from_toml(f"points = {json.dumps(points, ensure_ascii=False)}", name="x") == markdown


@given(st.text(max_size=200))
def test_no_text_is_more_than_a_sentence_of_refusal(text):
    for read in (from_markdown, from_toml):
        try:
            points = read(text, name="x")
        except ConfigError:
            continue
        assert 1 <= len(points) <= 12
        assert all(point.text for point in points)
