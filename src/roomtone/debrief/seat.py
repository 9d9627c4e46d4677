"""The buyer's seat: the call as the customer had it (T9)."""

from collections.abc import Iterator
from itertools import pairwise

from roomtone.debrief.course import Remark
from roomtone.debrief.exchange import Answered
from roomtone.debrief.page import Line, capped
from roomtone.debrief.passages import last_words
from roomtone.debrief.phrases import length, quoted
from roomtone.debrief.report import Quote, Report, Sounded
from roomtone.types import Label, Speaker

MOST_SEAT_LINES = 3
"""The buyer's seat is short: what they will remember, not all there was."""
ADVISED_PATIENCE_S = 1.0
"""What coaches advise before answering; secondary sources citing Gong."""
SAME_S = 0.5
"""Two things said this close to each other are the same sentence."""
SLOW_REPLY_S = 5.0
"""A reply this late after a question was one to something else, or none."""

LABEL_WORDS = {label: label.value.replace("_", " ") for label in Label} | {Label.CANNOT_TELL: "can't tell"}


def buyers_seat(report: Report) -> Iterator[Line]:
    """Yield what they listened to, asked, did not make sense of, and how their state changed."""
    seller = report.side(Speaker.SELLER)
    if report.side(Speaker.CUSTOMER) is None or seller is None:
        return
    if seller.longest is not None:
        yield Line(
            f"The longest they had to listen: {length(seller.longest.duration_s)}",
            at_s=seller.longest.start_s,
        )
    left_open, unsure = report.course.open_questions, report.course.unsure
    yield from capped(((_left_open_line(remark), 0.0) for remark in left_open), most=MOST_SEAT_LINES)
    asked = [
        question
        for question in report.customer_questions
        if all(abs(question.at_s - remark.at_s) > SAME_S for remark in left_open)
    ]
    yield from capped(
        ((_question_line(question), _unease(question)) for question in asked), most=MOST_SEAT_LINES
    )
    yield from capped(((_unsure_line(remark), 0.0) for remark in unsure), most=MOST_SEAT_LINES)
    told = [reading for reading in report.readings if tells(reading)]
    changes = [(before, after) for before, after in pairwise(told) if before.label != after.label]
    yield from capped(
        ((_change_line(before, after), after.probability or 0.0) for before, after in changes),
        most=MOST_SEAT_LINES,
    )


def _unease(question: Answered) -> float:
    """Return how far the seller's answer was from one given after a short pause."""
    if question.reply_after_s is None:
        return float("inf")
    return question.went_on_s + abs(question.reply_after_s - ADVISED_PATIENCE_S)


def _question_line(question: Answered) -> Line:
    reply = question.reply_after_s
    went_on = f"they went on for {question.went_on_s:.0f} s; " if question.went_on_s > SLOW_REPLY_S else ""
    said = f": {quoted(question.reply)}" if question.reply else ""
    if reply is None:
        followed = "you did not speak again"
    elif reply < 0:
        followed = f"you were already speaking{said}"
    elif reply > SLOW_REPLY_S:
        followed = f"you said nothing for {reply:.0f} s{said}"
    else:
        followed = f"you spoke {reply:.1f} s later{said}"
    return Line(f"They asked {quoted(question.text)}", at_s=question.at_s, under=(went_on + followed,))


def _left_open_line(remark: Remark) -> Line:
    return Line(
        f"They asked {quoted(last_words(remark.text))}", at_s=remark.at_s, under=("no answer was heard",)
    )


def _unsure_line(remark: Remark) -> Line:
    return Line(f"They seemed unsure: {quoted(last_words(remark.text))}", at_s=remark.at_s)


def _change_line(before: Sounded, after: Sounded) -> Line:
    said: Quote | None = after.said_before
    cause = f", after {quoted(said.text)}" if said else ""
    return Line(
        f"From {LABEL_WORDS[before.label]} to {LABEL_WORDS[after.label]}{cause}",
        at_s=after.at_s,
    )


def tells(reading: Sounded) -> bool:
    """Return whether a reading says how they sounded."""
    return reading.label != Label.CANNOT_TELL
