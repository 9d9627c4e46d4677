import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomtone.spoken import MOST_CHARACTERS, spoken, terms_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("That's way too expensive!", "that's way too expensive"),
        ("That’s, uh, I I I mean... it's $2,500.50.", "that's i mean it's $2500.50"),
        ("We, um, we use it -- 20% of the time", "we use it 20% of the time"),
        ("'Quoted' words", "quoted words"),
        ("Mm-hmm.", ""),
        ("😀 ¿Qué?", "qué"),
        ("", ""),
    ],
)
def test_what_was_not_spoken_is_taken_out(written, heard):
    assert spoken(written) == heard


@given(st.text(max_size=200))
@settings(derandomize=True, deadline=None)
def test_a_text_as_spoken_stays_as_it_is(text):
    once = spoken(text)
    assert "  " not in once
    assert once == once.strip()
    assert len(once) <= 2 * MOST_CHARACTERS


def test_no_more_is_looked_at_than_a_sentence_can_have():
    assert len(spoken("word and " * 5_000)) <= MOST_CHARACTERS


def test_words_and_pairs_with_the_edges():
    assert list(terms_of("we pay")) == ["we", "pay", "^ we", "we pay", "pay $"]
    assert list(terms_of("")) == ["^ $"]
