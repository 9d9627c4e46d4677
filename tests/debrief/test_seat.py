"""The buyer's seat."""

from dataclasses import replace

import pytest
from figures import side

from roomtone.debrief.course import Remark
from roomtone.debrief.exchange import Answered
from roomtone.debrief.report import Report, build
from roomtone.debrief.seat import MOST_SEAT_LINES, buyers_seat
from roomtone.types import Speaker

pytestmark = pytest.mark.unit

ANSWERED = Answered(20.0, "And who sets it up?", went_on_s=0.0, reply_after_s=0.8, reply="Our people do.")


def remark(at_s: float, text: str) -> Remark:
    return Remark(at_s, Speaker.CUSTOMER, text)


def call(*, left_open: tuple[Remark, ...] = (), unsure: tuple[Remark, ...] = ()) -> Report:
    empty = build([])
    return replace(
        empty,
        sides=(side(Speaker.SELLER), side(Speaker.CUSTOMER)),
        customer_questions=(ANSWERED,),
        course=replace(empty.course, open_questions=left_open, unsure=unsure),
    )


def told(report: Report) -> list[tuple[float | None, str, tuple[str, ...]]]:
    return [(line.at_s, line.text, line.under) for line in buyers_seat(report)]


ANSWERED_LINE = (20.0, "They asked “And who sets it up?”", ("you spoke 0.8 s later: “Our people do.”",))


def test_a_question_without_an_answer_comes_first() -> None:
    assert told(call()) == [ANSWERED_LINE]
    assert told(call(left_open=(remark(50.0, "How much is it?"),))) == [
        (50.0, "They asked “How much is it?”", ("no answer was heard",)),
        ANSWERED_LINE,
    ]


def test_the_same_question_is_not_told_twice() -> None:
    assert told(call(left_open=(remark(20.2, "And who sets it up?"),))) == [
        (20.2, "They asked “And who sets it up?”", ("no answer was heard",))
    ]


def test_where_they_seemed_unsure_is_quoted_and_kept_short() -> None:
    unsure = tuple(remark(60.0 + nth, f"I am not sure, {nth}.") for nth in range(MOST_SEAT_LINES + 2))
    lines = told(call(unsure=unsure))
    assert lines[1][:2] == (60.0, "They seemed unsure: “I am not sure, 0.”")
    assert len(lines) == 1 + MOST_SEAT_LINES + 1
    assert lines[-1][1] == "and 2 more"


def test_a_call_with_one_side_has_no_seat() -> None:
    assert told(replace(call(), sides=(side(Speaker.CUSTOMER),))) == []
