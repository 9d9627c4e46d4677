"""From events to what the seller sees. Pure: no screen, no clock of its own."""

from collections.abc import Sequence

from roomtone.config.settings import Settings
from roomtone.conversation.metrics import both_sides_heard, echo_distrusted, talk_share, talk_share_known
from roomtone.conversation.state import Conversation, Side, advance, standing_caveats, start, step
from roomtone.events import (
    EmotionEstimated,
    Event,
    NudgeDismissed,
    NudgeRaised,
    SessionEnded,
    SourceLost,
    SourceStarted,
    SourceStopped,
    TranscriptFinal,
    TranscriptPartial,
    TranscriptRejected,
)
from roomtone.types import Echo, Label, Speaker
from roomtone.ui import understood
from roomtone.ui import view as words
from roomtone.ui.notices import SILENT_CODES, Notices, is_live
from roomtone.ui.view import (
    FootView,
    HeadView,
    LineView,
    NudgeView,
    ReadingView,
    SideState,
    SideView,
    TalkView,
    View,
)

TWO_SIDES = (Speaker.SELLER, Speaker.CUSTOMER)
TRANSCRIPT_LINES = 60
"""Utterances handed to the screen: as many as the tallest terminal laid out for has rows."""
MONOLOGUE_SHOWN_S = 30.0
"""Shorter runs are ordinary turns; showing them would only be one more number."""
FRESH_S = 30.0
"""After half a minute the talk has moved on and a reading is history."""
READING_HELD_S = 20.0
"""A "can't tell" carries no news, so it leaves a state read this shortly before in place."""
CONSENT_ASKED_S = 90.0
"""Greetings are over by then, and the place is needed for nudges."""


class Presenter:
    """Folds the events of one call and shows them as a :class:`View` whenever asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._conversation = start(settings.conversation)
        self._now_s = 0.0
        self._partials: dict[Speaker, TranscriptPartial] = {}
        self._settled_utterances: set[str] = set()
        self._stopped_sources: set[str] = set()
        self._nudge: NudgeRaised | None = None
        self._notices = Notices()

    def take(self, event: Event) -> None:
        """Fold one event."""
        self._now_s = max(self._now_s, event.t_s)
        self._conversation = step(self._conversation, event)
        self._notices.take(event, self._conversation)
        match event:
            case TranscriptPartial():
                self._take_partial(event)
            case TranscriptFinal():
                self._settle(event.speaker, event.utterance_id)
            case TranscriptRejected():
                self._settle(event.speaker, event.utterance_id)
            case SourceStopped():
                self._stopped_sources.add(event.source_id)
            case NudgeRaised():
                self._nudge = event
            case NudgeDismissed():
                self._take_dismissal(event)
            case SessionEnded():
                self._partials.clear()
                self._nudge = None
            case _:
                pass

    def view(self) -> View:
        """Return what the screen should show now."""
        conversation = advance(self._conversation, self._now_s)
        started = conversation.started
        talk = _talk(conversation)
        agenda, phase = understood.agenda(conversation), understood.phase(conversation)
        notice = self._notices.current(self._now_s)
        return View(
            head=HeadView(
                clock=words.clock(conversation.now_s),
                title=words.one_line(started.title) if started else "",
                mode=started.mode if started else "",
                ended=conversation.ended is not None,
                echo=_echo(conversation),
                phase=phase,
            ),
            sides=self._sides(conversation, share_known=not talk.reason),
            talk=talk,
            reading=self._reading(conversation),
            nudge=_nudge(self._nudge) if self._nudge else _consent_card(conversation),
            agenda=agenda,
            lines=self._lines(conversation),
            foot=FootView(
                notice.message if notice else "",
                is_amiss=notice is not None and notice.is_amiss,
                has_phase=bool(phase),
                points=0 if conversation.ended else len(agenda.points),
            ),
        )

    def _take_partial(self, event: TranscriptPartial) -> None:
        if event.utterance_id in self._settled_utterances or self._conversation.ended:
            return
        shown = self._partials.get(event.speaker)
        is_older = (
            shown is not None
            and shown.utterance_id == event.utterance_id
            and shown.revision >= event.revision
        )
        if not is_older:
            self._partials[event.speaker] = event

    def _settle(self, speaker: Speaker, utterance_id: str) -> None:
        self._settled_utterances.add(utterance_id)
        shown = self._partials.get(speaker)
        if shown is not None and shown.utterance_id == utterance_id:
            del self._partials[speaker]

    def _take_dismissal(self, event: NudgeDismissed) -> None:
        if self._nudge is not None and self._nudge.nudge_id == event.nudge_id:
            self._nudge = None

    def _sides(self, conversation: Conversation, *, share_known: bool) -> tuple[SideView, ...]:
        present = {source.speaker for source in _sources(conversation)}
        if not share_known:
            shown = [speaker for speaker in Speaker if speaker in (present or TWO_SIDES)]
            return tuple(SideView(speaker, self._side_state(conversation, speaker)) for speaker in shown)
        seller, customer = (self._side_state(conversation, speaker) for speaker in TWO_SIDES)
        share, percent = talk_share(conversation).seller, seller_percent(conversation)
        return (
            SideView(Speaker.SELLER, seller, round(share, 3), percent),
            SideView(Speaker.CUSTOMER, customer, round(1 - share, 3), 100 - percent),
        )

    def _side_state(self, conversation: Conversation, speaker: Speaker) -> SideState:
        source_ids = {source.source_id for source in _sources(conversation) if source.speaker == speaker}
        if conversation.ended or (source_ids and source_ids <= self._stopped_sources):
            return SideState.STOPPED
        if source_ids and source_ids <= {lost.source_id for lost in conversation.lost}:
            return SideState.LOST
        side = conversation.side(speaker)
        if side.speaking_since_s is not None:
            return SideState.SPEAKING
        silent = {note.source_id for note in standing_caveats(conversation) if note.code in SILENT_CODES}
        if source_ids & silent:
            return SideState.NOT_HEARD
        return SideState.QUIET if side.spans else SideState.NOT_HEARD_YET

    def _reading(self, conversation: Conversation) -> ReadingView:
        if not self._settings.reading.enabled:
            return ReadingView("How they sound: switched off")
        if _sides_mixed(conversation):
            return ReadingView(f"Can't tell how they sound: {words.NOT_SEPARATED}")
        shown = _shown_reading(conversation.customer, conversation.now_s)
        if shown is None:
            return ReadingView("No reading of how they sound yet")
        if not shown.settled:
            return ReadingView("Still getting to know this voice")
        elapsed_s = conversation.now_s - shown.end_s
        headline = words.sounded(shown.label)
        if shown.label == Label.CANNOT_TELL:
            return ReadingView(headline, age=words.age(elapsed_s))
        evidence = tuple(words.one_line(line) for line in shown.evidence)
        fresh = elapsed_s < FRESH_S and not conversation.ended
        return ReadingView(headline, evidence, words.age(elapsed_s), fresh)

    def _lines(self, conversation: Conversation) -> tuple[LineView, ...]:
        finals = sorted(conversation.finals[-TRANSCRIPT_LINES:], key=lambda final: final.start_s)
        lines = [
            LineView(words.clock(final.start_s), final.speaker, words.one_line(final.text))
            for final in finals
            if final.text.strip()
        ]
        for partial in self._partials.values():
            committed, tentative = words.one_line(partial.committed), words.one_line(partial.tentative)
            lines.append(LineView("", partial.speaker, committed, tentative))
        return tuple(lines[-TRANSCRIPT_LINES:])


def talk_unknown(conversation: Conversation) -> str:
    """Return in words why no talk share can be told, or nothing when one can."""
    if _sides_mixed(conversation):
        return words.NOT_SEPARATED
    if both_sides_heard(conversation):
        return words.ECHO if echo_distrusted(conversation) else ""
    seller_s = conversation.seller.spoken_by(conversation.now_s)
    customer_s = conversation.customer.spoken_by(conversation.now_s)
    silent_so_far = min(seller_s, customer_s) == 0.0
    enough = max(seller_s, customer_s) >= conversation.settings.min_speech_s
    only_source = len({source.speaker for source in _sources(conversation)}) == 1
    return words.ONE_SIDE_ONLY if only_source or (silent_so_far and enough) else words.TOO_LITTLE_SPEECH


def seller_percent(conversation: Conversation, *, window_s: float | None = None) -> int:
    """Return the seller's share of the talk in whole percent."""
    return round(talk_share(conversation, window_s=window_s).seller * 100)


def _echo(conversation: Conversation) -> str:
    """Return what is known of echo in a word; that a recording has none is no news."""
    if conversation.echo is None:
        return ""
    is_news = is_live(conversation) or conversation.echo.echo is not Echo.NONE
    return words.ECHO_NAMES[conversation.echo.echo] if is_news else ""


def _sources(conversation: Conversation) -> Sequence[SourceStarted | SourceLost]:
    """Return what is or should be listened to: a device may be away from the beginning."""
    return (*conversation.sources, *conversation.lost)


def _sides_mixed(conversation: Conversation) -> bool:
    return any(source.speaker == Speaker.UNKNOWN for source in conversation.sources)


def _talk(conversation: Conversation) -> TalkView:
    monologue = _monologue(conversation)
    reason = talk_unknown(conversation)
    if reason:
        return TalkView(reason, monologue=monologue)
    window_s = conversation.settings.window_s
    spoken_s = talk_share(conversation, window_s=window_s).spoken_s
    is_long_enough = conversation.now_s > window_s and spoken_s > 0
    window_known = is_long_enough and talk_share_known(conversation, window_s=window_s)
    return TalkView(
        reason="",
        window_percent=seller_percent(conversation, window_s=window_s) if window_known else None,
        window_name=_window_name(window_s),
        monologue=monologue,
    )


def _monologue(conversation: Conversation) -> str:
    for speaker in TWO_SIDES:
        run_s = conversation.floor.monologue_s(speaker, conversation.now_s)
        if run_s >= MONOLOGUE_SHOWN_S and not conversation.ended:
            return f"{words.NAMES[speaker]} {words.span(run_s)} nonstop"
    return ""


def _shown_reading(side: Side, now_s: float) -> EmotionEstimated | None:
    """Return the last reading, or the one before it that a "can't tell" leaves in place."""
    if not side.readings:
        return None
    last = side.readings[-1]
    if last.label != Label.CANNOT_TELL or not last.settled:
        return last
    for reading in reversed(side.readings):
        if now_s - reading.end_s >= READING_HELD_S:
            break
        if reading.settled and reading.label != Label.CANNOT_TELL:
            return reading
    return last


def _nudge(event: NudgeRaised) -> NudgeView:
    message, evidence = words.one_line(event.message), words.one_line(event.evidence)
    return NudgeView(event.nudge_id, event.severity, message, evidence)


def _consent_card(conversation: Conversation) -> NudgeView | None:
    """Return what to ask at the beginning of a live call, until it was answered or its time is over."""
    goes_on = is_live(conversation) and not conversation.ended
    hears_customer = any(source.speaker == Speaker.CUSTOMER for source in conversation.sources)
    if not goes_on or not hears_customer or conversation.consent or conversation.now_s > CONSENT_ASKED_S:
        return None
    return NudgeView("", "quiet", words.CONSENT_SENTENCE, words.CONSENT_KEYS)


def _window_name(window_s: float) -> str:
    minutes, rest_s = divmod(round(window_s), words.SECONDS_PER_MINUTE)
    return f"last {minutes} min" if minutes and not rest_s else f"last {round(window_s)} s"
