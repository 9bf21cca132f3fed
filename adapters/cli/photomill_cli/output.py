"""Printing: tables and colour for people, plain lines and JSON for programs."""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:
    from rich.console import Console

_BREAKS = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
"""Control characters, and what else some programs take for the end of a line."""


def print_json(value: Any) -> None:
    """Print a JSON document, indented."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def on_one_line(name: object) -> str:
    """An id or a path, as programs read it between tabs and line ends; one that holds such is written as a JSON string.

    So is one that begins with a quotation mark, by which a JSON string is known.
    """
    text = str(name)
    if text.startswith('"') or _BREAKS.search(text):
        return json.dumps(text)
    return text


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table on a terminal, and lines of fields with tabs between them elsewhere."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(_one_line(cell) for cell in row))
        return
    # Rich is imported where it draws: most commands only print lines.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        numbers = all(isinstance(row[place], int | float) for row in rows) and bool(rows)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_one_line(cell)) for cell in row))
    Console().print(table)


def print_details(details: Sequence[tuple[str, object]]) -> None:
    """Print names and values, one a line."""
    width = max(len(name) for name, _ in details)
    for name, value in details:
        click.echo(f"{click.style(name.ljust(width), bold=True)}  {_one_line(value)}")


def terminal() -> "Console | None":
    """Standard error, where it is a terminal, or the environment says that it is to be taken for one."""
    if not sys.stderr.isatty() and not {"FORCE_COLOR", "TTY_COMPATIBLE"} & set(os.environ):
        return None
    from rich.console import Console

    console = Console(stderr=True)
    return console if console.is_terminal else None


@contextmanager
def working(message: str, *, quiet: bool) -> Iterator[None]:
    """Show that something goes on, where somebody looks."""
    console = None if quiet else terminal()
    if console is None:
        yield
        return
    with console.status(message):
        yield


def plural(count: int, noun: str) -> str:
    """``1 record``, ``1,200 records``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def moment(seconds: float) -> str:
    """A time since the epoch as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def human_bytes(count: int) -> str:
    """``12 kB``, ``3.4 MB``."""
    if count < 1000:
        return f"{count} B"
    size = float(count)
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.5:
            return f"{size:.0f} {unit}" if size >= 10 else f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"


def _one_line(cell: object) -> str:
    text = f"{cell:.2f}" if isinstance(cell, float) else str(cell)
    return " ".join(text.split()) if "\n" in text or "\t" in text else text
