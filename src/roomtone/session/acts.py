"""Has the sentences of each utterance recognised for what they do, in a thread beside the line."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from roomtone.conversation.sentences import sentences
from roomtone.events import ActsRecognised, StageFailed, TranscriptFinal
from roomtone.interfaces import ActRecogniser
from roomtone.types import AgendaPoint, SentenceMeaning

logger = logging.getLogger(__name__)

LEAST_CLOSENESS = 0.2
"""Cosine similarity below which a sentence has nothing to do with a point of the agenda."""
STAGE = "acts"


class ActReader:
    """Recognises utterances one after the other; a recogniser that fails is not asked again."""

    def __init__(self, recogniser: ActRecogniser) -> None:
        self._recogniser = recogniser
        self._failed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="acts")

    async def read(
        self, final: TranscriptFinal, points: Sequence[AgendaPoint]
    ) -> ActsRecognised | StageFailed | None:
        """Return what the sentences of an utterance do; None when there is nothing to say of it.

        Takes a few ms a sentence. ``points`` are those of the agenda the sentences are compared with.
        """
        if self._failed or not final.text.strip():
            return None
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._read, final, points)
        except Exception as error:  # whatever it is: the call goes on without this stage, and says so
            logger.exception("the sentences of %s were not recognised", final.utterance_id)
            self._failed = True
            message = (
                f"What is said is not made sense of any more ({error!r}); the words themselves still come."
            )
            return StageFailed(
                t_s=final.t_s, stage=STAGE, code="acts_failed", message=message, recoverable=True
            )

    def close(self) -> None:
        """Let the thread go; may be called twice."""
        self._thread.shutdown(wait=False)

    def _read(self, final: TranscriptFinal, points: Sequence[AgendaPoint]) -> ActsRecognised:
        said = sentences(final)
        meanings = self._recogniser.recognise(
            [sentence.text for sentence in said], final.speaker, agenda=[point.text for point in points]
        )
        return ActsRecognised(
            t_s=final.t_s,
            source_id=final.source_id,
            utterance_id=final.utterance_id,
            speaker=final.speaker,
            model=self._recogniser.name,
            sentences=tuple(
                SentenceMeaning(
                    text=sentence.text,
                    start_s=round(sentence.start_s, 4),
                    end_s=round(sentence.end_s, 4),
                    acts={act: round(probability, 3) for act, probability in meaning.acts.items()},
                    closeness={
                        point.point_id: round(closeness, 3)
                        for point, closeness in zip(points, meaning.closeness, strict=False)
                        if closeness >= LEAST_CLOSENESS
                    },
                    promise=meaning.promise,
                )
                for sentence, meaning in zip(said, meanings, strict=True)
            ),
        )
