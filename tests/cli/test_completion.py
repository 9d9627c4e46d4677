import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from roomtone.cli import cli

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("shell", "sign"),
    [
        ("bash", "complete -o nosort -F _roomtone_completion roomtone"),
        ("zsh", "#compdef roomtone"),
        ("fish", "complete --no-files --command roomtone"),
    ],
)
def test_each_shell_gets_its_script(shell, sign):
    result = CliRunner().invoke(cli, ["completion", shell])
    assert result.exit_code == 0
    assert sign in result.stdout
    assert f"_ROOMTONE_COMPLETE={shell}_complete" in result.stdout


def test_another_shell_is_a_usage_error():
    assert CliRunner().invoke(cli, ["completion", "tcsh"]).exit_code == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_program_answers_what_the_script_asks():
    answer = subprocess.run(
        [sys.executable, "-c", "from roomtone.cli import cli; cli(prog_name='roomtone')"],
        env=os.environ
        | {"_ROOMTONE_COMPLETE": "bash_complete", "COMP_WORDS": "roomtone models f", "COMP_CWORD": "2"},
        capture_output=True,
        text=True,
    )
    assert answer.stdout == "plain,fetch\n"
