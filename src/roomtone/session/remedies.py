"""What to do about a trouble that a check found, on each operating system. Data only."""

from enum import StrEnum
from typing import Final

LINUX: Final = "linux"
MACOS: Final = "darwin"
WINDOWS: Final = "win32"
"""Operating systems as ``sys.platform`` names them."""


class Trouble(StrEnum):
    """What something can be done about."""

    MICROPHONE_ZEROS = "microphone_zeros"
    MICROPHONE_MUTED = "microphone_muted"
    MICROPHONE_QUIET = "microphone_quiet"
    MICROPHONE_LOUD = "microphone_loud"
    MICROPHONE_NOISY = "microphone_noisy"
    MICROPHONE_NO_VOICE = "microphone_no_voice"
    SYSTEM_ELSEWHERE = "system_elsewhere"
    SYSTEM_DROWNED = "system_drowned"
    SYSTEM_MUTED = "system_muted"
    SYSTEM_QUIET = "system_quiet"
    SYSTEM_UNTESTED = "system_untested"
    UNSTEADY = "unsteady"
    NOT_QUIET = "not_quiet"
    ECHO = "echo"
    ECHO_LEFT = "echo_left"
    SLOW_LARGE = "slow_large"
    SLOW_BASE = "slow_base"
    SLOW_TINY = "slow_tiny"
    DISK = "disk"


_INPUT: Final = {
    LINUX: "the system's sound settings, Input",
    MACOS: "System Settings > Sound > Input",
    WINDOWS: "Settings > System > Sound > Input",
}
_OUTPUT: Final = {
    LINUX: "the system's sound settings, Output",
    MACOS: "System Settings > Sound > Output",
    WINDOWS: "Settings > System > Sound > Output",
}
_RELIEVE: Final = "Close other programs and plug in the power supply"

_BY_SYSTEM: Final[dict[Trouble, dict[str, str]]] = {
    Trouble.MICROPHONE_ZEROS: {
        LINUX: (
            "Look for a mute switch on the headset and for the microphone key of the keyboard; "
            "other microphones are listed by: roomtone devices"
        ),
        MACOS: (
            "Allow your terminal to hear it under System Settings > Privacy & Security > Microphone, "
            "then quit the terminal and open it again; and look for a mute switch on the headset."
        ),
        WINDOWS: (
            "Switch on Settings > Privacy & security > Microphone > Let desktop apps access your microphone, "
            "and look for a mute switch on the headset."
        ),
    },
    Trouble.MICROPHONE_MUTED: {
        system: f"Unmute it in {place}, or with the microphone key of the keyboard."
        for system, place in _INPUT.items()
    },
    Trouble.MICROPHONE_QUIET: {
        system: f"Turn it up in {place}, go nearer, or choose another one, listed by: roomtone devices"
        for system, place in _INPUT.items()
    },
    Trouble.MICROPHONE_LOUD: {
        system: f"Turn it down a little in {place}." for system, place in _INPUT.items()
    },
    Trouble.SYSTEM_ELSEWHERE: {
        LINUX: (
            f"In {_OUTPUT[LINUX]}, choose the one on which you hear your calls; or name that one with "
            "--system, from the list of: roomtone devices"
        ),
        MACOS: (
            "In Audio MIDI Setup make a Multi-Output Device of your loudspeakers and BlackHole, choose it in "
            f"{_OUTPUT[MACOS]} and in the call program, and run this again with: --system BlackHole"
        ),
        WINDOWS: (
            f"Choose the same output in {_OUTPUT[WINDOWS]} and in the call program; or name the one that the "
            "call program uses with --system, from the list of: roomtone devices"
        ),
    },
    Trouble.SYSTEM_MUTED: {
        system: f"Unmute it in {place}, or with the loudspeaker key of the keyboard."
        for system, place in _OUTPUT.items()
    },
    Trouble.SYSTEM_QUIET: {system: f"Turn it up in {place}." for system, place in _OUTPUT.items()},
    Trouble.UNSTEADY: {
        LINUX: (
            "Close other programs and plug the device in again, or restart the sound server "
            "(systemctl --user restart pipewire pipewire-pulse, or: pulseaudio --kill), and run this again."
        ),
        MACOS: "Close other programs, plug the device in again, and run this again.",
        WINDOWS: (
            "Close other programs, plug the device in again, switch off its audio enhancements in Settings > "
            "System > Sound, and run this again."
        ),
    },
}
_ANYWHERE: Final[dict[Trouble, str]] = {
    Trouble.MICROPHONE_NOISY: (
        "Go nearer to the microphone, or use a headset; often it is a fan or an open window."
    ),
    Trouble.MICROPHONE_NO_VOICE: (
        "Run this again and say a sentence when it asks; if you did, choose another microphone, listed by: "
        "roomtone devices"
    ),
    Trouble.SYSTEM_DROWNED: "Pause what is playing and run this again; if that is a call, all is well.",
    Trouble.NOT_QUIET: "Run this again, and be quiet until it asks for a sentence.",
    Trouble.SYSTEM_UNTESTED: "Play any sound, such as a video, and meanwhile run: roomtone check --no-sound",
    Trouble.ECHO: "Wear headphones, or turn the loudspeakers down.",
    Trouble.ECHO_LEFT: (
        "Wear headphones, or let Roomtone keep it out, by enabled = true under [echo], with: "
        "roomtone config edit"
    ),
    Trouble.SLOW_LARGE: (
        f"{_RELIEVE}, or take a smaller model with --model base (roomtone models fetch base)."
    ),
    Trouble.SLOW_BASE: (
        f"{_RELIEVE}, or, for calls in English, take a smaller model with --model tiny.en "
        "(roomtone models fetch tiny.en)."
    ),
    Trouble.SLOW_TINY: f"{_RELIEVE}; there is no smaller model.",
    Trouble.DISK: "Make room there, or set another directory under [storage], with: roomtone config edit",
}


def remedy(trouble: Trouble, platform: str) -> str:
    """Return what to do on the system ``platform``; those without words of their own get Linux's."""
    if trouble in _ANYWHERE:
        return _ANYWHERE[trouble]
    texts = _BY_SYSTEM[trouble]
    return texts.get(platform, texts[LINUX])
