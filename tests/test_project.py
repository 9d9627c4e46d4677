import re
import tomllib
from pathlib import Path

import msgspec
import pytest

import roomtone
from roomtone.events import Event

pytestmark = pytest.mark.unit

CHECKOUT = Path(__file__).parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
TEST_MODULES = sorted(Path(__file__).parent.rglob("test_*.py"))
LEVELS = [marker.partition(":")[0] for marker in PROJECT["tool"]["pytest"]["ini_options"]["markers"]]
COMMON_FIELDS = {"seq", "t_s", "source_id"}


def test_the_program_the_package_and_the_change_log_agree_on_the_version():
    changes = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changes, re.MULTILINE)
    assert newest
    assert roomtone.__version__ == PROJECT["project"]["version"] == newest[1]


@pytest.mark.parametrize("event", [event for event in Event.__args__ if not event.droppable])
def test_the_readme_documents_every_event_and_field(event):
    row = next((line for line in README.splitlines() if line.startswith(f"| `{event.__name__}` |")), "")
    fields = {field.name for field in msgspec.structs.fields(event)} - COMMON_FIELDS
    assert row
    assert fields <= set(re.findall(r"`(\w+)`", row))


def test_the_readme_documents_no_other_event():
    documented = set(re.findall(r"^\| `([A-Z]\w+)` \|", README, re.MULTILINE))
    assert documented == {event.__name__ for event in Event.__args__ if not event.droppable}


def test_every_link_in_the_readme_leads_somewhere():
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert links
    assert [link for link in links if "://" not in link and not (CHECKOUT / link).exists()] == []


@pytest.mark.parametrize("path", TEST_MODULES, ids=lambda path: path.stem)
def test_every_test_module_declares_its_level(path):
    declared = re.search(
        r"^pytestmark = (.+?)$\n(?!\s)", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert declared
    assert set(re.findall(r"pytest\.mark\.(\w+)", declared[1])) & set(LEVELS)


def test_the_lock_names_no_place_to_take_packages_from():
    lock = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--find-links" not in lock
