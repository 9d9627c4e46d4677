"""The built-in rules. Each watches one habit and says one line about it."""

from roomtone.config.nudges import NudgeSettings
from roomtone.nudges.rule import Rule
from roomtone.nudges.rules.asking import ClosedQuestionsRule, FeelingRule, QuestionsRule, UnansweredRule
from roomtone.nudges.rules.course import (
    AgendaRule,
    LostRule,
    NextStepRule,
    SmallTalkLongRule,
    SmallTalkSkippedRule,
)
from roomtone.nudges.rules.manner import AboutThemRule, FillersRule, PaceRule
from roomtone.nudges.rules.pushback import GoodPauseRule, PromiseRule, PushBackRule
from roomtone.nudges.rules.sounded import sounded_rules
from roomtone.nudges.rules.talk import InterruptedRule, MonologueRule, PatienceRule, SilentRule, TalkShareRule


def built_in(settings: NudgeSettings) -> list[Rule]:
    """Return the rules of Roomtone itself that are switched on."""
    rules: list[tuple[bool, Rule]] = [
        (settings.talk_share.enabled, TalkShareRule(settings.talk_share)),
        (settings.monologue.enabled, MonologueRule(settings.monologue, strong=True)),
        (settings.monologue.enabled, MonologueRule(settings.monologue, strong=False)),
        (settings.silent.enabled, SilentRule(settings.silent)),
        (settings.interrupted.enabled, InterruptedRule()),
        (settings.patience.enabled, PatienceRule(settings.patience)),
        (settings.questions.enabled, QuestionsRule(settings.questions)),
        (settings.closed_questions.enabled, ClosedQuestionsRule(settings.closed_questions)),
        (settings.feeling.enabled, FeelingRule(settings.feeling)),
        (settings.unanswered.enabled, UnansweredRule(settings.unanswered)),
        (settings.pushback.enabled, PushBackRule(settings.pushback)),
        (settings.good_pause.enabled, GoodPauseRule(settings.good_pause)),
        (settings.promise.enabled, PromiseRule(settings.promise)),
        (settings.lost.enabled, LostRule(settings.lost)),
        (settings.small_talk.enabled, SmallTalkSkippedRule()),
        (settings.small_talk.enabled, SmallTalkLongRule(settings.small_talk)),
        (settings.agenda.enabled, AgendaRule(settings.agenda)),
        (settings.next_step.enabled, NextStepRule(settings.next_step)),
        (settings.pace.enabled, PaceRule(settings.pace)),
        (settings.fillers.enabled, FillersRule(settings.fillers)),
        (settings.about_them.enabled, AboutThemRule(settings.about_them)),
        *((settings.sounded.enabled, rule) for rule in sounded_rules(settings.sounded)),
    ]
    return [rule for enabled, rule in rules if enabled and settings.enabled]
