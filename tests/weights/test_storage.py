import errno
import subprocess
import sys
from collections import namedtuple

import pytest

from roomtone.errors import ModelError
from roomtone.weights import storage
from roomtone.weights.manifest import File
from roomtone.weights.storage import (
    EndedEarlyError,
    PartFile,
    SourceFailedError,
    locked,
    put_in_place,
    require_space,
    sha256_of,
)

from .conftest import sha256

pytestmark = pytest.mark.unit

DATA = b"some weights"
EXPECTED = File(name="model.bin", size_bytes=len(DATA), sha256=sha256(DATA))


def test_a_whole_file_is_moved_into_place(tmp_path):
    target = tmp_path / "new" / "model.bin"
    with PartFile(target, expected=EXPECTED) as part:
        part.write(DATA[:5])
        assert not target.exists()
        part.write(DATA[5:])
        assert part.finish() == EXPECTED.sha256
    assert target.read_bytes() == DATA
    assert [file.name for file in target.parent.iterdir()] == ["model.bin"]
    assert sha256_of(target) == EXPECTED.sha256


def test_a_wrong_sum_is_refused_and_removed(tmp_path):
    target = tmp_path / "model.bin"
    target.write_bytes(b"what was there before")
    with PartFile(target, expected=EXPECTED) as part:
        part.write(DATA.replace(b"s", b"z"))
        with pytest.raises(SourceFailedError, match=r"model\.bin has the wrong SHA-256 sum"):
            part.finish()
    assert target.read_bytes() == b"what was there before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_short_file_is_kept_and_continued(tmp_path):
    target = tmp_path / "model.bin"
    with PartFile(target, expected=EXPECTED, resume=True) as part:
        part.write(DATA[:4])
        with pytest.raises(EndedEarlyError, match="ended after 4 of 12 bytes"):
            part.finish()
    with PartFile(target, expected=EXPECTED, resume=True) as part:
        assert part.size_bytes == 4
        part.write(DATA[4:])
        part.finish()
    assert target.read_bytes() == DATA


def test_without_resume_and_on_restart_a_part_begins_anew(tmp_path):
    target = tmp_path / "model.bin"
    (tmp_path / "model.bin.part").write_bytes(b"left over")
    with PartFile(target, expected=EXPECTED) as part:
        assert part.size_bytes == 0
        part.write(b"wrong beginning")
        part.restart()
        part.write(DATA)
        part.finish()
    assert target.read_bytes() == DATA


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    with PartFile(tmp_path / "model.bin", expected=EXPECTED) as part:

        def full(descriptor):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(storage.os, "fsync", full)
        part.write(DATA)
        with pytest.raises(ModelError, match="The disk is full: make room in") as caught:
            part.finish()
    assert caught.value.code == "disk_full"
    assert not (tmp_path / "model.bin").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="Cannot write to") as caught:
        PartFile(tmp_path / "file" / "model.bin", expected=EXPECTED)
    assert caught.value.code == "model_directory_unwritable"


def test_room_on_the_disk_is_asked_for_first(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _: usage(10**9, 9 * 10**8, 20_000_000))
    require_space(tmp_path, 20_000_000)
    with pytest.raises(ModelError, match="152 MB are needed, 20 MB are free") as caught:
        require_space(tmp_path, 152_000_000)
    assert caught.value.code == "disk_full"


def test_a_staging_folder_replaces_a_damaged_one(tmp_path):
    folder, staging = tmp_path / "whisper-x", tmp_path / "whisper-x.0.part"
    for directory, name in ((folder, "old"), (staging, "new")):
        directory.mkdir()
        (directory / name).touch()
    put_in_place(staging, folder)
    assert [file.name for file in folder.iterdir()] == ["new"]
    assert not staging.exists()


def test_the_lock_keeps_a_second_process_waiting_until_the_first_is_gone(tmp_path):
    file = tmp_path / "models" / ".lock"
    holder = (
        "import sys; from pathlib import Path; from roomtone.weights.storage import locked\n"
        "with locked(Path(sys.argv[1]), waiting=lambda: None): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        order = []

        def waiting():
            order.append("waiting")
            process.stdin.close()

        with locked(file, waiting=waiting):
            order.append("mine")
    assert order == ["waiting", "mine"]
