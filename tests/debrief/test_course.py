"""What was made of the words: folded from the log, and judged from the sentences."""

from collections.abc import Iterable

import pytest
from understood_call import AGENDA, CUSTOMER, FOLLOWS, PROMISES, REVIEWS, SELLER, understood_events

from roomtone.config.conversation import ConversationSettings, PromiseSettings
from roomtone.conversation.state import advance, due_turn, start, step
from roomtone.debrief.course import Course, PaceChange, QuestionKinds, Told, course
from roomtone.debrief.report import build
from roomtone.events import (
    ActsRecognised,
    AgendaPointCovered,
    AgendaPointMarked,
    Event,
    SpeechEnded,
    SpeechStarted,
    TranscriptFinal,
)
from roomtone.types import Act, SentenceMeaning, Speaker

pytestmark = pytest.mark.unit

LATE_S = 500.0


def spoke(speaker: Speaker, start_s: float, end_s: float, text: str, *acts: Act) -> list[Event]:
    side = {"source_id": speaker.value, "speaker": speaker}
    sentence = SentenceMeaning(text, start_s, end_s, dict.fromkeys(acts, 0.9))
    utterance_id = f"u{start_s}"
    return [
        SpeechStarted(t_s=start_s, start_s=start_s, **side),
        SpeechEnded(t_s=end_s, start_s=start_s, end_s=end_s, **side),
        TranscriptFinal(
            t_s=end_s,
            utterance_id=utterance_id,
            text=text,
            words=(),
            start_s=start_s,
            end_s=end_s,
            avg_logprob=0.0,
            no_speech_prob=0.0,
            **side,
        ),
        ActsRecognised(t_s=end_s, utterance_id=utterance_id, sentences=(sentence,), model="scripted", **side),
    ]


def made_of(
    events: Iterable[Event],
    *,
    until_s: float = LATE_S,
    settings: ConversationSettings = ConversationSettings(),
    sides_known: bool = True,
) -> Course:
    told, call = Told(), start(settings)
    for event in events:
        told, call = told.after(event), step(call, event)
    call = advance(call, until_s)
    while (turn := due_turn(call, final=True)) is not None:
        call = step(call, turn)
    return course(call, told, sides_known=sides_known)


OBJECTION = spoke(CUSTOMER, 10.0, 14.0, "That is a lot of money.", Act.PUSHBACK_PRICE)
ACKNOWLEDGED = spoke(SELLER, 16.0, 20.0, "I can see why.", Act.ACKNOWLEDGEMENT)
PITCHED = spoke(SELLER, 13.6, 20.0, "But think of what you save.", Act.PITCH)


def test_a_log_without_acts_tells_nothing() -> None:
    empty = Course(
        acts_known=False,
        agenda=(),
        phases=(),
        pushbacks=(),
        promises=(),
        next_steps=(),
        open_questions=(),
        unsure=(),
        questions=None,
        pace=None,
    )
    assert build([]).course == empty
    heard = [event for event in OBJECTION if not isinstance(event, ActsRecognised)]
    assert made_of(heard) == empty


def test_a_point_is_covered_when_it_was_told_so() -> None:
    agenda = made_of(understood_events()).agenda
    assert [(point.text, point.covered, point.at_s) for point in agenda] == [
        ("How it is set up", True, 41.6),
        ("What it costs", True, 91.0),
        ("Who decides", False, None),
        ("Reminders by text", True, None),
        ("A next step", True, 167.0),
    ]
    assert [point.by_seller for point in agenda] == [False, False, False, True, False]


def test_what_the_seller_says_of_a_point_holds() -> None:
    covered = AgendaPointCovered(t_s=5.0, point_id="point-1", start_s=4.0, quote="We start with an import.")
    taken_back = AgendaPointMarked(t_s=9.0, point_id="point-1", covered=False)
    point = made_of([AGENDA, covered, taken_back]).agenda[0]
    assert (point.covered, point.at_s, point.quote, point.by_seller) == (False, None, "", True)
    again = AgendaPointMarked(t_s=10.0, point_id="point-1", covered=True)
    point = made_of([AGENDA, covered, taken_back, again]).agenda[0]
    assert (point.covered, point.at_s) == (True, 4.0)


def test_a_new_agenda_takes_the_place_of_the_old_one() -> None:
    assert not any(point.covered for point in made_of([AGENDA, *FOLLOWS, AGENDA]).agenda)


def test_room_that_was_made_is_told_with_its_words() -> None:
    (pushed,) = made_of([*OBJECTION, *ACKNOWLEDGED]).pushbacks
    assert (pushed.pause_s, pushed.room_after_s, pushed.room) == (2.0, 2.0, "I can see why.")


def test_an_answer_without_room_and_none_at_all() -> None:
    (pushed,) = made_of([*OBJECTION, *PITCHED]).pushbacks
    assert (pushed.pause_s, pushed.room_after_s, pushed.room) == (-0.4, None, "")
    (pushed,) = made_of(OBJECTION).pushbacks
    assert (pushed.pause_s, pushed.room_after_s) == (None, None)


def test_of_two_reviews_the_last_counts() -> None:
    promises = made_of([*PROMISES, *REVIEWS]).promises
    assert [(made.verdict, made.text == made.said) for made in promises] == [
        ("edited", False),
        ("confirmed", True),
        ("struck", True),
        ("", True),
    ]
    assert promises[0].text == "The import is included until the end of June."


def test_no_promise_is_unsafe_where_nothing_was_listed() -> None:
    assert [made.is_safe for made in made_of(PROMISES[:1]).promises] == [None]
    assert [made.is_safe for made in made_of(PROMISES).promises] == [False, True, False, True]
    listed = ConversationSettings(promises=PromiseSettings(safe=("send the proposal",)))
    assert [made.is_safe for made in made_of(PROMISES[:1], settings=listed).promises] == [False]


def test_next_steps_are_those_of_the_end() -> None:
    early = spoke(SELLER, 10.0, 12.0, "Shall we meet on Friday then?", Act.NEXT_STEP)
    late = spoke(CUSTOMER, 700.0, 702.0, "Friday at ten it is.", Act.NEXT_STEP)
    steps = made_of([*early, *late], until_s=720.0).next_steps
    assert [(step.speaker, step.text) for step in steps] == [(CUSTOMER, "Friday at ten it is.")]


def test_a_question_is_open_until_something_fits_it() -> None:
    asked = spoke(CUSTOMER, 10.0, 13.0, "How much would that cost us?", Act.OPEN_QUESTION)
    evaded = spoke(SELLER, 14.0, 18.0, "We have many happy customers.", Act.PITCH)
    told = spoke(SELLER, 20.0, 24.0, "It is ninety a month per seat.", Act.PRICE)
    assert [left.at_s for left in made_of([*asked, *evaded]).open_questions] == [10.0]
    assert made_of([*asked, *evaded, *told]).open_questions == ()


def test_signs_of_confusion_are_the_customers() -> None:
    unsure = spoke(CUSTOMER, 10.0, 13.0, "I am not sure how we would do that.", Act.CONFUSION)
    assert [remark.text for remark in made_of(unsure).unsure] == ["I am not sure how we would do that."]


def test_questions_are_counted_by_what_they_ask_for() -> None:
    assert made_of(understood_events()).questions == QuestionKinds(open=3, closed=1, feeling=1)
    assert made_of(OBJECTION).questions is None


def paced(*words: int) -> list[Event]:
    """Half a minute of the seller's speech in each minute, with so many words."""
    return [
        event
        for minute, count in enumerate(words)
        for event in spoke(SELLER, 60.0 * minute, 60.0 * minute + 30.0, "so " * count)
    ]


def test_pace_is_told_where_it_was_furthest_from_the_sellers_own() -> None:
    assert made_of(paced(60, 60, 60, 90, 66)).pace == PaceChange(180.0, 240.0, 0.463)
    assert made_of(paced(60, 60, 60, 36)).pace == PaceChange(180.0, 240.0, -0.4)
    assert made_of(paced(60, 60, 60, 66)).pace is None
    assert made_of(paced(60, 120)).pace is None


def test_without_known_sides_only_agenda_phases_and_promises_are_told() -> None:
    seen = made_of(understood_events(), sides_known=False)
    assert len(seen.agenda) == 5
    assert len(seen.promises) == 4
    assert (seen.acts_known, seen.pushbacks, seen.next_steps, seen.questions) == (False, (), (), None)
