"""The collections that a key may see."""

from typing import Any

from starlette.responses import RedirectResponse

from photomill_browser.frame import Page, View, Visit

_COVERS = 4


def overview(visit: Visit) -> Any:
    """The collections, the last made first; who has groups of photos and nothing else is shown those."""
    shown = sorted(visit.collections(), key=lambda info: info.created, reverse=True)
    if not shown and visit.engine.albums.owners.of_key(visit.key) is not None:
        return RedirectResponse("/albums", 303)
    found = [(info, *visit.engine.collections.newest(info.id, _COVERS)) for info in shown]
    return {"collections": found}


PAGE = Page("library", (View("/library", overview, template="library.html"),), address="/library")
