from concurrent.futures import Future

import pytest

from audio.scene import Scene
from audio.simulated import Death, Faults, Span
from roomtone.audio.rehearsal.heard import Heard, loudness
from roomtone.audio.rehearsal.rehearsal import PLAYING, SENTENCE
from roomtone.audio.rehearsal.sounding import SOUND_DBFS, find
from roomtone.errors import DeviceError
from roomtone.types import SAMPLE_RATE_HZ

pytestmark = pytest.mark.unit

GONE = Faults(deaths=[Death(0.0, 100.0, message="It is gone.")])
DUMB = Faults(stalls=[Span(0.0, 100.0)])


async def test_both_sides_are_heard_with_the_sound_and_the_sentence() -> None:
    scene = Scene(echo=0.1, echo_delay_s=0.12)
    rehearsed = await scene.rehearsal().run()
    microphone, system = rehearsed.microphone, rehearsed.system
    assert isinstance(microphone, Heard)
    assert isinstance(system, Heard)
    assert rehearsed.sound_s is not None
    assert scene.prompts == [PLAYING, SENTENCE]
    assert loudness(microphone.between(*rehearsed.sentence_s)).loud_db == pytest.approx(-23, abs=1)
    assert loudness(microphone.between(*rehearsed.sound_s)).loud_db < -45
    played, back = find(system.between(*rehearsed.sound_s)), find(microphone.between(*rehearsed.sound_s))
    assert played is not None
    assert back is not None
    assert played.level_db == pytest.approx(SOUND_DBFS, abs=0.3)
    assert back.level_db == pytest.approx(SOUND_DBFS - 20, abs=0.5)
    delay_s = (back.start_sample - played.start_sample) / SAMPLE_RATE_HZ
    assert delay_s == pytest.approx(0.12, abs=0.02)


async def test_it_is_over_soon_and_everything_is_closed() -> None:
    scene = Scene()
    await scene.rehearsal().run()
    assert scene.clock.now_s() < 6.0
    assert [each.closed for each in scene.microphone.opened + scene.system.opened] == [True, True]


async def test_without_the_sound_both_sides_are_only_listened_to() -> None:
    scene = Scene()
    rehearsed = await scene.rehearsal(play=None).run()
    assert scene.prompts == [SENTENCE]
    assert rehearsed.sound_s is None
    assert rehearsed.not_played == ""
    assert isinstance(rehearsed.system, Heard)
    assert len(rehearsed.system.samples) > 2.5 * SAMPLE_RATE_HZ


async def test_the_customer_can_be_left_out() -> None:
    scene = Scene()
    rehearsed = await scene.rehearsal(system=None).run()
    assert rehearsed.system is None
    assert rehearsed.sound_s is None
    assert scene.prompts == [SENTENCE]


@pytest.mark.parametrize("faults", [GONE, DUMB], ids=["gone", "dumb"])
async def test_nobody_is_asked_to_speak_into_a_microphone_that_is_not_heard(faults: Faults) -> None:
    scene = Scene(microphone_faults=faults)
    rehearsed = await scene.rehearsal().run()
    assert isinstance(rehearsed.microphone, DeviceError)
    assert isinstance(rehearsed.system, Heard)
    assert scene.prompts == [PLAYING]


async def test_nothing_is_played_for_an_output_that_is_not_heard() -> None:
    scene = Scene(system_faults=GONE)
    rehearsed = await scene.rehearsal().run()
    assert isinstance(rehearsed.system, DeviceError)
    assert isinstance(rehearsed.microphone, Heard)
    assert scene.prompts == [SENTENCE]


async def test_a_missing_output_leaves_the_microphone_to_be_heard() -> None:
    def missing() -> object:
        raise DeviceError("There is no output.", code="device_unknown")

    scene = Scene()
    rehearsed = await scene.rehearsal(system=missing).run()
    assert isinstance(rehearsed.system, DeviceError)
    assert rehearsed.system.message == "There is no output."
    assert isinstance(rehearsed.microphone, Heard)
    assert scene.prompts == [SENTENCE]


async def test_whatever_a_driver_throws_is_a_finding() -> None:
    def broken() -> object:
        raise OSError("no such host")

    scene = Scene()
    rehearsed = await scene.rehearsal(system=broken).run()
    assert isinstance(rehearsed.system, DeviceError)
    assert rehearsed.system.message == (
        "The system's sound devices cannot be used (no such host): check them in its sound settings."
    )
    assert isinstance(rehearsed.microphone, Heard)


async def test_a_sound_that_cannot_be_played_is_told() -> None:
    def refuse(_samples: object) -> None:
        raise DeviceError("No sound can be played.", code="playback_failed")

    rehearsed = await Scene().rehearsal(play=refuse).run()
    assert rehearsed.not_played == "No sound can be played."
    assert rehearsed.sound_s is None


async def test_an_output_that_hangs_is_not_waited_for() -> None:
    scene = Scene()
    hanging: Future[None] = Future()

    def background(work) -> Future[None]:
        opening = Future[None]()
        if work.__name__ == "<lambda>":
            return hanging
        work()
        opening.set_result(None)
        return opening

    rehearsed = await scene.rehearsal(background=background).run()
    assert "does not answer" in rehearsed.not_played
    assert isinstance(rehearsed.microphone, Heard)
    assert scene.clock.now_s() < 10.0
