"""The one line of the screen for what is amiss, and for short answers to the seller. Pure."""

import math
from dataclasses import dataclass

from roomtone.conversation.state import Conversation
from roomtone.events import (
    AgendaPointMarked,
    CaveatNoted,
    CaveatWithdrawn,
    ConsentNoted,
    EchoJudged,
    Event,
    NudgeDismissed,
    PromiseMade,
    SessionEnded,
    SourceLost,
    SourceOverflowed,
    SourceStarted,
    StageFailed,
    StageLagged,
    TranscriptFinal,
)
from roomtone.types import SAMPLE_RATE_HZ, Echo, Speaker
from roomtone.ui import understood
from roomtone.ui import view as words
from roomtone.ui.understood import PushBackWatch

LIVE = "live"
"""The mode of a call that is happening; where it is heard is news only there."""
LISTENING_SHOWN_S = 15.0
"""Time for a look at it when the call begins, and for both sides to have said hello."""
CAVEAT_SHOWN_S = 30.0
"""Long enough to be read between two sentences; the debrief repeats caveats."""
FAILURE_SHOWN_S = 60.0
"""A failure the call goes on without; one it cannot go on without stays."""
LAG_SHOWN_S = 10.0
"""A lagging stage says so again within this time, or has caught up."""
OVERFLOW_SHOWN_S = 10.0
"""A gap in the sound is over when it is noticed."""
ANSWER_SHOWN_S = 5.0
"""The confirmation of a key press, or of a promise; none of them asks for anything."""
OUTCOME_SHOWN_S = 8.0
"""What became of push-back; the answer to it is still going on, so it is read late or not at all."""
TRANSCRIBER = "transcriber"
"""The stage that shows by its words that it works again."""
SILENT_CODES = ("microphone_silent", "customer_silent")
"""Caveats of a live side that is silent although it should not be."""
DISK_CODES = ("log_waiting", "audio_not_kept")
"""Caveats of a disk that takes nothing: as grave as a failure the call goes on without."""
SERVER_CODES = ("sound_leaves", "server_down")
"""Caveats of words that come from another machine: that they do, and that they do not for a while."""
STANDING_CODES = SILENT_CODES + DISK_CODES + SERVER_CODES
"""Caveats that stay until they are taken back."""
CAUGHT_UP_S = 1.0
"""Words come about a second after they were said anyway."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence, and how long it holds; the higher the rank, the graver."""

    rank: int
    noted_s: float
    until_s: float
    message: str

    @property
    def is_amiss(self) -> bool:
        """Whether it is about something wrong, rather than a short answer."""
        return self.rank > 0


class Notices:
    """Keeps what there is to say; the gravest that still holds is said, and of equals the newest."""

    def __init__(self) -> None:
        self._notices: dict[str, Notice] = {}
        self._pushback = PushBackWatch()

    def current(self, now_s: float) -> Notice | None:
        """Return what to say now, None when there is nothing."""
        holding = [notice for notice in self._notices.values() if now_s < notice.until_s]
        return max(holding, key=lambda notice: (notice.rank, notice.noted_s), default=None)

    def take(self, event: Event, conversation: Conversation) -> None:
        """Take note of one event, already folded into ``conversation``."""
        if (settled := self._pushback.settled(event, conversation)) is not None:
            self._note("pushback", 0, event.t_s, OUTCOME_SHOWN_S, understood.outcome(*settled))
        match event:
            case SourceStarted():
                self._take_source(event, conversation)
            case SourceLost():
                self._note(f"lost {event.source_id}", 4, event.t_s, math.inf, event.message)
            case CaveatNoted():
                shown_s = math.inf if event.code in STANDING_CODES else CAVEAT_SHOWN_S
                rank = 4 if event.code in DISK_CODES else 1
                self._note(_key(event), rank, event.t_s, shown_s, event.message)
            case CaveatWithdrawn():
                self._drop(_key(event))
            case EchoJudged():
                self._take_echo(event)
            case ConsentNoted():
                self._note("answer", 0, event.t_s, ANSWER_SHOWN_S, "Noted: they agreed.")
            case NudgeDismissed():
                self._take_answer(event)
            case AgendaPointMarked():
                point = understood.point(conversation, event.point_id)
                message = f"Ticked: {point}" if event.covered else f"Not covered yet: {point}"
                self._note("answer", 0, event.t_s, ANSWER_SHOWN_S, message)
            case PromiseMade(speaker=Speaker.SELLER):
                message = f"Noted as a promise: {understood.quoted(event.text)}"
                self._note("promise", 0, event.t_s, ANSWER_SHOWN_S, message)
            case SessionEnded():
                self._notices = {
                    key: note for key, note in self._notices.items() if not key.startswith("lost ")
                }
            case TranscriptFinal():
                self._drop(f"failure {TRANSCRIBER}")
            case SourceOverflowed() | StageLagged() | StageFailed():
                self._take_trouble(event)
            case _:
                pass

    def _take_source(self, event: SourceStarted, conversation: Conversation) -> None:
        if is_live(conversation):
            heard = [
                f"{words.NAMES[source.speaker].lower()} on {source.description}"
                for source in conversation.sources
            ]
            self._note("listening", 0, event.t_s, LISTENING_SHOWN_S, f"Listening to {' and '.join(heard)}.")
        if self._drop(f"lost {event.source_id}") or event.missed_s:
            message = f"Back again: {event.description}; {words.span(event.missed_s)} was missed."
            self._note(f"back {event.source_id}", 1, event.t_s, CAVEAT_SHOWN_S, message)

    def _take_echo(self, event: EchoJudged) -> None:
        self._drop("echo")
        if (message := echo_in_words(event)) and event.echo is not Echo.NONE:
            self._note("echo", 1, event.t_s, CAVEAT_SHOWN_S, message)

    def _take_answer(self, event: NudgeDismissed) -> None:
        kind = event.rule.replace("_", " ").capitalize()
        if event.reason == "muted":
            self._note("answer", 0, event.t_s, ANSWER_SHOWN_S, f"{kind} is muted for this call.")
        elif event.reason == "wrong":
            self._note("answer", 0, event.t_s, ANSWER_SHOWN_S, f"{kind} was marked wrong.")

    def _take_trouble(self, event: StageFailed | StageLagged | SourceOverflowed) -> None:
        match event:
            case SourceOverflowed():
                lost_s = event.lost_samples / SAMPLE_RATE_HZ
                message = f"The device lost {lost_s:.1f} s of sound; silence takes its place."
                self._note(f"overflow {event.source_id}", 2, event.t_s, OVERFLOW_SHOWN_S, message)
            case StageLagged():
                shown_s = LAG_SHOWN_S if event.behind_s >= CAUGHT_UP_S else 0.0
                self._note(f"lag {event.stage}", 3, event.t_s, shown_s, lag_in_words(event))
            case StageFailed():
                shown_s = FAILURE_SHOWN_S if event.recoverable else math.inf
                rank = 4 if event.recoverable else 5
                self._note(f"failure {event.stage}", rank, event.t_s, shown_s, event.message)

    def _note(self, key: str, rank: int, noted_s: float, shown_s: float, message: str) -> None:
        self._notices[key] = Notice(rank, noted_s, noted_s + shown_s, words.one_line(message))

    def _drop(self, key: str) -> bool:
        return self._notices.pop(key, None) is not None


def _key(event: CaveatNoted | CaveatWithdrawn) -> str:
    return f"caveat {event.code} {event.source_id}"


def is_live(conversation: Conversation) -> bool:
    """Return whether the call is happening now."""
    return conversation.started is not None and conversation.started.mode == LIVE


def echo_in_words(event: EchoJudged) -> str:
    """Return what was found out about echo, in a sentence; nothing where it is not known."""
    match event.echo:
        case Echo.NONE:
            return "You are heard alone on your microphone: headphones, or no echo."
        case Echo.REMOVED:
            return "Your microphone hears the customer too; that is kept out. Headphones are better."
        case Echo.UNTRUSTED:
            return "Your microphone hears the customer too: no talk share until you wear headphones."
        case _:
            return ""


def lag_in_words(event: StageLagged) -> str:
    """Return what is late, by how much, and what is left out for it."""
    stage = event.stage.replace("_", " ")
    without = f", leaving out {event.given_up}" if event.given_up else ""
    return f"{stage} is {event.behind_s:.0f} s behind{without}."
