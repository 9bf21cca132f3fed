"""The people of a collection: found, named, merged, sorted, and forgotten."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from attrs import frozen
from starlette.responses import Response

from photomill import (
    ADMIN_SCOPE,
    Collection,
    Conflict,
    InvalidInput,
    Person,
)
from photomill_browser.frame import Page, View, Visit
from photomill_browser.job_access import may_see
from photomill_browser.numbers import whole_parameter
from photomill_browser.pages.duplicates import page_number
from photomill_browser.shown import name_of

ADDRESS = "/library/{collection:uuid}/people"
ON_A_PAGE = 120

_UNKEPT = "no-store"
"""Faces stay in no browser's cache, where nobody could forget them."""


@frozen
class Naming:
    person: int
    name: str


@frozen
class Merging:
    """
    :ivar into: whose number and, where there is one, name stays.
    """

    into: int
    others: tuple[int, ...]


@frozen
class Faces:
    """Faces of a person."""

    person: int
    faces: tuple[int, ...]


# ---------------------------------------------------------------- reading


def choose(visit: Visit) -> Any:
    """The collections whose people the key may see."""
    return {"collections": visit.collections(), "data": {"people": [], "looking": False}}


def show(visit: Visit) -> Any:
    """Everybody of a collection; who was seen once and has no name only where the address says ``show=all``."""
    collection = visit.collection()
    found = collection.people.list_all()
    known = [each for each in found if each.name or each.faces > 1]
    everybody = visit.query.get("show") == "all"
    listed = found if everybody else known
    pages = max(1, -(-len(listed) // ON_A_PAGE))
    page = min(page_number(visit), pages)
    shown = listed[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    return {
        **_frame(visit, collection, found),
        "people": shown,
        "everybody": everybody,
        "hidden": len(found) - len(known),
        "page_number": page,
        "pages": pages,
        "state": state(visit) if collection.info.people else None,
        "data": {
            "base": people_address(collection),
            "people": [_described(each) for each in shown],
            "looking": visit.engine.recognition.job_of(collection.info.id) is not None,
        },
    }


def show_person(visit: Visit) -> Any:
    """One person's faces, each with the record that it is on."""
    collection = visit.collection()
    person = collection.people.get(int(visit.parameters["number"]))
    pages = max(1, -(-person.faces // ON_A_PAGE))
    page = min(page_number(visit), pages)
    faces = collection.people.faces(person.number, offset=(page - 1) * ON_A_PAGE, limit=ON_A_PAGE)
    records = collection.get([face.record_id for face in faces])
    return {
        **_frame(visit, collection, collection.people.list_all()),
        "person": person,
        "faces": [
            (face.number, face.record_id, face.record_id if record is None else name_of(record))
            for face, record in zip(faces, records, strict=True)
        ],
        "filter": json.dumps({"people": person.name}, ensure_ascii=False) if person.name else "",
        "page_number": page,
        "pages": pages,
        "data": {
            "base": people_address(collection),
            "people": [_described(person)],
            "looking": False,
            "person": person.number,
        },
    }


def face(visit: Visit) -> Response:
    """A face, cut out of its image."""
    number = whole_parameter(visit.query, "face")
    if number is None:
        raise InvalidInput("required, and missing", path="face")
    data = visit.collection().people.crop(number)
    headers = {"Cache-Control": _UNKEPT, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(data, media_type="image/jpeg", headers=headers)


def state(visit: Visit) -> Any:
    """How far looking for people is."""
    collection = visit.collection()
    job = visit.engine.recognition.job_of(collection.info.id)
    return {
        "looking": job is not None,
        "left": collection.people.count_unsearched(),
        "people": len(collection.people.list_all()),
        "job": f"/jobs/{job.number}" if job is not None and may_see(visit.key, job) else "",
    }


# ---------------------------------------------------------------- changing


def name(visit: Visit, asked: Naming) -> Any:
    """Say who somebody is; where somebody else has the name, tells who, and nothing is done."""
    people = visit.collection("write").people
    try:
        return {"person": _described(people.name(asked.person, asked.name))}
    except Conflict:
        return {"taken": _described(people.get(asked.name))}


def merge(visit: Visit, asked: Merging) -> Any:
    """Make several one person."""
    return {"person": _described(visit.collection("write").people.merge(asked.into, asked.others))}


def split(visit: Visit, asked: Faces) -> Any:
    """Make faces somebody else's, all of them one person's."""
    return {"person": _described(visit.collection("write").people.split(asked.person, asked.faces))}


def reject(visit: Visit, asked: Faces) -> Any:
    """Say that faces are not this person's; each goes to whom it is like."""
    people = visit.collection("write").people
    moved = people.reject(asked.person, asked.faces)
    left = any(each.number == asked.person for each in people.list_all())
    return {"moved": sorted({each.person for each in moved}), "left": left}


def look(visit: Visit) -> Any:
    """Have people looked for, in what is there as a job and in what is inserted from now on."""
    collection = visit.collection(ADMIN_SCOPE)
    visit.engine.collections.set_people(collection.info.id, True)
    visit.engine.recognition.submit(collection.info.id, owner=visit.key.principal)
    return state(visit)


def forget(visit: Visit) -> Any:
    """Forget everybody, and look for nobody any more; nobody is looked for in the background either."""
    return {"forgotten": visit.engine.recognition.forget(visit.collection(ADMIN_SCOPE).info.id)}


# ---------------------------------------------------------------- inside


def _frame(visit: Visit, collection: Collection, found: Sequence[Person]) -> dict[str, Any]:
    """What both pages show: what may be done, and who has a name."""
    allows, identity = visit.engine.allows, collection.info.id
    return {
        "info": collection.info,
        "base": people_address(collection),
        "on": visit.engine.collections.info(identity).people,
        "may_write": allows(visit.key, "write", identity),
        "may_decide": allows(visit.key, ADMIN_SCOPE, identity),
        "names": sorted((each.name for each in found if each.name), key=str.casefold),
    }


def _described(person: Person) -> dict[str, Any]:
    return {
        "number": person.number,
        "name": person.name,
        "records": person.records,
        "cover": person.cover,
    }


def people_address(collection: Collection) -> str:
    """Where the people of a collection are."""
    return ADDRESS.replace("{collection:uuid}", quote(collection.info.id))


_ONE = f"{ADDRESS}/{{number:int}}"

PAGE = Page(
    "people",
    (
        View("/people", choose, template="people_of.html"),
        View(ADDRESS, show, template="people.html"),
        View(_ONE, show_person, template="person.html"),
        View(f"{ADDRESS}/face", face),
        View(f"{ADDRESS}/state", state),
        View(f"{ADDRESS}/name", name, verb="POST"),
        View(f"{ADDRESS}/merge", merge, verb="POST"),
        View(f"{ADDRESS}/split", split, verb="POST"),
        View(f"{ADDRESS}/reject", reject, verb="POST"),
        View(f"{ADDRESS}/look", look, verb="POST"),
        View(f"{ADDRESS}/forget", forget, verb="POST"),
    ),
    address="/people",
)
