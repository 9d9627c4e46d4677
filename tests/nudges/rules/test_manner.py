import pytest

from conversation.talk import Span, conversation_after, customer, in_order, meant, seller, words
from nudges.rules.asked import BEGINNING, all_words, quiet_at, signal_of
from roomtone.config.nudges import AboutThemNudge, FillersNudge, PaceNudge
from roomtone.conversation.state import Conversation, advance, fold
from roomtone.nudges.rules.manner import AFTER_PUSHBACK_S, AboutThemRule, FillersRule, PaceRule
from roomtone.types import Act, Phase

pytestmark = pytest.mark.unit


def at_pace(span: Span, wpm: float) -> tuple[Span, str]:
    return span, " ".join(["word"] * round((span[2] - span[1]) * wpm / 60))


def heard(*lines: tuple[Span, str], at_s: float) -> Conversation:
    finals = (words(span, text, known_s=span[2] + 1) for span, text in lines)
    return advance(fold(BEGINNING, in_order(finals)), at_s)


class TestPace:
    rule = PaceRule(PaceNudge())
    usual = at_pace(seller(0, 60), 150)

    def at(self, wpm: float, *, speech_s: float = 20.0) -> Conversation:
        return heard(self.usual, at_pace(seller(100, 100 + speech_s), wpm), at_s=130)

    def test_a_fifth_above_the_own_pace_is_named(self) -> None:
        signal = signal_of(self.rule, self.at(183))
        assert (signal.severity, signal.moment) == ("quiet", "")
        assert signal.evidence == "183 words a minute, usually 150"
        assert all_words(signal)[0] == "You've become faster. Slow down."
        assert quiet_at(self.rule, self.at(180))

    def test_it_is_taken_back_half_the_rise_below(self) -> None:
        assert not quiet_at(self.rule, self.at(168), showing=True)
        assert quiet_at(self.rule, self.at(165), showing=True)

    def test_too_little_speech_says_nothing(self) -> None:
        assert quiet_at(self.rule, self.at(240, speech_s=19))
        assert quiet_at(self.rule, BEGINNING)

    def test_before_the_own_pace_is_known_only_a_very_fast_one_is_named(self) -> None:
        begun = heard(at_pace(seller(0, 44), 260), at_s=50)
        assert quiet_at(self.rule, begun)
        assert quiet_at(self.rule, heard(at_pace(seller(0, 46), 205), at_s=50))
        signal = signal_of(self.rule, heard(at_pace(seller(0, 46), 215), at_s=50))
        assert (signal.moment, signal.message) == ("too fast", "You speak fast. Give them time to follow.")
        assert signal.evidence == "215 words a minute in this call"
        assert signal.cause_s == 46

    def test_an_own_pace_that_is_quick_is_no_rise(self) -> None:
        assert quiet_at(
            self.rule, heard(at_pace(seller(0, 80), 185), at_pace(seller(100, 125), 200), at_s=130)
        )

    def pushed(self, wpm: float, *, at_s: float = 130.0, speech_s: float = 16.0) -> Conversation:
        lines = meant((customer(92, 96), "That's a lot of money.", Act.PUSHBACK_PRICE))
        answer = at_pace(seller(100, 100 + speech_s), wpm)
        return advance(fold(BEGINNING, in_order([words(*self.usual), *lines, words(*answer)])), at_s)

    def test_after_push_back_it_is_put_down_to_it(self) -> None:
        signal = signal_of(self.rule, self.pushed(200))
        assert all_words(signal) == ("You sped up after their push-back. Slow down.",)

    def test_after_push_back_it_takes_more_to_go_by(self) -> None:
        assert quiet_at(self.rule, self.pushed(190))
        assert quiet_at(self.rule, self.pushed(210, speech_s=14))

    def test_push_back_long_ago_is_no_reason(self) -> None:
        later = self.pushed(200, at_s=96 + AFTER_PUSHBACK_S + 0.1, speech_s=30)
        assert signal_of(self.rule, later).message == "You've become faster. Slow down."

    def test_words_of_before_the_push_back_are_the_usual_pace(self) -> None:
        fast_before = heard(
            at_pace(seller(0, 60), 200),
            at_pace(seller(62, 85), 200),
            at_pace(seller(100, 116), 200),
            at_s=130,
        )
        assert quiet_at(self.rule, fast_before)


class TestFillers:
    rule = FillersRule(FillersNudge())

    def at(self, fillers: int, others: int, *, at_s: float = 30.0) -> Conversation:
        return heard((seller(0, 25), " ".join(["um,"] * fillers + ["word"] * others)), at_s=at_s)

    def test_a_cluster_is_named(self) -> None:
        signal = signal_of(self.rule, self.at(6, 94))
        assert (signal.severity, signal.evidence) == ("quiet", "6 in 100 words")
        all_words(signal)

    def test_few_of_them_or_few_among_many_words_are_no_cluster(self) -> None:
        assert quiet_at(self.rule, self.at(5, 10))
        assert quiet_at(self.rule, self.at(6, 144))
        assert not quiet_at(self.rule, self.at(6, 143))

    def test_it_is_over_a_minute_later(self) -> None:
        assert not quiet_at(self.rule, self.at(6, 94, at_s=84.9))
        assert quiet_at(self.rule, self.at(6, 94, at_s=85.0), showing=True)

    def test_the_customer_may_hesitate(self) -> None:
        assert quiet_at(self.rule, heard((customer(0, 25), "um, " * 20), at_s=30))


class TestAboutThem:
    rule = AboutThemRule(AboutThemNudge())

    def at(self, us: int, them: int, *, at_s: float = 60.0) -> Conversation:
        return heard((seller(0, 50), " ".join(["we"] * us + ["your"] * them)), at_s=at_s)

    def test_talk_about_us_is_named(self) -> None:
        signal = signal_of(self.rule, self.at(16, 4))
        assert signal.evidence == "16 times “we” or “our”, 4 times “you” or “your”"
        assert all_words(signal)[0] == "It's been about you. Bring it back to them."

    def test_three_quarters_are_allowed_and_the_dead_band_holds_it(self) -> None:
        assert quiet_at(self.rule, self.at(15, 5))
        assert not quiet_at(self.rule, self.at(15, 5), showing=True)
        assert quiet_at(self.rule, self.at(14, 6), showing=True)

    def test_few_such_words_say_nothing(self) -> None:
        assert quiet_at(self.rule, self.at(19, 0))

    def test_you_know_and_thank_you_are_not_about_them(self) -> None:
        text = " ".join(["we"] * 16 + ["you know,"] * 10 + ["thank you."] * 10 + ["your"] * 4)
        assert not quiet_at(self.rule, heard((seller(0, 50), text), at_s=60))

    def test_it_is_over_with_the_window(self) -> None:
        assert not quiet_at(self.rule, self.at(20, 0, at_s=349.9))
        assert quiet_at(self.rule, self.at(20, 0, at_s=350), showing=True)

    def test_it_belongs_where_the_talk_is_about_what_they_need(self) -> None:
        assert self.rule.phases == {Phase.DISCOVERY, Phase.PRESENTATION}


def test_the_customer_alone_gives_nothing_to_say() -> None:
    state = conversation_after(meant((customer(0, 50), "We like our way. " * 30)), until_s=60)
    assert quiet_at(PaceRule(PaceNudge()), state)
    assert quiet_at(AboutThemRule(AboutThemNudge()), state)
