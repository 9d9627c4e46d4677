import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.echoes import call, clean, hiss, level_db, through_room
from roomtone.types import SAMPLE_RATE_HZ, Echo, Samples
from speech.hearing import listen

pytestmark = pytest.mark.unit

ROOM_HISS_DB = -70.0


def spoken_s(samples: Samples) -> float:
    return listen(samples).spoken_s


def test_without_an_echo_the_samples_are_the_same_ones() -> None:
    seller, customer = call(239.0)
    cleaned, judged = clean(seller, customer)
    assert np.array_equal(cleaned, seller)
    assert [answer.echo for answer in judged] == [Echo.NONE]


@pytest.mark.parametrize(("gain_db", "delay_s"), [(-3.0, 0.08), (-10.0, -0.04), (-10.0, 0.3), (-20.0, 0.08)])
def test_the_customer_is_not_heard_as_the_seller(gain_db: float, delay_s: float) -> None:
    seller, customer = call(60.0)
    near = seller + hiss(len(seller))
    back = through_room(customer, delay_s=delay_s, gain_db=gain_db)
    cleaned, judged = clean(near + back, customer)
    assert spoken_s(near + back) > spoken_s(near) + 8.0
    assert spoken_s(cleaned) == pytest.approx(spoken_s(near), abs=3.0)
    assert [answer.echo for answer in judged] == [Echo.REMOVED]
    assert judged[0].delay_s == pytest.approx(delay_s, abs=0.003)
    assert judged[0].level_db == pytest.approx(gain_db, abs=8.0)


def test_the_seller_is_heard_while_the_customer_speaks() -> None:
    _, customer = call(40.0)
    words, _ = call(40.0, start_s=100.0)
    near = words + hiss(len(words))
    cleaned, _ = clean(near + through_room(customer, delay_s=0.08, gain_db=-10.0), customer)
    assert spoken_s(cleaned) > 0.9 * spoken_s(near)


def test_while_the_far_end_is_silent_the_samples_are_the_same_ones() -> None:
    seller, customer = call(30.0)
    customer = customer.copy()
    customer[20 * SAMPLE_RATE_HZ :] = 0.0
    near = seller + through_room(customer, delay_s=0.08, gain_db=-10.0)
    cleaned, judged = clean(near, customer)
    assert judged[0].echo is Echo.REMOVED
    after = 21 * SAMPLE_RATE_HZ
    assert np.array_equal(cleaned[after:], near[after:])
    assert not np.array_equal(cleaned[:after], near[:after])


def test_a_microphone_muted_for_a_while_does_not_change_what_is_known_of_the_room() -> None:
    seller, customer = call(60.0)
    near = seller + hiss(len(seller)) + through_room(customer, delay_s=0.08, gain_db=-6.0)
    muted = near.copy()
    muted[20 * SAMPLE_RATE_HZ : 40 * SAMPLE_RATE_HZ] = 0.0
    after = 41 * SAMPLE_RATE_HZ
    cleaned, judged = clean(muted, customer)
    assert [answer.echo for answer in judged] == [Echo.REMOVED]
    assert spoken_s(cleaned[after:]) == pytest.approx(spoken_s((seller + hiss(len(seller)))[after:]), abs=1.0)
    assert not cleaned[21 * SAMPLE_RATE_HZ : 40 * SAMPLE_RATE_HZ].any()


def test_headphones_put_on_give_back_the_very_samples() -> None:
    seller, customer = call(120.0)
    back = through_room(customer, delay_s=0.08, gain_db=-10.0)
    back[20 * SAMPLE_RATE_HZ :] = 0.0
    cleaned, judged = clean(seller + back, customer)
    assert [answer.echo for answer in judged] == [Echo.REMOVED, Echo.NONE]
    assert judged[1].delay_s is None
    after = round((judged[1].at_s + 0.1) * SAMPLE_RATE_HZ)
    assert np.array_equal(cleaned[after:], (seller + back)[after:])


def test_a_delay_that_jumps_is_followed() -> None:
    seller, customer = call(60.0)
    back = through_room(customer, delay_s=0.08, gain_db=-10.0)
    half = 20 * SAMPLE_RATE_HZ
    back[half:] = through_room(customer, delay_s=0.14, gain_db=-10.0)[half:]
    cleaned, judged = clean(seller + hiss(len(seller)) + back, customer)
    assert [answer.echo for answer in judged] == [Echo.REMOVED]
    near = seller + hiss(len(seller))
    assert spoken_s(near + back) > spoken_s(near) + 15.0
    assert spoken_s(cleaned) < spoken_s(near) + 4.0


def test_an_echo_too_late_to_be_found_is_not_passed_over_in_silence() -> None:
    seller, customer = call(60.0)
    near = seller + hiss(len(seller)) + through_room(customer, delay_s=0.7, gain_db=-10.0)
    cleaned, judged = clean(near, customer)
    assert judged[-1].echo is Echo.UNTRUSTED
    assert judged[-1].delay_s is None
    assert np.array_equal(cleaned, near)


def test_where_only_the_customer_speaks_hardly_anything_is_left() -> None:
    _, customer = call(40.0)
    near = hiss(len(customer), ROOM_HISS_DB) + through_room(customer, delay_s=0.08, gain_db=-6.0)
    cleaned, _ = clean(near, customer)
    after = slice(10 * SAMPLE_RATE_HZ, len(near))
    assert level_db(cleaned[after]) < level_db(near[after]) - 25.0


@pytest.mark.parametrize("samples", [0, 1, 511, 512, 513, 3000])
def test_as_much_comes_out_as_went_in(samples: int) -> None:
    near, far = call(1.0)
    cleaned, _ = clean(near[:samples], far[:samples])
    assert np.array_equal(cleaned, near[:samples])


@pytest.mark.property
@settings(max_examples=8)
@given(sizes=st.lists(st.integers(150, 9000), min_size=1, max_size=4))
def test_how_the_audio_is_cut_changes_nothing(sizes: list[int]) -> None:
    seller, customer = call(8.0)
    near = seller + hiss(len(seller)) + through_room(customer, delay_s=0.08, gain_db=-6.0)
    expected, expected_judged = clean(near, customer)
    cleaned, judged = clean(near, customer, sizes)
    assert np.array_equal(cleaned, expected)
    assert judged == expected_judged
    assert judged
