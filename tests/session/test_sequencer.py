import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.talk import stable
from roomtone.session.sequencer import Sequencer

pytestmark = pytest.mark.unit


def released(line: Sequencer[str]) -> Iterator[tuple[float, str]]:
    while (at_s := line.next_s()) is not None:
        yield at_s, line.pop()


def test_an_item_waits_until_every_source_was_heard_up_to_it() -> None:
    line: Sequencer[str] = Sequencer(["mic", "loopback"])
    line.add(2.0, "a")
    line.heard("mic", 5.0)
    assert line.next_s() is None
    line.heard("loopback", 1.9)
    assert line.next_s() is None
    line.heard("loopback", 2.0)
    assert list(released(line)) == [(2.0, "a")]
    assert line.empty


def test_the_horizon_is_the_source_heard_least_and_never_goes_back() -> None:
    line: Sequencer[str] = Sequencer(["mic", "loopback"])
    assert (line.horizon_s, line.certain_until_s()) == (0.0, 0.0)
    line.heard("mic", 5.0)
    line.heard("loopback", 3.0)
    line.heard("loopback", 2.0)
    assert (line.horizon_s, line.certain_until_s()) == (3.0, 3.0)


def test_nothing_leaves_before_a_held_place_until_it_is_filled() -> None:
    line: Sequencer[str] = Sequencer(["mic"])
    line.expect(2.0, "words")
    line.add(1.0, "before")
    line.add(3.0, "after")
    line.heard("mic", 10.0)
    assert list(released(line)) == [(1.0, "before")]
    assert line.certain_until_s() == 2.0
    assert not line.empty
    line.deliver("words", "hello")
    assert list(released(line)) == [(2.0, "hello"), (3.0, "after")]
    assert line.certain_until_s() == 10.0


def test_a_place_filled_early_still_waits_for_its_time() -> None:
    line: Sequencer[str] = Sequencer(["mic"])
    line.expect(2.0, "words")
    line.deliver("words", "hello")
    line.heard("mic", 1.0)
    assert line.next_s() is None
    assert line.certain_until_s() == 1.0
    line.heard("mic", 2.0)
    assert list(released(line)) == [(2.0, "hello")]


def test_items_of_one_moment_leave_in_the_order_they_entered() -> None:
    line: Sequencer[str] = Sequencer(["mic"])
    line.add(1.0, "first")
    line.expect(1.0, "second")
    line.add(1.0, "third")
    line.heard("mic", 1.0)
    assert list(released(line)) == [(1.0, "first")]
    line.deliver("second", "second")
    assert [item for _, item in released(line)] == ["second", "third"]


def test_at_the_end_of_input_everything_leaves() -> None:
    line: Sequencer[str] = Sequencer(["mic", "loopback"])
    line.add(99.0, "late")
    line.expect(100.0, "words")
    line.heard("mic", math.inf)
    line.heard("loopback", math.inf)
    assert list(released(line)) == [(99.0, "late")]
    assert line.certain_until_s() == 100.0
    line.deliver("words", "bye")
    assert list(released(line)) == [(100.0, "bye")]
    assert (line.empty, line.certain_until_s()) == (True, 0.0)


SOURCES = ("mic", "loopback", "remote")


@st.composite
def heard_sources(draw: st.DrawFn) -> dict[str, list[tuple[float, bool]]]:
    """Times of what each source brings, and whether it must be worked on first; no two at one time."""
    times = draw(st.lists(st.integers(1, 400), unique=True, max_size=24))
    heard: dict[str, list[tuple[float, bool]]] = {source: [] for source in SOURCES}
    for time in sorted(times):
        heard[draw(st.sampled_from(SOURCES))].append((time / 4, draw(st.booleans())))
    return heard


@pytest.mark.property
@stable
@given(heard=heard_sources(), data=st.data())
def test_the_order_does_not_depend_on_who_is_heard_or_delivered_first(
    heard: dict[str, list[tuple[float, bool]]], data: st.DataObject
) -> None:
    line: Sequencer[str] = Sequencer(SOURCES)
    waiting = {source: list(items) for source, items in heard.items()}
    working: list[str] = []
    left: list[tuple[float, str]] = []
    unfilled: set[float] = set()

    def let_out() -> None:
        for at_s, item in released(line):
            assert at_s <= line.horizon_s
            assert not any(place_s < at_s for place_s in unfilled)
            left.append((at_s, item))

    while any(waiting.values()) or working:
        options = [source for source in SOURCES if waiting[source]] + working
        chosen = data.draw(st.sampled_from(options))
        if chosen in working:
            working.remove(chosen)
            unfilled.discard(float(chosen))
            line.deliver(chosen, chosen)
        else:
            at_s, held = waiting[chosen].pop(0)
            if held:
                line.expect(at_s, f"{at_s}")
                working.append(f"{at_s}")
                unfilled.add(at_s)
            else:
                line.add(at_s, f"{at_s}")
            line.heard(chosen, at_s)
        let_out()
    for source in SOURCES:
        line.heard(source, math.inf)
    let_out()
    everything = sorted(at_s for items in heard.values() for at_s, _ in items)
    assert left == [(at_s, f"{at_s}") for at_s in everything]
    assert line.empty
