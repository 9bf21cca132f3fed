"""Progress with rate and remaining time: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from photomill_cli.output import terminal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

Advance = Callable[[int, str], None]
"""Takes how much is done, and a note."""

_FIGURES = 55
"""Characters beside the bar, with a short note."""
_LEAST_BAR = 8
LINE_INTERVAL = 5.0
"""Seconds between two lines where there is no terminal."""


@contextmanager
def progress(title: str, total: int, *, quiet: bool) -> Iterator[Advance]:
    """Show how far something has come, on standard error; nothing at all when quiet."""
    if quiet:
        yield lambda done, note: None
    elif (console := terminal()) is not None:
        with _bar(console) as bar:
            task = bar.add_task(title, total=total, note="", rate="")
            clock = _Clock()

            def advance(done: int, note: str) -> None:
                bar.update(task, completed=done, note=note, rate=clock.rate(done))

            yield advance
    else:
        yield _lines(title, total)


def _bar(console: "Console") -> "Progress":
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column

    # The figures keep their places; in a narrow window the bar goes first, and the note ends in an ellipsis.
    figures = Column(no_wrap=True, overflow="ignore")
    bars = [BarColumn(bar_width=min(40, console.width - _FIGURES))]
    return Progress(
        TextColumn("{task.description}", table_column=figures),
        *(bars if console.width - _FIGURES >= _LEAST_BAR else ()),
        MofNCompleteColumn(table_column=figures.copy()),
        TextColumn("{task.fields[rate]}", table_column=figures.copy()),
        TimeRemainingColumn(compact=True, table_column=figures.copy()),
        TextColumn("{task.fields[note]}", table_column=Column(no_wrap=True, overflow="ellipsis")),
        console=console,
    )


def _lines(title: str, total: int) -> Advance:
    clock = _Clock()
    spoken = time.monotonic()

    def advance(done: int, note: str) -> None:
        nonlocal spoken
        if time.monotonic() - spoken < LINE_INTERVAL:
            return
        spoken = time.monotonic()
        parts = [
            f"{title}: {done} of {total}",
            clock.rate(done),
            clock.remaining(done, total),
            note,
        ]
        click.echo(", ".join(part for part in parts if part), err=True)

    return advance


class _Clock:
    def __init__(self) -> None:
        self._began = time.monotonic()

    def rate(self, done: int) -> str:
        speed = self._speed(done)
        return f"{speed:.0f}/s" if speed >= 10 else f"{speed:.1f}/s" if speed else ""

    def remaining(self, done: int, total: int) -> str:
        speed = self._speed(done)
        return f"{max(0, total - done) / speed:.0f} s left" if speed else ""

    def _speed(self, done: int) -> float:
        elapsed = time.monotonic() - self._began
        return done / elapsed if elapsed > 0 else 0.0
