import pytest

from roomtone.config.conversation import ConversationSettings, PushBackSettings
from roomtone.conversation.answers import (
    Answer,
    Handled,
    answer_after,
    breaks_off,
    cut_short,
    handled,
    makes_room,
    next_steps,
    said_until_s,
    since,
)
from roomtone.conversation.state import Conversation
from roomtone.types import Act, SentenceMeaning

from .talk import conversation_after, customer, meant, seller

pytestmark = pytest.mark.unit

OWN_WORDS = PushBackSettings().acknowledgements


def sentence(text: str, *acts: Act, start_s: float = 0.0) -> SentenceMeaning:
    return SentenceMeaning(text, start_s, start_s + 2, dict.fromkeys(acts, 0.9))


class TestAnswerAfter:
    def at(self, at_s: float, *lines: tuple, until_s: float = 60.0) -> Answer | None:
        return answer_after(conversation_after(meant(*lines), until_s=until_s), at_s)

    def test_the_first_turn_and_the_pause_before_it(self) -> None:
        lines = (customer(0, 10), "Too much."), (seller(12, 20), "I see."), (customer(21, 25), "So?")
        assert self.at(10, *lines, (seller(26, 30), "Well.")) == Answer(12, 2.0)

    @pytest.mark.parametrize("until_s", [12.5, 19.0, 21.0, 23.0, 60.0])
    def test_it_is_the_same_from_its_first_second_on(self, until_s: float) -> None:
        lines = (customer(0, 10), "Too much."), (seller(12, 20), "I see.")
        assert self.at(10, *lines, until_s=until_s) == Answer(12, 2.0)

    def test_before_they_speak_there_is_none(self) -> None:
        assert self.at(10, (customer(0, 10), "Too much."), until_s=20) is None
        before = (seller(0, 5), "So it is."), (customer(6, 10), "Too much.")
        assert self.at(10, *before, until_s=20) is None

    def test_a_little_overlap_is_easy_talk(self) -> None:
        answer = self.at(10, (customer(0, 10), "Too much."), (seller(9.7, 20), "I see."))
        assert answer is not None
        assert (answer.start_s, answer.pause_s) == (9.7, pytest.approx(-0.3))

    def test_who_came_in_earlier_or_went_straight_on_made_no_pause(self) -> None:
        came_in = (customer(0, 10), "Too much for us."), (seller(8, 20), "But look.")
        later = (customer(21, 25), "Hm, no."), (seller(28, 33), "That makes sense.")
        assert self.at(10, *came_in, *later) == Answer(10, 0.0)
        went_on = (seller(0, 40), "And so on."), (customer(19, 19.8), "Too much.")
        much_later = (customer(41, 45), "Hm, no."), (seller(48, 53), "That makes sense.")
        assert self.at(19.8, *went_on, *much_later) == Answer(19.8, 0.0)

    def test_their_last_word_into_an_objection_is_no_answer(self) -> None:
        lines = (seller(0, 10.3), "So."), (customer(9, 14), "Too much."), (seller(16, 20), "I see.")
        assert self.at(14, *lines) == Answer(16, 2.0)


class TestHandled:
    objection = (customer(0, 4), "That's a lot of money.", Act.PUSHBACK_PRICE)

    def after(self, *lines: tuple, until_s: float = 60.0, own_words: tuple[str, ...] = OWN_WORDS) -> Handled:
        settings = ConversationSettings(pushback=PushBackSettings(acknowledgements=own_words))
        state = conversation_after(meant(self.objection, *lines), until_s=until_s, settings=settings)
        (pushback,) = state.understood.pushbacks
        return handled(state, pushback)

    def room(self, done: Handled) -> str:
        return done.room_made.text if done.room_made else ""

    def test_room_that_was_recognised(self) -> None:
        done = self.after((seller(6, 12), "I hear you. Let me explain.", Act.ACKNOWLEDGEMENT))
        assert (self.room(done), done.answer, done.is_over) == ("I hear you.", Answer(6, 2.0), True)

    def test_room_in_the_sellers_own_words(self) -> None:
        own = ("I'd want to know that too",)
        line = (seller(6, 12), "Sure, I would want to know that too.")
        assert self.room(self.after(line, own_words=own)) == line[1]
        assert self.room(self.after(line)) == ""

    def test_an_answer_without_room(self) -> None:
        done = self.after((seller(5, 12), "It pays for itself."), until_s=24)
        assert (done.answer, done.room_made, done.is_over) == (Answer(5, 1.0), None, False)
        assert self.after((seller(5, 12), "It pays for itself."), until_s=26).is_over

    def test_room_that_comes_late_was_not_made_first(self) -> None:
        first = (seller(5, 12), "It pays for itself.")
        assert self.room(self.after(first, (seller(24.9, 28), "I hear you.", Act.ACKNOWLEDGEMENT)))
        assert not self.room(self.after(first, (seller(25.1, 28), "I hear you.", Act.ACKNOWLEDGEMENT)))

    def test_room_made_before_is_none_for_this(self) -> None:
        objection = (customer(10, 14), "That's a lot of money.", Act.PUSHBACK_PRICE)
        events = meant((seller(0, 8), "I hear you.", Act.ACKNOWLEDGEMENT), objection)
        state = conversation_after(events, until_s=30)
        assert handled(state, state.understood.pushbacks[0]) == Handled(None, None, is_over=False)

    def test_how_long_it_took(self) -> None:
        events = meant(self.objection, (seller(6, 12), "I hear you.", Act.ACKNOWLEDGEMENT))
        state = conversation_after(events, until_s=60)
        (pushback,) = state.understood.pushbacks
        assert handled(state, pushback).after_s(pushback) == 2.0
        assert Handled(None, None, is_over=False).after_s(pushback) is None


@pytest.mark.parametrize(
    ("said", "acknowledges"),
    [
        (sentence("Anything at all.", Act.ACKNOWLEDGEMENT), True),
        (sentence("Yes, that makes sense to me."), True),
        (sentence("If I were you, I would feel the same way about it."), True),
        (sentence("Does that make sense to you?"), False),
        (sentence("It makes reporting easy."), False),
    ],
)
def test_what_makes_room(said: SentenceMeaning, acknowledges: bool) -> None:
    assert makes_room(said, OWN_WORDS) is acknowledges


class TestCutShort:
    def at(self, *lines: tuple, until_s: float = 8.0) -> str:
        last = cut_short(conversation_after(meant(*lines), until_s=until_s))
        return last.text if last else ""

    unfinished = "We looked at this because"

    def test_who_came_in_at_once_after_half_a_sentence(self) -> None:
        assert self.at((customer(0, 5), self.unfinished), (seller(5.2, 20), "Right.")) == self.unfinished

    def test_a_pause_of_half_a_second_lets_them_finish(self) -> None:
        assert self.at((customer(0, 5), self.unfinished), (seller(5.5, 20), "Right.")) == ""

    def test_a_sentence_that_ends_was_finished(self) -> None:
        assert self.at((customer(0, 5), "We looked at this."), (seller(5.2, 20), "Right.")) == ""

    def test_somebody_else_has_the_word(self) -> None:
        assert self.at((seller(0, 5), self.unfinished), (customer(5.2, 20), "Right.")) == ""


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("We did that because", True),
        ("And then we asked the…", True),
        ("What we need is a", True),
        ("That's what it is.", False),
        ("So what about it?", False),
        ("Because of", False),
        ("That is what we are looking for.", False),
        ("What we are looking for", True),
        ("I don't think so.", False),
        ("No, no, thank you.", False),
        ("And then they went to...", True),
        ("We did that because.", True),
        ("", False),
    ],
)
def test_sentences_that_break_off(text: str, broken: bool) -> None:
    assert breaks_off(text) is broken


def spoken() -> Conversation:
    return conversation_after(
        meant(
            (seller(0, 9), "One here. Two here. Three here.", (), Act.NEXT_STEP),
            (customer(10, 13), "Tuesday is good.", Act.NEXT_STEP),
            (seller(14, 16), "Good."),
        ),
        until_s=30,
    )


def test_what_was_said_since_is_in_order() -> None:
    assert [each.text for each in since(spoken().seller, 3.0)] == ["Two here.", "Three here.", "Good."]
    assert since(spoken().seller, 14.1) == ()


def test_next_steps_of_both_sides_in_order() -> None:
    assert [each.text for each in next_steps(spoken())] == ["Two here.", "Tuesday is good."]
    assert [each.text for each in next_steps(spoken(), since_s=9)] == ["Tuesday is good."]


def test_a_sentence_can_be_answered_from_the_end_of_its_utterance() -> None:
    side = spoken().seller
    assert [said_until_s(side, each) for each in side.sentences] == [9, 9, 9, 16]
