"""One order for everything that is heard. Pure.

Each side has been heard up to some session time, and each utterance gets its words a fixed delay after
its end. An event leaves when nothing earlier can still come, so that the order does not depend on how
fast the machine is.
"""

import heapq
import math
from collections.abc import Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Sequencer(Generic[Item]):
    """Orders items by session time across sources, holding places for those still being worked on."""

    def __init__(self, source_ids: Iterable[str]) -> None:
        self._heard_until_s = dict.fromkeys(source_ids, 0.0)
        self._reached_s = 0.0
        self._waiting: list[tuple[float, int, str, Item | None]] = []
        self._entered = 0
        self._delivered: dict[str, Item] = {}

    @property
    def empty(self) -> bool:
        """Whether everything has left."""
        return not self._waiting

    @property
    def horizon_s(self) -> float:
        """Session time up to which every source has been heard."""
        return min(self._heard_until_s.values())

    def heard(self, source_id: str, until_s: float) -> None:
        """Note that nothing before ``until_s`` will come from this source any more."""
        self._heard_until_s[source_id] = max(self._heard_until_s[source_id], until_s)
        if self.horizon_s < math.inf:
            self._reached_s = self.horizon_s

    def arrive(self, item: Item, *, not_before_s: float = 0.0) -> None:
        """Put an item in at the present: behind everything that may have left already."""
        self.add(max(self._reached_s, not_before_s), item)

    def add(self, at_s: float, item: Item) -> None:
        """Put an item in its place."""
        self._enter(at_s, "", item)

    def expect(self, at_s: float, key: str) -> None:
        """Hold a place at ``at_s`` for what :meth:`deliver` will bring under ``key``."""
        self._enter(at_s, key, None)

    def deliver(self, key: str, item: Item) -> None:
        """Fill a place that is being held."""
        self._delivered[key] = item

    def next_s(self) -> float | None:
        """Return the time of the item that may leave now, None while there is none.

        None both when nothing lies before the horizon and when the next place is still empty.
        """
        if not self._waiting or self._waiting[0][0] > self.horizon_s:
            return None
        at_s, _, key, _ = self._waiting[0]
        return at_s if not key or key in self._delivered else None

    def certain_until_s(self) -> float:
        """Return the session time before which no item can come any more.

        The horizon, or the empty place that holds everything back; 0 once all sources have ended and
        everything has left, for then nobody knows how far time went on.
        """
        if self._waiting:
            return min(self.horizon_s, self._waiting[0][0])
        return self.horizon_s if self.horizon_s < math.inf else 0.0

    def pop(self) -> Item:
        """Return the item whose time :meth:`next_s` told."""
        _, _, key, item = heapq.heappop(self._waiting)
        if key:
            return self._delivered.pop(key)
        assert item is not None  # noqa: S101 - only held places are empty
        return item

    def _enter(self, at_s: float, key: str, item: Item | None) -> None:
        heapq.heappush(self._waiting, (at_s, self._entered, key, item))
        self._entered += 1
