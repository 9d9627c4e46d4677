import pytest

from roomtone.acts.questions import asked
from roomtone.acts.spoken import spoken
from roomtone.types import QUESTIONS, Act

pytestmark = pytest.mark.unit


def kinds(text):
    return set(asked(text, spoken(text)))


@pytest.mark.parametrize(
    "text",
    [
        "What are you hoping to get out of this?",
        "so how do you handle that today",
        "tell me a little bit about your business",
        "Okay, and why did you decide to look at this now?",
        "walk me through a typical day",
    ],
)
def test_what_asks_for_more_than_a_yes_is_open(text):
    assert kinds(text) == {Act.OPEN_QUESTION}


@pytest.mark.parametrize(
    "text",
    [
        "Do you have a contract right now?",
        "is that something you'd want",
        "How many people are on the team?",
        "What's your last name?",
        "So that's the blue one?",
        "would tuesday work",
    ],
)
def test_a_yes_a_figure_or_a_name_is_closed(text):
    assert kinds(text) == {Act.CLOSED_QUESTION}


@pytest.mark.parametrize(
    "text", ["How do you feel about that?", "how does that sit with you", "Are you comfortable with that?"]
)
def test_how_they_feel(text):
    assert Act.FEELING_QUESTION in kinds(text)
    assert kinds(text) & {Act.OPEN_QUESTION, Act.CLOSED_QUESTION}


@pytest.mark.parametrize(
    "text",
    [
        "What I need is a new brake.",
        "When I was there it rained.",
        "Which is why we stopped.",
        "I have a car and it makes a noise.",
        "Do it again.",
        "That's how it works.",
        "I feel good about it.",
        "",
        "?!",
    ],
)
def test_the_same_words_without_a_question(text):
    assert not kinds(text) & set(QUESTIONS) or text == "?!"
