"""The seller's agenda. Placeholder until the real one is merged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from roomtone.types import AgendaPoint, SentenceMeaning, Speaker


@dataclass(frozen=True, slots=True)
class Covered:
    point_id: str
    start_s: float
    quote: str


@dataclass(frozen=True, slots=True)
class Agenda:
    points: tuple[AgendaPoint, ...] = ()
    found: tuple[Covered, ...] = ()
    told: tuple[str, ...] = ()
    marks: tuple[tuple[str, bool], ...] = ()

    def set(self, points: tuple[AgendaPoint, ...]) -> "Agenda":
        return Agenda(points)

    def heard(self, speaker: Speaker, sentences: Sequence[SentenceMeaning]) -> "Agenda":
        found = list(self.found)
        for s in sentences:
            for pid, c in s.closeness.items():
                if c > 0.5 and not any(f.point_id == pid for f in found):
                    found.append(Covered(pid, s.start_s, s.text))
        return replace(self, found=tuple(found))

    def covered(self, point_id: str) -> Covered | None:
        if (mark := dict(self.marks).get(point_id)) is not None:
            return Covered(point_id, 0.0, "") if mark else None
        return next((f for f in self.found if f.point_id == point_id), None)

    def due(self) -> tuple[Covered, ...]:
        return tuple(f for f in self.found if f.point_id not in self.told and self.covered(f.point_id) == f)

    def announced(self, point_id: str) -> "Agenda":
        return replace(self, told=(*self.told, point_id))

    def marked(self, point_id: str, *, covered: bool) -> "Agenda":
        return replace(self, marks=(*self.marks, (point_id, covered)))

    def open_points(self) -> tuple[AgendaPoint, ...]:
        return tuple(p for p in self.points if self.covered(p.point_id) is None)
