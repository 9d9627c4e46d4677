"""Rules of other packages, each a real distribution on the path, and the example of the README."""

import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from conversation.talk import customer, seller, words
from roomtone.config.conversation import ConversationSettings
from roomtone.config.nudges import NudgeSettings
from roomtone.conversation.state import start, step
from roomtone.events import NudgeRaised, StageFailed, TranscriptFinal
from roomtone.nudges.engine import NudgeEngine
from roomtone.nudges.installed import BUILT_IN, GROUP, InstalledRules, installed_rules
from roomtone.nudges.rule import Rule
from roomtone.nudges.rules import built_in

pytestmark = pytest.mark.unit

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
RULE = """
from roomtone.nudges.rule import Rule

class Mine(Rule):
    name = "mine"
    def evaluate(self, state, *, showing):
        return Signal("quiet", "Say something", "")

def rules(settings):
    return [Mine()]
"""
OURS = [rule.name for rule in built_in(NudgeSettings())]

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put packages with rules on the path: a module of that name, and a distribution that declares it."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)

    def put(module: str, code: str, entry_points: str = "") -> None:
        (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
        declared = entry_points or f"[{GROUP}]\n{module} = {module}:rules\n"
        information = tmp_path / f"{module}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text(declared, encoding="utf-8")
        monkeypatch.delitem(sys.modules, module, raising=False)

    yield put
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def names(installed: InstalledRules) -> list[str]:
    return [rule.name for rule in installed.rules]


def test_without_other_packages_there_are_the_built_in_rules() -> None:
    installed = installed_rules(NudgeSettings())
    assert (names(installed), installed.problems) == (OURS, ())


def test_ours_are_declared_like_those_of_others() -> None:
    project = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'[project.entry-points."{GROUP}"]\n{BUILT_IN.name} = "{BUILT_IN.value}"\n' in project


def test_a_package_brings_rules_after_ours(install: Install) -> None:
    install("acme_rules", RULE)
    installed = installed_rules(NudgeSettings())
    assert (names(installed), installed.problems) == ([*OURS, "mine"], ())


def test_rules_get_the_settings(install: Install) -> None:
    install("acme_rules", "GIVEN = []\ndef rules(settings):\n    GIVEN.append(settings)\n    return ()\n")
    settings = NudgeSettings(any_gap_s=7)
    installed_rules(settings)
    (given,) = sys.modules["acme_rules"].GIVEN
    assert given is settings


def test_kinds_that_are_off_are_left_out_whoever_brings_them(install: Install) -> None:
    install("acme_rules", RULE)
    installed = installed_rules(NudgeSettings(off=("mine", "monologue")))
    assert names(installed) == [name for name in OURS if name != "monologue"]
    assert installed.problems == ()


def test_a_kind_that_is_off_already_is_no_mistake_in_the_list() -> None:
    settings = NudgeSettings(
        off=("talk_share",), talk_share=NudgeSettings().talk_share.__class__(enabled=False)
    )
    assert installed_rules(settings).problems == ()


def test_an_unknown_kind_that_is_to_be_off_is_named() -> None:
    (problem,) = installed_rules(NudgeSettings(off=("monolog",))).problems
    assert problem == (
        "`nudges.off` names `monolog`, but no rule is called that (did you mean `monologue`?)."
    )


def test_nothing_is_imported_when_nudges_are_off(install: Install) -> None:
    install("acme_rules", RULE)
    assert installed_rules(NudgeSettings(enabled=False)) == InstalledRules(())
    assert "acme_rules" not in sys.modules


@pytest.mark.parametrize(
    ("code", "entry_points", "reason"),
    [
        ("import nowhere_to_be_found", "", "No module named 'nowhere_to_be_found'"),
        ("def rules(settings) return", "", "SyntaxError"),
        ("raise SystemExit(3)", "", "SystemExit: 3"),
        ("", "", "has no attribute 'rules'"),
        ("rules = 3", "", "'int' object is not callable"),
        ("def rules(settings): return None", "", "'NoneType' object is not iterable"),
        ("def rules(settings): raise ValueError('no licence')", "", "ValueError: no licence"),
        ("def rules(settings): yield from [1 / 0]", "", "ZeroDivisionError"),
        (RULE, f"[{GROUP}]\nacme = acme_ruels:rules\n", "No module named 'acme_ruels'"),
    ],
)
def test_rules_that_cannot_be_had_are_left_out_and_told(
    install: Install, code: str, entry_points: str, reason: str
) -> None:
    install("acme_rules", code, entry_points)
    installed = installed_rules(NudgeSettings())
    assert names(installed) == OURS
    (problem,) = installed.problems
    assert problem.startswith("The rules of the package acme_rules are left out: ")
    assert reason in problem
    assert problem.count("\n") == 0


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (RULE + "rules = lambda settings: [Mine(), 3]", "int is no Rule"),
        (RULE + "rules = lambda settings: [Mine(), Mine]", "Mine is a class, not a Rule made of it"),
        (RULE + "rules = lambda settings: [Mine(), Mine()]", "another is called mine already"),
        (
            RULE + "class Ours(Mine): name = 'monologue'\nrules = lambda settings: [Mine(), Ours()]",
            "monologue",
        ),
        (
            RULE + "class Odd(Mine): name = 'An odd one'\nrules = lambda settings: [Mine(), Odd()]",
            "no name in",
        ),
        (RULE + "class Odd(Mine): name = None\nrules = lambda settings: [Mine(), Odd()]", "no name in"),
        (
            RULE
            + "class Odd(Mine): name, priority = 'odd', 'high'\nrules = lambda settings: [Mine(), Odd()]",
            "priority and sustain_s of odd must be numbers",
        ),
        (
            RULE
            + "class Odd(Mine): name, phases = 'odd', ['closing']\nrules = lambda settings: [Mine(), Odd()]",
            "phases of odd must be a frozenset",
        ),
    ],
)
def test_what_is_no_rule_is_left_out_alone(install: Install, code: str, reason: str) -> None:
    install("acme_rules", code)
    installed = installed_rules(NudgeSettings())
    assert names(installed) == [*OURS, "mine"]
    (problem,) = installed.problems
    assert problem.startswith("A rule of the package acme_rules is left out: ")
    assert reason in problem


def test_of_two_packages_with_one_name_the_first_by_name_has_it(install: Install) -> None:
    install("zeta_rules", RULE)
    install("acme_rules", RULE)
    installed = installed_rules(NudgeSettings())
    assert names(installed) == [*OURS, "mine"]
    assert "package zeta_rules" in installed.problems[0]


def test_a_rule_that_answers_with_no_signal_is_off_for_the_call_and_told(install: Install) -> None:
    install("acme_rules", RULE.replace('Signal("quiet", "Say something", "")', "'Say something'"))
    (rule,) = (rule for rule in installed_rules(NudgeSettings()).rules if rule.name == "mine")
    engine, state = NudgeEngine(NudgeSettings(), [rule]), start(ConversationSettings())
    (failed,) = engine.advance(state)
    assert isinstance(failed, StageFailed)
    assert engine.advance(state) == []


def example(language: str) -> str:
    section = README.partition("\n## Own rules\n")[2].partition("\n## ")[0]
    (code,) = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return code


def test_the_example_of_the_readme_speaks_up_and_stays_quiet(install: Install) -> None:
    declared = tomllib.loads(example("toml"))["project"]["entry-points"][GROUP]
    install(
        "acme_rules", example("python"), f"[{GROUP}]\n" + "\n".join(f"{a} = {b}" for a, b in declared.items())
    )
    installed = installed_rules(NudgeSettings())
    assert installed.problems == ()
    assert [EntryPoint(name, value, GROUP).module for name, value in declared.items()] == ["acme_rules"]
    (rule,) = [rule for rule in installed.rules if rule.name not in OURS]

    assert said_by(rule, words(customer(1, 4), "Globex does that as well, you know.")) == [
        (rule.name, "Globex does that as well, you know.")
    ]
    assert said_by(rule, words(customer(1, 4), "We like what you do.")) == []
    assert said_by(rule, words(seller(1, 4), "You may know Globex.")) == []


def said_by(rule: Rule, *lines: TranscriptFinal) -> list[tuple[str, str]]:
    """Return rule and evidence of what the engine raises over some lines of a call."""
    engine, state, said = NudgeEngine(NudgeSettings(), [rule]), start(ConversationSettings()), []
    for line in lines:
        state = step(state, line)
        said += engine.advance(state)
    return [(event.rule, event.evidence) for event in said if isinstance(event, NudgeRaised)]
