from collections.abc import Callable, Iterable

import numpy as np
import pytest

from roomtone.audio.live.health import BLOCK_S, BLOCK_SAMPLES, Health, Level, level_of
from roomtone.events import CaveatNoted, CaveatWithdrawn
from roomtone.types import Speaker

pytestmark = pytest.mark.unit

Part = tuple[float, float, float]
"""Seconds, then the levels of the seller and of the customer in dBFS."""

ZEROS_DB, ROOM_DB, SPEECH_DB = -120.0, -70.0, -25.0


def level(power_db: float) -> Level:
    return Level(0.0 if power_db <= ZEROS_DB else 3.0 * 10 ** (power_db / 20), power_db)


def told(
    parts: Iterable[Part],
    *,
    muted: Callable[[float], bool] = lambda _: False,
    output_muted: bool = False,
    platform: str = "linux",
) -> list[CaveatNoted | CaveatWithdrawn]:
    health = Health(platform)
    events: list[CaveatNoted | CaveatWithdrawn] = []
    t_s = 0.0
    for length_s, seller_db, customer_db in parts:
        for _ in range(round(length_s / BLOCK_S)):
            t_s += BLOCK_S
            events += health.take(Speaker.SELLER, level(seller_db), t_s, muted=muted(t_s))
            events += health.take(Speaker.CUSTOMER, level(customer_db), t_s, muted=output_muted)
    return events


def codes(events: Iterable[CaveatNoted | CaveatWithdrawn]) -> list[tuple[str, str]]:
    return [(type(event).__name__, event.code) for event in events]


def talking(for_s: float, customer_db: float, *, pause_s: float = 0.4, phrase_s: float = 3.0) -> list[Part]:
    """Phrases of the seller with pauses between, in a quiet room."""
    phrases = round(for_s / (phrase_s + pause_s))
    return [(phrase_s, SPEECH_DB, customer_db), (pause_s, ROOM_DB, customer_db)] * phrases


def test_a_dead_microphone_is_told_once_and_taken_back_when_sound_returns() -> None:
    events = told([(60.0, ZEROS_DB, SPEECH_DB), (5.0, ROOM_DB, SPEECH_DB)])
    assert codes(events) == [("CaveatNoted", "microphone_silent"), ("CaveatWithdrawn", "microphone_silent")]
    assert [event.t_s for event in events] == pytest.approx([15.0, 60.3], abs=0.11)
    assert {event.source_id for event in events} == {"seller"}


def test_a_microphone_that_dies_again_is_told_again() -> None:
    events = told([(20.0, ZEROS_DB, SPEECH_DB), (5.0, ROOM_DB, SPEECH_DB)] * 2)
    assert len(events) == 4


def test_clicks_do_not_count_as_the_return_of_sound() -> None:
    events = told([(2.95, ZEROS_DB, SPEECH_DB), (0.05, ROOM_DB, SPEECH_DB)] * 10)
    assert codes(events) == [("CaveatNoted", "microphone_silent")]


def test_a_microphone_muted_on_purpose_is_no_alarm() -> None:
    assert told([(120.0, ZEROS_DB, SPEECH_DB)], muted=lambda _: True) == []


def test_muting_explains_an_alarm_away() -> None:
    events = told([(60.0, ZEROS_DB, SPEECH_DB)], muted=lambda t_s: t_s > 30.0)
    assert [type(event) for event in events] == [CaveatNoted, CaveatWithdrawn]
    assert events[1].t_s == pytest.approx(30.0, abs=0.11)


def test_a_quiet_room_is_no_alarm() -> None:
    assert told([(120.0, ROOM_DB, SPEECH_DB)]) == []


def test_a_few_seconds_of_zeros_are_no_alarm() -> None:
    assert told([(14.0, ZEROS_DB, SPEECH_DB), (1.0, ROOM_DB, SPEECH_DB)] * 5) == []


def test_a_customer_who_never_answers_is_told_once_and_taken_back() -> None:
    conversation = [(6.0, SPEECH_DB, ZEROS_DB), (9.0, ROOM_DB, ZEROS_DB)] * 8
    events = told([*conversation, (5.0, ROOM_DB, SPEECH_DB)])
    assert codes(events) == [("CaveatNoted", "customer_silent"), ("CaveatWithdrawn", "customer_silent")]
    assert [event.t_s for event in events] == pytest.approx([60.0, 120.3], abs=0.11)
    assert {event.source_id for event in events} == {"customer"}


def test_noise_of_the_line_is_no_customer() -> None:
    events = told([(6.0, SPEECH_DB, -75.0), (9.0, ROOM_DB, -75.0)] * 8)
    assert codes(events) == [("CaveatNoted", "customer_silent")]


@pytest.mark.parametrize("for_s", [50.0, 240.0])
def test_a_customer_who_listens_to_a_monologue_is_no_alarm(for_s: float) -> None:
    assert told([*talking(for_s, ZEROS_DB), (5.0, ROOM_DB, SPEECH_DB)]) == []


def test_a_monologue_with_time_to_think_is_no_alarm() -> None:
    assert told(talking(240.0, ZEROS_DB, pause_s=2.5, phrase_s=10.0)) == []


def test_a_seller_who_listens_too_is_no_alarm() -> None:
    assert told([(300.0, ROOM_DB, ZEROS_DB)]) == []


def test_waiting_for_the_call_to_begin_is_no_alarm() -> None:
    assert told([(120.0, ROOM_DB, ZEROS_DB), *talking(14.0, ZEROS_DB), (5.0, ROOM_DB, SPEECH_DB)]) == []


def test_a_fan_is_not_taken_for_talk() -> None:
    assert told([(6.0, -35.0, ZEROS_DB), (0.05, -41.0, ZEROS_DB)] * 30) == []


def test_a_conversation_is_no_alarm() -> None:
    assert told([(8.0, SPEECH_DB, ROOM_DB), (8.0, ROOM_DB, SPEECH_DB)] * 20) == []


def test_a_short_answer_now_and_then_is_no_alarm() -> None:
    part = [(6.0, SPEECH_DB, ZEROS_DB), (9.0, ROOM_DB, ZEROS_DB)]
    assert told([*part * 3, (0.4, ROOM_DB, -45.0)] * 5) == []


def test_a_moment_without_any_samples_is_no_return_of_sound() -> None:
    health = Health("linux")
    events: list[CaveatNoted | CaveatWithdrawn] = []
    for block in range(round(60.0 / BLOCK_S)):
        t_s = block * BLOCK_S
        if block % 400 == 399:
            health.missing(Speaker.SELLER)
        else:
            events += health.take(Speaker.SELLER, level(ZEROS_DB), t_s, muted=False)
    assert codes(events) == [("CaveatNoted", "microphone_silent")]
    for _ in range(10):
        events += health.take(Speaker.SELLER, level(ROOM_DB), 61.0, muted=False)
    assert codes(events)[1:] == [("CaveatWithdrawn", "microphone_silent")]


def test_a_side_known_to_be_missing_is_no_alarm() -> None:
    health = Health("linux")
    events: list[CaveatNoted | CaveatWithdrawn] = []
    for block in range(round(200 / BLOCK_S)):
        speaks = block % 300 < 120
        health.missing(Speaker.CUSTOMER)
        seller = level(SPEECH_DB if speaks else ROOM_DB)
        events += health.take(Speaker.SELLER, seller, block * BLOCK_S, muted=False)
    events += health.take(Speaker.CUSTOMER, level(ZEROS_DB), 201.0, muted=False)
    assert events == []


@pytest.mark.parametrize(
    ("platform", "microphone", "customer"),
    [
        ("linux", "mute switch", "output Roomtone hears"),
        ("darwin", "Privacy & Security", "BlackHole"),
        ("win32", "Privacy & security", "Volume mixer"),
        ("freebsd14", "mute switch", "output Roomtone hears"),
    ],
)
def test_what_to_do_depends_on_the_system(platform: str, microphone: str, customer: str) -> None:
    dead = told([(20.0, ZEROS_DB, SPEECH_DB)], platform=platform)
    silent = told([(6.0, SPEECH_DB, ZEROS_DB), (9.0, ROOM_DB, ZEROS_DB)] * 5, platform=platform)
    assert [microphone in event.message for event in dead if isinstance(event, CaveatNoted)] == [True]
    assert [customer in event.message for event in silent if isinstance(event, CaveatNoted)] == [True]


def test_a_muted_output_is_named() -> None:
    parts = [(6.0, SPEECH_DB, ZEROS_DB), (9.0, ROOM_DB, ZEROS_DB)] * 5
    messages = [event.message for event in told(parts, output_muted=True) if isinstance(event, CaveatNoted)]
    assert messages == [
        "Nothing was heard from the customer for a minute. If they are talking: unmute the sound output."
    ]


def test_the_level_of_a_block() -> None:
    full = level_of(np.full(BLOCK_SAMPLES, -1.0, np.float32))
    assert full.peak == 1.0
    assert full.power_db == pytest.approx(0.0, abs=1e-6)
    assert level_of(np.zeros(BLOCK_SAMPLES, np.float32)) == Level(0.0, pytest.approx(-120.0))
