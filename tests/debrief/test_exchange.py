"""Monologues, answers and interruptions of scripted speech."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation import metrics, state
from roomtone.conversation.sentences import Sentence
from roomtone.conversation.state import Conversation
from roomtone.debrief import exchange
from roomtone.debrief.exchange import Answered, Said
from roomtone.events import SpeechEnded, SpeechStarted
from roomtone.types import Speaker

pytestmark = pytest.mark.unit

SELLER, CUSTOMER = Speaker.SELLER, Speaker.CUSTOMER
NOTHING_SAID: Said = {SELLER: (), CUSTOMER: ()}


def call(*spans: tuple[Speaker, float, float]) -> Conversation:
    """Fold the speech, known as it begins and ends, and announce every turn."""
    told = [SpeechStarted(t_s=start_s, speaker=speaker, start_s=start_s) for speaker, start_s, _ in spans]
    ends = [
        SpeechEnded(t_s=end_s, speaker=who, start_s=start_s, end_s=end_s) for who, start_s, end_s in spans
    ]
    heard = state.fold(
        state.start(ConversationSettings()), sorted((*told, *ends), key=lambda event: event.t_s)
    )
    heard = state.advance(heard, heard.now_s + 10)
    while (turn := state.due_turn(heard, final=True)) is not None:
        heard = state.step(heard, turn)
    return heard


def said(speaker: Speaker, *texts: tuple[float, float, str]) -> Said:
    return {**NOTHING_SAID, speaker: tuple(Sentence(*text) for text in texts)}


def test_a_monologue_runs_over_pauses_and_short_words_of_the_other_side() -> None:
    heard = call(
        (SELLER, 0, 10), (CUSTOMER, 10.2, 10.6), (SELLER, 11, 20), (SELLER, 23, 40), (CUSTOMER, 41, 50)
    )
    words = said(SELLER, (0, 10, "So what we do is this."))[SELLER]
    longest = exchange.longest_monologue(heard, SELLER, words)
    assert longest == exchange.Monologue(0, 40, "So what we do is this.")
    assert longest.duration_s == metrics.longest_monologue_s(heard, SELLER)


@pytest.mark.parametrize("after_s", [46.0, 60.0])
def test_a_long_silence_ends_a_monologue(after_s: float) -> None:
    heard = call((SELLER, 0, 40), (SELLER, after_s, after_s + 10))
    longest = exchange.longest_monologue(heard, SELLER, ())
    assert longest is not None
    assert longest.duration_s == 40 == metrics.longest_monologue_s(heard, SELLER)


def test_a_side_without_turns_has_no_monologue() -> None:
    assert exchange.longest_monologue(call((SELLER, 0, 5)), CUSTOMER, ()) is None


def test_only_the_side_that_came_in_early_interrupted() -> None:
    heard = call((CUSTOMER, 0, 10), (SELLER, 8, 14), (CUSTOMER, 15, 18))
    words = said(CUSTOMER, (0, 10, "We were thinking about next year."))
    assert [(cut.at_s, cut.overlap_s) for cut in exchange.interruptions(heard, SELLER, words)] == [(8, 2)]
    assert exchange.interruptions(heard, SELLER, words)[0].over == "We were thinking about next year."
    assert exchange.interruptions(heard, CUSTOMER, words) == ()


def test_the_report_takes_the_mark_of_the_line_for_an_interruption() -> None:
    heard = call((CUSTOMER, 0, 10), (SELLER, 8, 14), (CUSTOMER, 15, 18))
    unmarked = [msgspec.structs.replace(turn, interrupted=False) for turn in heard.seller.turns]
    heard = replace(heard, seller=replace(heard.seller, turns=tuple(unmarked)))
    assert exchange.interruptions(heard, SELLER, NOTHING_SAID) == ()


def test_patience_is_the_middle_gap_and_names_the_fastest() -> None:
    heard = call(
        (CUSTOMER, 0, 5),
        (SELLER, 5.1, 10),
        (CUSTOMER, 12, 15),
        (SELLER, 17, 20),
        (CUSTOMER, 22, 25),
        (SELLER, 24.7, 30),
    )
    patience = exchange.patience(heard, said(CUSTOMER, (0, 5, "Why is that?"))[CUSTOMER])
    assert patience is not None
    assert (patience.median_s, patience.answers) == (0.1, 3)
    assert [(fast.at_s, fast.gap_s, fast.after) for fast in patience.fastest] == [
        (24.7, -0.3, "Why is that?"),
        (5.1, 0.1, "Why is that?"),
    ]


def test_there_is_no_patience_without_an_answer() -> None:
    assert exchange.patience(call((SELLER, 0, 5), (CUSTOMER, 6, 9)), ()) is None


def ask(spans: Sequence[tuple[Speaker, float, float]], *, end_s: float) -> Answered:
    words = {
        CUSTOMER: (Sentence(end_s - 2, end_s, "How much?"),),
        SELLER: (Sentence(11.0, 14, "Ten a month."),),
    }
    (question,) = exchange.answered(call(*spans), words)
    return question


def test_a_question_is_followed_by_what_the_seller_said_next() -> None:
    question = ask([(CUSTOMER, 0, 10), (SELLER, 11, 14)], end_s=9.9)
    assert question == Answered(7.9, "How much?", 0.1, 1.0, "Ten a month.")


def test_a_customer_who_goes_on_is_answered_from_where_they_stopped() -> None:
    question = ask([(CUSTOMER, 0, 4), (CUSTOMER, 5, 9), (SELLER, 11, 14)], end_s=4)
    assert (question.went_on_s, question.reply_after_s) == (5, 2)


def test_a_seller_already_speaking_left_no_gap() -> None:
    question = ask([(CUSTOMER, 0, 10), (SELLER, 8, 14)], end_s=10)
    assert question.reply_after_s == -2


def test_a_question_at_the_very_end_stays_unanswered() -> None:
    question = ask([(SELLER, 0, 4), (CUSTOMER, 5, 10)], end_s=10)
    assert (question.reply_after_s, question.reply) == (None, "")
