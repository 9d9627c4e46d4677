import pytest

from conversation.talk import (
    CUSTOMER,
    SELLER,
    customer,
    in_order,
    reading,
    seller,
    speech,
    turn,
    words,
)
from nudges.rules.asked import BEGINNING
from roomtone.config.conversation import ConversationSettings
from roomtone.config.nudges import (
    MonologueNudge,
    NudgeSettings,
    PatienceNudge,
    QuestionsNudge,
    SoundedNudge,
    TalkShareNudge,
)
from roomtone.conversation.state import advance, fold, start
from roomtone.events import EchoJudged
from roomtone.nudges.rule import MOST_CHARACTERS, Rule
from roomtone.nudges.rules import built_in
from roomtone.nudges.rules.sounded import sounded_rules
from roomtone.types import Echo, Label

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("rule", built_in(NudgeSettings()), ids=lambda rule: rule.name)
def test_nothing_is_said_of_the_seller_while_their_microphone_hears_the_customer(rule: Rule) -> None:
    echo = EchoJudged(t_s=1.0, source_id="seller", echo=Echo.UNTRUSTED)
    told = speech(customer(0, 2), seller(1, 90), customer(91, 110), seller(109, 300))
    state = advance(
        fold(BEGINNING, [*in_order([echo, *told]), words(seller(109, 300), "so we do it all")]), 300.0
    )
    assert rule.evaluate(state, showing=False) is None


SOUNDED = {f"sounded_{state}" for state in SoundedNudge().states}


def test_the_most_urgent_kinds_are_about_how_they_feel() -> None:
    by_priority = sorted(built_in(NudgeSettings()), key=lambda rule: -rule.priority)
    assert [rule.name for rule in by_priority[:3]] == ["sounded_upset", "pushback", "long_monologue"]
    assert by_priority[-1].name == "good_pause"
    assert len({rule.priority for rule in by_priority}) == len(by_priority)


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        (NudgeSettings(talk_share=TalkShareNudge(enabled=False)), {"talk_share"}),
        (NudgeSettings(monologue=MonologueNudge(enabled=False)), {"monologue", "long_monologue"}),
        (NudgeSettings(questions=QuestionsNudge(enabled=False)), {"questions"}),
        (NudgeSettings(patience=PatienceNudge(enabled=False)), {"patience"}),
        (
            NudgeSettings(sounded=SoundedNudge(enabled=False)),
            SOUNDED,
        ),
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
        signals += [
            rule.evaluate(felt, showing=False) for rule in sounded_rules(SoundedNudge(states=tuple(Label)))
        ]
    messages = [signal.message for signal in signals if signal is not None]
    assert {message.split()[1] for message in messages} >= {"talked", "been", "haven't", "answer", "sounded"}
    assert max(len(message) for message in messages) <= MOST_CHARACTERS
