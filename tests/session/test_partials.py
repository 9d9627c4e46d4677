import asyncio
import logging
from dataclasses import replace

import numpy as np
import pytest

from conversation.talk import CUSTOMER, SELLER
from roomtone.errors import TranscriberError
from roomtone.events import TranscriptPartial
from roomtone.session.partials import AHEAD_AFTER_S, Partials
from roomtone.types import SAMPLE_RATE_HZ, Hypothesis, Speaker, Utterance, Word

pytestmark = pytest.mark.unit

WORD_S = 0.4


def still_open(end_s: float, *, utterance_id: str = "u1", speaker: Speaker = CUSTOMER) -> Utterance:
    return Utterance(
        utterance_id=utterance_id,
        source_id=speaker.value,
        speaker=speaker,
        start_s=0.0,
        end_s=end_s,
        audio_start_s=0.0,
        samples=np.zeros(round(end_s * SAMPLE_RATE_HZ), dtype=np.float32),
        closed_at_s=end_s,
        still_open=True,
    )


class Line:
    """A transcriber that answers when it is told to, and what was published."""

    def __init__(self) -> None:
        self.published: list[TranscriptPartial] = []
        self.asked: list[Utterance] = []
        self.answers: asyncio.Queue[str | TranscriberError] = asyncio.Queue()
        self.rejected = ""
        self.probability = 0.3
        """Of every word; so low that it is committed by agreement alone."""
        self.partials = Partials(self.transcribe, self.publish)

    async def transcribe(self, utterance: Utterance) -> Hypothesis:
        self.asked.append(utterance)
        answer = await self.answers.get()
        if isinstance(answer, TranscriberError):
            raise answer
        voice = np.zeros(4, dtype=np.float32)
        words = tuple(
            Word(word, number * WORD_S, (number + 1) * WORD_S, self.probability)
            for number, word in enumerate(answer.split())
        )
        return Hypothesis(words, answer, "en", utterance.end_s, -0.1, 0.0, voice, self.rejected)

    async def publish(self, partial: TranscriptPartial) -> None:
        self.published.append(partial)

    async def offer(self, utterance: Utterance, answer: str | TranscriberError | None = None) -> None:
        """Offer an utterance, and let everything happen that can."""
        if answer is not None:
            self.answers.put_nowait(answer)
        self.partials.offer(utterance)
        await settle()

    @property
    def shown(self) -> list[tuple[int, str, str]]:
        return [(each.revision, each.committed, each.tentative) for each in self.published]


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_words_two_looks_agree_on_are_committed() -> None:
    line = Line()
    await line.offer(still_open(1.5), "well I")
    await line.offer(still_open(3.0), "well I guess")
    await line.offer(still_open(4.5), "well I guess so")
    assert line.shown == [(0, "", "well I"), (1, "well I", "guess"), (2, "well I guess", "so")]
    first = line.published[0]
    assert (first.t_s, first.utterance_id, first.speaker, first.source_id) == (
        1.5,
        "u1",
        CUSTOMER,
        "customer",
    )


async def test_sure_words_are_committed_at_first_sight_but_for_the_last() -> None:
    line = Line()
    line.probability = 0.9
    await line.offer(still_open(1.5), "well I guess")
    assert line.shown == [(0, "well", "I guess")]


async def test_a_new_utterance_begins_anew() -> None:
    line = Line()
    await line.offer(still_open(1.5), "well I")
    await line.offer(still_open(3.0), "well I")
    await line.offer(still_open(6.0, utterance_id="u2"), "well then")
    assert line.shown[-1] == (0, "", "well then")


async def test_each_side_has_words_of_its_own() -> None:
    line = Line()
    await line.offer(still_open(1.5), "well I")
    await line.offer(still_open(1.5, utterance_id="s1", speaker=SELLER), "well you")
    await line.offer(still_open(3.0), "well I do")
    assert line.shown == [(0, "", "well I"), (0, "", "well you"), (1, "well I", "do")]


async def test_there_is_a_look_every_second_and_a_half() -> None:
    line = Line()
    for tenths in range(1, 51):
        await line.offer(still_open(tenths / 10), "word")
    assert [utterance.end_s for utterance in line.asked] == [1.5, 3.0, 4.5]


async def test_a_short_utterance_after_a_long_one_is_looked_at_as_soon_as_it_can_be() -> None:
    line = Line()
    await line.offer(still_open(20.0), "word")
    for end_s in (22.0, 22.4, 22.5, 23.0):
        await line.offer(replace(still_open(end_s, utterance_id="u2"), start_s=21.0), "word")
    assert [utterance.end_s for utterance in line.asked] == [20.0, 22.5]


def paused(end_s: float, silence_s: float) -> Utterance:
    """An utterance whose speaker stopped a while ago."""
    return replace(still_open(end_s), may_end=True, closed_at_s=end_s + silence_s)


async def test_a_pause_that_may_be_the_end_has_the_whole_transcribed_once() -> None:
    line = Line()
    await line.offer(still_open(1.5), "that is")
    await line.offer(paused(2.0, AHEAD_AFTER_S - 0.1))
    await line.offer(paused(2.0, AHEAD_AFTER_S + 0.05), "that is all")
    await line.offer(paused(2.0, AHEAD_AFTER_S + 0.1))
    assert [(utterance.end_s, utterance.may_end) for utterance in line.asked] == [(1.5, False), (2.0, True)]
    assert line.shown[-1] == (1, "that is all", "")
    assert line.published[-1].t_s == pytest.approx(2.05 + AHEAD_AFTER_S)
    await line.offer(still_open(4.0), "that is all we")
    await line.offer(paused(4.2, AHEAD_AFTER_S + 0.05), "that is all we have")
    assert line.shown[-1] == (3, "that is all we have", "")


async def test_what_is_committed_is_left_out_of_the_next_looks_once_it_is_long() -> None:
    line = Line()
    said = " ".join(f"word{number}" for number in range(14)) + ". And"
    await line.offer(still_open(5.8), said)
    await line.offer(still_open(7.3), f"{said} so")
    await line.offer(still_open(8.8))
    whole, again, rest = line.asked
    begin_s = 14 * WORD_S
    assert whole.start_s == again.start_s == 0.0
    assert rest.start_s == rest.audio_start_s == pytest.approx(begin_s)
    assert len(rest.samples) == round((8.8 - begin_s) * SAMPLE_RATE_HZ)
    line.answers.put_nowait("ignored")
    await settle()


async def test_what_comes_while_a_look_is_under_way_is_skipped() -> None:
    line = Line()
    await line.offer(still_open(1.5))
    await line.offer(still_open(4.5))
    await line.offer(still_open(4.5, speaker=SELLER))
    assert [utterance.end_s for utterance in line.asked] == [1.5]
    line.answers.put_nowait("one")
    await settle()
    await line.offer(still_open(4.6), "one two")
    assert [utterance.end_s for utterance in line.asked] == [1.5, 4.6]
    assert len(line.published) == 2


async def test_words_a_guard_refused_are_not_shown() -> None:
    line = Line()
    line.rejected = "loop"
    await line.offer(still_open(1.5), "the the the")
    assert line.published == []
    line.rejected = ""
    await line.offer(still_open(3.0), "the end")
    assert line.shown == [(0, "", "the end")]


async def test_a_transcriber_that_fails_costs_one_look(caplog: pytest.LogCaptureFixture) -> None:
    line = Line()
    with caplog.at_level(logging.WARNING):
        await line.offer(still_open(1.5), TranscriberError("It broke.", code="broke", recoverable=True))
    assert "no partial words for u1" in caplog.text
    await line.offer(still_open(3.0), "well")
    assert line.shown == [(0, "", "well")]


async def test_closing_gives_up_the_look_under_way() -> None:
    line = Line()
    await line.partials.aclose()
    await line.offer(still_open(1.5))
    await line.partials.aclose()
    line.answers.put_nowait("too late")
    await settle()
    assert line.published == []
    assert len(asyncio.all_tasks()) == 1
