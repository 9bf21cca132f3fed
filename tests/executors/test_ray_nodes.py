"""The executor on Ray, on several machines."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ray")


def test_units_of_a_machine_that_is_gone_are_done_elsewhere(tmp_path: Path) -> None:
    """In a process of its own: Ray's clusters of several nodes leave threads behind."""
    script = Path(__file__).with_name("lose_a_node.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
