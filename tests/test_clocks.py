"""No test depends on how fast the machine is."""

import ast
from pathlib import Path

from hypothesis import settings

TESTS = Path(__file__).parent
CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time"}


def test_examples_have_no_time_limit() -> None:
    assert settings().deadline is None


def test_no_assertion_reads_a_clock() -> None:
    """Except for how long something waits at least."""
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assert):
                names = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
                assert not names & CLOCKS, f"{path}:{node.lineno}"
