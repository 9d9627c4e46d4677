"""Live calls of the real program beside a sound server: what is played to them, and what their logs say."""

import contextlib
import subprocess
import wave
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from terminal import Program, Screen, events_so_far

from roomtone.audio.resample import Track
from roomtone.events import Event, SessionStarted, SourceOverflowed, SourceStarted, TranscriptFinal
from roomtone.session.calls import AUDIO_FILE
from roomtone.types import SAMPLE_RATE_HZ, Samples, Speaker, seconds
from sound_server import SoundServer, wait_until

PATIENCE_S: Final = 120.0
"""For anything that a call on a busy machine may take its time to tell."""
READ_SPEECH: Final = Path(__file__).parents[1] / "data" / "read_speech"
PAUSE_S: Final = 1.2
"""Between two clips: each becomes an utterance of its own."""
NOISE: Final = 2e-4
"""-74 dBFS, no speech, but no digital silence either: that is what a microphone without sound gives."""
TALK_S: Final = 240.0
"""Longer than any test lasts."""
LEAST_GAP_SAMPLES: Final = 160
"""10 ms: the noise of the voices is never nothing that long."""
SIDES: Final = (Speaker.SELLER, Speaker.CUSTOMER)
SPAWNED: Final = "multiprocessing.spawn"
"""Part of the command line of a transcriber."""

QUICK: Final = {"ROOMTONE_READING__ENABLED": "false", "ROOMTONE_WHISPER__BEAM_SIZE": "1"}
"""For calls in which it does not matter what was said, or how."""

_Wanted = TypeVar("_Wanted", bound=Event)


class LiveCall:
    """``roomtone listen`` on a terminal of its own."""

    def __init__(self, program: Program, *arguments: str) -> None:
        self.program = program
        self._earlier = set(program.logs)
        self.screen = Screen(program, "listen", *arguments)

    @property
    def events(self) -> list[Event]:
        """What the log of this call has so far."""
        return [event for log in set(self.program.logs) - self._earlier for event in events_so_far(log)]

    @property
    def log(self) -> Path:
        (log,) = set(self.program.logs) - self._earlier
        return log

    @property
    def last(self) -> Event:
        """The event logged last."""
        return self.events[-1]

    def until(self, condition: Callable[[], object]) -> None:
        """Return once the condition holds; fail when that takes too long, or the call has ended before."""

        def over() -> bool:
            return bool(condition()) or self.screen.process.poll() is not None

        try:
            wait_until(over, PATIENCE_S)
            assert condition(), "the program has ended"
        except AssertionError:
            print(*self.events, self.screen.text[-2000:], sep="\n")  # pytest shows it
            raise

    def expect(self, kind: type[_Wanted], *, after: Event | None = None, **fields: object) -> _Wanted:
        """Return the first event of a kind, and with these fields, that is logged ``after`` another."""
        self.until(lambda: self.found(kind, after=after, **fields))
        return self.found(kind, after=after, **fields)[0]

    def expect_words(self, speaker: Speaker, *, after: Event) -> TranscriptFinal:
        """Return the first words of a side that were said after an event was logged."""

        def found() -> list[TranscriptFinal]:
            finals = self.found(TranscriptFinal, after=after, speaker=speaker)
            return [final for final in finals if final.start_s >= after.t_s]

        self.until(found)
        return found()[0]

    def found(self, kind: type[_Wanted], *, after: Event | None = None, **fields: object) -> list[_Wanted]:
        """Return all such events that are logged by now."""
        since = after.seq if after is not None else -1
        return [
            event
            for event in self.events
            if isinstance(event, kind)
            and event.seq > since
            and all(getattr(event, name) == value for name, value in fields.items())
        ]

    def end(self, key: bytes = b"q") -> list[Event]:
        """Close the call with its key and return all events, once the program has ended well."""
        self.screen.press(key)
        assert self.screen.wait() == 0, self.screen.text
        return self.events

    def transcriber(self) -> int:
        """Return the process in which the words are found."""
        (process_id,) = [
            number for number, command in processes_of(self.program).items() if SPAWNED in command
        ]
        return process_id


@contextlib.contextmanager
def live_call(program: Program, *arguments: str) -> Iterator[LiveCall]:
    """Begin a call and wait until it hears; what is left of it at the end is killed."""
    call = LiveCall(program, *arguments)
    try:
        call.expect(SessionStarted)
        yield call
    finally:
        call.screen.close()


def processes_of(program: Program) -> Mapping[int, str]:
    """Return the command lines of all that lives of a program, children of children included, by process."""
    home = f"ROOMTONE_HOME={program.home}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended, or belongs to somebody else
            if home in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def network_sockets(process_ids: Mapping[int, str]) -> list[str]:
    """Return the sockets of the internet's protocols that these processes have open."""
    lines = [
        line.split()
        for table in ("tcp", "tcp6", "udp", "udp6")
        for line in Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]
    ]
    addresses = {f"socket:[{line[9]}]": line[2] for line in lines}
    held = []
    for number in process_ids:
        with contextlib.suppress(OSError):
            held += [str(file.readlink()) for file in Path(f"/proc/{number}/fd").iterdir()]
    return [addresses[name] for name in held if name in addresses]


@contextlib.contextmanager
def playing(server: SoundServer, **files: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Play a file into each output of these names at the same time, until this is left."""
    players = [server.play(file, sink) for sink, file in files.items()]
    try:
        yield players
    finally:
        for player in players:
            player.kill()
            player.wait()


def missed_s(call: LiveCall, speaker: Speaker, *, after: Event) -> float:
    """Return for how long a side was not heard, as was told after an event."""
    back = call.found(SourceStarted, after=after, speaker=speaker)
    lost = call.found(SourceOverflowed, after=after, source_id=speaker.value)
    return sum(each.missed_s for each in back) + sum(seconds(each.lost_samples) for each in lost)


def not_kept_s(call: LiveCall, speaker: Speaker, *, since_s: float, until_s: float) -> float:
    """Return how long a side is digitally silent in the kept sound, but for single samples."""
    channel = decoded(call.log.with_name(AUDIO_FILE))[:, SIDES.index(speaker)]
    between = channel[round(since_s * SAMPLE_RATE_HZ) : round(until_s * SAMPLE_RATE_HZ)]
    sound = np.flatnonzero(between)
    gaps = np.diff(np.concatenate(([-1], sound, [len(between)]))) - 1
    return seconds(int(gaps[gaps >= LEAST_GAP_SAMPLES].sum()))


def two_voices(folder: Path) -> dict[str, Path]:
    """Return somebody who talks into the microphone, and somebody who talks out of the speakers."""
    return {
        "micsink": talk(folder / "seller.wav", first=0),
        "speakers": talk(folder / "customer.wav", first=1),
    }


def talk(path: Path, *, first: int) -> Path:
    """Write a wav file in which somebody reads the clips aloud again and again, from the ``first`` on."""
    clips = [decoded(file)[:, 0] for file in sorted(READ_SPEECH.glob("*.flac"))]
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE_HZ), np.float32)
    once = np.concatenate([part for clip in clips[first:] + clips[:first] for part in (clip, pause)])
    again = np.resize(once, round(TALK_S * SAMPLE_RATE_HZ))
    noise = np.random.default_rng(first).normal(scale=NOISE, size=len(again))
    return write_wav(path, again + noise.astype(np.float32))


def decoded(path: Path, longest_s: float = TALK_S) -> Samples:
    """Return the beginning of a recording, shape ``(n, channels)``, at 16 kHz."""
    track = Track(path)
    pieces = []
    left = round(longest_s * SAMPLE_RATE_HZ)
    while left and len(piece := track.read(left)):
        pieces.append(piece)
        left -= len(piece)
    track.close()
    return np.concatenate(pieces)


def write_wav(path: Path, samples: Samples) -> Path:
    """Write samples of shape ``(n,)`` or ``(n, channels)`` at 16 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((samples.clip(-1.0, 1.0) * 32767).astype("<i2").tobytes())
    return path
