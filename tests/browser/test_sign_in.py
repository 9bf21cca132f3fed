"""Signing in with a key or by a link, and out again."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from photomill_browser.frame import session_cookie


def test_a_key_signs_a_browser_in(site: Any, page: Any) -> None:
    secret, _ = site.key("Ada")
    page.goto("/library?sort=name")
    page.get_by_label("API key").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/library?sort=name")
    assert page.get_by_role("link", name="Library").get_attribute("aria-current") == "page"
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", False)
    assert cookie["value"] != secret


def test_servers_on_one_host_do_not_sign_each_other_out(site: Any, page: Any) -> None:
    """Browsers give the cookies of a host to all of its ports."""
    page.goto(site.sign_in_link())
    (cookie,) = page.context.cookies()
    assert cookie["name"].endswith(site.url.rpartition(":")[2])
    names = {session_cookie(each) for each in (site.url, "http://127.0.0.1:1", "https://x.example")}
    assert names == {cookie["name"], "photomill_session_1", "photomill_session"}


def test_a_wrong_key_is_refused(page: Any, faults: Any) -> None:
    faults.expected.append("403")
    page.goto("/sign-in")
    page.get_by_label("API key").fill("pm_wrong")
    page.get_by_role("button", name="Sign in").click()
    assert "no key of this server" in page.get_by_role("alert").inner_text()
    assert page.context.cookies() == []


def test_a_link_signs_one_browser_in(site: Any, new_page: Callable[..., Any], faults: Any) -> None:
    faults.expected.append("403")
    link = site.sign_in_link(name="Ada")
    first, second = new_page(), new_page()
    first.goto(link)
    assert first.url == f"{site.url}/library"
    second.goto(link)
    assert "used already" in second.get_by_role("alert").inner_text()


def test_a_look_at_a_links_head_does_not_use_it(site: Any, page: Any) -> None:
    link = site.sign_in_link()
    assert httpx.head(link).status_code == 200
    page.goto(link)
    assert page.url == f"{site.url}/library"


def test_signing_out_ends_the_session(site: Any, signed_in_page: Any, faults: Any) -> None:
    # Thumbnails that the page still asks for when the session ends.
    faults.expected.append("401")
    page = signed_in_page
    (cookie,) = page.context.cookies()
    page.locator(".account summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/sign-in")
    answer = httpx.get(f"{site.url}/library", cookies={cookie["name"]: cookie["value"]})
    assert answer.status_code == 303


def test_signing_out_everywhere_ends_all_sessions_of_the_key(
    site: Any, new_page: Callable[..., Any], faults: Any
) -> None:
    # Thumbnails that the second page asks for after the end.
    faults.expected.append("401")
    _, key = site.key("both")
    first, second = new_page(), new_page()
    for page in (first, second):
        page.goto(f"{site.url}/sign-in/{site.engine.keys.sessions.make_link(key.id, 60)}")
    first.locator(".account summary").click()
    first.get_by_role("button", name="Sign out everywhere").click()
    second.goto("/library")
    assert second.url.startswith(f"{site.url}/sign-in")


def test_revoking_a_key_ends_its_sessions(site: Any, page: Any, faults: Any) -> None:
    faults.expected.append("401")
    _, key = site.key("revoked")
    page.goto(f"{site.url}/sign-in/{site.engine.keys.sessions.make_link(key.id, 60)}")
    site.engine.keys.revoke(key.id)
    page.goto("/library")
    assert page.url.startswith(f"{site.url}/sign-in")


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example", "/\\e.example"]
)
def test_signing_in_leads_nowhere_else(site: Any, page: Any, target: str) -> None:
    secret, _ = site.key()
    page.goto(f"/sign-in?next={target}")
    page.get_by_label("API key").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/library")


def test_what_another_site_sends_is_refused(site: Any, page: Any) -> None:
    secret, _ = site.key()
    sent = {"key": secret}
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert httpx.post(f"{site.url}/sign-in", data=sent, headers=elsewhere).status_code == 403
    page.goto(site.sign_in_link())
    (cookie,) = page.context.cookies()
    cookies = {cookie["name"]: cookie["value"]}
    # The browser's own cookie is not enough: the token of one of its pages must come with it.
    assert httpx.post(f"{site.url}/sign-out", cookies=cookies).status_code == 403
    page.goto("/library")
    assert page.url == f"{site.url}/library"


def test_every_page_has_its_policy(site: Any, page: Any) -> None:
    for address in ("/sign-in", "/library", "/nowhere"):
        headers = httpx.get(f"{site.url}{address}", headers={"Accept": "text/html"}).headers
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_an_unknown_address_is_a_page_for_people_and_json_for_programs(
    site: Any, signed_in_page: Any, faults: Any
) -> None:
    faults.expected.append("404")
    signed_in_page.goto("/nowhere")
    assert signed_in_page.get_by_role("heading").inner_text() == "Nothing here"
    assert signed_in_page.get_by_role("link", name="Library").first.is_visible()
    assert httpx.get(f"{site.url}/nowhere").json()["status"]["code"] == 404


def test_static_files_are_kept_for_ever_under_the_hash_of_what_they_hold(
    site: Any, page: Any
) -> None:
    page.goto("/sign-in")
    address = page.locator("link[rel=stylesheet]").first.get_attribute("href")
    answer = httpx.get(f"{site.url}{address}")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = httpx.get(f"{site.url}{address}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert httpx.get(f"{site.url}/static/0000/base.css").status_code == 404


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_found_by_axe(
    new_page: Callable[..., Any], axe: Callable[[Any], list[str]], scheme: str
) -> None:
    page = new_page(color_scheme=scheme)
    page.goto("/sign-in")
    assert axe(page) == []
