"""Groups of a collection's images: asked for, followed until they are there, and shown to be arranged."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from attrs import asdict, field, frozen, validators
from starlette.responses import RedirectResponse

from photomill import (
    ADMIN_SCOPE,
    GROUP_IMAGE,
    GROUPING_MODES,
    GROUPING_SCOPE,
    Collection,
    CollectionInput,
    GroupingConstraints,
    GroupingMode,
    GroupingResult,
    InvalidInput,
    Job,
    JobState,
)
from photomill_browser.arrangement import Limits
from photomill_browser.asking import Asked, find
from photomill_browser.frame import Page, View, Visit
from photomill_browser.groupings import Grouping
from photomill_browser.pages import groups_saving
from photomill_browser.progress import RUNNING, grouped_collection, moment, progress_of
from photomill_browser.shown import shown_tile, thumbnail_tags
from photomill_browser.texts import Texts, texts_of

ADDRESS = "/groups/{number:int}"

_RECENT = 12
_LOOKED_AT = 100
_PORTION = 1000
_MOST_SHOWN = 20
_REMEMBERED = "browser"


@frozen
class Wanted:
    """What is to be grouped, and how.

    :ivar ids: records that somebody chose, in any order; None for what ``q`` and ``filter`` ask for.
    :ivar groups: None leaves it to the images.
    """

    collection: str
    q: str = ""
    filter: str = ""
    ids: tuple[str, ...] | None = None
    groups: int | None = None
    smallest: int = 1
    largest: int | None = None
    mode: GroupingMode = field(default="visual", validator=validators.in_(GROUPING_MODES))


# ---------------------------------------------------------------- asking


def ask(visit: Visit) -> Any:
    """The form; what is in it stands in its address, and what was selected behind the ``#``."""
    collections = visit.collections()
    wanted = visit.query.get("collection", "")
    chosen = next((info for info in collections if info.id == wanted), None)
    return {
        "collections": collections,
        "chosen": chosen or (collections[0] if collections else None),
        "modes": GROUPING_MODES,
        "recent": _recent(visit),
        "data": {"most": visit.engine.settings.grouping.max_inputs},
    }


def count(visit: Visit) -> Any:
    """How many records the address asks for."""
    collection = visit.opened(visit.required("collection"))
    return {"count": len(find(visit.engine, collection, Asked.of(visit.query)).ids)}


def start(visit: Visit, wanted: Wanted) -> Any:
    """Begin to group records."""
    texts = texts_of("groups")
    collection = visit.opened(wanted.collection)
    asked = {"q": wanted.q, "filter": wanted.filter}
    ids = _chosen(visit, collection, wanted)
    most = visit.engine.settings.grouping.max_inputs
    if not ids:
        raise InvalidInput(texts("nothing_asked"))
    if len(ids) > most:
        raise InvalidInput(texts("too_many_asked", count=len(ids), most=most))
    constraints = GroupingConstraints(wanted.groups, wanted.smallest, wanted.largest)
    again = {"collection": wanted.collection, **asked, "selected": wanted.ids is not None}
    job = visit.engine.grouping.submit(
        CollectionInput(wanted.collection, ids=ids),
        constraints,
        mode=wanted.mode,
        owner=visit.key.principal,
        remember={_REMEMBERED: again},
    )
    return {"address": f"/groups/{job.number}"}


def _chosen(visit: Visit, collection: Collection, wanted: Wanted) -> Sequence[str]:
    """What is grouped, in the order in which it was inserted; what words find, the best first."""
    if wanted.ids is None:
        asked = {"q": wanted.q, "filter": wanted.filter, "sort": "inserted"}
        return find(visit.engine, collection, Asked.of(asked)).ids
    chosen = set(wanted.ids)
    there = [record_id for record_id in collection.ids() if record_id in chosen]
    return list(dict.fromkeys([*there, *wanted.ids]))


def _recent(visit: Visit) -> list[dict[str, Any]]:
    """The groupings of collections that the key may see, the newest first."""
    key = visit.key
    owner = None if key.has(ADMIN_SCOPE) else key.principal
    jobs = visit.engine.jobs.list_jobs(kind=GROUP_IMAGE, owner=owner, limit=_LOOKED_AT)
    names = {info.id: info.name for info in visit.collections()}
    found = []
    for job in jobs:
        collection = grouped_collection(job)
        if collection in names:
            found.append(_summary(job, names[collection]))
    return found[:_RECENT]


def _summary(job: Job, name: str) -> dict[str, Any]:
    texts = texts_of("groups")
    facts = texts_of("jobs")(f"state_{job.state.value}")
    if job.state is JobState.DONE and job.result is not None:
        facts = _counted(texts, GroupingResult.of(job.result))
    return {
        "address": f"/groups/{job.number}",
        "name": name,
        "facts": facts,
        "created": moment(job.created),
    }


def _counted(texts: Texts, result: GroupingResult) -> str:
    images = texts("images", count=result.considered)
    return texts(
        "images_in_groups", images=images, groups=texts("groups", count=len(result.groups))
    )


# ---------------------------------------------------------------- one grouping


def show(visit: Visit) -> Any:
    """A grouping: how far it is, why it failed, or its groups, which the module lays out."""
    job = visit.engine.jobs.get(int(visit.parameters["number"]))
    if job.kind == GROUP_IMAGE and not grouped_collection(job):
        return RedirectResponse(f"/jobs/{job.number}", 303)
    grouping = Grouping.of_address(visit)
    shown = {
        "job": progress_of(job),
        "info": grouping.collection.info,
        "again": _form_again(grouping),
        "error": job.error,
        "facts": [],
        "notes": [],
        "skipped": [],
        "more_skipped": 0,
        "may": _permissions(visit, grouping),
    }
    data = {
        "job": job.number,
        "running": job.state in RUNNING,
        "selected": _selected(grouping),
        "collection": grouping.collection.info.id,
    }
    if job.state is not JobState.DONE:
        return {**shown, "ready": False, "owners": [], "data": {**data, "ready": False}}
    result = grouping.result(visit)
    limits = Limits.of(grouping.plan, result)
    return {
        **shown,
        "ready": True,
        "facts": _facts(grouping, result, limits),
        "notes": _notes(result),
        "skipped": result.skipped[:_MOST_SHOWN],
        "more_skipped": max(0, len(result.skipped) - _MOST_SHOWN),
        "owners": groups_saving.owners_of(visit),
        "data": {**data, "ready": True, "limits": asdict(limits)},
    }


def images(visit: Visit) -> Any:
    """The groups that were found, and what there is to show of their images."""
    grouping = Grouping.of_address(visit)
    result = grouping.result(visit)
    return {
        "groups": result.groups,
        "covers": result.covers,
        "images": _tiles(grouping.collection, result.names),
    }


def _tiles(collection: Collection, ids: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for begin in range(0, len(ids), _PORTION):
        some = ids[begin : begin + _PORTION]
        tags = thumbnail_tags(collection, some)
        for record_id, record in zip(some, collection.get(some), strict=True):
            tile = shown_tile(record_id, record, tags.get(record_id, ""))
            size = {"width": record.width, "height": record.height} if record else {}
            found.append({**tile, **size})
    return found


def _permissions(visit: Visit, grouping: Grouping) -> Mapping[str, bool]:
    return {
        "tag": visit.engine.allows(visit.key, "write", grouping.collection.info.id),
        "store": groups_saving.may_store(visit.key),
        "album": bool(groups_saving.owners_of(visit)),
    }


def _facts(grouping: Grouping, result: GroupingResult, limits: Limits) -> list[str]:
    texts = texts_of("groups")
    least, most = limits.smallest, limits.largest
    facts = [_counted(texts, result), texts(f"mode_{grouping.plan.mode}")]
    if most is not None:
        facts.append(
            texts("exactly", count=most)
            if least == most
            else texts("between", count=most, least=least)
        )
    elif least > 1:
        facts.append(texts("at_least", count=least))
    return facts


def _notes(result: GroupingResult) -> list[str]:
    texts = texts_of("groups")
    return [*(texts(f"adjusted_{name}") for name in result.sizes.adjusted), *result.notes]


def _form_again(grouping: Grouping) -> str:
    """The address of the form, filled in as it was."""
    plan = grouping.plan
    asked = plan.remember.get(_REMEMBERED)
    if not isinstance(asked, Mapping):
        given = plan.inputs.filter if isinstance(plan.inputs, CollectionInput) else None
        written = json.dumps(given, ensure_ascii=False) if given else ""
        asked = {"collection": grouping.collection.info.id, "filter": written}
    wanted = {
        **{name: asked.get(name, "") for name in ("collection", "q", "filter")},
        "groups": plan.constraints.groups,
        "smallest": plan.constraints.smallest if plan.constraints.smallest > 1 else "",
        "largest": plan.constraints.largest,
        "mode": plan.mode if plan.mode != GROUPING_MODES[0] else "",
    }
    return "/groups?" + urlencode({name: value for name, value in wanted.items() if value})


def _selected(grouping: Grouping) -> Sequence[str]:
    """The records that somebody had chosen one by one; none where a search chose them."""
    asked, inputs = grouping.plan.remember.get(_REMEMBERED), grouping.plan.inputs
    if not isinstance(asked, Mapping) or not asked.get("selected"):
        return ()
    return inputs.ids or () if isinstance(inputs, CollectionInput) else ()


_FIELDS = {
    "collection": "collection",
    "q": "q",
    "filter": "filter",
    "groups": "how_many",
    "smallest": "smallest",
    "largest": "largest",
    "mode": "by_what",
}


def _field_name(visit: Visit, path: str) -> str:
    return texts_of("groups")(_FIELDS[path]) if path in _FIELDS else ""


PAGE = Page(
    "groups",
    (
        View("/groups", ask, template="groups.html"),
        View("/groups/count", count),
        View("/groups/start", start, verb="POST", limit=16 * 1024 * 1024),
        View(ADDRESS, show, template="groups_arrange.html"),
        View(f"{ADDRESS}/images", images),
        *groups_saving.views(ADDRESS),
    ),
    address="/groups",
    scope=GROUPING_SCOPE,
    exclusive=True,
    field_name=_field_name,
)
