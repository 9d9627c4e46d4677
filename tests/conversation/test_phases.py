from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomtone.conversation.phases import (
    LEAST_STAY_S,
    SELLERS_WORD_HOLDS_S,
    Phases,
    following,
)
from roomtone.types import PUSHBACKS, Act, Phase, SentenceMeaning, Speaker

from .talk import CUSTOMER, SELLER, stable

pytestmark = pytest.mark.unit

Said = tuple[Speaker, float, Act | None]
LOOK_EVERY_S = 5.0


def sentence(at_s: float, *acts: Act) -> SentenceMeaning:
    return SentenceMeaning("x", at_s - 2, at_s, dict.fromkeys(acts, 0.9))


def course(*said: Said, until_s: float | None = None) -> list[tuple[float, Phase]]:
    """Return when which phase was entered, looked at after each sentence and every five seconds."""
    phases, entered = Phases(), []

    def look(phases: Phases, at_s: float) -> Phases:
        if (phase := phases.due(at_s)) is not None:
            entered.append((at_s, phase))
            return phases.entered(phase, at_s, by_seller=False)
        return phases

    now_s = 0.0
    for speaker, at_s, act in said:
        while now_s + LOOK_EVERY_S < at_s:
            now_s += LOOK_EVERY_S
            phases = look(phases, now_s)
        phases = look(phases.heard(speaker, [sentence(at_s, *([act] if act else []))]), at_s)
    if until_s is not None:
        phases = look(phases, until_s)
    return entered


def every(step_s: float, speaker: Speaker, act: Act, from_s: float, until_s: float) -> list[Said]:
    count = int((until_s - from_s) / step_s)
    return [(speaker, from_s + step_s * nth, act) for nth in range(count)]


def test_nothing_is_known_before_anything_was_said_and_then_it_is_the_opening() -> None:
    assert Phases().current is None
    assert Phases().due(100.0) is None
    assert Phases().heard(SELLER, [sentence(3)]).current is Phase.OPENING


def test_a_call_that_goes_as_calls_go() -> None:
    said = [
        *every(8, SELLER, Act.SMALL_TALK, 4, 60),
        *every(15, SELLER, Act.OPEN_QUESTION, 70, 240),
        *every(6, SELLER, Act.PITCH, 250, 500),
        *every(10, CUSTOMER, Act.PUSHBACK_PRICE, 505, 530),
        *every(8, SELLER, Act.NEXT_STEP, 620, 680),
    ]
    entered = course(*said)
    assert [phase for _, phase in entered] == [
        Phase.DISCOVERY,
        Phase.PRESENTATION,
        Phase.OBJECTIONS,
        Phase.CLOSING,
    ]
    by_phase = {phase: at_s for at_s, phase in entered}
    assert 70 <= by_phase[Phase.DISCOVERY] <= 130
    assert 250 <= by_phase[Phase.PRESENTATION] <= 280
    assert by_phase[Phase.OBJECTIONS] == 515
    assert 620 <= by_phase[Phase.CLOSING] <= 650


@pytest.mark.parametrize("objection", PUSHBACKS)
def test_two_objections_make_the_talk_about_them_however_long_the_pitch_was(objection: Act) -> None:
    pitch = every(5, SELLER, Act.PITCH, 10, 1200)
    assert [phase for _, phase in course(*pitch, (CUSTOMER, 1206, objection))] == [Phase.PRESENTATION]
    entered = course(*pitch, (CUSTOMER, 1206, objection), (CUSTOMER, 1215, objection))
    assert entered[-1] == (1215, Phase.OBJECTIONS)


def test_one_objection_is_enough_where_little_speaks_for_anything_else() -> None:
    pitch = (SELLER, 10.0, Act.PITCH), (SELLER, 15.0, Act.PITCH)
    assert course(*pitch, (CUSTOMER, 60, Act.PUSHBACK_PRICE))[-1] == (60, Phase.OBJECTIONS)


def test_what_the_seller_says_is_no_objection_and_what_the_customer_says_no_pitch() -> None:
    pitch = every(5, SELLER, Act.PITCH, 10, 100)
    assert [phase for _, phase in course(*pitch, (SELLER, 105, Act.PUSHBACK_PRICE))] == [Phase.PRESENTATION]
    assert course(*every(5, CUSTOMER, Act.PITCH, 10, 100)) == []


def test_one_sentence_of_business_does_not_end_the_opening() -> None:
    assert course((SELLER, 10, Act.PITCH), until_s=60) == []
    assert course((SELLER, 10, Act.PITCH), (SELLER, 20, Act.PITCH))[0][1] is Phase.PRESENTATION


def test_small_talk_holds_the_opening_against_some_business() -> None:
    small = every(5, SELLER, Act.SMALL_TALK, 5, 30)
    assert course(*small, (SELLER, 32, Act.OPEN_QUESTION), (CUSTOMER, 35, Act.SMALL_TALK)) == []


def test_the_opening_is_never_come_back_to() -> None:
    said = [*every(5, SELLER, Act.PITCH, 10, 60), *every(3, CUSTOMER, Act.SMALL_TALK, 100, 600)]
    assert {phase for _, phase in course(*said, until_s=700)} == {Phase.PRESENTATION}


def test_talk_that_mixes_questions_and_pitch_does_not_flap() -> None:
    said: list[Said] = []
    for nth in range(60):
        said += [(SELLER, 30.0 * nth + step_s, Act.PITCH) for step_s in (5, 9, 13)]
        said += [(SELLER, 30.0 * nth + step_s, Act.OPEN_QUESTION) for step_s in (20, 24, 28)]
    times_s = [at_s for at_s, _ in course(*said)]
    assert all(after - before >= LEAST_STAY_S for before, after in pairwise(times_s))


def test_a_phase_just_entered_is_left_at_once_for_an_objection_alone() -> None:
    pitch = [(SELLER, 10.0, Act.PITCH), (SELLER, 15.0, Act.PITCH)]
    steps = every(2, SELLER, Act.NEXT_STEP, 20, 30)
    entered = course(*pitch, *steps, until_s=15 + LEAST_STAY_S)
    assert entered == [(15, Phase.PRESENTATION), (15 + LEAST_STAY_S, Phase.CLOSING)]
    objections = every(3, CUSTOMER, Act.PUSHBACK_TRUST, 20, 26)
    assert course(*pitch, *objections)[-1] == (23, Phase.OBJECTIONS)


def test_what_the_seller_says_holds_for_three_minutes() -> None:
    phases = Phases().heard(SELLER, [sentence(at_s, Act.PITCH) for at_s in (5.0, 10.0, 15.0)])
    corrected = phases.entered(Phase.CLOSING, 20.0, by_seller=True)
    assert corrected.current is Phase.CLOSING
    assert corrected.due(20.0 + SELLERS_WORD_HOLDS_S - 0.1) is None
    assert corrected.due(20.0 + SELLERS_WORD_HOLDS_S) is Phase.PRESENTATION


def test_the_key_goes_round_all_phases() -> None:
    seen, phase = [], following(None)
    for _ in range(len(Phase) + 1):
        seen.append(phase)
        phase = following(phase)
    assert seen == [*Phase, Phase.OPENING]


SAID = st.tuples(st.sampled_from([SELLER, CUSTOMER]), st.integers(0, 600), st.sampled_from([None, *Act])).map(
    lambda said: (said[0], float(said[1]), said[2])
)


@pytest.mark.property
@stable
@given(said=st.lists(SAID, max_size=12), data=st.data())
def test_the_order_in_which_sentences_become_known_does_not_matter(
    said: list[Said], data: st.DataObject
) -> None:
    def weighed(order: Sequence[Said]) -> Phases:
        phases = Phases()
        for speaker, at_s, act in order:
            phases = phases.heard(speaker, [sentence(at_s, *([act] if act else []))])
        return phases

    near = [(speaker, 600 + at_s / 4, act) for speaker, at_s, act in said]
    assert weighed(data.draw(st.permutations(near))) == weighed(near)


@pytest.mark.property
@stable
@given(said=st.lists(SAID, max_size=30))
def test_phases_change_to_other_phases_and_not_too_often(said: list[Said]) -> None:
    entered = course(*sorted(said, key=lambda each: each[1]))
    phases = [Phase.OPENING, *(phase for _, phase in entered)]
    assert all(before is not after for before, after in pairwise(phases))
    assert Phase.OPENING not in phases[1:]
    for (before_s, _), (after_s, phase) in pairwise(entered):
        assert after_s - before_s >= LEAST_STAY_S or phase is Phase.OBJECTIONS
