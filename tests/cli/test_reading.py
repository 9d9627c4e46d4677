import asyncio
import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from roomtone.cli.reading import COLUMNS, NotingReader, ReadingsSink, ReadTurn, lines, row
from roomtone.events import CaveatNoted, EmotionEstimated
from roomtone.speech.cues import Cue
from roomtone.speech.emotion import Explanation
from roomtone.speech.fusion import STATES
from roomtone.speech.voice_model import VoiceClass, VoiceHeard
from roomtone.types import (
    HeardUtterance,
    Hypothesis,
    Label,
    Question,
    QuestionKind,
    Reading,
    Speaker,
    TurnHeard,
    Utterance,
)

pytestmark = pytest.mark.unit

EVIDENCE = ('said "it depends"', "answered after 2.1 s, usually 0.6 s")

ASKED = Question("And what do you think?", QuestionKind.OPEN)


def turn(text: str = "Well, it depends.\nI'd say.", rejected: str = "") -> TurnHeard:
    utterance = Utterance("u1", "customer", Speaker.CUSTOMER, 65.0, 68.0, 64.8, np.zeros(8, np.float32), 68.4)
    hypothesis = Hypothesis((), text, "en", 68.0, -0.2, 0.0, np.zeros(0, np.float32), rejected)
    heard = (HeardUtterance(utterance, hypothesis),)
    return TurnHeard(Speaker.CUSTOMER, 65.0, 68.0, heard, 2.1, ASKED)


def explained() -> Explanation:
    probabilities = dict.fromkeys(STATES, 0.05) | {Label.GUARDED: 0.75}
    return Explanation(
        reading=Reading(Label.GUARDED, probabilities, EVIDENCE, "reading_voice-3"),
        speech_s=2.4,
        turns_before=7,
        voice=VoiceHeard(dict.fromkeys(VoiceClass, 0.2), 0.31, 0.42),
        cues=(Cue(Label.GUARDED, 1.2, EVIDENCE[0]), Cue(Label.GUARDED, 0.4, "")),
        changes={"pitch_range_st": -1.4, "syllables_per_s": 0.2},
        carried={Label.GUARDED: 0.1},
    )


class SaysTheSame:
    """Explains every turn in the same way."""

    name = "reading_voice-3"

    def explain(self, turn: TurnHeard) -> Explanation:
        return explained()

    def settled(self, speaker: Speaker) -> bool:
        return True


def published(sink: ReadingsSink, reader: NotingReader, *turns: TurnHeard) -> None:
    for one in turns:
        reading = reader.predict(one)
        event = EmotionEstimated(
            t_s=one.end_s,
            source_id="customer",
            utterance_id="u1",
            speaker=one.speaker,
            label=reading.label,
            probabilities=reading.probabilities,
            evidence=reading.evidence,
            model=reading.model,
            start_s=one.start_s,
            end_s=one.end_s,
            settled=True,
        )
        asyncio.run(sink.publish(event))


def test_a_reading_is_told_with_all_that_went_into_it() -> None:
    told = list(lines(ReadTurn(turn(), explained())))
    assert told[0] == f"01:05    They sounded guarded: {'; '.join(EVIDENCE)}"
    text = "\n".join(told)
    assert '"Well, it depends. I\'d say."' in text
    assert "answered an open question 2.1 s after you had stopped" in text
    assert "aroused 31%, glad 42%" in text
    assert "flatter 1.4, faster 0.2" in text
    assert 'guarded +1.2  said "it depends"' in text
    assert "guarded 75%" in text


def test_a_turn_that_could_not_be_read_says_why_and_no_more() -> None:
    reading = Reading(Label.CANNOT_TELL, dict.fromkeys(STATES, 1 / 6), ("less than 1 s of speech",), "m")
    told = list(lines(ReadTurn(turn("Yes."), Explanation(reading, 0.4, 2))))
    assert told[0].endswith("Can't tell how they sounded: less than 1 s of speech")
    assert not any("voice" in line or "states" in line for line in told)


def test_refused_words_are_not_shown() -> None:
    assert ReadTurn(turn(rejected="repetition"), explained()).text == ""


def test_the_table_has_a_line_a_turn_with_every_figure() -> None:
    reader = NotingReader(SaysTheSame())  # type: ignore[arg-type]
    stream = io.StringIO()
    published(ReadingsSink(reader, stream, as_csv=True), reader, turn(), replace(turn(), start_s=70.0))
    first, second = csv.DictReader(io.StringIO(stream.getvalue()))
    assert tuple(first) == COLUMNS
    assert (first["start_s"], second["start_s"]) == ("65.00", "70.00")
    assert first["reading"] == "guarded"
    assert (first["question"], first["question_kind"]) == ("And what do you think?", "open")
    assert float(first["p_guarded"]) == 0.75
    assert float(first["voice_arousal"]) == pytest.approx(0.31)
    assert float(first["change_pitch_range_st"]) == pytest.approx(-1.4)
    assert "\n" not in first["text"]


def test_a_figure_that_was_not_measured_is_left_empty() -> None:
    bare = replace(explained(), voice=None, changes={})
    table = row(ReadTurn(replace(turn(), floor_transfer_offset_s=None), bare))
    assert table["answered_after_s"] == ""
    assert set(table) <= set(COLUMNS)
    assert "voice_arousal" not in table


def test_what_hinders_is_told_beside_the_readings(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    sink = ReadingsSink(NotingReader(SaysTheSame()), stream, as_csv=False)  # type: ignore[arg-type]
    asyncio.run(sink.publish(CaveatNoted(t_s=1.0, code="c", message="The file is damaged.")))
    assert stream.getvalue() == ""
    assert capsys.readouterr().err == "roomtone: The file is damaged.\n"
