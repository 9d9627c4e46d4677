"""What was promised in a call: all of it for the seller, and what holds for those it is handed over to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import msgspec

from roomtone.debrief.course import Promised, Told, promises
from roomtone.debrief.course_lines import VERDICTS, promise_line
from roomtone.debrief.page import Document, Line, Section
from roomtone.debrief.phrases import counted, quoted, when
from roomtone.events import Event, SessionStarted
from roomtone.types import PromiseKind, Speaker

HEADINGS = {
    PromiseKind.DATE: "Dates",
    PromiseKind.PRICE: "Prices",
    PromiseKind.SCOPE: "Scope",
    PromiseKind.FEATURE: "Features",
    PromiseKind.SUPPORT: "Support",
}
WHO = {Speaker.SELLER: "seller", Speaker.CUSTOMER: "customer", Speaker.UNKNOWN: "not known who"}
"""For readers who were not in the call."""


@dataclass(frozen=True, slots=True)
class PromiseLog:
    """The promises of one call in the order they were made."""

    call_id: str
    title: str
    started_at: str
    promises: tuple[Promised, ...]

    @property
    def open(self) -> tuple[Promised, ...]:
        """Those nobody has looked at yet."""
        return tuple(promise for promise in self.promises if not promise.verdict)

    @property
    def handed_over(self) -> tuple[Promised, ...]:
        """Those that somebody may rely on: all but what was struck out."""
        return tuple(promise for promise in self.promises if promise.verdict != "struck")


def promise_log(events: Iterable[Event], *, call_id: str = "", has_safe_list: bool = False) -> PromiseLog:
    """Return the promises of a call from its kept events.

    ``has_safe_list`` tells whether the seller listed what is safe to promise; else nothing is called unsafe.
    """
    title = started_at = ""
    told = Told()
    for event in events:
        if isinstance(event, SessionStarted):
            title, started_at = event.title, event.started_at
        told = told.after(event)
    return PromiseLog(call_id, title, started_at, promises(told, has_safe_list=has_safe_list))


def page(log: PromiseLog) -> Document:
    """Return all promises for the seller."""
    opened = f", {len(log.open)} not reviewed yet" if log.open else ""
    lines = tuple(map(promise_line, log.promises))
    return Document(
        title=f"Promises in {quoted(log.title)}",
        subtitle=f"{when(log.started_at)} · {counted(len(log.promises), 'promise')}{opened}",
        sections=(Section("As they were made", lines or (Line("None was heard."),)),),
    )


def handover(log: PromiseLog) -> Document:
    """Return the page for those who deliver and those who write the contract, by kind."""
    sections = tuple(
        Section(heading, lines)
        for kind, heading in HEADINGS.items()
        if (lines := tuple(_handed_over(log, kind)))
    )
    none = Section("Promises", (Line("None was made, or all were struck out."),))
    return Document(
        title=f"What was promised: {log.title}",
        subtitle=f"{when(log.started_at)} · {counted(len(log.handed_over), 'promise')}",
        sections=sections or (none,),
    )


def _handed_over(log: PromiseLog, kind: PromiseKind) -> Iterator[Line]:
    for promise in log.handed_over:
        if promise.kind is kind:
            told = [WHO[promise.speaker], VERDICTS.get(promise.verdict, promise.verdict)]
            if promise.text != promise.said:
                told.append(f"said as {quoted(promise.said)}")
            yield Line(quoted(promise.text), at_s=promise.at_s, under=(" · ".join(told),))


def handover_json(log: PromiseLog) -> bytes:
    """Return the same for programs: times in seconds from the start of the call, kinds in their order."""
    kinds = list(HEADINGS)
    ordered = sorted(log.handed_over, key=lambda promise: kinds.index(promise.kind))
    return msgspec.json.format(msgspec.json.encode(replace(log, promises=tuple(ordered))), indent=2) + b"\n"
