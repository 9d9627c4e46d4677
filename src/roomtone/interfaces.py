"""The seams: what a stage must offer to stand in the line. No implementation."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from roomtone.events import CaveatNoted, Event
from roomtone.types import AudioChunk, Effort, Hypothesis, Meaning, Reading, Speaker, TurnHeard, Utterance


class AudioSource(Protocol):
    """Audio of one or more sides as 16 kHz mono chunks.

    Chunks of one ``source_id`` are in order and without gaps; two sides of one call are interleaved
    so that neither runs ahead of the other by more than one chunk.
    """

    @property
    def sides(self) -> tuple[tuple[str, Speaker], ...]:
        """The ``(source_id, speaker)`` pairs this source delivers."""
        ...

    def describe(self) -> Sequence[Event]:
        """Return what is known of the sources before the first chunk (``SourceStarted``, ``CaveatNoted``)."""
        ...

    def chunks(self) -> AsyncGenerator[AudioChunk, None]:
        """Yield the audio; raises ``AudioError`` or ``DeviceError`` where it cannot go on."""
        ...

    def happened(self) -> Sequence[Event]:
        """Return what happened to the sources since the last call of this; asked for after every chunk.

        ``SourceLost``, ``SourceStarted``, ``SourceOverflowed``, ``CaveatNoted``, ``CaveatWithdrawn`` and
        ``EchoJudged``, with times not after the end of the last chunk.
        """
        ...

    def describe_end(self) -> Sequence[CaveatNoted]:
        """Return the caveats that only the whole audio can tell; asked for after the last chunk."""
        ...

    async def aclose(self) -> None:
        """Release files and devices; may be called twice."""
        ...


class VoiceActivityDetector(Protocol):
    """Probability that a frame holds speech, with state carried from frame to frame."""

    frame_samples: int

    def probabilities(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return one probability a frame for ``frames`` of shape ``(n, frame_samples)``, in order."""
        ...

    def reset(self) -> None:
        """Forget the audio heard so far."""
        ...


class Transcriber(Protocol):
    """Speech to words. Synchronous; whoever hosts it decides on the thread or process."""

    name: str

    def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        """Return the words of one utterance; raises ``TranscriberError``."""
        ...


class TranscriberHost(Protocol):
    """A transcriber that runs elsewhere: in a child process, or on another machine."""

    name: str

    async def transcribe(self, utterance: Utterance, effort: Effort = Effort.FULL) -> Hypothesis:
        """Return the words of one utterance; calls are served in order; raises ``TranscriberError``."""
        ...

    async def aclose(self) -> None:
        """End it; what it was working on is given up. May be called twice."""
        ...


class EmotionClassifier(Protocol):
    """Reads how a turn sounded against the same speaker's earlier turns, which it remembers."""

    name: str

    def predict(self, turn: TurnHeard) -> Reading:
        """Return the reading of a turn, ``cannot_tell`` rather than a guess; never raises on odd audio."""
        ...

    def settled(self, speaker: Speaker) -> bool:
        """Return whether enough turns of this speaker were heard to judge the next against them."""
        ...


class ActRecogniser(Protocol):
    """Tells what sentences do in a sales conversation. Without memory, so that the order does not matter."""

    name: str

    def recognise(
        self, texts: Sequence[str], speaker: Speaker, *, agenda: Sequence[str] = ()
    ) -> list[Meaning]:
        """Return the meaning of each text, in order; never raises on odd text.

        ``texts`` are sentences of one utterance in order, ``agenda`` the texts of the seller's points.
        """
        ...


class EventSink(Protocol):
    """Something that takes every event in order: the log, the screen, another program."""

    async def publish(self, event: Event) -> None:
        """Take one event; may wait, and so hold the line back."""
        ...

    async def aclose(self) -> None:
        """Write out what is pending and release everything."""
        ...
