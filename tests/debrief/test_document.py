"""The report in sentences."""

import dataclasses

import pytest
from figures import side

from roomtone.debrief.document import document
from roomtone.debrief.exchange import Interruption
from roomtone.debrief.page import MOST_LINES
from roomtone.debrief.report import NudgeOutcome, Report, build
from roomtone.types import Speaker

pytestmark = pytest.mark.unit


def report(**known: object) -> Report:
    return dataclasses.replace(build([]), caveats=(), **known)  # type: ignore[arg-type]


def section(page: Report, heading: str) -> list[str]:
    return [
        line.text for found in document(page).sections if found.heading == heading for line in found.lines
    ]


def test_no_section_is_empty_and_a_recording_without_sides_gets_no_advice() -> None:
    mono = report(sides_known=False, sides=(side(Speaker.UNKNOWN),), duration_s=60.0)
    assert [(found.heading, len(found.lines)) for found in document(mono).sections] == [("In figures", 1)]
    assert section(mono, "In figures") == ["All voices together spoke for 1 min 0 s: 1 word."]


def test_a_high_share_is_told_with_what_is_known_about_it() -> None:
    assert section(report(seller_share=0.7), "In figures") == [
        "Talk share: you 70%, they 30% (above 65%, fewer calls succeed)."
    ]
    assert section(report(seller_share=0.5), "In figures") == ["Talk share: you 50%, they 50%."]


def test_long_lists_are_cut_and_the_rest_counted() -> None:
    asked = section(report(sides=(side(Speaker.SELLER, questions=MOST_LINES + 3),)), "What you asked")
    assert len(asked) == MOST_LINES + 1
    assert asked[-1] == "and 3 more"


def test_of_many_interruptions_the_longest_are_told_in_their_order() -> None:
    cuts = tuple(Interruption(float(at), 0.5 + (at % 10) / 10, "") for at in range(20))
    told = section(
        report(sides=(dataclasses.replace(side(Speaker.SELLER), interruptions=cuts),)), "Cutting in"
    )
    assert [line.split()[3] for line in told[:-1]] == ["1.1", "1.2", "1.3", "1.4", "1.1", "1.2", "1.3", "1.4"]
    assert told[-1] == "and 12 more"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("expired", "it ran its time"),
        ("wrong", "you marked it wrong"),
        ("", "still showing at the end"),
        ("postponed", "postponed"),
    ],
)
def test_what_became_of_a_nudge_is_said_in_words(outcome: str, words: str) -> None:
    nudge = NudgeOutcome(1.0, "monologue", "quiet", "You've been talking for 80 s", "", outcome)
    (nudges,) = [found for found in document(report(nudges=(nudge,))).sections if found.heading == "Nudges"]
    assert nudges.lines[0].under == (words,)


@pytest.mark.parametrize(("duration_s", "told"), [(60.0, "."), (240.0, ": 0 in ten minutes at that rate.")])
def test_a_rate_is_told_of_a_call_long_enough(duration_s: float, told: str) -> None:
    call = report(sides=(side(Speaker.SELLER, questions=1),), duration_s=duration_s)
    assert f"You asked 1 question{told}" in section(call, "In figures")


def test_no_question_at_all_is_worth_a_line() -> None:
    assert "You asked no question that was heard as one." in section(
        report(sides=(side(Speaker.SELLER),)), "In figures"
    )
