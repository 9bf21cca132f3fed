"""``photomill jobs``: list, show, control, and work."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import attrs
import click

from photomill import (
    EDIT_FILES,
    IMPORT,
    Conflict,
    Engine,
    InvalidInput,
    ItemState,
    Job,
    JobState,
    RepeatedMessages,
    escape_name,
    unreadable_records,
)
from photomill_cli.commands import Group
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import moment, print_details, print_json, print_table

SHOWN_ERRORS = 20


@click.group("jobs", cls=Group)
def command() -> None:
    """List, show and control jobs, and work on them."""


@command.command("list")
@click.option("--state", type=click.Choice([state.value for state in JobState]), help="Only those.")
@click.option(
    "--kind",
    help="Only those: copy_to_groups, copy_to_storage, edit, edit_batch, edit_files, find_duplicates, find_people, group_image, import, photo, read_texts, reembed, zip.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many."
)
@json_option
@pass_invocation
def list_all(
    invocation: Invocation, state: str | None, kind: str | None, limit: int, as_json: bool
) -> None:
    """List jobs, the newest first; --quiet prints their numbers."""
    with invocation.engine() as engine:
        if kind is not None and kind not in engine.jobs.kinds:
            expected = ", ".join(engine.jobs.kinds)
            raise InvalidInput(f"expected one of {expected}, got {kind!r}", path="kind")
        chosen = None if state is None else [JobState(state)]
        found = engine.jobs.list_jobs(kind=kind, states=chosen, limit=limit)
        waiting = {job.number: engine.jobs.waits_for(job.number) for job in found}
    if as_json:
        print_json([_shown(job, waiting[job.number]) for job in found])
    elif invocation.quiet:
        for job in found:
            click.echo(job.number)
    else:
        print_table(("Job", "Kind", "State", "Progress", "Owner", "Created"), [*map(_row, found)])
        for job in found:
            if waiting[job.number]:
                click.echo(f"job {job.number} waits: {waiting[job.number]}")


@command.command("show")
@click.argument("number", type=int)
@json_option
@pass_invocation
def show(invocation: Invocation, number: int, as_json: bool) -> None:
    """Show a job and its errors; --quiet prints its state."""
    with invocation.engine() as engine:
        job = engine.jobs.get(number)
        waits = engine.jobs.waits_for(number)
        limit = None if as_json else SHOWN_ERRORS
        failed = list(engine.jobs.items(number, state=ItemState.FAILED, limit=limit))
        unreadable = list(islice(unreadable_records(engine.jobs, number), limit))
        errors = [(item.name, item.error) for item in failed]
        errors += [(escape_name(each.id), each.error) for each in unreadable]
        # The items of some kinds are many files each.
        if job.kind == IMPORT and not as_json:
            failures = engine.importing.report(number).failures[:limit]
            errors = [(escape_name(str(each.path)), str(each.error)) for each in failures]
        if job.kind == EDIT_FILES and not as_json:
            failed_edits = engine.file_editing.report(number).failures[:limit]
            errors = [(each.shown, each.error) for each in failed_edits]
    if as_json:
        found = [
            {"position": item.position, "name": item.name, "error": item.error} for item in failed
        ]
        found += [
            {"position": each.position, "name": each.id, "error": each.error} for each in unreadable
        ]
        print_json({**_shown(job, waits), "plan": job.plan, "result": job.result, "errors": found})
    elif invocation.quiet:
        click.echo(job.state)
    else:
        _print(job, waits)
        for name, error in errors[:limit]:
            click.echo(f"{name}: {error}")


@command.command("cancel")
@click.argument("number", type=int)
@pass_invocation
def cancel(invocation: Invocation, number: int) -> None:
    """Begin no further item of a job; what was done stays done. One that has ended stays as it is."""
    with invocation.engine() as engine:
        try:
            job = engine.jobs.cancel(number)
        except Conflict:
            job = engine.jobs.get(number)
            if not invocation.quiet:
                click.echo("it has ended already", err=True)
    _say(invocation, job)


@command.command("pause")
@click.argument("number", type=int)
@pass_invocation
def pause(invocation: Invocation, number: int) -> None:
    """Let a job rest until it is resumed."""
    with invocation.engine() as engine:
        _say(invocation, engine.jobs.pause(number))


@command.command("resume")
@click.argument("number", type=int)
@pass_invocation
def resume(invocation: Invocation, number: int) -> None:
    """Go on with a job that was paused."""
    with invocation.engine() as engine:
        _say(invocation, engine.jobs.resume(number))


@command.command("retry")
@click.argument("number", type=int)
@pass_invocation
def retry(invocation: Invocation, number: int) -> None:
    """Do again what failed of a job that has ended."""
    with invocation.engine() as engine:
        _say(invocation, engine.jobs.retry(number))


@command.command("delete")
@click.argument("number", type=int)
@pass_invocation
def delete(invocation: Invocation, number: int) -> None:
    """Forget a job that has ended; its results stay."""
    with invocation.engine() as engine:
        engine.jobs.delete(number)
    if not invocation.quiet:
        click.echo(f"forgot job {number}")


@command.command("work")
@click.option("--until-idle", is_flag=True, help="End when there is nothing left to do.")
@pass_invocation
def work(invocation: Invocation, until_idle: bool) -> None:
    """Work on jobs until SIGTERM or Ctrl-C, beside a server or without one.

    What is under way then comes to its end, and the rest is left to others.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with _logging(), invocation.engine() as engine:
        engine.check_sharing()
        engine.jobs.start()
        if not invocation.quiet:
            click.echo("working on jobs", err=True)
        while not stopping.wait(0.2):
            if until_idle and not _is_busy(engine):
                break


@contextmanager
def _logging() -> Iterator[None]:
    """Log to standard error, but what comes again and again only a few times a minute: work goes on for days."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(RepeatedMessages())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


def _is_busy(engine: Engine) -> bool:
    running = (JobState.ACCEPTED, JobState.WAITING, JobState.PROCESSING)
    return bool(engine.jobs.list_jobs(states=running, limit=1))


def _say(invocation: Invocation, job: Job) -> None:
    click.echo(job.state if invocation.quiet else f"job {job.number} is {job.state}")


def _print(job: Job, waits: str) -> None:
    details: list[tuple[str, object]] = [
        ("Job", job.number),
        ("Kind", job.kind),
        ("State", job.state),
        ("Progress", _progress(job)),
        ("Created", moment(job.created)),
    ]
    if job.started is not None:
        details.append(("Started", moment(job.started)))
    if job.finished is not None:
        details.append(("Finished", moment(job.finished)))
    if waits:
        details.append(("Waits", waits))
    if job.error:
        details.append(("Error", job.error))
    if job.callback is not None:
        details.append(("Callback", f"{job.callback.uri} ({job.callback_state})"))
    print_details(details)


def _row(job: Job) -> tuple[object, ...]:
    owner = job.owner or "-"
    return (job.number, job.kind, job.state, _progress(job), owner, moment(job.created))


def _progress(job: Job) -> str:
    progress = job.progress
    ended = progress.done + progress.failed + progress.skipped
    total = f"{progress.found}+" if progress.total is None else f"{progress.total}"
    failed = f", {progress.failed} failed" if progress.failed else ""
    return f"{ended}/{total}{failed}"


def _shown(job: Job, waits: str) -> dict[str, Any]:
    return {
        "number": job.number,
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "owner": job.owner,
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
        "progress": attrs.asdict(job.progress),
        "error": job.error,
        "waits": waits,
    }
