"""The events of a call as JSON lines, for other programs.

A stable interface: UTF-8, one object a line, each with its ``type`` (the name of the event), ``seq``,
``t_s``, ``source_id`` and the fields of that event as ``roomtone.events`` documents them; times are
seconds since the start of the call. Fields and types are only ever added: skip those you do not know.
Droppable events (partial words, running figures) are left out, so ``seq`` counts from zero without gaps.
A call that was closed in order ends with ``SessionEnded``.
"""

from typing import BinaryIO

from roomtone.events import Event, encode


class JsonSink:
    """Writes each kept event to a binary stream at once; the stream stays open when the sink closes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    async def publish(self, event: Event) -> None:
        """Write one line."""
        if not event.droppable:
            self._stream.write(encode(event) + b"\n")
            self._stream.flush()

    async def aclose(self) -> None:
        """Nothing is pending."""
