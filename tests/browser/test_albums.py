"""An owner's groups in a browser: made, filled, arranged, shared; and who may not."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen

from photomill import Group, NotFound, Owner
from photomill_browser.forgery import HEADER, form_token
from photomill_browser.frame import View, session_cookie
from photomill_browser.pages import albums as albums_page

from .conftest import PHONE, draw, playwright_api

expect = playwright_api.expect


@frozen
class Ann:
    """An owner who is signed in."""

    site: Any
    owner: Owner
    page: Any

    def group(self, name: str = "Rafting", *files: str) -> Group:
        albums = self.site.engine.albums
        group: Group = albums.groups.create(self.owner, name=name)
        for file in files:
            albums.uploads.add(group, io.BytesIO(draw(file)), file)
        self.settle()
        return group

    def settle(self) -> None:
        jobs = self.site.engine.jobs
        for job in jobs.list_jobs(owner=self.owner.id, limit=10_000):
            jobs.wait(job.number, 120)

    def names(self, group: Group) -> list[str]:
        return [photo.sort_name for photo in self.site.engine.albums.groups.photos(group)]

    def open(self, group: Group, query: str = "") -> Any:
        self.page.goto(f"/albums/group/{group.id}{query}")
        return self.page


def owner_key(site: Any, owner: Owner) -> dict[str, Any]:
    return {
        "owner": owner.id,
        "scopes": ["albums", "read"],
        "collections": [owner.collection],
    }


@pytest.fixture
def new_ann(site: Any, new_page: Callable[..., Any], working: None) -> Callable[..., Ann]:
    def make(**options: Any) -> Ann:
        owner = site.engine.albums.owners.create("Ann", timezone="Europe/Berlin").owner
        page = new_page(**options)
        page.goto(site.sign_in_link(**owner_key(site, owner)))
        return Ann(site, owner, page)

    return make


@pytest.fixture
def ann(new_ann: Callable[..., Ann]) -> Ann:
    return new_ann()


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """25 drawn photos in a folder."""
    paths = [tmp_path / f"IMG_{number}.jpg" for number in range(1, 26)]
    for path in paths:
        path.write_bytes(draw(path.name))
    return paths


# ---------------------------------------------------------------- groups


def test_a_group_is_made_and_listed_by_its_day(ann: Ann) -> None:
    page = ann.page
    page.get_by_role("link", name="Albums").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Groups of Ann"
    page.get_by_role("button", name="New group").click()
    page.get_by_label("Name").fill("Rafting <b>")
    page.locator("#group-day").fill("2026-03-29")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/albums/group/*")
    assert page.locator("#group-name").input_value() == "Rafting <b>"
    page.get_by_role("link", name="All groups").click()
    day = page.get_by_role("region", name="29 March 2026")
    assert day.locator("b").inner_text() == "Rafting <b>"
    page.locator("#day").fill("2026-03-28")
    page.wait_for_url("**?day=2026-03-28")
    assert "No groups on this day" in page.locator(".empty").inner_text()


def test_a_group_is_renamed_deleted_and_restored(ann: Ann) -> None:
    group = ann.group()
    page = ann.open(group)
    page.locator("#group-name").fill("Rapids")
    page.keyboard.press("Enter")
    page.get_by_text("Saved.").wait_for()
    albums = ann.site.engine.albums
    assert albums.groups.get(group.id).name == "Rapids"
    page.get_by_role("tab", name="Sharing").click()
    page.get_by_role("button", name="Delete group").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete group").click()
    page.get_by_role("button", name="Undo").wait_for()
    assert albums.groups.get(group.id).deleted is not None
    with page.expect_response("**/restore"):
        page.get_by_role("button", name="Undo").click()
    assert albums.groups.get(group.id).deleted is None


# ---------------------------------------------------------------- uploads


def test_25_photos_are_uploaded_and_not_sent_again(ann: Ann, photos: list[Path]) -> None:
    group = ann.group()
    page = ann.open(group)
    page.locator("#files").set_input_files(photos[:10])
    page.get_by_text("All 10 photos are there.").wait_for(timeout=120_000)
    sent = []
    page.on("request", lambda request: sent.append(request) if request.method == "PUT" else None)
    page.locator("#files").set_input_files(photos)
    page.get_by_text("All 35 photos are there.").wait_for(timeout=120_000)
    assert page.locator('[data-state="held"]').count() == 10
    assert len(sent) == 15
    ann.settle()
    assert ann.names(group) == [path.stem for path in photos]
    expect(page.locator(".tiles .tile:not(.waiting)")).to_have_count(25, timeout=60_000)


def test_photos_are_dropped_onto_the_page(ann: Ann, photos: list[Path]) -> None:
    group = ann.group()
    page = ann.open(group)
    bytes_of = [list(path.read_bytes()) for path in photos[:2]]
    page.evaluate(
        """(files) => {
          const transfer = new DataTransfer();
          files.forEach((bytes, n) => transfer.items.add(
            new File([new Uint8Array(bytes)], `drop_${n}.jpg`, { type: "image/jpeg" })));
          transfer.items.add(new File(["words"], "notes.txt", { type: "text/plain" }));
          for (const type of ["dragover", "drop"]) document.getElementById("drop").dispatchEvent(
            new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }""",
        bytes_of,
    )
    page.get_by_text("All 2 photos are there.").wait_for(timeout=60_000)
    page.get_by_text("no photo: notes.txt is left out").wait_for()
    ann.settle()
    assert ann.names(group) == ["drop_0", "drop_1"]


def test_what_the_line_breaks_off_is_tried_again(ann: Ann, photos: list[Path], faults: Any) -> None:
    faults.expected += ["ERR_FAILED", "503"]
    group = ann.group()
    page = ann.open(group)
    broken = []

    def break_off(route: Any) -> None:
        broken.append(route)
        if len(broken) == 1:
            route.abort()
        elif len(broken) == 2:
            route.fulfill(status=503, body="a proxy's page")
        else:
            route.fallback()

    page.route("**/v1/Upload/**", break_off)
    page.locator("#files").set_input_files(photos[:3])
    page.get_by_text("All 3 photos are there.").wait_for(timeout=60_000)
    assert len(broken) == 5
    ann.settle()
    assert ann.names(group) == [path.stem for path in photos[:3]]


def test_an_upload_whose_answer_is_lost_is_not_sent_again(ann: Ann, photos: list[Path]) -> None:
    group = ann.group()
    ann.page.add_init_script(
        """
        const listen = XMLHttpRequest.prototype.addEventListener;
        let lost = false;
        XMLHttpRequest.prototype.addEventListener = function (kind, run) {
          listen.call(this, kind, (event) => {
            if (kind !== "load" || lost) return run(event);
            lost = true;
            return this.dispatchEvent(new ProgressEvent("error"));
          });
        };
        """
    )
    page = ann.open(group)
    sent = []
    page.on("request", lambda request: sent.append(request) if request.method == "PUT" else None)
    page.locator("#files").set_input_files(photos[:1])
    page.get_by_text("1 photo is there.").wait_for(timeout=60_000)
    assert len(sent) == 1
    ann.settle()
    assert ann.names(group) == ["IMG_1"]


def test_what_is_no_photo_fails_and_the_others_do_not(
    ann: Ann, photos: list[Path], tmp_path: Path, faults: Any
) -> None:
    faults.expected += ["415", "422"]
    false = tmp_path / "false.jpg"
    false.write_bytes(b"no photo at all")
    group = ann.group()
    page = ann.open(group)
    page.locator("#files").set_input_files([false, photos[0]])
    page.get_by_text("1 of 2").wait_for(timeout=60_000)
    page.locator('[data-state="failed"]').get_by_text("failed:").wait_for()
    page.locator('[data-state="sent"]').wait_for()
    assert page.get_by_role("button", name="Retry failed").is_visible()


# ---------------------------------------------------------------- photos


def test_photos_are_arranged_by_dragging_keys_and_name(ann: Ann) -> None:
    group = ann.group("Rafting", "a.jpg", "b.jpg", "c.jpg")
    page = ann.open(group)
    tiles = page.locator(".tiles .tile")
    with page.expect_response("**/arrange"):
        tiles.nth(2).drag_to(tiles.nth(0), target_position={"x": 5, "y": 60})
    assert ann.names(group) == ["c", "a", "b"]
    tiles.nth(0).locator("a").focus()
    with page.expect_response("**/arrange"):
        page.keyboard.press("Alt+ArrowRight")
    assert ann.names(group) == ["a", "c", "b"]
    with page.expect_response("**/arrange"):
        page.get_by_role("button", name="By name").click()
    assert ann.names(group) == ["a", "b", "c"]
    page.goto(f"/g/{group.token}")
    assert page.locator(".tile img").first.get_attribute("alt") == "a"


def test_photos_are_renamed_made_cover_and_deleted(ann: Ann, faults: Any) -> None:
    group = ann.group("Rafting", "a.jpg", "b.jpg")
    page = ann.open(group)
    albums = ann.site.engine.albums
    page.get_by_role("checkbox", name="b").check()
    page.get_by_role("button", name="Make cover").click()
    page.locator(".mark", has_text="Cover").wait_for()
    assert albums.groups.get(group.id).thumb in albums.groups.photos(group)[1].files.values()
    faults.expected.append("400")
    page.get_by_role("button", name="Rename").click()
    page.locator("#ask-field").fill("")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.locator("#ask-lead")).to_have_text("Name: expected a name")
    assert page.locator("#ask-field").input_value() == ""
    page.locator("#ask-field").fill("The big wave")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    page.locator(".name", has_text="The big wave").wait_for()
    page.get_by_role("button", name="Select all").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_text("Delete 2 photos?").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".tiles .tile")).to_have_count(0)
    assert ann.names(group) == []


# ---------------------------------------------------------------- sharing


def test_sharing_is_changed(ann: Ann, new_page: Callable[..., Any]) -> None:
    group = ann.group("Rafting", "a.jpg")
    page = ann.open(group, "?tab=sharing")
    page.get_by_label("Message above the photos").fill("Thank you")
    page.get_by_label("What they see").check()
    page.get_by_label("With watermark").uncheck()
    page.get_by_label("Password", exact=True).fill("rapids")
    page.get_by_label("Last day online").fill("2030-06-30")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    albums = ann.site.engine.albums
    now = albums.groups.get(group.id)
    options = albums.sharing.options(now)
    assert (options.message, options.downloads, options.watermark) == ("Thank you", "shown", False)
    assert now.protected
    assert albums.groups.opens(now, "rapids")
    page.reload()
    assert page.get_by_label("Last day online").input_value() == "2030-06-30"
    page.get_by_label("Visitors may mark favourites").uncheck()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert albums.groups.opens(albums.groups.get(group.id), "rapids")
    page.get_by_label("Remove the password").check()
    page.get_by_role("button", name="Save").click()
    page.locator("#no-password-choice").wait_for(state="hidden")
    assert not albums.groups.get(group.id).protected
    assert not albums.sharing.options(group).favourites


def test_a_link_has_a_code_and_is_renewed(ann: Ann, faults: Any) -> None:
    faults.expected.append("404")
    group = ann.group()
    page = ann.open(group)
    link = page.locator("#link").inner_text()
    assert link == f"{ann.site.url}/g/{group.token}"
    page.get_by_role("button", name="QR code").click()
    code = page.locator("#code")
    expect(code).to_have_js_property("complete", True)
    assert code.evaluate("image => image.naturalWidth") > 0
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Sharing").click()
    page.get_by_role("button", name="Make a new link").click()
    page.get_by_role("dialog").get_by_role("button", name="Make a new link").click()
    expect(page.locator("#link")).not_to_have_text(link)
    with pytest.raises(NotFound):
        ann.site.engine.albums.sharing.find(group.token)


def test_favourites_of_visitors_are_shown_copied_and_downloaded(ann: Ann) -> None:
    group = ann.group("Rafting", "a.jpg", "b.jpg", "c.jpg")
    albums = ann.site.engine.albums
    a, _, c = albums.groups.photos(group)
    shared = albums.sharing.enter(group.token)
    for photo in (c, a):
        albums.visitors.mark(shared, "secret", photo.id, True)
    albums.visitors.send(shared, "secret", name="Bea <i>", message="Large\nplease")
    ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ann.page.goto("/albums")
    assert ann.page.locator(".chip.liked").inner_text() == "♥ 1 list of favourites"
    page = ann.open(group)
    assert page.locator(".mark.liked").count() == 2
    page.get_by_role("tab", name="Favourites").click()
    card = page.locator(".visitor")
    assert card.get_by_role("heading").inner_text() == "Bea <i>"
    assert card.locator("blockquote").inner_text() == "Large\nplease"
    assert card.locator(".strip small").all_inner_texts() == ["a", "c"]
    card.get_by_role("button", name="Copy file names").click()
    page.get_by_text("2 names copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "a\nc"
    card.get_by_role("button", name="Download originals").click()
    with page.expect_download() as waiting:
        card.get_by_role("link", name="Save the zip").click()
    assert waiting.value.suggested_filename == "Rafting.zip"
    card.get_by_role("button", name="Remove list").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove list").click()
    card.wait_for(state="detached")
    assert albums.visitors.of_group(group) == []


# ---------------------------------------------------------------- who may


VIEWS = [view for view in albums_page.PAGE.views if "{" in view.path]
BODIES: dict[str, Any] = {
    "create": {"name": "Mine"},
    "change": {"name": "Mine"},
    "arrange": {"photos": []},
    "remove": {"photos": []},
    "held": {"files": []},
    "reserve": {"count": 1},
    "share": {"options": {}},
    "rename": {"photo": "p", "name": "n"},
    "pack": {"visitor": "v"},
    "forget": {"visitor": "v"},
}


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.verb} {view.path}")
@pytest.mark.parametrize("who", ["nobody", "other owner", "reader"])
def test_an_owners_groups_are_nobody_elses(site: Any, view: View, who: str) -> None:
    albums = site.engine.albums
    owner, other = (albums.owners.create(name).owner for name in ("Ann", "Bob"))
    group = albums.groups.create(owner, name="Rafting")
    path = view.path.replace("{owner:uuid}", owner.id).replace("{group:uuid}", group.id)
    path = path.replace("{zip}", "zip")
    cookies, headers = {}, {}
    if who != "nobody":
        options = owner_key(site, other) if who == "other owner" else {"scopes": ["read", "write"]}
        _, key = site.key(**options)
        secret = site.engine.keys.sessions.begin(key, 60).secret
        cookies, headers = {session_cookie(site.url): secret}, {HEADER: form_token(secret)}
    body = BODIES.get(path.rpartition("/")[2], {})
    with httpx.Client(base_url=site.url, cookies=cookies, headers=headers) as client:
        answer = client.get(path) if view.verb == "GET" else client.post(path, json=body)
    assert answer.status_code in ((303, 401) if who == "nobody" else (404,)), answer.text
    assert "Rafting" not in answer.text
    assert albums.groups.get(group.id) == group


def test_a_key_of_no_owner_is_told_so(site: Any, signed_in_page: Any, faults: Any) -> None:
    faults.expected.append("403")
    signed_in_page.goto("/albums")
    assert "belongs to no owner" in signed_in_page.locator("main").inner_text()
    assert signed_in_page.get_by_role("link", name="Albums").count() == 0


def test_administrators_make_owners_and_see_their_groups(
    page: Any, sign_in: Callable[..., Any]
) -> None:
    sign_in(page, scopes=["admin"])
    page.goto("/albums")
    page.get_by_label("Name").fill("Cleo")
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_role("button", name="Make an owner").click()
    assert page.get_by_role("alert").inner_text().startswith("Time zone: no time zone")
    # What was typed is still there.
    assert page.get_by_label("Name").input_value() == "Cleo"
    assert page.get_by_label("Time zone").input_value() == "Mars/Olympus"
    page.get_by_label("Time zone").fill("Europe/Paris")
    page.get_by_role("button", name="Make an owner").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Groups of Cleo"


def test_a_second_owner_of_one_name_is_made_on_purpose_only(
    site: Any, page: Any, sign_in: Callable[..., Any]
) -> None:
    owners = site.engine.albums.owners
    first = owners.create("Zoé").owner
    sign_in(page, scopes=["admin"])
    page.goto("/albums")
    page.get_by_label("Name").fill("Zoe\N{COMBINING ACUTE ACCENT}")
    page.get_by_label("Time zone").fill("Europe/Paris")
    page.get_by_role("button", name="Make an owner").click()
    assert "is called Zoe\N{COMBINING ACUTE ACCENT} already" in (
        page.get_by_role("alert").inner_text()
    )
    assert [each.id for each in owners.named("Zoé")] == [first.id]
    page.get_by_label("Make another one of the same name").check()
    page.get_by_role("button", name="Make an owner").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Groups of Zoé"
    _, second = owners.named("Zoé")
    assert second.timezone == "Europe/Paris"


def test_owners_begin_with_their_groups(ann: Ann) -> None:
    ann.page.goto("/library")
    ann.page.wait_for_url(f"**/albums/{ann.owner.id}")


def test_collections_of_owners_are_not_offered(
    site: Any, page: Any, sign_in: Callable[..., Any]
) -> None:
    site.engine.albums.owners.create("Unlisted")
    sign_in(page, scopes=["read", "grouping", "admin"])
    for address in ("/library", "/people", "/duplicates", "/groups"):
        page.goto(address)
        assert site.photos.info.name in page.locator("main").inner_text()
        assert "photos of " not in page.locator("main").inner_text()


# ---------------------------------------------------------------- for everybody


def test_it_fits_on_a_phone(new_ann: Callable[..., Ann]) -> None:
    ann = new_ann(viewport=PHONE)
    group = ann.group("A long name of a group that goes on", "a.jpg", "b.jpg")
    for address in ("/albums", *(f"/albums/group/{group.id}?tab={tab}" for tab in ("", "sharing"))):
        ann.page.goto(address)
        assert ann.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_for_those_who_cannot_see(
    new_ann: Callable[..., Ann], axe: Callable[[Any], list[str]], scheme: str
) -> None:
    ann = new_ann(color_scheme=scheme)
    group = ann.group("Rafting", "a.jpg", "b.jpg")
    for address in (
        "/albums",
        *(f"/albums/group/{group.id}?tab={tab}" for tab in ("", "sharing", "favourites")),
    ):
        ann.page.goto(address)
        assert axe(ann.page) == [], address
