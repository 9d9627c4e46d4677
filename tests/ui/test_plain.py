import io

import pytest
from scripted_call import (
    SELLER,
    beginning,
    mono_call,
    reading,
    running_call,
    understood_call,
    whole_call,
)

from roomtone.events import (
    AgendaPointMarked,
    CaveatNoted,
    Event,
    SessionEnded,
    SourceOverflowed,
    StageFailed,
    StageLagged,
)
from roomtone.types import Label
from roomtone.ui.plain import PlainSink

pytestmark = pytest.mark.unit

WHOLE_CALL = """\
00:00  call      Forty seats for Zürich (replay)
00:00  source    seller: zurich.wav, seller's channel
00:00  source    customer: zurich.wav, customer's channel
00:01  seller    Good morning, this is Rosa from Meridian. Thanks for making the time, how is the week treating you?
00:15  customer  Oh, you know, busy. We moved the Zürich team into the new building, so half of us can't find the coffee yet.
00:41  seller    Ha, that takes a while. So, I wanted to walk you through what we built for teams like yours, and then we look at the numbers together.
01:40  note      transcriber is 6 s behind, leaving out partial words.
01:32  customer  Sure, go ahead.
03:16  nudge     You have been talking for 1:26 (since 01:50, without a question)
01:50  seller    The first part is the intake: everything your people type today goes in by itself, and the second part is the hand-over to accounting.
03:27  customer  Well, I guess so. It depends on what it costs.
03:43  reading   They sounded guarded: “well, I guess so” – hedged twice; answered after 2.1 s, usually 0.6 s
03:42  seller    It starts at ninety a seat, so for forty people that is three thousand six hundred a month, with a discount when you sign for the year.
05:02  customer  Hmm. We'd have to see. Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft pays less — 日本の支社 too.
05:10  reading   They sounded guarded: answered after 2.4 s, usually 0.6 s; voice flatter than their usual
05:11  nudge     You've talked 79% of the last five minutes (3:43 of 4:44 of speech since 00:11)
05:19  note      Your microphone hears the customer too; that is kept out. Headphones are better.
05:19  note      They agreed to be listened to.
05:19  lost      customer: The headset is gone.
05:12  seller    That makes sense. If I were you I'd feel the same way.
05:21  end       The call ended after 5:21. You talked 79 % of the time, they 21 %.
"""  # noqa: E501 - lines are not wrapped, so that they can be searched


UNDERSTOOD = ("agenda", "phase", "promise", "answer")


async def plain(*events: Event) -> str:
    stream = io.StringIO()
    sink = PlainSink(stream)
    for event in events:
        await sink.publish(event)
    await sink.aclose()
    return stream.getvalue()


async def test_a_whole_call() -> None:
    assert await plain(*whole_call()) == WHOLE_CALL


async def test_what_is_understood_has_a_line_each() -> None:
    marked = AgendaPointMarked(t_s=320.0, point_id="point-1", covered=False)
    lines = (await plain(*understood_call(), marked)).splitlines()
    assert [line for line in lines if line.split()[1] in UNDERSTOOD] == [
        "00:00  agenda    To be covered: 1. The intake and the hand-over to accounting; 2. What it costs for"
        " forty seats; 3. Who else has a say in Zürich, and what would they need to see first?;"
        " 4. When they want to start; 5. A next step",
        "01:34  phase     Presentation.",
        "01:50  agenda    Covered: 1. The intake and the hand-over to accounting, “The first part is the"
        " intake: everything your people type…” (1 of 5)",
        "03:42  agenda    Covered: 2. What it costs for forty seats, “It starts at ninety a seat, so for"
        " forty people that is…” (2 of 5)",
        "04:56  promise   You promised: “It starts at ninety a seat, with a discount when you sign…”",
        "05:10  phase     Objections.",
        "05:19  answer    Push-back on a rival's offer: you made room for it after 4 s.",
        "05:20  agenda    Not covered, as you say: 1. The intake and the hand-over to accounting (1 of 5)",
    ]


async def test_the_end_is_told_at_the_length_of_the_call() -> None:
    text = await plain(SessionEnded(t_s=23.0, duration_s=20.0, reason="stopped"))
    assert text.startswith("00:20  end       The call was stopped after 0:20.")


async def test_mixed_sides_are_said_to_be_mixed() -> None:
    text = await plain(*mono_call(), SessionEnded(t_s=20.0, duration_s=20.0, reason="stopped"))
    assert text.splitlines()[-2:] == [
        "00:01  unknown   Hello? Yes, hello, I can hear you now.",
        "00:20  end       The call was stopped after 0:20. Talk share: can't tell, sides not separated.",
    ]
    assert "note      This recording has both sides mixed in one channel" in text


@pytest.mark.parametrize("label", [Label.NEUTRAL, Label.CANNOT_TELL])
async def test_no_line_for_a_reading_that_is_no_news(label: Label) -> None:
    assert await plain(reading(label, at_s=9.0)) == ""


async def test_no_line_for_an_unsettled_reading() -> None:
    assert await plain(reading(Label.UPSET, at_s=9.0, settled=False)) == ""


async def test_a_reading_without_evidence() -> None:
    assert await plain(reading(Label.EXCITED, at_s=9.0)) == "00:10  reading   They sounded excited\n"


async def test_a_lasting_lag_is_told_once() -> None:
    behind = [StageLagged(t_s=float(at), stage="transcriber", behind_s=3.0) for at in range(3)]
    over = StageLagged(t_s=4.0, stage="transcriber", behind_s=0.0)
    text = await plain(*behind, over, *behind)
    assert text == "00:00  note      transcriber is 3 s behind.\n" * 2


async def test_trouble_has_a_line_each() -> None:
    text = await plain(
        CaveatNoted(t_s=1.0, code="side_silent", message="The left channel is silent."),
        SourceOverflowed(t_s=2.0, source_id="seller", lost_samples=1600),
        StageFailed(t_s=3.0, stage="audio", code="lost", message="The file ends early.", recoverable=False),
    )
    assert text.splitlines() == [
        "00:01  note      The left channel is silent.",
        "00:02  note      seller: 0.1 s of sound were lost; silence takes their place.",
        "00:03  failed    The file ends early.",
    ]


async def test_control_characters_never_reach_the_terminal() -> None:
    text = await plain(*beginning(SELLER, title="a\x1b[2Jb\nc"))
    assert text.splitlines()[0] == "00:00  call      a[2Jb c (replay)"


async def test_each_line_is_written_out_at_once() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8", write_through=False)
    await PlainSink(stream).publish(running_call()[0])
    assert raw.getvalue().decode() == "00:00  call      Forty seats for Zürich (replay)\n"
