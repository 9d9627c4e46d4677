import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from roomtone.speech.answering import HINTS, hints, left_open, may_leave_open
from roomtone.types import Question, QuestionKind

pytestmark = pytest.mark.unit

HOW = Question("So how does the booking work today?", QuestionKind.OPEN)
WHEN = Question("When would you want to start?", QuestionKind.FACT)
HOW_MANY = Question("How many people would use it?", QuestionKind.FACT)
NUMBER = Question("What is the part number on it?", QuestionKind.FACT)
READY = Question("Would you be ready to sign this week?", QuestionKind.CLOSED)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (READY, "Yes."),
        (READY, "No, our lawyer has it."),
        (READY, "Well, not really."),
        (READY, "My brother would."),
        (READY, "We certainly are."),
        (WHEN, "Next Tuesday."),
        (WHEN, "oh in march i think"),
        (HOW_MANY, "About forty."),
        (HOW_MANY, "Oh, thousands of them, I'd say."),
        (NUMBER, "I don't know the part number."),
        (NUMBER, "No idea, I bought it used."),
        (HOW, "What do you mean by booking?"),
        (HOW, "Sorry?"),
        (HOW, "Right, " + "and then we write it down " * 6),
        (Question("You see?", QuestionKind.CLOSED), "It all depends on the weather."),
        (Question("So it stands in the garage.", QuestionKind.CLOSED), "With all the other things."),
    ],
)
def test_what_answers_by_its_form_is_never_evasive(question: Question, answer: str) -> None:
    assert not may_leave_open(question, answer)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (READY, "We'll see how it goes."),
        (WHEN, "We'd have to see."),
        (HOW_MANY, "Enough to keep us busy."),
        (HOW, "It works."),
        (HOW, "Forty people ring us every day."),
    ],
)
def test_what_may_leave_it_open_is_left_to_the_head(question: Question, answer: str) -> None:
    assert may_leave_open(question, answer)


@pytest.mark.parametrize(
    ("question", "line"),
    [
        (WHEN, "did not say when"),
        (HOW_MANY, "did not say how many"),
        (HOW, "did not say how"),
        (READY, "said neither yes nor no"),
        (Question("What time would suit you?", QuestionKind.FACT), "did not say what time"),
        (Question("What's the deadline for it?", QuestionKind.FACT), "did not answer"),
        (Question("Tell me about the team.", QuestionKind.OPEN), "did not answer"),
        (Question("When you get an order, how do you process it?", QuestionKind.FACT), "did not say how"),
        (Question("So when you lose one, what do you do?", QuestionKind.OPEN), "did not answer"),
        (Question("What do you do when they call?", QuestionKind.OPEN), "did not answer"),
        (Question("How urgent is this for you?", QuestionKind.OPEN), "did not answer"),
        (Question("How does Thursday at two sound?", QuestionKind.FACT), "did not answer"),
        (Question("How do you know when it is done?", QuestionKind.OPEN), "did not say how"),
        (Question("Can you tell me when the contract ends?", QuestionKind.FACT), "did not say when"),
        (Question("Do you know how many would use it?", QuestionKind.FACT), "did not say how many"),
        (Question("And who decides about the budget?", QuestionKind.FACT), "did not say who"),
        (Question("How do the people who are using it feel?", QuestionKind.OPEN), "did not say how"),
        (Question("Where would it be, and how often used?", QuestionKind.FACT), "did not say how often"),
        (Question("Do you prefer email or phone?", QuestionKind.CLOSED), "did not answer"),
        (Question("Are you going ahead or not?", QuestionKind.CLOSED), "said neither yes nor no"),
    ],
)
def test_what_was_left_open_is_named(question: Question, line: str) -> None:
    assert left_open(question) == line


def test_hints_have_a_name_each() -> None:
    found = dict(zip(HINTS, hints(WHEN, "We'd have to see, things are things."), strict=True))
    assert {name for name, value in found.items() if value} == {
        "vague",
        "puts off",
        "says the same twice",
        "fact",
    }


@given(asked=some.text(max_size=60), answer=some.text(max_size=60), kind=some.sampled_from(QuestionKind))
def test_odd_text_raises_nothing(asked: str, answer: str, kind: QuestionKind) -> None:
    question = Question(asked, kind)
    may_leave_open(question, answer)
    assert 0 < len(left_open(question)) <= len("said neither yes nor no")
    assert np.isfinite(hints(question, answer)).all()
