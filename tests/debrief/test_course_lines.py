"""Agenda, push-back, promises and the next step in sentences."""

from dataclasses import replace

import pytest

from roomtone.debrief import course_lines
from roomtone.debrief.course import (
    Course,
    PaceChange,
    PhaseBegun,
    Point,
    Promised,
    PushedBack,
    QuestionKinds,
    Remark,
)
from roomtone.debrief.report import build
from roomtone.types import Act, Phase, PromiseKind, Speaker

pytestmark = pytest.mark.unit

SELLER, CUSTOMER = Speaker.SELLER, Speaker.CUSTOMER
NOTHING = replace(build([]).course, acts_known=True)
PUSHED = PushedBack(
    at_s=60.0, kind=Act.PUSHBACK_TRUST, quote="Who else uses it?", pause_s=2.0, room_after_s=None, room=""
)
PROMISED = Promised(
    promise_id="promise-1",
    at_s=60.0,
    speaker=SELLER,
    kind=PromiseKind.DATE,
    said="By Friday.",
    text="By Friday.",
    is_safe=None,
    verdict="",
)


def told(**known: object) -> Course:
    return replace(NOTHING, **known)  # type: ignore[arg-type]


def point(*, covered: bool, by_seller: bool, quote: str = "") -> Point:
    return Point(1, "Budget", covered, 9.0 if quote else None, quote, by_seller)


@pytest.mark.parametrize(
    ("shown", "text", "under"),
    [
        (point(covered=True, by_seller=False, quote="It is ninety."), "Budget", ("“It is ninety.”",)),
        (point(covered=True, by_seller=True), "Budget", ("you ticked it",)),
        (point(covered=False, by_seller=False), "Not covered: Budget", ()),
        (point(covered=False, by_seller=True), "Not covered: Budget", ("you took its tick away",)),
    ],
)
def test_a_point_says_how_it_was_covered(shown: Point, text: str, under: tuple[str, ...]) -> None:
    (line,) = course_lines.agenda(told(agenda=(shown,)))
    assert (line.text, line.under, line.at_s) == (text, under, shown.at_s)


def test_where_nothing_was_made_of_the_words_a_point_is_only_not_ticked() -> None:
    (line,) = course_lines.agenda(told(acts_known=False, agenda=(point(covered=False, by_seller=False),)))
    assert line.text == "Not ticked: Budget"


@pytest.mark.parametrize(
    ("pushed", "under"),
    [
        (replace(PUSHED, pause_s=None), "you did not answer it"),
        (PUSHED, "you answered after 2.0 s, without making room for it first"),
        (
            replace(PUSHED, pause_s=0.3),
            "you answered after 0.3 s (1.5 s is often advised), without making room for it first",
        ),
        (
            replace(PUSHED, pause_s=-0.4),
            "you answered before they had finished, without making room for it first",
        ),
        (
            replace(PUSHED, room_after_s=4.2, room="That makes sense."),
            "you answered after 2.0 s; you made room for it after 4 s: “That makes sense.”",
        ),
    ],
)
def test_push_back_is_told_with_what_followed(pushed: PushedBack, under: str) -> None:
    (line,) = course_lines.pushbacks(told(pushbacks=(pushed,)))
    assert (line.text, line.under) == ("On trust: “Who else uses it?”", (under,))


def test_of_many_objections_those_without_room_are_told_first() -> None:
    handled = replace(PUSHED, room_after_s=2.0, room="I see.")
    shown = list(course_lines.pushbacks(told(pushbacks=(handled,) * 5 + (PUSHED,) * 6)))
    assert [("without" in line.under[0]) for line in shown[:-1]] == [False] * 2 + [True] * 6
    assert shown[-1].text == "and 3 more"


@pytest.mark.parametrize(
    ("promised", "text", "under"),
    [
        (PROMISED, "“By Friday.”", "you · date · not reviewed yet"),
        (replace(PROMISED, is_safe=True), "“By Friday.”", "you · date · safe to promise · not reviewed yet"),
        (
            replace(PROMISED, is_safe=False, verdict="confirmed"),
            "“By Friday.”",
            "you · date · not on your safe list · confirmed",
        ),
        (
            replace(PROMISED, verdict="edited", text="By Friday noon."),
            "“By Friday noon.”",
            "you · date · confirmed in other words · said as “By Friday.”",
        ),
        (replace(PROMISED, verdict="struck"), "Struck: “By Friday.”", "you · date · struck out"),
        (
            replace(PROMISED, speaker=CUSTOMER, is_safe=False),
            "“By Friday.”",
            "they · date · not reviewed yet",
        ),
    ],
)
def test_a_promise_says_who_what_and_how_it_was_reviewed(promised: Promised, text: str, under: str) -> None:
    (line,) = course_lines.promises(told(promises=(promised,)))
    assert (line.text, line.under) == (text, (under,))


def remarks(*speakers: Speaker) -> tuple[Remark, ...]:
    return tuple(Remark(float(nth), who, f"Friday, {nth}.") for nth, who in enumerate(speakers))


@pytest.mark.parametrize(
    ("steps", "headline"),
    [
        ((), "None was named."),
        (remarks(SELLER), "Named by you alone."),
        (remarks(CUSTOMER), "Named by them alone."),
        (remarks(SELLER, CUSTOMER), "Named by both of you."),
    ],
)
def test_a_next_step_says_who_named_it(steps: tuple[Remark, ...], headline: str) -> None:
    lines = list(course_lines.next_step(told(next_steps=steps), both_heard=True))
    assert lines[0].text == headline
    assert len(lines) == 1 + len(steps)


def test_of_many_next_steps_the_last_are_told() -> None:
    lines = list(course_lines.next_step(told(next_steps=remarks(*[SELLER] * 6)), both_heard=True))
    assert [line.at_s for line in lines[1:-1]] == [2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(("acts_known", "both_heard"), [(False, True), (True, False)])
def test_a_next_step_is_missed_only_where_one_could_have_been_heard(
    acts_known: bool, both_heard: bool
) -> None:
    assert not list(course_lines.next_step(told(acts_known=acts_known), both_heard=both_heard))


def test_figures_are_told_where_there_are_any() -> None:
    assert not list(course_lines.figures(NOTHING))
    pauses = (0.5, None, 1.0, -0.3)
    known = told(
        questions=QuestionKinds(open=4, closed=7, feeling=1),
        pace=PaceChange(60.0, 120.0, 0.31),
        pushbacks=tuple(replace(PUSHED, pause_s=pause_s) for pause_s in pauses),
    )
    assert [line.text for line in course_lines.figures(known)] == [
        "Questions by their words, marked as such or not: 4 open (1 about how they feel), 7 closed.",
        "Patience after push-back: 0.5 s, the middle of 3 (1.5 s is often advised).",
        "Pace: 31% faster than your own from 1:00 to 2:00.",
    ]
    slow = told(questions=QuestionKinds(open=0, closed=1, feeling=0), pace=PaceChange(60.0, 120.0, -0.25))
    assert [line.text for line in course_lines.figures(slow)] == [
        "Questions by their words, marked as such or not: 0 open, 1 closed.",
        "Pace: 25% slower than your own from 1:00 to 2:00.",
    ]


def test_every_phase_has_words() -> None:
    assert [course_lines.phase(PhaseBegun(0.0, phase, by_seller=False)) for phase in Phase] == [
        "on to small talk",
        "on to discovery",
        "on to the presentation",
        "on to objections",
        "on to the close",
    ]
