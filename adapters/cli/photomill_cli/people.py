"""``photomill people``: who is on a collection's records."""

from collections.abc import Sequence

import attrs
import click

from photomill import Face, NotFound, People, Person
from photomill_cli import passes
from photomill_cli.asking import confirm
from photomill_cli.choosing import choose_collection, collection_option, open_collection
from photomill_cli.collections import yes_option
from photomill_cli.commands import Group
from photomill_cli.interruption import interruption
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import on_one_line, plural, print_json, print_table, working
from photomill_cli.progress import progress


@click.group("people", cls=Group)
def command() -> None:
    """Find the people on a collection's records by their faces, and name, sort and forget them.

    A collection looks for nobody until `people find`, or `collections create --people`, asks for it. A person is named
    by number or name. Faces are biometric data: the law may want the consent of those who are shown.
    """


@command.command("find")
@collection_option
@json_option
@pass_invocation
def find(invocation: Invocation, collection: str | None, as_json: bool) -> None:
    """Look for people on records that are there, and from now on on what is inserted.

    Originals are read where records say that they are, and used where they still are the very images that were inserted.
    Ctrl-C ends it; run again, it goes on. --quiet prints how many faces were found.
    """
    with invocation.engine() as engine, interruption() as interrupted:
        info = choose_collection(engine, collection)
        if not info.people:
            engine.collections.set_people(info.id, True)
        people = engine.collections.open(info.id).people
        with progress("looking", people.count_unsearched(), quiet=invocation.quiet) as advance:
            report = people.find(
                trusted=True,
                progress=lambda so_far: advance(so_far.looked + len(so_far.unreadable), ""),
                stop=lambda: bool(interrupted),
            )
    passes.end(
        invocation,
        {"looked": report.looked, "faces": report.faces},
        f"found {plural(report.faces, 'face')} on {plural(report.looked, 'record')}",
        count=report.faces,
        unreadable=report.unreadable,
        stopped=report.stopped,
        as_json=as_json,
    )


@command.command("list")
@click.option("--all", "everybody", is_flag=True, help="Also those of one face, without a name.")
@collection_option
@json_option
@pass_invocation
def list_all(
    invocation: Invocation, everybody: bool, collection: str | None, as_json: bool
) -> None:
    """List people, those on most records first; --quiet prints their numbers only."""
    with invocation.engine() as engine:
        found = open_collection(engine, collection).people.list_all()
    shown = [each for each in found if everybody or each.name or each.faces > 1]
    if as_json:
        print_json([attrs.asdict(each) for each in shown])
        return
    if invocation.quiet:
        for each in shown:
            click.echo(each.number)
        return
    print_table(
        ("Number", "Name", "Records", "Faces"),
        [(each.number, each.name, each.records, each.faces) for each in shown],
    )
    if len(shown) < len(found):
        click.echo(
            f"{plural(len(found) - len(shown), 'face')} of nobody else: --all lists them", err=True
        )


@command.command("faces")
@click.argument("person")
@collection_option
@json_option
@pass_invocation
def list_faces(invocation: Invocation, person: str, collection: str | None, as_json: bool) -> None:
    """List a person's faces; --quiet prints the ids of the records only.

    Where a face is on its image is told as shares of the width and the height: left, top, width, height.
    """
    with invocation.engine() as engine:
        found = open_collection(engine, collection).people.faces(person)
    if as_json:
        print_json([attrs.asdict(each) for each in found])
    elif invocation.quiet:
        for record_id in dict.fromkeys(each.record_id for each in found):
            click.echo(on_one_line(record_id))
    else:
        print_table(
            ("Face", "Record", "Left", "Top", "Width", "Height"),
            [
                (each.number, each.record_id, each.left, each.top, each.width, each.height)
                for each in found
            ],
        )


@command.command("name")
@click.argument("person")
@click.argument("name")
@collection_option
@json_option
@pass_invocation
def name_person(
    invocation: Invocation, person: str, name: str, collection: str | None, as_json: bool
) -> None:
    """Say who somebody is; an empty NAME takes it away. --quiet prints the person's number only."""
    with invocation.engine() as engine:
        named = open_collection(engine, collection).people.name(person, name)
    _print_person(invocation, named, as_json=as_json)


@command.command("merge")
@click.argument("person")
@click.argument("others", nargs=-1, required=True, metavar="OTHER...")
@collection_option
@json_option
@pass_invocation
def merge(
    invocation: Invocation,
    person: str,
    others: tuple[str, ...],
    collection: str | None,
    as_json: bool,
) -> None:
    """Say that OTHERs are PERSON, who keeps the number and the name. --quiet prints the person's number only."""
    with invocation.engine() as engine:
        merged = open_collection(engine, collection).people.merge(person, others)
    _print_person(invocation, merged, as_json=as_json)


@command.command("split")
@click.argument("person")
@click.argument("faces", nargs=-1, required=True, metavar="FACE...")
@collection_option
@json_option
@pass_invocation
def split(
    invocation: Invocation,
    person: str,
    faces: tuple[str, ...],
    collection: str | None,
    as_json: bool,
) -> None:
    """Make FACEs of PERSON somebody else's, all of them one person's; --quiet prints the new number only.

    A face is given by its number, or by the id of its record.
    """
    with invocation.engine() as engine:
        people = open_collection(engine, collection).people
        other = people.split(person, _numbers(people, person, faces))
    _print_person(invocation, other, as_json=as_json)


@command.command("reject")
@click.argument("person")
@click.argument("faces", nargs=-1, required=True, metavar="FACE...")
@collection_option
@json_option
@pass_invocation
def reject(
    invocation: Invocation,
    person: str,
    faces: tuple[str, ...],
    collection: str | None,
    as_json: bool,
) -> None:
    """Say that FACEs are not PERSON's: each goes to whom it is like, and does not come back by itself.

    A face is given by its number, or by the id of its record. --quiet prints whose they are now.
    """
    with invocation.engine() as engine:
        people = open_collection(engine, collection).people
        moved = people.reject(person, _numbers(people, person, faces))
    if as_json:
        print_json([attrs.asdict(each) for each in moved])
        return
    for each in moved:
        shown = f"face {each.number} on {each.record_id} is number {each.person}'s now"
        click.echo(each.person if invocation.quiet else shown)


@command.command("forget")
@collection_option
@yes_option
@pass_invocation
def forget(invocation: Invocation, collection: str | None, yes: bool) -> None:
    """Remove every face, every crop of one and every name, and look for nobody any more.

    Jobs that look are cancelled. The catalog's file is written anew, so that no copy is left in it. --quiet prints how
    many faces there were.
    """
    with invocation.engine() as engine:
        info = choose_collection(engine, collection)
        if not yes:
            confirm(f"Forget everybody on the records of {info.name!r}?")
        with working("forgetting", quiet=invocation.quiet):
            count = engine.recognition.forget(info.id)
    click.echo(count if invocation.quiet else f"forgot {plural(count, 'face')}")


def _numbers(people: People, person: str, given: Sequence[str]) -> list[int]:
    """The faces that were named by their numbers, or by the ids of the records that they are on.

    :raises NotFound: the person has no such face.
    """
    faces = people.faces(person)
    numbers: list[int] = []
    for name in given:
        found = _named(faces, name)
        if not found:
            raise NotFound(f"{person} has no face {name!r}; `photomill people faces` lists them")
        numbers += found
    return numbers


def _named(faces: Sequence[Face], name: str) -> list[int]:
    by_number = [each.number for each in faces if str(each.number) == name]
    return by_number or [each.number for each in faces if each.record_id == name]


def _print_person(invocation: Invocation, person: Person, *, as_json: bool) -> None:
    if as_json:
        print_json(attrs.asdict(person))
    elif invocation.quiet:
        click.echo(person.number)
    else:
        called = (
            f"{person.name} (number {person.number})" if person.name else f"number {person.number}"
        )
        click.echo(f"{called} is on {plural(person.records, 'record')}")
