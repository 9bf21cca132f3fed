"""Importing Photomill, and listing its plugins, loads no engine library."""

import json
import subprocess
import sys

import pytest

HEAVY = ("faiss", "nmslib", "onnx", "onnxruntime", "open_clip", "pyvips", "torch")


def modules_after(statement: str) -> set[str]:
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "statement",
    [
        "import photomill",
        "import photomill_http",
        "import photomill_cli.main",
        "from importlib.metadata import entry_points\nfor entry in entry_points(group='photomill'): entry.load()",
    ],
    ids=["photomill", "photomill_http", "photomill_cli", "every plugin"],
)
def test_no_heavy_library_is_imported(statement: str) -> None:
    assert modules_after(statement).isdisjoint(HEAVY)


def test_the_command_line_does_not_import_the_web_framework() -> None:
    assert modules_after("import photomill_cli.main").isdisjoint({"starlette", "uvicorn"})
