import pytest

from roomtone.conversation.pushback import SAME_BREATH_S, SAME_EPISODE_S, PushBack, in_words, with_pushback
from roomtone.types import PUSHBACKS, Act, SentenceMeaning

pytestmark = pytest.mark.unit


def sentence(text: str, start_s: float, end_s: float, **acts: float) -> SentenceMeaning:
    return SentenceMeaning(text, start_s, end_s, {Act(act): probability for act, probability in acts.items()})


EXPENSIVE = sentence("That's a lot of money.", 10, 12, pushback_price=0.7)


def after(*utterances: list[SentenceMeaning]) -> tuple[PushBack, ...]:
    known: tuple[PushBack, ...] = ()
    for said in utterances:
        known = with_pushback(known, said, said_until_s=said[-1].end_s)
    return known


def test_an_objection_has_its_kind_its_words_and_when_it_may_be_answered() -> None:
    (one,) = after([EXPENSIVE, sentence("We looked at it last year.", 12, 15)])
    assert one == PushBack(10, 12, 15, Act.PUSHBACK_PRICE, "That's a lot of money.", 0.7)


def test_several_sentences_are_one_objection_in_the_words_of_the_surest() -> None:
    later = sentence("We have no budget for it.", 20, 23, pushback_price=0.9)
    within_one, in_two = after([EXPENSIVE, later]), after([EXPENSIVE], [later])
    assert within_one == in_two
    assert within_one == (PushBack(10, 23, 23, Act.PUSHBACK_PRICE, later.text, 0.9),)
    (unsure,) = after([EXPENSIVE, sentence("It is a bit steep.", 20, 22, pushback_price=0.6)])
    assert (unsure.kind, unsure.quote) == (Act.PUSHBACK_PRICE, EXPENSIVE.text)
    assert (unsure.start_s, unsure.end_s, unsure.said_until_s) == (10, 22, 22)


def test_an_objection_of_another_kind_is_another_one_unless_it_comes_in_one_breath() -> None:
    def boss(at_s: float) -> SentenceMeaning:
        return sentence("My boss would never sign that.", at_s, at_s + 3, pushback_authority=0.9)

    in_one_breath = after([EXPENSIVE, boss(12 + SAME_BREATH_S - 0.1)])
    assert [one.kind for one in in_one_breath] == [Act.PUSHBACK_AUTHORITY]
    two = after([EXPENSIVE], [boss(12 + SAME_BREATH_S)])
    assert [one.kind for one in two] == [Act.PUSHBACK_PRICE, Act.PUSHBACK_AUTHORITY]


def test_an_objection_much_later_is_another_one() -> None:
    def again(at_s: float) -> SentenceMeaning:
        return sentence("It is too expensive.", at_s, at_s + 2, pushback_price=0.8)

    assert len(after([EXPENSIVE], [again(12 + SAME_EPISODE_S - 0.1)])) == 1
    assert len(after([EXPENSIVE], [again(12 + SAME_EPISODE_S)])) == 2


def test_of_several_kinds_in_a_sentence_the_surest_counts() -> None:
    (one,) = after([sentence("We have no time and no money.", 0, 3, pushback_price=0.6, pushback_timing=0.8)])
    assert one.kind is Act.PUSHBACK_TIMING


def test_other_sentences_are_no_objection() -> None:
    assert after([sentence("How much is it?", 0, 2, closed_question=0.9), sentence("Hm.", 2, 3)]) == ()


@pytest.mark.parametrize("kind", PUSHBACKS)
def test_every_kind_can_be_named(kind: Act) -> None:
    assert in_words(kind)
    assert "_" not in in_words(kind)
