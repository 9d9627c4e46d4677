import pytest

from conversation.talk import (
    CUSTOMER,
    Does,
    Span,
    conversation_after,
    customer,
    in_order,
    meant,
    reading,
    said,
    seller,
    turn,
)
from nudges.rules.asked import BEGINNING, all_words, quiet_at, signal_of
from roomtone.config.nudges import ClosedQuestionsNudge, FeelingNudge, QuestionsNudge, UnansweredNudge
from roomtone.conversation.state import Conversation, advance, fold, step
from roomtone.events import Event, NudgeRaised
from roomtone.nudges.rules.asking import ClosedQuestionsRule, FeelingRule, QuestionsRule, UnansweredRule
from roomtone.types import Act, Label, Phase

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

    def test_a_question_counts_as_recognised_too(self) -> None:
        told = (seller(0, 60), "I tell you.")
        asked = (seller(100, 104), "tell me about your team", Act.OPEN_QUESTION)
        call = meant(told, asked, (seller(110, 170), "So it is."))
        assert quiet_at(self.rule, conversation_after(call, until_s=283.9))
        all_words(
            signal_of(
                self.rule,
                conversation_after(
                    meant(
                        told,
                        asked,
                        (seller(230, 280), "So."),
                    ),
                    until_s=284,
                ),
            )
        )

    def test_nothing_needs_to_be_asked_at_the_end(self) -> None:
        assert self.rule.phases == frozenset(Phase) - {Phase.CLOSING}


CLOSED = Act.CLOSED_QUESTION


class TestClosedQuestions:
    rule = ClosedQuestionsRule(ClosedQuestionsNudge())

    def asking(
        self, *questions: tuple[str, Does], until_s: float = 60.0, every_s: float = 12.0
    ) -> Conversation:
        """Return a call in which the seller asks, and the customer says a word or two."""
        lines = []
        for nth, (text, does) in enumerate(questions):
            at_s = every_s * nth
            lines.append((seller(at_s, at_s + 3), text, does))
            lines.append((customer(at_s + 4, at_s + 6), "Yes, we do.", ()))
        return conversation_after(meant(*lines), until_s=until_s)

    def test_four_in_a_row_are_named_at_the_last(self) -> None:
        state = self.asking(*[("Do you have a system?", CLOSED)] * 4)
        signal = signal_of(self.rule, state)
        assert (signal.moment, signal.cause_s) == ("36.0", 39)
        assert signal.message.startswith("4 closed questions in a row.")
        assert signal.evidence == "“Do you have a system?”"
        all_words(signal)

    def test_three_are_a_clarification(self) -> None:
        assert quiet_at(self.rule, self.asking(*[("Do you have a system?", CLOSED)] * 3))

    @pytest.mark.parametrize(
        "broken_by",
        [
            ("How do you do that today?", Act.OPEN_QUESTION),
            ("How do you feel about that?", Act.FEELING_QUESTION),
            ("What do you do, and is it good?", (CLOSED, Act.OPEN_QUESTION)),
        ],
    )
    def test_an_open_one_breaks_the_row(self, broken_by: tuple[str, Does]) -> None:
        before = [("Do you have a system?", CLOSED)] * 3
        state = self.asking(*before, broken_by, *before, until_s=90)
        assert quiet_at(self.rule, state)

    def test_statements_and_tags_between_are_no_part_of_it(self) -> None:
        closed = ("Do you have a system?", CLOSED)
        mixed = [closed, ("Right?", CLOSED), closed, ("So it is.", ()), closed]
        assert quiet_at(self.rule, self.asking(*mixed, until_s=70))
        assert not quiet_at(self.rule, self.asking(*mixed, closed, until_s=70))

    def test_asking_for_a_favour_is_no_interrogation(self) -> None:
        favours = ["Could you spell that for me?", "Can I have your name please?", "Is there anything else?"]
        assert quiet_at(self.rule, self.asking(*[(text, CLOSED) for text in favours * 2], until_s=80))

    def test_questions_far_apart_are_no_row(self) -> None:
        closed = ("Do you have a system?", CLOSED)
        assert not quiet_at(self.rule, self.asking(*[closed] * 4, every_s=50, until_s=160))
        assert quiet_at(self.rule, self.asking(*[closed] * 4, every_s=60, until_s=190))

    def test_the_customer_may_ask_what_they_like(self) -> None:
        lines = [(customer(10.0 * nth, 10.0 * nth + 3), "Do you have a system?", CLOSED) for nth in range(6)]
        assert quiet_at(self.rule, conversation_after(meant(*lines), until_s=60))

    def test_it_is_about_the_time_of_finding_out(self) -> None:
        assert self.rule.phases == {Phase.OPENING, Phase.DISCOVERY}


class TestFeeling:
    rule = FeelingRule(FeelingNudge())
    price = (seller(0, 6), "It's four thousand a month.", Act.PRICE)

    def after(self, *lines: tuple, until_s: float = 30.0, more: list[Event] | None = None) -> Conversation:
        return conversation_after(in_order([*meant(*lines), *(more or [])]), until_s=until_s)

    def test_a_price_and_a_reaction_that_says_little(self) -> None:
        signal = signal_of(self.rule, self.after(self.price, (customer(7, 9), "Okay, I see.")))
        assert (signal.severity, signal.moment, signal.cause_s) == ("quiet", "0.0", 9)
        assert signal.evidence == "you named it: “It's four thousand a month.”"
        assert "Ask how they feel about that" in all_words(signal)

    @pytest.mark.parametrize(
        "act",
        [Act.PUSHBACK_PRICE, Act.OPEN_QUESTION, Act.CLOSED_QUESTION, Act.BUYING_SIGNAL, Act.NEXT_STEP],
    )
    def test_a_reaction_that_says_what_they_think_needs_no_asking(self, act: Act) -> None:
        assert quiet_at(self.rule, self.after(self.price, (customer(7, 9), "That's it.", act)))

    def test_a_reading_that_tells_how_they_feel_needs_no_asking(self) -> None:
        reacted = (customer(7, 9), "Okay, I see.")

        def read(label: Label, *, settled: bool = True) -> list[Event]:
            return [reading(label, t_s=11.5, settled=settled)]

        assert quiet_at(self.rule, self.after(self.price, reacted, more=read(Label.GUARDED)))
        assert not quiet_at(self.rule, self.after(self.price, reacted, more=read(Label.NEUTRAL)))
        assert not quiet_at(self.rule, self.after(self.price, reacted, more=read(Label.UPSET, settled=False)))

    def test_who_asked_already_need_not_be_told(self) -> None:
        asked = (seller(10, 12), "How does that feel?", Act.FEELING_QUESTION)
        assert quiet_at(self.rule, self.after(self.price, (customer(7, 9), "Okay, I see."), asked))

    def test_without_a_price_or_without_a_reaction_there_is_nothing_to_ask_about(self) -> None:
        pitch = (seller(0, 6), "It does all of that.", Act.PITCH)
        assert quiet_at(self.rule, self.after(pitch, (customer(7, 9), "Okay, I see.")))
        assert quiet_at(self.rule, self.after(self.price))
        assert quiet_at(self.rule, BEGINNING)

    def test_what_is_free_is_no_price_to_react_to(self) -> None:
        free = (seller(0, 6), "There's no extra charge for that.", Act.PRICE)
        assert quiet_at(self.rule, self.after(free, (customer(7, 9), "Okay, I see.")))

    @pytest.mark.parametrize(
        ("text", "quiet"),
        [
            ("So what I'd suggest is a pilot with one team.", False),
            ("Our proposal would be to start with accounting.", False),
            ("I offer you my congratulations.", True),
            ("We sent the proposal on Monday.", True),
        ],
    )
    def test_a_proposal_is_reacted_to_as_a_price_is(self, text: str, quiet: bool) -> None:
        state = self.after((seller(0, 6), text), (customer(7, 9), "Okay, I see."))
        assert quiet_at(self.rule, state) is quiet

    def test_a_turn_much_later_is_no_reaction(self) -> None:
        assert not quiet_at(
            self.rule, self.after(self.price, (customer(19.9, 22), "Okay, I see."), until_s=40)
        )
        assert quiet_at(self.rule, self.after(self.price, (customer(25.1, 27), "Okay, I see."), until_s=40))

    def test_a_few_times_a_call_and_no_more(self) -> None:
        state = self.after(self.price, (customer(7, 9), "Okay, I see."))
        for nth in range(3):
            assert not quiet_at(self.rule, state)
            state = step(
                state,
                NudgeRaised(
                    t_s=40.0 + nth,
                    nudge_id=f"n{nth}",
                    rule="feeling",
                    severity="quiet",
                    message="m",
                    evidence="",
                    expires_s=60,
                ),
            )
        assert quiet_at(self.rule, state)

    def test_a_word_is_no_reaction(self) -> None:
        state = self.after(self.price)
        assert quiet_at(self.rule, step(state, turn(CUSTOMER, 7, 7.9)))
        assert not quiet_at(self.rule, step(state, turn(CUSTOMER, 7, 8)))


class TestUnanswered:
    rule = UnansweredRule(UnansweredNudge())
    question = (customer(0, 4), "How much is it?", Act.OPEN_QUESTION)
    pitch = "Our platform brings your whole team together."

    def at(self, until_s: float, *lines: tuple) -> Conversation:
        return conversation_after(meant(self.question, *lines), until_s=until_s)

    def test_it_speaks_once_the_seller_talked_past_it(self) -> None:
        signal = signal_of(self.rule, self.at(30, (seller(5, 25), self.pitch)))
        assert (signal.severity, signal.moment) == ("quiet", "")
        assert signal.evidence == "at 0:00: “How much is it?”"
        all_words(signal)

    def test_a_start_is_no_passing_over(self) -> None:
        assert quiet_at(self.rule, self.at(30, (seller(5, 24.9), self.pitch)))

    def test_what_they_say_is_looked_at_before_it_counts(self) -> None:
        # Twenty seconds were spoken at 25 s, but what was said is known at 26.6 s.
        assert quiet_at(self.rule, self.at(26.5, (seller(5, 25), self.pitch)))
        assert quiet_at(self.rule, self.at(40, (seller(5, 25), "It's forty a seat.")))

    def test_it_is_taken_back_with_the_answer(self) -> None:
        late = (seller(27, 30), "It's included, no charge.")
        assert not quiet_at(self.rule, self.at(31, (seller(5, 25), self.pitch), late), showing=True)
        assert quiet_at(self.rule, self.at(32, (seller(5, 25), self.pitch), late), showing=True)

    def test_while_the_customer_goes_on_nobody_passes_anything_over(self) -> None:
        assert quiet_at(self.rule, self.at(90, (customer(5, 60), "We have had bad experiences.")))

    def test_without_a_question_nothing_is_open(self) -> None:
        assert quiet_at(self.rule, BEGINNING)
