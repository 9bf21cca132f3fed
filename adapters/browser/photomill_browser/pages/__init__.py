"""The pages, in the order of the navigation."""

from photomill_browser.frame import Page
from photomill_browser.pages import (
    albums,
    collection,
    dropped,
    duplicates,
    edit,
    gallery,
    groups,
    images,
    jobs,
    library,
    people,
    record,
    server,
    sign_in,
)

PAGES: tuple[Page, ...] = (
    sign_in.PAGE,
    library.PAGE,
    collection.PAGE,
    record.PAGE,
    images.PAGE,
    people.PAGE,
    duplicates.PAGE,
    dropped.PAGE,
    groups.PAGE,
    edit.PAGE,
    jobs.PAGE,
    albums.PAGE,
    gallery.PAGE,
    server.PAGE,
)
