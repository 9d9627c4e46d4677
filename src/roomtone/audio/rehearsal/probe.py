"""Listens to a device for a few seconds, and plays a short sound."""

import math
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

import numpy as np

from roomtone.audio.devices.capture import Capture, Device
from roomtone.audio.devices.child import environment
from roomtone.audio.devices.portaudio import LIBRARY
from roomtone.audio.live.supervision import Background, SupervisedDevice, in_thread
from roomtone.audio.rehearsal.heard import Heard
from roomtone.clock import Clock
from roomtone.errors import DeviceError
from roomtone.types import SAMPLE_RATE_HZ, Samples

PLAY_LIMIT_S: Final = 5.0
"""The sound lasts under a second; an output that takes longer than this hangs."""
PACAT: Final = (
    "pacat",
    "--playback",
    "--raw",
    "--format=float32le",
    f"--rate={SAMPLE_RATE_HZ}",
    "--channels=1",
    "--latency-msec=200",  # with 50, one sound in six stuttered on a busy machine
    "--client-name=Roomtone",
)


class Probe:
    """A device that is listened to from its first poll on; poll it several times a second."""

    def __init__(self, device: Device, clock: Clock, background: Background = in_thread) -> None:
        self._device = SupervisedDevice(device, clock, background)
        self._clock = clock
        self._capture: Capture | None = None
        self._polled_s = clock.now_s()
        self._blocks: list[Samples] = []
        self._first_samples = 0
        self._first_at_s = 0.0
        self._samples = 0
        self._begins_s = math.inf

    @property
    def ready(self) -> bool:
        """Whether it gives sound, or has failed to."""
        return bool(self._blocks) or self._device.failure is not None

    @property
    def failed(self) -> bool:
        """Whether it gives no sound."""
        return not self._blocks

    def poll(self) -> None:
        """Take what came since the last poll; never waits."""
        captured = self._device.poll()
        self._polled_s = self._clock.now_s()
        if captured is None:
            return
        if self._device.capture is not self._capture:
            self._capture = self._device.capture
            self._blocks = []  # what an earlier capture gave would not join
        if not len(captured.samples):
            return
        if not self._blocks:
            self._first_samples, self._first_at_s = len(captured.samples), captured.at_s
            self._samples, self._begins_s = 0, math.inf
        self._blocks.append(captured.samples)
        self._samples += len(captured.samples)
        # Sound may come late but never early, so the promptest block tells when the first sample was.
        self._begins_s = min(self._begins_s, captured.at_s - self._samples / SAMPLE_RATE_HZ)

    def heard(self) -> Heard:
        """Return what was heard so far.

        Raises:
            DeviceError: when the device cannot be opened, or gives nothing at all.
        """
        capture = self._device.capture
        if capture is None or not self._blocks:
            raise self._device.failure or DeviceError(
                f"The {self._device.name} gives no sound at all: check it in the system's sound settings.",
                code="device_stalled",
            )
        expected_samples = (self._polled_s - self._first_at_s) * SAMPLE_RATE_HZ
        return Heard(
            description=capture.description,
            samples=np.concatenate(self._blocks),
            begins_s=self._begins_s,
            arrived_share=(self._samples - self._first_samples) / max(expected_samples, 1.0),
            muted=capture.muted,
        )

    def close(self) -> Sequence[Future[None]]:
        """Let go of the device and return what is still to be waited for."""
        return self._device.release()


def play(samples: Samples) -> None:
    """Play 16 kHz mono through the system's default output and return when it has sounded.

    Raises:
        DeviceError: when there is no output, or it refuses.
    """
    if sys.platform == "linux":
        _play_by_server(samples)
    else:
        _play_by_portaudio(samples)


def _play_by_server(samples: Samples) -> None:
    """Play through the sound server, as call programs do; PortAudio's default may lead past it."""
    try:
        subprocess.run(  # noqa: S603 - the command is ours
            PACAT,
            input=samples.astype("<f4").tobytes(),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=PLAY_LIMIT_S,
            env=environment(),
        )
    except subprocess.CalledProcessError as error:
        raise _not_played(error.stderr.decode(errors="replace").strip()) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _not_played(error) from error


def _play_by_portaudio(samples: Samples) -> None:
    try:
        LIBRARY.play(samples)
    except DeviceError:
        raise
    except Exception as error:  # of PortAudio, or a driver's own
        raise _not_played(error) from error


def _not_played(reason: object) -> DeviceError:
    return DeviceError(
        f"No sound can be played ({reason}): check the output in the system's sound settings.",
        code="playback_failed",
    )
