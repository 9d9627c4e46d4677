import io

import pytest
from scripted_call import running_call, whole_call

from roomtone.events import decode
from roomtone.ui.jsonl import JsonSink

pytestmark = pytest.mark.unit


async def test_every_kept_event_comes_back_as_it_was() -> None:
    stream = io.BytesIO()
    sink = JsonSink(stream)
    for event in whole_call():
        await sink.publish(event)
    await sink.aclose()
    lines = stream.getvalue().splitlines()
    assert [decode(line) for line in lines] == [event for event in whole_call() if not event.droppable]


async def test_each_line_is_written_out_at_once() -> None:
    raw = io.BytesIO()
    stream = io.BufferedWriter(raw, buffer_size=1 << 20)
    await JsonSink(stream).publish(running_call()[0])
    assert raw.getvalue().startswith(b'{"type":"SessionStarted"')
    assert raw.getvalue().endswith(b"}\n")
