"""A PulseAudio server of the tests' own, without a sound card: what is played into it can be recorded.

It has an output ``speakers``, whose monitor is what the user hears, and an input ``mic``, which gives
what is played into the output ``micsink``. A test uses it so::

    @pytest.fixture
    def server(monkeypatch):
        with sound_server() as server:
            server.patch(monkeypatch)          # this process hears it
            yield server

    subprocess.Popen(..., env=server.environment)  # and so does this one
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

START_S: Final = 20.0
"""A server starts in a fraction of a second, on a busy machine in several."""
PROGRAMS: Final = ("pulseaudio", "pactl", "parec", "paplay")

MODULES: Final = """\
load-module module-null-sink sink_name=speakers sink_properties=device.description=Speakers
load-module module-null-sink sink_name=micsink sink_properties=device.description=MicSink
load-module module-remap-source master=micsink.monitor source_name=mic \
source_properties=device.description=Microphone
set-default-sink speakers
set-default-source mic
load-module module-native-protocol-unix
"""
"""The protocol comes last, so that whoever can connect finds everything there."""
ALSA: Final = """\
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse }
ctl.!default { type pulse }
"""
"""Makes PortAudio's default device the server."""


class SoundServer:
    """A server that can be started, killed and started again; ``environment`` leads a program to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "native"
        self._process: subprocess.Popen[bytes] | None = None
        alsa = folder / "alsa.conf"
        alsa.write_text(ALSA, encoding="utf-8")
        self._variables = {
            "ALSA_CONFIG_PATH": str(alsa),
            "PULSE_COOKIE": str(folder / "cookie"),
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_STATE_PATH": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
        }

    @property
    def environment(self) -> dict[str, str]:
        """This process's own variables with those of the server over them."""
        return os.environ | self._variables

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lead this process to the server; its PortAudio only if that was not yet initialised."""
        for name, value in self._variables.items():
            monkeypatch.setenv(name, value)

    def start(self) -> None:
        """Start the server and wait until it answers; at the latest, it ends with the calling thread."""
        ending_with_us = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
        script = self._folder / "modules.pa"
        script.write_text(MODULES, encoding="utf-8")
        self._process = subprocess.Popen(
            [
                *ending_with_us,
                "pulseaudio",
                "-n",
                f"--file={script}",
                "--daemonize=no",
                "--exit-idle-time=-1",
                "--use-pid-file=no",
                "--disable-shm=yes",
                f"--log-target=file:{self._folder / 'log'}",
            ],
            env=self.environment,
            stderr=subprocess.DEVNULL,  # it warns of being root
        )
        until_s = time.monotonic() + START_S
        while not self._socket.exists():
            assert self._process.poll() is None, (self._folder / "log").read_text(encoding="utf-8")
            assert time.monotonic() < until_s, "pulseaudio does not start"
            time.sleep(0.02)
        self.pactl("info")

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._socket.unlink(missing_ok=True)

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let the server hang for a while."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def pactl(self, *arguments: str) -> str:
        """Run ``pactl`` and return what it prints: the index, when a module is loaded."""
        return subprocess.run(
            ["pactl", *arguments],  # noqa: S607 - wherever it is installed
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=START_S,
        ).stdout.strip()

    def play(self, file: Path, sink: str = "speakers") -> subprocess.Popen[bytes]:
        """Begin to play a WAV or FLAC file into an output; wait for the process to know that it is over."""
        return subprocess.Popen(
            ["paplay", f"--device={sink}", str(file)],  # noqa: S607 - wherever it is installed
            env=self.environment,
        )


@contextlib.contextmanager
def sound_server() -> Iterator[SoundServer]:
    """Run a server; the test is skipped where there is no PulseAudio."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        pytest.skip(
            f"needs PulseAudio, and there is no {missing[0]} (apt install pulseaudio pulseaudio-utils)"
        )
    # not tmp_path: the path of a socket may have 107 characters
    with tempfile.TemporaryDirectory(prefix="roomtone-sound-") as folder:
        server = SoundServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()


def wait_until(condition: Callable[[], object], within_s: float = START_S) -> None:
    """Return as soon as ``condition`` holds; fail when it does not within ``within_s``."""
    until_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until_s, f"this did not come true in {within_s:g} s"
        time.sleep(0.02)
