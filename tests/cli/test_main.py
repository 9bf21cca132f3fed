"""The program as a whole: help, options, errors, exit codes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from photomill import __version__
from photomill_cli.main import COMMANDS, main


def test_help_lists_every_command_and_imports_none() -> None:
    script = (
        "import json, sys\nfrom photomill_cli.main import main\n"
        "main(['--help'], standalone_mode=False)\nprint(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    *shown, modules = done.stdout.splitlines()
    assert all(any(line.startswith(f"  {name} ") for line in shown) for name in COMMANDS)
    assert set(json.loads(modules)).isdisjoint({"numpy", "sqlalchemy", "rich", "PIL"})


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_command_has_help(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")


def test_version() -> None:
    assert __version__ in CliRunner().invoke(main, ["--version"]).output


def test_common_options_stand_before_or_after_the_command(program: Any) -> None:
    before = CliRunner().invoke(main, [*program.common, "--quiet", "collections", "create", "x"])
    after = CliRunner().invoke(main, ["collections", "list", *program.common, "-q"])
    between = CliRunner().invoke(main, ["collections", *program.common, "-q", "list"])
    assert before.exit_code == after.exit_code == 0, before.output + after.output
    assert before.stdout == after.stdout == between.stdout


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        (["keys", "create", "x", "--scopes", "rule"], 2),
        (["no-such-command"], 2),
        (["collections", "show", "nothing"], 3),
        (["collections", "create", "x", "--embedder", "nothing"], 3),
    ],
)
def test_errors_are_one_line_and_an_exit_code(
    words: list[str], exit_code: int, program: Any
) -> None:
    result = CliRunner().invoke(main, [*program.common, *words])
    assert result.exit_code == exit_code
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_debug_shows_where_an_error_comes_from(program: Any) -> None:
    result = program.run("collections", "show", "nothing", "--debug")
    assert result.exit_code == 3
    assert "Traceback" in result.stderr


def test_a_wrong_configuration_is_wrong_usage(tmp_path: Path) -> None:
    config = tmp_path / "plugins.toml"
    config.write_text("[search]\nembeder = 'main'\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["collections", "list", "--config", str(config)])
    assert result.exit_code == 2
    assert "search.embeder" in result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_what_the_shell_sources(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert "_PHOTOMILL_COMPLETE" in result.stdout


def test_completion_completes(tmp_path: Path) -> None:
    environment = {
        "COMP_WORDS": "photomill coll",
        "COMP_CWORD": "1",
        "_PHOTOMILL_COMPLETE": "bash_complete",
    }
    result = CliRunner().invoke(main, prog_name="photomill", env=environment)
    assert result.stdout == "plain,collections\n"
