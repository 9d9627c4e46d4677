"""Each guard by a line as Whisper writes it where nobody spoke, and by its near miss."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from roomtone.speech.guards import Decoded, compression_ratio, echo_begins, is_broken, loop_begins, refusal

pytestmark = pytest.mark.unit

GUARDS = {"", "empty", "repetition", "too_many_words", "no_speech", "low_probability", "phantom"}
SENTENCE = "So what would it cost us if we took it for all three sites, from January on?"
LOOP = "I'm going to go to the next one. " * 12


def decoded(
    text: str = SENTENCE,
    *,
    avg_logprob: float = -0.3,
    no_speech_prob: float = 0.05,
    speech_s: float = 4.0,
    ended: bool = True,
) -> Decoded:
    return Decoded(text, len(text.split()), avg_logprob, no_speech_prob, speech_s, ended)


def test_a_sentence_is_kept() -> None:
    assert refusal(decoded()) == ""
    assert not is_broken(decoded())


@pytest.mark.parametrize("text", ["", "   ", ".", "...", "!?", " - "])
def test_no_words_are_refused(text: str) -> None:
    assert refusal(decoded(text)) == "empty"


@pytest.mark.parametrize("text", ["a", "42", "Ja.", "はい"])
def test_a_single_word_is_kept(text: str) -> None:
    assert refusal(decoded(text)) == ""


def test_a_loop_is_refused() -> None:
    assert refusal(decoded(LOOP, speech_s=60.0)) == "repetition"
    assert is_broken(decoded(LOOP, speech_s=60.0))


def test_a_decoder_that_found_no_end_is_refused() -> None:
    assert refusal(decoded(ended=False)) == "repetition"
    assert is_broken(decoded(ended=False))


@pytest.mark.parametrize(
    "text",
    [
        "No, no, no, no. That's not what I said.",
        "Yeah, yeah, yeah, yeah, yeah, yeah.",
        "It's five five five, five five five, five five five five.",
        "I see, I see. I see what you mean, and I see where that comes from, I really do see it.",
    ],
)
def test_a_person_who_repeats_a_word_is_kept(text: str) -> None:
    assert refusal(decoded(text, speech_s=6.0)) == ""


def test_more_words_than_a_person_can_say_are_refused() -> None:
    many = decoded(SENTENCE, speech_s=0.5)
    assert refusal(many) == "too_many_words"
    assert is_broken(many)


def test_a_fast_speaker_is_kept() -> None:
    assert refusal(decoded(SENTENCE, speech_s=len(SENTENCE.split()) / 6.5)) == ""


def test_doubtful_words_where_nobody_may_have_spoken_are_refused() -> None:
    assert refusal(decoded(no_speech_prob=0.7, avg_logprob=-0.7)) == "no_speech"


@pytest.mark.parametrize(("no_speech_prob", "avg_logprob"), [(0.9, -0.5), (0.5, -0.9)])
def test_quiet_telephone_speech_is_kept(no_speech_prob: float, avg_logprob: float) -> None:
    assert refusal(decoded(no_speech_prob=no_speech_prob, avg_logprob=avg_logprob)) == ""


def test_guesses_are_refused() -> None:
    assert refusal(decoded(avg_logprob=-1.05)) == "low_probability"
    assert is_broken(decoded(avg_logprob=-1.05))
    assert refusal(decoded(avg_logprob=-0.95)) == ""
    assert not is_broken(decoded(avg_logprob=-0.95))


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for watching!",
        "Thank you for watching.",
        "Please subscribe to my channel.",
        "Don't forget to subscribe!",
        "Don’t forget to subscribe.",
        "Subtitles by the Amara.org community",
        "I'll see you in the next video.",
        " THANKS   FOR WATCHING ",
    ],
)
def test_lines_of_subtitles_are_refused_however_sure(text: str) -> None:
    assert refusal(decoded(text, avg_logprob=-0.1, no_speech_prob=0.01)) == "phantom"


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for watching the demo with us today.",
        "Should we subscribe for a year or by the month?",
        "I'll see you in the next meeting.",
    ],
)
def test_what_only_begins_like_a_subtitle_is_kept(text: str) -> None:
    assert refusal(decoded(text)) == ""


@pytest.mark.parametrize("text", ["Thank you.", "Bye-bye.", "Okay.", "you", "So"])
def test_words_that_silence_brings_forth_are_refused_only_where_nobody_may_have_spoken(text: str) -> None:
    assert refusal(decoded(text, no_speech_prob=0.1, speech_s=0.6)) == ""
    assert refusal(decoded(text, no_speech_prob=0.7, avg_logprob=-0.4, speech_s=0.6)) == "phantom"


def test_text_without_repetition_compresses_little() -> None:
    assert compression_ratio("") == 0.0
    assert compression_ratio(SENTENCE) < 1.5
    assert compression_ratio(LOOP) > 5.0


def test_a_sentence_with_a_hole_in_it_is_decoded_again() -> None:
    whole = decoded(speech_s=9.0)
    assert not is_broken(replace(whole, unheard_s=1.9))
    assert is_broken(replace(whole, unheard_s=2.1))


@pytest.mark.property
@hypothesis_settings(max_examples=60)
@given(
    text=st.text(max_size=300),
    avg_logprob=st.floats(-5, 0),
    no_speech_prob=st.floats(0, 1),
    speech_s=st.floats(0, 30),
    ended=st.booleans(),
)
def test_any_text_is_kept_or_refused_by_a_known_guard(
    text: str, avg_logprob: float, no_speech_prob: float, speech_s: float, ended: bool
) -> None:
    any_text = Decoded(text, len(text.split()), avg_logprob, no_speech_prob, speech_s, ended)
    reason = refusal(any_text)
    assert reason in GUARDS
    assert math.isfinite(compression_ratio(text))
    # What is kept has nothing about it that a second run could mend, but that it may say too little.
    assert reason or not is_broken(any_text) or any_text.words < speech_s


@pytest.mark.parametrize(
    ("said", "echo"),
    [
        ("Two weeks ago, I got a car.", "Two weeks ago, I got a car."),
        ("Is it possible to make it for two days from now?", "Is it possible to"),
        ("And die.", "And die."),
    ],
)
def test_a_sentence_begun_again_after_its_end_is_an_echo(said: str, echo: str) -> None:
    words = [*said.split(), *echo.split()]
    assert echo_begins(words) == len(said.split())


@pytest.mark.parametrize(
    "said",
    [
        "bye bye",
        "no no no",
        "8 a.m. and 10 a.m.",
        "I got it. I got the car",
        "We do what we do best and we do it well",
        "",
    ],
)
def test_words_that_recur_by_chance_are_kept(said: str) -> None:
    assert echo_begins(said.split()) == len(said.split())


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("of course I am so sorry. Of course I am so sorry. Of", 6),
        ("today because I'm calling today because I'm calling today", 4),
        ("thank you for that thank you for that", 4),
        ("no no no I mean it", 6),
        ("bye bye", 2),
        ("", 0),
    ],
)
def test_a_loop_of_words_is_cut_where_it_begins(said: str, kept: int) -> None:
    assert loop_begins(said.split()) == kept
