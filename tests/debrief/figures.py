"""Figures of a side that says nothing in particular."""

from roomtone.debrief.report import Quote, SideFigures
from roomtone.types import Speaker


def side(speaker: Speaker, *, questions: int = 0) -> SideFigures:
    return SideFigures(
        speaker=speaker,
        spoken_s=60.0,
        words=1,
        words_per_minute=None,
        rejected=0,
        longest=None,
        interruptions=(),
        questions=questions,
        questions_per_ten_minutes=0.0,
        asked=tuple(Quote(float(number), f"Number {number}?") for number in range(questions)),
    )
