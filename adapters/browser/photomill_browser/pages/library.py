"""The collections that a key may see."""

from typing import Any

from photomill_browser.frame import Page, View, Visit

_COVERS = 4


def overview(visit: Visit) -> Any:
    """The collections, the last made first."""
    shown = sorted(visit.collections(), key=lambda info: info.created, reverse=True)
    found = [(info, *visit.engine.collections.newest(info.id, _COVERS)) for info in shown]
    return {"collections": found}


PAGE = Page("library", (View("/library", overview, template="library.html"),), address="/library")
