"""Promises of a call: folded, shown and handed over."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.talk import CUSTOMER, SELLER
from roomtone.debrief.promised import handover, handover_json, page, promise_log
from roomtone.debrief.render import page_as_markdown
from roomtone.events import Event, PromiseMade, PromiseReviewed, SessionStarted
from roomtone.types import PromiseKind, Speaker

pytestmark = pytest.mark.unit

STARTED = SessionStarted(
    t_s=0.0,
    title="Dana's workshop",
    mode="live",
    started_at="2026-11-22T14:32:07+00:00",
    version="1",
    transcriber="base",
)


def made(
    number: int, text: str, kind: PromiseKind, *, speaker: Speaker = SELLER, is_safe: bool = False
) -> PromiseMade:
    return PromiseMade(
        t_s=number * 60 + 5.0,
        promise_id=f"promise-{number}",
        utterance_id=f"u-{number}",
        speaker=speaker,
        text=text,
        kind=kind,
        start_s=number * 60.0,
        end_s=number * 60 + 4.0,
        is_safe=is_safe,
    )


def reviewed(number: int, verdict: str, text: str = "") -> PromiseReviewed:
    return PromiseReviewed(t_s=600.0, promise_id=f"promise-{number}", verdict=verdict, text=text)


CALL: list[Event] = [
    STARTED,
    made(1, "We'll deliver on *Friday*.", PromiseKind.DATE),
    made(2, "It does single sign-on.", PromiseKind.FEATURE, is_safe=True),
    made(3, "We'll do ten percent off.", PromiseKind.PRICE),
    made(4, "I'll send you our figures tomorrow.", PromiseKind.DATE, speaker=CUSTOMER),
    reviewed(1, "confirmed", "We'll deliver on *Friday*."),
    reviewed(2, "edited", "It will do single sign-on by March."),
    reviewed(3, "struck", "We'll do ten percent off."),
]


def test_the_latest_review_counts() -> None:
    log = promise_log([*CALL, reviewed(3, "confirmed", "Five percent off."), reviewed(9, "struck")])
    assert [(promise.verdict, promise.text) for promise in log.promises] == [
        ("confirmed", "We'll deliver on *Friday*."),
        ("edited", "It will do single sign-on by March."),
        ("confirmed", "Five percent off."),
        ("", "I'll send you our figures tomorrow."),
    ]
    assert log.promises[2].said == "We'll do ten percent off."
    assert [promise.promise_id for promise in log.open] == ["promise-4"]


def test_the_page_shows_every_promise() -> None:
    assert page_as_markdown(page(promise_log(CALL, has_safe_list=True))) == (
        "# Promises in “Dana's workshop”\n\n"
        "22 November 2026, 14:32 · 4 promises, 1 not reviewed yet\n\n"
        "## As they were made\n\n"
        "- **1:00** “We'll deliver on \\*Friday\\*.”  \n"
        "  you · date · not on your safe list · confirmed\n"
        "- **2:00** “It will do single sign-on by March.”  \n"
        "  you · feature · safe to promise · confirmed in other words · said as “It does single sign-on.”\n"
        "- **3:00** Struck: “We'll do ten percent off.”  \n"
        "  you · price · not on your safe list · struck out\n"
        "- **4:00** “I'll send you our figures tomorrow.”  \n"
        "  they · date · not reviewed yet\n"
    )


def test_without_a_list_of_safe_promises_none_is_called_unsafe() -> None:
    calm = [event for event in CALL if not (isinstance(event, PromiseMade) and event.is_safe)]
    assert "not on your safe list" not in page_as_markdown(page(promise_log(calm)))


def test_the_handover_has_what_holds_by_kind_and_says_what_nobody_has_looked_at() -> None:
    assert page_as_markdown(handover(promise_log(CALL))) == (
        "# What was promised: Dana's workshop\n\n"
        "22 November 2026, 14:32 · 3 promises\n\n"
        "## Dates\n\n"
        "- **1:00** “We'll deliver on \\*Friday\\*.”  \n"
        "  seller · confirmed\n"
        "- **4:00** “I'll send you our figures tomorrow.”  \n"
        "  customer · not reviewed yet\n\n"
        "## Features\n\n"
        "- **2:00** “It will do single sign-on by March.”  \n"
        "  seller · confirmed in other words · said as “It does single sign-on.”\n"
    )


def test_the_handover_for_programs() -> None:
    told = json.loads(handover_json(promise_log(CALL, call_id="dana")))
    assert (told["call_id"], told["title"], told["started_at"]) == (
        "dana",
        "Dana's workshop",
        "2026-11-22T14:32:07+00:00",
    )
    assert [(each["kind"], each["at_s"], each["verdict"], each["speaker"]) for each in told["promises"]] == [
        ("date", 60.0, "confirmed", "seller"),
        ("date", 240.0, "", "customer"),
        ("feature", 120.0, "edited", "seller"),
    ]


def test_a_call_without_promises_says_so() -> None:
    empty = promise_log([STARTED])
    assert "None was heard." in page_as_markdown(page(empty))
    assert "None was made, or all were struck out." in page_as_markdown(handover(empty))


@pytest.mark.property
@given(verdicts=st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["confirmed", "edited", "struck"]))))
def test_what_is_handed_over_is_what_was_not_struck_last(verdicts: list[tuple[int, str]]) -> None:
    reviews = [reviewed(number, verdict, "so") for number, verdict in verdicts]
    log = promise_log([*CALL[:5], *reviews])
    last = dict(verdicts)
    kept = [number for number in range(1, 5) if last.get(number) != "struck"]
    assert [promise.promise_id for promise in log.handed_over] == [f"promise-{number}" for number in kept]
    assert len(log.open) == 4 - len(last)
