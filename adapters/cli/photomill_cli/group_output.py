"""Groups of images for people and for programs."""

import os
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

import click
from attrs import frozen

from photomill import GroupingResult, Person
from photomill_cli.contact_sheet import Card, ContactSheet, Section
from photomill_cli.group_moves import Move
from photomill_cli.output import on_one_line, plural


@frozen
class Groups:
    """
    :ivar images: what people call them; ``found`` has their positions.
    :ivar people: whose each group is; empty where they are nobody's.
    """

    images: Sequence[str]
    found: GroupingResult
    people: Sequence[Person] = ()

    @property
    def groups(self) -> list[list[str]]:
        return [[self.images[member] for member in group] for group in self.found.groups]

    @property
    def covers(self) -> list[str]:
        return [self.images[cover] for cover in self.found.covers]

    @property
    def titles(self) -> list[str]:
        """What each group is called."""
        if self.people:
            return [each.name or f"Person {each.number}" for each in self.people]
        return [f"Group {number}" for number in range(1, len(self.found.groups) + 1)]

    @property
    def summary(self) -> str:
        """``250 images in 12 groups of 3 to 40``."""
        if not self.found.groups:
            return "no groups"
        sizes = [len(group) for group in self.found.groups]
        spread = f"{min(sizes)}" if min(sizes) == max(sizes) else f"{min(sizes)} to {max(sizes)}"
        return f"{plural(sum(sizes), 'image')} in {plural(len(sizes), 'group')} of {spread}"


def print_groups(made: Groups, *, quiet: bool) -> None:
    """Print the groups; what is in none of them goes to standard error."""
    groups = zip(made.titles, made.groups, made.covers, strict=True)
    for number, (title, group, cover) in enumerate(groups, start=1):
        if not quiet:
            click.secho(f"{title}: {plural(len(group), 'image')}", bold=True)
        for image in group:
            if quiet:
                click.echo(f"{number}\t{on_one_line(image)}")
            else:
                click.echo(f"  {image}{' (cover)' if image == cover else ''}")
    for note in made.found.notes:
        click.echo(f"note: {note}", err=True)
    for each in made.found.skipped:
        click.echo(f"left out: {each.name}: {each.detail}", err=True)
    if not quiet:
        click.echo(made.summary)


def shown(made: Groups, moves: Sequence[Move]) -> dict[str, Any]:
    """The groups as JSON."""
    found = made.found
    groups = zip(made.groups, made.covers, strict=True)
    document: dict[str, Any] = {
        "groups": [{"cover": cover, "pictures": group} for group, cover in groups],
        "left_out": [
            {"image": each.name, "reason": each.reason.value, "detail": each.detail}
            for each in found.skipped
        ],
        "smallest": found.sizes.smallest,
        "largest": found.sizes.largest,
        "adjusted": list(found.sizes.adjusted),
        "notes": list(found.notes),
    }
    if made.people:
        for group, person in zip(document["groups"], made.people, strict=True):
            group["person"] = {"number": person.number, "name": person.name}
    if moves:
        document["moves"] = [{"from": str(each.source), "to": str(each.target)} for each in moves]
    return document


def contact_sheet(made: Groups) -> ContactSheet:
    """A page with a section for each group, its cover first."""
    root = _common_folder([*made.images, *(each.name for each in made.found.skipped)])
    sections = []
    for title, group, cover in zip(made.titles, made.groups, made.covers, strict=True):
        ordered = [cover, *(image for image in group if image != cover)]
        cards = [_card(image, root, "cover" if image == cover else "") for image in ordered]
        sections.append(Section(f"{title}: {plural(len(group), 'image')}", cards))
    lost = [Card(_below(each.name, root), notes=[each.detail]) for each in made.found.skipped]
    if lost:
        sections.append(Section(f"Left out: {plural(len(lost), 'image')}", lost))
    return ContactSheet("Groups", made.summary, sections)


def _card(image: str, root: Path | None, badge: str) -> Card:
    if "://" in image:
        return Card(image, badge=badge)
    folder = str(PurePath(_below(image, root)).parent)
    return Card(
        Path(image).name,
        image=Path(image),
        notes=[] if folder == "." else [folder],
        badge=badge,
    )


def _common_folder(images: Sequence[str]) -> Path | None:
    """The folder that all files are below; a sheet that is handed on does not tell where it was."""
    folders = [str(Path(each).absolute().parent) for each in images if "://" not in each]
    return Path(os.path.commonpath(folders)) if folders else None


def _below(image: str, root: Path | None) -> str:
    if root is None or "://" in image:
        return image
    path = Path(image).absolute()
    return str(path.relative_to(root)) if path.is_relative_to(root) else path.name
