"""Scripted talk: who spoke when and in what words, as the events the line would publish."""

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation.floor import Floor
from roomtone.conversation.sentences import sentences
from roomtone.conversation.state import Conversation, advance, due_turn, start, step
from roomtone.events import (
    ActsRecognised,
    EmotionEstimated,
    Event,
    SpeechEnded,
    SpeechStarted,
    TranscriptFinal,
    TurnEnded,
)
from roomtone.types import Act, Label, PromiseKind, SentenceMeaning, Speaker, Word

SELLER, CUSTOMER = Speaker.SELLER, Speaker.CUSTOMER
Span = tuple[Speaker, float, float]
Does = Act | tuple[Act, ...]
"""What a sentence does; an empty tuple for nothing."""

START_KNOWN_S = 0.1
"""A start is known once there is enough speech for it to be no click."""
END_KNOWN_S = 0.3
"""An end is known once the pause is too long to be bridged."""
WORDS_AFTER_S = 1.6
"""Words come a pause of 0.6 s and the fixed second after the end of an utterance."""
LONG_AGO_S = 1000.0
"""Later than anything in these scripts."""

stable = settings(derandomize=True, deadline=None, max_examples=60)


def seller(start_s: float, end_s: float) -> Span:
    return SELLER, start_s, end_s


def customer(start_s: float, end_s: float) -> Span:
    return CUSTOMER, start_s, end_s


def speech(*spans: Span) -> list[Event]:
    """Return the boundaries of speech in the order they become known."""
    events: list[Event] = []
    for speaker, start_s, end_s in spans:
        known_s = round(start_s + START_KNOWN_S, 4)
        events.append(SpeechStarted(t_s=known_s, source_id=speaker.value, speaker=speaker, start_s=start_s))
        events.append(
            SpeechEnded(
                t_s=round(end_s + END_KNOWN_S, 4),
                source_id=speaker.value,
                speaker=speaker,
                start_s=start_s,
                end_s=end_s,
            )
        )
    return in_order(events)


def words(
    span: Span, text: str, *, known_s: float | None = None, utterance_id: str | None = None
) -> TranscriptFinal:
    """Return an utterance whose words follow each other evenly."""
    speaker, start_s, end_s = span
    spoken = text.split()
    step_s = (end_s - start_s) / max(1, len(spoken))
    return TranscriptFinal(
        t_s=round(end_s + WORDS_AFTER_S, 4) if known_s is None else known_s,
        source_id=speaker.value,
        utterance_id=utterance_id or f"{speaker.value}-{start_s:g}",
        speaker=speaker,
        text=text,
        words=tuple(
            Word(word, start_s + step_s * nth, start_s + step_s * (nth + 1), 0.9)
            for nth, word in enumerate(spoken)
        ),
        start_s=start_s,
        end_s=end_s,
        avg_logprob=-0.2,
        no_speech_prob=0.01,
    )


def said(*lines: tuple[Span, str]) -> list[Event]:
    """Return speech and words of whole utterances, in order."""
    return in_order(
        [*speech(*(span for span, _ in lines)), *(words(span, text) for span, text in lines if text)]
    )


def recognised(
    final: TranscriptFinal,
    *does: Does,
    probability: float = 0.9,
    promise: PromiseKind | None = None,
    closeness: dict[str, float] | None = None,
) -> ActsRecognised:
    """Return what the sentences of an utterance do, in order; those beyond ``does`` do nothing."""
    acts = [each if isinstance(each, tuple) else (each,) for each in does]
    said_sentences = sentences(final)
    acts += [()] * (len(said_sentences) - len(acts))
    return ActsRecognised(
        t_s=final.t_s,
        source_id=final.source_id,
        utterance_id=final.utterance_id,
        speaker=final.speaker,
        sentences=tuple(
            SentenceMeaning(
                text=sentence.text,
                start_s=sentence.start_s,
                end_s=sentence.end_s,
                acts=dict.fromkeys(each, probability),
                closeness=closeness or {},
                promise=promise,
            )
            for sentence, each in zip(said_sentences, acts, strict=True)
        ),
        model="scripted",
    )


def meant(*lines: tuple[Span, str] | tuple[Span, str, Does] | tuple[Span, str, Does, Does]) -> list[Event]:
    """Return speech, words, and what they do, an act or several a sentence, in order."""
    events = speech(*(line[0] for line in lines))
    for span, text, *does in lines:
        final = words(span, text)
        events += [final, recognised(final, *does)]
    return in_order(events)


def reading(
    label: Label, *, t_s: float, probability: float = 0.8, settled: bool = True, utterance_id: str = "c-1"
) -> EmotionEstimated:
    return EmotionEstimated(
        t_s=t_s,
        source_id="customer",
        utterance_id=utterance_id,
        speaker=CUSTOMER,
        label=label,
        probabilities={label: probability},
        evidence=("“well, I guess so”", "answered after 2.1 s, usually 0.6 s"),
        model="scripted",
        start_s=max(0.0, t_s - 3.0),
        end_s=max(0.0, t_s - 1.0),
        settled=settled,
    )


def turn(
    speaker: Speaker, start_s: float, end_s: float, *, offset_s: float | None = None, known_s: float = 0.0
) -> TurnEnded:
    return TurnEnded(
        t_s=known_s or end_s + 2.0,
        source_id=speaker.value,
        speaker=speaker,
        start_s=start_s,
        end_s=end_s,
        words=3,
        floor_transfer_offset_s=offset_s,
        overlap_s=0.0,
        is_question=False,
    )


def in_order(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.t_s)


def floor_after(*spans: Span, until_s: float = LONG_AGO_S, step_s: float = LONG_AGO_S) -> Floor:
    """Return the floor at ``until_s``, looked at every ``step_s`` and whenever something becomes known."""
    floor, now_s = Floor(settings=ConversationSettings()), 0.0

    def passed(floor: Floor, to_s: float) -> Floor:
        nonlocal now_s
        while now_s + step_s < to_s:
            now_s += step_s
            floor = floor.advanced(now_s)
        now_s = to_s
        return floor.advanced(to_s)

    for event in speech(*spans):
        if event.t_s > until_s:
            break
        floor = passed(floor, event.t_s)
        match event:
            case SpeechStarted():
                floor = floor.started(event.speaker, event.start_s)
            case SpeechEnded():
                floor = floor.ended(event.speaker, event.start_s, event.end_s)
        floor = floor.advanced(event.t_s)
    return passed(floor, until_s)


def conversation_after(
    events: Iterable[Event],
    *,
    until_s: float | None = None,
    settings: ConversationSettings = ConversationSettings(),
) -> Conversation:
    """Return the conversation with every turn, promise and point announced as soon as it was due."""
    state = start(settings)
    for event in events:
        if until_s is not None and event.t_s > until_s:
            break
        state = announced(step(announced(advance(state, event.t_s)), event))
    return announced(advance(state, until_s)) if until_s is not None else state


def announced(state: Conversation) -> Conversation:
    while (due := due_turn(state)) is not None:
        state = step(state, due)
    for event in tuple(state.understood.due(state.now_s)):
        state = step(state, event)
    return state


@st.composite
def one_side(draw: st.DrawFn, speaker: Speaker) -> list[Span]:
    """Speech of one side: from clicks to monologues, with pauses that are never bridged."""
    at_s, spans = draw(st.integers(0, 300)) / 100, []
    for length, pause in draw(st.lists(st.tuples(LENGTHS, PAUSES), max_size=8)):
        end_s = round(at_s + length / 100, 2)
        spans.append((speaker, at_s, end_s))
        at_s = round(end_s + pause / 100, 2)
    return spans


LENGTHS = st.integers(10, 150) | st.integers(10, 1200)
"""Hundredths of a second; half of them about as long as a backchannel may be."""
PAUSES = st.integers(31, 250) | st.integers(31, 900)


@st.composite
def two_sides(draw: st.DrawFn) -> list[Span]:
    """Speech of both sides, with every sort of overlap and pause."""
    spans = draw(one_side(SELLER)) + draw(one_side(CUSTOMER))
    return sorted(spans, key=lambda span: span[1])


def ordered_and_whole(turns: Iterable[tuple[float, float]]) -> bool:
    """Return whether turns begin and end one after the other and none ends before it begins."""
    bounds = list(turns)
    return all(start_s <= end_s for start_s, end_s in bounds) and all(
        before[0] <= after[0] and before[1] <= after[1] for before, after in pairwise(bounds)
    )
