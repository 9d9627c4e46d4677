"""The real program in live calls: sound servers of its own, recorded voices, a terminal."""

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import jiwer
import pytest
from live_call import (
    PATIENCE_S,
    QUICK,
    SIDES,
    LiveCall,
    decoded,
    live_call,
    network_sockets,
    playing,
    processes_of,
    two_voices,
    write_wav,
)
from terminal import CALL, Program, Screen
from whisper_normalizer.english import EnglishTextNormalizer

from roomtone.events import (
    AgendaSet,
    CaveatNoted,
    CaveatWithdrawn,
    Event,
    NudgeRaised,
    SessionEnded,
    SessionStarted,
    SpeechEnded,
    TranscriptFinal,
    TranscriptRejected,
    decode,
)
from roomtone.session.calls import AUDIO_FILE
from roomtone.session.store import read_events
from roomtone.types import SAMPLE_RATE_HZ, Speaker
from sound_server import SoundServer, sound_server, wait_until
from test_import_hygiene import noted, without_network

pytestmark = pytest.mark.end_to_end

WHOLE_CALL_S = 180.0
SOON_NUDGED = {
    "ROOMTONE_NUDGES__MONOLOGUE__QUIET_S": "25",
}
"""So that three minutes of the bundled call hold two kinds of nudges."""
ONE_SENTENCE = 0.04
"""Of the 338 words: the live sound begins some milliseconds apart from the file's, and the recogniser then
hears a sentence or two in other words (8 words of difference in one run of four). Lost sound is more."""
A_FEW_WORDS = 0.035
"""Of the 338 words: the kept sound is rounded to 16 bits, and noise of half such a step alone makes the
recogniser, which computes with 8 bits, write 6 of 26 utterances of this call with another word or two (a gain
of 1.0001, 10 of 26)."""
SAME_PLACE_S = 0.2
"""By which an utterance may begin or end elsewhere for that: mostly 0 to 32 ms, and 112 ms seen at the end of
the last one, where the recording breaks off within a word."""
CLEAR_PAUSE_S = 1.0
"""A pause that parts utterances for certain. One of about 0.8 s, the least that does, may be heard a step
shorter and part nothing, as that from 31.3 to 32.0 s of this call."""
MOST_LOST_S = 1.0
"""What a killed program may take with it."""
SAID = {
    Speaker.SELLER: """
        Thank you for calling Platinum Motors, the Northwest home for high-end autos. I'm Michelle, how can I
        help you today? Of course, I am so sorry for the inconvenience. Jack, what was your last name so I can
        look you up in the system? Could you spell that for me, please? Okay, thank you for that. Okay, so I
        see in our system you've purchased several cars off us. Could I check with you which was the make and
        model of this one? Okay, wonderful. Thanks, Mr. Tilly. Okay, so we would love to get that taken care
        of for you. We have some options right now. You can bring it in any time that we're open and we'll do
        our best to take care of it as soon as possible. You can also schedule an appointment and this is all
        at no charge fee since you still recently purchased the car from us and you've been a wonderful
        customer of ours. We'd be happy to take care of that at no cost. So just let me know what will be most
        convenient for you and we'll get that in the system for you. The first availability we have is two
        days from now, or you could walk in before then. You might have a little bit of a wait, but we could
        take you two days from now. Also, if you wanted to wait for the two days, we could also have a rental
        car available for you at no charge in case you wanted that. In case it takes a little bit longer to
        fix, that will be an option that we could plan out for you as well. But again, you are also welcome to
        come in any time before then and we will get you in as soon as we can.""",
    Speaker.CUSTOMER: """
        Hi Michelle, my name's Jack. I'm calling in today because about two weeks ago I got a car from your
        dealership and the service light came on already and I know you guys handle a lot of your fixing, your
        mechanics are all in house and in shop and I'm just a little baffled about how and why the light's
        come on this soon. So I wanted to give you guys a call. Sure, my last name is Tilly. T-I-L-L-Y. Sure,
        this one was a 2018 Tesla Model S. It's not making any, you know, crazy noises yet, so I'm not like,
        you know, terrified it's on its last leg or anything, but I would rather get it taken care of before
        it starts making noises. So how soon can you take it in? Okay, let me tell you what. I'm gonna come in
        as soon as possible. I might have to call you back just to finalize the appointment, but I just need
        to call my boss at my job and make sure that I can get the time off.""",
}
"""The words of the bundled call up to then, put together from what several recognisers made of it."""


@pytest.fixture(scope="module")
def server() -> Iterator[SoundServer]:
    with sound_server() as server:
        yield server


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return two_voices(tmp_path_factory.mktemp("voices"))


@pytest.fixture
def program(server: SoundServer, whisper_tiny: Path, tmp_path: Path) -> Program:
    return Program(tmp_path / "home", whisper_tiny, server.environment | QUICK)


@pytest.mark.usefixtures("whole_call")
def test_a_muted_microphone_is_no_alarm_and_one_that_gives_nothing_is(
    program: Program, server: SoundServer, voices: dict[str, Path]
) -> None:
    def alarms() -> list[CaveatNoted]:
        return call.found(CaveatNoted, code="microphone_silent")

    with live_call(program, "--plain") as call:
        with playing(server, **voices):
            call.expect_words(Speaker.SELLER, after=call.last)
            server.pactl("set-source-mute", "mic", "1")
            muted = call.last
            wait_until(lambda: call.last.t_s > muted.t_s + 20.0, PATIENCE_S)
            assert not alarms()
        server.pactl("set-source-mute", "mic", "0")
        noted = call.expect(CaveatNoted, code="microphone_silent")
        with playing(server, **voices):
            call.expect(CaveatWithdrawn, after=noted, code="microphone_silent")
            call.expect_words(Speaker.SELLER, after=noted)
        assert alarms() == [noted]


@pytest.mark.usefixtures("whole_call")
def test_a_killed_call_loses_a_second_at_most_and_the_next_start_tells_of_it(
    program: Program, server: SoundServer, voices: dict[str, Path]
) -> None:
    with contextlib.ExitStack() as stack:
        process = program.start("listen", "--json", "--keep-audio", "--title", "Acme")
        stack.callback(process.communicate)
        stack.callback(process.kill)
        assert process.stdout is not None
        printed = [decode(process.stdout.readline())]
        stack.enter_context(playing(server, **voices))
        while not (isinstance(printed[-1], SpeechEnded) and any_words(printed)):
            printed.append(decode(process.stdout.readline()))
        process.kill()
        process.wait()
        (log,) = program.logs
        kept = list(read_events(log))
        must_be_there_s = printed[-1].t_s - MOST_LOST_S
        assert [event for event in printed if event.t_s < must_be_there_s] == [
            event for event in kept if event.t_s < must_be_there_s
        ]
        assert len(decoded(log.with_name(AUDIO_FILE))) >= must_be_there_s * SAMPLE_RATE_HZ
        wait_until(lambda: not processes_of(program), PATIENCE_S)

    with live_call(program, "--plain", "--no-debrief") as next_call:
        next_call.screen.press(b"\x03")
        next_call.screen.wait()
    minutes, seconds = divmod(int(kept[-1].t_s), 60)
    assert f"was cut off after {minutes}:{seconds:02};" in next_call.screen.text
    assert f"roomtone debrief {log.parent.name}" in next_call.screen.text
    debrief = program.run("debrief", log.parent.name)
    assert debrief.returncode == 0
    assert "The call was cut off" in debrief.stdout


def any_words(events: Iterable[Event]) -> bool:
    return any(isinstance(event, TranscriptFinal) for event in events)


@pytest.mark.usefixtures("whole_call")
def test_only_the_microphone_is_heard_where_that_is_asked_for(
    program: Program, server: SoundServer, voices: dict[str, Path]
) -> None:
    with live_call(program, "--mic-only", "--mic", "Microphone") as call, playing(server, **voices):
        call.expect_words(Speaker.SELLER, after=call.last)
        call.end()
    assert {event.speaker for event in call.found(SpeechEnded)} == {Speaker.SELLER}
    assert call.found(CaveatNoted, code="microphone_only")


@pytest.mark.usefixtures("whole_call")
def test_the_kind_of_call_its_length_and_points_typed_in_are_kept(
    program: Program, server: SoundServer
) -> None:
    call = LiveCall(program, "--mic-only", "--playbook", "discovery", "--minutes", "30", "--agenda", "-")
    try:
        call.screen.press(b"Budget (key words: money)\nNext step\n\n")
        started = call.expect(SessionStarted)
        assert (started.planned_s, started.playbook) == (1800.0, "discovery")
        points = call.expect(AgendaSet).points
        assert [(point.text, point.key_words) for point in points] == [
            ("Budget", ("money",)),
            ("Next step", ()),
        ]
        call.end()
    finally:
        call.screen.close()
    assert "Your points for this call" in call.screen.text


@pytest.mark.usefixtures("whole_call")
def test_without_a_sound_server_one_sentence_says_so(
    program: Program, server: SoundServer, tmp_path: Path
) -> None:
    program.environment["PULSE_SERVER"] = f"unix:{tmp_path / 'nobody'}"
    told = refusal(program)
    assert told.startswith("roomtone: There is no sound server: start it with ")


@pytest.mark.usefixtures("whole_call")
def test_an_unknown_microphone_is_refused_with_what_there_is(program: Program, server: SoundServer) -> None:
    told = refusal(program, "--mic", "banana")
    assert told == 'roomtone: There is no microphone "banana"; there are 1 (Microphone).'


def refusal(program: Program, *arguments: str) -> str:
    """Return the one line in which a call is refused."""
    done = program.run("listen", *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert program.logs == []
    (line,) = done.stderr.splitlines()
    return line


@dataclass(frozen=True, slots=True)
class Recording:
    """The first minutes of the bundled call: both sides in one file, and each alone."""

    both: Path
    seller: Path
    customer: Path


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    folder = tmp_path_factory.mktemp("recording")
    sides = decoded(CALL, WHOLE_CALL_S)
    return Recording(
        both=write_wav(folder / "both.wav", sides),
        seller=write_wav(folder / "seller.wav", sides[:, 0]),
        customer=write_wav(folder / "customer.wav", sides[:, 1]),
    )


@dataclass(frozen=True, slots=True)
class WholeCall:
    """A call that is heard for minutes, while the network is watched."""

    call: LiveCall
    players: Sequence[subprocess.Popen[bytes]]
    watch: Path
    """Where Python notes what it tried."""


@pytest.fixture(scope="module")
def whole_call(
    recording: Recording, whisper_base: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WholeCall]:
    """The bundled call as it would have been live, beginning now."""
    watch = tmp_path_factory.mktemp("watch")
    with sound_server() as server:
        environment = server.environment | SOON_NUDGED | without_network(watch)
        program = Program(tmp_path_factory.mktemp("home"), whisper_base, environment)
        with (
            live_call(program, "--title", "Platinum Motors", "--keep-audio") as call,
            playing(server, micsink=recording.seller, speakers=recording.customer) as players,
        ):
            yield WholeCall(call, players, watch)


@pytest.fixture(scope="module")
def live(whole_call: WholeCall) -> Sequence[Event]:
    """What is kept of the call, once it has been heard to its end."""
    for player in whole_call.players:
        player.wait(timeout=WHOLE_CALL_S + PATIENCE_S)
    return whole_call.call.end()


@pytest.fixture(scope="module")
def replayed(
    live: Sequence[Event], recording: Recording, whisper_base: Path, tmp_path_factory: pytest.TempPathFactory
) -> Sequence[Event]:
    """What is made of the same minutes as a file; not before the call is over, so as not to disturb it."""
    program = Program(tmp_path_factory.mktemp("home"), whisper_base, os.environ | SOON_NUDGED)
    return program.events(recording.both)


@pytest.fixture(scope="module")
def replayed_as_heard(
    whole_call: WholeCall, live: Sequence[Event], whisper_base: Path, tmp_path_factory: pytest.TempPathFactory
) -> Sequence[Event]:
    """What is made of the sound that the live call kept."""
    program = Program(tmp_path_factory.mktemp("home"), whisper_base, os.environ | SOON_NUDGED)
    return program.events(whole_call.call.log.with_name(AUDIO_FILE))


def test_nothing_goes_over_the_network(whole_call: WholeCall) -> None:
    running = processes_of(whole_call.call.program)
    assert {"parec", "pactl"} <= {command.split()[0] for command in running.values()}
    assert network_sockets(running) == []
    whole_call.call.expect(TranscriptFinal)
    assert noted(whole_call.watch, "attempts") == []
    assert len(noted(whole_call.watch, "watched")) > 1, "the recogniser's process was not watched"


def test_a_live_call_has_the_talk_share_of_its_recording(
    live: Sequence[Event], replayed: Sequence[Event]
) -> None:
    assert sellers_share(live) == pytest.approx(sellers_share(replayed), abs=0.015)


def test_a_live_call_has_the_words_of_its_recording(live: Sequence[Event], replayed: Sequence[Event]) -> None:
    assert word_error_rate(live) == pytest.approx(word_error_rate(replayed), abs=ONE_SENTENCE)


def test_a_live_call_has_the_words_of_the_sound_it_kept(
    live: Sequence[Event], replayed_as_heard: Sequence[Event]
) -> None:
    assert word_error_rate(live) == pytest.approx(word_error_rate(replayed_as_heard), abs=A_FEW_WORDS)


def test_a_live_call_has_the_pauses_of_the_sound_it_kept(
    live: Sequence[Event], replayed_as_heard: Sequence[Event]
) -> None:
    for side in SAID:
        heard, kept = (utterances_s(events, side) for events in (live, replayed_as_heard))
        assert len(heard) > 5
        assert (heard[0][0], heard[-1][1]) == pytest.approx((kept[0][0], kept[-1][1]), abs=SAME_PLACE_S)
        for clear, others in ((pauses_s(heard, CLEAR_PAUSE_S), kept), (pauses_s(kept, CLEAR_PAUSE_S), heard)):
            assert len(clear) > 4
            found = pauses_s(others, 0.0)
            for pause_s in clear:
                assert any(pause_s == pytest.approx(one_s, abs=SAME_PLACE_S) for one_s in found), pause_s


def pauses_s(
    utterances: Sequence[tuple[float, float]], longer_than_s: float
) -> Sequence[tuple[float, float]]:
    """Return where each pause between utterances that is longer than so much begins and ends."""
    pauses = [(before[1], after[0]) for before, after in pairwise(utterances)]
    return [(begin_s, end_s) for begin_s, end_s in pauses if end_s - begin_s > longer_than_s]


def utterances_s(events: Iterable[Event], side: Speaker) -> Sequence[tuple[float, float]]:
    """Return where each utterance of a side begins and ends, whatever its words."""
    return [
        (event.start_s, event.end_s)
        for event in events
        if isinstance(event, TranscriptFinal | TranscriptRejected) and event.speaker is side
    ]


def test_a_live_call_has_the_nudges_of_its_recording(
    live: Sequence[Event], replayed: Sequence[Event]
) -> None:
    kinds = [event.rule for event in live if isinstance(event, NudgeRaised)]
    assert kinds == [event.rule for event in replayed if isinstance(event, NudgeRaised)]
    assert set(kinds) == {"monologue", "pace"}


def test_a_live_call_is_shown_and_its_debrief_follows(whole_call: WholeCall, live: Sequence[Event]) -> None:
    screen = whole_call.call.screen
    for event in live:
        if isinstance(event, NudgeRaised):
            assert event.message in screen.text
    for side in ("You", "Them"):
        assert f"{side} speaking" in screen.text
        assert re.search(rf"{side} +[▁█-▏]+ +\d+ %", screen.text)
    assert "Platinum Motors" in screen.text_after_the_overlay
    assert "The buyer's seat" in screen.text_after_the_overlay


def sellers_share(events: Sequence[Event]) -> float:
    spoken_s = {
        side: sum(e.end_s - e.start_s for e in events if isinstance(e, SpeechEnded) and e.speaker is side)
        for side in SIDES
    }
    return spoken_s[Speaker.SELLER] / sum(spoken_s.values())


def word_error_rate(events: Sequence[Event]) -> float:
    """Return the rate over both sides."""
    normalised = EnglishTextNormalizer()
    finals = sorted((e for e in events if isinstance(e, TranscriptFinal)), key=lambda e: e.start_s)
    texts = [" ".join(final.text for final in finals if final.speaker is side) for side in SIDES]
    return float(jiwer.wer([normalised(SAID[side]) for side in SIDES], list(map(normalised, texts))))


def said_to_the_end(call: LiveCall) -> bool:
    """Return whether all that was heard has its words, or was found to have none."""
    unheard = [e for e in call.found(TranscriptRejected) if e.reason in ("stopped", "failed")]
    answered: list[TranscriptFinal | TranscriptRejected] = [*call.found(TranscriptFinal)]
    answered += call.found(TranscriptRejected)
    return not unheard and all(
        any(e.speaker is spoken.speaker and e.end_s >= spoken.end_s for e in answered)
        for spoken in call.found(SpeechEnded)
    )


@pytest.mark.parametrize(
    ("arguments", "end", "status"),
    [
        pytest.param([], lambda screen: screen.press(b"q"), 0, id="q"),
        pytest.param(["--plain"], lambda screen: screen.press(b"\x03"), 0, id="ctrl-c"),
        pytest.param([], lambda screen: screen.process.send_signal(signal.SIGTERM), 0, id="kill"),
        pytest.param([], lambda screen: screen.hang_up(), 1, id="closed terminal"),
    ],
)
def test_a_call_ends_in_order_however_it_is_ended(
    program: Program,
    server: SoundServer,
    voices: dict[str, Path],
    arguments: list[str],
    end: Callable[[Screen], None],
    status: int,
) -> None:
    with live_call(program, *arguments) as call, playing(server, **voices):
        call.expect(TranscriptFinal)
        assert any("parec" in command for command in processes_of(program).values())
        end(call.screen)
        assert call.screen.process.wait(PATIENCE_S) == status
        ended = call.last
        assert isinstance(ended, SessionEnded)
        assert ended.reason == "stopped"
        assert said_to_the_end(call)
        wait_until(lambda: not processes_of(program), PATIENCE_S)
