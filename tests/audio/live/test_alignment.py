from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.simulated import Faults, SimulatedDevice, Span, looped, stamped, stamps_s
from roomtone.audio.live.alignment import SURPLUS_SAMPLES, Alignment, Gap, Stretch
from roomtone.clock import ManualClock
from roomtone.types import SAMPLE_RATE_HZ, Samples

pytestmark = [pytest.mark.unit, pytest.mark.property]

FIRST_SECONDS = 2
"""In which the least late arrival is yet to be found."""
ONE = np.ones(160, np.float32)


def stretches(
    device: SimulatedDevice, for_s: float, *, poll_s: float = 0.1, grace_s: float = 1.0, tells: bool = True
) -> Iterator[tuple[int, Stretch]]:
    """Yield what an alignment makes of a device in a call of this length, with positions.

    ``tells`` is whether the device says so when it loses something.
    """
    clock = ManualClock()
    capture = device.open(clock)
    alignment = Alignment()
    end = round(for_s * SAMPLE_RATE_HZ)
    taken = 0
    lossy = False
    while taken < end:
        clock.advance(poll_s)
        captured = capture.read()
        lossy |= tells and captured.overflows > 0
        if len(captured.samples):
            alignment.push(captured.samples, captured.at_s * SAMPLE_RATE_HZ, lossy=lossy)
            lossy = False
        due = round((clock.now_s() - grace_s) * SAMPLE_RATE_HZ)
        if alignment.placed_samples < due:
            alignment.settle()
            alignment.fill(due)
        ready = min(alignment.placed_samples, end) - taken
        if ready > 0:
            yield taken, alignment.take(ready)
            taken += ready


def placed(device: SimulatedDevice, for_s: float, *, poll_s: float = 0.1, tells: bool = True) -> Samples:
    """Return the whole time line of such a call."""
    parts = stretches(device, for_s, poll_s=poll_s, tells=tells)
    return np.concatenate([stretch.samples for _, stretch in parts])


def told_of_lateness(early_s: float, late_s: tuple[float, float], for_s: float) -> tuple[list[Gap], int, int]:
    """Return what is told, given and heard when blocks of 20 ms come late for a while, with nothing lost."""
    generator = np.random.default_rng(3)
    alignment = Alignment()
    block = np.ones(320, np.float32)
    told, blocks = [], 1500
    for number in range(1, blocks + 1):
        end_s = number * 0.02
        late = early_s <= end_s < early_s + for_s
        arrived_s = end_s + generator.uniform(*late_s) if late else end_s + generator.uniform(0, 0.005)
        told.append(alignment.push(block, arrived_s * SAMPLE_RATE_HZ))
        due = round((end_s - 1.0) * SAMPLE_RATE_HZ)
        if alignment.placed_samples < due:
            told.append(alignment.settle())
            alignment.fill(due)
    heard = alignment.take(alignment.placed_samples).heard_samples
    return [gap for gap in told if gap is not None and gap.begin > 0], blocks * 320, heard


def errors_s(heard: Samples) -> np.ndarray:
    """Return how much later each second of ``stamped`` sound lies than it was made; one sample tells it."""
    at = np.arange(FIRST_SECONDS * SAMPLE_RATE_HZ, len(heard), SAMPLE_RATE_HZ)
    at = at[heard[at] > 0]
    return at / SAMPLE_RATE_HZ - stamps_s(heard[at])


def faults(for_s: float, seed: int) -> Faults:
    """A stall of 0.6 s every two minutes and a loss of 0.2 s every three, at any time."""
    generator = np.random.default_rng(seed)

    def spans(every_s: float, length_s: float) -> list[Span]:
        starts_s = np.arange(every_s, for_s, every_s)
        return [Span(at_s + generator.uniform(0, every_s / 2), length_s) for at_s in starts_s]

    return Faults(stalls=spans(120.0, 0.6), losses=spans(180.0, 0.2))


@pytest.mark.parametrize(
    ("for_s", "jitter_s", "block_s", "poll_s"),
    [(7200.0, 0.03, 0.1, 0.2), (600.0, 0.08, 0.02, 0.025)],
    ids=["two hours", "ten minutes of heavy jitter"],
)
def test_two_clocks_100_ppm_off_stay_together(
    for_s: float, jitter_s: float, block_s: float, poll_s: float
) -> None:
    sides = [
        SimulatedDevice(
            stamped, drift_ppm=ppm, jitter_s=jitter_s, block_s=block_s, faults=faults(for_s, seed), seed=seed
        )
        for seed, ppm in enumerate((100.0, -100.0))
    ]
    late_s = []
    for side in sides:
        end = heard_samples = 0
        for start, stretch in stretches(side, for_s, poll_s=poll_s):
            assert start == end
            end += len(stretch.samples)
            heard_samples += stretch.heard_samples
            if stretch.samples[0] > 0 and start > FIRST_SECONDS * SAMPLE_RATE_HZ:
                late_s.append(start / SAMPLE_RATE_HZ - stamps_s(stretch.samples[:1])[0])
        assert end == for_s * SAMPLE_RATE_HZ
        losses = len(side.faults.losses)
        assert for_s - heard_samples / SAMPLE_RATE_HZ == pytest.approx(losses * 0.2, abs=0.1 + 0.05 * losses)
    # Around a loss, what came together with sound from before it lies wrong for a moment.
    least_s, most_s = np.quantile(late_s, [0.001, 0.999])
    assert most_s - least_s < 0.05


@given(
    drift_ppm=st.floats(-300, 300),
    jitter_s=st.floats(0, 0.08),
    poll_s=st.floats(0.01, 0.4),
    stall=st.builds(Span, st.floats(1, 5), st.floats(0.01, 0.9)),
    loss=st.builds(Span, st.floats(6, 10), st.floats(0.001, 3.0)),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40)
def test_every_sample_is_in_order_and_the_line_is_as_long_as_the_call(
    drift_ppm: float, jitter_s: float, poll_s: float, stall: Span, loss: Span, seed: int
) -> None:
    device = SimulatedDevice(
        stamped,
        drift_ppm=drift_ppm,
        jitter_s=jitter_s,
        faults=Faults(stalls=[stall], losses=[loss]),
        seed=seed,
    )
    heard = placed(device, 20.0, poll_s=poll_s)
    assert len(heard) == 20 * SAMPLE_RATE_HZ
    assert np.all(np.diff(heard[heard > 0]) >= 0)
    after_the_loss = errors_s(heard)[-1]
    assert 0.0 <= after_the_loss < 0.13


def test_a_burst_after_a_stall_is_heard_whole() -> None:
    device = SimulatedDevice(stamped, faults=Faults(stalls=[Span(3.0, 0.9)]))
    heard = placed(device, 6.0)
    assert np.count_nonzero(heard[SAMPLE_RATE_HZ:] == 0) == 0
    assert np.ptp(errors_s(heard)) < 0.002


def test_a_loss_is_filled_where_it_was() -> None:
    device = SimulatedDevice(stamped, faults=Faults(losses=[Span(3.0, 0.2)]))
    silent = np.flatnonzero(placed(device, 6.0, poll_s=0.02)[SAMPLE_RATE_HZ:] == 0) + SAMPLE_RATE_HZ
    assert len(silent) == pytest.approx(0.2 * SAMPLE_RATE_HZ, abs=2)
    assert np.all(np.diff(silent) == 1)
    assert silent[0] / SAMPLE_RATE_HZ == pytest.approx(3.02, abs=0.025)


@pytest.mark.parametrize(("late_s", "for_s"), [((0.06, 0.12), 1.5), ((0.1, 0.3), 5.0)])
def test_sound_that_is_late_for_a_while_is_heard_whole_and_called_no_loss(
    late_s: tuple[float, float], for_s: float
) -> None:
    told, given, heard = told_of_lateness(10.0, late_s, for_s)
    assert told == []
    assert given - heard < 160


def test_a_device_whose_first_sound_was_late_is_heard_whole() -> None:
    alignment = Alignment()
    sound = stamped(np.arange(10 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ)
    assert alignment.push(sound[:160], 160 + 640) == Gap(0, 640)
    told = [alignment.push(sound[end - 160 : end], end) for end in range(320, len(sound) + 1, 160)]
    assert set(told) == {None}
    assert alignment.placed_samples == pytest.approx(len(sound), abs=17)
    heard = alignment.take(alignment.placed_samples).samples[640:]
    assert np.max(np.diff(stamps_s(heard))) < 0.003


def test_all_that_is_left_out_is_told() -> None:
    told, given, heard = told_of_lateness(10.0, (0.1, 0.3), 15.0)
    silence, left_out = told
    assert silence.samples == silence.end - silence.begin == pytest.approx(1600, abs=80)
    assert left_out.samples == left_out.left_out_samples > 0
    worked_off = given - heard - left_out.samples
    assert 0 < worked_off <= SURPLUS_SAMPLES


def test_a_small_loss_that_the_device_kept_to_itself_is_found_within_seconds() -> None:
    device = SimulatedDevice(stamped, jitter_s=0.03, faults=Faults(losses=[Span(5.0, 0.2)]))
    late_s = errors_s(placed(device, 20.0, tells=False))
    assert late_s[5] < -0.1
    assert np.ptp(np.append(late_s[:3], late_s[12:])) < 0.02


def test_a_loss_is_told_once_the_late_sound_is_believed() -> None:
    alignment = Alignment()
    assert alignment.push(ONE, 160) is None
    assert alignment.push(ONE, 320 + 3200, lossy=True) is None
    assert alignment.placed_samples == 160
    assert alignment.settle() == Gap(160, 3360)
    assert alignment.placed_samples == 3520
    assert alignment.settle() is None
    assert alignment.push(ONE, 480 + 3200) is None
    assert alignment.placed_samples == 3680


def test_what_comes_for_a_time_already_filled_is_left_out() -> None:
    alignment = Alignment()
    alignment.push(ONE, 160)
    alignment.fill(240)
    assert alignment.in_gap
    assert alignment.push(2 * ONE, 320) == Gap(160, 240)
    stretch = alignment.take(320)
    assert stretch.heard_samples == 240
    assert list(np.unique(stretch.samples[:160])) == [1.0]
    assert list(np.unique(stretch.samples[160:240])) == [0.0]
    assert list(np.unique(stretch.samples[240:])) == [2.0]


def test_what_comes_altogether_too_late_is_no_end_of_the_gap() -> None:
    alignment = Alignment()
    alignment.push(ONE, 160)
    alignment.fill(1600)
    assert alignment.push(ONE, 320) is None
    assert alignment.in_gap
    assert alignment.push(ONE, 480) is None
    assert alignment.placed_samples == 1600


def test_sound_from_before_the_session_is_left_out() -> None:
    alignment = Alignment()
    alignment.push(np.arange(4800, dtype=np.float32), 800)
    assert alignment.placed_samples == 800
    assert list(alignment.take(2).samples) == [4000, 4001]


def test_a_device_opened_anew_is_placed_by_its_own_clock() -> None:
    alignment = Alignment()
    alignment.push(ONE, 160)
    alignment.push(ONE, 9000)
    alignment.restart()
    assert alignment.placed_samples == 320, "what waited for a verdict is kept"
    alignment.fill(1000)
    assert alignment.push(ONE, 1600) == Gap(320, 1440)


def test_an_hour_of_silence_is_handed_out_in_pieces() -> None:
    alignment = Alignment()
    hour = 3600 * SAMPLE_RATE_HZ
    alignment.fill(hour // 2)
    alignment.fill(hour)
    assert alignment.silent_samples == hour
    stretch = alignment.take(SAMPLE_RATE_HZ)
    assert stretch.heard_samples == 0
    assert len(stretch.samples) == SAMPLE_RATE_HZ
    assert alignment.silent_samples == hour - SAMPLE_RATE_HZ


@pytest.mark.parametrize("drift_ppm", [-200, 200])
def test_a_correction_is_no_click(drift_ppm: float) -> None:
    times_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    tone = (0.5 * np.sin(2 * np.pi * 200 * times_s)).astype(np.float32)
    heard = placed(SimulatedDevice(looped(tone), drift_ppm=drift_ppm), 20.0)[SAMPLE_RATE_HZ:]
    steepest = np.max(np.abs(np.diff(tone)))
    assert np.max(np.abs(np.diff(heard))) <= 1.01 * steepest
    assert all(length > 0 for length in np.diff(np.flatnonzero(np.diff(np.sign(heard)))))


def test_a_small_loss_is_made_up_for_within_seconds() -> None:
    device = SimulatedDevice(stamped, faults=Faults(losses=[Span(4.0, 0.03)]))
    late_s = errors_s(placed(device, 15.0))
    assert np.min(late_s) > -0.02
    assert late_s[-1] == pytest.approx(late_s[0], abs=0.003)
    assert all(abs(after - before) < 0.035 for before, after in pairwise(late_s))
