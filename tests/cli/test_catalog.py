"""``photomill catalog``."""

import sqlite3
from contextlib import closing
from typing import Any


def test_check_says_that_all_is_well(program: Any) -> None:
    assert "whole" in program.output("catalog", "check")


def test_check_finds_damage(program: Any) -> None:
    program.output("keys", "create", "first")
    path = program.data_dir / "catalog.sqlite"
    with closing(sqlite3.connect(path)) as catalog:
        catalog.execute("CREATE TABLE padding AS SELECT randomblob(100000) AS content")
    size = path.stat().st_size
    with open(path, "r+b") as file:
        file.seek(size - 10 * 4096)
        file.write(b"\xff" * 4096 * 9)
    result = program.run("catalog", "check")
    assert result.exit_code == 5
    assert "catalog.sqlite is damaged" in result.output


def test_adopt_begins_anew(program: Any) -> None:
    program.output("keys", "create", "first")
    for path in program.data_dir.glob("catalog.sqlite*"):
        path.unlink()
    refused = program.run("keys", "list")
    assert refused.exit_code == 5
    assert "photomill catalog adopt" in refused.output
    program.output("catalog", "adopt")
    assert program.output("keys", "list", "--quiet") == ""
