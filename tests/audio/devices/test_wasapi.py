import sys
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.recordings import noise
from roomtone.audio.devices import wasapi
from roomtone.audio.devices.wasapi import LoopbackDevice, Output, outputs
from roomtone.clock import ManualClock
from roomtone.errors import DeviceError

pytestmark = pytest.mark.unit

RATE_HZ = 16_000
SPEAKERS = {"index": 7, "name": "Speakers [Loopback]", "defaultSampleRate": 16_000.0, "maxInputChannels": 2}
HEADSET = {"index": 8, "name": "Headset [Loopback]", "defaultSampleRate": 48_000.0, "maxInputChannels": 2}


class FakeStream:
    """A loopback that delivers what plays when the test says so."""

    def __init__(self, callback: Callable[..., tuple[None, int]], settings: dict[str, Any]) -> None:
        self.callback = callback
        self.settings = settings
        self.active = True
        self.closed = False

    def is_active(self) -> bool:
        assert not self.closed
        return self.active

    def close(self) -> None:
        self.closed = True

    def deliver(self, mono: NDArray[np.float32], status: int = 0) -> None:
        both = np.repeat(mono[:, np.newaxis], 2, axis=1)
        assert self.callback(both.tobytes(), len(mono), {}, status) == (None, 0)


class FakePyAudio:
    """The interface of PyAudioWPatch 0.2.12.9."""

    alive: ClassVar[int] = 0
    streams: ClassVar[list[FakeStream]] = []
    loopbacks: ClassVar[list[dict[str, Any]]] = []
    error: ClassVar[Exception | None] = None

    def __init__(self) -> None:
        FakePyAudio.alive += 1

    def terminate(self) -> None:
        FakePyAudio.alive -= 1

    def get_default_wasapi_loopback(self) -> dict[str, Any]:
        if not self.loopbacks:
            raise LookupError("No analogue is found for passed device")
        return self.loopbacks[0]

    def get_loopback_device_info_generator(self) -> Iterator[dict[str, Any]]:
        yield from self.loopbacks

    def open(self, *, stream_callback: Callable[..., tuple[None, int]], **settings: Any) -> FakeStream:
        if self.error:
            raise self.error
        self.streams.append(FakeStream(stream_callback, settings))
        return self.streams[-1]


class FakeLibrary:
    PyAudio = FakePyAudio
    paFloat32 = 1  # noqa: N815 - the library's names
    paContinue = 0  # noqa: N815
    paInputOverflow = 2  # noqa: N815


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakePyAudio]]:
    monkeypatch.setitem(sys.modules, "pyaudiowpatch", FakeLibrary())
    for name, value in {"alive": 0, "streams": [], "loopbacks": [SPEAKERS, HEADSET], "error": None}.items():
        monkeypatch.setattr(FakePyAudio, name, value)
    yield FakePyAudio
    assert FakePyAudio.alive == 0, "an instance was left open"


def sound(duration_s: float, seed: int = 1) -> NDArray[np.float32]:
    return noise(duration_s, rate_hz=RATE_HZ, seed=seed).clip(-1, 1)


def test_what_the_default_output_plays_is_recorded() -> None:
    clock = ManualClock(5.0)
    capture = LoopbackDevice().open(clock)
    (stream,) = FakePyAudio.streams
    assert stream.settings == {
        "format": 1,
        "channels": 2,
        "rate": 16_000,
        "input": True,
        "input_device_index": 7,
    }
    assert (capture.description, capture.sample_rate_hz, capture.muted) == ("Speakers", 16_000, False)
    heard = sound(0.1)
    clock.advance(0.1)
    stream.deliver(heard)
    captured = capture.read()
    np.testing.assert_array_equal(captured.samples[-1600:], heard)
    assert len(captured.samples) - 1600 <= 1
    assert (captured.at_s, captured.overflows) == (pytest.approx(5.1), 0)
    capture.close()
    capture.close()
    assert stream.closed


def test_pauses_are_filled_so_that_time_is_kept() -> None:
    clock = ManualClock(100.0)
    capture = LoopbackDevice("Speakers").open(clock)
    (stream,) = FakePyAudio.streams
    gathered = []
    speech = {1.0: sound(0.5, 1), 7.0: sound(0.5, 2), 7.5: sound(0.5, 3)}
    for step in range(1, 401):
        clock.advance(0.025)
        for begins_s, piece in speech.items():
            played_s = clock.now_s() - 100.0 - begins_s
            if 0 < played_s <= 0.5 + 1e-6:  # each 25 ms of it as they were played
                end = round(played_s * RATE_HZ)
                stream.deliver(piece[end - 400 : end])
        captured = capture.read()
        gathered.append(captured.samples)
        behind_s = clock.now_s() - captured.at_s
        assert -1e-6 <= behind_s <= wasapi.QUIET_S + 1e-4, f"step {step}"
    heard = np.concatenate(gathered)
    assert len(heard) / RATE_HZ == pytest.approx(10.0 - wasapi.MARGIN_S, abs=0.001)
    for begins_s, piece in speech.items():
        at = np.flatnonzero(heard == piece[0])[0]
        assert at / RATE_HZ == pytest.approx(begins_s, abs=0.001)
        np.testing.assert_array_equal(heard[at : at + len(piece)], piece)
    capture.close()


def test_a_late_piece_of_running_sound_makes_no_hole() -> None:
    clock = ManualClock()
    capture = LoopbackDevice().open(clock)
    (stream,) = FakePyAudio.streams
    clock.advance(0.1)
    stream.deliver(sound(0.1, 1))
    capture.read()
    clock.advance(0.18)
    assert len(capture.read().samples) == 0
    stream.deliver(sound(0.1, 2))
    np.testing.assert_array_equal(capture.read().samples, sound(0.1, 2))
    capture.close()


def test_while_nothing_plays_zeros_are_prompt() -> None:
    clock = ManualClock()
    capture = LoopbackDevice().open(clock)
    behind_s = []
    for _ in range(40):
        clock.advance(0.025)
        behind_s.append(clock.now_s() - capture.read().at_s)
    assert max(behind_s[4:]) <= wasapi.MARGIN_S + 1e-4
    capture.close()


@pytest.mark.parametrize("playing", [False, True], ids=["nothing plays", "sound runs on"])
def test_time_in_which_nobody_read_is_left_out(playing: bool) -> None:
    clock = ManualClock()
    capture = LoopbackDevice().open(clock)
    (stream,) = FakePyAudio.streams
    for _ in range(40):
        clock.advance(0.025)
        stream.deliver(sound(0.025))
        capture.read()
    clock.advance(3600.0)  # asleep
    if playing:
        stream.deliver(sound(0.1))
    captured = capture.read()
    assert len(captured.samples) == (1600 if playing else 0)
    for _ in range(40):
        clock.advance(0.025)
        captured = capture.read()
    assert clock.now_s() - captured.at_s <= wasapi.MARGIN_S + 1e-4
    capture.close()


def test_losses_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wasapi, "CAPTURE_S", 1)
    capture = LoopbackDevice().open(ManualClock())
    (stream,) = FakePyAudio.streams
    stream.deliver(sound(0.9), FakeLibrary.paInputOverflow)
    stream.deliver(sound(0.2))
    assert capture.read().overflows == 2
    assert capture.read().overflows == 0
    capture.close()


def test_an_output_that_goes_away_is_told() -> None:
    capture = LoopbackDevice().open(ManualClock())
    (stream,) = FakePyAudio.streams
    stream.deliver(sound(0.1))
    stream.active = False
    assert len(capture.read().samples) >= 1600
    with pytest.raises(DeviceError, match="Speakers has stopped") as caught:
        capture.read()
    assert caught.value.code == "device_lost"
    capture.close()


@pytest.mark.parametrize("loopbacks", [[], [SPEAKERS]])
def test_an_output_that_is_not_there_is_one_sentence(
    library: type[FakePyAudio], monkeypatch: pytest.MonkeyPatch, loopbacks: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(library, "loopbacks", loopbacks)
    with pytest.raises(DeviceError, match="The sound of the Headset cannot be recorded"):
        LoopbackDevice("Headset").open(ManualClock())


def test_without_any_output_there_is_no_default(
    library: type[FakePyAudio], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "loopbacks", [])
    with pytest.raises(DeviceError, match="The sound of the default output cannot be recorded"):
        LoopbackDevice().open(ManualClock())


def test_an_output_that_refuses_is_one_sentence(
    library: type[FakePyAudio], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "error", OSError(-9996, "Invalid device"))
    with pytest.raises(DeviceError, match="Invalid device") as caught:
        LoopbackDevice().open(ManualClock())
    assert caught.value.code == "device_refused"


def test_outputs_are_listed_by_the_names_windows_shows() -> None:
    assert outputs() == (Output("Speakers", True), Output("Headset", False))


def test_a_list_that_cannot_be_had_is_one_sentence(
    library: type[FakePyAudio], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: FakePyAudio) -> None:
        raise OSError("Could not find any WASAPI devices")

    monkeypatch.setattr(library, "get_loopback_device_info_generator", fail)
    with pytest.raises(DeviceError, match=r"outputs cannot be listed \(Could not find"):
        outputs()


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyaudiowpatch", None)
    with pytest.raises(DeviceError, match="pip install PyAudioWPatch"):
        outputs()
