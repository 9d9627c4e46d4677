from collections.abc import Sequence

import msgspec
import pytest

from conversation.talk import (
    CUSTOMER,
    SELLER,
    Span,
    conversation_after,
    customer,
    in_order,
    reading,
    said,
    seller,
    speech,
    turn,
    words,
)
from roomtone.config.conversation import ConversationSettings
from roomtone.config.nudges import (
    MonologueNudge,
    NudgeSettings,
    PatienceNudge,
    QuestionsNudge,
    SoundedNudge,
    TalkShareNudge,
)
from roomtone.conversation.state import Conversation, advance, fold, start
from roomtone.events import EchoJudged, Event
from roomtone.nudges.rule import MOST_CHARACTERS, Rule, Signal
from roomtone.nudges.rules import (
    InterruptedRule,
    MonologueRule,
    PatienceRule,
    QuestionsRule,
    SoundedRule,
    TalkShareRule,
    built_in,
    clock,
    in_words,
)
from roomtone.types import Echo, Label

pytestmark = pytest.mark.unit

BEGINNING = start(ConversationSettings())


def signal_of(rule: Rule, state: Conversation, *, showing: bool = False) -> Signal:
    signal = rule.evaluate(state, showing=showing)
    assert signal is not None
    return signal


def shared(seller_s: float, customer_s: float, *, at_s: float | None = None) -> Conversation:
    """Return a call in which each side spoke once, for so long."""
    state = fold(BEGINNING, speech(seller(0, seller_s), customer(seller_s + 1, seller_s + 1 + customer_s)))
    return advance(state, at_s) if at_s is not None else state


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


class TestSounded:
    rule = SoundedRule(SoundedNudge())

    @pytest.mark.parametrize(
        ("label", "severity", "message"),
        [
            (Label.GUARDED, "quiet", "They sounded guarded. Ask how they feel about it."),
            (Label.UPSET, "strong", "They sounded upset. Pause, and acknowledge it first."),
            (Label.DEFEATED, "quiet", "They sounded defeated. Ask what makes it hard."),
            (Label.EXCITED, "quiet", "They sounded excited. Ask what they like about it."),
        ],
    )
    def test_it_names_the_state_and_what_to_do(self, label: Label, severity: str, message: str) -> None:
        signal = signal_of(self.rule, fold(BEGINNING, [reading(label, t_s=50)]))
        assert (signal.severity, signal.message) == (severity, message)
        assert signal.evidence == "“well, I guess so”; answered after 2.1 s, usually 0.6 s"
        assert (signal.moment, signal.cause_s) == ("c-1", 50)

    @pytest.mark.parametrize("label", [Label.CONFIDENT, Label.NEUTRAL, Label.CANNOT_TELL])
    def test_other_states_need_no_word(self, label: Label) -> None:
        assert self.rule.evaluate(fold(BEGINNING, [reading(label, t_s=50)]), showing=False) is None

    def test_doubt_says_nothing(self) -> None:
        def heard(probability: float, *, settled: bool = True) -> Signal | None:
            felt = reading(Label.GUARDED, t_s=50, probability=probability, settled=settled)
            return self.rule.evaluate(fold(BEGINNING, [felt]), showing=False)

        assert heard(0.59) is None
        assert heard(0.6) is not None
        assert heard(0.9, settled=False) is None

    def test_only_the_newest_reading_counts(self) -> None:
        readings = [reading(Label.GUARDED, t_s=50), reading(Label.NEUTRAL, t_s=70, utterance_id="c-2")]
        assert self.rule.evaluate(fold(BEGINNING, readings), showing=False) is None
        assert self.rule.evaluate(fold(BEGINNING, readings[::-1]), showing=False) is not None

    def test_the_seller_is_not_told_how_they_sounded_themselves(self) -> None:
        own = msgspec.structs.replace(reading(Label.UPSET, t_s=50), speaker=SELLER)
        assert self.rule.evaluate(fold(BEGINNING, [own]), showing=False) is None
        assert self.rule.evaluate(BEGINNING, showing=False) is None

    @pytest.mark.parametrize("label", list(Label))
    def test_any_list_of_states_in_the_settings_is_fine(self, label: Label) -> None:
        rule = SoundedRule(SoundedNudge(states=tuple(Label), min_probability=0.0))
        signal = rule.evaluate(fold(BEGINNING, [reading(label, t_s=50)]), showing=False)
        assert (signal is None) == (label in (Label.NEUTRAL, Label.CANNOT_TELL))


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


@pytest.mark.parametrize("rule", built_in(NudgeSettings()), ids=lambda rule: rule.name)
def test_nothing_is_said_of_the_seller_while_their_microphone_hears_the_customer(rule: Rule) -> None:
    echo = EchoJudged(t_s=1.0, source_id="seller", echo=Echo.UNTRUSTED)
    told = speech(customer(0, 2), seller(1, 90), customer(91, 110), seller(109, 300))
    state = advance(
        fold(BEGINNING, [*in_order([echo, *told]), words(seller(109, 300), "so we do it all")]), 300.0
    )
    assert rule.evaluate(state, showing=False) is None


def test_the_most_urgent_rule_comes_first() -> None:
    assert [rule.name for rule in built_in(NudgeSettings())] == [
        "sounded",
        "long_monologue",
        "talk_share",
        "monologue",
        "interrupted",
        "patience",
        "questions",
    ]


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        (NudgeSettings(talk_share=TalkShareNudge(enabled=False)), {"talk_share"}),
        (NudgeSettings(monologue=MonologueNudge(enabled=False)), {"monologue", "long_monologue"}),
        (NudgeSettings(questions=QuestionsNudge(enabled=False)), {"questions"}),
        (NudgeSettings(patience=PatienceNudge(enabled=False)), {"patience"}),
        (NudgeSettings(sounded=SoundedNudge(enabled=False)), {"sounded"}),
    ],
)
def test_each_kind_can_be_switched_off(settings: NudgeSettings, missing: set[str]) -> None:
    names = {rule.name for rule in built_in(NudgeSettings())}
    assert {rule.name for rule in built_in(settings)} == names - missing


def test_all_can_be_switched_off() -> None:
    assert built_in(NudgeSettings(enabled=False)) == []


THREE_HOURS_S = 3 * 3600.0 - 1


@pytest.mark.parametrize("window_s", [75.0, 300.0, THREE_HOURS_S, 4 * 3600.0])
def test_every_message_can_be_read_in_a_glance_even_after_three_hours(window_s: float) -> None:
    state = start(ConversationSettings(window_s=window_s))
    state = fold(state, speech(customer(0, 20), customer(THREE_HOURS_S - 15, THREE_HOURS_S - 5)))
    lines = [words(seller(25, 30), "Is it?"), *speech(seller(25, THREE_HOURS_S + 50))[:1]]
    turns = [
        event
        for nth in range(9)
        for event in (
            turn(CUSTOMER, 10.0 * nth, 10.0 * nth + 5),
            turn(SELLER, 10.0 * nth + 5, 10.0 * nth + 9, offset_s=0.0),
        )
    ]
    state = fold(state, in_order([*lines, *turns]))
    state = advance(state, THREE_HOURS_S)
    signals = [rule.evaluate(state, showing=False) for rule in built_in(NudgeSettings())]
    for label in Label:
        felt = fold(state, [reading(label, t_s=THREE_HOURS_S, utterance_id="x" * 80)])
        signals.append(SoundedRule(SoundedNudge(states=tuple(Label))).evaluate(felt, showing=False))
    messages = [signal.message for signal in signals if signal is not None]
    assert {message.split()[1] for message in messages} >= {"talked", "been", "haven't", "answer", "sounded"}
    assert max(len(message) for message in messages) <= MOST_CHARACTERS


@pytest.mark.parametrize(
    ("duration_s", "said_as"),
    [
        (76, "76 seconds"),
        (119.4, "119 seconds"),
        (119.6, "2 minutes"),
        (129, "2 minutes"),
        (130, "2 min 10 s"),
        (300, "5 minutes"),
        (10_799, "179 min 59 s"),
    ],
)
def test_durations_in_words(duration_s: float, said_as: str) -> None:
    assert in_words(duration_s) == said_as


@pytest.mark.parametrize(
    ("duration_s", "shown_as"), [(0, "0:00"), (59.4, "0:59"), (59.6, "1:00"), (3661, "61:01")]
)
def test_durations_on_the_clock(duration_s: float, shown_as: str) -> None:
    assert clock(duration_s) == shown_as
