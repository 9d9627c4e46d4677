import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.recordings import noise, silence, tone, write
from roomtone.audio.recorded import layout
from roomtone.audio.recorded.layout import LockStep, look, sides_of
from roomtone.errors import AudioError
from roomtone.types import Speaker

pytestmark = pytest.mark.unit


def read_all(lock_step: LockStep) -> np.ndarray:
    parts = []
    while len(part := lock_step.read()):
        parts.append(part)
    lock_step.close()
    return np.concatenate(parts)


def test_two_files_run_on_one_clock_and_the_shorter_is_padded(tmp_path: Path) -> None:
    seller = tone(1.5, rate_hz=16_000)
    customer = noise(2.7, rate_hz=16_000, seed=1)
    lock_step = LockStep(
        [
            write(tmp_path / "seller.wav", seller, rate_hz=16_000, codec="pcm_f32le"),
            write(tmp_path / "customer.wav", customer, rate_hz=16_000, codec="pcm_f32le"),
        ]
    )
    audio = read_all(lock_step)
    np.testing.assert_array_equal(audio[: len(seller), 0], seller)
    assert not audio[len(seller) :, 0].any()
    np.testing.assert_array_equal(audio[:, 1], customer)
    assert [track.read_samples for track in lock_step.tracks] == [24_000, 43_200]


@pytest.mark.parametrize("rates_hz", [(8000, 44_100), (48_000, 11_025)])
@settings(max_examples=20, deadline=None)
@given(lengths_s=st.tuples(*[st.floats(0.1, 4)] * 2))
def test_the_longer_file_decides_the_length(
    rates_hz: tuple[int, int], lengths_s: tuple[float, float]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            write(Path(folder) / f"{rate_hz}.wav", silence(length_s, rate_hz=rate_hz), rate_hz=rate_hz)
            for rate_hz, length_s in zip(rates_hz, lengths_s, strict=True)
        ]
        audio = read_all(LockStep(paths))
    assert len(audio) == pytest.approx(max(lengths_s) * 16_000, abs=3)


def test_a_stereo_file_given_as_one_side_is_mixed_down(tmp_path: Path) -> None:
    left, right = (noise(0.5, rate_hz=16_000, seed=seed) for seed in (1, 2))
    other = noise(0.5, rate_hz=16_000, seed=3)
    audio = read_all(
        LockStep(
            [
                write(tmp_path / "seller.wav", left, right, rate_hz=16_000, codec="pcm_f32le"),
                write(tmp_path / "customer.wav", other, rate_hz=16_000, codec="pcm_f32le"),
            ]
        )
    )
    np.testing.assert_allclose(audio, np.stack([(left + right) / 2, other], axis=1), atol=1e-6)


def test_levels_are_those_of_the_loudest_second(tmp_path: Path) -> None:
    loud_at_once = np.concatenate([np.full(16_000, 0.5, np.float32), np.full(32_000, 0.01, np.float32)])
    lock_step = LockStep(
        [write(tmp_path / "call.wav", loud_at_once, silence(3, rate_hz=16_000), rate_hz=16_000)]
    )
    read_all(lock_step)
    assert lock_step.levels == pytest.approx([0.5, 0], abs=1e-4)


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz"),
    [("a.wav", "pcm_u8", 8000), ("a.mp3", "libmp3lame", 44_100), ("a.opus", "libopus", 48_000)],
)
def test_one_sound_on_both_channels_is_recognised_through_codecs(
    tmp_path: Path, name: str, codec: str, rate_hz: int
) -> None:
    sound = tone(3, rate_hz=rate_hz) + noise(3, rate_hz=rate_hz, seed=1, level=0.05)
    path = write(tmp_path / name, sound, sound, rate_hz=rate_hz, codec=codec)
    seen = look([path])
    assert seen.same_sound
    (side,) = sides_of(LockStep([path]), seen, "left")
    assert (side.speaker, side.channel) == (Speaker.UNKNOWN, None)


@pytest.mark.parametrize("crosstalk", [0.0, 0.3])
def test_two_voices_are_two_sides_in_spite_of_crosstalk(tmp_path: Path, crosstalk: float) -> None:
    one, other = tone(3, rate_hz=8000), noise(3, rate_hz=8000, seed=1)
    path = write(tmp_path / "call.wav", one + crosstalk * other, other + crosstalk * one, rate_hz=8000)
    assert not look([path]).same_sound


def test_silence_on_both_channels_is_not_taken_for_one_sound(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", *[silence(1, rate_hz=8000)] * 2, rate_hz=8000)
    assert not look([path]).same_sound


def test_the_right_channel_can_be_the_sellers(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", tone(1, rate_hz=8000), noise(1, rate_hz=8000, seed=1), rate_hz=8000)
    seller, customer = sides_of(LockStep([path]), look([path]), "right")
    assert (seller.source_id, seller.channel, seller.place) == ("seller", 1, "right channel")
    assert (customer.source_id, customer.channel, customer.place) == ("customer", 0, "left channel")


def test_only_the_beginning_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "LOOK_S", 2.0)
    late = np.concatenate([silence(3, rate_hz=8000), tone(2, rate_hz=8000)])
    path = write(tmp_path / "call.wav", tone(5, rate_hz=8000), late, rate_hz=8000)
    seen = look([path])
    assert not seen.saw_all
    assert seen.levels[1] == 0


def test_no_sample_in_any_file(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / name, silence(0, rate_hz=8000), rate_hz=8000) for name in ("agent.wav", "caller.wav")
    ]
    with pytest.raises(AudioError, match=r"agent\.wav and caller\.wav") as caught:
        LockStep(paths)
    assert caught.value.code == "file_no_samples"
