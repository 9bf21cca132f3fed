"""What runs, for administrators: health, room, plugins, models and keys."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from photomill_browser.forgery import HEADER, form_token
from photomill_browser.frame import View, session_cookie
from photomill_browser.pages import server

from .conftest import DESK, PHONE, playwright_api

expect = playwright_api.expect


@pytest.fixture
def admin_page(page: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(page, name="root", scopes=["admin"])
    page.goto("/server")
    return page


def test_it_shows_what_runs(site: Any, admin_page: Any) -> None:
    page = admin_page
    assert page.get_by_text("All parts work.").is_visible()
    expect(page.locator("#usage-words")).to_contain_text("free of")
    names = page.locator("#usage dt").all_inner_texts()
    assert "catalog and other files" in names
    rows = page.locator("#plugins tr")
    assert rows.filter(has_text="efficientnet").first.is_visible()
    selected = page.locator("#plugins tr:not(.family, .unselected):visible").count()
    page.get_by_label("Only what is selected").check()
    assert page.locator("#plugins tr:not(.family):visible").count() == selected > 0


def test_a_model_says_its_size_and_licence_before_it_is_added(site: Any, admin_page: Any) -> None:
    page = admin_page
    model = next(each for each, _ in site.engine.models.list_all() if each.package and each.small)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(f'[data-add="{model.name}"]').click()
    dialog = page.get_by_role("dialog")
    for fact in (model.licence, model.task, model.package.requirement, "MB"):
        expect(dialog).to_contain_text(fact)
    dialog.get_by_role("button", name="Cancel").click()
    assert [url for url in asked if "models/add" in url] == []


def test_a_key_is_made_shown_once_and_revoked(site: Any, admin_page: Any) -> None:
    page = admin_page
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("Name", exact=True).fill("shop <b>")
    page.get_by_label("grouping").check()
    page.get_by_role("dialog").get_by_role("button", name="Make a key").click()
    secret = page.locator("#secret")
    expect(secret).not_to_be_empty()
    key = site.engine.keys.verify(secret.inner_text())
    assert (key.name, key.scopes) == ("shop <b>", {"read", "write", "grouping"})
    page.get_by_role("button", name="Close").click()
    row = page.locator("#keys tr", has_text="shop <b>")
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_be_hidden()
    assert key.id in {each.id for each in site.engine.keys.list_all() if each.revoked}
    page.get_by_label("Show revoked keys").check()
    expect(row).to_be_visible()


def test_its_own_key_is_not_revoked(site: Any) -> None:
    _, key = site.key(scopes=["admin"])
    answer = _ask(site, key, View("/server/keys/revoke", server.revoke_key, verb="POST"), key.id)
    assert answer.status_code == 400
    assert site.engine.keys.sessions.begin(key, 60)


@pytest.mark.parametrize("view", server.PAGE.views, ids=lambda view: f"{view.verb} {view.path}")
def test_only_administrators_may(site: Any, view: View) -> None:
    before = site.engine.keys.list_all()
    for options in ({}, {"scopes": ["read", "albums"], "owner": "ann"}):
        _, key = site.key(**options)
        assert _ask(site, key, view, before[0].id).status_code == 403
    restricted = site.engine.keys.create("r", scopes=["admin"], collections=[site.photos.info.id])
    assert _ask(site, restricted.key, view, before[0].id).status_code == 403


def _ask(site: Any, key: Any, view: View, key_id: str) -> httpx.Response:
    secret = site.engine.keys.sessions.begin(key, 60).secret
    with httpx.Client(
        base_url=site.url,
        cookies={session_cookie(site.url): secret},
        headers={HEADER: form_token(secret)},
    ) as client:
        if view.verb == "GET":
            return client.get(view.path)
        body = {"name": "x"} if "models" in view.path else {"key": key_id}
        return client.post(
            view.path, json={"name": "x", "scopes": ["read"]} if "create" in view.path else body
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_for_those_who_cannot_see(
    new_page: Callable[..., Any],
    sign_in: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    scheme: str,
) -> None:
    page = new_page(color_scheme=scheme)
    sign_in(page, scopes=["admin"])
    page.goto("/server")
    assert axe(page) == []
    page.get_by_role("button", name="Make a key").click()
    assert axe(page) == []


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_it_fits(new_page: Callable[..., Any], sign_in: Callable[..., Any], viewport: Any) -> None:
    page = new_page(viewport=viewport)
    sign_in(page, scopes=["admin"])
    page.goto("/server")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
