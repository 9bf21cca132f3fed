"""What a key may not see, no page shows it: every view whose address names a collection, asked by the wrong keys."""

from typing import Any
from urllib.parse import urlsplit

import attrs
import httpx
import pytest

from photomill_browser.forgery import HEADER, form_token
from photomill_browser.frame import View, session_cookie
from photomill_browser.pages import PAGES, albums, gallery, groups, jobs

VIEWS = [view for page in PAGES for view in page.views]
OF_COLLECTIONS = [view for view in VIEWS if "{collection" in view.path]
ELSEWHERE = {
    "/sign-in/{link}",
    "/edit/images/{opened}/{name}",
    *(
        view.path
        for page in (albums.PAGE, gallery.PAGE, groups.PAGE, jobs.PAGE)
        for view in page.views
        if "{" in view.path
    ),
}
"""Addresses with something else in them, which tests of their own look after."""


class Browser:
    """A signed-in browser without a screen."""

    def __init__(self, site: Any, **options: Any) -> None:
        _, key = site.key(scopes=["read", "write", "image_editing"], **options)
        begun = site.engine.keys.sessions.begin(key, 60)
        self.url = site.url
        self.headers = {
            HEADER: form_token(begun.secret),
            "Cookie": f"{session_cookie(site.url)}={begun.secret}",
        }

    def ask(self, view: View, collection: str) -> httpx.Response:
        path = address_of(view, collection)
        if view.verb == "GET":
            return httpx.get(f"{self.url}{path}?id=trip/00.jpg", headers=self.headers)
        return httpx.post(f"{self.url}{path}", headers=self.headers, json=body_of(view))


def address_of(view: View, collection: str) -> str:
    path = view.path.replace("{collection:uuid}", collection).replace("{number:int}", "1")
    assert "{" not in path
    return path


def body_of(view: View) -> Any:
    """What the view asks for, of a record that the collection has."""
    if not attrs.has(view.body):
        return {}
    return {
        each.name: ["trip/00.jpg"] if "list" in str(each.type) else "trip/00.jpg"
        for each in attrs.fields(view.body)
        if each.default is attrs.NOTHING
    }


def test_every_address_that_names_something_is_looked_after() -> None:
    named = {view.path for view in VIEWS if "{" in view.path}
    assert named == {view.path for view in OF_COLLECTIONS} | ELSEWHERE


@pytest.mark.parametrize("view", OF_COLLECTIONS, ids=lambda view: f"{view.verb} {view.path}")
def test_a_key_of_other_collections_finds_nothing(site: Any, view: View) -> None:
    other = site.engine.collections.create("other", embedder="color")
    answer = Browser(site, collections=[other.id]).ask(view, site.photos.info.id)
    assert answer.status_code == 404, answer.text
    assert "trip/" not in answer.text.replace("trip/00.jpg", "")


@pytest.mark.parametrize("view", OF_COLLECTIONS, ids=lambda view: f"{view.verb} {view.path}")
def test_an_owners_photos_are_no_other_keys(site: Any, view: View) -> None:
    collection = site.engine.albums.owners.create("Ann").owner.collection
    answer = Browser(site, owner="bob").ask(view, collection)
    assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("view", OF_COLLECTIONS, ids=lambda view: f"{view.verb} {view.path}")
def test_nobody_finds_anything_without_a_session(site: Any, view: View) -> None:
    path = address_of(view, site.photos.info.id)
    answer = httpx.request(view.verb, f"{site.url}{path}")
    assert answer.status_code in (303, 401)
    if answer.status_code == 303:
        assert urlsplit(answer.headers["location"]).path == "/sign-in"
