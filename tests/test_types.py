import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomtone.types import SAMPLE_RATE_HZ, AudioChunk, Label, Speaker, seconds

pytestmark = pytest.mark.unit


def test_a_chunk_ends_where_the_next_one_begins() -> None:
    chunk = AudioChunk("mic", 1600, np.zeros(400, dtype=np.float32), captured_at_s=0.1)
    assert chunk.end_sample == 2000
    empty = AudioChunk("mic", 1600, np.zeros(0, dtype=np.float32), captured_at_s=0.1)
    assert empty.end_sample == 1600


@pytest.mark.parametrize(
    ("samples", "at_s"),
    [(0, 0.0), (16_000, 1.0), (256, 0.016), (1, 0.0001), (3 * 3600 * 16_000 + 512, 10_800.032)],
)
def test_sample_counts_become_short_times(samples: int, at_s: float) -> None:
    assert seconds(samples) == at_s
    assert len(str(seconds(samples)).partition(".")[2]) <= 4


@pytest.mark.property
@settings(derandomize=True, deadline=None)
@given(samples=st.integers(0, 24 * 3600 * SAMPLE_RATE_HZ))
def test_a_time_is_within_a_tenth_of_a_millisecond_and_in_order(samples: int) -> None:
    assert abs(seconds(samples) - samples / SAMPLE_RATE_HZ) <= 0.5e-4 + 1e-9
    assert seconds(samples) <= seconds(samples + 1)


def test_sides_and_states_are_written_as_their_words() -> None:
    assert [f"{side}" for side in Speaker] == ["seller", "customer", "unknown"]
    assert [f"{label}" for label in Label] == [
        "confident",
        "guarded",
        "excited",
        "upset",
        "defeated",
        "neutral",
        "cannot_tell",
    ]
