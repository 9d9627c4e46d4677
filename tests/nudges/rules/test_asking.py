import pytest

from conversation.talk import (
    Span,
    customer,
    said,
    seller,
)
from nudges.rules.asked import BEGINNING, signal_of
from roomtone.config.nudges import QuestionsNudge
from roomtone.conversation.state import Conversation, advance, fold
from roomtone.nudges.rules.asking import QuestionsRule

pytestmark = pytest.mark.unit


class TestQuestions:
    rule = QuestionsRule(QuestionsNudge())

    def at(self, now_s: float, *lines: tuple[Span, str]) -> Conversation:
        return advance(fold(BEGINNING, said(*lines)), now_s)

    def test_it_says_for_how_long_none_was_asked(self) -> None:
        signal = signal_of(
            self.rule, self.at(200, (seller(0, 60), "I tell you."), (customer(61, 150), "Oh?"))
        )
        assert (signal.severity, signal.message) == ("quiet", "You haven't asked anything for 3 min 20 s")
        assert signal.evidence == "you spoke 1:00 of it"

    def test_three_minutes_count_from_the_last_question(self) -> None:
        lines = (seller(0, 30), "Is it?"), (seller(40, 100), "So it is."), (customer(160, 170), "Yes.")
        assert self.rule.evaluate(self.at(209.9, *lines), showing=False) is None
        signal = signal_of(self.rule, self.at(210, *lines))
        assert (signal.message, signal.evidence) == (
            "You haven't asked anything for 3 minutes",
            "you spoke 1:00 of it",
        )

    def test_while_the_customer_tells_a_story_nothing_needs_to_be_asked(self) -> None:
        lines = (seller(0, 44.9), "Well."), (customer(46, 300), "Once upon a time")
        assert self.rule.evaluate(self.at(300, *lines), showing=False) is None

    def test_without_any_words_of_the_seller_it_cannot_know(self) -> None:
        assert self.rule.evaluate(self.at(300, (seller(0, 100), "")), showing=False) is None

    def test_where_nobody_speaks_there_is_nobody_to_ask(self) -> None:
        lines = (seller(0, 60), "I tell you."), (customer(61, 150), "Oh?")
        assert self.rule.evaluate(self.at(211, *lines), showing=False) is None

    def test_it_is_not_said_into_the_first_seconds_of_a_turn(self) -> None:
        assert (self.rule.sustain_s, self.rule.about_own_turn) == (5.0, False)
