from pathlib import Path

import numpy as np
import pytest

from audio.recordings import tone, write
from roomtone.audio.recorded.file import open_recording
from roomtone.audio.recorded.pace import paced
from roomtone.clock import ManualClock

pytestmark = pytest.mark.unit


async def test_chunks_come_when_they_would_have_been_spoken(tmp_path: Path) -> None:
    clock = ManualClock(now_s=5.0)
    source = paced(
        open_recording(write(tmp_path / "call.wav", tone(0.35, rate_hz=16_000), rate_hz=16_000)), clock
    )
    assert source.sides == (("unknown", "unknown"),)
    assert source.describe()
    heard = [(chunk.end_sample, chunk.captured_at_s, clock.now_s()) async for chunk in source.chunks()]
    await source.aclose()
    assert [end for end, _, _ in heard] == [1600, 3200, 4800, 5600]
    assert [captured_at_s for _, captured_at_s, _ in heard] == pytest.approx([5.1, 5.2, 5.3, 5.35])
    assert [now_s for _, _, now_s in heard] == [captured_at_s for _, captured_at_s, _ in heard]


async def test_a_slow_consumer_is_not_kept_waiting(tmp_path: Path) -> None:
    clock = ManualClock()
    source = paced(
        open_recording(write(tmp_path / "call.wav", tone(0.5, rate_hz=16_000), rate_hz=16_000)), clock
    )
    times_s = []
    async for chunk in source.chunks():
        times_s.append(chunk.captured_at_s)
        if len(times_s) == 1:
            clock.advance(0.25)
    await source.aclose()
    assert times_s == pytest.approx([0.1, 0.35, 0.35, 0.4, 0.5])


async def test_damage_is_passed_on(tmp_path: Path) -> None:
    sound = tone(0.2, rate_hz=16_000)
    sound[0] = np.nan
    path = write(tmp_path / "call.wav", sound, rate_hz=16_000, codec="pcm_f32le")
    source = paced(open_recording(path), ManualClock())
    assert len([chunk async for chunk in source.chunks()]) == 2
    assert [caveat.code for caveat in source.describe_end()] == ["damaged"]
    await source.aclose()


async def test_both_sides_of_a_moment_come_together(tmp_path: Path) -> None:
    path = write(
        tmp_path / "call.wav",
        tone(0.3, rate_hz=8000),
        tone(0.3, rate_hz=8000, hz=700),
        rate_hz=8000,
    )
    source = paced(open_recording(path), ManualClock())
    heard = [(chunk.source_id, round(chunk.captured_at_s, 3)) async for chunk in source.chunks()]
    await source.aclose()
    assert heard == [(side, time_s) for time_s in (0.1, 0.2, 0.3) for side in ("seller", "customer")]
