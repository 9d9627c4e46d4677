"""The sound server of a Linux desktop: PulseAudio, or PipeWire, which answers to the same programs.

It is asked through ``pactl``, in its plain format: the JSON of version 16 writes ``(null)`` for every
description that is not ASCII.
"""

import logging
import os
import re
import select
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from roomtone.audio.devices.child import environment, start
from roomtone.errors import DeviceError
from roomtone.types import SAMPLE_RATE_HZ

ANSWER_S: Final = 3.0
"""A server answers within milliseconds; one that has not after this hangs."""
RESTART_S: Final = 1.0
"""Between two attempts to listen to a server that has gone; it needs about that long to come back."""
SETTLE_S: Final = 0.05
"""A change is told in several lines, and a dragged volume in hundreds: so long they are gathered."""
FIRST_LOOK_S: Final = 0.5
"""By then the server certainly tells of changes, so one more look misses none."""
LOOK_S: Final = 10.0
"""A look without being told, should a change have gone untold; it costs a few milliseconds of CPU."""

UNLINKED: Final = 0xFFFF_FFFF
"""Index of the source of a recording that PipeWire has not linked to one yet."""

logger = logging.getLogger(__name__)

_RELEVANT: Final = re.compile(rb" on (server|sink|source|source-output) ")
_FIELD: Final = re.compile(r"\t(?P<key>[A-Z][\w ]*): (?P<value>.*)")
_PROPERTY: Final = re.compile(r'\t\t(?P<key>[\w.-]+) = "(?P<value>.*)"')
_RATE: Final = re.compile(r"(\d+)Hz")


@dataclass(frozen=True, slots=True)
class Sink:
    """An output, and the source on which what it plays can be recorded."""

    name: str
    description: str
    muted: bool
    monitor: str


@dataclass(frozen=True, slots=True)
class Source:
    """Something that can be recorded: a microphone, or the monitor of an output."""

    index: int
    name: str
    description: str
    muted: bool
    is_monitor: bool
    rate_hz: int


@dataclass(frozen=True, slots=True)
class Server:
    """What a sound server has at one moment."""

    default_sink: str
    default_source: str
    sinks: tuple[Sink, ...]
    sources: tuple[Source, ...]
    recordings: Mapping[int, int]
    """The index of the source each process records from, by its process id."""

    def sink(self, name: str) -> Sink | None:
        """Return the output of that name, if there is one."""
        return next((sink for sink in self.sinks if sink.name == name), None)

    def source(self, name: str) -> Source | None:
        """Return the source of that name, if there is one."""
        return next((source for source in self.sources if source.name == name), None)


def available() -> bool:
    """Return whether there are the programs to talk to a server and to record from it.

    A server that is down is one to be started: nothing else knows what is played.
    """
    return all(shutil.which(program) for program in ("pactl", "parec"))


def look() -> Server:
    """Ask the server what it has.

    Raises:
        DeviceError: when there is no server, or it does not answer within ``ANSWER_S``.
    """
    return parse(info=_pactl("info"), listing=_pactl("list"))


def parse(*, info: str, listing: str) -> Server:
    """Return what the output of ``pactl info`` and of ``pactl list`` tells."""
    defaults = dict(line.split(": ", 1) for line in info.splitlines() if ": " in line)
    sinks: list[Sink] = []
    sources: list[Source] = []
    recordings: dict[int, int] = {}
    for block in _blocks(listing):
        muted = block.fields.get("Mute") == "yes"
        name, description = block.fields.get("Name", ""), block.fields.get("Description", "")
        match block.kind:
            case "Sink":
                sinks.append(Sink(name, description, muted, monitor=block.fields.get("Monitor Source", "")))
            case "Source":
                is_monitor = block.fields.get("Monitor of Sink", "n/a") != "n/a"
                rate = _RATE.search(block.fields.get("Sample Specification", ""))
                rate_hz = int(rate[1]) if rate else SAMPLE_RATE_HZ
                sources.append(Source(block.index, name, description, muted, is_monitor, rate_hz))
            case "Source Output":
                source_index = int(block.fields.get("Source", UNLINKED))
                process_id = block.properties.get("application.process.id", "")
                # what the server itself records has no process
                if process_id.isdecimal() and source_index != UNLINKED:
                    recordings[int(process_id)] = source_index
    return Server(
        defaults.get("Default Sink", ""),
        defaults.get("Default Source", ""),
        tuple(sinks),
        tuple(sources),
        recordings,
    )


@dataclass(frozen=True, slots=True)
class _Block:
    kind: str
    index: int
    fields: Mapping[str, str]
    properties: Mapping[str, str]


def _blocks(listing: str) -> Iterator[_Block]:
    for text in re.split(r"^(?=\S)", listing, flags=re.MULTILINE):
        if heading := re.match(r"([\w ]+) #(\d+)\n", text):
            yield _Block(
                heading[1],
                int(heading[2]),
                _matched(_FIELD, text),
                _matched(_PROPERTY, text),
            )


def _matched(line: re.Pattern[str], text: str) -> Mapping[str, str]:
    return {found["key"]: found["value"] for found in map(line.fullmatch, text.splitlines()) if found}


def _pactl(*arguments: str) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 - the arguments are ours
            ["pactl", *arguments],  # noqa: S607 - wherever it is installed
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=ANSWER_S,
        )
    except subprocess.TimeoutExpired as error:
        raise DeviceError(
            "The sound server does not answer: log out and in again, or restart it with "
            "`systemctl --user restart pipewire-pulse` or `pulseaudio -k`.",
            code="server_hangs",
            recoverable=True,
        ) from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise DeviceError(
            "There is no sound server: start it with `systemctl --user start pipewire-pulse` "
            "or `pulseaudio --start`.",
            code="server_missing",
            recoverable=True,
        ) from error
    return answer.stdout.decode("utf-8", "replace")


class Watch:
    """Calls ``changed`` in a thread of its own when devices, their mute or the defaults may have changed.

    It is called once at the beginning, and again each time the server came back.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._closing = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="sound server watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching; may be called twice."""
        self._closing.set()
        if self._process is not None:
            self._process.kill()
        self._thread.join(ANSWER_S)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._process = process = start(["pactl", "subscribe"])
            except OSError as error:  # no memory or no process to be had
                logger.warning("Changes of the sound devices are not noticed: %s", error)
            else:
                with process:
                    if not self._closing.is_set():
                        self._tell_changes_of(process)
                    process.kill()
            self._closing.wait(RESTART_S)

    def _tell_changes_of(self, process: subprocess.Popen[bytes]) -> None:
        self._changed()
        assert process.stdout is not None  # noqa: S101 - narrows the type
        within_s = FIRST_LOOK_S
        while not self._closing.is_set():
            told = select.select([process.stdout], [], [], within_s)[0]
            if told:
                lines = os.read(process.stdout.fileno(), 65536)
                if not lines:
                    return
                if not _RELEVANT.search(lines):
                    continue
                self._closing.wait(SETTLE_S)
            else:
                within_s = LOOK_S
            self._changed()
