from collections.abc import Iterator
from pathlib import Path

import pytest

from small_disk import SmallDisk, mounted_below


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with mounted_below(tmp_path) as disk:
        yield disk
