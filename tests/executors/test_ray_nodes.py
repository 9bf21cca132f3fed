"""The executor on Ray, on several machines."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ray")


def run(script: str, folder: Path) -> None:
    """In a process of its own: Ray's clusters of several nodes leave threads behind."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name(script)), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_units_of_a_machine_that_is_gone_are_done_elsewhere(tmp_path: Path) -> None:
    run("lose_a_node.py", tmp_path)


def test_a_job_that_takes_what_no_machine_has_says_so_and_goes_on_once_one_comes(
    tmp_path: Path,
) -> None:
    run("wait_for_a_node.py", tmp_path)
