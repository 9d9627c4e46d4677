"""Calls analysed again: with the same settings they come out as they were."""

import asyncio
import dataclasses
from collections.abc import Iterable, Sequence
from itertools import cycle
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.talk import CUSTOMER, Span, customer, reading, said, seller, stable, two_sides
from roomtone.audio.recorded.pace import paced
from roomtone.clock import ManualClock
from roomtone.config.nudges import MonologueNudge, NudgeSettings, PatienceNudge, SoundedNudge, TalkShareNudge
from roomtone.config.settings import Settings
from roomtone.conversation import state
from roomtone.conversation.state import Conversation
from roomtone.events import (
    AgendaPointCovered,
    AgendaPointMarked,
    AgendaSet,
    CaveatNoted,
    ConsentNoted,
    EmotionEstimated,
    Event,
    NudgeDismissed,
    NudgeRaised,
    PhaseEntered,
    PromiseMade,
    PromiseReviewed,
    SessionEnded,
    SpeechEnded,
    SpeechStarted,
    StageFailed,
    TranscriptFinal,
    TurnEnded,
)
from roomtone.interfaces import AudioSource
from roomtone.nudges.engine import NudgeEngine
from roomtone.nudges.rule import Rule, Signal
from roomtone.nudges.rules import built_in
from roomtone.session.analysis import Analysis
from roomtone.session.pipeline import Pipeline
from roomtone.session.reanalysis import ANSWERS, Reanalysis, inputs, is_derived, reanalysed
from roomtone.session.words import Live
from roomtone.types import Act, AgendaPoint, Label, Meaning, Phase, PromiseKind, Reading, Speaker, TurnHeard
from session.scripted_line import STARTED, AlwaysNeutral, Beginning, Kept, pipeline
from session.test_analysis import lively_call
from session.test_words import live

pytestmark = pytest.mark.unit

EAGER = Settings(
    nudges=NudgeSettings(
        any_gap_s=3,
        same_gap_s=8,
        show_s=5,
        monologue=MonologueNudge(quiet_s=4, strong_s=8),
        talk_share=TalkShareNudge(quiet_share=0.4, sustain_s=2, min_speech_s=5),
        patience=PatienceNudge(median_s=1.0, answers=1),
        sounded=SoundedNudge(min_probability=0.1),
    )
)
"""Speaks up so often that a minute and a half have half a dozen nudges."""


def again(events: Iterable[Event], settings: Settings = EAGER) -> list[Event]:
    return list(reanalysed(events, settings, built_in(settings.nudges)))


def kinds(events: Iterable[Event]) -> list[type]:
    return [type(event) for event in events]


def without_seq(events: Iterable[Event]) -> list[Event]:
    return [msgspec.structs.replace(event, seq=-1) for event in events]


def heard_with(
    settings: Settings,
    given: Iterable[Event],
    *,
    end_s: float | None = None,
    answers: Iterable[str] = (),
    labels: Iterable[Label] = (),
) -> list[Event]:
    """Return what the line would have logged of these events.

    The seller answers a nudge once something else is heard, an empty answer being none; a turn of the
    customer is read as soon as it is announced, as long as there are ``labels``.
    """
    engine = NudgeEngine(settings.nudges, built_in(settings.nudges))
    analysis = Analysis(state.start(settings.conversation), engine)
    made: list[Event] = []
    spoken, heard = iter(answers), iter(labels)
    showing: NudgeRaised | None = None

    def note(events: Iterable[Event]) -> None:
        nonlocal showing
        for event in events:
            made.append(event)
            if isinstance(event, NudgeRaised | NudgeDismissed):
                showing = event if isinstance(event, NudgeRaised) else None
            if isinstance(event, TurnEnded) and event.speaker is CUSTOMER and (label := next(heard, None)):
                turn_id = f"turn-{event.start_s}"
                note(analysis.take(reading(label, t_s=event.t_s, utterance_id=turn_id)))

    for event in given:
        note(analysis.take(event))
        if showing is not None and (reason := next(spoken, "")):
            note(analysis.respond(showing.nudge_id, reason))
    if end_s is not None:
        note(analysis.finish(SessionEnded(t_s=end_s, duration_s=end_s, reason="end_of_input")))
    kept = [event for event in made if not event.droppable]
    return [msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(kept)]


def call_with(spans: Iterable[Span], *, is_live: bool) -> list[Event]:
    """Return what is heard of a call: in a live one readings come when they are done."""
    started = msgspec.structs.replace(STARTED, mode="live" if is_live else "replay")
    events = lively_call(list(spans))
    return [started, *(event for event in events if is_live or not isinstance(event, EmotionEstimated))]


class Answering(Kept):
    """A seller who answers every other nudge and presses every other key, while the line goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.line: Pipeline | None = None
        self._answers = cycle(("dismissed", "", "wrong", "", "dismissed", ""))
        self._pressing: set[asyncio.Task[None]] = set()

    async def publish(self, event: Event) -> None:
        assert self.line is not None
        await super().publish(event)
        if isinstance(event, NudgeRaised) and (reason := next(self._answers)):
            self._press(self.line.respond(event.nudge_id, reason))
        if isinstance(event, TranscriptFinal) and event.utterance_id == "customer-2":
            self._press(self.line.note_consent())
        if isinstance(event, AgendaPointCovered):
            self._press(self.line.toggle_point(1))
        if isinstance(event, PromiseMade):
            self._press(self.line.correct_phase())

    def _press(self, pressed) -> None:
        task = asyncio.ensure_future(pressed)
        self._pressing.add(task)
        task.add_done_callback(self._pressing.discard)


class Reader(AlwaysNeutral):
    def predict(self, turn: TurnHeard) -> Reading:
        self.turns.append(turn)
        label = Label.UPSET if len(self.turns) % 3 == 0 else Label.NEUTRAL
        return Reading(label, {label: 1.0}, ("because",), self.name)

    def settled(self, speaker: Speaker) -> bool:
        return True


class Acts:
    """Finds something in every utterance, another thing each time."""

    name = "scripted"

    def __init__(self) -> None:
        self._meanings = cycle(
            (
                Meaning({Act.PITCH: 0.9}),
                Meaning({Act.PUSHBACK_PRICE: 0.9}),
                Meaning({Act.COMMITMENT: 0.9}, promise=PromiseKind.DATE),
                Meaning({Act.OPEN_QUESTION: 0.9}),
            )
        )

    def recognise(
        self, texts: Sequence[str], speaker: Speaker, *, agenda: Sequence[str] = ()
    ) -> list[Meaning]:
        close = (0.9,) * len(agenda)
        return [dataclasses.replace(next(self._meanings), closeness=close) for _ in texts]


async def logged(source: AudioSource, happening: Live | None = None) -> Answering:
    """Return what the line publishes of a real call with a seller who presses keys."""
    kept = Answering()
    agenda = AgendaSet(t_s=0.0, points=(AgendaPoint("point-1", "w1 and w2"), AgendaPoint("point-2", "w3")))
    kept.line = pipeline(
        source, kept, reader=Reader(), acts=Acts(), settings=EAGER, live=happening, notes=[agenda]
    )
    await kept.line.run()
    return kept


@pytest.mark.replay
@pytest.mark.parametrize("is_live", [False, True])
async def test_a_real_call_comes_out_as_it_was_with_every_answer_of_the_seller(
    tmp_path: Path, is_live: bool
) -> None:
    clock = ManualClock()
    if is_live:
        kept = await logged(paced(Beginning(88.0), clock), live(tmp_path, clock))
    else:
        kept = await logged(Beginning(88.0))
    log = [event for event in kept.events if not event.droppable]
    reasons = {event.reason for event in kept.of(NudgeDismissed)}
    assert len(kept.of(NudgeRaised)) >= 6
    assert {"dismissed", "wrong", "expired"} <= reasons
    assert {ConsentNoted, AgendaPointCovered, AgendaPointMarked, PromiseMade} <= set(kinds(log))
    assert {event.by_seller for event in kept.of(PhaseEntered)} == {False, True}
    assert any(isinstance(event, EmotionEstimated) and event.t_s == log[-1].t_s for event in log)
    assert again(log) == log


@pytest.mark.property
@stable
@given(
    spans=two_sides(),
    rest_s=st.floats(0, 20),
    answers=st.lists(st.sampled_from(("", *ANSWERS))),
    labels=st.lists(st.sampled_from(Label), max_size=8),
    ended=st.booleans(),
    is_live=st.booleans(),
)
def test_any_call_comes_out_as_it_was(
    spans: list[Span], rest_s: float, answers: list[str], labels: list[Label], ended: bool, is_live: bool
) -> None:
    given = call_with(spans, is_live=is_live)
    end_s = given[-1].t_s + rest_s if ended else None
    log = heard_with(EAGER, given, end_s=end_s, answers=answers, labels=() if is_live else labels)
    assert again(log) == log


@pytest.mark.property
@stable
@given(spans=two_sides(), answers=st.lists(st.sampled_from(("", *ANSWERS))))
def test_other_settings_change_nothing_of_what_was_heard(spans: list[Span], answers: list[str]) -> None:
    given = lively_call(spans)
    log = heard_with(EAGER, given, end_s=given[-1].t_s + 1 if given else 1.0, answers=answers)
    other = again(log, Settings())
    assert [event.seq for event in other] == list(range(len(other)))
    assert [event.t_s for event in other] == sorted(event.t_s for event in other)

    def heard(events: Iterable[Event]) -> list[Event]:
        return without_seq(event for event in inputs(events) if not isinstance(event, NudgeDismissed))

    assert heard(other) == heard(log)


@pytest.mark.property
@stable
@given(spans=two_sides(), stops_s=st.lists(st.floats(0, 120), max_size=6))
def test_in_parts_it_is_the_same_as_at_once(spans: list[Span], stops_s: list[float]) -> None:
    given = call_with(spans, is_live=True)
    log = heard_with(EAGER, given, end_s=given[-1].t_s + 1)
    parts = Reanalysis(log, EAGER, built_in(EAGER.nudges))
    out: list[Event] = []
    for stop_s in sorted(stops_s):
        out += parts.until(stop_s)
        assert all(event.t_s <= stop_s for event in out)
        parts.explained(stop_s)
    assert out + list(parts.until(float("inf"))) == log


def test_what_the_line_derives_is_no_input() -> None:
    by_seller = PhaseEntered(t_s=1, phase=Phase.DISCOVERY, by_seller=True)
    answer = NudgeDismissed(t_s=1, nudge_id="nudge-1", rule="monologue", reason="wrong")
    derived = (
        PhaseEntered(t_s=1, phase=Phase.DISCOVERY),
        NudgeDismissed(t_s=1, nudge_id="nudge-1", rule="monologue", reason="expired"),
    )
    assert list(inputs([by_seller, *derived, answer])) == [by_seller, answer]


def test_an_answer_is_given_again_only_while_that_kind_is_showing() -> None:
    given = [
        *said((customer(0, 3), "well")),
        reading(Label.UPSET, t_s=6),
        CaveatNoted(t_s=7, code="c", message="m"),
        reading(Label.UPSET, t_s=30, utterance_id="c-2"),
    ]
    log = heard_with(EAGER, given, end_s=60, answers=["muted"])
    assert [event.reason for event in log if isinstance(event, NudgeDismissed)] == ["muted"]
    assert again(log) == log
    # Nothing is said about upset customers: so there is nothing to mute either.
    calm = msgspec.convert({"nudges": {"sounded": {"enabled": False}}}, Settings)
    assert not [event for event in again(log, calm) if isinstance(event, NudgeRaised | NudgeDismissed)]


def test_a_reading_whose_turn_ends_elsewhere_stays_where_it_is() -> None:
    given = [*said((customer(0, 3), "well"), (seller(20, 22), "so")), reading(Label.UPSET, t_s=25)]
    log = heard_with(EAGER, given, end_s=40)
    turn = next(event for event in log if isinstance(event, TurnEnded) and event.speaker is CUSTOMER)
    log.insert(log.index(turn) + 1, reading(Label.NEUTRAL, t_s=turn.t_s))
    other = msgspec.convert({"conversation": {"turn_silence_s": 6.0}}, Settings)
    out = again(log, other)
    assert [event.t_s for event in out if isinstance(event, EmotionEstimated)] == [turn.t_s, 25]
    assert next(event.t_s for event in out if isinstance(event, TurnEnded)) == 9.0


def test_a_reading_of_the_last_turn_comes_before_the_end_even_when_there_is_no_such_turn() -> None:
    log = heard_with(EAGER, said((customer(0, 3), "well")), end_s=4.8, labels=[Label.UPSET])
    assert kinds(log)[-3:] == [TurnEnded, EmotionEstimated, SessionEnded]
    assert again(log) == log
    unspoken = [event for event in log if not isinstance(event, SpeechStarted)]
    assert kinds(again(unspoken)) == [SpeechEnded, TranscriptFinal, EmotionEstimated, SessionEnded]


def test_a_call_that_was_cut_off_is_closed_as_it_was() -> None:
    log = heard_with(EAGER, [*said((seller(0, 3), "hello")), CaveatNoted(t_s=4.6, code="c", message="m")])
    assert TurnEnded not in kinds(log)
    log.append(SessionEnded(seq=len(log), t_s=4.6, duration_s=4.6, reason="cut_off"))
    assert again(log) == log


def test_what_was_added_after_the_end_stays_behind_it() -> None:
    log = heard_with(EAGER, said((seller(0, 3), "hello")), end_s=20)
    log.append(PromiseReviewed(seq=len(log), t_s=20, promise_id="p-1", verdict="struck", text="hello"))
    assert again(log) == log
    assert not any(is_derived(event) for event in log[-2:])


def test_a_moment_is_explained_rule_by_rule() -> None:
    log = heard_with(EAGER, said((seller(0, 20), "so it is"), (customer(30, 32), "yes")), end_s=40)
    call = Reanalysis(log, EAGER, built_in(EAGER.nudges))
    at_6 = {told.rule: told for told in call.explained(6.0)}
    assert (at_6["monologue"].verdict, at_6["monologue"].speaks) == ("is on the screen", True)
    assert at_6["patience"].verdict == "does not hold"
    at_9 = {told.rule: told for told in call.explained(9.0)}
    assert call.conversation.now_s <= 9.0
    assert at_9["long_monologue"].speaks


def test_a_rule_that_fails_is_told_once_each_time() -> None:
    class Broken(Rule):
        name = "broken"

        def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:
            raise ZeroDivisionError

    log = heard_with(EAGER, said((seller(0, 3), "hello")), end_s=20)
    out = list(reanalysed(log, EAGER, [Broken()]))
    assert [event.code for event in out if isinstance(event, StageFailed)] == ["rule_failed"]
    assert list(reanalysed(out, EAGER, [Broken()])) == out
    (told,) = Reanalysis(out, EAGER, [Broken()]).explained(10.0)
    assert not told.speaks
