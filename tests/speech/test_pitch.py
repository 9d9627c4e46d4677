import numpy as np
import pytest

from roomtone.speech.pitch import HOP_S, analyse, bin_hz, runs, track_pitch
from roomtone.types import SAMPLE_RATE_HZ, Samples

pytestmark = pytest.mark.unit


def buzz(pitch_hz: np.ndarray | float, duration_s: float = 1.0, harmonics: int = 12) -> Samples:
    """A voice-like sound: harmonics falling by 6 dB an octave."""
    pitch = np.broadcast_to(np.asarray(pitch_hz, float), (round(duration_s * SAMPLE_RATE_HZ),))
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE_HZ
    audible = [np.sin(k * phase) / k * (k * pitch < 7000) for k in range(1, harmonics + 1)]
    return (0.2 * np.sum(audible, axis=0)).astype(np.float32)


def pitch_hz_of(samples: Samples) -> np.ndarray:
    frames = analyse(samples)
    track = track_pitch(frames, np.ones(len(frames.level_db), bool))
    return 2 ** (track.semitones[track.voiced] / 12)


@pytest.mark.parametrize("pitch_hz", [65.0, 90.0, 123.4, 180.0, 261.6, 390.0, 480.0])
def test_finds_the_pitch_of_a_steady_voice(pitch_hz: float) -> None:
    found = pitch_hz_of(buzz(pitch_hz))
    assert len(found) * HOP_S > 0.9
    assert np.abs(found / pitch_hz - 1).max() < 0.02


@pytest.mark.parametrize("pitch_hz", [90.0, 140.0, 220.0])
def test_finds_a_pitch_whose_fundamental_the_telephone_removed(pitch_hz: float) -> None:
    spectrum = np.fft.rfft(buzz(pitch_hz))
    hz = np.fft.rfftfreq(SAMPLE_RATE_HZ, 1 / SAMPLE_RATE_HZ)
    spectrum[(hz < 300) | (hz > 3400)] = 0
    found = pitch_hz_of(np.fft.irfft(spectrum, SAMPLE_RATE_HZ).astype(np.float32))
    assert abs(np.median(found) / pitch_hz - 1) < 0.02


def test_follows_a_glide_without_jumping_an_octave() -> None:
    true_hz = np.geomspace(110, 320, 2 * SAMPLE_RATE_HZ)
    found = pitch_hz_of(buzz(true_hz, 2.0))
    steps_st = 12 * np.abs(np.diff(np.log2(found)))
    assert steps_st.max() < 1.0
    assert found[0] == pytest.approx(110, rel=0.05)
    assert found[-1] == pytest.approx(320, rel=0.05)


def test_noise_has_no_pitch() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, SAMPLE_RATE_HZ).astype(np.float32)
    assert len(pitch_hz_of(noise)) == 0


def test_level_is_that_of_the_telephone_band() -> None:
    at_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    inside = analyse((0.5 * np.sin(2 * np.pi * 1000 * at_s)).astype(np.float32))
    outside = analyse((0.5 * np.sin(2 * np.pi * 120 * at_s)).astype(np.float32))
    assert np.median(inside.level_db) == pytest.approx(20 * np.log10(0.5) - 3.01, abs=0.3)
    assert np.median(outside.level_db) < -40


def test_audio_shorter_than_a_frame_is_padded() -> None:
    frames = analyse(np.ones(5, np.float32))
    assert frames.power.shape[1] == len(bin_hz())
    assert np.isfinite(frames.level_db).all()


def test_runs_names_each_stretch() -> None:
    assert runs(np.array([True, True, False, True])) == [(0, 2), (3, 4)]
    assert runs(np.zeros(3, bool)) == []
