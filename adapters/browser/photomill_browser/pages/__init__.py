"""The pages, in the order of the navigation."""

from photomill_browser.frame import Page
from photomill_browser.pages import albums, edit, gallery, library, sign_in

PAGES: tuple[Page, ...] = (
    sign_in.PAGE,
    library.PAGE,
    edit.PAGE,
    albums.PAGE,
    gallery.PAGE,
)
