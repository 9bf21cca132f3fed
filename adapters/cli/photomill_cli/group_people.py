"""Images into groups by the people on them, as a collection knows them."""

from collections.abc import Sequence
from pathlib import Path

from photomill import Collection, GroupingResult, InvalidInput, unescape_name
from photomill_cli.group_output import Groups

PEOPLE = "people"
"""The mode that needs a collection, and no job: its faces were found before."""


def group_by_people(collection: Collection, images: Sequence[str]) -> Groups:
    """Group files that are records of a collection by whose face is the largest on each.

    :param images: as people name them.
    :raises InvalidInput: the collection looks for nobody.
    """
    if not collection.info.people:
        raise InvalidInput(
            f"{collection.info.name!r} looks for nobody: photomill people find --collection "
            f"{collection.info.name!r}",
            path="--mode",
        )
    positions = _positions(images)
    records = {
        record.id: positions[place]
        for record in collection.iterate()
        if (place := _place(record.attributes.get("_file"))) in positions
    }
    groups = collection.people.by_person(list(records))
    members = [[records[each] for each in ids] for _, ids in groups]
    found = GroupingResult.of(
        {
            "groups": [sorted(group) for group in members],
            "covers": [group[0] for group in members],
            "bursts": [],
            "adjusted": [],
            "names": list(images),
            "sizes": {
                "groups": len(members),
                "smallest": 1,
                "largest": max(map(len, members), default=0),
            },
            "skipped": _left_out(
                images, set(records.values()), {i for each in members for i in each}
            ),
        }
    )
    return Groups(images, found, [person for person, _ in groups])


def _positions(images: Sequence[str]) -> dict[str, int]:
    return {_place(image): place for place, image in enumerate(images) if "://" not in image}


def _place(path: object) -> str:
    """One name for a file, however it is reached; empty for what is none."""
    return str(Path(unescape_name(path)).resolve()) if isinstance(path, str) else ""


def _left_out(images: Sequence[str], known: set[int], shown: set[int]) -> list[dict[str, str]]:
    return [
        {
            "name": image,
            "reason": "nobody",
            "detail": "nobody is known on it"
            if place in known
            else "it is in no record of the collection",
        }
        for place, image in enumerate(images)
        if place not in shown
    ]
