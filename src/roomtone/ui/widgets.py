"""The parts of the overlay: each draws its part of the view and repaints only when that part changed.

Every state is told by words first; colour and weight only repeat it. Colours are the terminal's own,
so that the overlay is legible on dark and on light backgrounds.
"""

from typing import Generic, TypeVar

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

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

Part = TypeVar("Part")

COLOURS = {Speaker.SELLER: "ansi_cyan", Speaker.CUSTOMER: "ansi_magenta", Speaker.UNKNOWN: "ansi_default"}
SYMBOLS = {
    SideState.SPEAKING: "●",
    SideState.QUIET: "○",
    SideState.NOT_HEARD_YET: "·",
    SideState.NOT_HEARD: "?",
    SideState.LOST: "!",
    SideState.STOPPED: "■",
}
MARKERS = {"strong": "!", "good": "✓"}
"""In front of a nudge of that severity; any other is quiet."""
QUIET_MARKER = "›"
KEYS = (("q", "stop"), ("x", "dismiss"), ("m", "mute this kind"), ("w", "wrong"))
PHASE_KEY = ("p", "next phase")
SHORTER = {"mute this kind": "mute", "next phase": "phase"}
"""What keys do, where there is little room."""
POINT_KEYS = 9
"""As many points of the agenda have a key."""
COVERED, STILL_OPEN = "✓", "·"
"""In front of a point of the agenda."""
OTHER_ROWS = 15
"""Of a high screen: what neither the agenda nor the transcript has, with the space between."""
LEAST_TRANSCRIPT_ROWS = 8
"""Where the agenda as a list would leave less, it is one line."""

LEAST_TITLE_CELLS = 14
"""A title cut shorter than ten letters, and the space around it, says nothing."""
NAME_CELLS = 6
"""``Them`` and two spaces."""
NOTE_CELLS = 18
"""``last 10 min  100 %`` beside a bar, reserved so that the bar keeps its length."""
LONGEST_BAR_CELLS = 60
"""A longer bar is not read any better."""
EIGHTHS = " ▏▎▍▌▋▊▉"
"""Blocks of 0/8 to 7/8 of a cell."""
TIME_CELLS = 7
"""``00:00`` and two spaces; from one hour on the time is the wider ``0:00:00``."""


class Panel(Widget, Generic[Part]):
    """A region of the screen that shows one part of the view."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self._part = part

    def show(self, part: Part) -> None:
        """Show ``part``; nothing is painted when it is what is shown already."""
        if part != self._part:
            self._part = part
            self.refresh()

    def render(self) -> Content:
        """Draw at the present size."""
        width, height = self.size
        rows = self.rows(self._part)[:height] if width else []
        return Content("\n").join([row.truncate(width, ellipsis=True) for row in rows])

    def rows(self, part: Part) -> list[Content]:
        """Return the rows for the present size, top to bottom; those too long or too many are cut."""
        raise NotImplementedError


class Header(Panel[tuple[HeadView, tuple[SideView, ...]]]):
    """Name, clock, mode and title on the left; the state of each side on the right."""

    def rows(self, part: tuple[HeadView, tuple[SideView, ...]]) -> list[Content]:
        """Return one row; what does not fit is left out, the least needed first."""
        head, sides = part
        right = Content("   ").join([_side_state(side) for side in sides])
        mode = "ended" if head.ended else head.mode
        brand, clock, kind = ("Roomtone", "bold"), (head.clock, "bold"), (mode, "")
        phase, echo = (head.phase, ""), (head.echo, "dim")
        for parts in (
            [brand, clock, kind, phase, echo],
            [clock, kind, phase, echo],
            [clock, kind, phase],
            [clock, phase if head.phase else kind],
            [clock],
        ):
            left = Content("  ").join([Content.styled(text, style) for text, style in parts if text])
            room = self.size.width - left.cell_length - right.cell_length
            if room >= 2:
                break
        title = Content.styled(f"  {head.title}", "dim") if room >= LEAST_TITLE_CELLS else Content()
        title = title.truncate(max(0, room - 2), ellipsis=True)
        return [left + title + " " * max(2, room - title.cell_length) + right]


class Talk(Panel[tuple[TalkView, tuple[SideView, ...]]]):
    """A bar for each side with words and numbers, or why there is none."""

    def rows(self, part: tuple[TalkView, tuple[SideView, ...]]) -> list[Content]:
        """Return two rows."""
        talk, sides = part
        if talk.reason:
            return [
                Content.assemble(("Talk share  ", "bold"), (f"can't tell: {talk.reason}", "")),
                Content(talk.monologue),
            ]
        window = "" if talk.window_percent is None else f"{talk.window_name}  {talk.window_percent} %"
        notes = (window, talk.monologue)
        bar_cells = min(LONGEST_BAR_CELLS, self.size.width - NAME_CELLS - len("  100 %   ") - NOTE_CELLS)
        return [
            _bar_row(side, bar_cells=bar_cells, note=note) for side, note in zip(sides, notes, strict=True)
        ]


class Reading(Panel[ReadingView]):
    """How they sounded, when, and what speaks for it."""

    def rows(self, part: ReadingView) -> list[Content]:
        """Return the headline and as much evidence as there is room for."""
        headline = Content.styled(part.headline, "bold" if part.fresh else "")
        age = f"   {part.age}" if part.age else ""
        evidence_style = "" if part.fresh else "dim"
        return [
            headline + Content.styled(age, "dim"),
            *(Content.styled(f"  {line}", evidence_style) for line in part.evidence),
        ]


class Nudge(Panel[NudgeView | None]):
    """One bold line and one line of evidence; the space stays when there is nothing to say."""

    def rows(self, part: NudgeView | None) -> list[Content]:
        """Return two rows, or none."""
        if part is None:
            return []
        marker = MARKERS.get(part.severity, QUIET_MARKER)
        weight = "bold reverse" if part.severity == "strong" else "bold"
        message = Content.styled(f"{marker} {part.message} ", weight)
        return [message, Content(f"  {part.evidence}")]


class Agenda(Panel[AgendaView]):
    """The seller's points and which were covered: a list where there is room, else one line, else nothing."""

    def __init__(self, part: AgendaView) -> None:
        super().__init__(part)
        self.display = bool(part.points)

    def show(self, part: AgendaView) -> None:
        """Show ``part``, and take no room at all without points."""
        if len(part.points) != len(self._part.points):
            self.display = bool(part.points)
            self.refresh(layout=True)
        super().show(part)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """Return the rows of the list where enough is left for the transcript, else one."""
        wanted = 1 + len(self._part.points)
        return wanted if viewport.height - OTHER_ROWS - wanted >= LEAST_TRANSCRIPT_ROWS else 1

    def rows(self, part: AgendaView) -> list[Content]:
        """Return the heading, and under it the points where there is room, the open ones first of all."""
        if not part.points:
            return []
        room = self.size.height - 1
        if room < 1:
            following = f"next: {part.next.number}. {part.next.text}" if part.next else "all covered"
            return [Content.assemble(("Agenda ", "bold"), f"{part.covered}/{len(part.points)}  {following}")]
        heading = Content.assemble(("Agenda", "bold"), f"  {part.covered} of {len(part.points)} covered")
        by_need = sorted(part.points, key=lambda point: (point.covered, point.number))
        shown = sorted(by_need[:room], key=lambda point: point.number)
        return [heading, *(_point_row(point, width=self.size.width) for point in shown)]


class Transcript(Panel[tuple[LineView, ...]]):
    """The last utterances, the newest at the bottom."""

    def rows(self, part: tuple[LineView, ...]) -> list[Content]:
        """Return rows that fill the region from below."""
        width, height = self.size
        rows_per_line = max(1, height // 2)
        rows: list[Content] = []
        for line in reversed(part):
            free = height - len(rows)
            if free <= 0:
                break
            rows = _transcript_rows(line, width=width, most=min(rows_per_line, free)) + rows
        return [Content()] * (height - len(rows)) + rows


class Footer(Panel[FootView]):
    """What is amiss, in one calm line, and under it the keys where there is room."""

    def rows(self, part: FootView) -> list[Content]:
        """Return the status and the keys; the status takes the place of the keys where it needs it."""
        width, height = self.size
        status = Content(f"Note: {part.status}" if part.is_amiss else part.status).wrap(width)
        status = status if part.status else []
        if len(status) > height:
            status = [*status[: height - 1], Content(" ").join(status[height - 1 :])]
        keys = _keys(part, width=width)
        free = height - len(status)
        if free <= 0 or keys.cell_length > width:
            return status
        return [*status, *[Content()] * (free - 1), keys.stylize("dim")]


def _side_state(side: SideView) -> Content:
    symbol = SYMBOLS[side.state]
    if side.state == SideState.SPEAKING:
        return Content.assemble((f"{symbol} {side.name} ", f"bold {COLOURS[side.speaker]}"), side.state.value)
    return Content.styled(f"{symbol} {side.name} {side.state.value}", "dim")


def _bar_row(side: SideView, *, bar_cells: int, note: str) -> Content:
    assert side.share is not None  # noqa: S101 - a known talk share has both sides
    filled = round(side.share * bar_cells * 8)
    blocks = "█" * (filled // 8) + EIGHTHS[filled % 8].strip()
    return Content.assemble(
        (side.name.ljust(NAME_CELLS), "bold"),
        (blocks, COLOURS[side.speaker]),
        ("▁" * (bar_cells - len(blocks)), "dim"),
        (f"{side.percent:>5} %", "bold"),
        (f"   {note}", ""),
    )


def _point_row(point: PointView, *, width: int) -> Content:
    mark = (COVERED, "bold") if point.covered else (STILL_OPEN, "")
    at = f"  {point.at}" if point.at else ""
    text = Content(point.text).truncate(max(1, width - len("  1 ✓ ") - len(at)), ellipsis=True)
    row = Content.assemble(f"{point.number:>3} ", mark, " ") + text
    return row.stylize("dim") + Content.styled(at, "dim") if point.covered else row


def _keys(part: FootView, *, width: int) -> Content:
    """Return the keys that do something; in fewer words where they would not fit."""
    keys = [*KEYS]
    if part.has_phase:
        keys.append(PHASE_KEY)
    if part.points:
        keys.append(("1" if part.points == 1 else f"1-{min(part.points, POINT_KEYS)}", "tick"))
    whole = Content("   ").join([Content.assemble((key, "bold"), f" {does}") for key, does in keys])
    if whole.cell_length <= width:
        return whole
    shorter = [Content.assemble((key, "bold"), f" {SHORTER.get(does, does)}") for key, does in keys]
    return Content("  ").join(shorter)


def _transcript_rows(line: LineView, *, width: int, most: int) -> list[Content]:
    """Return at most ``most`` rows: of what was said the beginning, of what is being said the end."""
    time_cells = max(TIME_CELLS, len(line.at) + 2)
    indent = time_cells + NAME_CELLS
    said = Content.assemble(line.text, " " if line.text and line.tentative else "", (line.tentative, "dim"))
    wrapped = said.wrap(max(1, width - indent))
    if len(wrapped) > most and line.at:
        rest = Content(" ").join(wrapped[most - 1 :])
        wrapped = [*wrapped[: most - 1], rest.truncate(max(1, width - indent), ellipsis=True)]
    elif len(wrapped) > most:
        first, *later = wrapped[-most:]
        wrapped = ["…" + first[1:], *later]
    head = Content.assemble(
        (line.at.ljust(time_cells), "dim"), (line.name.ljust(NAME_CELLS), f"bold {COLOURS[line.speaker]}")
    )
    return [head + wrapped[0], *(" " * indent + row for row in wrapped[1:])]
