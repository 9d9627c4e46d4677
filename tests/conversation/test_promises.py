import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomtone.conversation.promises import is_safe

from .talk import stable

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("I'll send you the proposal tomorrow.", "send the proposal"),
        ("We will be sending over that proposal.", "send the proposal"),
        ("We'll answer you within a day.", "we will answer within a day"),
        ("We will answer you within a day.", "We'll answer within a day"),
        ("I would do that for you, no charge.", "I'd do that, no charge"),
        ("The first training's included.", "training included"),
        ("We train your people for free.", "free training"),
        ("You'll get replies on the same day.", "reply the same day"),
        ("We're planning the kick-off with you.", "plan the kick-off"),
        ("We ship it by Friday.", "shipping by Friday"),
        ("All addresses are delivered to your business.", "deliver addresses to businesses"),
        ("Support for 30 days is included.", "30 days of support"),
        ("I’LL SEND THE PROPOSAL!", "Send the proposal."),
    ],
)
def test_a_promise_with_all_the_words_of_a_safe_one_is_safe(text: str, phrase: str) -> None:
    assert is_safe(text, [phrase])
    assert is_safe(text, ["something else entirely", phrase])


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("I'll send you the contract tomorrow.", "send the proposal"),
        ("We'll have it live by March.", "send the proposal"),
        ("Support for 300 days is included.", "30 days of support"),
        ("I'll send you the proposal.", ""),
        ("We will.", "we will"),
        ("", "send the proposal"),
        ("…", "…"),
    ],
)
def test_anything_else_is_not(text: str, phrase: str) -> None:
    assert not is_safe(text, [phrase])


def test_without_a_list_nothing_is_safe() -> None:
    assert not is_safe("I'll send you the proposal.", [])


@pytest.mark.property
@stable
@given(
    st.lists(
        st.sampled_from(["deliver", "the", "proposal", "by", "friday", "training", "included"]), min_size=1
    )
)
def test_the_order_of_the_words_does_not_matter(words: list[str]) -> None:
    said = " ".join(words)
    assert is_safe(said, [" ".join(reversed(words))]) == is_safe(said, [said])


@pytest.mark.property
@stable
@given(text=st.text(), phrases=st.lists(st.text(), max_size=3))
def test_any_text_can_be_judged(text: str, phrases: list[str]) -> None:
    assert is_safe(text, phrases) in (True, False)
