"""What every ``EventSink`` must do, a fake that only remembers included."""

import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, get_args

import msgspec
import pytest

from roomtone.config.settings import Settings
from roomtone.events import (
    ActsRecognised,
    AgendaPointCovered,
    AgendaPointMarked,
    AgendaSet,
    CaveatNoted,
    CaveatWithdrawn,
    ConsentNoted,
    ConversationMeasured,
    EchoJudged,
    EmotionEstimated,
    Event,
    NudgeDismissed,
    NudgeRaised,
    PhaseEntered,
    PromiseMade,
    PromiseReviewed,
    SessionEnded,
    SessionStarted,
    SourceLost,
    SourceOverflowed,
    SourceStarted,
    SourceStopped,
    SpeechEnded,
    SpeechStarted,
    StageFailed,
    StageLagged,
    TranscriptFinal,
    TranscriptPartial,
    TranscriptRejected,
    TurnEnded,
    decode,
)
from roomtone.interfaces import EventSink
from roomtone.session.store import EventLog, read_events
from roomtone.types import (
    Act,
    AgendaPoint,
    Echo,
    Label,
    Phase,
    PromiseKind,
    SentenceMeaning,
    Speaker,
    Word,
)
from roomtone.ui.app import PresenterSink
from roomtone.ui.jsonl import JsonSink
from roomtone.ui.plain import PlainSink
from roomtone.ui.presenter import Presenter

pytestmark = pytest.mark.contract

SELLER, CUSTOMER = Speaker.SELLER, Speaker.CUSTOMER
FIRST, SECOND = "Shall we start on Monday?", "Größe „XL“, 5 € more – fine."
STATES = {label: 1 / 6 for label in Label if label is not Label.CANNOT_TELL}


class Recorder:
    """Remembers what it was given."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.closed = False

    async def publish(self, event: Event) -> None:
        self.events.append(event)

    async def aclose(self) -> None:
        self.closed = True


class Watched(NamedTuple):
    """A sink, what it kept of the call and what a person or a program can read of it."""

    sink: EventSink
    kept: Callable[[], list[Event]] | None
    told: Callable[[], str]


def final(t_s: float, speaker: Speaker, text: str) -> TranscriptFinal:
    words = tuple(Word(word, t_s - 2, t_s - 1, 0.9) for word in text.split())
    return TranscriptFinal(
        t_s=t_s,
        source_id=speaker.value,
        utterance_id=f"{speaker.value}-{t_s:.0f}",
        speaker=speaker,
        text=text,
        words=words,
        start_s=t_s - 2,
        end_s=t_s - 1,
        avg_logprob=-0.2,
        no_speech_prob=0.01,
        language="en",
    )


def whole_call() -> list[Event]:
    """A call with an event of every kind; kept ones are numbered."""
    partial = TranscriptPartial(
        t_s=2.5, utterance_id="customer-8", speaker=CUSTOMER, revision=1, committed="we", tentative="would"
    )
    figures = ConversationMeasured(
        t_s=3.0,
        talk_ratio=0.5,
        window_talk_ratio=None,
        longest_monologue_s=2.0,
        median_patience_s=None,
        question_rate=1.0,
    )
    reading = EmotionEstimated(
        t_s=9.0,
        utterance_id="customer-8",
        speaker=CUSTOMER,
        label=Label.GUARDED,
        probabilities=STATES,
        evidence=("short answer",),
        model="m",
        start_s=6.0,
        end_s=7.0,
    )
    turn = TurnEnded(
        t_s=8.5,
        speaker=CUSTOMER,
        start_s=6.0,
        end_s=7.0,
        words=5,
        floor_transfer_offset_s=0.4,
        overlap_s=0.0,
        is_question=False,
    )
    nudge = NudgeRaised(
        t_s=9.5, nudge_id="n1", rule="sounded", severity="quiet", message="Ask.", evidence="e", expires_s=20.0
    )
    does = SentenceMeaning(FIRST, 2.0, 3.0, {Act.NEXT_STEP: 0.9, Act.COMMITMENT: 0.8}, {"point-1": 0.7})
    acts = ActsRecognised(
        t_s=4.0, utterance_id="seller-4", speaker=SELLER, sentences=(does,), model="scripted"
    )
    promise = PromiseMade(
        t_s=4.0,
        promise_id="promise-1",
        utterance_id="seller-4",
        speaker=SELLER,
        text=FIRST,
        kind=PromiseKind.DATE,
        start_s=2.0,
        end_s=3.0,
    )
    events: list[Event] = [
        SessionStarted(
            t_s=0.0,
            title="A call",
            mode="replay",
            started_at="2026-11-22T10:00",
            version="0",
            transcriber="t",
        ),
        SourceStarted(t_s=0.0, source_id="seller", speaker=SELLER, description="left", sample_rate_hz=8000),
        CaveatNoted(t_s=0.0, code="quiet", message="The customer is very quiet."),
        AgendaSet(t_s=0.0, points=(AgendaPoint("point-1", "When to start", ("monday",)),)),
        SpeechStarted(t_s=1.1, speaker=SELLER, start_s=1.0),
        partial,
        figures,
        SpeechEnded(t_s=3.0, speaker=SELLER, start_s=1.0, end_s=2.7),
        final(4.0, SELLER, FIRST),
        acts,
        promise,
        AgendaPointCovered(t_s=4.0, point_id="point-1", start_s=2.0, quote=FIRST),
        AgendaPointMarked(t_s=4.5, point_id="point-1", covered=False),
        PhaseEntered(t_s=4.6, phase=Phase.CLOSING, by_seller=True),
        SourceOverflowed(t_s=5.0, source_id="seller", lost_samples=160),
        CaveatWithdrawn(t_s=5.1, code="quiet"),
        EchoJudged(t_s=5.2, source_id="seller", echo=Echo.REMOVED, delay_s=0.1, level_db=-12.0),
        ConsentNoted(t_s=5.2),
        SourceLost(t_s=5.3, source_id="seller", speaker=SELLER, message="The headset is gone."),
        StageLagged(t_s=5.5, stage="transcriber", behind_s=4.0),
        TranscriptRejected(
            t_s=6.0, utterance_id="seller-9", speaker=SELLER, start_s=5.0, end_s=5.5, reason="phantom"
        ),
        StageFailed(t_s=7.0, stage="reading", code="x", message="No reading.", recoverable=True),
        final(8.0, CUSTOMER, SECOND),
        turn,
        reading,
        nudge,
        NudgeDismissed(t_s=12.0, nudge_id="n1", rule="sounded", reason="expired"),
        PromiseReviewed(t_s=19.0, promise_id="promise-1", verdict="edited", text="We start on Monday."),
        SourceStopped(t_s=20.0, source_id="seller", reason="end_of_input"),
        SessionEnded(t_s=20.0, duration_s=20.0, reason="end_of_input"),
    ]
    seq = iter(range(len(events)))
    return [event if event.droppable else _numbered(event, next(seq)) for event in events]


def _numbered(event: Event, seq: int) -> Event:
    return msgspec.structs.replace(event, seq=seq)


async def log(folder: Path) -> Watched:
    path = folder / "events.db"
    return Watched(EventLog(path), lambda: list(read_events(path)), lambda: str(list(read_events(path))))


async def lines(folder: Path) -> Watched:
    stream = io.StringIO()
    return Watched(PlainSink(stream), None, stream.getvalue)


async def json_lines(folder: Path) -> Watched:
    stream = io.BytesIO()
    return Watched(
        JsonSink(stream),
        lambda: [decode(line) for line in stream.getvalue().splitlines()],
        lambda: stream.getvalue().decode(),
    )


async def screen(folder: Path) -> Watched:
    presenter = Presenter(Settings())
    return Watched(PresenterSink(presenter, lambda: None), None, lambda: str(presenter.view().lines))


async def recorder(folder: Path) -> Watched:
    sink = Recorder()
    return Watched(
        sink, lambda: [event for event in sink.events if not event.droppable], lambda: str(sink.events)
    )


MakeSink = Callable[[Path], Awaitable[Watched]]


@pytest.fixture(params=[log, lines, json_lines, screen, recorder])
def make(request: pytest.FixtureRequest) -> MakeSink:
    factory: MakeSink = request.param
    return factory


def test_the_call_has_an_event_of_every_kind() -> None:
    assert {type(event) for event in whole_call()} == set(get_args(Event))


async def test_every_kind_of_event_is_taken_in_order(make: MakeSink, tmp_path: Path) -> None:
    watched = await make(tmp_path)
    for event in whole_call():
        await watched.sink.publish(event)
    await watched.sink.aclose()
    told = watched.told()
    assert 0 <= told.index(FIRST) < told.index(SECOND)
    if watched.kept is not None:
        assert watched.kept() == [event for event in whole_call() if not event.droppable]


async def test_what_was_taken_is_there_after_closing_without_an_end(make: MakeSink, tmp_path: Path) -> None:
    watched = await make(tmp_path)
    for event in whole_call()[:-3]:
        await watched.sink.publish(event)
    await watched.sink.aclose()
    assert SECOND in watched.told()


async def test_a_call_that_never_began_can_be_closed(make: MakeSink, tmp_path: Path) -> None:
    watched = await make(tmp_path)
    await watched.sink.aclose()


async def test_two_sinks_get_the_same_and_do_not_disturb_each_other(make: MakeSink, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    both = [await make(folder) for folder in folders]
    for event in whole_call():
        for watched in both:
            await watched.sink.publish(event)
    for watched in both:
        await watched.sink.aclose()
    assert both[0].told() == both[1].told()
