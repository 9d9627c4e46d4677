import pytest

from roomtone.conversation.questions import asks, open_question, open_questions
from roomtone.events import StageFailed
from roomtone.types import Act, SentenceMeaning

from .talk import Does, conversation_after, customer, meant, seller

pytestmark = pytest.mark.unit


def sentence(text: str, *acts: Act, start_s: float = 0.0) -> SentenceMeaning:
    return SentenceMeaning(text, start_s, start_s + 2, dict.fromkeys(acts, 0.9))


def asked_and_told(question: str, *replies: str | tuple[str, Does], act: Act = Act.CLOSED_QUESTION) -> bool:
    """Return whether a question of the customer is still open after what the seller said."""
    lines = [(reply, ()) if isinstance(reply, str) else reply for reply in replies]
    events = meant(
        (customer(0, 4), question, act),
        *((seller(5.0 + 10 * nth, 14.0 + 10 * nth), text, does) for nth, (text, does) in enumerate(lines)),
    )
    return open_question(conversation_after(events, until_s=60)) is not None


PITCH = "Our platform brings your whole team together."
"""Says nothing about money or time."""


class TestOpenQuestion:
    @pytest.mark.parametrize(
        ("question", "reply"),
        [
            ("How much is it?", "It's forty a seat."),
            ("How much is it?", "It's 40 a seat."),
            ("How much is it?", "That's included, no charge."),
            ("How much is it?", "Nothing, for the first year."),
            ("How much is it?", "It depends on how many you are."),
            ("How much is it?", "I don't know, honestly."),
            ("How much is it?", "I'd have to check that for you."),
            ("How much is it?", "Let me come back to that."),
            ("And what does the training cost?", "Twelve hundred."),
            ("Does the price include the training?", "Yes, it does."),
            ("Is there a charge for support?", "No, there isn't."),
            ("What happens if it breaks, does that cost extra?", "No, that's all in it."),
            ("Can you bring our shipping costs down?", "That's what we are known for."),
            ("How are you priced?", "It depends on the number of seats."),
            ("How fast is the reporting?", "You see it on the screen right as it happens."),
            ("And who's in charge of the rollout?", "That would be Anna, our project lead."),
            ("How much time would my team need?", "A few weeks at the beginning."),
            ("How much work is that for us?", "Hardly any, we do it all."),
            ("When can you start?", "As soon as you sign, next week even."),
            ("When would it be live?", "In March."),
            ("How long does the setup take?", "Two weeks."),
            ("How quickly do you answer tickets?", "Very quickly."),
            ("How long have you been around?", "Since 2012."),
            ("What happens to our data when we leave?", "You get all of it as files."),
            ("What do you do when it breaks?", "Somebody looks at it right away."),
            ("Can it talk to our warehouse system?", "Yes."),
            ("Can it talk to our warehouse system?", "It talks to every system."),
            ("Can it talk to our warehouse system?", "I can't say."),
            ("Who would look after us?", "We have a team in Leeds for that."),
        ],
    )
    def test_an_answer_closes_it(self, question: str, reply: str) -> None:
        assert not asked_and_told(question, reply)

    @pytest.mark.parametrize(
        ("question", "reply"),
        [
            ("How much is it?", PITCH),
            ("How much is it?", "Yeah, great question."),
            ("What would that cost us?", PITCH),
            ("And what are your fees?", PITCH),
            ("How do you charge for it?", PITCH),
            ("When can you start?", PITCH),
            ("How long does the setup take?", PITCH),
            ("Can it talk to our warehouse system?", ("Mm-hm.", Act.BACKCHANNEL)),
            ("Can it talk to our warehouse system?", ("Which one are you using?", Act.OPEN_QUESTION)),
        ],
    )
    def test_anything_else_does_not(self, question: str, reply: str | tuple[str, Does]) -> None:
        assert asked_and_told(question, reply)

    def test_a_price_that_was_recognised_is_an_answer_in_any_words(self) -> None:
        assert not asked_and_told("How much is it?", ("A cup of coffee, basically.", Act.PRICE))

    def test_a_question_back_and_then_the_answer(self) -> None:
        back = ("How many of you would use it?", Act.OPEN_QUESTION)
        assert asked_and_told("How much is it?", back, PITCH)
        assert not asked_and_told("How much is it?", back, "Then it's four thousand a year.")

    def test_only_the_newest_question_counts(self) -> None:
        events = meant(
            (customer(0, 4), "How much is it?", Act.OPEN_QUESTION),
            (seller(5, 14), PITCH),
            (customer(15, 18), "And is it safe to use?", Act.CLOSED_QUESTION),
            (seller(19, 22), "Yes, it is."),
        )
        assert open_question(conversation_after(events, until_s=30)) is None

    def test_what_was_said_before_the_question_is_no_answer(self) -> None:
        events = meant(
            (seller(0, 4), "It's forty a seat."),
            (customer(4.2, 8), "And how much is the training?", Act.OPEN_QUESTION),
        )
        assert open_question(conversation_after(events, until_s=20)) is not None

    def test_an_answer_may_come_into_the_end_of_the_question(self) -> None:
        events = meant(
            (customer(0, 4), "How much is it?", Act.OPEN_QUESTION), (seller(3.6, 6), "It's forty a seat.")
        )
        assert open_question(conversation_after(events, until_s=20)) is None

    def test_after_three_minutes_both_have_dropped_it(self) -> None:
        events = meant((customer(0, 4), "How much is it?", Act.OPEN_QUESTION))
        assert open_question(conversation_after(events, until_s=180)) is not None
        assert open_question(conversation_after(events, until_s=180.1)) is None

    @pytest.mark.parametrize("act", [Act.SMALL_TALK, Act.PUSHBACK_PRICE])
    def test_small_talk_and_push_back_want_no_answer(self, act: Act) -> None:
        assert not asked_and_told("Who would ever pay that much?", PITCH, act=act)

    def test_the_question_mark_alone_is_a_question_too(self) -> None:
        events = meant((customer(0, 4), "How much is it?"))
        assert open_question(conversation_after(events, until_s=20)) is not None

    def test_without_recognition_it_cannot_be_told(self) -> None:
        events = meant((customer(0, 4), "How much is it?", Act.OPEN_QUESTION))
        failed = StageFailed(t_s=7.0, stage="acts", code="acts_failed", message="m", recoverable=True)
        assert open_question(conversation_after([*events, failed], until_s=20)) is None


@pytest.mark.parametrize(
    ("said", "wants_an_answer"),
    [
        (sentence("How much is it?"), True),
        (sentence("how much is it", Act.CLOSED_QUESTION), True),
        (sentence("Really?", Act.CLOSED_QUESTION), False),
        (sentence("You know what?"), False),
        (sentence("We do it by hand.", Act.PITCH), False),
    ],
)
def test_questions_that_want_an_answer(said: SentenceMeaning, wants_an_answer: bool) -> None:
    assert asks(said) is wants_an_answer


def test_all_questions_that_stayed_open_are_found_in_order() -> None:
    pitch = "Our platform brings your whole team together."
    events = meant(
        (customer(0, 4), "How much is it?", Act.OPEN_QUESTION),
        (seller(5, 14), pitch),
        (customer(15, 18), "And is it safe to use?", Act.CLOSED_QUESTION),
        (seller(19, 22), "Yes, it is."),
        (customer(23, 26), "When can you start?", Act.OPEN_QUESTION),
        (seller(27, 32), pitch),
    )
    still_open = open_questions(conversation_after(events, until_s=60))
    assert [each.text for each in still_open] == ["How much is it?", "When can you start?"]
    late = meant((customer(0, 4), "How much is it?", Act.OPEN_QUESTION), (seller(190, 194), "It's forty."))
    assert len(open_questions(conversation_after(late, until_s=200))) == 1
