"""Groups: asked for, arranged by mouse and by keys within the limits, and seen by those who may."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from photomill import CollectionInput, GroupingConstraints, InvalidInput, NewRecord, UriInputs
from photomill_browser.arrangement import Limits, read, written
from photomill_browser.forgery import HEADER
from photomill_browser.pages.groups import ADDRESS, PAGE

from .books import ANN, COLOURS, Book, Client, groups, image, lie, opened, row, work
from .conftest import DESK, PHONE, playwright_api, until

expect = playwright_api.expect

HOSTILE = "<script>document.title='broken'</script>"
AS_FOUND = [row("red"), row("green"), row("blue")]


# ---------------------------------------------------------------- asking


def test_groups_are_asked_for_followed_and_shown(
    site: Any, ann: Any, fill_book: Callable[..., Any]
) -> None:
    collection, _ = fill_book()
    page = ann
    page.goto(f"/groups?collection={collection.info.id}")
    expect(page.locator("#count")).to_have_text("12 images")
    page.get_by_label("Filter").fill('{"kept": true}')
    expect(page.locator("#count")).to_have_text("6 images")
    page.get_by_label("Groups").fill("3")
    page.get_by_label("At most").fill("2")
    page.get_by_label("by what they show").check()
    # The address holds all of it.
    page.reload()
    expect(page.locator("#count")).to_have_text("6 images")
    assert page.get_by_label("At most").input_value() == "2"
    page.get_by_role("button", name="Make groups").click()
    page.wait_for_url(re.compile(r"/groups/\d+$"))
    expect(page.get_by_text("The images are being grouped.")).to_be_visible()
    number = int(page.url.rpartition("/")[2])
    work(site, number)
    page.locator("#rows[aria-busy=false]").wait_for()
    lie(page, [row(colour, [0, 1]) for colour in COLOURS])
    expect(page.locator(".facts")).to_have_text(
        "6 images in 3 groups · by what they show · 1 to 2 images in each"
    )
    # No image was looked at again.
    assert site.engine.jobs.get(number).progress.total == 0
    page.get_by_role("link", name="Group again").click()
    expect(page.locator("#count")).to_have_text("6 images")
    assert page.get_by_label("Groups").input_value() == "3"
    assert page.get_by_role("link", name="book 6 images in 3 groups").is_visible()


def test_what_cannot_be_grouped_is_said_at_once(
    ann: Any, fill_book: Callable[..., Any], faults: Any
) -> None:
    faults.expected.append("400")
    collection, _ = fill_book()
    page = ann
    page.goto(f"/groups?collection={collection.info.id}")
    page.get_by_label("Filter").fill('{"kept": {"$grater": 1}}')
    expect(page.get_by_role("alert")).to_contain_text("$grater")
    page.get_by_label("Filter").fill("")
    expect(page.locator("#count")).to_have_text("12 images")
    page.get_by_label("Groups").fill("5")
    page.get_by_label("Images of a group, at least").fill("3")
    page.get_by_role("button", name="Make groups").click()
    expect(page.get_by_role("alert")).to_contain_text("need 15 images, not 12")
    page.get_by_label("Words").fill("id:nowhere")
    expect(page.locator("#count")).to_have_text("0 images")
    page.get_by_role("button", name="Make groups").click()
    expect(page.get_by_role("alert")).to_have_text("There is no image to group.")


def test_a_selection_of_the_library_is_grouped(
    site: Any, ann: Any, fill_book: Callable[..., Any]
) -> None:
    collection, _ = fill_book()
    page = ann
    page.goto(f"/library/{collection.info.id}?sort=name")
    page.locator(".tile a").first.wait_for()
    page.get_by_role("button", name="Select red0.jpg").click(force=True)
    page.get_by_role("button", name="Select red2.jpg").click(modifiers=["Shift"], force=True)
    page.get_by_role("button", name="Select blue1.jpg").click(force=True)
    page.get_by_role("button", name="Group", exact=True).click()
    expect(page.locator("#selected")).to_have_text("The 4 records that you selected")
    page.get_by_label("Groups").fill("2")
    page.get_by_role("button", name="Make groups").click()
    page.wait_for_url(re.compile(r"/groups/\d+$"))
    work(site, int(page.url.rpartition("/")[2]))
    page.locator("#rows[aria-busy=false]").wait_for()
    lie(page, [row("red", range(3)), ["blue1"]])
    page.get_by_role("link", name="Group again").click()
    expect(page.locator("#selected")).to_have_text("The 4 records that you selected")
    page.get_by_role("button", name="Take others instead").click()
    expect(page.locator("#count")).to_have_text("12 images")
    page.go_back()
    page.go_back()
    page.go_back()
    page.get_by_text("4 selected").wait_for()


def test_what_is_wrong_is_named_as_the_form_names_it(
    ann: Any, faults: Any, fill_book: Callable[..., Any]
) -> None:
    collection, _ = fill_book()
    faults.expected.append("400")
    ann.goto(f"/groups?collection={collection.info.id}")
    expect(ann.locator("#count")).to_have_text("12 images")
    ann.get_by_label("Groups").fill("2")
    ann.get_by_label("At most").fill("3")
    ann.get_by_role("button", name="Make groups").click()
    expect(ann.locator("#problem")).to_have_text(
        "At most: 2 groups of 3 or fewer hold 6 images, not 12"
    )
    assert ann.get_by_label("At most").input_value() == "3"


def test_a_grouping_that_failed_says_why_and_is_changed(
    site: Any, ann: Any, fill_book: Callable[..., Any]
) -> None:
    collection, _ = fill_book()
    job = site.engine.grouping.submit(
        CollectionInput(collection.info.id, ids=["red0", "red1"]), owner="ann"
    )
    collection.drop(["red0", "red1"])
    work(site, job.number)
    ann.goto(f"/groups/{job.number}")
    expect(ann.locator(".problem")).to_contain_text("none of 2 images can be grouped")
    ann.get_by_role("link", name="Group again").click()
    expect(ann.locator("#count")).to_have_text("10 images")


def test_a_grouping_of_addresses_is_on_the_page_of_its_job(site: Any, ann: Any) -> None:
    job = site.engine.grouping.submit(UriInputs("https://example.org/a.jpg"), owner="ann")
    site.engine.jobs.cancel(job.number)
    ann.goto(f"/groups/{job.number}")
    assert ann.url.endswith(f"/jobs/{job.number}")


def test_the_page_of_its_job_leads_to_the_groups(ann: Any, make_book: Callable[..., Book]) -> None:
    book = make_book()
    ann.goto(f"/jobs/{book.number}")
    expect(ann.locator(".words")).to_have_text("12 images grouped")
    ann.get_by_role("link", name="Show the groups").click()
    ann.locator("#rows[aria-busy=false]").wait_for()
    assert ann.url.endswith(book.address)


# ---------------------------------------------------------------- arranging


def test_images_are_dragged_between_groups(ann: Any, make_book: Callable[..., Book]) -> None:
    page = opened(ann, make_book())
    lie(page, AS_FOUND)
    image(page, "red1").drag_to(image(page, "green2"), target_position={"x": 5, "y": 40})
    moved = [row("red", [0, 2, 3]), ["green0", "green1", "red1", "green2", "green3"], row("blue")]
    lie(page, moved)
    expect(page.locator(".message").last).to_contain_text("red1.jpg: now in group 2, place 3 of 5.")
    image(page, "blue3").drag_to(image(page, "blue0"), target_position={"x": 5, "y": 40})
    assert groups(page)[2] == row("blue", [3, 0, 1, 2])
    # Only the last move has a message that undoes it.
    expect(page.locator(".message")).to_have_count(1)
    # The address holds the arrangement, and going back undoes a move.
    page.reload()
    page.locator("#rows[aria-busy=false]").wait_for()
    lie(page, [*moved[:2], row("blue", [3, 0, 1, 2])])
    page.go_back()
    expect(page.locator("[data-group='2'] .image .name").first).to_have_text("blue0.jpg")
    lie(page, moved)
    page.go_back()
    expect(page.locator("[data-group='1'] .image")).to_have_count(4)
    lie(page, AS_FOUND)
    assert "#" not in page.url


def test_images_are_moved_by_keys(ann: Any, make_book: Callable[..., Book]) -> None:
    page = opened(ann, make_book())
    spoken = page.locator("#spoken")
    page.locator(".tools summary").last.focus()
    page.keyboard.press("Tab")
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    expect(image(page, "red1")).to_be_focused()
    page.keyboard.press(" ")
    expect(spoken).to_contain_text("Taken: red1.jpg.")
    page.keyboard.press("ArrowDown")
    expect(spoken).to_have_text("Group 2, place 2 of 5")
    page.keyboard.press("Escape")
    expect(spoken).to_have_text("red1.jpg stays where it was.")
    lie(page, AS_FOUND)
    for key in (" ", "ArrowDown", "ArrowRight", " "):
        page.keyboard.press(key)
    assert groups(page)[1] == ["green0", "green1", "red1", "green2", "green3"]
    expect(image(page, "red1")).to_be_focused()
    assert image(page, "red1").get_attribute("aria-label") == "red1.jpg, 3 of 5 in group 2"
    page.keyboard.press("c")
    assert (
        image(page, "red1").get_attribute("aria-label") == "red1.jpg, 3 of 5 in group 2, its cover"
    )
    assert page.locator("[data-group='1'] .cover img").get_attribute("alt") == (
        "Cover of group 2: red1.jpg"
    )
    # Tab goes from row to row, and gives up what is taken.
    page.keyboard.press(" ")
    page.keyboard.press("Tab")
    expect(image(page, "blue0")).to_be_focused()
    expect(spoken).to_have_text("red1.jpg stays where it was.")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    expect(image(page, "green3")).to_be_focused()


def test_the_limits_are_kept_and_a_swap_is_offered(
    ann: Any, make_book: Callable[..., Book]
) -> None:
    page = opened(ann, make_book(smallest=4, largest=4))
    image(page, "red1").drag_to(image(page, "green2"), target_position={"x": 5, "y": 40})
    problem = page.locator(".message.problem")
    expect(problem).to_contain_text("Group 2 holds no more than 4 images.")
    lie(page, AS_FOUND)
    problem.get_by_role("button", name="Swap with green2.jpg").click()
    lie(
        page,
        [
            ["red0", "green2", "red2", "red3"],
            ["green0", "green1", "red1", "green3"],
            row("blue"),
        ],
    )
    page.go_back()
    expect(page.locator("[data-group='1'] .image .name").nth(2)).to_have_text("green2.jpg")
    # By keys it is said before the image is put down.
    image(page, "blue0").focus()
    for key in (" ", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.locator("#spoken")).to_have_text(
        "Group 2, place 1 of 5. Group 2 holds no more than 4 images."
    )
    assert page.locator(".new-group").is_hidden()


def test_a_group_that_is_too_small_gives_none_away(
    ann: Any, make_book: Callable[..., Book]
) -> None:
    page = opened(ann, make_book(smallest=4))
    image(page, "red0").drag_to(image(page, "blue0"), target_position={"x": 5, "y": 40})
    expect(page.locator(".message.problem")).to_contain_text("Group 1 needs 4 images at least.")


def test_groups_come_and_go_where_their_number_is_open(
    ann: Any, make_book: Callable[..., Book]
) -> None:
    page = opened(ann, make_book(groups=None, largest=4))
    lie(page, AS_FOUND)
    image(page, "red3").drag_to(page.locator("#new-group"))
    lie(page, [row("red", range(3)), row("green"), row("blue"), ["red3"]])
    image(page, "red3").drag_to(image(page, "red0"), target_position={"x": 5, "y": 40})
    lie(page, [row("red", [3, 0, 1, 2]), row("green"), row("blue")])


def test_what_can_be_done_with_an_image_is_chosen_on_a_phone(
    new_page: Callable[..., Any], sign_in: Callable[..., Any], make_book: Callable[..., Book]
) -> None:
    book = make_book()
    page = opened(sign_in(new_page(viewport=PHONE, has_touch=True), **ANN), book)
    image(page, "green1").tap()
    box = page.get_by_role("dialog", name="green1.jpg")
    box.get_by_label("Group").select_option("Group 3 · 4 images")
    assert box.get_by_label("Place").input_value() == "5"
    box.get_by_label("Place").fill("1")
    box.get_by_role("button", name="Move").click()
    expect(page.locator("[data-group='2'] .image")).to_have_count(5)
    lie(page, [row("red"), row("green", [0, 2, 3]), ["green1", *row("blue")]])
    image(page, "green1").tap()
    box.get_by_role("button", name="Make it the cover").click()
    expect(page.locator("[data-group='2'] .is-cover .name")).to_have_text("green1.jpg")
    image(page, "red0").tap()
    page.get_by_role("link", name="Open the record").click()
    page.get_by_role("heading", name="red0.jpg").wait_for()
    page.go_back()
    page.locator("#rows[aria-busy=false]").wait_for()
    assert groups(page)[2][0] == "green1"


def test_an_address_of_other_images_shows_the_groups_as_they_were_found(
    ann: Any, make_book: Callable[..., Book]
) -> None:
    page, book = ann, make_book()
    for hash in ("0*.1", "nonsense", "0*.1.2.3_4*.5.6.7_8.9.a.b", "0*.0.1.2_4*.5.6.7_8*.9.a.b"):
        page.goto("/groups")
        page.goto(f"{book.address}#{hash}")
        expect(page.locator(".message.problem")).to_contain_text("holds no arrangement")
        assert groups(page) == AS_FOUND


# ---------------------------------------------------------------- who sees what


def test_a_key_without_the_scope_sees_no_page(
    site: Any,
    page: Any,
    sign_in: Callable[..., Any],
    make_book: Callable[..., Book],
    faults: Any,
) -> None:
    faults.expected.append("403")
    sign_in(page, owner="ann", scopes=["read"])
    assert page.locator("nav >> text=Groups").count() == 0
    assert page.goto(make_book().address).status == 403
    page.goto(f"/library/{site.photos.info.id}")
    page.get_by_role("button", name="Select 39.jpg").click(force=True)
    page.get_by_text("1 selected").wait_for()
    assert page.get_by_role("button", name="Group", exact=True).count() == 0
    assert page.get_by_role("button", name="Edit", exact=True).count() == 0


BODIES: dict[str, Any] = {
    "": None,
    "/images": None,
    "/json": {},
    "/zip": {},
    "/tags": {"name": "x"},
    "/folders": {"destination": "storage://any/"},
    "/albums": {"owner": "ann"},
}
"""What is asked for below a grouping's address; None to look at it."""


def test_a_grouping_is_seen_by_its_owner_alone(
    site: Any, client: Callable[..., Client], make_book: Callable[..., Book]
) -> None:
    named = {view.path.removeprefix(ADDRESS) for view in PAGE.views if "{" in view.path}
    assert named == BODIES.keys()
    book = make_book()
    others = [site.photos.info.id]
    scopes = ["read", "write", "grouping", "image_editing", "albums"]
    without_collection = [
        client(owner="ann", scopes=scopes, collections=others),
        client(owner="ann", scopes=["grouping", "image_editing"]),
    ]
    for each in [client(owner="bob", scopes=scopes), *without_collection]:
        for part, body in BODIES.items():
            address = f"{book.address}{part}"
            answer = each.http.get(address) if body is None else each.post(address, body)
            assert answer.status_code == 404, part
        assert "in 3 groups" not in each.http.get("/groups").text
        assert each.http.get("/groups/999999").status_code == 404
    collection = book.collection.info.id
    for each in without_collection:
        assert each.post("/groups/start", {"collection": collection}).status_code == 404
        assert each.http.get(f"/groups/count?collection={collection}").status_code == 404
    admin = client(scopes=["admin", "read"])
    assert admin.http.get(f"{book.address}/images").status_code == 200


def test_what_a_key_may_not_do_is_not_offered_and_refused(
    page: Any,
    sign_in: Callable[..., Any],
    client: Callable[..., Client],
    make_book: Callable[..., Book],
    site: Any,
) -> None:
    book = make_book()
    opened(sign_in(page, owner="ann", scopes=["read", "grouping"]), book)
    page.locator("#save summary").click()
    assert page.locator("#save .item").all_inner_texts() == ["As JSON", "As folders in a zip"]
    reader = client(owner="ann", scopes=["read", "grouping"])
    assert reader.post(f"{book.address}/tags", {"name": "x"}).status_code == 403
    stored = reader.post(f"{book.address}/folders", {"destination": "storage://any/"})
    assert stored.status_code == 403
    other = site.engine.albums.owners.create("Ben").owner
    for scopes in (["read", "grouping"], ["read", "grouping", "albums"]):
        stranger = client(owner="ann", scopes=scopes)
        refused = stranger.post(f"{book.address}/albums", {"owner": other.id, "name": "x"})
        assert refused.status_code == 404
        assert "no such owner for this key" in refused.text


def test_a_request_of_another_page_is_refused(
    site: Any, client: Callable[..., Client], make_book: Callable[..., Book]
) -> None:
    book, session = make_book(), client(**ANN)
    body = {"name": "x"}
    assert session.http.post(f"{book.address}/tags", json=body).status_code == 403
    foreign = {HEADER: session.token, "Origin": "https://evil.example"}
    assert session.http.post(f"{book.address}/tags", json=body, headers=foreign).status_code == 403


def test_an_arrangement_that_breaks_the_rules_is_not_saved(
    site: Any, client: Callable[..., Client], make_book: Callable[..., Book]
) -> None:
    book, session = make_book(smallest=3, largest=5), client(**ANN)
    fine = "0*.3.6.9_1*.4.7.a_2*.5.8.b"
    wrong = {
        "0*.3_6.9.1.4.7*.a_2*.5.8.b": "Group 1 needs 3 images at least.",
        "0*.3.6_9.1.4.7*.a.2_5*.8.b": "Group 2 holds no more than 5 images.",
        "0*.3.6_9*.1.4_7*.a.2_5*.8.b": "It must remain 3 groups.",
        "0*.3.6_9*.1.4": "each image",
        "0*.3.6.9_1*.4.7.a_2*.5.8.8": "each image",
        "0*.3.6.9_1*.4.7.a_2*.5.8.zz": "each image",
        "0.3.6.9_1*.4.7.a_2*.5.8.b": "one cover",
        "0*.3*.6.9_1*.4.7.a_2*.5.8.b": "one cover",
        "0*.3.6.9_1*.4.7.a_2*.5.8.b_": "like 0*",
        "-1*": "like 0*",
    }
    for arrangement, message in wrong.items():
        answer = session.post(f"{book.address}/tags", {"name": "x", "arrangement": arrangement})
        assert (answer.status_code, message in answer.text) == (400, True), answer.text
    assert not any("tags" in record.attributes for record in book.collection.find(limit=None))
    answer = session.post(f"{book.address}/tags", {"name": "x", "arrangement": fine})
    assert answer.json() == {"changed": 12}


def test_addresses_hold_what_they_are_read_to(site: Any, make_book: Callable[..., Book]) -> None:
    result = site.engine.grouping.result(site.engine.jobs.get(make_book().number))
    limits = Limits(1, None, None)
    for text in ("0*.3.6.9_1*.4.7.a_2*.5.8.b", "b.a.9*.8.7.6.5.4.3.2.1.0"):
        assert written(read(text, result, limits)) == text
    found = read("", result, limits)
    assert [list(group.members) for group in found] == [list(group) for group in result.groups]
    assert read(written(found), result, limits) == [
        type(group)(list(group.members), group.cover) for group in found
    ]
    with pytest.raises(InvalidInput, match="It must remain 3 groups"):
        read("b.a.9*.8.7.6.5.4.3.2.1.0", result, Limits(1, None, 3))


# ---------------------------------------------------------------- however it looks


def test_hostile_names_are_text(ann: Any, make_book: Callable[..., Book], site: Any) -> None:
    book = make_book(prefix=HOSTILE)
    page = opened(ann, book)
    assert page.title() != "broken"
    assert groups(page)[0] == [f"{HOSTILE}red{number}" for number in range(4)]
    page.locator(".image").first.click()
    assert page.get_by_role("heading", name=f"{HOSTILE}red0.jpg").is_visible()
    page.keyboard.press("Escape")
    page.locator(".image").first.focus()
    for key in (" ", "ArrowDown", " "):
        page.keyboard.press(key)
    expect(page.locator(".message").last).to_contain_text(f"{HOSTILE}red0.jpg: now in group 2")
    named = site.fill("<u>hostile</u>", [])
    page.goto(f"/groups?collection={named.info.id}&q={quote(HOSTILE)}#{quote(HOSTILE)}")
    expect(page.locator("#selected")).to_have_text("The 1 record that you selected")
    assert page.title() != "broken"


def test_images_without_thumbnails_and_deleted_ones_show_their_names(
    site: Any, ann: Any, make_book: Callable[..., Book]
) -> None:
    book = make_book()
    book.collection.drop(["red0"])
    page = opened(ann, book)
    assert page.locator(".image .plain").all_inner_texts() == ["red0 (deleted meanwhile)"]
    axes = np.eye(4, site.photos.info.dimension, dtype=np.float32)
    vectors = [NewRecord(f"v{number}", vector=axis) for number, axis in enumerate(axes)]
    collection = site.fill("vectors", vectors)
    job = site.engine.grouping.submit(
        CollectionInput(collection.info.id), GroupingConstraints(2), owner="ann"
    )
    work(site, job.number)
    page.goto(f"/groups/{job.number}")
    page.locator("#rows[aria-busy=false]").wait_for()
    assert page.locator(".image .plain").count() == 4


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_found_by_axe(
    site: Any,
    new_page: Callable[..., Any],
    sign_in: Callable[..., Any],
    make_book: Callable[..., Book],
    axe: Callable[[Any], list[str]],
    viewport: Any,
    scheme: str,
) -> None:
    owner = site.engine.albums.owners.create("Ann").owner.id
    book = make_book(owner=owner, groups=None)
    scopes = ["read", "write", "grouping", "albums", "image_editing"]
    page = sign_in(new_page(viewport=viewport, color_scheme=scheme), owner=owner, scopes=scopes)
    page.goto(f"/groups?collection={book.collection.info.id}")
    expect(page.locator("#count")).to_have_text("12 images")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    opened(page, book)
    until(
        page,
        "[...document.querySelectorAll('.image img')].slice(0, 4).every(each => each.naturalWidth)",
    )
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    image(page, "red0").click()
    assert axe(page) == []
    page.keyboard.press("Escape")
    image(page, "red0").focus()
    page.keyboard.press(" ")
    assert axe(page) == []
    page.keyboard.press("Escape")
    for way in ("As folders of a storage", "As tags", "As groups for customers"):
        page.locator("#save summary").click()
        page.get_by_role("button", name=way).click()
        assert axe(page) == []
        page.keyboard.press("Escape")
