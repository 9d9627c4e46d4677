import pytest

from roomtone.session.remedies import LINUX, MACOS, WINDOWS, Trouble, remedy

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("platform", [LINUX, MACOS, WINDOWS])
@pytest.mark.parametrize("trouble", Trouble)
def test_there_is_something_to_do_about_every_trouble_everywhere(trouble: Trouble, platform: str) -> None:
    assert remedy(trouble, platform).endswith(
        (".", "roomtone devices", "config edit", "--no-sound", "BlackHole")
    )


def test_a_permission_is_given_elsewhere_on_each_system() -> None:
    texts = {remedy(Trouble.MICROPHONE_ZEROS, platform) for platform in (LINUX, MACOS, WINDOWS)}
    assert len(texts) == 3


def test_a_system_without_words_of_its_own_gets_those_of_linux() -> None:
    assert remedy(Trouble.SYSTEM_MUTED, "freebsd14") == remedy(Trouble.SYSTEM_MUTED, LINUX)
