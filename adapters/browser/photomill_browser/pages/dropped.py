"""Records that were dropped: to restore, or to remove for good."""

from typing import Any

from photomill_browser.frame import Page, View, Visit
from photomill_browser.pages.collection import Ids
from photomill_browser.pages.duplicates import facts_of, page_number
from photomill_browser.shown import thumbnail_tags

ADDRESS = "/library/{collection:uuid}/dropped"
ON_A_PAGE = 200


def show(visit: Visit) -> Any:
    """The page; its module asks for the records."""
    collection = visit.collection()
    writes = visit.engine.allows(visit.key, "write", collection.info.id)
    return {
        "info": collection.info,
        "may_write": writes,
        "data": {"collection": collection.info.id, "mayWrite": writes},
    }


def records(visit: Visit) -> Any:
    """Some dropped records, the last dropped first."""
    collection = visit.collection()
    count = collection.count_dropped()
    pages = max(1, -(-count // ON_A_PAGE))
    page = min(page_number(visit), pages)
    found = collection.dropped(offset=(page - 1) * ON_A_PAGE, limit=ON_A_PAGE)
    tags = thumbnail_tags(collection, [each.record.id for each in found])
    shown = [facts_of(each.record, tags.get(each.record.id, "")) for each in found]
    return {"records": shown, "count": count, "page": page, "pages": pages}


def remove(visit: Visit, chosen: Ids) -> Any:
    """Remove some dropped records for good."""
    return {"removed": visit.collection("write").empty_dropped(chosen.ids)}


def empty(visit: Visit) -> Any:
    """Remove all dropped records for good."""
    return {"removed": visit.collection("write").empty_dropped()}


PAGE = Page(
    "dropped",
    (
        View(ADDRESS, show, template="dropped.html"),
        View(f"{ADDRESS}/records", records),
        View(f"{ADDRESS}/remove", remove, verb="POST"),
        View(f"{ADDRESS}/empty", empty, verb="POST"),
    ),
)
