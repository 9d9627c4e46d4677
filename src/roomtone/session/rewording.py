"""A call in other words: its events as they were, with what another transcriber made of its utterances. Pure.

What was shown and done during the call stays: nudges, readings, what sentences were taken to do. Only the
words change, and what is counted in them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
import numpy as np

from roomtone.conversation.sentences import is_question
from roomtone.conversation.state import EDGE_S
from roomtone.events import Event, SessionStarted, TranscriptFinal, TranscriptRejected, TurnEnded
from roomtone.speech.ear import POST_ROLL_S, PRE_ROLL_S
from roomtone.types import Hypothesis, Utterance, Word

Spoken = TranscriptFinal | TranscriptRejected


def utterances(events: Iterable[Event]) -> list[Utterance]:
    """Return what was said in the order in which it ended, without samples.

    ``audio_start_s`` and ``closed_at_s`` bound the audio that goes along, which no two of a side share.
    """
    sides: dict[str, list[Spoken]] = {}
    for event in events:
        if isinstance(event, TranscriptFinal | TranscriptRejected):
            sides.setdefault(event.source_id, []).append(event)
    found: list[Utterance] = []
    for spoken in sides.values():
        spoken.sort(key=lambda event: event.start_s)
        free_from_s = 0.0
        for event, following in zip(spoken, [*spoken[1:], None], strict=True):
            next_start_s = following.start_s if following else float("inf")
            audio_end_s = max(event.end_s, min(event.end_s + POST_ROLL_S, next_start_s))
            found.append(_utterance(event, max(free_from_s, event.start_s - PRE_ROLL_S), audio_end_s))
            free_from_s = audio_end_s
    return sorted(found, key=lambda utterance: utterance.closed_at_s)


def reworded(
    events: Sequence[Event], hypotheses: Mapping[str, Hypothesis], *, transcriber: str
) -> Iterator[Event]:
    """Yield the events with these words by ``utterance_id``; what has none there keeps its own."""
    words = {event.utterance_id: event.words for event in events if isinstance(event, TranscriptFinal)}
    words |= {utterance_id: hypothesis.words for utterance_id, hypothesis in hypotheses.items()}
    for seq, event in enumerate(events):
        match event:
            case SessionStarted():
                event = msgspec.structs.replace(event, transcriber=transcriber)
            case TranscriptFinal() | TranscriptRejected() if event.utterance_id in hypotheses:
                event = _worded(event, hypotheses[event.utterance_id])
            case TurnEnded():
                event = _counted(event, words)
            case _:
                pass
        yield msgspec.structs.replace(event, seq=seq)


def _utterance(event: Spoken, audio_start_s: float, audio_end_s: float) -> Utterance:
    return Utterance(
        utterance_id=event.utterance_id,
        source_id=event.source_id,
        speaker=event.speaker,
        start_s=event.start_s,
        end_s=event.end_s,
        audio_start_s=audio_start_s,
        samples=np.zeros(0, np.float32),
        closed_at_s=audio_end_s,
    )


def _worded(event: Spoken, hypothesis: Hypothesis) -> Spoken:
    if hypothesis.rejected:
        return TranscriptRejected(
            t_s=event.t_s,
            source_id=event.source_id,
            utterance_id=event.utterance_id,
            speaker=event.speaker,
            start_s=event.start_s,
            end_s=event.end_s,
            reason=hypothesis.rejected,
        )
    return TranscriptFinal(
        t_s=event.t_s,
        source_id=event.source_id,
        utterance_id=event.utterance_id,
        speaker=event.speaker,
        text=hypothesis.text,
        words=hypothesis.words,
        start_s=event.start_s,
        end_s=event.end_s,
        avg_logprob=hypothesis.avg_logprob,
        no_speech_prob=hypothesis.no_speech_prob,
        language=hypothesis.language,
    )


def _counted(turn: TurnEnded, words: Mapping[str, tuple[Word, ...]]) -> TurnEnded:
    lo_s, hi_s = turn.start_s - EDGE_S, turn.end_s + EDGE_S
    inside = [
        word.text
        for utterance_id in turn.utterance_ids
        for word in words.get(utterance_id, ())
        if lo_s <= (word.start_s + word.end_s) / 2 <= hi_s
    ]
    asked = bool(inside) and is_question(inside[-1])
    return msgspec.structs.replace(turn, words=len(inside), is_question=asked)
