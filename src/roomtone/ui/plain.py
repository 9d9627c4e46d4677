"""The call as plain lines: for screen readers, for pipes and for terminals that are none.

Each line is a time, a word for what it is, and the text. Nothing moves the cursor and nothing is drawn.
"""

from typing import TextIO

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation.answers import outcome_in_words
from roomtone.conversation.pushback import in_words
from roomtone.conversation.state import start, step
from roomtone.events import (
    AgendaPointCovered,
    AgendaPointMarked,
    AgendaSet,
    CaveatNoted,
    CaveatWithdrawn,
    ConsentNoted,
    EchoJudged,
    EmotionEstimated,
    Event,
    NudgeRaised,
    PhaseEntered,
    PromiseMade,
    SessionEnded,
    SessionStarted,
    SourceLost,
    SourceOverflowed,
    SourceStarted,
    StageFailed,
    StageLagged,
    TranscriptFinal,
)
from roomtone.types import SAMPLE_RATE_HZ, Echo, Label, Speaker
from roomtone.ui import understood
from roomtone.ui.notices import CAUGHT_UP_S, echo_in_words, is_live, lag_in_words
from roomtone.ui.presenter import seller_percent, talk_unknown
from roomtone.ui.view import clock, one_line, sounded, span

KIND_CELLS = 10
"""``customer`` and two spaces."""
UNTOLD = (Label.NEUTRAL, Label.CANNOT_TELL)
"""Readings that are no news."""


class PlainSink:
    """Writes a line for each event worth reading; the stream stays open when the sink closes."""

    def __init__(self, stream: TextIO, *, settings: ConversationSettings = ConversationSettings()) -> None:
        self._stream = stream
        self._conversation = start(settings)
        self._lagging: set[str] = set()
        self._pushback = understood.PushBackWatch()

    async def publish(self, event: Event) -> None:
        """Write the line of this event, if it has one."""
        self._conversation = step(self._conversation, event)
        self._write(self._outcome_line(event))
        self._write(self._line(event))

    async def aclose(self) -> None:
        """Nothing is pending."""

    def _write(self, line: tuple[float, str, str] | None) -> None:
        if line is not None:
            at_s, kind, text = line
            self._stream.write(f"{clock(at_s)}  {kind:<{KIND_CELLS}}{one_line(text)}\n")
            self._stream.flush()

    def _line(self, event: Event) -> tuple[float, str, str] | None:
        match event:
            case SessionStarted():
                return event.t_s, "call", f"{event.title} ({event.mode})"
            case SourceStarted():
                return self._source_line(event)
            case SourceLost():
                return event.t_s, "lost", f"{event.speaker.value}: {event.message}"
            case CaveatNoted():
                return event.t_s, "note", event.message
            case CaveatWithdrawn():
                return self._all_clear_line(event)
            case EchoJudged():
                return self._echo_line(event)
            case SourceOverflowed():
                lost_s = event.lost_samples / SAMPLE_RATE_HZ
                lost = f"{lost_s:.1f} s of sound were lost; silence takes their place."
                return event.t_s, "note", f"{event.source_id}: {lost}"
            case StageFailed():
                return event.t_s, "failed", event.message
            case StageLagged():
                return self._lag_line(event)
            case TranscriptFinal():
                return event.start_s, event.speaker.value, event.text
            case EmotionEstimated():
                return _reading_line(event)
            case AgendaSet() | AgendaPointCovered() | AgendaPointMarked():
                return self._agenda_line(event)
            case PhaseEntered():
                return event.t_s, "phase", f"{event.phase.value.capitalize()}."
            case PromiseMade():
                return event.start_s, "promise", understood.promised(event)
            case NudgeRaised():
                return event.t_s, "nudge", f"{event.message} ({event.evidence})"
            case ConsentNoted():
                return event.t_s, "note", "They agreed to be listened to."
            case SessionEnded():
                return event.duration_s, "end", f"{_ending(event)} {self._talk_share()}"
            case _:
                return None

    def _source_line(self, event: SourceStarted) -> tuple[float, str, str]:
        missed = f"; {span(event.missed_s)} was missed" if event.missed_s else ""
        return event.t_s, "source", f"{event.speaker.value}: {event.description}{missed}"

    def _agenda_line(
        self, event: AgendaSet | AgendaPointCovered | AgendaPointMarked
    ) -> tuple[float, str, str] | None:
        """Return a line for the points, or for one that was covered and how many that makes."""
        points = understood.agenda(self._conversation)
        if not points.points:
            return None
        if isinstance(event, AgendaSet):
            told = "; ".join(f"{point.number}. {point.text}" for point in points.points)
            return event.t_s, "agenda", f"To be covered: {told}"
        point = understood.point(self._conversation, event.point_id)
        so_far = f"({points.covered} of {len(points.points)})"
        if isinstance(event, AgendaPointCovered):
            return event.start_s, "agenda", f"Covered: {point}, {understood.quoted(event.quote)} {so_far}"
        marked = "Covered, as you say" if event.covered else "Not covered, as you say"
        return event.t_s, "agenda", f"{marked}: {point} {so_far}"

    def _outcome_line(self, event: Event) -> tuple[float, str, str] | None:
        """Return what became of push-back, when that is known by this event."""
        settled = self._pushback.settled(event, self._conversation)
        if settled is None:
            return None
        pushback, done = settled
        told = f"Push-back on {in_words(pushback.kind)}: {outcome_in_words(pushback, done)}."
        return event.t_s, "answer", told

    def _echo_line(self, event: EchoJudged) -> tuple[float, str, str] | None:
        """Return what was found out; that a recording has no echo is no news."""
        is_news = is_live(self._conversation) or event.echo is not Echo.NONE
        message = echo_in_words(event) if is_news else ""
        return (event.t_s, "note", message) if message else None

    def _all_clear_line(self, event: CaveatWithdrawn) -> tuple[float, str, str] | None:
        """Return a line that says which note holds no longer."""
        notes = [note for note in self._conversation.caveats if note.code == event.code]
        same = [note for note in notes if note.source_id == event.source_id]
        return (event.t_s, "note", f"No longer so: {same[-1].message}") if same else None

    def _lag_line(self, event: StageLagged) -> tuple[float, str, str] | None:
        """Return a line when a stage begins to lag, and none while it goes on."""
        if event.behind_s < CAUGHT_UP_S:
            self._lagging.discard(event.stage)
            return None
        if event.stage in self._lagging:
            return None
        self._lagging.add(event.stage)
        return event.t_s, "note", lag_in_words(event)

    def _talk_share(self) -> str:
        unknown = talk_unknown(self._conversation)
        if unknown:
            return f"Talk share: can't tell, {unknown}."
        percent = seller_percent(self._conversation)
        return f"You talked {percent} % of the time, they {100 - percent} %."


def _reading_line(event: EmotionEstimated) -> tuple[float, str, str] | None:
    if not event.settled or event.label in UNTOLD:
        return None
    headline = sounded(event.label, who="You" if event.speaker == Speaker.SELLER else "They")
    return event.t_s, "reading", ": ".join(filter(None, (headline, "; ".join(event.evidence))))


def _ending(event: SessionEnded) -> str:
    how = {"stopped": "was stopped", "failed": "broke off"}.get(event.reason, "ended")
    return f"The call {how} after {span(event.duration_s)}."
