"""What was made of the words, in words for the screen."""

import pytest
from scripted_call import (
    AGENDA,
    CUSTOMER,
    ROOM_MADE,
    SELLER,
    UNKNOWN,
    final,
    promise,
    recognised,
    tick,
    understood_call,
)

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation.state import Conversation, start, step
from roomtone.events import (
    AgendaPointMarked,
    Event,
    PhaseEntered,
    SessionEnded,
    SpeechEnded,
    SpeechStarted,
)
from roomtone.types import Act, Phase, Speaker
from roomtone.ui import understood
from roomtone.ui.understood import PushBackWatch

pytestmark = pytest.mark.unit

OBJECTION = "That is a lot of money."


def spoke(speaker: Speaker, start_s: float, end_s: float, text: str, *acts: Act) -> list[Event]:
    side = {"source_id": speaker.value, "speaker": speaker}
    return [
        SpeechStarted(t_s=start_s, start_s=start_s, **side),
        SpeechEnded(t_s=end_s, start_s=start_s, end_s=end_s, **side),
        final(speaker, start_s, end_s, text, utterance_id=f"u{start_s}"),
        recognised((speaker, start_s, end_s, text), *acts),
    ]


def told(*events: Event) -> list[tuple[float, str]]:
    """Return when what was said about push-back."""
    watch, conversation, found = PushBackWatch(), start(ConversationSettings()), []
    for event in events:
        conversation = step(conversation, event)
        settled = watch.settled(event, conversation)
        if settled is not None:
            found.append((event.t_s, understood.outcome(*settled)))
    return found


def after(*events: Event) -> Conversation:
    conversation = start(ConversationSettings())
    for event in events:
        conversation = step(conversation, event)
    return conversation


PUSHED = spoke(CUSTOMER, 10.0, 14.0, OBJECTION, Act.PUSHBACK_PRICE)


def test_room_that_was_made_is_told_once_with_how_long_it_took() -> None:
    made = spoke(SELLER, 17.0, 20.0, ROOM_MADE, Act.ACKNOWLEDGEMENT)
    later = spoke(SELLER, 22.0, 25.0, "So what we do is this.", Act.PITCH)
    assert told(*PUSHED, *made, *later, tick(90.0)) == [(21.0, "You made room for it after 3 s.")]


def test_no_room_is_told_when_it_is_too_late_for_it() -> None:
    answered = spoke(SELLER, 14.2, 20.0, "But think of what you save.", Act.PITCH)
    assert told(*PUSHED, *answered, tick(34.1)) == []
    assert told(*PUSHED, *answered, tick(34.3), tick(50.0)) == [(34.3, "Answered without making room.")]


def test_words_that_are_still_to_come_are_waited_for() -> None:
    begun = SpeechStarted(t_s=14.2, source_id="seller", speaker=SELLER, start_s=14.2)
    made = spoke(SELLER, 14.2, 36.0, ROOM_MADE, Act.ACKNOWLEDGEMENT)[1:]
    assert told(*PUSHED, begun, tick(34.5), tick(36.5), *made) == [(37.0, "You made room for it after 0 s.")]
    assert [at_s for at_s, _ in told(*PUSHED, begun, tick(34.5), tick(64.5))] == [64.5]


def test_an_objection_without_an_answer_is_left_open() -> None:
    assert told(*PUSHED, tick(300.0)) == []


def test_every_objection_is_told_of_by_itself() -> None:
    again = spoke(CUSTOMER, 60.0, 63.0, "And it is late in the year.", Act.PUSHBACK_TIMING)
    answers = [
        *spoke(SELLER, 15.0, 18.0, ROOM_MADE, Act.ACKNOWLEDGEMENT),
        *again,
        *spoke(SELLER, 63.5, 70.0, "It takes a day.", Act.PITCH),
    ]
    assert [text for _, text in told(*PUSHED, *answers, tick(90.0))] == [
        "You made room for it after 1 s.",
        "Answered without making room.",
    ]


def test_the_phase_has_its_own_time_and_ends_with_the_call() -> None:
    entered = PhaseEntered(t_s=60.0, phase=Phase.DISCOVERY)
    talk = spoke(SELLER, 1.0, 3.0, "Hello.", Act.SMALL_TALK)
    assert understood.phase(after()) == ""
    assert understood.phase(after(*talk)) == "opening 0:04"
    assert understood.phase(after(*talk, entered, *spoke(SELLER, 61.0, 139.0, "Why?"))) == "discovery 1:20"
    ended = SessionEnded(t_s=200.0, duration_s=200.0, reason="stopped")
    assert understood.phase(after(*talk, entered, ended)) == ""


def test_points_are_covered_with_a_time_or_because_the_seller_says_so() -> None:
    view = understood.agenda(
        after(*understood_call(), AgendaPointMarked(t_s=330.0, point_id="point-4", covered=True))
    )
    assert [(point.number, point.covered, point.at) for point in view.points] == [
        (1, True, "01:50"),
        (2, True, "03:42"),
        (3, False, ""),
        (4, True, ""),
        (5, False, ""),
    ]
    assert view.covered == 3
    assert view.next is not None
    assert view.next.number == 3
    assert understood.agenda(after()).points == ()


def test_a_point_is_named_with_its_number() -> None:
    assert understood.point(after(AGENDA), "point-4") == "4. When they want to start"
    assert understood.point(after(AGENDA), "point-9") == ""


@pytest.mark.parametrize(("speaker", "who"), [(SELLER, "You"), (CUSTOMER, "They"), (UNKNOWN, "Somebody")])
def test_a_promise_is_told_by_who_made_it(speaker: Speaker, who: str) -> None:
    assert (
        understood.promised(promise(9.0, "I'll send it.", speaker=speaker))
        == f"{who} promised: “I'll send it.”"
    )


def test_a_long_sentence_is_quoted_from_its_beginning() -> None:
    quoted = understood.quoted("so " * 40)
    assert quoted.startswith("“so so")
    assert quoted.endswith("so…”")
    assert len(quoted) <= understood.QUOTED_CHARACTERS + 2
