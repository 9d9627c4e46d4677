"""What was made of the words, in words for the screen: phases, agenda, promises, push-back. Pure."""

from roomtone.conversation.answers import Handled, handled, outcome_in_words
from roomtone.conversation.pushback import PushBack
from roomtone.conversation.state import Conversation, advance
from roomtone.events import Event, PromiseMade, TranscriptFinal
from roomtone.types import Speaker
from roomtone.ui import view as words
from roomtone.ui.view import AgendaView, PointView

QUOTED_CHARACTERS = 60
"""Enough to know a sentence again; the debrief has the whole of it."""


class PushBackWatch:
    """Tells of each push-back, once, what became of it."""

    def __init__(self) -> None:
        self._told_s = float("-inf")

    def settled(self, event: Event, conversation: Conversation) -> tuple[PushBack, Handled] | None:
        """Return the newest push-back and what the seller made of it, when that is known by this event.

        ``conversation`` has the event folded in already.
        """
        pushbacks = conversation.understood.pushbacks
        if not pushbacks or pushbacks[-1].start_s <= self._told_s:
            return None
        if isinstance(event, TranscriptFinal):
            return None  # what its sentences do is told right after it
        done = handled(advance(conversation, event.t_s), pushbacks[-1])
        if done.room_made is None and not done.is_over:
            return None
        self._told_s = pushbacks[-1].start_s
        return pushbacks[-1], done


def outcome(pushback: PushBack, done: Handled) -> str:
    """Return what became of push-back as a sentence."""
    told = outcome_in_words(pushback, done)
    return f"{told[:1].upper()}{told[1:]}."


def promised(event: PromiseMade) -> str:
    """Return a promise as it is noted down, and by whom."""
    who = {Speaker.SELLER: "You", Speaker.CUSTOMER: "They"}.get(event.speaker, "Somebody")
    return f"{who} promised: {quoted(event.text)}"


def quoted(text: str) -> str:
    """Return the beginning of what was said, in quotes."""
    text = words.one_line(text)
    if len(text) > QUOTED_CHARACTERS:
        kept = text[:QUOTED_CHARACTERS]
        text = f"{kept.rpartition(' ')[0] or kept[:-1]}…"
    return f"“{text}”"


def phase(conversation: Conversation) -> str:
    """Return where the call is and for how long, empty where that is not known and when the call is over."""
    phases = conversation.understood.phases
    if phases.current is None or conversation.ended is not None:
        return ""
    return f"{phases.current.value} {words.span(conversation.now_s - phases.since_s)}"


def agenda(conversation: Conversation) -> AgendaView:
    """Return the points of the agenda with their ticks."""
    known = conversation.understood.agenda
    points = []
    for number, point in enumerate(known.points, start=1):
        covered = known.covered(point.point_id)
        at = words.clock(covered.start_s) if covered is not None and covered.quote else ""
        points.append(PointView(number, words.one_line(point.text), covered is not None, at))
    return AgendaView(tuple(points))


def point(conversation: Conversation, point_id: str) -> str:
    """Return a point of the agenda with its number, empty when there is none of this name."""
    points = enumerate(conversation.understood.agenda.points, start=1)
    return next((f"{number}. {each.text}" for number, each in points if each.point_id == point_id), "")
