"""What is printed on a terminal, and what elsewhere."""

import io
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from photomill_cli import output, progress
from photomill_cli.main import main

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """Makes a captured stream say that it is a terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)


def test_a_table_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Terminal(monkeypatch)
    output.print_table(("Id", "Distance"), [("[bold]a", 1.5), ("b", 22.25)])
    printed = capsys.readouterr().out
    assert ESCAPE.search(printed)
    lines = [line.rstrip() for line in ESCAPE.sub("", printed).splitlines()]
    assert lines == ["Id       Distance", "[bold]a      1.50", "b           22.25"]


def test_no_colour_where_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Terminal(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    output.print_table(("Id",), [("a",)])
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", capsys.readouterr().out)


def test_fields_cannot_break_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(("A", "B"), [("one\ntwo\tthree", 2)])
    assert capsys.readouterr().out == "one two three\t2\n"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (12_345, "12 kB"),
        (999_900, "1.0 MB"),
        (3_400_000, "3.4 MB"),
        (5 * 10**12, "5.0 TB"),
    ],
)
def test_human_bytes(count: int, text: str) -> None:
    assert output.human_bytes(count) == text


def test_progress_on_a_terminal_has_a_bar_and_a_rate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Terminal(monkeypatch)
    with progress.progress("importing", 10, quiet=False) as advance:
        time.sleep(0.01)
        advance(10, "2 failed")
    shown = ESCAPE.sub("", capsys.readouterr().err)
    assert "10/10" in shown
    assert "2 failed" in shown
    assert re.search(r"[\d.]+/s", shown)


def test_progress_elsewhere_is_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress.progress("importing", 10, quiet=False) as advance:
        advance(1, "")
        monkeypatch.setattr(progress, "LINE_INTERVAL", 0.0)
        advance(5, "1 failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"importing: 5 of 10, [\d.]+/s, \d+ s left, 1 failed", line)


def test_quiet_progress_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.progress("importing", 10, quiet=True) as advance:
        advance(5, "")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("wanted", "coloured"), [("", True), ("1", False)])
def test_errors_have_colour_unless_it_is_not_wanted(wanted: str, coloured: bool) -> None:
    result = CliRunner(env={"NO_COLOR": wanted}).invoke(
        main, ["import", ".", "--attribute", "x"], color=True
    )
    assert result.exit_code == 2
    assert bool(ESCAPE.search(result.stderr)) is coloured


@pytest.mark.parametrize("columns", [50, 80, 200])
def test_progress_keeps_its_figures(columns: int) -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=columns, legacy_windows=False)
    bar = progress._bar(console)
    with bar:
        bar.add_task("importing", total=12_345, completed=6_789, note="9 failed", rate="123/s")
    lines = ESCAPE.sub("", file.getvalue()).replace("\r", "\n").splitlines()
    last = [line for line in lines if "importing" in line][-1]
    assert len(last.rstrip()) <= columns
    for figure in ("importing", "6789/12345", "123/s", "9 failed"):
        assert figure in last


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "photomill_cli", "config", "schema"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
