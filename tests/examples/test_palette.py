"""The example package installs as a stranger's would, passes its own tests, and is found."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples/photomill-palette"
MINUTE = 60

Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run Python where the example is installed beside what is installed here."""
    target = tmp_path_factory.mktemp("installed")
    environ = os.environ | {"PYTHONPATH": str(target), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=environ,
            cwd=target,
            capture_output=True,
            text=True,
            timeout=2 * MINUTE,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    run("-m", "pip", "install", *options, "--target", str(target), str(EXAMPLE))
    return run


def test_its_own_tests_pass(run: Run) -> None:
    options = ("-q", "-p", "no:cacheprovider", "--basetemp", "temporary")
    assert " passed" in run("-m", "pytest", *options, str(EXAMPLE))


def test_it_is_listed(run: Run) -> None:
    plugins = json.loads(run("-m", "photomill_cli", "plugins", "--json"))
    (found,) = (plugin for plugin in plugins if plugin["distribution"] == "photomill-palette")
    assert [component["use"] for component in found["components"]] == ["palette", "palette:sepia"]
    assert found["unavailable"] == ""


def test_it_is_chosen_by_a_setting(run: Run) -> None:
    code = (
        "from photomill import Components, load_settings;"
        "use = {'embedders.main.use': 'palette', 'embedders.main.options.grid': 5};"
        "settings = load_settings(environ={}, overrides=use);"
        "print(Components.load(settings).embedder('main').dimension)"
    )
    assert run("-c", code).strip() == "76"
