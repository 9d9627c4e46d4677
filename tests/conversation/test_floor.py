from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomtone.conversation.floor import Floor
from roomtone.types import Speaker

from .talk import (
    CUSTOMER,
    SELLER,
    Span,
    customer,
    floor_after,
    ordered_and_whole,
    seller,
    stable,
    two_sides,
)

pytestmark = pytest.mark.unit


def turns(floor: Floor) -> list[tuple[Speaker, float, float]]:
    return [(turn.speaker, turn.start_s, turn.end_s) for turn in floor.closed]


def test_nobody_has_the_floor_before_anybody_speaks() -> None:
    floor = Floor().advanced(60.0)
    assert (floor.holder, floor.closed, floor.monologue) == (None, (), None)


def test_the_floor_passes_from_one_to_the_other() -> None:
    call = seller(0, 4), customer(4.5, 8), seller(9, 12)
    floor = floor_after(*call)
    assert turns(floor) == [*call]
    assert [turn.floor_transfer_offset_s for turn in floor.closed] == [None, 0.5, 1.0]
    assert [turn.interrupted for turn in floor.closed] == [False, False, False]


def test_the_floor_passes_once_an_answer_is_known_to_be_longer_than_a_backchannel() -> None:
    call = seller(0, 4), customer(4.5, 8)
    assert floor_after(*call, until_s=5.8).holder is SELLER
    assert floor_after(*call, until_s=5.9).holder is CUSTOMER


@pytest.mark.parametrize(
    "burst",
    [customer(10, 10.2), customer(10, 10.99), customer(19.9, 20.6)],
    ids=["cough", "mm-hm", "at the end"],
)
def test_a_short_burst_neither_takes_the_floor_nor_ends_a_monologue(burst: Span) -> None:
    floor = floor_after(seller(0, 20), burst, seller(20.8, 30))
    assert turns(floor) == [seller(0, 30)]
    assert floor.longest_s(SELLER) == 30
    assert floor.longest_s(CUSTOMER) == 0


@pytest.mark.parametrize("length_s", [0.7, 0.95, 0.99])
@pytest.mark.parametrize("step_s", [0.05, 0.25, 100.0])
def test_a_short_burst_into_a_pause_is_not_taken_for_a_longer_one(length_s: float, step_s: float) -> None:
    floor = floor_after(seller(0, 10), customer(10.2, 10.2 + length_s), seller(11.5, 20), step_s=step_s)
    assert turns(floor) == [seller(0, 20)]


@pytest.mark.parametrize("gap_s", [0.02, 0.1, 0.3, 1.0])
@pytest.mark.parametrize("length_s", [1.0, 1.2])
def test_a_short_answer_keeps_the_floor_it_took_when_the_other_comes_back_at_once(
    gap_s: float, length_s: float
) -> None:
    end_s = round(10.5 + length_s, 2)
    call = seller(0, 10), customer(10.5, end_s), seller(round(end_s + gap_s, 2), 20)
    floor = floor_after(*call)
    assert turns(floor) == [*call]
    assert [turn.overlap_s for turn in floor.closed] == [0, 0, 0]
    assert floor.closed[2].floor_transfer_offset_s == gap_s


def test_coming_back_into_a_long_answer_is_an_interruption_by_whoever_comes_back() -> None:
    floor = floor_after(seller(0, 10), customer(10.5, 15), seller(11.6, 20))
    assert turns(floor) == [seller(0, 10), customer(10.5, 15), seller(11.6, 20)]
    assert [turn.interrupted for turn in floor.closed] == [False, False, True]
    assert [turn.overlap_s for turn in floor.closed] == [0, 0, 3.4]


def test_bursts_into_speech_far_apart_do_not_add_up() -> None:
    bursts = [customer(at_s, at_s + 0.6) for at_s in (3.0, 6.0, 9.0, 12.0)]
    assert turns(floor_after(seller(0, 20), *bursts)) == [seller(0, 20)]


def test_slow_dictation_into_silence_takes_the_floor() -> None:
    numbers = [customer(5.0 + 2 * nth, 5.8 + 2 * nth) for nth in range(8)]
    floor = floor_after(seller(0, 4), *numbers, seller(21, 24))
    assert turns(floor) == [seller(0, 4), customer(5, 19.8), seller(21, 24)]
    assert floor.longest_s(SELLER) == 4


def test_a_short_overlap_is_easy_talk() -> None:
    floor = floor_after(seller(0, 10), customer(9.7, 14))
    assert turns(floor) == [seller(0, 10), customer(9.7, 14)]
    answer = floor.closed[1]
    assert (answer.floor_transfer_offset_s, answer.overlap_s, answer.interrupted) == (-0.3, 0.3, False)


def test_only_the_turn_that_interrupts_is_marked() -> None:
    floor = floor_after(customer(0, 10), seller(9, 14), customer(14.5, 18), seller(19, 22))
    assert [turn.interrupted for turn in floor.closed] == [False, True, False, False]
    assert [turn.overlap_s for turn in floor.closed] == [0, 1, 0, 0]


def test_an_interruption_that_fails_is_no_turn_and_marks_none() -> None:
    floor = floor_after(customer(0, 10), seller(4, 7), seller(11, 14))
    assert turns(floor) == [customer(0, 10), seller(11, 14)]
    assert [turn.interrupted for turn in floor.closed] == [False, False]


def test_both_begin_at_once_and_the_later_one_gets_the_floor_next() -> None:
    floor = floor_after(seller(0, 5), customer(0.2, 6))
    assert turns(floor) == [seller(0, 5), customer(0.2, 6)]
    assert [turn.interrupted for turn in floor.closed] == [False, True]
    assert turns(floor_after(seller(0, 5), customer(0, 6))) == [seller(0, 5), customer(0, 6)]


def test_silence_of_both_closes_a_turn_after_two_seconds() -> None:
    assert floor_after(seller(0, 4), until_s=5.99).closed == ()
    floor = floor_after(seller(0, 4), until_s=6.0)
    assert (turns(floor), floor.holder) == ([seller(0, 4)], None)


def test_a_pause_below_two_seconds_does_not_close_a_turn() -> None:
    assert turns(floor_after(seller(0, 4), seller(5.8, 9))) == [seller(0, 9)]


def test_a_side_that_goes_on_after_silence_has_a_new_turn_without_an_offset() -> None:
    floor = floor_after(seller(0, 4), seller(7, 9))
    assert turns(floor) == [seller(0, 4), seller(7, 9)]
    assert [turn.floor_transfer_offset_s for turn in floor.closed] == [None, None]


def test_a_short_answer_followed_by_silence_is_a_turn() -> None:
    floor = floor_after(seller(0, 4), customer(4.6, 5.0))
    assert turns(floor) == [seller(0, 4), customer(4.6, 5.0)]
    assert floor.closed[1].floor_transfer_offset_s == 0.6


def test_a_short_answer_inside_silence_counts_from_the_answer() -> None:
    assert floor_after(seller(0, 4), customer(5.5, 5.9), until_s=7.8).closed == ()
    assert turns(floor_after(seller(0, 4), customer(5.5, 5.9), until_s=7.9)) == [
        seller(0, 4),
        customer(5.5, 5.9),
    ]


def test_a_turn_still_spoken_is_not_closed() -> None:
    floor = floor_after(seller(0, 4), customer(5, 500), until_s=400)
    assert (turns(floor), floor.holder, floor.speaking) == ([seller(0, 4)], CUSTOMER, True)


def test_announcing_hands_out_the_oldest_turn() -> None:
    floor = floor_after(seller(0, 4), customer(5, 8))
    assert turns(floor.announced()) == [customer(5, 8)]
    assert floor.announced().announced().announced().closed == ()


@pytest.mark.parametrize(("pause_s", "longest_s"), [(1.0, 21.0), (4.9, 24.9), (5.0, 10.0), (9.0, 10.0)])
def test_only_a_long_silence_breaks_a_monologue(pause_s: float, longest_s: float) -> None:
    floor = floor_after(seller(0, 10), seller(10 + pause_s, 20 + pause_s))
    assert floor.longest_s(SELLER) == pytest.approx(longest_s)


def test_mm_hms_do_not_bridge_a_silence_that_breaks_a_monologue() -> None:
    floor = floor_after(seller(0, 10), customer(11.5, 11.9), customer(13.6, 14.0), seller(15.8, 20))
    assert turns(floor) == [seller(0, 20)]
    assert floor.longest_s(SELLER) == 10


def test_the_monologue_of_each_side_is_kept() -> None:
    floor = floor_after(seller(0, 30), customer(31, 75), seller(76, 80))
    assert (floor.longest_s(SELLER), floor.longest_s(CUSTOMER)) == (30, 44)


def test_a_running_monologue_lasts_until_somebody_takes_the_floor_or_it_breaks() -> None:
    call = seller(0, 30), customer(33, 40)
    assert floor_after(*call, until_s=20).monologue_s(SELLER, 20) == 20
    assert floor_after(*call, until_s=20).monologue_s(CUSTOMER, 20) == 0
    assert floor_after(*call, until_s=31.9).monologue_s(SELLER, 31.9) == 30
    assert floor_after(*call, until_s=35).monologue_s(SELLER, 35) == 0
    assert floor_after(*call, until_s=35).monologue_s(CUSTOMER, 35) == 2
    assert floor_after(seller(0, 30), until_s=34.9).monologue_s(SELLER, 34.9) == 30
    assert floor_after(seller(0, 30), until_s=35).monologue_s(SELLER, 35) == 0


@pytest.mark.property
@stable
@given(spans=two_sides(), step_s=st.sampled_from([0.01, 0.07, 0.25, 1.3]), until_s=st.floats(0, 80))
def test_advancing_in_small_steps_gives_the_same_floor(
    spans: list[Span], step_s: float, until_s: float
) -> None:
    assert floor_after(*spans, until_s=until_s, step_s=step_s) == floor_after(*spans, until_s=until_s)


@pytest.mark.property
@stable
@given(spans=two_sides())
def test_turns_are_ordered_and_bounded_by_speech_of_their_side(spans: list[Span]) -> None:
    closed = turns(floor_after(*spans))
    assert ordered_and_whole((start_s, end_s) for _, start_s, end_s in closed)
    for speaker, start_s, end_s in closed:
        assert (speaker, start_s) in {(side, begin_s) for side, begin_s, _ in spans}
        assert (speaker, end_s) in {(side, stop_s) for side, _, stop_s in spans}
    for side in (SELLER, CUSTOMER):
        own = [bounds for speaker, *bounds in closed if speaker is side]
        assert all(before[1] < after[0] for before, after in pairwise(own))


@pytest.mark.property
@stable
@given(spans=two_sides())
def test_speech_longer_than_a_backchannel_that_nobody_talks_over_is_in_a_turn(spans: list[Span]) -> None:
    closed = turns(floor_after(*spans))
    for span in spans:
        side, start_s, end_s = span
        talked_over = any(
            other is not side and begin_s < end_s and start_s < stop_s for other, begin_s, stop_s in spans
        )
        if end_s - start_s >= 1.0 and not talked_over:
            assert any(
                speaker is side and begin_s <= start_s and end_s <= stop_s
                for speaker, begin_s, stop_s in closed
            )


@pytest.mark.property
@stable
@given(spans=two_sides())
def test_a_turn_is_marked_as_interrupting_only_when_it_began_in_the_turn_before(spans: list[Span]) -> None:
    closed = floor_after(*spans).closed
    for before, turn in zip((None, *closed), closed, strict=False):
        if turn.interrupted or turn.overlap_s:
            assert before is not None
            assert before.speaker is not turn.speaker
            assert turn.start_s < before.end_s
            assert turn.overlap_s <= round(before.end_s - turn.start_s, 4)


@pytest.mark.property
@stable
@given(spans=two_sides())
def test_the_longest_monologue_lies_between_the_longest_speech_in_a_turn_and_the_whole_call(
    spans: list[Span],
) -> None:
    floor = floor_after(*spans)
    for side in (SELLER, CUSTOMER):
        own = [bounds for speaker, *bounds in spans if speaker is side]
        in_turns = [
            end_s - start_s
            for start_s, end_s in own
            if any(speaker is side and b <= start_s and end_s <= e for speaker, b, e in turns(floor))
        ]
        least_s = max(in_turns, default=0.0)
        most_s = own[-1][1] - own[0][0] if own else 0.0
        assert least_s - 1e-9 <= floor.longest_s(side) <= most_s + 1e-9
