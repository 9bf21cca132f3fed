"""Groups of pictures for people and for programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from attrs import frozen

from photomill.grouping.result import GroupingResult
from photomill_cli.contact_sheet import Card, ContactSheet, Section
from photomill_cli.group_moves import Move
from photomill_cli.output import plural


@frozen
class Groups:
    """
    :ivar pictures: what people call them; ``found`` has their positions.
    """

    pictures: Sequence[str]
    found: GroupingResult

    @property
    def groups(self) -> list[list[str]]:
        return [[self.pictures[member] for member in group] for group in self.found.groups]

    @property
    def covers(self) -> list[str]:
        return [self.pictures[cover] for cover in self.found.covers]

    @property
    def summary(self) -> str:
        """``250 pictures in 12 groups of 3 to 40``."""
        sizes = [len(group) for group in self.found.groups]
        spread = f"{min(sizes)}" if min(sizes) == max(sizes) else f"{min(sizes)} to {max(sizes)}"
        return f"{plural(sum(sizes), 'picture')} in {plural(len(sizes), 'group')} of {spread}"


def print_groups(made: Groups, *, quiet: bool) -> None:
    """Print the groups; what is in none of them goes to standard error."""
    for number, (group, cover) in enumerate(zip(made.groups, made.covers, strict=True), start=1):
        if not quiet:
            click.secho(f"Group {number}: {plural(len(group), 'picture')}", bold=True)
        for picture in group:
            if quiet:
                click.echo(f"{number}\t{picture}")
            else:
                click.echo(f"  {picture}{' (cover)' if picture == cover else ''}")
    for note in made.found.notes:
        click.echo(f"note: {note}", err=True)
    for each in made.found.left_out:
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
            {"picture": each.name, "reason": each.reason.value, "detail": each.detail}
            for each in found.left_out
        ],
        "smallest": found.sizes.smallest,
        "largest": found.sizes.largest,
        "adjusted": list(found.sizes.adjusted),
        "notes": list(found.notes),
    }
    if moves:
        document["moves"] = [{"from": str(each.source), "to": str(each.target)} for each in moves]
    return document


def contact_sheet(made: Groups) -> ContactSheet:
    """A page with a section for each group, its cover first."""
    sections = []
    for number, (group, cover) in enumerate(zip(made.groups, made.covers, strict=True), start=1):
        ordered = [cover, *(picture for picture in group if picture != cover)]
        cards = [_card(picture, "cover" if picture == cover else "") for picture in ordered]
        sections.append(Section(f"Group {number}: {plural(len(group), 'picture')}", cards))
    lost = [Card(each.name, notes=[each.detail]) for each in made.found.left_out]
    if lost:
        sections.append(Section(f"Left out: {plural(len(lost), 'picture')}", lost))
    return ContactSheet("Groups", made.summary, sections)


def _card(picture: str, badge: str) -> Card:
    if "://" in picture:
        return Card(picture, badge=badge)
    path = Path(picture)
    return Card(path.name, picture=path, notes=[str(path.parent)], badge=badge)
