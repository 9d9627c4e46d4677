"""A call at call speed whose process is killed: what is left of it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from roomtone.audio.recorded.decode import Decoder
from roomtone.events import SessionEnded, SpeechEnded
from roomtone.session.calls import AUDIO_FILE, Library
from roomtone.session.recovery import recover
from roomtone.session.store import read_events
from roomtone.types import SAMPLE_RATE_HZ

pytestmark = pytest.mark.end_to_end

MOST_LOST_S = 1.0
CALL = """
import asyncio, sys
from pathlib import Path
from roomtone.audio.recorded.file import open_recording
from roomtone.audio.recorded.pace import paced
from roomtone.clock import SystemClock
from roomtone.events import SessionStarted, SpeechEnded
from roomtone.session.calls import AUDIO_FILE
from roomtone.session.keeping import kept
from roomtone.session.store import EventLog
from roomtone.types import Speaker

async def main():
    log = Path(sys.argv[2])
    events = EventLog(log)
    await events.publish(SessionStarted(seq=0, t_s=0.0, title="Killed", mode="live",
        started_at="2026-11-22T10:02:07+00:00", version="0.1.0", transcriber="base"))
    recording = paced(open_recording(Path(sys.argv[1])), SystemClock())
    seq = 0
    async for chunk in kept(recording, log.with_name(AUDIO_FILE)).chunks():
        if chunk.source_id == "seller":
            continue
        seq, end_s = seq + 1, chunk.end_sample / 16_000
        await events.publish(
            SpeechEnded(seq=seq, t_s=end_s, speaker=Speaker.CUSTOMER, start_s=end_s - 0.1, end_s=end_s))
        print(end_s, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("kill_at_s", [1.5, 3.0])
def test_a_killed_call_loses_at_most_a_second_and_is_closed_later(
    short_call: Path, tmp_path: Path, kill_at_s: float
) -> None:
    library = Library(tmp_path)
    log = library.create("2026-11-22-1002-killed")
    command = [sys.executable, "-c", CALL, str(short_call), str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            heard_s = 0.0
            while heard_s < kill_at_s:
                heard_s = float(process.stdout.readline())
        finally:
            process.kill()
        heard_s = max([heard_s, *map(float, process.stdout)])
    print("HEARD", heard_s)
    least_s = heard_s - MOST_LOST_S

    decoder, original = Decoder(log.with_name(AUDIO_FILE)), Decoder(short_call)
    audio = np.concatenate([block.samples for block in decoder.blocks()])
    spoken = np.concatenate([block.samples for block in original.blocks()])
    decoder.close()
    original.close()
    assert len(audio) >= least_s * SAMPLE_RATE_HZ
    print("AUDIO", len(audio) / 16000)
    assert np.array_equal(audio, spoken[: len(audio)])

    before = list(read_events(log))
    assert [event.seq for event in before] == list(range(len(before)))
    print("EVENTS", before[-1].t_s)
    assert before[-1].t_s >= least_s

    (call,) = recover(library).closed
    assert call.duration_s == before[-1].t_s
    *same, ended = read_events(log)
    assert same == before
    assert isinstance(ended, SessionEnded)
    assert isinstance(before[-1], SpeechEnded)
