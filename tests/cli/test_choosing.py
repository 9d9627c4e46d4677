"""Which model fits the machine, with scripted machines."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from roomtone.cli import choosing, cli
from roomtone.cli.choosing import Choice, at_first_start, choose
from roomtone.cli.context import App
from roomtone.clock import Clock
from roomtone.config.settings import Settings
from roomtone.errors import ModelError
from roomtone.session.preflight import COMFORTABLE_RATIO, Speed
from roomtone.types import Hypothesis

pytestmark = pytest.mark.unit

HEARD = Hypothesis((), "", "en", 5.0, -0.1, 0.0, np.zeros(0, np.float32))
Machine = Callable[..., list[str]]


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(environment={"ROOMTONE_HOME": str(tmp_path / "home")})


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine on which models take so long, None for ever; returns which were tried."""

    def with_models(**took_s: float | None) -> list[str]:
        tried: list[str] = []
        models = {name.replace("_", "."): taken_s for name, taken_s in took_s.items()}

        def resolve(name: str, *, model_directory: Path) -> Path:
            if name not in models:
                raise ModelError("It is not here.", code="model_missing")
            return model_directory / name

        async def timed(_: App, settings: Settings, *, clock: Clock) -> tuple[Speed, Hypothesis]:
            name = settings.whisper.model
            tried.append(name)
            taken_s = models[name]
            if taken_s is None:
                raise TimeoutError
            return Speed(name, 5.0, taken_s), HEARD

        monkeypatch.setattr(choosing.weights, "resolve", resolve)
        monkeypatch.setattr(choosing, "timed", timed)
        return tried

    return with_models


@pytest.mark.parametrize(
    ("models", "chosen", "tried"),
    [
        ({"small": 1.0, "base": 0.5}, "small", ["small"]),
        ({"small": 4.0, "base": 0.5, "tiny_en": 0.2}, "base", ["small", "base"]),
        ({"small": None, "base": 3.0, "tiny_en": 2.5}, "tiny.en", ["small", "base", "tiny.en"]),
        ({"base": 9.0}, "base", ["base"]),
    ],
)
async def test_the_best_that_keeps_up_is_chosen(
    app: App, machine: Machine, models: dict[str, float | None], chosen: str, tried: list[str]
) -> None:
    asked = machine(**models)
    choice = await choose(app, Settings())
    assert (choice.model, asked) == (chosen, tried)


async def test_a_model_for_english_alone_is_none_for_another_language(app: App, machine: Machine) -> None:
    asked = machine(base=9.0, tiny_en=0.1)
    german = app.load({"whisper.language": "de"}).settings
    assert (await choose(app, german)).model == "base"
    assert asked == ["base"]


async def test_without_a_model_there_is_nothing_to_choose(app: App, machine: Machine) -> None:
    machine()
    with pytest.raises(ModelError, match="models fetch base"):
        await choose(app, Settings())


def test_the_first_start_chooses_and_remembers_and_no_later_one_does(app: App, machine: Machine) -> None:
    asked, told = machine(base=9.0, tiny_en=0.5), []
    assert at_first_start(app, app.load(), tell=told.append).whisper.model == "tiny.en"
    assert tomllib.loads(app.config_file.read_text())["whisper"] == {"model": "tiny.en"}
    (message,) = told
    assert "base took 9.0 s for 5 s of speech, tiny.en took 0.5 s" in message
    assert "roomtone models choose" in message
    asked.clear()
    assert at_first_start(app, app.load(), tell=told.append).whisper.model == "tiny.en"
    assert (asked, len(told)) == ([], 1)


def test_a_model_that_somebody_named_is_taken(app: App, machine: Machine) -> None:
    asked = machine(base=9.0, tiny_en=0.5)
    settings = at_first_start(app, app.load({"whisper.model": "base"}))
    assert (settings.whisper.model, asked) == ("base", [])


def test_a_settings_file_that_cannot_be_written_keeps_nobody_from_the_call(
    app: App, machine: Machine, tmp_path: Path
) -> None:
    machine(base=0.5)
    loaded = app.load()
    (tmp_path / "home").write_text("a file where the folder should be")
    told: list[str] = []
    assert at_first_start(app, loaded, tell=told.append).whisper.model == "base"
    assert told[0].startswith("Cannot write ")


def test_without_a_model_the_call_itself_says_so(app: App, machine: Machine) -> None:
    machine()
    assert at_first_start(app, app.load(), tell=pytest.fail).whisper.model == "base"


def test_the_command_chooses_anew(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMTONE_HOME", str(tmp_path))
    machine(small=1.0, base=0.5)
    result = CliRunner().invoke(cli, ["models", "choose"])
    assert result.exit_code == 0
    assert result.stdout.startswith("The speech model small is chosen for this machine: small took 1.0 s")
    assert tomllib.loads((tmp_path / "config.toml").read_text())["whisper"]["model"] == "small"


def test_a_reason_names_what_took_too_long() -> None:
    fast = Speed("base", 5.0, 5.0 * COMFORTABLE_RATIO / 2)
    choice = Choice("base", (("small", None), ("base", fast)))
    assert choice.reason == (
        "The speech model base is chosen for this machine: small too long, base took 1.0 s for 5 s of speech."
    )
