import pytest

from roomtone.acts.phrases import MONEY, WHEN, any_of

pytestmark = pytest.mark.unit


def test_phrases_are_found_as_whole_words():
    pattern = any_of("art", "20%", r"\$5")
    assert pattern.search("the art of")
    assert not pattern.search("the heart is")
    assert not pattern.search("party")
    assert pattern.search("20% off")
    assert pattern.search("for $5 each")


@pytest.mark.parametrize("text", ["$40", "$2500.50", "forty dollars", "two thousand dollars", "12 bucks"])
def test_sums(text):
    assert any_of(MONEY).search(text)


@pytest.mark.parametrize("text", ["by friday", "next week", "in two weeks", "within ten days", "tomorrow"])
def test_times(text):
    assert any_of(WHEN).search(text)
