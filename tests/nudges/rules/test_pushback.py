import pytest

from conversation.talk import Does, conversation_after, customer, meant, recognised, seller, speech, words
from nudges.rules.asked import BEGINNING, all_words, quiet_at, signal_of
from roomtone.config.conversation import ConversationSettings, PromiseSettings, PushBackSettings
from roomtone.config.nudges import GoodPauseNudge, PromiseNudge, PushBackNudge
from roomtone.conversation.state import Conversation, fold, step
from roomtone.events import NudgeRaised
from roomtone.nudges.rules.pushback import FORGOTTEN_S, GoodPauseRule, PromiseRule, PushBackRule, newest
from roomtone.types import PUSHBACKS, Act, PromiseKind

pytestmark = pytest.mark.unit

OBJECTION = (customer(0, 4), "That's a lot of money.", Act.PUSHBACK_PRICE)
ROOM = "I hear you. It is a lot."


def after(*lines: tuple, until_s: float = 30.0, settings: ConversationSettings | None = None) -> Conversation:
    return conversation_after(meant(*lines), until_s=until_s, settings=settings or ConversationSettings())


class TestPushBack:
    rule = PushBackRule(PushBackNudge())

    def test_it_says_what_to_do_and_what_they_said(self) -> None:
        signal = signal_of(self.rule, after(OBJECTION, until_s=6))
        assert (signal.severity, signal.cause_s, signal.moment) == ("strong", 4, "0.0")
        assert signal.evidence == "push-back on the price: “That's a lot of money.”"
        assert all_words(signal) == (
            "Pause. Acknowledge it before you answer.",
            "Make room: “If I were you I'd feel the same way.”",
            "Make room: “That makes sense.”",
        )

    @pytest.mark.parametrize("kind", PUSHBACKS)
    def test_every_kind_calls_for_it(self, kind: Act) -> None:
        state = after((customer(0, 4), "That's not for us.", kind))
        assert signal_of(self.rule, state).evidence.endswith("“That's not for us.”")

    def test_it_is_known_with_the_words_and_not_later(self) -> None:
        assert quiet_at(self.rule, after(OBJECTION, until_s=5.5))
        assert not quiet_at(self.rule, after(OBJECTION, until_s=5.7))

    def test_several_sentences_are_one_moment(self) -> None:
        more = (customer(8, 12), "We have no budget for it.", Act.PUSHBACK_PRICE)
        first, both = after(OBJECTION, until_s=7), after(OBJECTION, more, until_s=20)
        assert signal_of(self.rule, first).moment == signal_of(self.rule, both).moment
        assert signal_of(self.rule, both).cause_s == 12

    def test_room_that_was_made_already_needs_no_word(self) -> None:
        assert quiet_at(self.rule, after(OBJECTION, (seller(6, 10), ROOM, Act.ACKNOWLEDGEMENT)))
        assert quiet_at(self.rule, after(OBJECTION, (seller(6, 10), "Sure, that makes sense to me.")))
        assert not quiet_at(self.rule, after(OBJECTION, (seller(6, 10), "Does that make sense to you?")))

    def test_the_words_are_the_sellers_own(self) -> None:
        own = PushBackSettings(acknowledgements=("Fair point, let me think.", "x" * 50))
        settings = ConversationSettings(pushback=own)
        signal = signal_of(self.rule, after(OBJECTION, settings=settings))
        assert all_words(signal)[1:] == ("Make room: “Fair point, let me think.”",)
        made = after(OBJECTION, (seller(6, 10), "Fair point, let me think that over."), settings=settings)
        assert quiet_at(self.rule, made)

    def test_doubt_says_nothing(self) -> None:
        def heard(probability: float) -> Conversation:
            final = words(OBJECTION[0], OBJECTION[1])
            said = recognised(final, OBJECTION[2], probability=probability)
            return fold(BEGINNING, [*speech(OBJECTION[0]), final, said])

        assert quiet_at(self.rule, heard(0.49))
        assert not quiet_at(self.rule, heard(0.5))

    def test_after_two_minutes_nothing_is_made_of_it(self) -> None:
        assert newest(after(OBJECTION, until_s=4 + FORGOTTEN_S)) is not None
        assert newest(after(OBJECTION, until_s=4.1 + FORGOTTEN_S)) is None
        assert newest(BEGINNING) is None
        assert quiet_at(self.rule, BEGINNING)

    @pytest.mark.parametrize(
        ("lines", "became"),
        [
            ((), "not answered yet"),
            (((seller(6, 10), ROOM, Act.ACKNOWLEDGEMENT),), "you made room for it after 2 s"),
            (((seller(6, 10), "It pays for itself."),), "answered without making room"),
            (((seller(15, 29), "It pays for itself."),), "being answered"),
        ],
    )
    def test_the_figures_tell_what_became_of_it(self, lines: tuple, became: str) -> None:
        figures = self.rule.figures(after(OBJECTION, *lines))
        assert figures == f"push-back on the price at 0:00: {became}"


class TestGoodPause:
    rule = GoodPauseRule(GoodPauseNudge())

    def answered(
        self, at_s: float, text: str = ROOM, does: Does = Act.ACKNOWLEDGEMENT, *more: tuple
    ) -> Conversation:
        return after(OBJECTION, (seller(at_s, at_s + 4), text, does), *more)

    def test_a_pause_and_room_are_praised(self) -> None:
        signal = signal_of(self.rule, self.answered(5.5))
        assert (signal.severity, signal.moment) == ("good", "0.0")
        assert signal.evidence == "1.5 s, then “I hear you.”"
        all_words(signal)

    def test_a_quick_answer_or_one_without_room_is_not(self) -> None:
        assert quiet_at(self.rule, self.answered(5.4))
        assert quiet_at(self.rule, self.answered(6.0, "It pays for itself.", ()))
        assert quiet_at(self.rule, after(OBJECTION))
        assert quiet_at(self.rule, BEGINNING)

    def test_who_came_in_before_they_had_finished_made_no_pause(self) -> None:
        state = after(
            (customer(0, 8), "That's a lot of money for us.", Act.PUSHBACK_PRICE),
            (seller(6, 14), "But look."),
            (customer(15, 17), "Hm."),
            (seller(20, 24), ROOM, Act.ACKNOWLEDGEMENT),
        )
        assert quiet_at(self.rule, state)

    def test_at_most_twice_a_call(self) -> None:
        state = self.answered(6.0)
        for nth in range(2):
            assert not quiet_at(self.rule, state)
            praise = NudgeRaised(
                t_s=40.0 + nth,
                nudge_id=f"n{nth}",
                rule="good_pause",
                severity="good",
                message="m",
                evidence="",
                expires_s=60,
            )
            state = step(state, praise)
        assert quiet_at(self.rule, state)


LISTED = ConversationSettings(promises=PromiseSettings(safe=("send the proposal",)))


class TestPromise:
    rule = PromiseRule(PromiseNudge())

    def made(
        self,
        *texts: str,
        kind: PromiseKind | None = None,
        settings: ConversationSettings = LISTED,
        until_s: float = 12.0,
    ) -> Conversation:
        final = words(seller(0, 8), " ".join(texts))
        said = recognised(final, *[Act.COMMITMENT] * len(texts), promise=kind)
        return conversation_after([*speech(seller(0, 8)), final, said], until_s=until_s, settings=settings)

    def test_one_that_is_not_on_the_list_is_named(self) -> None:
        signal = signal_of(self.rule, self.made("We'll have it live by March.", kind=PromiseKind.DATE))
        assert (signal.severity, signal.moment, signal.cause_s) == ("strong", "promise-1", 8)
        assert all_words(signal)[0] == "You promised a date. Can you keep it?"
        assert signal.evidence == "“We'll have it live by March.”"

    @pytest.mark.parametrize("kind", PromiseKind)
    def test_the_words_are_plain_for_every_kind(self, kind: PromiseKind) -> None:
        first, *_ = all_words(signal_of(self.rule, self.made("We'll do that for you.", kind=kind)))
        assert first in {
            "You promised a date. Can you keep it?",
            "You promised a price. Can you keep it?",
            "You promised a feature. Can you keep it?",
            "You promised something. Can you keep it?",
        }

    def test_one_on_the_list_is_fine_in_other_words(self) -> None:
        assert quiet_at(self.rule, self.made("I'll be sending you our proposal tomorrow."))

    def test_a_safe_one_does_not_hide_the_one_before_it(self) -> None:
        both = self.made("We'll build that for you.", "And I'll send you the proposal.")
        assert signal_of(self.rule, both).moment == "promise-1"

    def test_without_a_list_none_is_unsafe(self) -> None:
        assert quiet_at(self.rule, self.made("We'll build that for you.", settings=ConversationSettings()))

    def test_what_the_customer_promises_is_theirs_to_keep(self) -> None:
        final = words(customer(0, 8), "I'll send you all our figures.")
        state = conversation_after([final, recognised(final, Act.COMMITMENT)], settings=LISTED)
        assert len(state.understood.promises) == 1
        assert quiet_at(self.rule, state)
        assert quiet_at(self.rule, BEGINNING)

    def test_old_ones_are_not_looked_at(self) -> None:
        assert quiet_at(self.rule, self.made("We'll build that for you.", until_s=200))
