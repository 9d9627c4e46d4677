import dataclasses

import pytest

from roomtone.config.nudges import NudgeSettings
from roomtone.nudges.rule import MOST_CHARACTERS, Rule, Signal
from roomtone.nudges.rules import built_in

pytestmark = pytest.mark.unit


def test_a_signal_is_about_a_condition_unless_it_names_a_moment() -> None:
    signal = Signal("quiet", "Slow down", "")
    assert (signal.moment, signal.cause_s) == ("", 0.0)
    assert dataclasses.replace(signal, moment="turn 4", cause_s=12.0) != signal


def test_a_signal_is_a_value() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Signal("quiet", "Slow down", "").message = "Speed up"  # type: ignore[misc]


def test_the_built_in_rules_are_rules_with_names_of_their_own() -> None:
    rules: list[Rule] = built_in(NudgeSettings())
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.sustain_s >= 0 for rule in rules)
    assert MOST_CHARACTERS == 60
