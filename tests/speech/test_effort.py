"""What is given up, when, and that it does not go back and forth."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomtone.speech.effort import (
    BEGINS_S,
    CALM_S,
    CAUGHT_UP_AFTER_S,
    FIRST_HOLD_S,
    LONGEST_HOLD_S,
    Pressure,
    Step,
)
from roomtone.types import Effort

pytestmark = pytest.mark.property

LOOK_S = 0.5
HOUR_S = 3600.0
latenesses_s = st.floats(0.0, 60.0)


def course(
    behind_s: Callable[[float, Step], float], duration_s: float, *, begin: Pressure | None = None
) -> list[tuple[float, Pressure]]:
    """Follow a lateness that may depend on the time and on what is given up."""
    pressure, found, now_s = begin or Pressure(), [], 0.0
    while now_s < duration_s:
        pressure = pressure.after(behind_s(now_s, pressure.step), now_s)
        found.append((now_s, pressure))
        now_s += LOOK_S
    return found


def steps(found: Sequence[tuple[float, Pressure]]) -> list[Step]:
    """The steps in the order they were taken, each once in a row."""
    every = [pressure.step for _, pressure in found]
    return [every[0], *(now for before, now in pairwise(every) if now is not before)]


class SlowMachine:
    """Speech comes at ``load`` of the machine's speed with full effort; giving up makes it cheaper."""

    COSTS: ClassVar = {Step.NOTHING: 1.0, Step.PARTIALS: 1.0, Step.BEAM: 0.8, Step.MODEL: 0.45}

    def __init__(self, load: float) -> None:
        self._load = load
        self._behind_s = 0.0

    def __call__(self, now_s: float, step: Step) -> float:
        self._behind_s = max(0.0, self._behind_s + LOOK_S * (1.0 - 1.0 / (self._load * self.COSTS[step])))
        return self._behind_s


@pytest.mark.parametrize(
    ("step", "effort", "partials", "given_up"),
    [
        (Step.NOTHING, Effort.FULL, True, ""),
        (Step.PARTIALS, Effort.FULL, False, "partial words"),
        (Step.BEAM, Effort.GREEDY, False, "partial words, second guesses"),
        (Step.MODEL, Effort.SMALL, False, "partial words, second guesses, the larger speech model"),
    ],
)
def test_a_step_says_what_it_gives_up(step: Step, effort: Effort, partials: bool, given_up: str) -> None:
    assert (step.effort, step.partials, step.given_up) == (effort, partials, given_up)


def test_more_is_given_up_the_later_words_come() -> None:
    found = course(lambda now_s, _: now_s / 4, 60.0)
    assert steps(found) == list(Step)
    for step in Step:
        first_s = next(now_s for now_s, pressure in found if pressure.step is step)
        assert first_s / 4 == BEGINS_S[step]


def test_a_sudden_lag_skips_steps_but_never_beyond_the_furthest() -> None:
    assert Pressure().after(30.0, 0.0).step is Step.MODEL
    assert Pressure().after(30.0, 0.0, furthest=Step.BEAM).step is Step.BEAM


def test_steps_are_taken_back_one_by_one_after_calm() -> None:
    found = course(lambda *_: 0.0, 60.0, begin=Pressure(Step.MODEL))
    assert steps(found) == list(reversed(Step))
    eased_s = [now_s for (_, before), (now_s, now) in pairwise(found) if now.step < before.step]
    assert eased_s == [FIRST_HOLD_S, 2 * FIRST_HOLD_S, 3 * FIRST_HOLD_S]


def test_one_late_word_begins_the_calm_anew() -> None:
    found = course(lambda now_s, _: 1.5 if now_s == 10.0 else 0.0, 60.0, begin=Pressure(Step.PARTIALS))
    assert next(now_s for now_s, pressure in found if pressure.step is Step.NOTHING) == 10.5 + FIRST_HOLD_S


def test_a_lag_is_over_after_a_short_calm_although_steps_are_kept() -> None:
    found = course(lambda now_s, _: 5.0 if now_s < 2.0 else 0.0, 60.0)
    lagging_s = [now_s for now_s, pressure in found if pressure.lags]
    assert lagging_s[0] == 0.0
    assert lagging_s[-1] == 2.0 + CAUGHT_UP_AFTER_S - LOOK_S
    assert len(lagging_s) * LOOK_S == 2.0 + CAUGHT_UP_AFTER_S


def test_a_word_a_little_late_is_no_new_lag() -> None:
    after_a_lag = Pressure(Step.MODEL, lags=False, calm_since_s=0.0)
    assert not after_a_lag.after(BEGINS_S[Step.PARTIALS] - 0.1, 1.0).lags
    assert after_a_lag.after(BEGINS_S[Step.PARTIALS], 1.0).lags


def test_relapses_make_the_calm_needed_longer_and_a_long_peace_forgives_them() -> None:
    pressure, now_s, holds_s = Pressure(), 0.0, []
    for _ in range(8):
        pressure = pressure.after(BEGINS_S[Step.PARTIALS], now_s)
        holds_s.append(pressure.hold_s)
        while pressure.step is not Step.NOTHING:
            now_s += LOOK_S
            pressure = pressure.after(0.0, now_s)
    assert holds_s == [
        15.0,
        30.0,
        60.0,
        120.0,
        LONGEST_HOLD_S,
        LONGEST_HOLD_S,
        LONGEST_HOLD_S,
        LONGEST_HOLD_S,
    ]
    assert pressure.after(BEGINS_S[Step.PARTIALS], now_s + HOUR_S).hold_s == FIRST_HOLD_S


@given(latenesses_s, st.sampled_from(Step))
def test_steady_lateness_settles(behind_s: float, begin: Step) -> None:
    taken = steps(course(lambda *_: behind_s, 300.0, begin=Pressure(begin)))
    assert taken == sorted(taken) or taken == sorted(taken, reverse=True)
    if behind_s <= CALM_S:
        assert taken[-1] is Step.NOTHING
    else:
        assert taken[-1] is max(begin, max(step for step in Step if behind_s >= BEGINS_S[step]))


@given(st.lists(latenesses_s, min_size=1, max_size=200))
def test_steps_are_taken_at_once_and_taken_back_singly_when_calm(latenesses_s: list[float]) -> None:
    pressure = Pressure()
    for number, behind_s in enumerate(latenesses_s):
        before, pressure = pressure, pressure.after(behind_s, number * LOOK_S)
        assert all(behind_s < BEGINS_S[step] for step in Step if step > pressure.step)
        if pressure.step < before.step:
            assert pressure.step == before.step - 1
            assert behind_s <= CALM_S


@given(st.lists(latenesses_s, min_size=1, max_size=100), st.floats(0.0, 10.0))
def test_who_is_later_never_gives_up_less_at_once(latenesses_s: list[float], more_s: float) -> None:
    for behind_s in latenesses_s:
        assert Pressure().after(behind_s, 0.0).step <= Pressure().after(behind_s + more_s, 0.0).step


@settings(max_examples=20)
@given(st.floats(0.1, 2.0))
def test_a_steady_load_the_machine_can_bear_neither_grows_nor_goes_back_and_forth(load: float) -> None:
    machine = SlowMachine(load)
    found = course(machine, HOUR_S)
    assert machine(HOUR_S, found[-1][1].step) < BEGINS_S[Step.MODEL] + 1.0
    # Once to the holds' limit, and then a try every few minutes.
    assert len(steps(found)) < 80
    if load <= 1.0:
        assert steps(found) == [Step.NOTHING]
