import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from roomtone.speech.history import History
from roomtone.types import Samples

pytestmark = pytest.mark.unit


def counted(start: int, end: int) -> Samples:
    return np.arange(start, end, dtype=np.float32)


def test_the_newest_samples_are_here_across_the_seam_of_the_ring() -> None:
    history = History(10)
    history.append(counted(0, 7))
    history.append(counted(7, 14))
    assert history.cut(4, 14).tolist() == list(range(4, 14))
    assert history.cut(9, 11).tolist() == [9, 10]
    assert history.cut(14, 14).tolist() == []


def test_more_than_fits_keeps_the_end() -> None:
    history = History(10)
    history.append(counted(0, 3))
    history.append(counted(3, 28))
    assert history.cut(18, 28).tolist() == list(range(18, 28))


@pytest.mark.parametrize(("start", "end"), [(3, 9), (-1, 2), (9, 15), (8, 7), (15, 16)])
def test_what_is_gone_or_not_yet_here_is_refused(start: int, end: int) -> None:
    history = History(10)
    history.append(counted(0, 14))
    with pytest.raises(IndexError, match="are not within 4 to 14"):
        history.cut(start, end)


def test_a_cut_is_a_copy() -> None:
    history = History(4)
    history.append(counted(0, 4))
    cut = history.cut(0, 4)
    history.append(counted(4, 8))
    assert cut.tolist() == [0, 1, 2, 3]
    cut[:] = -1
    assert history.cut(4, 8).tolist() == [4, 5, 6, 7]


def test_memory_is_bounded() -> None:
    history = History(1000)
    ring = history._ring
    for start in range(0, 100_000, 777):
        history.append(counted(start, start + 777))
    assert history._ring is ring
    assert ring.nbytes == 4000


@pytest.mark.property
@hypothesis_settings(max_examples=60)
@given(
    capacity=st.integers(1, 40),
    sizes=st.lists(st.integers(0, 90), max_size=12),
    bounds=st.tuples(st.integers(0, 300), st.integers(0, 300)),
)
def test_a_cut_is_the_same_as_of_all_that_was_ever_heard(
    capacity: int, sizes: list[int], bounds: tuple[int, int]
) -> None:
    history = History(capacity)
    end = 0
    for size in sizes:
        history.append(counted(end, end + size))
        end += size
    start_sample, end_sample = sorted(bounds)
    if max(0, end - capacity) <= start_sample and end_sample <= end:
        assert history.cut(start_sample, end_sample).tolist() == list(range(start_sample, end_sample))
    else:
        with pytest.raises(IndexError):
            history.cut(start_sample, end_sample)
