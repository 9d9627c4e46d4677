"""Another process that has a log open."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WRITER = """
import asyncio, sys
from pathlib import Path
from roomtone.events import SessionStarted, SpeechEnded
from roomtone.session.store import EventLog
from roomtone.types import Speaker

async def main():
    log = EventLog(Path(sys.argv[1]))
    if sys.argv[2:]:
        await log.publish(SessionStarted(seq=0, t_s=0.0, title=sys.argv[2], mode="live",
            started_at="2026-11-22T10:02:07+00:00", version="0.1.0", transcriber="base"))
        await log.publish(SpeechEnded(seq=1, t_s=761.0, speaker=Speaker.SELLER, start_s=1.0, end_s=760.0))
        while len(log._connection.execute("SELECT seq FROM event").fetchall()) < 2:
            await asyncio.sleep(0.01)
    print("written", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await log.aclose()

asyncio.run(main())
"""


@contextmanager
def writing(log: Path, title: str = "") -> Iterator["subprocess.Popen[bytes]"]:
    """Run a process that has begun a call, or with no title only its log, and waits; killed at the end."""
    command = [sys.executable, "-c", WRITER, str(log), *([title] if title else [])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"written\n"
            yield process
        finally:
            process.kill()
