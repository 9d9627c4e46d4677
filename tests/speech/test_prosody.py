import numpy as np
import pytest

from roomtone.speech.prosody import FIGURES, Prosody, measure
from roomtone.types import SAMPLE_RATE_HZ, Samples

pytestmark = pytest.mark.unit


def voice(pitch_hz: np.ndarray | float, duration_s: float) -> np.ndarray:
    """Harmonics of a gliding or steady pitch, falling by 6 dB an octave."""
    pitch = np.broadcast_to(np.asarray(pitch_hz, float), (round(duration_s * SAMPLE_RATE_HZ),))
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE_HZ
    audible = [np.sin(k * phase) / k * (k * pitch < 7000) for k in range(1, 40)]
    return 0.2 * np.sum(audible, axis=0)


def syllables(per_s: float, duration_s: float, pitch_hz: float = 130.0) -> np.ndarray:
    """A voice whose level swings ``per_s`` times in a second."""
    at_s = np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return voice(pitch_hz, duration_s) * (0.05 + np.sin(np.pi * per_s * at_s) ** 2)


def silence(duration_s: float) -> np.ndarray:
    return np.zeros(round(duration_s * SAMPLE_RATE_HZ))


def measured(*parts: np.ndarray) -> Prosody:
    return measure(np.concatenate(parts).astype(np.float32))


def test_figures_keep_their_order_and_their_names() -> None:
    assert len(set(FIGURES)) == len(FIGURES)
    prosody = measured(voice(140, 2.0))
    assert prosody.figures.shape == (len(FIGURES),)
    assert prosody.figures.dtype == np.float32
    assert prosody["pitch_median_st"] == prosody.figures[FIGURES.index("pitch_median_st")]


def test_every_figure_is_measured_in_ordinary_speech() -> None:
    speech = measured(syllables(4, 2.0), silence(0.4), syllables(4, 2.0, 160.0))
    assert np.isfinite(speech.figures).all()


def test_pitch_is_counted_in_semitones() -> None:
    low, octave_up = measured(voice(110, 1.5)), measured(voice(220, 1.5))
    assert low["pitch_median_st"] == pytest.approx(12 * np.log2(110), abs=0.2)
    assert octave_up["pitch_median_st"] - low["pitch_median_st"] == pytest.approx(12, abs=0.2)
    assert low["pitch_range_st"] < 0.2


def test_a_rising_voice_has_a_rising_slope_and_ending() -> None:
    rising = np.geomspace(120, 240, 2 * SAMPLE_RATE_HZ)
    up, down = measured(voice(rising, 2.0)), measured(voice(rising[::-1], 2.0))
    assert up["pitch_slope_st_per_s"] == pytest.approx(6, abs=0.5)
    assert down["pitch_slope_st_per_s"] == pytest.approx(-6, abs=0.5)
    assert up["pitch_ending_st"] > 3 > -3 > down["pitch_ending_st"]
    assert up["pitch_range_st"] == pytest.approx(12 * 0.8, abs=0.7)
    assert up["pitch_rising_share"] > 0.9 > 0.1 > down["pitch_rising_share"]


@pytest.mark.parametrize("gain", [0.02, 0.3, 3.0])
def test_loudness_changes_nothing(gain: float) -> None:
    speech = np.concatenate((syllables(5, 1.5), silence(0.3), voice(np.geomspace(100, 180, 16000), 1.0)))
    reference = measure(speech.astype(np.float32))
    louder = measure((gain * speech).astype(np.float32))
    np.testing.assert_allclose(louder.figures, reference.figures, rtol=0.02, atol=0.05)


def test_syllables_are_counted() -> None:
    assert measured(syllables(3, 4.0))["syllables_per_s"] == pytest.approx(3, abs=0.6)
    assert measured(syllables(6, 4.0))["syllables_per_s"] == pytest.approx(6, abs=0.6)


def test_pauses_inside_are_measured_and_silence_around_is_not() -> None:
    speech = measured(silence(0.8), voice(120, 1.0), silence(0.5), voice(120, 1.0), silence(0.8))
    assert speech.speech_s == pytest.approx(2.0, abs=0.15)
    assert speech["pause_mean_s"] == pytest.approx(0.5, abs=0.1)
    assert speech["pauses_per_s"] == pytest.approx(1 / 2.5, abs=0.05)
    without = measured(silence(0.8), voice(120, 2.0), silence(0.8))
    assert without["pause_share"] == 0


def test_a_dull_voice_tilts_more_than_a_bright_one() -> None:
    spectrum = np.fft.rfft(voice(120, 2.0))
    hz = np.fft.rfftfreq(2 * SAMPLE_RATE_HZ, 1 / SAMPLE_RATE_HZ)
    dull = np.fft.irfft(spectrum * (1 + (hz / 500) ** 2) ** -1, 2 * SAMPLE_RATE_HZ)
    assert measured(dull)["tilt_db_per_octave"] < measured(voice(120, 2.0))["tilt_db_per_octave"] - 5
    assert measured(dull)["centroid_octaves"] < measured(voice(120, 2.0))["centroid_octaves"]


def test_noise_is_unvoiced() -> None:
    noise = measured(np.random.default_rng(2).normal(0, 0.1, 2 * SAMPLE_RATE_HZ))
    assert noise["voiced_share"] == 0
    assert np.isnan(noise["pitch_median_st"])


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0), np.zeros(7), np.zeros(3200), np.zeros(48_000), np.full(16_000, 1e-6)],
    ids=["empty", "seven samples", "0.2 s of zeros", "3 s of zeros", "below the rounding of 16 bits"],
)
def test_silence_has_no_figures(samples: Samples) -> None:
    prosody = measured(samples)
    assert prosody.speech_s == 0
    assert np.isnan(prosody.figures).all()
    assert not prosody.damaged


def test_a_fifth_of_a_second_is_measured_as_far_as_it_goes() -> None:
    short = measured(voice(150, 0.2))
    assert 0.1 <= short.speech_s <= 0.2
    assert short["pitch_median_st"] == pytest.approx(12 * np.log2(150), abs=0.3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_numbers_are_reported_and_do_not_spread(bad: float) -> None:
    speech = syllables(4, 2.0)
    speech[500] = bad
    prosody = measured(speech)
    assert prosody.damaged
    assert np.isfinite(prosody["pitch_median_st"])


def test_clipping_keeps_the_pitch() -> None:
    clipped = np.clip(20 * voice(130, 2.0), -1, 1)
    assert measured(clipped)["pitch_median_st"] == pytest.approx(12 * np.log2(130), abs=0.3)


def test_measuring_leaves_the_audio_alone() -> None:
    samples = np.array([0.1, np.nan, 0.2] * 2000, np.float32)
    before = samples.copy()
    measure(samples)
    np.testing.assert_array_equal(samples, before)
