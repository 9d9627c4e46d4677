import os
import signal
import subprocess
import sys
import threading

import pytest

from roomtone.audio.devices.child import start
from sound_server import wait_until

pytestmark = pytest.mark.unit

LASTING = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]

needs_pdeathsig = pytest.mark.skipif(
    subprocess.run(["sh", "-c", "command -v setpriv"], capture_output=True).returncode != 0,  # noqa: S607
    reason="needs setpriv of util-linux",
)


def gone(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    return False


def test_its_output_and_errors_can_be_read():
    code = "import os; os.write(1, b'out'); os.write(2, b'err ' + os.environ['LC_ALL'].encode())"
    with start([sys.executable, "-c", code]) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read() == b"out"
        assert process.stderr.read() == b"err C.UTF-8"
    assert process.returncode == 0


def test_ctrl_c_is_not_for_it():
    with start(LASTING) as process:
        assert os.getsid(process.pid) != os.getsid(0)
        process.kill()


@needs_pdeathsig
def test_it_ends_with_the_thread_that_started_it():
    started = []

    def run() -> None:
        started.append(start(LASTING))
        started[0].stdout.readline()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    with started[0] as process:
        assert process.wait(10) == -signal.SIGKILL


@needs_pdeathsig
def test_it_does_not_outlive_a_parent_that_is_killed():
    code = (
        "import sys, time; from roomtone.audio.devices.child import start\n"
        f"process = start({LASTING!r}); process.stdout.readline()\n"
        "print(process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child_id = int(parent.stdout.readline())
        assert not gone(child_id)
        parent.kill()
    wait_until(lambda: gone(child_id))


def test_a_program_that_is_not_there_is_an_error(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(OSError, match="no-such-program"):
        start(["no-such-program"])
