import pytest

from roomtone.config.conversation import ConversationSettings, PromiseSettings
from roomtone.conversation.state import fold, start, step
from roomtone.conversation.understanding import Understanding
from roomtone.events import (
    AgendaPointMarked,
    AgendaSet,
    Event,
    PhaseEntered,
    PromiseMade,
    PromiseReviewed,
    StageFailed,
)
from roomtone.types import Act, AgendaPoint, Phase, PromiseKind, Speaker

from .talk import CUSTOMER, SELLER, conversation_after, customer, meant, recognised, seller, words

pytestmark = pytest.mark.unit

SETTINGS = ConversationSettings(promises=PromiseSettings(safe=("send the proposal",)))


def understood(*events: Event, settings: ConversationSettings = SETTINGS) -> Understanding:
    return fold(start(settings), events).understood


def promised(text: str, *, speaker: Speaker = SELLER, kind: PromiseKind | None = None) -> list[PromiseMade]:
    """Return the promises that are due after one utterance that commits its speaker."""
    final = words((speaker, 10, 20), text)
    known = understood(recognised(final, Act.COMMITMENT, promise=kind))
    return [event for event in known.due(25.0) if isinstance(event, PromiseMade)]


def test_nothing_is_known_before_anything_was_recognised() -> None:
    known = understood(words(seller(0, 4), "We'll send it."))
    assert known == Understanding()
    assert not known.acts_known
    assert list(known.due(10.0)) == []


def test_sentences_are_recognised_until_that_fails() -> None:
    recognised_once = recognised(words(seller(0, 4), "So it is."))
    assert understood(recognised_once).acts_known
    failed = StageFailed(t_s=9.0, stage="acts", code="acts_failed", message="m", recoverable=True)
    other = StageFailed(t_s=9.0, stage="transcriber", code="x", message="m", recoverable=True)
    assert not understood(recognised_once, failed).acts_known
    assert understood(recognised_once, other).acts_known


def test_a_promise_is_due_with_all_that_is_known_of_it() -> None:
    (made,) = promised("We'll have it live by March.", kind=PromiseKind.DATE)
    assert made == PromiseMade(
        t_s=25.0,
        source_id="seller",
        promise_id="promise-1",
        utterance_id="seller-10",
        speaker=SELLER,
        text="We'll have it live by March.",
        kind=PromiseKind.DATE,
        start_s=10,
        end_s=20,
        is_safe=False,
    )


def test_a_promise_on_the_list_is_safe_and_one_of_the_customer_is_kept_too() -> None:
    assert promised("I will be sending you the proposal.")[0].is_safe
    assert promised("I'll send you our figures.", speaker=CUSTOMER)[0].speaker is CUSTOMER
    assert promised("I'll send you our figures.", speaker=Speaker.UNKNOWN) == []


def test_a_promise_without_a_kind_is_about_what_is_delivered() -> None:
    assert promised("We'll do all of that.")[0].kind is PromiseKind.SCOPE


def test_a_word_or_two_is_no_promise() -> None:
    assert promised("I will.") == []
    assert promised("Yes, I will.") == []
    assert len(promised("Yes, I will too.")) == 1


def test_promises_are_due_until_they_were_folded_in_and_have_numbers_of_their_own() -> None:
    both = (Act.COMMITMENT, Act.COMMITMENT)
    final = words(seller(0, 8), "We'll send it over tomorrow. We'll train your people too.")
    state = fold(start(SETTINGS), [recognised(final, *both)])
    first, second = list(state.understood.due(10.0))
    assert isinstance(first, PromiseMade)
    state = step(state, first)
    assert list(state.understood.due(10.0)) == [second]
    state = step(state, second)
    assert list(state.understood.due(10.0)) == []
    again = recognised(words(customer(10, 14), "I'll send you our figures."), Act.COMMITMENT)
    (third,) = step(state, again).understood.due(20.0)
    assert [event.promise_id for event in (first, second, third) if isinstance(event, PromiseMade)] == [
        "promise-1",
        "promise-2",
        "promise-3",
    ]


def test_reviews_are_kept() -> None:
    review = PromiseReviewed(t_s=99.0, promise_id="promise-1", verdict="struck", text="")
    assert understood(review).reviews == (review,)


def test_only_the_customer_pushes_back() -> None:
    text = "That's a lot of money."
    assert understood(recognised(words(seller(0, 4), text), Act.PUSHBACK_PRICE)).pushbacks == ()
    (one,) = understood(recognised(words(customer(0, 4), text), Act.PUSHBACK_PRICE)).pushbacks
    assert (one.kind, one.quote) == (Act.PUSHBACK_PRICE, text)


def test_push_back_may_be_answered_from_the_end_of_its_utterance() -> None:
    final = words(customer(0, 8), "That's a lot of money. And we have a system.")
    (one,) = understood(recognised(final, Act.PUSHBACK_PRICE)).pushbacks
    assert (one.end_s, one.said_until_s) == (4.0, 8.0)


def test_the_phase_is_what_was_entered_whoever_says_so() -> None:
    known = understood(PhaseEntered(t_s=9.0, phase=Phase.CLOSING, by_seller=True))
    assert (known.phases.current, known.phases.since_s) == (Phase.CLOSING, 9.0)
    assert known.phases.held_until_s > 9.0
    assert understood(PhaseEntered(t_s=9.0, phase=Phase.CLOSING)).phases.held_until_s == 0.0


def test_the_agenda_is_set_and_marked() -> None:
    point = AgendaPoint("a", "What they use today")
    known = understood(AgendaSet(t_s=0.0, points=(point,)))
    assert known.agenda.open_points() == (point,)
    ticked = understood(
        AgendaSet(t_s=0.0, points=(point,)), AgendaPointMarked(t_s=5.0, point_id="a", covered=True)
    )
    assert ticked.agenda.open_points() == ()


def test_an_event_that_says_nothing_of_the_words_changes_nothing() -> None:
    known = understood(*meant((customer(0, 4), "That's a lot of money.", Act.PUSHBACK_PRICE)))
    assert known.after(words(seller(5, 8), "We'll see."), SETTINGS) is known


def test_what_was_announced_can_be_folded_from_the_log() -> None:
    lines = (
        (customer(0, 4), "That's a lot of money.", Act.PUSHBACK_PRICE),
        (seller(6, 12), "I hear you. We'll send the proposal.", Act.ACKNOWLEDGEMENT, Act.COMMITMENT),
    )
    live = conversation_after(meant(*lines), until_s=30, settings=SETTINGS)
    assert [made.is_safe for made in live.understood.promises] == [True]
    assert live.understood.promised == ()
