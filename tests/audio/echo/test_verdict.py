import itertools

import numpy as np
import pytest

from roomtone.audio.echo.verdict import BLOCK_S, EchoVerdict
from roomtone.types import Echo

pytestmark = pytest.mark.unit

SPEECH_DB = -25.0


def syllables_db(duration_s: float, seed: int) -> list[float]:
    """Levels of a voice: each about 0.2 s loud or soft."""
    generator = np.random.default_rng(seed)
    syllables = generator.uniform(-55.0, -15.0, round(duration_s / 0.2) + 1)
    return [float(syllables[int(block * BLOCK_S / 0.2)]) for block in range(round(duration_s / BLOCK_S))]


def tell(
    verdict: EchoVerdict,
    far_db: list[float],
    left_db: list[float] | None = None,
    *,
    found: bool = False,
    echo_db: float = 0.0,
) -> list[Echo]:
    """Return the answer after each block."""
    said = []
    for far, left in zip(far_db, left_db or [-90.0] * len(far_db), strict=True):
        verdict.hear(far_db=far, left_db=left, found=found, echo_db=echo_db)
        said.append(verdict.echo)
    return said


def speech(duration_s: float) -> list[float]:
    return [SPEECH_DB] * round(duration_s / BLOCK_S)


def test_nothing_is_said_before_the_customer_was_heard() -> None:
    assert set(tell(EchoVerdict(), [-90.0] * 2000)) == {Echo.UNKNOWN}


def test_ten_seconds_of_the_customer_without_an_echo_are_enough() -> None:
    verdict = EchoVerdict()
    assert tell(verdict, speech(9.9))[-1] is Echo.UNKNOWN
    assert tell(verdict, speech(0.2))[-1] is Echo.NONE


def test_an_echo_is_removed_once_its_way_was_learnt() -> None:
    verdict = EchoVerdict()
    tell(verdict, speech(5.0))
    verdict.restart()
    assert tell(verdict, speech(0.9), found=True)[-1] is Echo.UNKNOWN
    assert tell(verdict, speech(0.2), found=True)[-1] is Echo.REMOVED


def test_an_echo_that_was_lost_is_none() -> None:
    verdict = EchoVerdict()
    tell(verdict, speech(5.0), found=True)
    verdict.restart()
    assert tell(verdict, speech(0.1))[-1] is Echo.NONE


def test_an_echo_nobody_hears_is_none_and_comes_back_only_clearly_louder() -> None:
    verdict = EchoVerdict()
    assert tell(verdict, speech(2.0), found=True, echo_db=-50.0)[-1] is Echo.NONE
    assert verdict.too_weak
    assert tell(verdict, speech(2.0), found=True, echo_db=-40.0)[-1] is Echo.NONE
    assert tell(verdict, speech(2.0), found=True, echo_db=-30.0)[-1] is Echo.REMOVED
    assert tell(verdict, speech(2.0), found=True, echo_db=-40.0)[-1] is Echo.REMOVED


@pytest.mark.parametrize("late_s", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("found", [False, True])
def test_a_microphone_that_follows_the_customer_is_not_to_be_trusted(late_s: float, found: bool) -> None:
    far_db = syllables_db(60.0, seed=1)
    late_blocks = round(late_s / BLOCK_S)
    left_db = [-60.0] * late_blocks + [level - 10.0 for level in far_db[: len(far_db) - late_blocks]]
    assert tell(EchoVerdict(), far_db, left_db, found=found)[-1] is Echo.UNTRUSTED


def test_a_seller_who_talks_over_the_customer_all_the_time_is_trusted() -> None:
    said = tell(EchoVerdict(), syllables_db(300.0, seed=1), syllables_db(300.0, seed=2), found=True)
    assert Echo.UNTRUSTED not in said


def test_trust_returns_and_the_answer_does_not_flap() -> None:
    verdict = EchoVerdict()
    far_db = syllables_db(120.0, seed=1)
    said = tell(verdict, far_db, [level - 10.0 for level in far_db], found=True)
    said += tell(verdict, far_db, syllables_db(120.0, seed=2), found=True)
    changes = [after for before, after in itertools.pairwise(said) if before is not after]
    assert changes == [Echo.REMOVED, Echo.UNTRUSTED, Echo.REMOVED]


def test_a_silent_microphone_follows_nobody() -> None:
    verdict = EchoVerdict()
    tell(verdict, syllables_db(60.0, seed=1))
    assert verdict.correlation() == pytest.approx(0.0, abs=0.1)
