"""The report of a scripted call, checked against its script."""

from pathlib import Path

import pytest

from roomtone.debrief.report import Report, build
from roomtone.events import (
    CaveatNoted,
    Event,
    SessionEnded,
    SessionStarted,
    SourceStarted,
    SpeechEnded,
    TranscriptFinal,
    decode,
)
from roomtone.types import Label, Speaker, Word

pytestmark = pytest.mark.unit

SCRIPTED_CALL = Path(__file__).parent / "data" / "scripted_call.jsonl"


def scripted_events() -> list[Event]:
    return [decode(line) for line in SCRIPTED_CALL.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def report() -> Report:
    return build(scripted_events(), call_id="2026-11-22-1432-dana-s-workshop")


def test_the_call_is_named_timed_and_complete(report: Report) -> None:
    assert (report.title, report.duration_s, report.cut_off, report.sides_known) == (
        "Dana's workshop",
        191.0,
        False,
        True,
    )


def test_the_talk_share_is_that_of_the_script(report: Report) -> None:
    seller, customer = report.sides
    assert (seller.speaker, customer.speaker) == (Speaker.SELLER, Speaker.CUSTOMER)
    assert seller.spoken_s == pytest.approx(102.9)
    assert report.seller_share == pytest.approx(102.9 / (102.9 + customer.spoken_s))
    assert report.fullest_stretch is None


def test_words_of_each_side_are_counted_and_what_was_refused_too(report: Report) -> None:
    assert [(side.words, side.rejected) for side in report.sides] == [(236, 0), (159, 1)]


def test_the_longest_stretches_say_when_and_how_they_began(report: Report) -> None:
    longest = [side.longest for side in report.sides]
    assert [(run.start_s, run.duration_s, run.first_words[:18]) for run in longest if run] == [
        (41.6, 42.4, "So what we do is w"),
        (15.6, 17.4, "Well, honestly, th"),
    ]


def test_the_sellers_questions_are_quoted_with_their_times(report: Report) -> None:
    seller = report.side(Speaker.SELLER)
    assert seller is not None
    assert seller.questions == 4
    assert [(int(quote.at_s), quote.text) for quote in seller.asked] == [
        (3, "How was your weekend?"),
        (11, "So what made you look at a new scheduling tool?"),
        (131, "What would he need to see, to feel good about it?"),
        (167, "Would Thursday at ten suit you both for half an hour?"),
    ]


def test_the_customers_questions_are_told_with_what_followed(report: Report) -> None:
    assert [(question.text, question.reply_after_s) for question in report.customer_questions] == [
        ("How long does it take to set up?", 0.1),
        ("And what does it cost for six people?", 0.3),
        ("Is there somebody we can call on a Monday morning at seven?", 0.4),
    ]
    assert report.customer_questions[1].reply.startswith("It is forty nine a month")


def test_interruptions_are_told_of_the_side_that_came_in(report: Report) -> None:
    seller, customer = report.sides
    assert [cut.at_s for cut in seller.interruptions] == [130.2]
    assert [(cut.at_s, cut.overlap_s) for cut in customer.interruptions] == [(122.8, 1.2)]
    assert customer.interruptions[0].over.endswith("our customers tell us…")


def test_only_settled_readings_are_told_with_what_was_said_before(report: Report) -> None:
    assert report.early_readings == 2
    assert [reading.label for reading in report.readings] == [
        Label.NEUTRAL,
        Label.CANNOT_TELL,
        Label.GUARDED,
        Label.GUARDED,
        Label.NEUTRAL,
        Label.CONFIDENT,
    ]
    guarded = report.readings[2]
    assert guarded.said_before is not None
    assert guarded.said_before.text.endswith("if you sign this quarter.")
    assert guarded.evidence[1] == "quieter than before"


def test_nudges_are_told_with_what_became_of_them(report: Report) -> None:
    assert [(nudge.rule, nudge.outcome) for nudge in report.nudges] == [
        ("talk_share", "retracted"),
        ("sounded", "expired"),
        ("questions", "wrong"),
    ]


def test_the_transcript_is_there_when_asked_for_in_the_order_of_speaking(report: Report) -> None:
    assert report.transcript == ()
    lines = build(scripted_events(), transcript=True).transcript
    assert len(lines) == 18
    assert [line.at_s for line in lines] == sorted(line.at_s for line in lines)


@pytest.mark.parametrize("kept", [1, 2, 10, 40, 93])
def test_a_log_cut_off_anywhere_still_gives_a_report(kept: int) -> None:
    report = build(scripted_events()[:kept])
    assert report.cut_off
    assert "cut off" in report.caveats[0]


def test_an_empty_log_gives_a_report_of_nothing() -> None:
    report = build([])
    assert (report.title, report.sides, report.stretches, report.seller_share) == ("", (), (), None)


def test_a_recording_without_sides_tells_length_and_words_only() -> None:
    mono: list[Event] = [
        SessionStarted(
            t_s=0, title="Mono", mode="replay", started_at="2026-11-22", version="0", transcriber="base"
        ),
        SourceStarted(t_s=0, speaker=Speaker.UNKNOWN, description="a mono file", sample_rate_hz=8000),
        CaveatNoted(t_s=0, code="sides_unknown", message="Both voices are in one channel."),
        SpeechEnded(t_s=13, speaker=Speaker.UNKNOWN, start_s=1, end_s=12),
        TranscriptFinal(
            t_s=14,
            utterance_id="u",
            speaker=Speaker.UNKNOWN,
            text="Hello?",
            words=(Word("Hello?", 1, 2, 0.9),),
            start_s=1,
            end_s=12,
            avg_logprob=0,
            no_speech_prob=0,
        ),
        SessionEnded(t_s=20, duration_s=20, reason="end_of_input"),
    ]
    report = build(mono, transcript=True)
    assert not report.sides_known
    assert report.caveats == ("Both voices are in one channel.",)
    assert [(side.spoken_s, side.words) for side in report.sides] == [(11, 1)]
    assert (report.seller_share, report.stretches, report.customer_questions) == (None, (), ())
    assert [line.text for line in report.transcript] == ["Hello?"]
