import pytest

from roomtone.cli import line
from roomtone.config.nudges import NudgeSettings
from roomtone.config.settings import CallSettings, ReadingSettings, Settings
from roomtone.events import AgendaSet, CaveatNoted, SessionStarted
from roomtone.session.pipeline import Call
from roomtone.types import AgendaPoint

pytestmark = pytest.mark.unit

STARTED = SessionStarted(
    t_s=0.0, title="call", mode="replay", started_at="2026-01-01T10:00:00+00:00", version="1", transcriber="x"
)


class NoSides:
    sides = ()


def call(nudges: NudgeSettings, *points: AgendaPoint) -> Call:
    settings = Settings(nudges=nudges, reading=ReadingSettings(enabled=False))
    return line.call(NoSides(), NoSides(), STARTED, settings=settings, partials=False, agenda=points)


def test_a_call_begins_with_its_agenda_and_with_what_is_left_out_of_the_rules() -> None:
    assert call(NudgeSettings()).notes == []
    points = (AgendaPoint("point-1", "Budget"), AgendaPoint("point-2", "Next step"))
    agenda, caveat = call(NudgeSettings(off=("monolog", "xyzzy")), *points).notes
    assert agenda == AgendaSet(t_s=0.0, points=points)
    assert isinstance(caveat, CaveatNoted)
    assert caveat.message == (
        "`nudges.off` names `monolog`, but no rule is called that (did you mean `monologue`?)."
        " `nudges.off` names `xyzzy`, but no rule is called that."
    )


def test_how_long_a_call_is_meant_to_last() -> None:
    assert line.planned_s(Settings(call=CallSettings(planned_minutes=30))) == 1800.0
    assert line.planned_s(Settings()) is None
