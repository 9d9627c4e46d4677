import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_call import (
    CUSTOMER,
    SELLER,
    beginning,
    final,
    mono_call,
    reading,
    running_call,
    tick,
    understood_call,
    whole_call,
)

from roomtone.config.settings import ReadingSettings, Settings
from roomtone.events import (
    CaveatNoted,
    CaveatWithdrawn,
    ConsentNoted,
    EchoJudged,
    Event,
    NudgeDismissed,
    NudgeRaised,
    SessionStarted,
    SourceLost,
    SourceOverflowed,
    SourceStarted,
    SourceStopped,
    SpeechEnded,
    SpeechStarted,
    StageFailed,
    StageLagged,
    TranscriptPartial,
    TranscriptRejected,
)
from roomtone.types import Echo, Label, Speaker
from roomtone.ui.presenter import Presenter
from roomtone.ui.view import FootView, HeadView, LineView, NudgeView, SideState, View

pytestmark = pytest.mark.unit


def view_of(*events: Event, own: Settings | None = None) -> View:
    presenter = Presenter(own or Settings())
    for event in events:
        presenter.take(event)
    return presenter.view()


def spoke(speaker: Speaker, start_s: float, end_s: float) -> list[Event]:
    side = {"source_id": speaker.value, "speaker": speaker}
    return [
        SpeechStarted(t_s=start_s, start_s=start_s, **side),
        SpeechEnded(t_s=end_s, start_s=start_s, end_s=end_s, **side),
    ]


def partial(text: str, *, at_s: float, revision: int = 1, utterance_id: str = "u1") -> TranscriptPartial:
    return TranscriptPartial(
        t_s=at_s,
        utterance_id=utterance_id,
        speaker=SELLER,
        revision=revision,
        committed=text,
        tentative="maybe",
    )


def nudge(nudge_id: str, at_s: float) -> NudgeRaised:
    return NudgeRaised(
        t_s=at_s,
        nudge_id=nudge_id,
        rule="talk_share",
        severity="quiet",
        message=f"Message {nudge_id}",
        evidence=f"Evidence {nudge_id}",
        expires_s=at_s + 12.0,
    )


def dismissed(nudge_id: str, at_s: float, reason: str = "expired") -> NudgeDismissed:
    return NudgeDismissed(t_s=at_s, nudge_id=nudge_id, rule="talk_share", reason=reason)


def test_before_anything_is_known_nothing_is_claimed() -> None:
    view = view_of()
    assert view.head == HeadView(clock="00:00", title="", mode="", ended=False)
    assert [side.state for side in view.sides] == [SideState.NOT_HEARD_YET, SideState.NOT_HEARD_YET]
    assert view.talk.reason == "too little speech yet"
    assert view.nudge is None
    assert view.lines == ()


def test_a_running_call() -> None:
    view = view_of(*running_call())
    you, them = view.sides
    assert view.head == HeadView("05:16", "Forty seats for Zürich", "replay", ended=False)
    assert (you.state, them.state) == (SideState.SPEAKING, SideState.QUIET)
    seller_s, customer_s = 13.0 + 51.0 + 94.4 + 77.4 + 4.0, 24.8 + 17.2 + 14.9 + 6.6
    assert you.share == pytest.approx(seller_s / (seller_s + customer_s), abs=0.001)
    assert (you.percent, them.percent) == (79, 21)
    assert (view.talk.window_name, view.talk.window_percent) == ("last 5 min", 78)
    assert view.reading.headline == "They sounded guarded"
    assert view.reading.evidence == ("answered after 2.4 s, usually 0.6 s", "voice flatter than their usual")
    assert view.nudge == NudgeView(
        "n2",
        "strong",
        "You've talked 79% of the last five minutes",
        "3:43 of 4:44 of speech since 00:11",
    )
    assert view.lines[-1] == LineView("", SELLER, "That makes sense. If I were you", "I'd feel the")


def test_the_end_of_a_call() -> None:
    view = view_of(*whole_call())
    assert view.head.ended
    assert {side.state for side in view.sides} == {SideState.STOPPED}
    assert not any(line.tentative for line in view.lines)
    assert view.nudge is None
    assert not view.reading.fresh


def test_what_is_understood_is_on_the_screen() -> None:
    view = view_of(*understood_call())
    assert view.head.phase == "objections 0:09"
    assert [point.covered for point in view.agenda.points] == [True, True, False, False, False]
    assert view.foot == FootView("You made room for it after 4 s.", is_amiss=False, has_phase=True, points=5)
    plain = view_of(*running_call())
    assert (plain.head.phase, plain.agenda.points) == ("", ())
    assert plain.foot == FootView()


def test_the_percentages_add_up() -> None:
    events = [*spoke(SELLER, 0.0, 25.5), *spoke(CUSTOMER, 30.0, 50.0), *spoke(SELLER, 51.0, 70.5)]
    you, them = view_of(*events).sides
    assert you.percent is not None
    assert them.percent is not None
    assert you.percent + them.percent == 100


def test_no_share_while_one_side_has_hardly_spoken() -> None:
    view = view_of(*beginning(SELLER, CUSTOMER), *spoke(SELLER, 1.0, 8.0), *spoke(CUSTOMER, 9.0, 10.0))
    assert view.talk.reason == "too little speech yet"
    assert [side.share for side in view.sides] == [None, None]


def test_one_side_only_when_the_other_never_spoke() -> None:
    view = view_of(*beginning(SELLER, CUSTOMER), *spoke(SELLER, 1.0, 30.0))
    assert view.talk.reason == "one side only"


def test_one_side_only_when_there_is_no_other_source() -> None:
    view = view_of(*beginning(SELLER))
    assert view.talk.reason == "one side only"
    assert [side.speaker for side in view.sides] == [SELLER]


def test_mixed_sides_get_words_instead_of_bars() -> None:
    view = view_of(*mono_call())
    assert view.talk.reason == "sides not separated"
    assert [(side.name, side.share, side.state) for side in view.sides] == [
        ("Voice", None, SideState.SPEAKING)
    ]
    assert view.reading.headline == "Can't tell how they sound: sides not separated"
    assert view.status.startswith("This recording has both sides mixed")


def test_the_window_share_waits_until_it_says_more_than_the_whole() -> None:
    events = [*spoke(SELLER, 0.0, 100.0), *spoke(CUSTOMER, 101.0, 150.0)]
    assert view_of(*events, tick(299.0)).talk.window_percent is None
    assert view_of(*events, tick(301.0)).talk.window_percent == 67


def test_a_monologue_is_named_once_it_is_long() -> None:
    begun = SpeechStarted(t_s=0.0, source_id="seller", speaker=SELLER, start_s=0.0)
    assert view_of(begun, tick(29.0)).talk.monologue == ""
    assert view_of(begun, tick(84.0)).talk.monologue == "You 1:24 nonstop"


def test_a_source_that_stopped() -> None:
    stopped = SourceStopped(t_s=40.0, source_id="customer", reason="device_lost")
    view = view_of(*beginning(SELLER, CUSTOMER), *spoke(CUSTOMER, 1.0, 2.0), stopped)
    assert [side.state for side in view.sides] == [SideState.NOT_HEARD_YET, SideState.STOPPED]


def test_an_unsettled_reading_says_only_that() -> None:
    shown = view_of(reading(Label.UPSET, at_s=9.0, evidence=("louder",), settled=False)).reading
    assert (shown.headline, shown.evidence) == ("Still getting to know this voice", ())


def test_a_reading_grows_old() -> None:
    sounded = reading(Label.GUARDED, at_s=100.0, evidence=("hedged twice",))
    ages = {at_s: view_of(sounded, tick(at_s)).reading for at_s in (105.0, 127.0, 145.0, 260.0)}
    assert [shown.age for shown in ages.values()] == ["just now", "20 s ago", "40 s ago", "2 min ago"]
    assert [shown.fresh for shown in ages.values()] == [True, True, False, False]


def test_cannot_tell_does_not_wipe_out_what_was_just_read() -> None:
    guarded = reading(Label.GUARDED, at_s=100.0, evidence=("hedged twice",))
    unclear = reading(Label.CANNOT_TELL, at_s=104.0)
    assert view_of(guarded, unclear).reading.headline == "They sounded guarded"
    assert view_of(guarded, unclear, tick(121.0)).reading.headline == "Can't tell how they sounded"


def test_only_the_customer_is_shown_as_they() -> None:
    sellers = msgspec.structs.replace(reading(Label.UPSET, at_s=9.0), speaker=SELLER)
    assert view_of(sellers).reading.headline == "No reading of how they sound yet"


def test_readings_switched_off() -> None:
    off = Settings(reading=ReadingSettings(enabled=False))
    assert view_of(own=off).reading.headline == "How they sound: switched off"


def test_a_nudge_leaves_with_its_own_dismissal_only() -> None:
    assert view_of(nudge("a", 1.0), dismissed("b", 2.0)).nudge is not None
    assert view_of(nudge("a", 1.0), dismissed("a", 2.0)).nudge is None
    assert view_of(nudge("a", 1.0), tick(500.0)).nudge is not None


def test_a_key_press_is_confirmed_for_a_moment() -> None:
    answered = [nudge("a", 1.0), dismissed("a", 2.0, "muted")]
    assert view_of(*answered).status == "Talk share is muted for this call."
    assert view_of(*answered, tick(8.0)).status == ""


def test_partials_give_way_to_newer_ones_and_to_finals() -> None:
    newer, older = partial("we will send it", at_s=3.0, revision=2), partial("we", at_s=2.0, revision=1)
    assert view_of(newer, older).lines == (LineView("", SELLER, "we will send it", "maybe"),)
    said = final(SELLER, 1.0, 4.0, "We will send it.", utterance_id="u1")
    assert view_of(newer, said, partial("late", at_s=5.0, revision=3)).lines == (
        LineView("00:01", SELLER, "We will send it."),
    )


def test_a_refused_utterance_takes_its_partial_away() -> None:
    refused = TranscriptRejected(
        t_s=5.0, utterance_id="u1", speaker=SELLER, start_s=1.0, end_s=4.0, reason="repetition"
    )
    assert view_of(partial("thanks thanks", at_s=3.0), refused).lines == ()


def test_the_transcript_is_in_the_order_of_speech() -> None:
    aside = final(CUSTOMER, 12.0, 12.8, "Mm-hm.", utterance_id="c")
    long = final(SELLER, 10.0, 30.0, "It all began in the spring.", utterance_id="s")
    assert [line.text for line in view_of(aside, long).lines] == ["It all began in the spring.", "Mm-hm."]


def test_text_cannot_move_the_cursor() -> None:
    said = final(CUSTOMER, 1.0, 2.0, "red\x1b[31m\talert\n\u202eback", utterance_id="c")
    assert view_of(said).lines[0].text == "red[31m alert back"


@pytest.mark.parametrize(
    ("trouble", "shown_s"),
    [
        (CaveatNoted(t_s=10.0, code="side_silent", message="The left channel is silent."), 30.0),
        (StageLagged(t_s=10.0, stage="transcriber", behind_s=6.2, given_up="partial words"), 10.0),
        (SourceOverflowed(t_s=10.0, source_id="seller", lost_samples=480), 10.0),
        (StageFailed(t_s=10.0, stage="reading", code="x", message="No readings.", recoverable=True), 60.0),
    ],
)
def test_trouble_is_told_and_goes_away(trouble: Event, shown_s: float) -> None:
    assert view_of(trouble).status
    assert view_of(trouble, tick(10.0 + shown_s - 0.1)).status
    assert view_of(trouble, tick(10.0 + shown_s)).status == ""


def test_a_stage_that_caught_up_is_no_longer_named() -> None:
    behind = StageLagged(t_s=10.0, stage="transcriber", behind_s=6.2, given_up="partial words")
    assert view_of(behind).status == "transcriber is 6 s behind, leaving out partial words."
    assert view_of(behind, StageLagged(t_s=12.0, stage="transcriber", behind_s=0.4)).status == ""


def test_the_worst_trouble_comes_first_and_stays_while_it_lasts() -> None:
    gone = StageFailed(
        t_s=5.0, stage="audio", code="lost", message="The microphone is gone.", recoverable=False
    )
    caveat = CaveatNoted(t_s=6.0, code="side_silent", message="The left channel is silent.")
    assert view_of(gone, caveat, tick(4000.0)).status == "The microphone is gone."


def test_new_words_end_a_transcriber_failure() -> None:
    failed = StageFailed(
        t_s=5.0, stage="transcriber", code="x", message="One utterance was lost.", recoverable=True
    )
    assert view_of(failed).status == "One utterance was lost."
    assert view_of(failed, final(SELLER, 6.0, 7.0, "Hello.", utterance_id="u")).status == ""


def test_an_hour_has_a_longer_clock() -> None:
    assert view_of(tick(3725.9)).head.clock == "1:02:05"


@pytest.mark.property
@settings(deadline=None)
@given(st.data())
def test_droppable_events_leave_no_trace_in_a_finished_call(data: st.DataObject) -> None:
    kept = [event for event in whole_call() if not event.droppable]
    droppable = [event for event in whole_call() if event.droppable]
    mixed: list[Event] = list(kept)
    for event in data.draw(st.permutations(droppable)):
        mixed.insert(data.draw(st.integers(0, len(kept) - 1)), event)
    assert view_of(*mixed) == view_of(*kept)


@pytest.mark.property
@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=20))
def test_there_is_never_more_than_the_last_nudge(moves: list[tuple[str, bool]]) -> None:
    presenter = Presenter(Settings())
    expected = None
    for at, (nudge_id, raised) in enumerate(moves):
        if raised:
            presenter.take(nudge(nudge_id, float(at)))
            expected = nudge_id
        else:
            presenter.take(dismissed(nudge_id, float(at)))
            expected = None if expected == nudge_id else expected
        shown = presenter.view().nudge
        assert (shown.nudge_id if shown else None) == expected


@pytest.mark.property
@settings(deadline=None)
@given(st.integers(0, 60))
def test_asking_for_the_view_changes_nothing(asked_at: int) -> None:
    presenter = Presenter(Settings())
    for nth, event in enumerate(running_call()):
        presenter.take(event)
        if nth == asked_at:
            assert presenter.view() == presenter.view()
    assert presenter.view() == view_of(*running_call())


def states(view: View) -> dict[Speaker, SideState]:
    return {side.speaker: side.state for side in view.sides}


def back(at_s: float, missed_s: float) -> SourceStarted:
    return SourceStarted(
        t_s=at_s,
        source_id="seller",
        speaker=SELLER,
        description="Headset",
        sample_rate_hz=16_000,
        missed_s=missed_s,
    )


def test_a_lost_side_is_shown_as_such_until_it_is_back() -> None:
    lost = SourceLost(t_s=400.0, source_id="seller", speaker=SELLER, message="The microphone is gone.")

    gone = view_of(*running_call(), lost, tick(475.0))
    assert states(gone)[SELLER] == SideState.LOST
    assert gone.status == "The microphone is gone."

    returned = view_of(*running_call(), lost, back(475.0, 75.0))
    assert states(returned)[SELLER] != SideState.LOST
    assert returned.status == "Back again: Headset; 1:15 was missed."


def test_a_side_that_should_be_heard_is_named_until_it_is() -> None:
    note = CaveatNoted(t_s=400.0, source_id="customer", code="customer_silent", message="Not a sound.")
    withdrawn = CaveatWithdrawn(t_s=410.0, source_id="customer", code="customer_silent")

    silent = view_of(*running_call(), note)
    assert states(silent)[CUSTOMER] == SideState.NOT_HEARD
    assert silent.status == "Not a sound."

    heard = view_of(*running_call(), note, withdrawn)
    assert states(heard)[CUSTOMER] == SideState.QUIET
    assert heard.status == ""


def test_the_same_caveat_may_come_again() -> None:
    first, again = (
        CaveatNoted(t_s=at_s, source_id="customer", code="customer_silent", message="Not a sound.")
        for at_s in (400.0, 500.0)
    )
    withdrawn = CaveatWithdrawn(t_s=410.0, source_id="customer", code="customer_silent")

    assert states(view_of(*running_call(), first, withdrawn, again))[CUSTOMER] == SideState.NOT_HEARD


@pytest.mark.parametrize(
    ("echo", "word"), [(Echo.UNKNOWN, ""), (Echo.NONE, "headphones"), (Echo.REMOVED, "echo removed")]
)
def test_what_is_known_of_echo_stands_beside_the_clock(echo: Echo, word: str) -> None:
    judged = EchoJudged(t_s=20.0, source_id="seller", echo=echo)
    first, *sources = beginning()
    assert isinstance(first, SessionStarted)

    live = msgspec.structs.replace(first, mode="live")
    view = view_of(live, *sources, *spoke(SELLER, 0.0, 15.0), *spoke(CUSTOMER, 15.0, 30.0), judged)

    assert view.head.echo == word
    assert view.talk.reason == ""


def test_no_talk_share_is_shown_from_the_moment_echo_makes_it_wrong_and_for_long_after() -> None:
    call = (*beginning(), *spoke(SELLER, 0.0, 600.0), *spoke(CUSTOMER, 600.0, 1200.0))
    untrusted = EchoJudged(t_s=1200.0, source_id="seller", echo=Echo.UNTRUSTED)
    headphones = EchoJudged(t_s=1260.0, source_id="seller", echo=Echo.NONE)
    more = (*spoke(SELLER, 1300.0, 1700.0), *spoke(CUSTOMER, 1700.0, 2100.0))

    assert view_of(*call, untrusted).talk.reason == "your microphone hears them too"
    assert view_of(*call, untrusted, headphones).talk.reason == "your microphone hears them too"
    later = view_of(*call, untrusted, headphones, *more).talk
    assert later.reason == ""
    assert later.window_percent is not None
    soon_after = view_of(*call, msgspec.structs.replace(untrusted, t_s=1250.0), headphones, tick(1300.0)).talk
    assert soon_after.reason == ""
    assert soon_after.window_percent is None


def test_a_side_missing_from_the_beginning_is_not_connected() -> None:
    lost = SourceLost(t_s=0.0, source_id="customer", speaker=CUSTOMER, message="There is no output.")
    view = view_of(*beginning(SELLER), lost)
    assert states(view) == {SELLER: SideState.NOT_HEARD_YET, CUSTOMER: SideState.LOST}


def test_a_disk_that_is_full_is_said_as_long_as_it_is() -> None:
    full = CaveatNoted(t_s=10.0, code="log_waiting", message="The disk is full.")
    silent = CaveatNoted(t_s=12.0, source_id="customer", code="customer_silent", message="Not a sound.")
    assert view_of(*beginning(), full, silent, tick(300.0)).status == "The disk is full."
    withdrawn = CaveatWithdrawn(t_s=301.0, code="log_waiting")
    assert view_of(*beginning(), full, silent, withdrawn, tick(302.0)).status == "Not a sound."


def live_call(*, sides: tuple[Speaker, ...] = (SELLER, CUSTOMER)) -> list[Event]:
    started = SessionStarted(
        t_s=0.0,
        title="Call",
        mode="live",
        started_at="2026-01-01T10:00:00+00:00",
        version="1",
        transcriber="x",
    )
    sources = [
        SourceStarted(
            t_s=0.0, source_id=side.value, speaker=side, description=side.value, sample_rate_hz=48_000
        )
        for side in sides
    ]
    return [started, *sources]


def test_a_live_call_begins_with_the_question_for_consent() -> None:
    card = view_of(*live_call()).nudge
    assert card is not None
    assert card.message.startswith("Ask: ")
    assert len(card.message) <= 60
    assert view_of(*live_call(), nudge("n1", 5.0)).nudge != card
    assert view_of(*live_call(), ConsentNoted(t_s=4.0)).nudge is None
    assert view_of(*live_call(), tick(100.0)).nudge is None
    assert view_of(*live_call(sides=(SELLER,))).nudge is None
    assert view_of(*beginning()).nudge is None


def test_where_a_live_call_is_heard_is_told_when_it_begins() -> None:
    started = SessionStarted(
        t_s=0.0,
        title="Call",
        mode="live",
        started_at="2026-01-01T10:00:00+00:00",
        version="1",
        transcriber="x",
    )
    sources = [
        SourceStarted(
            t_s=0.0, source_id=speaker.value, speaker=speaker, description=description, sample_rate_hz=48_000
        )
        for speaker, description in ((SELLER, "Headset"), (CUSTOMER, "what Speakers plays"))
    ]
    told = "Listening to you on Headset and them on what Speakers plays."
    assert view_of(started, *sources).status == told
    assert view_of(started, *sources, tick(20.0)).status == ""
    assert view_of(msgspec.structs.replace(started, mode="replay"), *sources).status == ""
