import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.recordings import noise
from roomtone.audio.recorded.player import CUSHION_SAMPLES, RING_SAMPLES, Player, played
from roomtone.errors import DeviceError
from roomtone.events import CaveatNoted, Event
from roomtone.types import AudioChunk, Speaker

pytestmark = pytest.mark.unit

BOTH = (("seller", Speaker.SELLER), ("customer", Speaker.CUSTOMER))
ONE = (("unknown", Speaker.UNKNOWN),)


class FakePortAudioError(Exception):
    pass


class FakeStopError(Exception):
    pass


class FakeOutputStream:
    """A device that asks for sound when the test says so, as PortAudio's thread would."""

    opened: ClassVar[list["FakeOutputStream"]] = []

    def __init__(
        self, *, callback: Callable[..., None], finished_callback: Callable[[], None], **settings: Any
    ) -> None:
        self.callback = callback
        self.finished_callback = finished_callback
        self.settings = settings
        self.running = False
        self.closed = False
        self.heard = np.zeros((0, settings["channels"]), np.float32)
        self.opened.append(self)

    def start(self) -> None:
        self.running = True

    def close(self) -> None:
        self.running = False
        self.closed = True

    def ask(self, samples: int) -> NDArray[np.float32]:
        out = np.full((samples, self.settings["channels"]), np.nan, np.float32)
        try:
            self.callback(out, samples, None, None)
        except FakeStopError:
            self.running = False
            self.finished_callback()
        self.heard = np.concatenate((self.heard, out))
        return out


class FakeSoundDevice:
    PortAudioError = FakePortAudioError
    CallbackStop = FakeStopError
    OutputStream: Any = FakeOutputStream

    def __init__(self, output_channels: int = 2) -> None:
        self.output_channels = output_channels

    def query_devices(self, *, kind: str) -> dict[str, int]:
        assert kind == "output"
        return {"max_output_channels": self.output_channels}


@pytest.fixture
def sounddevice(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDevice:
    fake = FakeSoundDevice()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    monkeypatch.setattr(FakeOutputStream, "opened", [])
    return fake


def chunk(source_id: str, samples: NDArray[np.float32], start_sample: int = 0) -> AudioChunk:
    return AudioChunk(source_id, start_sample, samples, 0.0)


def sound(samples: int, seed: int = 1) -> NDArray[np.float32]:
    return noise(samples / 16_000, rate_hz=16_000, seed=seed)


def test_each_side_has_its_own_ear(sounddevice: FakeSoundDevice) -> None:
    player = Player(BOTH)
    (stream,) = FakeOutputStream.opened
    assert stream.running
    assert stream.settings == {"samplerate": 16_000, "channels": 2, "dtype": "float32"}
    seller, customer = sound(CUSHION_SAMPLES, 1), sound(CUSHION_SAMPLES, 2)
    player.play(chunk("seller", seller))
    assert not stream.ask(100).any()
    player.play(chunk("customer", customer))
    np.testing.assert_array_equal(stream.ask(1000), np.stack([seller, customer], axis=1)[:1000])
    assert (player.lost_samples, player.stutters) == (0, 0)


def test_sides_are_mixed_for_a_device_with_one_channel(sounddevice: FakeSoundDevice) -> None:
    sounddevice.output_channels = 1
    player = Player(BOTH)
    seller, customer = sound(CUSHION_SAMPLES, 1), sound(CUSHION_SAMPLES, 2)
    player.play(chunk("seller", seller))
    player.play(chunk("customer", customer))
    heard = FakeOutputStream.opened[0].ask(500)
    np.testing.assert_allclose(heard[:, 0], (seller[:500] + customer[:500]) / 2, atol=1e-7)


def test_one_side_plays_in_mono(sounddevice: FakeSoundDevice) -> None:
    player = Player(ONE)
    samples = sound(CUSHION_SAMPLES)
    player.play(chunk("unknown", samples))
    assert FakeOutputStream.opened[0].settings["channels"] == 1
    np.testing.assert_array_equal(FakeOutputStream.opened[0].ask(CUSHION_SAMPLES)[:, 0], samples)


def test_nothing_sounds_before_there_is_a_cushion(sounddevice: FakeSoundDevice) -> None:
    player = Player(ONE)
    (stream,) = FakeOutputStream.opened
    player.play(chunk("unknown", sound(CUSHION_SAMPLES - 1)))
    assert not stream.ask(800).any()
    player.play(chunk("unknown", sound(1, 2)))
    assert stream.ask(800).all()


def test_a_stutter_is_counted_and_the_cushion_gathered_anew(sounddevice: FakeSoundDevice) -> None:
    player = Player(ONE)
    (stream,) = FakeOutputStream.opened
    player.play(chunk("unknown", sound(CUSHION_SAMPLES)))
    stream.ask(CUSHION_SAMPLES - 100)
    torn = stream.ask(300)
    assert torn[:100].all()
    assert not torn[100:].any()
    assert player.stutters == 1
    player.play(chunk("unknown", sound(1600)))
    assert not stream.ask(300).any()
    assert player.stutters == 1


def test_what_finds_no_room_is_dropped_and_counted(sounddevice: FakeSoundDevice) -> None:
    player = Player(ONE)
    samples = sound(RING_SAMPLES + 700)
    for start in range(0, len(samples), 1600):
        player.play(chunk("unknown", samples[start : start + 1600], start))
    assert player.lost_samples == 700
    heard = FakeOutputStream.opened[0].ask(RING_SAMPLES)
    np.testing.assert_array_equal(heard[:, 0], samples[:RING_SAMPLES])


def test_sound_is_whole_however_often_the_ring_goes_round(sounddevice: FakeSoundDevice) -> None:
    player = Player(BOTH)
    (stream,) = FakeOutputStream.opened
    seller, customer = sound(5 * RING_SAMPLES, 1), sound(5 * RING_SAMPLES, 2)
    for start in range(0, len(seller), 1600):
        player.play(chunk("seller", seller[start : start + 1600], start))
        player.play(chunk("customer", customer[start : start + 1600], start))
        stream.ask(1600)
    first = CUSHION_SAMPLES - 1600
    assert not stream.heard[:first].any()
    expected = np.stack([seller, customer], axis=1)[: len(stream.heard) - first]
    np.testing.assert_array_equal(stream.heard[first:], expected)


async def test_finishing_plays_what_is_left_even_below_the_cushion(sounddevice: FakeSoundDevice) -> None:
    player = Player(ONE)
    (stream,) = FakeOutputStream.opened
    samples = sound(1000)
    player.play(chunk("unknown", samples))
    player._ended = True
    heard = stream.ask(1600)
    np.testing.assert_array_equal(heard[:1000, 0], samples)
    assert not heard[1000:].any()
    await player.finish()
    assert not stream.running
    assert player.stutters == 0
    player.close()
    player.close()


class TwoChunks:
    """A source of two chunks; after the first, ``between`` happens."""

    sides = ONE

    def __init__(self, between: Callable[[], None]) -> None:
        self.between = between
        self.closed = False

    def describe(self) -> Sequence[Event]:
        return ()

    async def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        yield chunk("unknown", sound(1600, 1))
        self.between()
        yield chunk("unknown", sound(1600, 2), 1600)

    def happened(self) -> Sequence[Event]:
        return ()

    def describe_end(self) -> Sequence[CaveatNoted]:
        return (CaveatNoted(t_s=0.2, code="damaged", message="It is cut off."),)

    async def aclose(self) -> None:
        self.closed = True


async def test_a_played_source_delivers_the_same_chunks(sounddevice: FakeSoundDevice) -> None:
    source = TwoChunks(lambda: None)
    audible = played(source, Player(ONE))
    (stream,) = FakeOutputStream.opened
    assert audible.sides == ONE
    assert audible.describe() == ()
    passed = []
    async for each in audible.chunks():
        passed.append(each.samples)
        if len(passed) == 2:
            stream.finished_callback()  # so that the end is not waited for
    assert audible.describe_end() == source.describe_end()
    np.testing.assert_array_equal(passed, [sound(1600, 1), sound(1600, 2)])
    await audible.aclose()
    await audible.aclose()
    assert stream.closed
    assert source.closed


async def test_losses_are_told_at_the_end(
    sounddevice: FakeSoundDevice, caplog: pytest.LogCaptureFixture
) -> None:
    player = Player(ONE)
    player.play(chunk("unknown", sound(RING_SAMPLES + 8000)))
    FakeOutputStream.opened[0].finished_callback()
    await player.finish()
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", "The sound of the replay stuttered 0 times, and 0.5 s of it were left out.")
    ]


async def test_a_device_that_goes_away_does_not_end_the_replay(
    sounddevice: FakeSoundDevice, caplog: pytest.LogCaptureFixture
) -> None:
    player = Player(ONE)
    audible = played(TwoChunks(lambda: FakeOutputStream.opened[0].finished_callback()), player)
    assert len([each async for each in audible.chunks()]) == 2
    assert "goes on without sound" in caplog.text
    await audible.aclose()


@pytest.mark.parametrize("refusing", ["query_devices", "OutputStream"])
def test_an_output_that_refuses_is_one_sentence(
    sounddevice: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch, refusing: str
) -> None:
    def refuse(**_: object) -> None:
        raise FakePortAudioError("Error querying device -1")

    monkeypatch.setattr(sounddevice, refusing, refuse)
    with pytest.raises(DeviceError, match="sound output cannot be used") as caught:
        Player(BOTH)
    assert caught.value.code == "playback_failed"


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(DeviceError, match="libportaudio2") as caught:
        Player(BOTH)
    assert caught.value.code == "portaudio_missing"
