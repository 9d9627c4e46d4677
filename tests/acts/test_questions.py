import pytest

from roomtone.acts.questions import asked, kind
from roomtone.spoken import spoken
from roomtone.types import QUESTIONS, Act, QuestionKind

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


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("How does that work today?", QuestionKind.OPEN),
        ("Why did you stop last year?", QuestionKind.OPEN),
        ("So what would you change about it?", QuestionKind.OPEN),
        ("Tell me a bit about your team.", QuestionKind.OPEN),
        ("How do you feel about the price?", QuestionKind.OPEN),
        ("When would you start?", QuestionKind.FACT),
        ("And who decides about that?", QuestionKind.FACT),
        ("Where is the office?", QuestionKind.FACT),
        ("How many people would use it?", QuestionKind.FACT),
        ("What's your budget?", QuestionKind.FACT),
        ("What do you pay for it now?", QuestionKind.FACT),
        ("What is your last name?", QuestionKind.FACT),
        ("Which of the two do you like?", QuestionKind.FACT),
        ("What's the part number?", QuestionKind.FACT),
        ("What industry are you in?", QuestionKind.FACT),
        ("What plan are you on?", QuestionKind.FACT),
        ("What's your job title?", QuestionKind.FACT),
        ("What's the website?", QuestionKind.FACT),
        ("What's your website like?", QuestionKind.OPEN),
        ("What's wrong with the website?", QuestionKind.OPEN),
        ("What's your plan?", QuestionKind.OPEN),
        ("Can you tell me when the contract ends?", QuestionKind.FACT),
        ("Do you know who decides?", QuestionKind.FACT),
        ("So when you lose a customer, what do you do?", QuestionKind.OPEN),
        ("Is it working for you?", QuestionKind.CLOSED),
        ("Would Tuesday work?", QuestionKind.CLOSED),
        ("You start in May?", QuestionKind.CLOSED),
        ("How are you doing today?", QuestionKind.CLOSED),
        ("We start in May.", None),
    ],
)
def test_what_a_question_asks_for(text, what):
    assert kind(text, spoken(text)) is what
