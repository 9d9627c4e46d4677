import asyncio
import os
import struct
import threading
import tracemalloc
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio.recordings import envelope, gather, noise, silence, tone, write
from roomtone.audio.recorded.file import FileSource, open_recording
from roomtone.audio.recorded.layout import LockStep
from roomtone.errors import AudioError, UsageError
from roomtone.events import CaveatNoted, SourceStarted
from roomtone.types import Speaker

pytestmark = pytest.mark.unit


def stereo_call(path: Path, duration_s: float = 2.35) -> Path:
    return write(
        path,
        tone(duration_s, rate_hz=16_000),
        noise(duration_s, rate_hz=16_000, seed=1),
        rate_hz=16_000,
        codec="flac" if path.suffix == ".flac" else "pcm_f32le",
    )


async def test_the_left_channel_is_the_seller(tmp_path: Path) -> None:
    source = open_recording(stereo_call(tmp_path / "call.wav"))
    assert source.sides == (("seller", Speaker.SELLER), ("customer", Speaker.CUSTOMER))
    heard = await gather(source.chunks())
    np.testing.assert_array_equal(heard["seller"], tone(2.35, rate_hz=16_000))
    np.testing.assert_array_equal(heard["customer"], noise(2.35, rate_hz=16_000, seed=1))
    assert source.describe_end() == ()
    await source.aclose()


async def test_the_right_channel_is_the_seller_when_asked(tmp_path: Path) -> None:
    source = open_recording(stereo_call(tmp_path / "call.wav"), seller_channel="right")
    heard = await gather(source.chunks())
    np.testing.assert_array_equal(heard["customer"], tone(2.35, rate_hz=16_000))
    started = [event for event in source.describe() if isinstance(event, SourceStarted)]
    assert [(event.source_id, event.speaker) for event in started] == list(source.sides)
    assert "right channel" in started[0].description
    await source.aclose()


async def test_chunks_are_a_tenth_of_a_second_and_side_by_side(tmp_path: Path) -> None:
    source = open_recording(stereo_call(tmp_path / "call.wav", 1.25))
    chunks = [chunk async for chunk in source.chunks()]
    await source.aclose()
    assert [chunk.source_id for chunk in chunks] == ["seller", "customer"] * 13
    for side in ("seller", "customer"):
        own = [chunk for chunk in chunks if chunk.source_id == side]
        assert [len(chunk.samples) for chunk in own] == [1600] * 12 + [800]
        assert [chunk.start_sample for chunk in own] == list(range(0, 20_000, 1600))
        assert [chunk.captured_at_s for chunk in own] == [chunk.end_sample / 16_000 for chunk in own]
        assert all(chunk.samples.dtype == np.float32 and chunk.samples.ndim == 1 for chunk in own)


@pytest.mark.parametrize("by_name", [True, False])
async def test_two_files_are_seller_and_customer(tmp_path: Path, by_name: bool) -> None:
    seller = write(tmp_path / "a.wav", tone(1.2, rate_hz=44_100), rate_hz=44_100)
    customer = write(tmp_path / "b.flac", noise(0.7, rate_hz=8000, seed=1), rate_hz=8000, codec="flac")
    source = open_recording(seller=seller, customer=customer) if by_name else open_recording(seller, customer)
    heard = await gather(source.chunks())
    await source.aclose()
    assert {side: len(samples) for side, samples in heard.items()} == {"seller": 19_200, "customer": 19_200}
    expected = envelope(tone(1.2, rate_hz=16_000), rate_hz=16_000)
    np.testing.assert_allclose(envelope(heard["seller"], rate_hz=16_000), expected, atol=0.01)
    assert envelope(heard["customer"], rate_hz=16_000)[:13].min() > 0.05
    assert not heard["customer"][11_300:].any()


async def test_one_side_without_a_sample_is_silent(tmp_path: Path) -> None:
    seller = write(tmp_path / "a.wav", tone(1, rate_hz=8000), rate_hz=8000)
    customer = write(tmp_path / "b.wav", silence(0, rate_hz=8000), rate_hz=8000)
    source = open_recording(seller, customer)
    heard = await gather(source.chunks())
    await source.aclose()
    assert len(heard["customer"]) == 16_000
    assert not heard["customer"].any()
    codes = [(event.code, event.source_id) for event in source.describe() if isinstance(event, CaveatNoted)]
    assert codes == [("side_silent", "customer")]


@pytest.mark.parametrize("channels", [1, 2, 6])
async def test_a_call_without_sides_is_one_unknown_speaker(tmp_path: Path, channels: int) -> None:
    sound = tone(1, rate_hz=16_000)
    source = open_recording(
        write(tmp_path / "call.wav", *[sound] * channels, rate_hz=16_000, codec="pcm_f32le")
    )
    assert source.sides == (("unknown", Speaker.UNKNOWN),)
    heard = await gather(source.chunks())
    await source.aclose()
    np.testing.assert_allclose(heard["unknown"], sound, atol=1e-6)


async def test_8_khz_8_bit_mono(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "call.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes((128 + 127 * tone(1, rate_hz=8000, level=1)).astype(np.uint8).tobytes())
    source = open_recording(tmp_path / "call.wav")
    heard = await gather(source.chunks())
    await source.aclose()
    np.testing.assert_allclose(heard["unknown"], tone(1, rate_hz=16_000, level=1), atol=0.02)


async def test_96_khz_float(tmp_path: Path) -> None:
    path = write(
        tmp_path / "call.wav",
        tone(1, rate_hz=96_000),
        tone(1, rate_hz=96_000, hz=900),
        rate_hz=96_000,
        codec="pcm_f64le",
    )
    source = open_recording(path)
    heard = await gather(source.chunks())
    await source.aclose()
    np.testing.assert_allclose(heard["seller"][200:-200], tone(1, rate_hz=16_000)[200:-200], atol=1e-3)
    assert len(heard["customer"]) == 16_000


async def test_a_truncated_mp3_is_heard_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write(tmp_path / "call.mp3", tone(8, rate_hz=44_100), rate_hz=44_100, codec="libmp3lame")
    os.truncate(path, path.stat().st_size // 2)
    source = open_recording(path)
    heard = await gather(source.chunks())
    (caveat,) = source.describe_end()
    await source.aclose()
    assert len(heard["unknown"]) == pytest.approx(4 * 16_000, abs=4800)
    assert (caveat.code, caveat.t_s) == ("damaged", pytest.approx(len(heard["unknown"]) / 16_000, abs=1e-3))


async def test_a_file_that_grows_is_read_to_the_end_it_has(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    second = np.zeros(8000, "<i2").tobytes()
    still_open = 0xFFFF_FFFF
    path.write_bytes(
        struct.pack("<4sI4s", b"RIFF", still_open, b"WAVE")
        + struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16_000, 2, 16)
        + struct.pack("<4sI", b"data", still_open)
        + second * 3
    )
    source = open_recording(path)
    samples = 0
    async for chunk in source.chunks():
        samples += len(chunk.samples)
        if chunk.start_sample in (0, 16_000):
            with path.open("ab") as file:
                file.write(second)
    await source.aclose()
    assert samples in (3 * 16_000, 4 * 16_000, 5 * 16_000)


def write_silent_call(path: Path, minutes: int) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(1)
        file.setframerate(8000)
        for _ in range(minutes):
            file.writeframes(b"\x80" * (60 * 8000 * 2))
    return path


async def test_an_hour_of_silence(tmp_path: Path) -> None:
    source = open_recording(write_silent_call(tmp_path / "call.wav", 60))
    samples = 0
    loudest = 0.0
    async for chunk in source.chunks():
        samples += len(chunk.samples)
        loudest = max(loudest, float(chunk.samples.max()))
    await source.aclose()
    assert samples == 2 * 3600 * 16_000
    assert loudest == 0
    assert [(event.code, event.source_id) for event in source.describe_end()] == [
        ("side_silent", "seller"),
        ("side_silent", "customer"),
    ]


async def test_a_long_call_is_never_held_in_memory(tmp_path: Path) -> None:
    source = open_recording(write_silent_call(tmp_path / "call.wav", 4))
    tracemalloc.start()
    try:
        samples = sum([len(chunk.samples) async for chunk in source.chunks()])
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    await source.aclose()
    assert samples == 2 * 240 * 16_000
    assert peak_bytes < samples * 4 / 10


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: path.touch(), "file_empty"),
        (lambda path: path.write_text("no sound " * 100), "file_not_audio"),
        (lambda path: path.mkdir(), "file_is_directory"),
        (lambda path: None, "file_missing"),
        (lambda path: write(path, silence(0, rate_hz=8000), rate_hz=8000), "file_no_samples"),
    ],
)
@pytest.mark.parametrize("place", ["alone", "seller", "customer"])
def test_a_bad_file_is_refused_wherever_it_stands(
    tmp_path: Path, make: Callable[[Path], object], code: str, place: str
) -> None:
    bad, good = tmp_path / "bad.wav", write(tmp_path / "good.wav", tone(1, rate_hz=8000), rate_hz=8000)
    make(bad)
    if code == "file_no_samples":
        good = bad
    paths = {"alone": (bad,), "seller": (bad, good), "customer": (good, bad)}[place]
    with pytest.raises(AudioError) as caught:
        open_recording(*paths)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("paths", "named"),
    [
        ((), {}),
        (("a", "b", "c"), {}),
        (("a",), {"seller": Path("b")}),
        (("a",), {"seller": Path("b"), "customer": Path("c")}),
        ((), {"seller": Path("a")}),
        ((), {"customer": Path("a")}),
    ],
)
def test_files_that_make_no_call(paths: tuple[str, ...], named: dict[str, Path]) -> None:
    with pytest.raises(UsageError) as caught:
        open_recording(*map(Path, paths), **named)
    assert caught.value.code == "recording_files"


async def test_decoding_leaves_the_event_loop_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = open_recording(stereo_call(tmp_path / "call.wav"))
    threads = []
    read = LockStep.read

    def noted(lock_step: LockStep) -> np.ndarray:
        threads.append(threading.current_thread())
        return read(lock_step)

    monkeypatch.setattr(LockStep, "read", noted)
    await gather(source.chunks())
    await source.aclose()
    assert len(threads) == 4
    assert threading.main_thread() not in threads


async def test_closing_waits_for_a_read_under_way_and_ends_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = open_recording(stereo_call(tmp_path / "call.wav", 30))
    reading, go_on = threading.Event(), threading.Event()
    read = LockStep.read

    def held(lock_step: LockStep) -> np.ndarray:
        reading.set()
        go_on.wait(10)
        return read(lock_step)

    monkeypatch.setattr(LockStep, "read", held)
    heard = asyncio.create_task(gather(source.chunks()))
    await asyncio.to_thread(reading.wait, 10)
    closing = asyncio.create_task(source.aclose())
    await asyncio.sleep(0)
    assert not closing.done()
    go_on.set()
    await closing
    assert len((await heard)["seller"]) < 30 * 16_000
    await source.aclose()


async def test_a_call_left_early_is_not_called_cut_off(tmp_path: Path) -> None:
    source = open_recording(stereo_call(tmp_path / "call.flac", 30))
    async for _ in source.chunks():
        break
    await source.aclose()
    assert source.describe_end() == ()


async def test_the_same_file_gives_the_same_chunks(tmp_path: Path) -> None:
    path = write(
        tmp_path / "call.opus",
        *[noise(3, rate_hz=48_000, seed=s) for s in (1, 2)],
        rate_hz=48_000,
        codec="libopus",
    )

    async def run() -> list[tuple[str, int, float, bytes]]:
        source: FileSource = open_recording(path)
        chunks = [
            (chunk.source_id, chunk.start_sample, chunk.captured_at_s, chunk.samples.tobytes())
            async for chunk in source.chunks()
        ]
        await source.aclose()
        return chunks

    assert await run() == await run()
