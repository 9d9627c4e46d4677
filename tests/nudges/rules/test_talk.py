from collections.abc import Sequence

import pytest

from conversation.talk import (
    CUSTOMER,
    SELLER,
    Span,
    conversation_after,
    customer,
    meant,
    said,
    seller,
    speech,
    turn,
)
from nudges.rules.asked import BEGINNING, all_words, quiet_at, shared, signal_of
from roomtone.config.nudges import MonologueNudge, PatienceNudge, SilentNudge, TalkShareNudge
from roomtone.conversation.state import Conversation, fold
from roomtone.events import Event
from roomtone.nudges.rules.talk import InterruptedRule, MonologueRule, PatienceRule, SilentRule, TalkShareRule

pytestmark = pytest.mark.unit


class TestTalkShare:
    rule = TalkShareRule(TalkShareNudge())

    def test_it_says_the_share_and_the_seconds(self) -> None:
        signal = signal_of(self.rule, shared(140, 60))
        assert (signal.severity, signal.message) == ("quiet", "You've talked 70% of the call so far")
        assert signal.evidence == "you 2:20, them 1:00"
        assert signal.moment == ""

    def test_after_five_minutes_it_speaks_of_the_window(self) -> None:
        signal = signal_of(self.rule, shared(260, 60))
        assert (signal.severity, signal.message) == ("strong", "You've talked 80% of the last 5 minutes")

    def test_above_three_quarters_it_is_strong(self) -> None:
        assert signal_of(self.rule, shared(75, 25)).severity == "quiet"
        assert signal_of(self.rule, shared(76, 24)).severity == "strong"

    def test_at_the_threshold_it_is_quiet(self) -> None:
        assert self.rule.evaluate(shared(65, 35), showing=False) is None
        assert self.rule.evaluate(shared(66, 34), showing=False) is not None

    def test_once_said_it_stays_through_the_dead_band(self) -> None:
        assert self.rule.evaluate(shared(61, 39), showing=False) is None
        assert self.rule.evaluate(shared(61, 39), showing=True) is not None
        assert self.rule.evaluate(shared(60, 40), showing=True) is None

    def test_too_little_speech_says_nothing(self) -> None:
        assert self.rule.evaluate(shared(49, 10.9), showing=False) is None
        assert self.rule.evaluate(shared(49, 11), showing=False) is not None
        assert self.rule.evaluate(shared(100, 9.9), showing=False) is None
        assert self.rule.evaluate(shared(140, 60, at_s=400), showing=False) is None

    def test_it_must_hold_for_ten_seconds_and_is_about_the_own_turn(self) -> None:
        assert (self.rule.sustain_s, self.rule.about_own_turn) == (10.0, True)


class TestMonologue:
    quiet = MonologueRule(MonologueNudge(), strong=False)
    strong = MonologueRule(MonologueNudge(), strong=True)

    def at(self, now_s: float, *spans: Span) -> Conversation:
        return conversation_after(speech(*spans), until_s=now_s)

    def test_it_says_how_long(self) -> None:
        signal = signal_of(self.quiet, self.at(77, seller(0, 300)))
        assert (signal.severity, signal.message) == ("quiet", "You've been talking for 77 seconds")
        assert signal.evidence == "a short question hands over the word"
        strong = signal_of(self.strong, self.at(151, seller(0, 300)))
        assert (strong.severity, strong.message) == ("strong", "You've been talking for 2 min 31 s")

    def test_each_speaks_in_its_own_stretch(self) -> None:
        heard = {
            now_s: [
                rule.evaluate(self.at(now_s, seller(0, 300)), showing=False) is not None
                for rule in (self.quiet, self.strong)
            ]
            for now_s in (75.9, 76.0, 149.9, 150.0)
        }
        assert heard == {
            75.9: [False, False],
            76.0: [True, False],
            149.9: [True, False],
            150.0: [False, True],
        }

    def test_a_mm_hm_does_not_end_it(self) -> None:
        signal = signal_of(self.quiet, self.at(80, seller(0, 300), customer(40, 40.9)))
        assert signal.message == "You've been talking for 80 seconds"

    def test_an_answer_or_a_long_silence_ends_it(self) -> None:
        assert (
            self.quiet.evaluate(
                self.at(110, seller(0, 60), customer(60.5, 64), seller(65, 300)), showing=False
            )
            is None
        )
        assert self.quiet.evaluate(self.at(110, seller(0, 60), seller(65.5, 300)), showing=False) is None
        assert self.quiet.evaluate(self.at(110, seller(0, 100), customer(101, 108)), showing=True) is None

    def test_the_customer_may_talk_for_as_long_as_they_like(self) -> None:
        state = self.at(250, customer(0, 300))
        assert self.quiet.evaluate(state, showing=False) is None
        assert self.strong.evaluate(state, showing=False) is None

    def test_they_are_about_the_own_turn_and_need_no_sustaining(self) -> None:
        assert (self.quiet.sustain_s, self.quiet.about_own_turn) == (0.0, True)
        assert (self.quiet.name, self.strong.name) == ("monologue", "long_monologue")


class TestPatience:
    rule = PatienceRule(PatienceNudge())

    def after(self, offsets_s: Sequence[float], *, customer_s: float = 4.0) -> Conversation:
        turns: list[Event] = []
        at_s = 0.0
        for offset_s in offsets_s:
            begin_s = at_s + customer_s + offset_s
            turns.append(turn(CUSTOMER, at_s, at_s + customer_s, offset_s=1.0))
            turns.append(turn(SELLER, begin_s, begin_s + 5, offset_s=offset_s, known_s=begin_s + 7))
            at_s = begin_s + 6
        return fold(BEGINNING, turns)

    def test_it_names_the_habit_with_the_median(self) -> None:
        state = self.after([0.05, 0.0, 1.5, 0.08, 0.04])
        signal = signal_of(self.rule, state)
        assert (signal.severity, signal.message) == (
            "quiet",
            "You answer at once. Try a breath before you do.",
        )
        assert signal.evidence == "your last 5 answers came after 0.1 s (median)"
        newest = state.turns[-1]
        assert (signal.moment, signal.cause_s) == (f"{newest.start_s}", newest.t_s)

    def test_overlaps_count_as_no_gap(self) -> None:
        signal = signal_of(self.rule, self.after([-0.4] * 5))
        assert signal.evidence == "your last 5 answers came after 0.0 s (median)"

    def test_a_median_at_the_threshold_is_no_haste(self) -> None:
        assert self.rule.evaluate(self.after([0.1] * 5), showing=False) is None
        assert self.rule.evaluate(self.after([0.09] * 5), showing=False) is not None

    def test_only_the_newest_five_answers_count(self) -> None:
        assert self.rule.evaluate(self.after([2.0] * 5 + [0.0] * 5), showing=False) is not None
        assert self.rule.evaluate(self.after([0.0] * 5 + [2.0] * 3), showing=False) is None
        assert self.rule.evaluate(self.after([0.0] * 4), showing=False) is None

    def test_a_quick_answer_to_a_short_turn_is_easy_talk(self) -> None:
        assert self.rule.evaluate(self.after([0.0] * 9, customer_s=2.4), showing=False) is None
        assert self.rule.evaluate(self.after([0.0] * 9, customer_s=2.5), showing=False) is not None

    def test_going_on_after_oneself_is_no_answer(self) -> None:
        turns: list[Event] = [turn(SELLER, 6.0 * nth, 6.0 * nth + 4) for nth in range(8)]
        assert self.rule.evaluate(fold(BEGINNING, turns), showing=False) is None

    def test_the_call_as_it_would_be_heard(self) -> None:
        lines = []
        for nth in range(5):
            at_s = 10.0 * nth
            lines.append((customer(at_s, at_s + 5), "we have a problem"))
            lines.append((seller(at_s + 4.9, at_s + 9), "no you have not"))
        state = conversation_after(said(*lines), until_s=60)
        assert signal_of(self.rule, state).evidence == "your last 5 answers came after 0.0 s (median)"

    def test_before_the_first_turn_there_is_nothing(self) -> None:
        assert self.rule.evaluate(BEGINNING, showing=False) is None


class TestInterrupted:
    rule = InterruptedRule()

    def test_it_speaks_up_while_the_seller_goes_on_over_the_customer(self) -> None:
        signal = signal_of(
            self.rule, conversation_after(speech(customer(0, 12), seller(10, 18)), until_s=12.5)
        )
        assert signal.message == "You came in while they were speaking"
        assert signal.evidence == "both spoke for 2.0 s; let them finish"
        assert signal.moment == "10"
        assert 11.0 < signal.cause_s < 12.0

    @pytest.mark.parametrize(
        "spans",
        [
            pytest.param([customer(0, 12), seller(10, 10.6)], id="backchannel"),
            pytest.param([customer(0, 12), seller(11.8, 18)], id="easy talk"),
            pytest.param([seller(0, 12), customer(10, 18)], id="the customer came in"),
        ],
    )
    def test_it_is_silent_otherwise(self, spans: list[Span]) -> None:
        assert self.rule.evaluate(conversation_after(speech(*spans), until_s=20.0), showing=False) is None

    def test_who_answers_half_a_sentence_is_told(self) -> None:
        lines = (customer(0, 6), "We looked at this last year because"), (seller(6.2, 20), "Right, so.")
        signal = signal_of(self.rule, conversation_after(meant(*lines), until_s=8))
        assert (signal.message, signal.cause_s) == ("They hadn't finished. Ask them to go on.", 6.2)
        assert signal.evidence == "they broke off at “We looked at this last year because”"
        finished = (customer(0, 6), "We looked at this, I don't think so."), (seller(6.2, 20), "Right, so.")
        assert quiet_at(self.rule, conversation_after(meant(*finished), until_s=8))


class TestSilent:
    rule = SilentRule(SilentNudge(after_s=120))
    hello = customer(0, 12)

    def at(self, now_s: float, *spans: Span) -> Conversation:
        return conversation_after(speech(self.hello, *spans), until_s=now_s)

    def test_it_says_for_how_long_they_only_listened(self) -> None:
        signal = signal_of(self.rule, self.at(140, seller(13, 138)))
        assert (signal.severity, signal.moment) == ("quiet", "")
        assert signal.evidence == "last heard at 0:12"
        assert all_words(signal)[0] == "They've said nothing for 2 minutes. Check in."

    def test_two_minutes_are_needed(self) -> None:
        assert quiet_at(self.rule, self.at(131.9, seller(13, 200)))
        assert not quiet_at(self.rule, self.at(132, seller(13, 200)))

    def test_a_mm_hm_is_no_turn_and_an_answer_is_one(self) -> None:
        mm_hm = self.at(140, seller(13, 138), customer(100, 100.6))
        assert not quiet_at(self.rule, mm_hm)
        answer = self.at(140, seller(13, 80), customer(81, 84), seller(85, 138))
        assert quiet_at(self.rule, answer, showing=True)

    def test_where_nobody_speaks_somebody_looks_something_up(self) -> None:
        assert quiet_at(self.rule, self.at(140, seller(13, 40)))
        assert not quiet_at(self.rule, self.at(140, seller(13, 55)))

    def test_a_customer_who_was_never_heard_is_another_trouble(self) -> None:
        state = conversation_after(speech(customer(0, 9), seller(13, 200)), until_s=150)
        assert quiet_at(self.rule, state)


def test_the_words_of_a_monologue_are_in_plain_english() -> None:
    state = conversation_after(speech(seller(0, 300)), until_s=80)
    assert all_words(signal_of(MonologueRule(MonologueNudge(), strong=False), state)) == (
        "You've been talking for 80 seconds",
        "You've spoken for 80 seconds. Ask what they think.",
    )
