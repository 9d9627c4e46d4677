"""Agenda, push-back, promises and the next step in sentences."""

from collections.abc import Iterator
from statistics import median

from roomtone.conversation.pushback import in_words
from roomtone.debrief.course import Course, PhaseBegun, Point, Promised, PushedBack
from roomtone.debrief.page import Line, capped
from roomtone.debrief.passages import first_words, last_words
from roomtone.debrief.phrases import clock, quoted
from roomtone.types import Phase, Speaker

ADVISED_PATIENCE_S = 1.5
"""What coaches advise before answering push-back; secondary sources citing Gong."""
PATIENCE_MIN_ANSWERS = 3
"""The median of fewer gaps is chance."""
MOST_NEXT_STEPS = 4
"""The last ones: what was agreed on at the end, not all that was thought of on the way."""
MOST_PROMISES = 20
"""Promises are not cut as other lists are: each is somebody's work, and somebody's contract."""

VERDICTS = {
    "": "not reviewed yet",
    "confirmed": "confirmed",
    "edited": "confirmed in other words",
    "struck": "struck out",
}
PHASES = {
    Phase.OPENING: "small talk",
    Phase.DISCOVERY: "discovery",
    Phase.PRESENTATION: "the presentation",
    Phase.OBJECTIONS: "objections",
    Phase.CLOSING: "the close",
}
_WHO = {Speaker.SELLER: "You", Speaker.CUSTOMER: "They", Speaker.UNKNOWN: "Somebody"}


def agenda(course: Course) -> Iterator[Line]:
    """Yield the points of the agenda, those that were covered with when and in which words."""
    yield from (_point_line(point, course) for point in course.agenda)


def _point_line(point: Point, course: Course) -> Line:
    if point.covered:
        said = (quoted(first_words(point.quote)),) if point.quote else ()
        by_seller = ("you ticked it",) if point.by_seller else ()
        return Line(point.text, at_s=point.at_s, under=(*said, *by_seller))
    open_still = "Not covered" if course.acts_known or point.by_seller else "Not ticked"
    under = ("you took its tick away",) if point.by_seller else ()
    return Line(f"{open_still}: {point.text}", under=under)


def pushbacks(course: Course) -> Iterator[Line]:
    """Yield each objection with the pause before the answer, and whether room was made for it."""
    yield from capped((_pushback_line(each), each.room_after_s is None) for each in course.pushbacks)


def _pushback_line(pushback: PushedBack) -> Line:
    return Line(
        f"On {in_words(pushback.kind)}: {quoted(last_words(pushback.quote))}",
        at_s=pushback.at_s,
        under=(_what_followed(pushback),),
    )


def _what_followed(pushback: PushedBack) -> str:
    if pushback.pause_s is None:
        answered = "you did not answer it"
    elif pushback.pause_s < 0:
        answered = "you answered before they had finished"
    else:
        advised = f" ({ADVISED_PATIENCE_S:g} s is often advised)" * (pushback.pause_s < ADVISED_PATIENCE_S)
        answered = f"you answered after {pushback.pause_s:.1f} s{advised}"
    if pushback.room_after_s is not None:
        words = quoted(first_words(pushback.room))
        return f"{answered}; you made room for it after {pushback.room_after_s:.0f} s: {words}"
    return answered if pushback.pause_s is None else f"{answered}, without making room for it first"


def promises(course: Course) -> Iterator[Line]:
    """Yield every promise with its review."""
    yield from capped(
        ((promise_line(each), each.verdict != "struck") for each in course.promises), most=MOST_PROMISES
    )


def promise_line(promise: Promised) -> Line:
    """Return a promise with who made it, what it is about, and its review."""
    safe = {True: "safe to promise", False: "not on your safe list", None: ""}[promise.is_safe]
    told = (
        _WHO[promise.speaker].lower(),
        promise.kind.value,
        safe if promise.speaker is Speaker.SELLER else "",
        VERDICTS.get(promise.verdict, promise.verdict),
        f"said as {quoted(promise.said)}" if promise.text != promise.said else "",
    )
    struck = "Struck: " if promise.verdict == "struck" else ""
    under = (" · ".join(filter(None, told)),)
    return Line(f"{struck}{quoted(promise.text)}", at_s=promise.at_s, under=under)


def next_step(course: Course, *, both_heard: bool) -> Iterator[Line]:
    """Yield who named a next step and in which words, or that nobody did."""
    if not course.acts_known or not both_heard:
        return
    named = {step.speaker for step in course.next_steps}
    if not named:
        yield Line("None was named.")
        return
    both = len(named) > 1
    yield Line(
        "Named by both of you." if both else f"Named by {'you' if Speaker.SELLER in named else 'them'} alone."
    )
    yield from capped(
        (
            (Line(f"{_WHO[step.speaker]}: {quoted(first_words(step.text))}", at_s=step.at_s), step.at_s)
            for step in course.next_steps
        ),
        most=MOST_NEXT_STEPS,
    )


def figures(course: Course) -> Iterator[Line]:
    """Yield the figures that come from the words."""
    if (asked := course.questions) is not None:
        feeling = f" ({asked.feeling} about how they feel)" if asked.feeling else ""
        kinds = f"{asked.open} open{feeling}, {asked.closed} closed"
        yield Line(f"Questions by their words, marked as such or not: {kinds}.")
    pauses_s = [max(0.0, each.pause_s) for each in course.pushbacks if each.pause_s is not None]
    if len(pauses_s) >= PATIENCE_MIN_ANSWERS:
        yield Line(
            f"Patience after push-back: {median(pauses_s):.1f} s, the middle of {len(pauses_s)}"
            f" ({ADVISED_PATIENCE_S:g} s is often advised)."
        )
    if (pace := course.pace) is not None:
        where = f"from {clock(pace.start_s)} to {clock(pace.end_s)}"
        than = "faster" if pace.change > 0 else "slower"
        yield Line(f"Pace: {abs(pace.change):.0%} {than} than your own {where}.")


def phase(begun: PhaseBegun) -> str:
    """Return that the call came into a phase."""
    return f"on to {PHASES[begun.phase]}"
