"""Sentences recognised beside the line, with a scripted recogniser."""

from collections.abc import AsyncGenerator, Sequence

import msgspec
import pytest

from conversation.talk import customer, seller, words
from roomtone.events import ActsRecognised, StageFailed
from roomtone.session.acts import ActReader
from roomtone.types import Act, AgendaPoint, Meaning, PromiseKind, Speaker

pytestmark = pytest.mark.unit

POINTS = AgendaPoint("a", "What they use today"), AgendaPoint("b", "Who decides")


class Recogniser:
    """Finds a pitch in every sentence, and keeps what it was asked."""

    name = "scripted"

    def __init__(self, *, fails: bool = False, forgets: bool = False) -> None:
        self.asked: list[tuple[tuple[str, ...], Speaker, tuple[str, ...]]] = []
        self._fails = fails
        self._forgets = forgets

    def recognise(
        self, texts: Sequence[str], speaker: Speaker, *, agenda: Sequence[str] = ()
    ) -> list[Meaning]:
        self.asked.append((tuple(texts), speaker, tuple(agenda)))
        if self._fails:
            raise ZeroDivisionError("by nothing")
        meaning = Meaning({Act.PITCH: 0.87654}, closeness=(0.61239, 0.19)[: len(agenda)])
        return [meaning] * (len(texts) - self._forgets)


@pytest.fixture
async def reading() -> AsyncGenerator[tuple[Recogniser, ActReader], None]:
    recogniser = Recogniser()
    reader = ActReader(recogniser)
    yield recogniser, reader
    reader.close()


async def test_each_sentence_is_recognised_with_its_times(reading: tuple[Recogniser, ActReader]) -> None:
    recogniser, reader = reading
    final = words(seller(10, 16), "We do this. Do you?", known_s=18.0)
    event = await reader.read(final, POINTS)
    assert isinstance(event, ActsRecognised)
    assert (event.t_s, event.source_id, event.utterance_id) == (18.0, "seller", "seller-10")
    assert (event.speaker, event.model) == (Speaker.SELLER, "scripted")
    assert [(each.text, each.start_s, each.end_s) for each in event.sentences] == [
        ("We do this.", 10.0, 13.6),
        ("Do you?", 13.6, 16.0),
    ]
    assert recogniser.asked == [
        (("We do this.", "Do you?"), Speaker.SELLER, ("What they use today", "Who decides"))
    ]


async def test_only_what_is_close_enough_to_a_point_is_kept(reading: tuple[Recogniser, ActReader]) -> None:
    event = await reading[1].read(words(seller(10, 16), "We do this."), POINTS)
    assert isinstance(event, ActsRecognised)
    (sentence,) = event.sentences
    assert sentence.acts == {Act.PITCH: 0.877}
    assert sentence.closeness == {"a": 0.612}
    assert sentence.promise is None


async def test_an_utterance_without_word_times_is_one_sentence(reading: tuple[Recogniser, ActReader]) -> None:
    final = msgspec.structs.replace(words(customer(3, 8), "We do. You too?"), words=())
    event = await reading[1].read(final, ())
    assert isinstance(event, ActsRecognised)
    assert [(each.text, each.start_s, each.end_s) for each in event.sentences] == [("We do. You too?", 3, 8)]


@pytest.mark.parametrize("text", ["", "   ", "\n"])
async def test_of_no_words_there_is_nothing_to_say(reading: tuple[Recogniser, ActReader], text: str) -> None:
    recogniser, reader = reading
    assert await reader.read(words(seller(0, 1), text), POINTS) is None
    assert recogniser.asked == []


@pytest.mark.parametrize("text", ["…", "?!", "はい。そうです。", "a" * 5000, "\x00 ￿"])
async def test_odd_words_are_passed_on(reading: tuple[Recogniser, ActReader], text: str) -> None:
    event = await reading[1].read(words(seller(0, 1), text), POINTS)
    assert isinstance(event, ActsRecognised)
    assert event.sentences


@pytest.mark.parametrize("recogniser", [Recogniser(fails=True), Recogniser(forgets=True)])
async def test_a_recogniser_that_fails_is_told_once_and_not_asked_again(recogniser: Recogniser) -> None:
    reader = ActReader(recogniser)
    final = words(seller(0, 4), "We do this.", known_s=6.0)
    failed = await reader.read(final, POINTS)
    assert isinstance(failed, StageFailed)
    assert (failed.t_s, failed.stage, failed.code, failed.recoverable) == (6.0, "acts", "acts_failed", True)
    assert "the words themselves still come" in failed.message
    assert await reader.read(final, POINTS) is None
    assert len(recogniser.asked) == 1
    reader.close()


async def test_what_a_promise_is_about_is_kept() -> None:
    class Promising(Recogniser):
        def recognise(
            self, texts: Sequence[str], speaker: Speaker, *, agenda: Sequence[str] = ()
        ) -> list[Meaning]:
            return [Meaning({Act.COMMITMENT: 1.0}, promise=PromiseKind.DATE) for _ in texts]

    reader = ActReader(Promising())
    event = await reader.read(words(seller(0, 4), "We'll do this by May."), ())
    assert isinstance(event, ActsRecognised)
    assert [each.promise for each in event.sentences] == [PromiseKind.DATE]
    reader.close()
    reader.close()
