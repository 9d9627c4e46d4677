"""Hosts a transcriber in a child process of low priority, so that the call beside us stays smooth.

The parent hands over one utterance at a time and gets the hypotheses back in the same order. A child
that dies is started again and given the same utterance once more.
"""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from roomtone.errors import ModelError, RoomtoneError, TranscriberError
from roomtone.interfaces import Transcriber
from roomtone.types import Hypothesis, Utterance

logger = logging.getLogger(__name__)

NICENESS = 10
"""Halfway down the scale of Unix: the video call goes first, an idle machine is still used fully."""
BELOW_NORMAL_PRIORITY_CLASS = 0x4000
"""The same wish in the words of Windows."""
GOODBYE_S = 2.0
"""How long a child whose pipe is broken may take to leave before it is killed."""
PARENTS_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What a terminal or the system sends to the whole family; the parent ends the child in order."""

TranscriberFactory = Callable[[], Transcriber]
"""Builds the transcriber inside the child; must be picklable."""


class TranscriberProcess:
    """A transcriber in a child process. Use ``start``, then ``transcribe``, then ``aclose``."""

    def __init__(self, factory: TranscriberFactory) -> None:
        self._factory = factory
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._closing = False
        # One thread: it keeps the order, and it may block on the pipe while the loop goes on.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="transcriber")
        self.name = ""
        self.restarts = 0

    async def start(self) -> None:
        """Start the child and wait until its model is loaded; raises what loading raised."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self._spawn)

    async def transcribe(self, utterance: Utterance) -> Hypothesis:
        """Return the words of one utterance; calls are served in the order they were made.

        Raises:
            TranscriberError: when the recogniser failed on it, its process died twice over it, or it was
                closed before the answer.
        """
        if self._closing:
            raise _closed()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._round_trip, utterance)

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
        with _signals_held_back():
            process.start()
        theirs.close()
        self._process, self._pipe = process, ours
        if self._closing:
            _dismiss(process)
        try:
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

    def _round_trip(self, utterance: Utterance) -> Hypothesis:
        for attempt in (1, 2):
            if self._closing:
                raise _closed()
            try:
                assert self._pipe is not None  # noqa: S101 - start() comes first
                self._pipe.send(utterance)
                answer = self._pipe.recv()
            except (EOFError, OSError) as error:
                if self._closing:
                    raise _closed() from error
                logger.warning("the transcriber process died over %s", utterance.utterance_id)
                self._restart()
                if attempt == 1:
                    continue
                raise TranscriberError(
                    f"The transcriber died twice over {utterance.utterance_id}; its words are missing.",
                    code="transcriber_died",
                    recoverable=True,
                ) from error
            if isinstance(answer, Exception):
                raise answer
            assert isinstance(answer, Hypothesis)  # noqa: S101 - the child sends nothing else
            return answer
        raise AssertionError("unreachable")

    def _restart(self) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            _bury(process)
        if self._pipe is not None:
            self._pipe.close()
        self.restarts += 1
        self._spawn()


def _closed() -> TranscriberError:
    return TranscriberError("The transcriber was closed.", code="transcriber_closed")


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
            utterance = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(transcriber.transcribe(utterance))
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
