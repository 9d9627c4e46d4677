from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from roomtone.types import Speaker
from roomtone.ui.view import (
    AgendaView,
    FootView,
    HeadView,
    LineView,
    NudgeView,
    PointView,
    ReadingView,
    SideState,
    SideView,
    TalkView,
)
from roomtone.ui.widgets import Agenda, Footer, Header, Nudge, Panel, Reading, Talk, Transcript

pytestmark = pytest.mark.screen

SPEAKING = SideView(Speaker.SELLER, SideState.SPEAKING, 0.625, 62)
UNHEARD = SideView(Speaker.CUSTOMER, SideState.NOT_HEARD_YET, 0.375, 38)
HEAD = HeadView("04:12", "Forty seats for the new building", "replay", ended=False)


class Host(App[None]):
    """Shows one panel in a terminal of just its size."""

    CSS = "Panel, Header, Talk, Reading, Nudge, Agenda, Transcript, Footer { width: 100%; height: 100%; }"

    def __init__(self, panel: Panel[Any]) -> None:
        super().__init__(ansi_color=True)
        self.panel = panel

    def compose(self) -> ComposeResult:
        yield self.panel


async def drawn(panel: Panel[Any], width: int, height: int) -> list[str]:
    async with Host(panel).run_test(size=(width, height)) as pilot:
        await pilot.pause()
        rows = panel.render().plain.split("\n")
    assert len(rows) <= height
    assert all(cell_len(row) <= width for row in rows)
    return rows


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (90, "Roomtone  04:12  replay  Forty seats for the new b…  ● You speaking   · Them not heard yet"),
        (70, "Roomtone  04:12  replay          ● You speaking   · Them not heard yet"),
        (58, "04:12  replay       ● You speaking   · Them not heard yet"),
        (46, "04:12    ● You speaking   · Them not heard yet"),
    ],
)
async def test_the_header_leaves_out_the_least_needed_first(width: int, row: str) -> None:
    (shown,) = await drawn(Header((HEAD, (SPEAKING, UNHEARD))), width, 1)
    assert shown.split() == row.split()


async def test_bars_are_as_long_as_the_shares() -> None:
    talk = TalkView("", window_percent=61, window_name="last 5 min", monologue="You 1:24 nonstop")
    rows = await drawn(Talk((talk, (SPEAKING, UNHEARD))), 74, 2)
    assert rows == [
        "You   " + "█" * 25 + "▁" * 15 + "   62 %   last 5 min  61 %",
        "Them  " + "█" * 15 + "▁" * 25 + "   38 %   You 1:24 nonstop",
    ]


async def test_an_unknown_share_is_told_not_drawn() -> None:
    rows = await drawn(Talk((TalkView("one side only"), (SPEAKING,))), 60, 2)
    assert rows == ["Talk share  can't tell: one side only", ""]


async def test_evidence_gives_way_where_there_is_no_room() -> None:
    reading = ReadingView("They sounded upset", ("“again?”", "louder than their usual"), "just now", True)
    assert await drawn(Reading(reading), 40, 2) == ["They sounded upset   just now", "  “again?”"]
    assert len(await drawn(Reading(reading), 40, 3)) == 3


@pytest.mark.parametrize(("severity", "marker"), [("quiet", "›"), ("strong", "!"), ("good", "✓")])
async def test_a_nudge_tells_its_severity_without_colour(severity: str, marker: str) -> None:
    nudge = NudgeView("n1", severity, "That pause was right", "1.4 s before you answered")
    rows = await drawn(Nudge(nudge), 40, 2)
    assert rows == [f"{marker} That pause was right ", "  1.4 s before you answered"]


async def test_no_nudge_is_an_empty_place() -> None:
    assert await drawn(Nudge(None), 40, 2) == [""]


async def test_what_was_said_is_cut_at_its_end_and_what_is_being_said_at_its_beginning() -> None:
    said = LineView("00:01", Speaker.SELLER, "one two three four five six seven eight nine ten")
    saying = LineView("", Speaker.CUSTOMER, "one two three four five six seven eight", "nine ten")
    rows = await drawn(Transcript((said, saying)), 28, 4)
    assert rows == [
        "00:01  You   one two three",
        "             four five six …",
        "       Them  …even eight",
        "             nine ten",
    ]


async def test_the_newest_line_is_at_the_bottom() -> None:
    lines = tuple(LineView(f"00:0{nth}", Speaker.UNKNOWN, f"line {nth}") for nth in range(3))
    rows = await drawn(Transcript(lines), 30, 5)
    assert rows == ["", "", "00:00  Voice line 0", "00:01  Voice line 1", "00:02  Voice line 2"]


async def test_wide_letters_and_endless_words_stay_inside() -> None:
    lines = (
        LineView("1:00:00", Speaker.SELLER, "日本の支社は来月から新しい建物に移ります"),
        LineView("1:00:09", Speaker.CUSTOMER, "w" * 200),
    )
    rows = await drawn(Transcript(lines), 31, 8)
    assert rows[-4:] == ["1:00:09  Them  " + "w" * 16, *[" " * 15 + "w" * 16] * 2, " " * 15 + "w" * 15 + "…"]


async def test_the_status_takes_the_place_of_the_keys_only_where_it_needs_it() -> None:
    late = FootView("all is late.", is_amiss=True)
    assert await drawn(Footer(FootView()), 60, 1) == ["q stop   x dismiss   m mute this kind   w wrong"]
    assert await drawn(Footer(FootView()), 30, 1) == [""]
    assert await drawn(Footer(late), 60, 1) == ["Note: all is late."]
    assert (await drawn(Footer(late), 60, 2))[1].startswith("q stop")
    assert await drawn(Footer(FootView("the left channel is silent.", is_amiss=True)), 24, 2) == [
        "Note: the left channel",
        "is silent.",
    ]


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (90, "Roomtone  04:12  replay  opening 1:20  ● You speaking   · Them not heard yet"),
        (68, "04:12  replay  opening 1:20  ● You speaking   · Them not heard yet"),
        (60, "04:12  opening 1:20  ● You speaking   · Them not heard yet"),
        (50, "04:12  ● You speaking   · Them not heard yet"),
    ],
)
async def test_the_phase_stays_longer_than_the_mode(width: int, row: str) -> None:
    head = replace(HEAD, phase="opening 1:20", title="")
    (shown,) = await drawn(Header((head, (SPEAKING, UNHEARD))), width, 1)
    assert shown.split() == row.split()


def points(*covered: bool) -> AgendaView:
    return AgendaView(
        tuple(
            PointView(number, f"Point number {number}", each, "04:12" if each else "")
            for number, each in enumerate(covered, start=1)
        )
    )


async def test_the_agenda_is_one_line_where_there_is_no_room_for_a_list() -> None:
    some, every = points(True, False, False), points(True, True)
    assert await drawn(Agenda(some), 40, 1) == ["Agenda 1/3  next: 2. Point number 2"]
    assert await drawn(Agenda(some), 30, 1) == ["Agenda 1/3  next: 2. Point nu…"]
    assert await drawn(Agenda(every), 40, 1) == ["Agenda 2/2  all covered"]


async def test_the_agenda_as_a_list_has_marks_numbers_and_times() -> None:
    assert await drawn(Agenda(points(True, False)), 40, 4) == [
        "Agenda  1 of 2 covered",
        "  1 ✓ Point number 1  04:12",
        "  2 · Point number 2",
    ]
    assert (await drawn(Agenda(points(True)), 22, 2))[1] == "  1 ✓ Point nu…  04:12"


async def test_of_a_long_agenda_the_open_points_are_shown() -> None:
    rows = await drawn(Agenda(points(True, True, False, True, False)), 40, 4)
    assert rows[0] == "Agenda  3 of 5 covered"
    assert [row.split()[0] for row in rows[1:]] == ["1", "3", "5"]


async def test_without_an_agenda_there_is_nothing() -> None:
    agenda = Agenda(AgendaView())
    assert not agenda.display
    assert await drawn(agenda, 40, 1) == [""]


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (100, "q stop   x dismiss   m mute this kind   w wrong   p next phase   1-9 tick"),
        (58, "q stop  x dismiss  m mute  w wrong  p phase  1-9 tick"),
        (40, ""),
    ],
)
async def test_the_keys_fit_or_are_left_out(width: int, row: str) -> None:
    assert await drawn(Footer(FootView(has_phase=True, points=12)), width, 1) == [row]


async def test_only_what_is_amiss_is_called_a_note() -> None:
    assert await drawn(Footer(FootView("You made room for it after 4 s.")), 60, 1) == [
        "You made room for it after 4 s."
    ]
