"""The report in sentences: headings, and lines with their times, ready for any page or screen."""

from collections import Counter
from collections.abc import Iterator, Sequence

from roomtone.debrief import course_lines
from roomtone.debrief.course_lines import PATIENCE_MIN_ANSWERS
from roomtone.debrief.exchange import Interruption
from roomtone.debrief.page import Document, Line, Section, capped
from roomtone.debrief.phrases import clock, counted, length, quoted, when
from roomtone.debrief.report import NudgeOutcome, Report, SideFigures, Sounded
from roomtone.debrief.seat import ADVISED_PATIENCE_S, LABEL_WORDS, buyers_seat, tells
from roomtone.debrief.shares import Stretch
from roomtone.types import Label, Speaker

GOOD_SHARE = 0.65
"""Above this, calls convert less often (Gong, 25,537 calls)."""
RATE_MIN_CALL_S = 120.0
"""A rate in ten minutes from a shorter call is chance."""
OPEN_QUESTIONS = (
    "What was their state when the call began, and when it ended?",
    "What moved them from one to the other?",
    "Which of their signals did you not take up?",
    "Which of them foreshadowed the decision?",
)
"""The questions of the teaching for replaying a call, asked of a person because no figure answers them."""

OUTCOMES = {
    "expired": "it ran its time",
    "retracted": "taken back when it no longer held",
    "dismissed": "you put it away",
    "wrong": "you marked it wrong",
    "muted": "you muted its kind",
    "": "still showing at the end",
}


def document(report: Report) -> Document:
    """Return the report in sentences, leaving out every section that has nothing to say."""
    sections = (
        Section("What not to trust", tuple(Line(caveat) for caveat in report.caveats), warning=True),
        Section("In figures", tuple(_figures(report))),
        Section("As it went", tuple(_time_line(report))),
        Section("How they sounded", tuple(_sounded(report))),
        Section("What you asked", tuple(_asked(report.side(Speaker.SELLER)))),
        Section("Cutting in", tuple(_interruptions(report))),
        Section("Agenda", tuple(course_lines.agenda(report.course))),
        Section("Push-back", tuple(course_lines.pushbacks(report.course))),
        Section("Promises", tuple(course_lines.promises(report.course))),
        Section("Next step", tuple(course_lines.next_step(report.course, both_heard=_both_heard(report)))),
        Section("Nudges", tuple(_nudges(report.nudges))),
        Section("The buyer's seat", tuple(buyers_seat(report))),
        Section("In your own words", tuple(_own_words(report))),
        Section("Transcript", tuple(_transcript(report))),
    )
    return Document(
        title=report.title or "A call without a name",
        subtitle=_subtitle(report),
        sections=tuple(section for section in sections if section.lines),
    )


def _subtitle(report: Report) -> str:
    parts = [when(report.started_at), length(report.duration_s), report.mode]
    if report.cut_off:
        parts.append("cut off")
    return " · ".join(part for part in parts if part)


def _figures(report: Report) -> Iterator[Line]:
    if report.seller_share is not None:
        yield Line(f"Talk share: {_share(report.seller_share)}.")
    if (full := report.fullest_stretch) is not None:
        yield Line(
            f"Five minutes in which you talked most: {clock(full.start_s)} to {clock(full.end_s)},"
            f" {full.seller_share:.0%} of what was said.",
        )
    for side in report.sides:
        yield Line(_speech(side))
    yield from _longest(report)
    if (seller := report.side(Speaker.SELLER)) is not None:
        yield Line(_question_count(seller, duration_s=report.duration_s))
        yield from course_lines.figures(report.course)
    if report.patience is not None and report.patience.answers >= PATIENCE_MIN_ANSWERS:
        patience = report.patience
        fastest = "; ".join(f"{_gap(fast.gap_s)} at {clock(fast.at_s)}" for fast in patience.fastest)
        yield Line(
            f"Patience: {patience.median_s:.1f} s before you answered, the middle of {patience.answers}"
            f" ({ADVISED_PATIENCE_S:.0f} s is often advised)." + (f" Fastest: {fastest}." if fastest else "")
        )


def _share(share: float) -> str:
    said = f"you {share:.0%}, they {1 - share:.0%}"
    return f"{said} (above {GOOD_SHARE:.0%}, fewer calls succeed)" if share > GOOD_SHARE else said


def _speech(side: SideFigures) -> str:
    who = {Speaker.SELLER: "You", Speaker.CUSTOMER: "They", Speaker.UNKNOWN: "All voices together"}
    pace = f", {side.words_per_minute:.0f} a minute of speech" if side.words_per_minute else ""
    return f"{who[side.speaker]} spoke for {length(side.spoken_s)}: {counted(side.words, 'word')}{pace}."


def _gap(gap_s: float) -> str:
    return f"{gap_s:.1f} s" if gap_s >= 0 else f"{-gap_s:.1f} s before they had finished"


def _longest(report: Report) -> Iterator[Line]:
    for speaker, whose in ((Speaker.SELLER, "Your"), (Speaker.CUSTOMER, "Their")):
        side = report.side(speaker)
        if side is not None and side.longest is not None:
            run = side.longest
            begins = f", beginning {quoted(run.first_words)}" if run.first_words else ""
            yield Line(f"{whose} longest stretch: {length(run.duration_s)} at {clock(run.start_s)}{begins}")


def _question_count(seller: SideFigures, *, duration_s: float) -> str:
    if not seller.questions:
        return "You asked no question that was heard as one."
    asked = f"You asked {counted(seller.questions, 'question')}"
    if duration_s < RATE_MIN_CALL_S:
        return f"{asked}."
    return f"{asked}: {seller.questions_per_ten_minutes:.0f} in ten minutes at that rate."


def _time_line(report: Report) -> Iterator[Line]:
    for piece in report.stretches:
        share = piece.seller_share if piece.spoken_s else None
        talk = "silence" if share is None else f"you {share:.0%}"
        moments = "; ".join(_moments(report, piece))
        yield Line(f"{talk}: {moments}" if moments else talk, at_s=piece.start_s, seller_share=share)


def _moments(report: Report, piece: Stretch) -> Iterator[str]:
    def inside(at_s: float) -> bool:
        return piece.start_s <= at_s < piece.end_s

    yield from (course_lines.phase(begun) for begun in report.course.phases if inside(begun.at_s))
    seller, customer = report.side(Speaker.SELLER), report.side(Speaker.CUSTOMER)
    sounded = [reading.label for reading in report.readings if inside(reading.at_s) and tells(reading)]
    if sounded:
        yield f"they sounded {', then '.join(LABEL_WORDS[label] for label in dict.fromkeys(sounded))}"
    if seller is not None and seller.longest is not None and inside(seller.longest.start_s):
        yield "your longest stretch"
    if customer is not None and customer.longest is not None and inside(customer.longest.start_s):
        yield "their longest stretch"
    if seller is not None and (asked := sum(inside(quote.at_s) for quote in seller.asked)):
        yield f"you asked {asked}"
    if asked := sum(inside(question.at_s) for question in report.customer_questions):
        yield f"they asked {asked}"
    for side, who in ((seller, "you"), (customer, "they")):
        cut_in = sum(inside(cut.at_s) for cut in side.interruptions) if side is not None else 0
        if cut_in:
            yield f"{who} cut in" + (f" {cut_in} times" if cut_in > 1 else "")
    if pushed := sum(inside(pushback.at_s) for pushback in report.course.pushbacks):
        yield "they pushed back" + (f" {pushed} times" if pushed > 1 else "")
    if nudged := sum(inside(nudge.at_s) for nudge in report.nudges):
        yield counted(nudged, "nudge")


def _sounded(report: Report) -> Iterator[Line]:
    if not report.readings:
        return
    counts = Counter(reading.label for reading in report.readings)
    told = ", ".join(f"{LABEL_WORDS[label]} {count}" for label, count in counts.most_common())
    early = f", after {report.early_readings} for getting to know the voice" if report.early_readings else ""
    yield Line(f"{counted(len(report.readings), 'turn')} read{early}: {told}.")
    notable = [reading for reading in report.readings if tells(reading) and reading.label != Label.NEUTRAL]
    yield from capped((_reading_line(reading), reading.probability or 0.0) for reading in notable)


def _reading_line(reading: Sounded) -> Line:
    before = f", after your {quoted(reading.said_before.text)}" if reading.said_before else ""
    return Line(
        f"Sounded {LABEL_WORDS[reading.label]}{before}",
        at_s=reading.at_s,
        under=("; ".join(reading.evidence),) if reading.evidence else (),
    )


def _asked(seller: SideFigures | None) -> Iterator[Line]:
    if seller is not None:
        yield from capped((Line(quoted(quote.text), at_s=quote.at_s), 0.0) for quote in seller.asked)


def _interruptions(report: Report) -> Iterator[Line]:
    both = [
        (Line(_cut_in(cut, by=side.speaker), at_s=cut.at_s), cut.overlap_s)
        for side in report.sides
        for cut in side.interruptions
    ]
    yield from capped(sorted(both, key=lambda cut: cut[0].at_s or 0.0))


def _cut_in(cut: Interruption, *, by: Speaker) -> str:
    who, whom = ("You", "they") if by == Speaker.SELLER else ("They", "you")
    over = f", after {quoted(cut.over)}" if cut.over else ""
    return f"{who} came in {cut.overlap_s:.1f} s before {whom} had finished{over}"


def _nudges(nudges: Sequence[NudgeOutcome]) -> Iterator[Line]:
    yield from capped((_nudge_line(nudge), nudge.severity == "strong") for nudge in nudges)


def _nudge_line(nudge: NudgeOutcome) -> Line:
    known = (nudge.evidence, OUTCOMES.get(nudge.outcome, nudge.outcome))
    return Line(nudge.message, at_s=nudge.at_s, under=("; ".join(filter(None, known)),))


def _both_heard(report: Report) -> bool:
    return None not in (report.side(Speaker.SELLER), report.side(Speaker.CUSTOMER))


def _own_words(report: Report) -> Iterator[Line]:
    if report.side(Speaker.CUSTOMER) is not None:
        yield from (Line(question, numbered=True) for question in OPEN_QUESTIONS)


def _transcript(report: Report) -> Iterator[Line]:
    who = {Speaker.SELLER: "You: ", Speaker.CUSTOMER: "They: ", Speaker.UNKNOWN: ""}
    yield from (Line(f"{who[line.speaker]}{line.text}", at_s=line.at_s) for line in report.transcript)
