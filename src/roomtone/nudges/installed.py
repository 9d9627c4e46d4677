"""The rules of this installation: every package may bring some, by the entry point ``roomtone.rules``.

An entry point is a callable that takes the :class:`NudgeSettings` and returns rules. Its package is
imported only when rules are wanted. What does not work is left out and told; a call goes on without it.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from roomtone.config.keys import nearest
from roomtone.config.nudges import NudgeSettings
from roomtone.nudges.rule import Rule
from roomtone.types import Phase

logger = logging.getLogger(__name__)

GROUP = "roomtone.rules"
BUILT_IN = EntryPoint("built_in", "roomtone.nudges.rules:built_in", GROUP)
"""Ours, by the same door; named here for a program that runs from its sources, without being installed."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class InstalledRules:
    """The rules to go by, and what was left out of them and why, a sentence each."""

    rules: tuple[Rule, ...]
    problems: tuple[str, ...] = ()


def installed_rules(settings: NudgeSettings) -> InstalledRules:
    """Return the built-in rules, then those of other packages, without the kinds that are off."""
    if not settings.enabled:
        return InstalledRules(())
    rules: dict[str, Rule] = {}
    problems: list[str] = []
    others = set(entry_points(group=GROUP)) - {BUILT_IN}
    for entry in (BUILT_IN, *sorted(others, key=lambda entry: (entry.name, entry.value))):
        try:
            offered = list(entry.load()(settings))
        except (Exception, SystemExit) as error:  # whatever another package does when it is imported
            logger.warning("the rules of %s failed", _origin(entry), exc_info=error)
            problems.append(f"The rules of {_origin(entry)} are left out: {_reason(error)}.")
            continue
        for rule in offered:
            if fault := _fault(rule, rules):
                problems.append(f"A rule of {_origin(entry)} is left out: {fault}.")
            else:
                rules[rule.name] = rule
    problems += _unknown_kinds(settings, set(rules))
    return InstalledRules(
        tuple(rule for rule in rules.values() if rule.name not in settings.off), tuple(problems)
    )


def _fault(rule: Any, taken: dict[str, Rule]) -> str:
    """Return why something cannot be one of the rules, empty when it can."""
    if isinstance(rule, type):
        return f"{rule.__name__} is a class, not a Rule made of it"
    if not isinstance(rule, Rule):
        return f"{type(rule).__name__} is no Rule"
    name = getattr(rule, "name", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return f"{type(rule).__name__} has no name in small letters and underscores"
    if name in taken:
        return f"another is called {name} already"
    return _wrong_attribute(rule)


def _wrong_attribute(rule: Any) -> str:
    if not all(isinstance(number, int | float) for number in (rule.priority, rule.sustain_s)):
        return f"priority and sustain_s of {rule.name} must be numbers"
    if not isinstance(rule.phases, frozenset) or not rule.phases <= frozenset(Phase):
        return f"phases of {rule.name} must be a frozenset of Phase"
    return ""


def _origin(entry: EntryPoint) -> str:
    """Return the package an entry point belongs to, in words."""
    return f"the package {entry.dist.name}" if entry.dist is not None else entry.module


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(".: ")


def _unknown_kinds(settings: NudgeSettings, kinds: set[str]) -> Iterator[str]:
    """Yield a sentence for each name under ``nudges.off`` that no rule has, whether it is on or not."""
    known = kinds | {rule.name for rule in BUILT_IN.load()(NudgeSettings())}
    for kind in settings.off:
        if kind not in known:
            near = nearest(kind, sorted(known))
            ending = f" (did you mean `{near}`?)" if near else ""
            yield f"`nudges.off` names `{kind}`, but no rule is called that{ending}."
