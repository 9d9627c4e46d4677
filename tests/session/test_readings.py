import msgspec
import numpy as np
import pytest

from conversation.talk import CUSTOMER, SELLER, turn, words
from roomtone.config.conversation import ConversationSettings
from roomtone.config.settings import ReadingSettings
from roomtone.conversation.state import Conversation, fold, start
from roomtone.events import SpeechEnded, TurnEnded
from roomtone.session.readings import KEPT_UTTERANCES, TurnReader
from roomtone.types import (
    HeardUtterance,
    Hypothesis,
    Label,
    Question,
    QuestionKind,
    Reading,
    Speaker,
    TurnHeard,
    Utterance,
)

pytestmark = pytest.mark.unit


class Guarded:
    """Reads every turn as guarded, and knows a voice after its first turn."""

    name = "guarded"

    def __init__(self) -> None:
        self.read: list[TurnHeard] = []

    def predict(self, turn: TurnHeard) -> Reading:
        self.read.append(turn)
        return Reading(
            Label.GUARDED, {Label.GUARDED: 0.66666, Label.NEUTRAL: 0.33334}, ("“maybe”",), "guarded-1"
        )

    def settled(self, speaker: Speaker) -> bool:
        return bool(self.read)


def heard(utterance_id: str, speaker: Speaker = CUSTOMER, *, end_s: float = 2.0) -> HeardUtterance:
    utterance = Utterance(
        utterance_id=utterance_id,
        source_id=f"{speaker.value}-line",
        speaker=speaker,
        start_s=1.0,
        end_s=end_s,
        audio_start_s=0.8,
        samples=np.zeros(16, dtype=np.float32),
        closed_at_s=2.6,
    )
    hypothesis = Hypothesis((), "maybe", "en", 1.0, -0.1, 0.0, np.zeros(4, dtype=np.float32))
    return HeardUtterance(utterance, hypothesis)


def turn_of(*utterance_ids: str, speaker: Speaker = CUSTOMER, offset_s: float | None = 0.5) -> TurnEnded:
    ended = turn(speaker, 1.0, 9.0, offset_s=offset_s)
    return msgspec.structs.replace(ended, utterance_ids=utterance_ids)


def after(*turns: TurnEnded) -> Conversation:
    return fold(start(ConversationSettings()), turns)


def test_a_turn_gets_the_utterances_that_belong_to_it_in_order() -> None:
    reader = TurnReader(Guarded(), ReadingSettings())
    kept = [heard(f"c-{nth}") for nth in range(4)]
    for each in kept:
        reader.remember(each)
    ended = turn_of("c-1", "c-2")
    whole = reader.turn_heard(ended, after(ended))
    assert whole is not None
    assert whole.heard == (kept[1], kept[2])
    assert (whole.speaker, whole.start_s, whole.end_s) == (CUSTOMER, 1.0, 9.0)
    assert whole.floor_transfer_offset_s == 0.5
    assert whole.question is None


def test_nothing_is_read_without_a_word_heard() -> None:
    reader = TurnReader(Guarded(), ReadingSettings())
    reader.remember(heard("c-1"))
    for ended in (turn_of(), turn_of("c-7")):
        assert reader.turn_heard(ended, after(ended)) is None


def test_the_seller_is_read_only_when_asked() -> None:
    ended = turn_of("s-1", speaker=SELLER)
    shy = TurnReader(Guarded(), ReadingSettings())
    shy.remember(heard("s-1", SELLER))
    assert shy.turn_heard(ended, after(ended)) is None
    open_minded = TurnReader(Guarded(), ReadingSettings(read_seller=True))
    open_minded.remember(heard("s-1", SELLER))
    assert open_minded.turn_heard(ended, after(ended)) is not None


def test_a_side_that_cannot_be_told_is_never_read() -> None:
    reader = TurnReader(Guarded(), ReadingSettings(read_seller=True))
    reader.remember(heard("u-1", Speaker.UNKNOWN))
    ended = turn_of("u-1", speaker=Speaker.UNKNOWN)
    assert reader.turn_heard(ended, after(ended)) is None


@pytest.mark.parametrize(
    ("speaker", "text", "question"),
    [
        (SELLER, "Okay. How do you do it today?", Question("How do you do it today?", QuestionKind.OPEN)),
        (SELLER, "Who decides? Is it you?", Question("Is it you?", QuestionKind.CLOSED)),
        (SELLER, "And when would that be?", Question("And when would that be?", QuestionKind.FACT)),
        (SELLER, "You said forty.", None),
        (CUSTOMER, "How do you do it today?", None),
    ],
)
def test_an_answer_knows_the_question_that_the_others_turn_ended_in(
    speaker: Speaker, text: str, question: Question | None
) -> None:
    reader = TurnReader(Guarded(), ReadingSettings())
    reader.remember(heard("c-1"))
    said = words((speaker, 0.0, 0.9), text)
    before = msgspec.structs.replace(
        turn(speaker, 0.0, 0.9), is_question=text.endswith("?"), utterance_ids=(said.utterance_id,)
    )
    ended = turn_of("c-1")
    whole = reader.turn_heard(ended, fold(start(ConversationSettings()), [said, before, ended]))
    assert whole is not None
    assert whole.question == question


@pytest.mark.parametrize(
    ("said", "question"),
    [
        (
            ("Good.", "So how many people", "would be using it at the start?"),
            Question("So how many people would be using it at the start?", QuestionKind.FACT),
        ),
        (("And how...", "do you do it now?"), Question("And how... do you do it now?", QuestionKind.OPEN)),
        (
            ("So what", "in all of that", "would be the hard part?"),
            Question("So what in all of that would be the hard part?", QuestionKind.OPEN),
        ),
        (("How are you?", "Is it raining?"), Question("Is it raining?", QuestionKind.CLOSED)),
        (("I saw your site", "What do you sell?"), Question("What do you sell?", QuestionKind.OPEN)),
    ],
)
def test_a_question_that_a_pause_cut_is_put_together(said: tuple[str, ...], question: Question) -> None:
    reader = TurnReader(Guarded(), ReadingSettings())
    reader.remember(heard("c-1"))
    # What an earlier turn broke off with is no part of it.
    finals = [words((SELLER, nth, nth + 0.9), text) for nth, text in enumerate(("So how", *said))]
    asked = msgspec.structs.replace(
        turn(SELLER, 1.0, len(said) + 0.9),
        is_question=True,
        utterance_ids=tuple(final.utterance_id for final in finals[1:]),
    )
    ended = turn_of("c-1")
    whole = reader.turn_heard(ended, fold(start(ConversationSettings()), [*finals, asked, ended]))
    assert whole is not None
    assert whole.question == question


def test_a_turn_knows_how_long_was_listened_and_what_was_said_meanwhile() -> None:
    reader = TurnReader(Guarded(), ReadingSettings())
    reader.remember(heard("c-0"))
    asked = turn(SELLER, 20.0, 44.0)
    bursts = [
        SpeechEnded(t_s=end_s + 0.3, source_id="c", speaker=CUSTOMER, start_s=end_s - 0.4, end_s=end_s)
        for end_s in (12.0, 25.0, 33.0)
    ]
    conversation = fold(start(ConversationSettings()), [*bursts, asked, turn_of("c-0")])
    listened = reader.turn_heard(turn_of("c-0"), conversation)
    assert listened is not None
    assert (listened.listened_s, listened.backchannels) == (24.0, 2)


def test_only_the_newest_utterances_are_kept() -> None:
    reader = TurnReader(Guarded(), ReadingSettings())
    for nth in range(KEPT_UTTERANCES + 1):
        reader.remember(heard(f"c-{nth}"))
    ended = turn_of(*(f"c-{nth}" for nth in range(KEPT_UTTERANCES + 1)))
    whole = reader.turn_heard(ended, after(ended))
    assert whole is not None
    assert [each.utterance.utterance_id for each in whole.heard] == [
        f"c-{nth}" for nth in range(1, KEPT_UTTERANCES + 1)
    ]


def test_an_utterance_is_forgotten_with_the_turn_it_ended_in() -> None:
    reader = TurnReader(Guarded(), ReadingSettings())
    for each in (heard("c-1", end_s=5.0), heard("c-2", end_s=9.5)):
        reader.remember(each)
    ended = turn_of("c-1", "c-2")
    found = [reader.turn_heard(ended, after(ended)) for _ in range(2)]
    assert [[each.utterance.utterance_id for each in turn.heard] for turn in found if turn] == [
        ["c-1", "c-2"],
        ["c-2"],
    ]


def test_one_side_never_pushes_out_the_other() -> None:
    reader = TurnReader(Guarded(), ReadingSettings(read_seller=True))
    reader.remember(heard("c-1"))
    for nth in range(KEPT_UTTERANCES):
        reader.remember(heard(f"s-{nth}", SELLER))
    ended = turn_of("c-1")
    assert reader.turn_heard(ended, after(ended)) is not None


def test_a_reading_says_whether_the_voice_was_known_before_it() -> None:
    reader = TurnReader(Guarded(), ReadingSettings())
    reader.remember(heard("c-1"))
    reader.remember(heard("c-2"))
    ended = turn_of("c-1", "c-2")
    whole = reader.turn_heard(ended, after(ended))
    assert whole is not None
    first, second = reader.read(whole, 11.0), reader.read(whole, 12.0)
    assert (first.settled, second.settled) == (False, True)
    assert (first.t_s, first.start_s, first.end_s) == (11.0, 1.0, 9.0)
    assert (first.utterance_id, first.source_id) == ("c-2", "customer-line")
    assert (first.speaker, first.label, first.evidence) == (CUSTOMER, Label.GUARDED, ("“maybe”",))
    assert first.probabilities == {Label.GUARDED: 0.6667, Label.NEUTRAL: 0.3333}
    assert first.model == "guarded-1"
