"""The line on a real call with a scripted transcriber: order, determinism, failures."""

import asyncio

import pytest

from roomtone.config.settings import Settings
from roomtone.errors import AudioError, StoreError
from roomtone.events import (
    ActsRecognised,
    AgendaPointCovered,
    AgendaPointMarked,
    AgendaSet,
    CaveatNoted,
    ConsentNoted,
    EmotionEstimated,
    Event,
    PhaseEntered,
    PromiseMade,
    SessionEnded,
    SessionStarted,
    SourceStopped,
    SpeechEnded,
    StageFailed,
    TranscriptFinal,
    TranscriptPartial,
    TranscriptRejected,
    TurnEnded,
)
from roomtone.session import pipeline as pipeline_module
from roomtone.session import words as words_module
from roomtone.types import AgendaPoint, Effort, Hypothesis, Phase, Speaker, Utterance
from session.scripted_line import HEARD_S, AlwaysNeutral, Beginning, Kept, Recogniser, Scripted, pipeline

pytestmark = pytest.mark.replay


class Asking(Scripted):
    """Says when it is first asked."""

    def __init__(self, asked: asyncio.Event) -> None:
        super().__init__()
        self._asked = asked

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        self._asked.set()
        return await super().transcribe(utterance, effort)


async def test_a_call_becomes_one_ordered_gapless_stream() -> None:
    kept = Kept()
    source = Beginning()
    await pipeline(source, kept).run()
    logged = [event for event in kept.events if not event.droppable]
    assert [event.seq for event in logged] == list(range(len(logged)))
    assert all(event.seq == -1 for event in kept.events if event.droppable)
    times = [event.t_s for event in kept.events]
    assert times == sorted(times)
    assert isinstance(kept.events[0], SessionStarted)
    assert isinstance(kept.events[-1], SessionEnded)
    assert kept.events[-1].reason == "end_of_input"
    assert kept.events[-1].duration_s == pytest.approx(HEARD_S, abs=0.2)
    assert {event.source_id for event in kept.of(SourceStopped)} == {"seller", "customer"}
    assert [caveat.code for caveat in kept.of(CaveatNoted)] == ["told_late"]
    assert kept.closed
    assert source.closed


async def test_consent_is_kept_whether_it_was_given_before_the_call_or_in_it() -> None:
    kept = Kept()
    line = pipeline(Beginning(2.0), kept, consented=True)
    await line.run()
    assert [event.t_s for event in kept.of(ConsentNoted)] == [0.0]
    assert kept.events[1] == kept.of(ConsentNoted)[0]

    kept, noted = Kept(), asyncio.Event()
    line = pipeline(Beginning(30.0), kept, transcriber=Asking(noted))
    running = asyncio.create_task(line.run())
    await noted.wait()
    await line.note_consent()
    await running
    assert [event.t_s > 0.0 for event in kept.of(ConsentNoted)] == [True]
    times_s = [event.t_s for event in kept.events]
    assert times_s == sorted(times_s)


async def test_what_is_known_of_a_call_from_its_beginning_comes_before_anything_is_heard() -> None:
    agenda = AgendaSet(t_s=0.0, points=(AgendaPoint("point-1", "Budget"),))
    caveat = CaveatNoted(t_s=0.0, code="rules", message="One is left out.")
    kept = Kept()
    await pipeline(Beginning(2.0), kept, notes=[agenda, caveat]).run()
    kinds = [type(event) for event in kept.events]
    assert kinds[0] is SessionStarted
    (set_at,) = (nth for nth, event in enumerate(kept.events) if isinstance(event, AgendaSet))
    assert kept.events[set_at].points == agenda.points
    assert kept.events[set_at].t_s == 0.0
    assert kept.events[set_at + 1].message == caveat.message
    assert all(event.t_s == 0.0 for event in kept.events[: set_at + 1])


async def test_every_utterance_gets_its_words_a_fixed_delay_after_its_end() -> None:
    kept = Kept()
    await pipeline(Beginning(), kept).run()
    finals = kept.of(TranscriptFinal)
    assert len(finals) > 5
    vad, delay_s = Settings().vad, Settings().replay.final_delay_s
    for final in finals[:-1]:
        assert vad.bridge_s + delay_s <= final.t_s - final.end_s <= vad.pause_s + delay_s + 0.1
    spoken = kept.of(SpeechEnded)
    for event in spoken:
        of_side = [final for final in finals if final.speaker == event.speaker]
        assert any(final.start_s <= event.start_s and event.end_s <= final.end_s for final in of_side), (
            f"no words for {event}"
        )


async def test_the_events_do_not_depend_on_the_speed_of_the_transcriber() -> None:
    streams = []
    for seed, longest_wait_s in ((0, 0.0), (1, 0.02), (2, 0.05)):
        kept = Kept()
        transcriber = Scripted(seed=seed, longest_wait_s=longest_wait_s)
        await pipeline(Beginning(), kept, transcriber=transcriber).run()
        streams.append(kept.events)
    assert streams[0] == streams[1] == streams[2]


async def test_only_the_customer_is_read_after_each_turn() -> None:
    kept, reader = Kept(), AlwaysNeutral()
    await pipeline(Beginning(), kept, reader=reader).run()
    turns = [turn for turn in kept.of(TurnEnded) if turn.speaker is Speaker.CUSTOMER and turn.utterance_ids]
    readings = kept.of(EmotionEstimated)
    assert len(readings) == len(turns) >= 2
    assert {turn.speaker for turn in reader.turns} == {Speaker.CUSTOMER}
    assert [reading.settled for reading in readings] == [False, False] + [True] * (len(readings) - 2)
    for turn, reading in zip(turns, readings, strict=True):
        assert kept.events.index(reading) == kept.events.index(turn) + 1
        assert (reading.start_s, reading.end_s) == (turn.start_s, turn.end_s)


async def test_a_fault_in_a_transcriber_does_not_hang_the_call() -> None:
    class Faulty(Scripted):
        async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
            raise ZeroDivisionError

    kept = Kept()
    await pipeline(Beginning(20.0), kept, transcriber=Faulty()).run()
    assert {event.code for event in kept.of(StageFailed)} == {"transcriber_failed"}
    assert {event.reason for event in kept.of(TranscriptRejected)} == {"failed"}
    assert kept.events[-1].reason == "end_of_input"


async def test_a_failed_utterance_is_told_and_the_call_goes_on() -> None:
    kept = Kept()
    await pipeline(Beginning(), kept, transcriber=Scripted(fails_on="customer-1")).run()
    assert [event.code for event in kept.of(StageFailed)] == ["transcriber_died"]
    assert [(event.utterance_id, event.reason) for event in kept.of(TranscriptRejected)] == [
        ("customer-1", "failed")
    ]
    assert kept.of(TranscriptFinal)
    assert kept.events[-1].reason == "end_of_input"


async def test_audio_that_breaks_off_is_finished_first_and_then_raised() -> None:
    error = AudioError("The disk was pulled out.", code="file_unreadable")
    kept = Kept()
    with pytest.raises(AudioError, match="pulled out"):
        await pipeline(Beginning(30.0, error), kept).run()
    whole = Kept()
    await pipeline(Beginning(30.0), whole).run()
    assert kept.of(TranscriptFinal) == whole.of(TranscriptFinal)
    assert kept.of(StageFailed)[-1].recoverable is False
    assert kept.events[-1].reason == "failed"


async def test_a_sink_that_fails_ends_the_call_with_its_error_and_closes_the_others() -> None:
    other, failing = Kept(), Kept(fatal=TranscriptFinal)
    with pytest.raises(StoreError, match="disk is full"):
        await pipeline(Beginning(), other, failing).run()
    assert other.closed
    assert failing.closed


async def test_stopping_finishes_what_was_heard() -> None:
    kept = Kept()
    source = Beginning()
    line = pipeline(source, kept)

    class StopsAtFirstWords(Kept):
        async def publish(self, event: Event) -> None:
            if isinstance(event, TranscriptFinal):
                line.stop()

    line._sinks = [kept, StopsAtFirstWords()]
    await line.run()
    ended = kept.events[-1]
    assert isinstance(ended, SessionEnded)
    assert ended.reason == "stopped"
    assert 5.0 < ended.duration_s < HEARD_S
    assert kept.of(SpeechEnded)[-1].end_s <= ended.duration_s


class Silent(Scripted):
    """Never answers, and has the line stopped when it is first asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        self.asked.set()
        return await asyncio.Future()


@pytest.mark.parametrize("most_pending", [1, words_module.MOST_PENDING])
async def test_words_that_never_come_are_given_up_after_a_stop(
    monkeypatch: pytest.MonkeyPatch, most_pending: int
) -> None:
    monkeypatch.setattr(pipeline_module, "STOP_DEADLINE_S", 0.05)
    monkeypatch.setattr(words_module, "MOST_PENDING", most_pending)
    kept, transcriber = Kept(), Silent()
    line = pipeline(Beginning(), kept, transcriber=transcriber)
    running = asyncio.create_task(line.run())
    await transcriber.asked.wait()
    line.stop()
    await running
    rejected = kept.of(TranscriptRejected)
    assert rejected
    assert {event.reason for event in rejected} == {"stopped"}
    assert not kept.of(TranscriptFinal)
    assert not kept.of(StageFailed)
    assert kept.events[-1].reason == "stopped"
    logged = [event for event in kept.events if not event.droppable]
    assert [event.seq for event in logged] == list(range(len(logged)))


async def test_partials_come_before_their_final_and_change_no_other_event() -> None:
    with_partials, without = Kept(), Kept()
    transcriber = Scripted()
    await pipeline(Beginning(), with_partials, transcriber=transcriber, partials=True).run()
    await pipeline(Beginning(), without).run()
    partials = with_partials.of(TranscriptPartial)
    assert partials
    assert transcriber.partials >= len(partials)
    for partial in partials:
        finals = [f for f in with_partials.of(TranscriptFinal) if f.utterance_id == partial.utterance_id]
        assert all(
            with_partials.events.index(partial) < with_partials.events.index(final) for final in finals
        )
    kept = [event for event in with_partials.events if not isinstance(event, TranscriptPartial)]
    assert kept == without.events


POINTS = AgendaPoint("a", "What they use today"), AgendaPoint("b", "Who decides")
AGENDA = AgendaSet(t_s=0.0, points=POINTS)


async def test_what_sentences_do_follows_their_words() -> None:
    kept, recogniser = Kept(), Recogniser()
    await pipeline(Beginning(), kept, acts=recogniser, notes=[AGENDA]).run()
    kinds = (TranscriptFinal, ActsRecognised)
    told = [event for event in kept.events if isinstance(event, kinds)]
    finals, acts = told[::2], told[1::2]
    assert len(finals) > 5
    assert all(isinstance(event, TranscriptFinal) for event in finals)
    for final, recognised in zip(finals, acts, strict=True):
        assert isinstance(recognised, ActsRecognised)
        assert recognised.utterance_id == final.utterance_id
        assert (recognised.t_s, recognised.speaker) == (final.t_s, final.speaker)
        assert " ".join(each.text for each in recognised.sentences) == final.text
    assert set(recogniser.agendas) == {tuple(point.text for point in POINTS)}
    logged = [event for event in kept.events if not event.droppable]
    assert [event.seq for event in logged] == list(range(len(logged)))


async def test_what_follows_from_the_words_is_published() -> None:
    kept = Kept()
    await pipeline(Beginning(40.0), kept, acts=Recogniser()).run()
    promises = kept.of(PromiseMade)
    assert promises
    assert {made.speaker for made in promises} == {Speaker.SELLER}
    assert {event.phase for event in kept.of(PhaseEntered)} == {Phase.OBJECTIONS}
    assert isinstance(kept.events[-1], SessionEnded)


async def test_without_a_recogniser_nothing_is_said_of_the_words() -> None:
    kept = Kept()
    await pipeline(Beginning(20.0), kept).run()
    assert kept.of(TranscriptFinal)
    assert kept.of(ActsRecognised) == kept.of(PromiseMade) == kept.of(PhaseEntered) == []


async def test_a_recogniser_that_fails_is_told_once_and_the_call_goes_on() -> None:
    kept = Kept()
    await pipeline(Beginning(40.0), kept, acts=Recogniser(fails_at=3)).run()
    assert [event.code for event in kept.of(StageFailed)] == ["acts_failed"]
    assert len(kept.of(ActsRecognised)) == 2
    assert len(kept.of(TranscriptFinal)) > 5
    assert kept.events[-1].reason == "end_of_input"


async def test_the_seller_corrects_the_phase_and_ticks_points() -> None:
    kept, begun = Kept(), asyncio.Event()
    line = pipeline(Beginning(15.0), kept, transcriber=Asking(begun), notes=[AGENDA])
    running = asyncio.create_task(line.run())
    await begun.wait()
    for _ in range(2):
        await line.correct_phase()
    for number in (2, 2, 1, 0, 3, -1):
        await line.toggle_point(number)
    await running
    phases = kept.of(PhaseEntered)
    assert [(event.phase, event.by_seller) for event in phases] == [
        (Phase.OPENING, True),
        (Phase.DISCOVERY, True),
    ]
    marks = kept.of(AgendaPointMarked)
    assert [(event.point_id, event.covered) for event in marks] == [("b", True), ("b", False), ("a", True)]
    assert all(event.t_s > 0.0 and event.seq >= 0 for event in (*phases, *marks))
    times_s = [event.t_s for event in kept.events]
    assert times_s == sorted(times_s)


async def test_without_an_agenda_there_is_nothing_to_tick() -> None:
    kept, begun = Kept(), asyncio.Event()
    line = pipeline(Beginning(10.0), kept, transcriber=Asking(begun))
    running = asyncio.create_task(line.run())
    await begun.wait()
    await line.toggle_point(1)
    await running
    assert kept.of(AgendaPointMarked) == kept.of(AgendaPointCovered) == []
