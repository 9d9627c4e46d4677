"""A scripted call as a seller would live through it, in the events the line would publish."""

from roomtone.events import (
    ActsRecognised,
    AgendaPointCovered,
    AgendaSet,
    CaveatNoted,
    CaveatWithdrawn,
    ConsentNoted,
    ConversationMeasured,
    EchoJudged,
    EmotionEstimated,
    Event,
    NudgeDismissed,
    NudgeRaised,
    PhaseEntered,
    PromiseMade,
    SessionEnded,
    SessionStarted,
    SourceLost,
    SourceStarted,
    SourceStopped,
    SpeechEnded,
    SpeechStarted,
    StageLagged,
    TranscriptFinal,
    TranscriptPartial,
    TurnEnded,
)
from roomtone.types import (
    Act,
    AgendaPoint,
    Echo,
    Label,
    Phase,
    PromiseKind,
    SentenceMeaning,
    Speaker,
    Word,
)

SELLER, CUSTOMER, UNKNOWN = Speaker.SELLER, Speaker.CUSTOMER, Speaker.UNKNOWN
SIX_STATES = [label for label in Label if label != Label.CANNOT_TELL]

SAID = (
    (
        SELLER,
        1.0,
        14.0,
        "Good morning, this is Rosa from Meridian. Thanks for making the time, how is the week treating you?",
    ),
    (
        CUSTOMER,
        15.2,
        40.0,
        "Oh, you know, busy. We moved the Zürich team into the new building, so half of us can't "
        "find the coffee yet.",
    ),
    (
        SELLER,
        41.0,
        92.0,
        "Ha, that takes a while. So, I wanted to walk you through what we built for teams like "
        "yours, and then we look at the numbers together.",
    ),
    (CUSTOMER, 92.8, 110.0, "Sure, go ahead."),
    (
        SELLER,
        110.6,
        205.0,
        "The first part is the intake: everything your people type today goes in by itself, and the"
        " second part is the hand-over to accounting.",
    ),
    (CUSTOMER, 207.1, 222.0, "Well, I guess so. It depends on what it costs."),
    (
        SELLER,
        222.6,
        300.0,
        "It starts at ninety a seat, so for forty people that is three thousand six hundred a "
        "month, with a discount when you sign for the year.",
    ),
    (
        CUSTOMER,
        302.4,
        309.0,
        "Hmm. We'd have to see. "
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft pays less"
        " — 日本の支社 too.",
    ),
)
READINGS = {
    1: (Label.NEUTRAL, (), False),
    3: (Label.CANNOT_TELL, (), True),
    5: (Label.GUARDED, ("“well, I guess so” – hedged twice", "answered after 2.1 s, usually 0.6 s"), True),
    7: (Label.GUARDED, ("answered after 2.4 s, usually 0.6 s", "voice flatter than their usual"), True),
}
NUDGES = (
    NudgeRaised(
        t_s=196.0,
        nudge_id="n1",
        rule="monologue",
        severity="quiet",
        message="You have been talking for 1:26",
        evidence="since 01:50, without a question",
        expires_s=208.0,
    ),
    NudgeDismissed(t_s=207.5, nudge_id="n1", rule="monologue", reason="retracted"),
    NudgeRaised(
        t_s=311.0,
        nudge_id="n2",
        rule="talk_share",
        severity="strong",
        message="You've talked 79% of the last five minutes",
        evidence="3:43 of 4:44 of speech since 00:11",
        expires_s=323.0,
    ),
)


def final(speaker: Speaker, start_s: float, end_s: float, text: str, *, utterance_id: str) -> TranscriptFinal:
    spoken = text.split()
    step_s = (end_s - start_s) / len(spoken)
    words = tuple(
        Word(word, round(start_s + step_s * nth, 2), round(start_s + step_s * (nth + 1), 2), 0.9)
        for nth, word in enumerate(spoken)
    )
    return TranscriptFinal(
        t_s=end_s + 1.0,
        source_id=speaker.value,
        utterance_id=utterance_id,
        speaker=speaker,
        text=text,
        words=words,
        start_s=start_s,
        end_s=end_s,
        avg_logprob=-0.2,
        no_speech_prob=0.01,
    )


def reading(
    label: Label,
    *,
    at_s: float,
    evidence: tuple[str, ...] = (),
    settled: bool = True,
    utterance_id: str = "u",
) -> EmotionEstimated:
    return EmotionEstimated(
        t_s=at_s + 1.0,
        source_id="customer",
        utterance_id=utterance_id,
        speaker=CUSTOMER,
        label=label,
        probabilities={state: 1 / len(SIX_STATES) for state in SIX_STATES},
        evidence=evidence,
        model="scripted",
        start_s=max(0.0, at_s - 2.0),
        end_s=at_s,
        settled=settled,
    )


def tick(at_s: float) -> ConversationMeasured:
    return ConversationMeasured(
        t_s=at_s,
        talk_ratio=None,
        window_talk_ratio=None,
        longest_monologue_s=0.0,
        median_patience_s=None,
        question_rate=0.0,
    )


def beginning(*speakers: Speaker, title: str = "Forty seats for Zürich", mode: str = "replay") -> list[Event]:
    return [
        SessionStarted(
            t_s=0.0,
            title=title,
            mode=mode,
            started_at="2026-11-22T14:32:00+01:00",
            version="0.1.0",
            transcriber="scripted",
        ),
        *(
            SourceStarted(
                t_s=0.0,
                source_id=speaker.value,
                speaker=speaker,
                description=f"zurich.wav, {speaker.value}'s channel",
                sample_rate_hz=16_000,
            )
            for speaker in speakers
        ),
    ]


def utterance(nth: int) -> list[Event]:
    speaker, start_s, end_s, text = SAID[nth]
    said = {"source_id": speaker.value, "speaker": speaker}
    half = len(text) // 2
    events: list[Event] = [
        SpeechStarted(t_s=start_s + 0.2, start_s=start_s, **said),
        TranscriptPartial(
            t_s=(start_s + end_s) / 2,
            utterance_id=f"u{nth}",
            revision=1,
            committed=text[:half].rstrip(),
            tentative="and then",
            **said,
        ),
        SpeechEnded(t_s=end_s + 0.3, start_s=start_s, end_s=end_s, **said),
        final(speaker, start_s, end_s, text, utterance_id=f"u{nth}"),
        TurnEnded(
            t_s=end_s + 1.0,
            start_s=start_s,
            end_s=end_s,
            words=len(text.split()),
            floor_transfer_offset_s=None if nth == 0 else round(start_s - SAID[nth - 1][2], 2),
            overlap_s=0.0,
            is_question=text.endswith("?"),
            utterance_ids=(f"u{nth}",),
            **said,
        ),
    ]
    if nth in READINGS:
        label, evidence, settled = READINGS[nth]
        events.append(reading(label, at_s=end_s, evidence=evidence, settled=settled, utterance_id=f"u{nth}"))
    return events


def in_order(events: list[Event]) -> tuple[Event, ...]:
    return tuple(sorted(events, key=lambda event: event.t_s))


def running_call() -> tuple[Event, ...]:
    """Five minutes and a quarter: a strong nudge is up, and the seller has begun to speak again."""
    events = beginning(SELLER, CUSTOMER)
    for nth in range(len(SAID)):
        events += utterance(nth)
    events += NUDGES
    events += [
        StageLagged(t_s=100.0, stage="transcriber", behind_s=6.0, given_up="partial words"),
        SpeechStarted(t_s=312.2, source_id="seller", speaker=SELLER, start_s=312.0),
        TranscriptPartial(
            t_s=315.0,
            utterance_id="u8",
            speaker=SELLER,
            revision=3,
            committed="That makes sense. If I were you",
            tentative="I'd feel the",
        ),
        ConversationMeasured(
            t_s=316.0,
            talk_ratio=0.79,
            window_talk_ratio=0.79,
            longest_monologue_s=94.4,
            median_patience_s=0.8,
            question_rate=1.9,
        ),
    ]
    return in_order(events)


def whole_call() -> tuple[Event, ...]:
    """The same call to its end."""
    text = "That makes sense. If I were you I'd feel the same way."
    return (
        *running_call(),
        NudgeDismissed(t_s=319.0, nudge_id="n2", rule="talk_share", reason="dismissed"),
        EchoJudged(t_s=319.1, source_id="seller", echo=Echo.REMOVED, delay_s=0.12, level_db=-14.0),
        ConsentNoted(t_s=319.1),
        SourceLost(t_s=319.2, source_id="customer", speaker=CUSTOMER, message="The headset is gone."),
        CaveatWithdrawn(t_s=319.3, source_id="customer", code="customer_silent"),
        SpeechEnded(t_s=320.0, source_id="seller", speaker=SELLER, start_s=312.0, end_s=319.6),
        final(SELLER, 312.0, 319.6, text, utterance_id="u8"),
        SourceStopped(t_s=321.0, source_id="seller", reason="end_of_input"),
        SourceStopped(t_s=321.0, source_id="customer", reason="end_of_input"),
        SessionEnded(t_s=321.0, duration_s=321.0, reason="end_of_input"),
    )


def mono_call() -> tuple[Event, ...]:
    """Both sides in one channel."""
    message = (
        "This recording has both sides mixed in one channel, so I cannot tell who spoke: "
        "no talk share, no reading of the customer."
    )
    return (
        *beginning(UNKNOWN, title="memo.mp3"),
        CaveatNoted(t_s=0.0, source_id="unknown", code="sides_mixed", message=message),
        SpeechStarted(t_s=1.2, source_id="unknown", speaker=UNKNOWN, start_s=1.0),
        SpeechEnded(t_s=9.3, source_id="unknown", speaker=UNKNOWN, start_s=1.0, end_s=9.0),
        final(UNKNOWN, 1.0, 9.0, "Hello? Yes, hello, I can hear you now.", utterance_id="u0"),
        SpeechStarted(t_s=11.2, source_id="unknown", speaker=UNKNOWN, start_s=11.0),
    )


AGENDA = AgendaSet(
    t_s=0.0,
    points=(
        AgendaPoint("point-1", "The intake and the hand-over to accounting"),
        AgendaPoint("point-2", "What it costs for forty seats"),
        AgendaPoint("point-3", "Who else has a say in Zürich, and what would they need to see first?"),
        AgendaPoint("point-4", "When they want to start"),
        AgendaPoint("point-5", "A next step"),
    ),
)
ROOM_MADE = "That makes sense. If I were you I'd feel the same way."


def recognised(
    said: tuple[Speaker, float, float, str], *acts: Act, closeness: dict[str, float] | None = None
) -> ActsRecognised:
    """What an utterance does, taken as one sentence."""
    speaker, start_s, end_s, text = said
    sentence = SentenceMeaning(text, start_s, end_s, dict.fromkeys(acts, 0.9), closeness or {})
    return ActsRecognised(
        t_s=end_s + 1.0,
        source_id=speaker.value,
        utterance_id=f"u{start_s}",
        speaker=speaker,
        sentences=(sentence,),
        model="scripted",
    )


def promise(t_s: float, text: str, *, speaker: Speaker = SELLER) -> PromiseMade:
    return PromiseMade(
        t_s=t_s,
        source_id=speaker.value,
        promise_id=f"promise-{t_s:g}",
        utterance_id="u6",
        speaker=speaker,
        text=text,
        kind=PromiseKind.PRICE,
        start_s=t_s - 5.0,
        end_s=t_s - 1.0,
    )


def understood_call() -> tuple[Event, ...]:
    """The call up to their push-back, with an agenda; the seller has just made room for it."""
    events = [*beginning(SELLER, CUSTOMER), AGENDA]
    for nth in range(len(SAID)):
        events += utterance(nth)
    events += [
        recognised(SAID[0], Act.SMALL_TALK),
        PhaseEntered(t_s=94.0, phase=Phase.PRESENTATION),
        recognised(SAID[4], Act.PITCH, closeness={"point-1": 0.9}),
        AgendaPointCovered(t_s=206.0, point_id="point-1", start_s=110.6, quote=SAID[4][3]),
        recognised(SAID[6], Act.PRICE, closeness={"point-2": 0.9}),
        AgendaPointCovered(t_s=301.0, point_id="point-2", start_s=222.6, quote=SAID[6][3]),
        promise(301.0, "It starts at ninety a seat, with a discount when you sign for the year."),
        recognised(SAID[7], Act.PUSHBACK_RIVAL),
        PhaseEntered(t_s=310.0, phase=Phase.OBJECTIONS),
        NudgeRaised(
            t_s=310.2,
            nudge_id="n2",
            rule="pushback",
            severity="strong",
            message="Pause. Acknowledge it before you answer.",
            evidence="push-back on a rival's offer: “We'd have to see.”",
            expires_s=322.0,
        ),
        SpeechStarted(t_s=313.2, source_id="seller", speaker=SELLER, start_s=313.0),
        SpeechEnded(t_s=319.0, source_id="seller", speaker=SELLER, start_s=313.0, end_s=318.6),
        final(SELLER, 313.0, 318.6, ROOM_MADE, utterance_id="u8"),
        recognised((SELLER, 313.0, 318.6, ROOM_MADE), Act.ACKNOWLEDGEMENT),
    ]
    return in_order(events)
