"""What was promised in a call, what the seller says of it afterwards, and the page that is handed over."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec

from roomtone.debrief.document import Document, Line, Section
from roomtone.debrief.phrases import counted, quoted, when
from roomtone.events import Event, PromiseMade, PromiseReviewed, SessionStarted
from roomtone.types import PromiseKind, Speaker


class Status(StrEnum):
    """What became of a promise; all but ``OPEN`` are verdicts of a ``PromiseReviewed``."""

    OPEN = "open"
    """Nobody has looked at it yet."""
    CONFIRMED = "confirmed"
    EDITED = "edited"
    """It holds, in other words."""
    STRUCK = "struck"
    """It is none."""


HEADINGS = {
    PromiseKind.DATE: "Dates",
    PromiseKind.PRICE: "Prices",
    PromiseKind.SCOPE: "Scope",
    PromiseKind.FEATURE: "Features",
    PromiseKind.SUPPORT: "Support",
}
STATUS_WORDS = {
    Status.OPEN: "not reviewed yet",
    Status.CONFIRMED: "confirmed",
    Status.EDITED: "confirmed in other words",
    Status.STRUCK: "struck out",
}
WHO = {Speaker.SELLER: "you", Speaker.CUSTOMER: "they", Speaker.UNKNOWN: "somebody"}
WHO_OF_BOTH = {Speaker.SELLER: "seller", Speaker.CUSTOMER: "customer", Speaker.UNKNOWN: "not known who"}
"""For readers who were not in the call."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise as it stands."""

    promise_id: str
    at_s: float
    speaker: Speaker
    kind: PromiseKind
    said: str
    """The sentence as it was heard."""
    text: str
    """How it should read; the same until it is edited."""
    is_safe: bool
    """Whether the seller listed it as safe to promise."""
    status: Status = Status.OPEN


@dataclass(frozen=True, slots=True)
class PromiseLog:
    """The promises of one call in the order they were made."""

    call_id: str
    title: str
    started_at: str
    promises: tuple[Promise, ...]

    @property
    def open(self) -> tuple[Promise, ...]:
        """Those nobody has looked at yet."""
        return tuple(promise for promise in self.promises if promise.status is Status.OPEN)

    @property
    def handed_over(self) -> tuple[Promise, ...]:
        """Those that somebody may rely on: all but what was struck out."""
        return tuple(promise for promise in self.promises if promise.status is not Status.STRUCK)


def promise_log(events: Iterable[Event], *, call_id: str = "") -> PromiseLog:
    """Return the promises of a call; of several reviews of one promise the last counts."""
    title = started_at = ""
    found: dict[str, Promise] = {}
    for event in events:
        match event:
            case SessionStarted():
                title, started_at = event.title, event.started_at
            case PromiseMade():
                found.setdefault(event.promise_id, _as_made(event))
            case PromiseReviewed() if event.promise_id in found and event.verdict in STATUS_WORDS:
                text, status = event.text, Status(event.verdict)
                found[event.promise_id] = replace(found[event.promise_id], text=text, status=status)
    promises = sorted(found.values(), key=lambda promise: promise.at_s)
    return PromiseLog(call_id, title, started_at, tuple(promises))


def _as_made(event: PromiseMade) -> Promise:
    text = event.text.strip()
    return Promise(
        event.promise_id, event.start_s, event.speaker, event.kind, text, text, is_safe=event.is_safe
    )


def page(log: PromiseLog, *, has_safe_list: bool) -> Document:
    """Return all promises for the seller; without a list of safe ones none is called unsafe."""
    count = counted(len(log.promises), "promise")
    opened = f", {len(log.open)} not reviewed yet" if log.open else ""
    lines = tuple(_line(promise, has_safe_list=has_safe_list) for promise in log.promises)
    return Document(
        title=f"Promises in {quoted(log.title)}",
        subtitle=f"{when(log.started_at)} · {count}{opened}",
        sections=(Section("As they were made", lines or (Line("None was heard."),)),),
    )


def _line(promise: Promise, *, has_safe_list: bool) -> Line:
    is_unsafe = has_safe_list and promise.speaker is Speaker.SELLER
    safe = "safe to promise" if promise.is_safe else "not on your safe list" if is_unsafe else ""
    told = (WHO[promise.speaker], promise.kind.value, safe, STATUS_WORDS[promise.status])
    return Line(quoted(promise.text), at_s=promise.at_s, under=(_joined(*told), *_as_said(promise)))


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
            told = _joined(WHO_OF_BOTH[promise.speaker], STATUS_WORDS[promise.status])
            yield Line(quoted(promise.text), at_s=promise.at_s, under=(told, *_as_said(promise)))


def _as_said(promise: Promise) -> tuple[str, ...]:
    return (f"said as {quoted(promise.said)}",) if promise.text != promise.said else ()


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def handover_json(log: PromiseLog) -> bytes:
    """Return the same for programs: times in seconds from the start of the call, kinds in their order."""
    kinds = list(HEADINGS)
    ordered = sorted(log.handed_over, key=lambda promise: kinds.index(promise.kind))
    return msgspec.json.format(msgspec.json.encode(replace(log, promises=tuple(ordered))), indent=2) + b"\n"
