"""Hosts a transcriber in a child process of low priority, so that the call beside us stays smooth.

The parent hands over one utterance at a time and gets the hypotheses back in the same order. A child
that dies or does not answer in time is started again and given the same utterance once more. One that
cannot be started again is tried at growing intervals; what is asked meanwhile fails at once, with the time
after which it may be asked again.
"""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from roomtone.clock import Clock, SystemClock
from roomtone.errors import ModelError, RoomtoneError, TranscriberError
from roomtone.interfaces import Transcriber
from roomtone.types import SAMPLE_RATE_HZ, Effort, Hypothesis, Utterance

logger = logging.getLogger(__name__)

NICENESS = 10
"""Halfway down the scale of Unix: the video call goes first, an idle machine is still used fully."""
BELOW_NORMAL_PRIORITY_CLASS = 0x4000
"""The same wish in the words of Windows."""
GOODBYE_S = 2.0
"""How long a child whose pipe is broken may take to leave before it is killed."""
LEAST_ANSWER_S = 20.0
"""A child this long over any utterance hangs: at call speed the slowest usable machine takes a tenth."""
ANSWER_S_PER_AUDIO_S = 5.0
"""The same for long utterances: a machine this slow could not follow a call at all."""
LOADING_S = 300.0
"""The largest model has 3 GB, a slow disk reads 30 MB a second, and then its weights are made smaller."""
FIRST_RETRY_S = 5.0
"""A child that could not be started again is tried after this, and after twice as long each further time."""
LONGEST_RETRY_S = 60.0
"""Starting one costs a second or two of a core: every minute nobody notices."""
PARENTS_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What a terminal or the system sends to the whole family; the parent ends the child in order."""

TranscriberFactory = Callable[[], Transcriber]
"""Builds the transcriber inside the child; must be picklable."""


class TranscriberDownError(TranscriberError):
    """There is no recogniser at the moment; nothing is wrong with what it was asked.

    ``retry_in_s`` is when to ask again, in seconds from now.
    """

    def __init__(self, message: str, *, code: str, retry_in_s: float) -> None:
        super().__init__(message, code=code, recoverable=True)
        self.retry_in_s = retry_in_s

    def __reduce__(self) -> tuple[object, ...]:
        """Cross to another process like any other error."""
        return partial(type(self), code=self.code, retry_in_s=self.retry_in_s), (self.message,)


class TranscriberProcess:
    """A transcriber in a child process. Use ``start``, then ``transcribe``, then ``aclose``.

    ``patience`` multiplies the time a child may take over an utterance: nobody waits for a recording, and
    its model may be too slow for a call. ``clock`` counts the time between tries to start a child again.
    """

    def __init__(
        self, factory: TranscriberFactory, *, patience: float = 1.0, clock: Clock | None = None
    ) -> None:
        self._factory = factory
        self._patience = patience
        self._clock = clock or SystemClock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._down: _Down | None = None
        self._closing = False
        # One thread: it keeps the order, and it may block on the pipe while the loop goes on.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="transcriber")
        self.name = ""
        self.restarts = 0

    async def start(self) -> None:
        """Start the child and wait until its model is loaded; raises what loading raised."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self._spawn)

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        """Return the words of one utterance; calls are served in the order they were made.

        Raises:
            TranscriberDownError: when its process is gone and could not be started again yet.
            TranscriberError: when the recogniser failed on it, its process died or hung twice over it, or
                it was closed before the answer.
        """
        if self._closing:
            raise _closed()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._round_trip, utterance, effort)

    async def aclose(self) -> None:
        """End the child; what it was working on is given up. May be called twice."""
        # The flag comes first: a child started after this look at the process is ended by its starter.
        self._closing = True
        if self._process is not None:
            _dismiss(self._process)
        await asyncio.to_thread(self._executor.shutdown)
        if self._process is not None:
            await asyncio.to_thread(_bury, self._process)
            self._process = None
        if self._pipe is not None:
            self._pipe.close()

    def _spawn(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_serve, args=(theirs, self._factory), daemon=True, name="transcriber"
        )
        try:
            with _signals_held_back():
                process.start()
        except OSError as error:
            ours.close()
            raise TranscriberError(
                f"The machine lets no transcriber start ({error}); close other programs if this goes on.",
                code="transcriber_start",
                recoverable=True,
            ) from error
        finally:
            theirs.close()
        self._process, self._pipe = process, ours
        if self._closing:
            _dismiss(process)
        try:
            with _ended_after(LOADING_S, process):
                answer = ours.recv()
        except (EOFError, OSError) as error:
            if self._closing:
                raise _closed() from error
            raise ModelError(
                "The transcriber ended while it was loading its model; check it with: roomtone models verify",
                code="transcriber_start",
            ) from error
        if isinstance(answer, Exception):
            raise answer
        self.name = str(answer)

    def _round_trip(self, utterance: Utterance, effort: Effort) -> Hypothesis:
        if self._down is not None:
            self._try_again(self._down)
        length_s = len(utterance.samples) / SAMPLE_RATE_HZ
        limit_s = max(LEAST_ANSWER_S, ANSWER_S_PER_AUDIO_S * length_s) * self._patience
        attempts = 1 if utterance.still_open else 2  # what goes on is looked at again anyway
        for attempts_left in reversed(range(attempts)):
            if self._closing:
                raise _closed()
            assert self._process is not None  # noqa: S101 - start() comes first
            assert self._pipe is not None  # noqa: S101 - likewise
            try:
                with _ended_after(limit_s, self._process) as timed_out:
                    self._pipe.send((utterance, effort))
                    answer = self._pipe.recv()
            except (EOFError, OSError) as error:
                if self._closing:
                    raise _closed() from error
                logger.warning("the transcriber process is lost over %s: %r", utterance.utterance_id, error)
                if attempts_left:
                    self._restart()
                    continue
                with contextlib.suppress(TranscriberDownError):  # which the next to ask is told
                    self._restart()
                raise _lost(hung=timed_out.is_set(), twice=attempts > 1) from error
            if isinstance(answer, Exception):
                raise answer
            assert isinstance(answer, Hypothesis)  # noqa: S101 - the child sends nothing else
            return answer
        raise AssertionError("unreachable")

    def _try_again(self, down: "_Down") -> None:
        wait_s = down.until_s - self._clock.now_s()
        if wait_s > 0:
            raise TranscriberDownError(down.message, code=down.code, retry_in_s=wait_s)
        self._restart()

    def _restart(self) -> None:
        """Replace the child; when that fails, note when to try again and raise ``TranscriberDownError``."""
        if self._process is not None:
            process, self._process = self._process, None
            _bury(process)
        if self._pipe is not None:
            self._pipe.close()
        self.restarts += 1
        try:
            self._spawn()
        except RoomtoneError as error:
            if self._closing:
                raise
            wait_s = FIRST_RETRY_S if self._down is None else min(LONGEST_RETRY_S, 2 * self._down.wait_s)
            self._down = _Down(error.message, error.code, wait_s, self._clock.now_s() + wait_s)
            raise TranscriberDownError(error.message, code=error.code, retry_in_s=wait_s) from error
        self._down = None


@dataclass(frozen=True, slots=True)
class _Down:
    """Why a child could not be started again, and when it is tried next."""

    message: str
    code: str
    wait_s: float
    until_s: float


def _closed() -> TranscriberError:
    return TranscriberError("The transcriber was closed.", code="transcriber_closed")


def _lost(*, hung: bool, twice: bool) -> TranscriberError:
    """Return the error for words over which children are lost; one sentence however often it happens."""
    how = "did not answer in time" if hung else "died"
    over = "twice over the same words" if twice else "over words still being spoken"
    return TranscriberError(
        f"The transcriber {how} {over}; they are missing.",
        code="transcriber_hung" if hung else "transcriber_died",
        recoverable=True,
    )


def _dismiss(process: BaseProcess) -> None:
    with contextlib.suppress(OSError, ValueError):  # it may be gone, or buried by the other thread
        process.kill()  # it ignores anything softer, and has nothing to put in order


def _bury(process: BaseProcess) -> None:
    process.join(GOODBYE_S)
    if process.is_alive():
        process.kill()
        process.join()
    process.close()


@contextlib.contextmanager
def _ended_after(limit_s: float, process: BaseProcess) -> Iterator[threading.Event]:
    """Kill the child, which breaks its pipe, when this is not left in time; yields what tells that it was.

    A stopped child takes nothing from its pipe, so that sending to it can hang as well as receiving.
    """
    timed_out = threading.Event()

    def end() -> None:
        timed_out.set()
        _dismiss(process)

    timer = threading.Timer(limit_s, end)
    timer.start()
    try:
        yield timed_out
    finally:
        timer.cancel()
        timer.join()


@contextlib.contextmanager
def _signals_held_back() -> Iterator[None]:
    """Block the parent's signals in this thread, so that a child starts with them blocked too.

    They stay so until the child ignores them; unblocked, they would kill it while it is imported.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # whoever starts it has these signals unblocked by it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, PARENTS_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, factory: TranscriberFactory) -> None:
    """Run in the child: build the transcriber, then answer utterances until the parent hangs up."""
    for number in PARENTS_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, PARENTS_SIGNALS)
    _be_modest()
    _be_silent()
    try:
        transcriber = factory()
    except Exception as error:
        pipe.send(_portable(error))
        return
    pipe.send(transcriber.name)
    while True:
        try:
            utterance, effort = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(transcriber.transcribe(utterance, effort))
        except Exception as error:
            pipe.send(_portable(error))


def _be_modest() -> None:
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(NICENESS)


def _be_silent() -> None:
    # The overlay owns the terminal; a library that writes to it would tear the picture.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _portable(error: Exception) -> Exception:
    """Return the error in a form that survives the pipe."""
    if isinstance(error, RoomtoneError):
        return error
    return TranscriberError(f"The transcriber failed: {error!r}", code="transcriber_failed", recoverable=True)
