"""Words from another machine, and from this one whenever that does not answer."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from roomtone.clock import Clock, SystemClock
from roomtone.config.settings import ServerSettings
from roomtone.interfaces import TranscriberHost
from roomtone.speech.server import ServerError, TranscriptionServer
from roomtone.types import Effort, Hypothesis, Utterance

logger = logging.getLogger(__name__)

FIRST_RETRY_S = 5.0
"""A server that failed is asked again after this, and after twice as long each further time."""
LONGEST_RETRY_S = 120.0
"""A question every two minutes bothers no server, and costs no more than its timeout."""


class RemoteTranscriber:
    """Implements ``TranscriberHost``: final words from a server, partial ones from the ``local`` host.

    Audio of speech that goes on never leaves the machine before it is over. Where the server fails, the words
    come from the local host, and for a while the server is not asked. ``terms`` are names that may be said.
    """

    def __init__(
        self,
        settings: ServerSettings,
        local: TranscriberHost,
        *,
        language: str,
        terms: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> None:
        """Raise ``ConfigError`` when the address is none."""
        self._server = TranscriptionServer(settings, language=language)
        self._local = local
        self._prompt = ", ".join(terms)
        self._clock = clock or SystemClock()
        self._wait_s = 0.0
        self._again_at_s = 0.0
        # One thread: requests are served in order, and the loop goes on.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="transcription-server")
        self._closing = False
        self.name = f"{settings.model} on {self._server.address.host}"
        self.problem = ""
        """Why words come from this machine now, for the user; empty while the server answers."""

    @property
    def notice(self) -> str:
        """What the user has to know of where the sound goes."""
        address = self._server.address
        if not address.is_elsewhere:
            return f"Words come from a transcription server on this machine ({address.host})."
        plainly = "" if address.encrypted else ", not encrypted"
        return f"Sound leaves this machine: what is said is sent to {address.host} for its words{plainly}."

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        """Return the words of one utterance; raises what the local host raises when that is asked."""
        if utterance.still_open:
            return await self._local.transcribe(replace(utterance, may_end=False), effort)
        if self._closing or self._clock.now_s() < self._again_at_s:
            return await self._local.transcribe(utterance, effort)
        loop = asyncio.get_running_loop()
        try:
            hypothesis = await loop.run_in_executor(self._thread, self._ask, utterance)
        except ServerError as error:
            self._went_wrong(error)
            return await self._local.transcribe(utterance, effort)
        self._wait_s = self._again_at_s = 0.0
        self.problem = ""
        return hypothesis

    async def aclose(self) -> None:
        """End it, and the local host; what the server was working on is given up. May be called twice."""
        self._closing = True
        self._server.close()
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        await self._local.aclose()

    def _ask(self, utterance: Utterance) -> Hypothesis:
        if self._closing or self._clock.now_s() < self._again_at_s:
            raise ServerError("it failed a moment ago")
        return self._server.transcribe(utterance, self._prompt)

    def _went_wrong(self, error: ServerError) -> None:
        now_s = self._clock.now_s()
        if now_s < self._again_at_s:
            return  # others waited while the first of them failed
        doubled_s = FIRST_RETRY_S if not self._wait_s else 2 * self._wait_s
        self._wait_s = min(LONGEST_RETRY_S, max(doubled_s, error.retry_after_s))
        self._again_at_s = now_s + self._wait_s
        logger.warning("the transcription server failed: %s", error.why)
        self.problem = (
            f"The transcription server {self._server.address.host} gives no words: {error.why};"
            " they come from this machine until it does."
        )
