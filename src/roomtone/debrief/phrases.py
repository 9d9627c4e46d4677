"""Times, lengths and counts as people say them."""

from datetime import datetime


def clock(at_s: float) -> str:
    """Return a time of the call as ``4:05`` or ``1:04:05``."""
    minutes, seconds = divmod(int(at_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def length(duration_s: float) -> str:
    """Return a length in words: ``48 s``, ``4 min 5 s``, ``1 h 4 min``."""
    whole_s = round(duration_s)
    hours, minutes, seconds = whole_s // 3600, whole_s // 60 % 60, whole_s % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def when(started_at: str) -> str:
    """Return an ISO 8601 time as ``22 November 2026, 14:32``, or as it is when it is none."""
    try:
        moment = datetime.fromisoformat(started_at)
    except ValueError:
        return started_at
    return f"{moment.day} {moment:%B %Y, %H:%M}"


def quoted(text: str) -> str:
    """Return a text between the marks of a quotation."""
    return f"“{text}”"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 nudge``, ``1,204 words``."""
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"
