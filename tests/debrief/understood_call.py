"""The scripted call with what was made of its words, as a newer log has it."""

from pathlib import Path

from roomtone.conversation.sentences import sentences
from roomtone.events import (
    ActsRecognised,
    AgendaPointCovered,
    AgendaPointMarked,
    AgendaSet,
    Event,
    PhaseEntered,
    PromiseMade,
    PromiseReviewed,
    TranscriptFinal,
    decode,
)
from roomtone.types import Act, AgendaPoint, Phase, PromiseKind, SentenceMeaning, Speaker

SELLER, CUSTOMER = Speaker.SELLER, Speaker.CUSTOMER

ACTS = {
    "How was your weekend?": (Act.OPEN_QUESTION, Act.SMALL_TALK),
    "We finally got the garden done.": (Act.SMALL_TALK,),
    "So what made you look at a new scheduling tool?": (Act.OPEN_QUESTION,),
    "How long does it take to set up?": (Act.OPEN_QUESTION,),
    "And what does it cost for six people?": (Act.OPEN_QUESTION,),
    "It is forty nine a month": (Act.PRICE,),
    "That is quite a bit more than we pay now": (Act.PUSHBACK_PRICE,),
    "Sure, but if you count the two hours": (Act.PITCH,),
    "I hear you, but I would have to talk": (Act.CONFUSION,),
    "What would he need to see": (Act.OPEN_QUESTION, Act.FEELING_QUESTION),
    "Is there somebody we can call": (Act.CLOSED_QUESTION,),
    "I can send you the names": (Act.COMMITMENT,),
    "Would Thursday at ten suit you both": (Act.CLOSED_QUESTION, Act.NEXT_STEP),
    "Thursday at ten, yes, that should work": (Act.NEXT_STEP,),
    "I'll send them this afternoon": (Act.COMMITMENT,),
}
"""What sentences do, by how they begin."""

AGENDA = AgendaSet(
    t_s=0.0,
    points=(
        AgendaPoint("point-1", "How it is set up"),
        AgendaPoint("point-2", "What it costs"),
        AgendaPoint("point-3", "Who decides"),
        AgendaPoint("point-4", "Reminders by text"),
        AgendaPoint("point-5", "A next step"),
    ),
)
FOLLOWS = (
    PhaseEntered(t_s=36.0, phase=Phase.DISCOVERY),
    PhaseEntered(t_s=85.0, phase=Phase.PRESENTATION),
    AgendaPointCovered(
        t_s=84.5, point_id="point-1", start_s=41.6, quote="So what we do is we start with an import."
    ),
    AgendaPointCovered(
        t_s=106.0, point_id="point-2", start_s=91.0, quote="It is forty nine a month for each."
    ),
    AgendaPointMarked(t_s=108.0, point_id="point-4", covered=True),
    PhaseEntered(t_s=112.0, phase=Phase.OBJECTIONS, by_seller=True),
    PhaseEntered(t_s=174.0, phase=Phase.CLOSING),
    AgendaPointCovered(
        t_s=174.5, point_id="point-5", start_s=167.0, quote="Would Thursday at ten suit you both?"
    ),
)


def promise(
    nth: int, at_s: float, text: str, kind: PromiseKind, *, who: Speaker, is_safe: bool
) -> PromiseMade:
    return PromiseMade(
        t_s=at_s + 6.0,
        source_id=who.value,
        promise_id=f"promise-{nth}",
        utterance_id="u",
        speaker=who,
        text=text,
        kind=kind,
        start_s=at_s,
        end_s=at_s + 3.0,
        is_safe=is_safe,
    )


PROMISES = (
    promise(
        1,
        97.0,
        "The import is included if you sign this quarter.",
        PromiseKind.PRICE,
        who=SELLER,
        is_safe=False,
    ),
    promise(
        2, 161.0, "I can send you the names of two garages.", PromiseKind.SUPPORT, who=SELLER, is_safe=True
    ),
    promise(3, 177.0, "I'll bring him along.", PromiseKind.SCOPE, who=CUSTOMER, is_safe=False),
    promise(4, 182.0, "I'll send them this afternoon.", PromiseKind.DATE, who=SELLER, is_safe=True),
)
REVIEWS = (
    PromiseReviewed(t_s=191.0, promise_id="promise-1", verdict="confirmed", text=PROMISES[0].text),
    PromiseReviewed(
        t_s=191.0,
        promise_id="promise-1",
        verdict="edited",
        text="The import is included until the end of June.",
    ),
    PromiseReviewed(t_s=191.0, promise_id="promise-2", verdict="confirmed", text=PROMISES[1].text),
    PromiseReviewed(t_s=191.0, promise_id="promise-3", verdict="struck", text=PROMISES[2].text),
)
"""After the call; of two reviews the last counts."""


def understood_events() -> list[Event]:
    """Return the log: what was heard, what its sentences do, what follows from it, and the reviews."""
    heard = Path(__file__).parent / "data" / "scripted_call.jsonl"
    events: list[Event] = []
    for line in heard.read_text(encoding="utf-8").splitlines():
        event = decode(line)
        events.append(event)
        if isinstance(event, TranscriptFinal):
            events.append(recognised(event))
    first, *rest, ended = events
    known = sorted([*rest, AGENDA, *FOLLOWS, *PROMISES], key=lambda event: event.t_s)
    return [first, *known, ended, *REVIEWS]


def recognised(final: TranscriptFinal) -> ActsRecognised:
    return ActsRecognised(
        t_s=final.t_s,
        source_id=final.source_id,
        utterance_id=final.utterance_id,
        speaker=final.speaker,
        sentences=tuple(
            SentenceMeaning(
                sentence.text,
                sentence.start_s,
                sentence.end_s,
                {
                    act: 0.9
                    for begins, acts in ACTS.items()
                    if sentence.text.startswith(begins)
                    for act in acts
                },
            )
            for sentence in sentences(final)
        ),
        model="scripted",
    )
