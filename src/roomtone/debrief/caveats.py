"""What of a call cannot be told or trusted, in words for the seller."""

from dataclasses import dataclass, field, replace
from math import ceil

from roomtone.conversation.metrics import both_sides_heard, echo_distrusted
from roomtone.conversation.state import Conversation, distrusted_s
from roomtone.debrief.phrases import clock, length
from roomtone.events import CaveatNoted, Event, SourceOverflowed, StageLagged
from roomtone.types import SAMPLE_RATE_HZ, Echo, Speaker

SILENT_WORDS_S = 10.0
"""A side that spoke this long without a word was not understood, rather than terse."""

ONE_SIDE_CODES = {"sides_unknown", "side_silent", "microphone_only", "customer_silent"}
"""Caveats that already say why there is no talk share."""

_WHOSE = {
    Speaker.SELLER: "your side",
    Speaker.CUSTOMER: "the customer's side",
    Speaker.UNKNOWN: "the recording",
}


@dataclass(frozen=True, slots=True)
class Losses:
    """What went missing on the way into the log, counted."""

    unknown_events: int = 0
    lost_samples: dict[str, int] = field(default_factory=dict)
    """By source."""
    behind_s: float = 0.0
    given_up: tuple[str, ...] = ()

    def after(self, event: Event) -> "Losses":
        """Return the losses with those an event tells of."""
        match event:
            case SourceOverflowed():
                lost = self.lost_samples.get(event.source_id, 0) + event.lost_samples
                return replace(self, lost_samples=self.lost_samples | {event.source_id: lost})
            case StageLagged() if event.given_up:
                given_up = tuple(dict.fromkeys((*self.given_up, *event.given_up.split(", "))))
                return replace(self, behind_s=max(self.behind_s, event.behind_s), given_up=given_up)
            case _:
                return self


def caveats(call: Conversation, losses: Losses) -> tuple[str, ...]:
    """Return one sentence for each thing not to be trusted, the gravest first."""
    return (
        *_about_the_end(call),
        *_about_consent(call),
        *dict.fromkeys(_as_long_as_it_stood(note, call) for note in call.caveats),
        *dict.fromkeys(failure.message for failure in call.failures),
        *_about_echo(call),
        *_about_the_sides(call),
        *_about_the_words(call),
        *_about_losses(losses),
    )


def _about_the_end(call: Conversation) -> list[str]:
    if call.ended is None or call.ended.reason == "cut_off":
        return ["The call was cut off: it was never closed, and anything after this point is missing."]
    if call.ended.reason == "failed":
        return ["The call ended because a part of the program failed: the rest of it is missing."]
    return []


def _as_long_as_it_stood(note: CaveatNoted, call: Conversation) -> str:
    """Return a caveat's message, and when it held if it was taken back."""
    ends_s = (
        gone.t_s
        for gone in call.withdrawals
        if (gone.code, gone.source_id) == (note.code, note.source_id) and gone.t_s >= note.t_s
    )
    end_s = next(ends_s, None)
    if end_s is None:
        return note.message
    return f"From {clock(note.t_s)} to {clock(end_s)}: {note.message}"


def _about_echo(call: Conversation) -> list[str]:
    if echo_distrusted(call):
        return [
            f"For {length(distrusted_s(call))} your microphone heard the customer too: the talk share"
            " would be wrong and is left out."
        ]
    if call.echo is not None and call.echo.echo is Echo.REMOVED:
        return ["Your microphone heard the customer too; that was kept out of your side."]
    return []


def _about_consent(call: Conversation) -> list[str]:
    is_live = call.started is not None and call.started.mode == "live"
    if not is_live or call.consent is not None or not call.customer.spans:
        return []
    return ["It was not noted that the customer agreed to be listened to; without that, forget this call."]


def _about_the_sides(call: Conversation) -> list[str]:
    told = {note.code for note in call.caveats}
    if call.unknown.spans or told & ONE_SIDE_CODES or both_sides_heard(call):
        return []
    return [
        f"Each side must be heard for {call.settings.min_speech_s:.0f} s before a talk share means something:"
        " there is none here."
    ]


def _about_the_words(call: Conversation) -> list[str]:
    found = []
    for speaker in Speaker:
        side = call.side(speaker)
        if side.spoken_s >= SILENT_WORDS_S and not side.words:
            found.append(
                f"No words were recognised on {_WHOSE[speaker]}: nothing here rests on what was said."
            )
        elif side.rejected:
            stretches = "1 stretch" if side.rejected == 1 else f"{side.rejected} stretches"
            found.append(f"On {_WHOSE[speaker]}, {stretches} of speech gave no words that can be trusted.")
        if side.unheard:
            stretches = "1 stretch" if side.unheard == 1 else f"{side.unheard} stretches"
            found.append(f"On {_WHOSE[speaker]}, {stretches} of speech were never transcribed.")
    if call.customer.readings and not any(reading.settled for reading in call.customer.readings):
        found.append("The customer was heard too briefly to know their voice: how they sounded is left out.")
    return found


def _about_losses(losses: Losses) -> list[str]:
    found = []
    for source_id, samples in losses.lost_samples.items():
        whose = next((whose for speaker, whose in _WHOSE.items() if speaker == source_id), "one side")
        found.append(
            f"On {whose}, {samples / SAMPLE_RATE_HZ:.1f} s of sound were lost; silence stands in their place."
        )
    if losses.given_up:
        left_out = ", ".join(losses.given_up)
        found.append(f"The machine fell up to {ceil(losses.behind_s)} s behind and left out: {left_out}.")
    if losses.unknown_events:
        found.append(
            f"{losses.unknown_events} entries of the log come from a newer version of Roomtone"
            " and are left out."
        )
    return found
