"""What a server acknowledged is there after it was killed: a short turn of ``benchmarks/kills.py``."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "kills.py"


def test_a_server_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    output = tmp_path / "kills.json"
    command = [sys.executable, str(SCRIPT), "--kills", "2", "--output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = json.loads(output.read_text())
    assert set(counts) == {"records", "batches", "edits", "groupings", "uploads", "archives"}
    assert sum(acknowledged for acknowledged, _ in counts.values()) > 0
