"""One side's ear on the bundled call and on sounds that are no speech, with the real detector."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from roomtone import weights
from roomtone.config.settings import VadSettings
from roomtone.events import SpeechEnded, SpeechStarted
from roomtone.speech.ear import POST_ROLL_S, PRE_ROLL_S, SETTLED_S, Ear
from roomtone.speech.silero import SileroDetector
from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Samples, Speaker, seconds

from .hearing import (
    SIDES,
    Hearing,
    ScriptedDetector,
    at_gain,
    at_level,
    chords,
    click,
    listen,
    mains_hum,
    melody,
    real_call,
    real_speech,
    reference_s,
    silence,
    typing,
    white_noise,
)

pytestmark = pytest.mark.replay

GAINS_DB = (0, 10, -10)
TALK_S = (6.5, 19.0)
"""Two sentences of the customer with a pause between them, and some words after."""
FRAME_S = 512 / SAMPLE_RATE_HZ


@pytest.fixture(scope="module")
def heard_call() -> dict[tuple[Speaker, int], Hearing]:
    """Each side of the bundled call as heard at each gain."""
    return {
        (side, gain_db): listen(at_gain(samples, gain_db))
        for side, samples in real_call().items()
        for gain_db in GAINS_DB
    }


def share(seller_s: float, customer_s: float) -> float:
    return seller_s / (seller_s + customer_s)


def assert_in_order(hearing: Hearing, heard_s: float) -> None:
    """Events alternate and follow one another; the utterances cover them and share no audio."""
    open_start_s: float | None = None
    end_s = at_s = 0.0
    for event in hearing.events:
        assert at_s <= event.t_s <= heard_s
        at_s = event.t_s
        if isinstance(event, SpeechStarted):
            assert open_start_s is None
            assert end_s <= event.start_s <= event.t_s
            open_start_s = event.start_s
        else:
            assert event.start_s == open_start_s
            assert event.start_s < event.end_s <= event.t_s
            end_s, open_start_s = event.end_s, None
    assert open_start_s is None
    for before, after in pairwise(hearing.utterances):
        assert before.audio_start_s + len(before.samples) / SAMPLE_RATE_HZ <= after.audio_start_s + 1e-3
    for one in hearing.utterances:
        assert one.audio_start_s <= one.start_s < one.end_s
        assert one.end_s <= one.audio_start_s + len(one.samples) / SAMPLE_RATE_HZ + 1e-3
    spans_s = [(one.start_s, one.end_s) for one in hearing.utterances]
    for start_s, stop_s in hearing.stretches_s:
        covered_s = sum(max(0.0, min(stop_s, b) - max(start_s, a)) for a, b in spans_s)
        assert covered_s == pytest.approx(stop_s - start_s, abs=1e-3)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("gain_db", GAINS_DB)
def test_speech_of_each_side_of_the_real_call_is_heard(
    side: Speaker, gain_db: int, heard_call: dict[tuple[Speaker, int], Hearing]
) -> None:
    hearing = heard_call[side, gain_db]
    assert hearing.spoken_s == pytest.approx(reference_s()[side], rel=0.05)
    assert_in_order(hearing, heard_s=len(real_call()[side]) / SAMPLE_RATE_HZ + FRAME_S)


@pytest.mark.parametrize("customer_gain_db", GAINS_DB)
@pytest.mark.parametrize("seller_gain_db", GAINS_DB)
def test_talk_share_of_the_real_call_does_not_depend_on_gain(
    seller_gain_db: int, customer_gain_db: int, heard_call: dict[tuple[Speaker, int], Hearing]
) -> None:
    heard = share(
        heard_call[Speaker.SELLER, seller_gain_db].spoken_s,
        heard_call[Speaker.CUSTOMER, customer_gain_db].spoken_s,
    )
    plain = share(heard_call[Speaker.SELLER, 0].spoken_s, heard_call[Speaker.CUSTOMER, 0].spoken_s)
    assert heard == pytest.approx(plain, abs=0.01)
    assert heard == pytest.approx(share(*(reference_s()[side] for side in SIDES)), abs=0.02)


def test_utterances_of_the_real_call_hold_their_audio(
    heard_call: dict[tuple[Speaker, int], Hearing],
) -> None:
    call = real_call()[Speaker.CUSTOMER]
    utterances = heard_call[Speaker.CUSTOMER, 0].utterances
    assert [one.utterance_id for one in utterances] == [f"customer-{n + 1}" for n in range(len(utterances))]
    for one in utterances:
        start = round(one.audio_start_s * SAMPLE_RATE_HZ)
        assert one.samples.tolist() == call[start : start + len(one.samples)].tolist()
        assert one.start_s - PRE_ROLL_S - 1e-3 <= one.audio_start_s <= one.start_s
        assert one.end_s <= seconds(start + len(one.samples)) <= one.end_s + POST_ROLL_S + 1e-3
        assert one.end_s <= one.closed_at_s
        assert not one.still_open


@pytest.mark.property
@hypothesis_settings(max_examples=6)
@given(chunk_samples=st.lists(st.sampled_from([1, 160, 511, 1600, 4097, 48_000]), min_size=1, max_size=9))
def test_what_is_heard_does_not_depend_on_the_chunks(chunk_samples: list[int]) -> None:
    # A single sample at a time to the end would only cost time.
    audio = real_speech(*TALK_S)
    whole = listen(audio, chunk_samples=[len(audio)])
    parts = listen(audio, chunk_samples=[*chunk_samples, 1600])
    assert len(whole.stretches_s) > 2
    assert parts.events == whole.events
    assert [(one.utterance_id, one.start_s, one.end_s, one.audio_start_s) for one in parts.utterances] == [
        (one.utterance_id, one.start_s, one.end_s, one.audio_start_s) for one in whole.utterances
    ]
    for part, one in zip(parts.utterances, whole.utterances, strict=True):
        np.testing.assert_array_equal(part.samples, one.samples)


def test_a_minute_at_once_is_heard_as_in_small_chunks() -> None:
    audio = real_call()[Speaker.SELLER][: 60 * SAMPLE_RATE_HZ]
    assert listen(audio, chunk_samples=[len(audio)]).events == listen(audio).events


NO_SPEECH = {
    "hiss at -60 dBFS": lambda: white_noise(60, -60),
    "hiss at -40 dBFS": lambda: white_noise(60, -40),
    "hiss at -20 dBFS": lambda: white_noise(60, -20),
    "hum at -50 dBFS": lambda: mains_hum(60, -50),
    "hum at -12 dBFS": lambda: mains_hum(60, -12),
    "typing, soft": lambda: typing(60, 0.05),
    "typing, hard": lambda: typing(60, 0.9),
    "chords at -40 dBFS": lambda: chords(60, -40),
    "chords at -15 dBFS": lambda: chords(60, -15),
}


@pytest.mark.parametrize("sound", NO_SPEECH)
def test_a_minute_of_a_sound_that_is_no_speech_is_none(sound: str) -> None:
    assert listen(NO_SPEECH[sound]()).events == []


def test_a_melody_like_a_voice_is_taken_for_speech_for_two_seconds_a_minute_at_most() -> None:
    assert listen(melody(60, -25)).spoken_s <= 2.0


@pytest.mark.parametrize("sound", ["hiss", "hum", "typing"])
def test_a_sound_behind_the_voice_does_not_fill_its_pauses(sound: str) -> None:
    speech = real_speech(*TALK_S)
    pause = silence(10)
    audio = np.concatenate([speech, pause, speech, pause])
    seconds_long = len(audio) / SAMPLE_RATE_HZ
    background = {
        "hiss": lambda: white_noise(seconds_long, -50),
        "hum": lambda: mains_hum(seconds_long, -45),
        "typing": lambda: typing(seconds_long, 0.1),
    }[sound]()[: len(audio)]
    clean, noisy = listen(audio), listen(audio + background)
    assert noisy.spoken_s == pytest.approx(clean.spoken_s, rel=0.1)


def test_speech_after_digital_silence_is_heard_from_its_beginning() -> None:
    hearing = listen(np.concatenate([silence(20), real_speech(*TALK_S)]))
    alone = listen(real_speech(*TALK_S))
    assert hearing.stretches_s[0][0] == pytest.approx(20 + alone.stretches_s[0][0], abs=0.15)
    assert hearing.spoken_s == pytest.approx(alone.spoken_s, rel=0.05)


@pytest.mark.parametrize("peak", [0.1, 0.9])
def test_a_click_is_no_speech_and_does_not_disturb_what_follows(peak: float) -> None:
    speech = real_speech(*TALK_S)
    audio = np.concatenate([silence(2), speech, silence(4), speech])
    clicked = audio.copy()
    burst = click(peak, np.random.default_rng(7))
    for at_s in (1.0, 2 + TALK_S[1] - TALK_S[0] + 2.0):
        start = round(at_s * SAMPLE_RATE_HZ)
        clicked[start : start + len(burst)] += burst
    plain, disturbed = listen(audio), listen(clicked)
    assert len(disturbed.stretches_s) == len(plain.stretches_s)
    assert disturbed.spoken_s == pytest.approx(plain.spoken_s, rel=0.05)


def test_speech_at_minus_fifty_is_heard_almost_whole() -> None:
    call = real_call()[Speaker.CUSTOMER][: 60 * SAMPLE_RATE_HZ]
    loud = np.concatenate([one.samples for one in listen(call).utterances])
    gain_db = -50.0 - 10 * np.log10(float(np.mean(np.square(loud))))
    assert listen(at_gain(call, gain_db)).spoken_s == pytest.approx(listen(call).spoken_s, rel=0.05)


def test_silence_and_no_audio_are_heard_as_nothing() -> None:
    assert listen(silence(30)) == Hearing([], [])
    assert listen(silence(0)) == Hearing([], [])


def scripted_ear(probabilities: list[float]) -> Ear:
    detector = ScriptedDetector(probabilities)
    return Ear("customer", Speaker.CUSTOMER, detector=detector, settings=VadSettings())


def tone(duration_s: float) -> Samples:
    return at_level(
        np.sin(2 * np.pi * 200 * np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ), -20
    )


def test_an_open_utterance_grows_until_it_is_closed_under_the_same_name() -> None:
    frames = round(2 / FRAME_S)
    ear = scripted_ear([0.0] * 30 + [0.95] * frames + [0.0])
    audio = np.concatenate([silence(30 * FRAME_S), tone(frames * FRAME_S), silence(2)])
    seen = []
    utterances = []
    for start in range(0, len(audio), 1600):
        heard = ear.push(AudioChunk("customer", start, audio[start : start + 1600], 0.0))
        utterances += heard.utterances
        open_utterance = ear.open_utterance()
        if open_utterance is not None:
            seen.append(open_utterance)
            assert open_utterance.end_s == heard.until_s
    (closed,) = utterances
    assert ear.open_utterance() is None
    assert {one.utterance_id for one in seen} == {closed.utterance_id} == {"customer-1"}
    assert all(one.still_open for one in seen)
    assert all(len(before.samples) < len(after.samples) for before, after in pairwise(seen))
    assert {one.audio_start_s for one in seen} == {closed.audio_start_s}
    assert closed.samples.tolist() == seen[-1].samples[: len(closed.samples)].tolist()


def test_an_utterance_that_pauses_is_already_what_it_will_be() -> None:
    ear = Ear(
        "customer", Speaker.CUSTOMER, detector=SileroDetector(weights.silero_path()), settings=VadSettings()
    )
    audio = real_speech(0.0, 40.0)
    last, closed = None, []
    for start in range(0, len(audio), 800):
        heard = ear.push(AudioChunk("customer", start, audio[start : start + 800], 0.0))
        for one in heard.utterances:
            if one.closed_at_s - one.end_s < VadSettings().pause_s:
                continue  # it was long, and cut at a shorter pause
            assert last is not None
            assert (one.utterance_id, one.end_s) == (last.utterance_id, last.end_s)
            assert one.audio_start_s == last.audio_start_s
            assert one.samples.tolist() == last.samples.tolist()
            closed.append(one)
        paused = ear.paused_utterance()
        if paused is not None:
            assert paused.still_open
            assert paused.may_end
            assert paused.closed_at_s - paused.end_s >= POST_ROLL_S
            last = paused
    assert len(closed) >= 2


def test_speech_cut_without_a_pause_is_neither_shared_nor_lost() -> None:
    audio = tone(30.0)
    hearing = listen(audio, detector=ScriptedDetector([0.95]))
    first, second = hearing.utterances
    assert first.end_s == second.start_s == second.audio_start_s
    assert np.concatenate([first.samples, second.samples])[: len(audio)].tolist() == audio.tolist()


def test_flush_hears_the_rest_of_a_frame_and_closes_what_is_open() -> None:
    ear = scripted_ear([0.95])
    audio = tone(1.0)[:-100]
    heard = ear.push(AudioChunk("customer", 0, audio, 0.0))
    assert [type(event) for event in heard.events] == [SpeechStarted]
    assert heard.until_s == seconds(len(audio) // 512 * 512)
    heard = ear.flush()
    assert [type(event) for event in heard.events] == [SpeechEnded]
    (utterance,) = heard.utterances
    assert utterance.samples[: len(audio)].tolist() == audio.tolist()
    assert not utterance.samples[len(audio) :].any()
    assert len(audio) / SAMPLE_RATE_HZ <= heard.until_s < len(audio) / SAMPLE_RATE_HZ + FRAME_S


scripts = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from([0.0, 0.2, 0.6, 0.95]), st.sampled_from([0.0, 0.003, 0.1])),
    min_size=1,
    max_size=20,
)


@pytest.mark.property
@hypothesis_settings(max_examples=40)
@given(script=scripts, chunk_samples=st.sampled_from([300, 1600, 20_000]))
def test_events_and_utterances_are_in_order_whatever_is_heard(
    script: list[tuple[int, float, float]], chunk_samples: int
) -> None:
    generator = np.random.default_rng(2)
    probabilities = [probability for frames, probability, _ in script for _ in range(frames)]
    levels = np.repeat([level for _, _, level in script], [frames * 512 for frames, _, _ in script])
    audio = (levels * generator.standard_normal(len(levels))).astype(np.float32)
    hearing = listen(audio, chunk_samples=[chunk_samples], detector=ScriptedDetector(probabilities))
    assert_in_order(hearing, heard_s=len(audio) / SAMPLE_RATE_HZ + FRAME_S)


class CountingDetector(SileroDetector):
    """The real detector, which counts what it is asked."""

    asked_s = 0.0

    def probabilities(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        self.asked_s += frames.size / SAMPLE_RATE_HZ
        return super().probabilities(frames)


@pytest.mark.parametrize("chunk_samples", [800, 16_000])
def test_after_a_long_digital_silence_speech_is_heard_as_after_a_short_one(chunk_samples: int) -> None:
    speech = real_speech(*TALK_S)
    length_s = len(speech) / SAMPLE_RATE_HZ
    hearings = []
    for silence_s in (4.096, 409.6):
        detector = CountingDetector(weights.silero_path())
        talk = np.concatenate((speech, silence(silence_s), speech))
        hearings.append(listen(talk, chunk_samples=(chunk_samples,), detector=detector))
        assert detector.asked_s <= 2 * length_s + SETTLED_S + 4 * FRAME_S
    short, long = (
        [round(e.end_s - e.start_s, 3) for e in h.events if isinstance(e, SpeechEnded)] for h in hearings
    )
    assert short == long
    assert len(short) >= 4


def test_digital_silence_between_the_sentences_of_a_call_changes_hardly_anything() -> None:
    """A call program that sends nothing while nobody speaks, against the line noise of a telephone."""
    call = real_call()[Speaker.CUSTOMER]
    gated = np.zeros_like(call)
    for start_s, end_s in listen(call).stretches_s:
        begin, end = round((start_s - 0.3) * SAMPLE_RATE_HZ), round((end_s + 0.3) * SAMPLE_RATE_HZ)
        gated[max(0, begin) : end] = call[max(0, begin) : end]
    detector = CountingDetector(weights.silero_path())
    heard = listen(gated, detector=detector)
    assert detector.asked_s < 0.8 * len(call) / SAMPLE_RATE_HZ
    assert heard.spoken_s == pytest.approx(listen(call).spoken_s, rel=0.02)
