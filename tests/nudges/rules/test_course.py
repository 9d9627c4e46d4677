import pytest

from conversation.talk import conversation_after, customer, in_order, meant, seller
from nudges.rules.asked import BEGINNING, all_words, quiet_at, signal_of
from roomtone.config.nudges import AgendaNudge, LostNudge, NextStepNudge, SmallTalkNudge
from roomtone.conversation.state import Conversation
from roomtone.events import AgendaPointMarked, AgendaSet, Event, PhaseEntered, SessionStarted, StageFailed
from roomtone.nudges.rules.course import (
    AgendaRule,
    LostRule,
    NextStepRule,
    SmallTalkLongRule,
    SmallTalkSkippedRule,
    time_left_s,
)
from roomtone.types import Act, AgendaPoint, Phase

pytestmark = pytest.mark.unit

PLANNED_S = 1800.0


def after(*lines: tuple, until_s: float, more: list[Event] | None = None) -> Conversation:
    return conversation_after(in_order([*(more or []), *meant(*lines)]), until_s=until_s)


def started(planned_s: float | None = PLANNED_S) -> SessionStarted:
    return SessionStarted(
        t_s=0.0,
        title="call",
        mode="live",
        started_at="2026-01-01T10:00:00+00:00",
        version="1",
        transcriber="x",
        planned_s=planned_s,
    )


class TestSmallTalkSkipped:
    rule = SmallTalkSkippedRule()
    hello = (seller(0, 4), "Hello, this is Anna from Northwind.", Act.PITCH)
    hi = (customer(5, 7), "Hi there.", Act.SMALL_TALK)
    pitch = "Our platform brings your whole team together."

    def test_a_pitch_in_the_first_minute_is_early(self) -> None:
        state = after(self.hello, self.hi, (seller(8, 14), self.pitch, Act.PITCH), until_s=20)
        signal = signal_of(self.rule, state)
        assert (signal.moment, signal.cause_s) == ("pitch", 14)
        assert signal.evidence == "at 0:08: “Our platform brings your whole team together.”"
        all_words(signal)

    def test_the_greeting_is_no_pitch(self) -> None:
        assert quiet_at(self.rule, after(self.hello, self.hi, until_s=20))

    def test_after_the_first_minute_it_is_not_early(self) -> None:
        in_time = (seller(60, 66), self.pitch, Act.PITCH)
        assert quiet_at(self.rule, after(self.hello, self.hi, in_time, until_s=70))
        early = (seller(59, 66), self.pitch, Act.PITCH)
        assert not quiet_at(self.rule, after(self.hello, self.hi, early, until_s=70))
        assert quiet_at(self.rule, after(self.hello, self.hi, early, until_s=90.1))

    def test_a_phrase_is_no_pitch(self) -> None:
        assert quiet_at(
            self.rule, after(self.hello, self.hi, (seller(8, 11), "We do that.", Act.PITCH), until_s=20)
        )

    def test_where_nobody_else_was_heard_there_is_nobody_to_warm_up_to(self) -> None:
        assert quiet_at(self.rule, after(self.hello, (seller(8, 14), self.pitch, Act.PITCH), until_s=20))
        assert quiet_at(self.rule, BEGINNING)

    def test_who_asks_first_does_not_pitch(self) -> None:
        assert self.rule.phases == {Phase.OPENING, Phase.PRESENTATION}


class TestSmallTalkLong:
    rule = SmallTalkLongRule(SmallTalkNudge())

    def weather(self, at_s: float) -> tuple:
        return (customer(at_s, at_s + 4), "Lovely weather over here.", Act.SMALL_TALK)

    def test_it_speaks_while_it_goes_on_and_on(self) -> None:
        signal = signal_of(self.rule, after(self.weather(10), self.weather(280), until_s=300))
        assert (signal.moment, signal.message) == ("", "Small talk for 5 minutes. Ask what brings them.")
        all_words(signal)

    def test_before_five_minutes_it_is_fine(self) -> None:
        assert quiet_at(self.rule, after(self.weather(10), self.weather(280), until_s=299.9))

    def test_where_they_came_to_something_else_it_is_over(self) -> None:
        assert quiet_at(self.rule, after(self.weather(10), self.weather(236), until_s=300))
        left = [PhaseEntered(t_s=290.0, phase=Phase.DISCOVERY)]
        assert quiet_at(self.rule, after(self.weather(10), self.weather(280), until_s=300, more=left))
        assert quiet_at(self.rule, BEGINNING)


class TestLost:
    rule = LostRule(LostNudge())

    def sign(self, at_s: float) -> tuple:
        return (customer(at_s, at_s + 4), "I'm not sure how we'd do that.", Act.CONFUSION)

    def test_two_signs_are_named_at_the_second(self) -> None:
        signal = signal_of(self.rule, after(self.sign(0), self.sign(60), until_s=70))
        assert (signal.severity, signal.moment, signal.cause_s) == ("quiet", "60.0", 64)
        assert signal.evidence == "“I'm not sure how we'd do that.”"
        assert all_words(signal)[0] == "They seem unsure. Help them make sense of it."

    def test_one_is_ordinary_and_so_are_two_far_apart(self) -> None:
        assert quiet_at(self.rule, after(self.sign(0), until_s=10))
        assert quiet_at(self.rule, after(self.sign(0), self.sign(121), until_s=127))
        assert quiet_at(self.rule, BEGINNING)

    def test_the_seller_may_be_unsure(self) -> None:
        unsure = [
            (seller(at_s, at_s + 4), "I'm not sure how that is.", Act.CONFUSION) for at_s in (0.0, 10.0)
        ]
        assert quiet_at(self.rule, after(*unsure, until_s=30))


class TestAgenda:
    rule = AgendaRule(AgendaNudge(minutes_left=10))
    points = AgendaPoint("a", "What they use today"), AgendaPoint("b", "Who decides, and by when")

    def at(self, now_s: float, *more: Event, planned_s: float | None = PLANNED_S) -> Conversation:
        agenda = AgendaSet(t_s=0.0, points=self.points)
        return after((seller(0, 4), "Hello."), until_s=now_s, more=[started(planned_s), agenda, *more])

    def test_the_first_open_point_is_named_when_time_is_short(self) -> None:
        signal = signal_of(self.rule, self.at(1200))
        assert (signal.message, signal.evidence) == (
            "Not covered yet: What they use today",
            "10 minutes left; 1 more point is open",
        )

    def test_with_time_left_or_after_the_end_it_is_quiet(self) -> None:
        assert quiet_at(self.rule, self.at(1199.9))
        assert not quiet_at(self.rule, self.at(1799.9))
        assert quiet_at(self.rule, self.at(1800))

    def test_of_a_short_call_it_is_the_last_third(self) -> None:
        assert quiet_at(self.rule, self.at(599.9, planned_s=900.0))
        assert not quiet_at(self.rule, self.at(600, planned_s=900.0))

    def test_without_a_planned_end_nobody_knows_what_is_left(self) -> None:
        assert quiet_at(self.rule, self.at(1700, planned_s=None))
        assert time_left_s(BEGINNING) is None

    def test_ticked_points_are_done(self) -> None:
        ticked = [AgendaPointMarked(t_s=9.0, point_id=each.point_id, covered=True) for each in self.points]
        assert signal_of(self.rule, self.at(1300, ticked[0])).message.endswith("Who decides, and by when")
        assert quiet_at(self.rule, self.at(1300, *ticked), showing=True)

    def test_a_long_point_is_cut(self) -> None:
        def words(text: str) -> str:
            agenda = AgendaSet(t_s=1.0, points=(AgendaPoint("c", text),))
            return all_words(signal_of(self.rule, self.at(1300, agenda)))[0]

        assert (
            words("Whether and how " + "very " * 20)
            == "Not covered yet: Whether and how very very very very…"
        )
        assert words("x" * 80) == f"Not covered yet: {'x' * 39}…"

    def test_it_does_not_belong_to_the_opening(self) -> None:
        assert self.rule.phases == frozenset(Phase) - {Phase.OPENING}


class TestNextStep:
    rule = NextStepRule(NextStepNudge(minutes_left=5))

    def at(
        self, now_s: float, *lines: tuple, planned_s: float | None = PLANNED_S, more: tuple[Event, ...] = ()
    ) -> Conversation:
        call = ((seller(0, 4), "Hello."), *lines)
        return after(*call, until_s=now_s, more=[started(planned_s), *more])

    def test_the_end_comes_and_nobody_named_one(self) -> None:
        signal = signal_of(self.rule, self.at(1500))
        assert signal.evidence == "5 minutes left"
        assert all_words(signal)[0] == "No next step yet. Agree on what, who and when."

    def test_with_time_left_or_after_the_end_it_is_quiet(self) -> None:
        assert quiet_at(self.rule, self.at(1499.9))
        assert quiet_at(self.rule, self.at(1800))
        assert quiet_at(self.rule, self.at(1700, planned_s=None))

    @pytest.mark.parametrize("side", [seller, customer])
    def test_a_next_step_of_either_side_ends_it(self, side: type) -> None:
        step = (side(1400, 1404), "Tuesday at ten it is.", Act.NEXT_STEP)
        assert quiet_at(self.rule, self.at(1600, step), showing=True)

    def test_one_of_the_beginning_was_about_something_else(self) -> None:
        step = (seller(899, 903), "Let's look at it next.", Act.NEXT_STEP)
        assert quiet_at(self.rule, self.at(1499, step))
        assert not quiet_at(self.rule, self.at(1500, step))

    def test_where_sentences_are_not_recognised_it_cannot_know(self) -> None:
        failed = StageFailed(t_s=600.0, stage="acts", code="acts_failed", message="m", recoverable=True)
        assert quiet_at(self.rule, self.at(1600, more=(failed,)))
        assert quiet_at(self.rule, conversation_after([started()], until_s=1600))

    def test_it_does_not_belong_to_the_opening(self) -> None:
        assert self.rule.phases == frozenset(Phase) - {Phase.OPENING}
