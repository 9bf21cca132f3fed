"""What ``photomill edit`` says of what it did, and of what it would do."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from photomill import EditReport, ImageFacts, PlannedEdit, State
from photomill_cli.exits import Exit
from photomill_cli.left_out import print_left_out
from photomill_cli.output import human_bytes, plural, print_json, print_table

SHOWN = 20
"""Images that are named one by one."""


def print_report(report: EditReport, left_out: Sequence[str], *, to_stderr: bool) -> None:
    """Print what was done, and why not where it was not."""
    parts = [f"{plural(report.edited, 'image')} edited ({human_bytes(report.bytes)})"]
    parts += [f"{count:,} made again, as {why}" for why, count in report.redone.items()]
    if report.present:
        parts.append(f"{report.present:,} there already")
    if report.foreign:
        parts.append(f"{len(report.foreign):,} left alone")
    if report.failures:
        parts.append(f"{len(report.failures):,} failed")
    if left_out:
        parts.append(f"{plural(len(left_out), 'file')} left out")
    if report.stopped:
        parts.append("interrupted: run it again to go on")
    click.echo(", ".join(parts), err=to_stderr)
    print_left_out(left_out)
    for note, count in report.notes.items():
        click.echo(f"  {note} ({plural(count, 'image')})", err=True)


def print_faults(report: EditReport, *, quiet: bool) -> None:
    """Name the images that have no result, and those whose results were left alone."""
    if not report.seen and not report.stopped:
        click.echo("no images found: nothing was edited", err=True)
    most = None if quiet else SHOWN
    for failure in report.failures[:most]:
        click.echo(f"{failure.shown}: {failure.error}", err=True)
    for shown, reason in report.foreign[:most]:
        click.echo(
            f"{shown}: something is there already, and {reason}: --overwrite replaces it", err=True
        )


def report_json(report: EditReport, left_out: Sequence[str]) -> dict[str, Any]:
    """What was done, as JSON."""
    return {
        "edited": report.edited,
        "redone": report.redone,
        "present": report.present,
        "left_alone": [{"input": shown, "reason": reason} for shown, reason in report.foreign],
        "left_out": list(left_out),
        "bytes": report.bytes,
        "engines": report.engines,
        "notes": report.notes,
        "failed": [{"input": each.shown, "error": str(each.error)} for each in report.failures],
        "stopped": report.stopped,
    }


def exit_of(report: EditReport) -> Exit:
    """The exit code that a report leads to."""
    if report.stopped:
        return Exit.INTERRUPTED
    return Exit.SOME_FAILED if report.failures or report.foreign else Exit.DONE


def print_plan(plans: Sequence[PlannedEdit], left_out: Sequence[str], *, known: bool) -> None:
    """Print what would be done.

    :param known: whether it was said where the results go.
    """
    print_table(
        ("Image", "Is", "Would be", "Result"),
        [
            (
                each.original.shown,
                _size(each.planned.input) if each.planned else "",
                _size(each.planned.output) if each.planned else "",
                _state(each, known=known),
            )
            for each in plans
        ],
    )
    states = Counter(_state(each, known=known).partition(":")[0] for each in plans)
    parts = [f"{count:,} {state}" for state, count in states.items()] if known else []
    click.echo(", ".join([plural(len(plans), "image"), *parts]))
    print_left_out(left_out)
    print_table(
        ("Operation", "Engine", "Images", "Parameters"),
        [
            (
                step["operation"],
                step["engine"],
                step["pictures"],
                ", ".join(f"{key}={value}" for key, value in step["parameters"].items()),
            )
            for step in _steps(plans)
        ],
    )
    notes = Counter(note for each in plans if each.planned for note in each.planned.notes)
    for note, count in notes.items():
        click.echo(f"  {note} ({plural(count, 'image')})", err=True)


def print_plan_json(plans: Sequence[PlannedEdit], left_out: Sequence[str], *, known: bool) -> None:
    """Print what would be done, as JSON; a step's parameters are those of the first image."""
    images = [_image(each, known=known) for each in plans]
    print_json({"pictures": images, "left_out": list(left_out), "steps": _steps(plans)})


def _image(each: PlannedEdit, *, known: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"input": each.original.shown, "result": each.original.name.name}
    if known and each.error is None:
        shown |= {"state": each.standing.state, "reason": each.standing.reason}
    if each.error is not None:
        shown["error"] = str(each.error)
    if each.planned is not None:
        planned = each.planned
        shown |= {
            "from": _facts(planned.input),
            "to": _facts(planned.output),
            "steps": [
                {"operation": step.operation, "engine": step.engine, "parameters": step.parameters}
                for step in planned.steps
            ],
            "notes": list(planned.notes),
        }
    return shown


def _steps(plans: Sequence[PlannedEdit]) -> list[dict[str, Any]]:
    """Every step and its engine, with how many images go through it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for each in plans:
        for step in each.planned.steps if each.planned else ():
            entry = found.setdefault(
                (step.operation, step.engine),
                {
                    "operation": step.operation,
                    "engine": step.engine,
                    "pictures": 0,
                    "parameters": step.parameters,
                },
            )
            entry["pictures"] += 1
    return list(found.values())


def _state(each: PlannedEdit, *, known: bool) -> str:
    if each.error is not None:
        return f"would fail: {each.error}"
    if not known:
        return ""
    reason = each.standing.reason
    return {
        State.NEW: "new",
        State.CURRENT: "there already",
        State.STALE: f"made again: {reason}",
        State.FOREIGN: f"left alone: {reason}",
    }[each.standing.state]


def _size(facts: ImageFacts) -> str:
    return f"{facts.width} x {facts.height} {facts.format or 'auto'}"


def _facts(facts: ImageFacts) -> dict[str, Any]:
    return {"format": facts.format or "auto", "width": facts.width, "height": facts.height}
