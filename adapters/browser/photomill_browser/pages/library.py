"""Collections, and the records of one."""

from typing import Any

from photomill_browser.frame import Page, View, Visit


def overview(visit: Visit) -> Any:
    """The collections that the key may see."""
    found = [
        info
        for info in visit.engine.collections.list_all()
        if visit.engine.allows(visit.key, "read", info.id)
    ]
    shown = [(info, visit.engine.collections.open(info.id).count()) for info in found]
    return {"collections": shown}


PAGE = Page(
    "library",
    (View("/library", overview, template="library.html"),),
    address="/library",
)
