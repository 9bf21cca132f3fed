"""Near-duplicates, cluster by cluster: which record to keep, and what to drop."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from photomill import (
    Collection,
    DuplicateCluster,
    DuplicateKind,
    InvalidInput,
    NotFound,
    Record,
    SourceError,
    Unsupported,
)
from photomill_browser.frame import Page, View, Visit
from photomill_browser.numbers import whole_number
from photomill_browser.pages.collection import Ids
from photomill_browser.shown import name_of, thumbnail_tags

ADDRESS = "/library/{collection:uuid}/duplicates"
KINDS = (DuplicateKind.EXACT, DuplicateKind.NEAR, DuplicateKind.SIMILAR)
ON_A_PAGE = 20

_COMPARED = 2
_ASK_AGAIN = 2000
"""Milliseconds between two looks at what a job compares."""

_NOTHING: dict[str, Any] = {
    "page": 1,
    "pages": 1,
    "counts": {kind.value: 0 for kind in KINDS},
    "notLookedAt": 0,
    "reviewed": 0,
    "dropped": 0,
    "clusters": [],
}


def choose(visit: Visit) -> Any:
    """The collections whose duplicates the key may look at."""
    return {"collections": visit.collections()}


def show(visit: Visit) -> Any:
    """The page; its module asks for the clusters."""
    collection = visit.collection()
    writes = visit.engine.allows(visit.key, "write", collection.info.id)
    return {
        "info": collection.info,
        "kinds": [kind.value for kind in KINDS],
        "may_write": writes,
        "data": {
            "collection": collection.info.id,
            "kinds": [kind.value for kind in KINDS],
            "onAPage": ON_A_PAGE,
            "mayWrite": writes,
            "askAgain": _ASK_AGAIN,
        },
    }


def clusters(visit: Visit) -> Any:
    """Some clusters of one kind, and how many there are of each."""
    collection = visit.collection()
    kind = _kind(visit)
    if not collection.in_memory and not _was_compared(collection):
        return {**_NOTHING, "kind": kind.value, "outside": _outside(visit, collection, None)}
    offset = (page_number(visit) - 1) * ON_A_PAGE
    page = collection.duplicate_clusters(kind=kind, only=True, offset=offset, limit=ON_A_PAGE)
    if not page.counts.get(kind) and not visit.query.get("kind"):
        kind = next((each for each in KINDS if page.counts.get(each)), kind)
        page = collection.duplicate_clusters(kind=kind, only=True, offset=offset, limit=ON_A_PAGE)
    if offset and not page.clusters:
        # The last page was worked off, or the address is an old one.
        offset = max(0, (page.total - 1) // ON_A_PAGE) * ON_A_PAGE
        page = collection.duplicate_clusters(kind=kind, only=True, offset=offset, limit=ON_A_PAGE)
    tags = thumbnail_tags(
        collection, [record.id for each in page.clusters for record in each.records]
    )
    return {
        "kind": kind.value,
        "page": offset // ON_A_PAGE + 1,
        "pages": max(1, -(-page.total // ON_A_PAGE)),
        "counts": {each.value: count for each, count in page.counts.items()},
        "notLookedAt": page.pairs - page.looked_at + page.uncompared,
        "reviewed": page.reviewed,
        "dropped": collection.count_dropped(),
        "clusters": [_shown(each, tags) for each in page.clusters],
        "outside": None if collection.in_memory else _outside(visit, collection, page.newer),
    }


def compare(visit: Visit) -> Any:
    """Have all records compared, by whoever works on jobs."""
    collection = visit.collection("write")
    visit.engine.comparing.submit(collection.info.id, owner=visit.key.principal)
    return {}


def readable(visit: Visit) -> Any:
    """Which of some records have an original that can be shown."""
    collection = visit.collection()
    found = []
    for record_id in visit.request.query_params.getlist("id")[:_COMPARED]:
        with suppress(NotFound, SourceError):
            collection.original(record_id)
            found.append(record_id)
    return {"readable": found}


def drop(visit: Visit, chosen: Ids) -> Any:
    """Drop records; gives the ids of those that were there."""
    gone = visit.collection("write").drop(chosen.ids)
    return {"dropped": [each for each, was in zip(chosen.ids, gone, strict=True) if was]}


def restore(visit: Visit, chosen: Ids) -> Any:
    """Put dropped records back."""
    report = visit.collection("write").restore(chosen.ids)
    return {
        "restored": list(report.inserted),
        "failed": [{"id": each.id, "error": str(each.error)} for each in report.skipped],
    }


def keep_all(visit: Visit, chosen: Ids) -> Any:
    """Keep all of a cluster, and show it no more."""
    return {"review": visit.collection("write").keep_all(chosen.ids)}


def forget(visit: Visit) -> Any:
    """Show again what all was kept of: of one review that the address names, or of all."""
    return {"forgotten": visit.collection("write").forget_reviews(visit.query.get("review"))}


def facts_of(record: Record, tag: str) -> dict[str, Any]:
    """What is shown of a record beside others."""
    attributes = record.attributes
    modified, folder = attributes.get("modified"), attributes.get("folder")
    return {
        "id": record.id,
        "name": name_of(record),
        "folder": folder if isinstance(folder, str) else "",
        "width": record.width,
        "height": record.height,
        "bytes": record.bytes,
        "format": record.format,
        "modified": modified if isinstance(modified, str) else "",
        "tag": tag,
    }


def page_number(visit: Visit) -> int:
    """The number of a page, from 1, that the address names.

    :raises InvalidInput: it is no such number.
    """
    given = visit.query.get("page", "1")
    number = whole_number(given)
    if not number:
        raise InvalidInput(f"expected a number of 1 or more, got {given!r:.50}", path="page")
    return number


def _was_compared(collection: Collection) -> bool:
    try:
        collection.near_duplicate_pairs(limit=1)
    except Unsupported:
        return False
    return True


def _outside(visit: Visit, collection: Collection, newer: int | None) -> dict[str, Any]:
    """Of a collection whose records a job compares: whether one does, and how many none has; None for all."""
    comparing = visit.engine.comparing.job_of(collection.info.id) is not None
    return {"newer": newer, "comparing": comparing}


def _kind(visit: Visit) -> DuplicateKind:
    wanted = visit.query.get("kind", KINDS[0].value)
    for kind in KINDS:
        if kind.value == wanted:
            return kind
    expected = ", ".join(kind.value for kind in KINDS)
    raise InvalidInput(f"expected one of {expected}, got {wanted!r:.50}", path="kind")


def _shown(cluster: DuplicateCluster, tags: Mapping[str, str]) -> dict[str, Any]:
    records = []
    for record in cluster.records:
        kind = cluster.kinds.get(record.id)
        records.append(
            {
                **facts_of(record, tags.get(record.id, "")),
                "kind": kind.value if kind else "",
                "reasons": [each.value for each in cluster.reasons.get(record.id, ())],
            }
        )
    return {
        "keep": cluster.keep.id if cluster.keep else "",
        "distance": cluster.distance,
        "records": records,
    }


PAGE = Page(
    "duplicates",
    (
        View("/duplicates", choose, template="duplicates_of.html"),
        View(ADDRESS, show, template="duplicates.html"),
        View(f"{ADDRESS}/clusters", clusters),
        View(f"{ADDRESS}/compare", compare, verb="POST"),
        View(f"{ADDRESS}/readable", readable),
        View(f"{ADDRESS}/drop", drop, verb="POST"),
        View(f"{ADDRESS}/restore", restore, verb="POST"),
        View(f"{ADDRESS}/keep-all", keep_all, verb="POST"),
        View(f"{ADDRESS}/forget", forget, verb="POST"),
    ),
    address="/duplicates",
)
