"""Reviewing near-duplicates: by keys alone, with comparison, undo, and the list of what was dropped."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from tests.browser.conftest import PHONE, draw

from photomill import BytesSource, Collection, NewRecord, find_images, import_images


def resized(data: bytes, factor: float) -> bytes:
    image = Image.open(io.BytesIO(data))
    small = image.resize((int(image.width * factor), int(image.height * factor)))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=90)
    return file.getvalue()


@pytest.fixture
def pairs(site: Any) -> Iterator[Collection]:
    """Ten images, each twice; three of them once more in small; and one image alone."""
    records = [NewRecord("alone.jpg", BytesSource(draw("alone")))]
    for number in range(10):
        data = draw(f"pair {number}")
        records.append(NewRecord(f"{number}.jpg", BytesSource(data)))
        records.append(NewRecord(f"copy/{number}.jpg", BytesSource(data)))
        if number < 3:
            records.append(NewRecord(f"small/{number}.jpg", BytesSource(resized(data, 0.5))))
    collection = site.fill("pairs", records)
    yield collection
    site.engine.collections.delete(collection.info.id)


def address(collection: Collection, query: str = "") -> str:
    return f"/library/{collection.info.id}/duplicates{query}"


def open_page(page: Any, collection: Collection, query: str = "") -> None:
    page.goto(address(collection, query))
    page.wait_for_selector("#clusters[aria-busy=false]")


def dropped(collection: Collection) -> set[str]:
    return {each.record.id for each in collection.dropped()}


def count(page: Any, kind: str) -> str:
    return str(page.locator(f"[data-count={kind}]").inner_text())


def shown(page: Any) -> int:
    return int(page.locator(".cluster").count())


def wait_for_clusters(page: Any, number: int) -> None:
    page.wait_for_function("n => document.querySelectorAll('.cluster').length === n", arg=number)


@pytest.fixture
def outside(site: Any) -> Iterator[Collection]:
    """Two images, each twice, with their vectors in an index outside."""
    pytest.importorskip("lance")
    records = [
        NewRecord(f"{folder}{number}.jpg", BytesSource(draw(f"outside {number}")))
        for number in range(2)
        for folder in ("", "copy/")
    ]
    collection = site.fill("outside", records, index="outside")
    yield collection
    site.engine.collections.delete(collection.info.id)


@pytest.mark.usefixtures("working")
def test_where_a_job_compares_all_records_the_page_asks_for_it(
    outside: Collection, signed_in_page: Any
) -> None:
    page = signed_in_page
    page.goto(address(outside))
    page.get_by_text("were not compared yet").wait_for()
    page.get_by_role("button", name="Compare all").click()
    wait_for_clusters(page, 2)
    assert page.locator("#outside").is_hidden()
    outside.insert([NewRecord("later.jpg", BytesSource(draw("outside 0")))])
    open_page(page, outside)
    page.get_by_text("1 record came since").wait_for()
    page.get_by_role("button", name="Compare all").click()
    page.get_by_role("heading", name="Cluster 1: 3 images").wait_for()


def test_the_page_begins_with_the_first_kind_that_there_is(site: Any, signed_in_page: Any) -> None:
    data = draw("only near")
    records = [NewRecord("large.jpg", BytesSource(data))]
    records.append(NewRecord("small.jpg", BytesSource(resized(data, 0.5))))
    collection = site.fill("only near", records)
    page = signed_in_page
    open_page(page, collection)
    wait_for_clusters(page, 1)
    assert page.locator(".tab[aria-current]").get_attribute("data-kind") == "near"
    assert page.locator(".keys").is_visible()
    page.goto(address(collection, "?kind=exact"))
    page.get_by_text("There are no exact duplicates.").wait_for()
    assert not page.locator(".keys").is_visible()


def test_ten_clusters_are_reviewed_by_keys(pairs: Collection, signed_in_page: Any) -> None:
    page = signed_in_page
    open_page(page, pairs)
    assert shown(page) == 10
    assert (count(page, "exact"), count(page, "near"), count(page, "similar")) == ("10", "3", "0")
    press = page.keyboard.press
    press("Enter")
    wait_for_clusters(page, 9)
    # The other way round: the first one goes, the second one stays.
    first = page.locator(".cluster").first.locator(".tile .name").first.inner_text()
    for key in ("d", "ArrowRight", "k", "Enter"):
        press(key)
    wait_for_clusters(page, 8)
    press("a")
    wait_for_clusters(page, 7)
    press("u")
    wait_for_clusters(page, 8)
    press("a")
    wait_for_clusters(page, 7)
    # One is passed over, and comes last.
    press("ArrowDown")
    for left in range(6, 0, -1):
        press("Enter")
        wait_for_clusters(page, left)
    press("Enter")
    page.get_by_text("There are no exact duplicates.").wait_for()
    gone = dropped(pairs)
    assert len(gone) == 9
    assert {name.removeprefix("copy/") for name in gone} < {f"{n}.jpg" for n in range(10)}
    assert [name for name in gone if "/" not in name] == [first]
    assert page.locator("#dropped-count").inner_text() == "9"
    assert "1 pair is not shown" in page.locator("#reviewed").inner_text()
    page.get_by_role("button", name="Show again").click()
    wait_for_clusters(page, 1)


def test_the_proposal_and_its_reasons(pairs: Collection, signed_in_page: Any) -> None:
    page = signed_in_page
    open_page(page, pairs, "?kind=near")
    assert shown(page) == 3
    tiles = page.locator(".cluster").first.locator(".tile")
    said = [tile.inner_text().split("\n") for tile in tiles.all()]
    assert said[0][:3] == ["Keep", said[0][1], "480 × 320 · " + said[0][2].rpartition("· ")[2]]
    assert [line for line in said[0] if line in ("largest", "most bytes", "came first")] == [
        "largest",
        "most bytes",
        "came first",
    ]
    assert said[1][0] == "Drop"
    assert said[1][-2:] == ["same pixels", "came later"]
    assert said[2][0] == "Drop"
    assert said[2][2].startswith("240 × 160 · ")
    assert said[2][-2:] == ["smaller", "fewer bytes"]


def test_a_whole_page_is_applied_and_undone(pairs: Collection, signed_in_page: Any) -> None:
    page = signed_in_page
    open_page(page, pairs, "?kind=near")
    before = pairs.find(limit=None)
    page.get_by_role("button", name="Apply all of this page: drop 6 images").click()
    page.get_by_text("There are no near-duplicates.").wait_for()
    assert len(dropped(pairs)) == 6
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("6 images restored").wait_for()
    wait_for_clusters(page, 3)
    assert pairs.find(limit=None) == before


def test_dropping_all_of_a_cluster_is_asked_twice(pairs: Collection, signed_in_page: Any) -> None:
    page = signed_in_page
    open_page(page, pairs)
    for key in ("d", "ArrowRight", "d", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("This drops every image of the cluster").wait_for()
    assert dropped(pairs) == set()
    page.keyboard.press("Enter")
    wait_for_clusters(page, 9)
    assert len(dropped(pairs)) == 2


def test_images_that_look_alike_are_chosen_by_hand(site: Any, signed_in_page: Any) -> None:
    """Nothing is marked to be dropped, and nothing is applied to the page, where images are not the same."""
    page = signed_in_page
    first = Image.open(io.BytesIO(draw("burst")))
    second = first.copy()
    second.paste(Image.open(io.BytesIO(draw("other"))).resize((200, 150)), (20, 20))
    records = []
    for name, image in (("one", first), ("two", second)):
        file = io.BytesIO()
        image.save(file, "JPEG", quality=95)
        records.append(NewRecord(name, BytesSource(file.getvalue())))
    collection = site.fill("burst", records)
    page.route("**/clusters*", lambda route: route.fulfill(json=as_if(collection, "similar")))
    open_page(page, collection, "?kind=similar")
    assert page.locator(".tile .badge").all_inner_texts() == ["Keep", "Keep"]
    assert page.locator("#apply").is_hidden()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("d")
    page.keyboard.press("Enter")
    page.get_by_text("1 image dropped").wait_for()
    assert dropped(collection) == {"two"}


def as_if(collection: Collection, kind: str) -> Any:
    """What the server would say, were the first two records of a collection so much alike."""
    records = [
        {
            "id": record.id,
            "name": record.id,
            "folder": "",
            "width": record.width,
            "height": record.height,
            "bytes": record.bytes,
            "format": record.format,
            "modified": "",
            "tag": "",
            "kind": kind if place else "",
            "reasons": [],
        }
        for place, record in enumerate(collection.find(limit=2))
    ]
    both = len(records) == 2
    cluster = {"keep": records[0]["id"], "distance": 1.0, "records": records}
    return {
        "kind": kind,
        "page": 1,
        "pages": 1,
        "counts": {"exact": 0, "near": 0, "similar": 0, kind: int(both)},
        "notLookedAt": 0,
        "reviewed": 0,
        "dropped": collection.count_dropped(),
        "clusters": [cluster] if both else [],
    }


def test_the_address_holds_what_is_shown(pairs: Collection, signed_in_page: Any) -> None:
    page = signed_in_page
    open_page(page, pairs)
    page.get_by_role("link", name="Near").click()
    wait_for_clusters(page, 3)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    assert "kind=near" in page.url
    assert "compare=" in page.url
    sent = page.url
    page.go_back()
    dialog.wait_for(state="hidden")
    assert "compare=" not in page.url
    page.go_back()
    wait_for_clusters(page, 10)
    page.go_forward()
    wait_for_clusters(page, 3)
    # Whoever gets the address sees the same.
    page.goto(sent)
    dialog.wait_for()
    page.keyboard.press("Escape")
    assert dialog.is_hidden()
    assert "compare=" not in page.url
    assert page.evaluate("document.activeElement.className").startswith("tile")


def test_two_images_are_compared(site: Any, signed_in_page: Any, tmp_path: Path) -> None:
    """From files, so that the originals are shown; of another size, and with a mark in one of them."""
    data = draw("compared", (600, 400), "PNG")
    image = Image.open(io.BytesIO(data))
    image.save(tmp_path / "a.png")
    image.paste((255, 255, 255), (500, 300, 590, 390))
    image.resize((900, 600)).save(tmp_path / "b.png")
    collection = site.engine.collections.open(
        site.engine.collections.create("compared", embedder="color").id
    )
    import_images(collection, find_images([tmp_path]))
    page = signed_in_page
    page.route("**/clusters*", lambda route: route.fulfill(json=as_if(collection, "near")))
    open_page(page, collection, "?kind=near&compare=b.png")
    page.wait_for_function("() => document.querySelector('#other img').src.includes('/screen?')")
    page.keyboard.press("m")
    caption = page.locator("#other figcaption")
    page.wait_for_function(
        "/differs/.test(document.querySelector('#other figcaption').textContent)"
    )
    percent = float(caption.inner_text().rpartition(" · ")[2].split(" ")[0])
    # The mark covers 90 × 90 of 600 × 400 pixels.
    assert 2.5 < percent < 4.5
    pixels = """(places) => {
      const canvas = document.querySelector("#other canvas");
      const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const at = ([x, y]) => 4 * (Math.round(y * height) * width + Math.round(x * width));
      return places.map((place) => [...data.slice(at(place), at(place) + 3)]);
    }"""
    marked, plain = page.evaluate(pixels, [[545 / 600, 345 / 400], [0.1, 0.1]])
    assert marked == [230, 0, 126]
    assert len(set(plain)) == 1
    page.keyboard.press("+")
    page.keyboard.press("+")
    transforms = [
        page.locator(f"#{name} img").evaluate("e => e.style.transform") for name in ("one", "other")
    ]
    assert transforms[0] == transforms[1]
    assert "scale(2.25)" in transforms[0]
    box = page.locator("#one .glass").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 130)
    page.mouse.up()
    moved = [
        page.locator(f"#{name} img").evaluate("e => e.style.transform") for name in ("one", "other")
    ]
    assert moved[0] == moved[1] != transforms[0]
    page.keyboard.press(" ")
    seen = [page.locator("#one").is_visible(), page.locator("#other").is_visible()]
    page.keyboard.press(" ")
    assert [page.locator("#one").is_visible(), page.locator("#other").is_visible()] == seen[::-1]
    page.keyboard.press("k")
    assert page.locator("#facts tr").last.inner_text().split() == ["Choice", "Keep", "Keep"]
    page.keyboard.press("Escape")
    assert page.locator(".tile .badge").all_inner_texts() == ["Keep", "Keep"]


def test_a_key_that_may_only_read(
    site: Any, pairs: Collection, page: Any, sign_in: Callable[..., Any]
) -> None:
    sign_in(page, scopes=["read"])
    open_page(page, pairs)
    assert shown(page) == 10
    for key in ("Enter", "a", "d"):
        page.keyboard.press(key)
    assert page.locator("#apply").count() == 0
    assert page.get_by_role("button", name="Keep all").count() == 0
    page.keyboard.press("c")
    page.get_by_role("dialog").wait_for()
    (cookie,) = page.context.cookies()
    token = page.evaluate("JSON.parse(document.getElementById('island').textContent).token")
    for name in ("duplicates/drop", "duplicates/keep-all", "duplicates/restore", "dropped/empty"):
        answer = httpx.post(
            f"{site.url}/library/{pairs.info.id}/{name}",
            cookies={cookie["name"]: cookie["value"]},
            headers={"X-Form-Token": token},
            json={"ids": ["0.jpg"]},
        )
        assert answer.status_code == 403, name
    assert dropped(pairs) == set()
    assert pairs.count() == 24


def test_dropped_images_are_restored_or_removed(pairs: Collection, signed_in_page: Any) -> None:
    page = signed_in_page
    pairs.drop([f"copy/{number}.jpg" for number in range(4)])
    page.goto(f"/library/{pairs.info.id}/dropped")
    page.get_by_role("checkbox", name="copy/0.jpg").check()
    page.get_by_role("button", name="Restore").click()
    page.get_by_text("1 image restored").wait_for()
    page.get_by_role("checkbox", name="copy/0.jpg").wait_for(state="detached")
    assert pairs.has("copy/0.jpg")
    page.get_by_role("checkbox", name="copy/1.jpg").check()
    page.get_by_role("button", name="Remove for good").click()
    sure = page.get_by_role("dialog")
    assert "1 image cannot be restored any more" in sure.inner_text()
    sure.get_by_role("button", name="Cancel").click()
    assert len(dropped(pairs)) == 3
    page.get_by_role("button", name="Remove for good").click()
    sure.get_by_role("button", name="Remove for good").click()
    page.get_by_text("1 image removed").wait_for()
    page.get_by_role("button", name="Empty the list").click()
    assert "2 images cannot be restored any more" in sure.inner_text()
    sure.get_by_role("button", name="Remove for good").click()
    page.get_by_text("Nothing is dropped.").wait_for()
    assert dropped(pairs) == set()
    assert pairs.count() == 21


def test_what_a_stranger_called_a_record_is_text(site: Any, signed_in_page: Any) -> None:
    data = draw("script")
    name = "<script>alert(1)</script>"
    attributes = {"file": "<img src=x onerror=alert(2)>", "folder": "<b>"}
    collection = site.fill(
        "strangers",
        [
            NewRecord(name, BytesSource(data), attributes),
            NewRecord(f"{name}2", BytesSource(data), attributes),
        ],
    )
    page = signed_in_page
    page.on("dialog", lambda dialog: pytest.fail("a script ran"))
    open_page(page, collection)
    assert page.locator(".tile .name").first.inner_text() == attributes["file"]
    page.keyboard.press("c")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.get_by_text("1 image dropped").wait_for()
    page.goto(f"/library/{collection.info.id}/dropped")
    assert page.locator(".name").first.inner_text() == attributes["file"]


def test_the_way_to_the_page(site: Any, pairs: Collection, signed_in_page: Any) -> None:
    page = signed_in_page
    page.goto("/library")
    page.get_by_role("link", name="Duplicates").click()
    page.get_by_role("link", name="pairs", exact=True).click()
    wait_for_clusters(page, 10)
    page.get_by_role("link", name="Dropped").click()
    page.get_by_text("Nothing is dropped.").wait_for()


def test_a_kind_or_a_page_that_is_none_is_said(
    pairs: Collection, signed_in_page: Any, faults: Any
) -> None:
    faults.expected.append("400")
    page = signed_in_page
    page.goto(address(pairs, "?kind=other"))
    page.get_by_text("expected one of exact, near, similar").wait_for()
    open_page(page, pairs, "?page=99")
    assert shown(page) == 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_found_by_axe(
    pairs: Collection,
    new_page: Callable[..., Any],
    sign_in: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    scheme: str,
) -> None:
    page = sign_in(new_page(color_scheme=scheme))
    open_page(page, pairs, "?kind=near")
    assert axe(page) == []
    page.keyboard.press("c")
    page.get_by_role("dialog").wait_for()
    assert axe(page) == []
    pairs.drop(["0.jpg"])
    page.goto(f"/library/{pairs.info.id}/dropped")
    page.get_by_role("checkbox", name="0.jpg").wait_for()
    assert axe(page) == []


def test_nothing_is_wider_than_a_phone(
    pairs: Collection, new_page: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    page = sign_in(new_page(viewport=PHONE))
    pairs.drop(["9.jpg"])
    for place in ("duplicates?kind=near", "dropped"):
        page.goto(f"/library/{pairs.info.id}/{place}")
        page.wait_for_selector("[aria-busy=false]")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], place
    open_page(page, pairs, "?kind=near")
    page.get_by_role("button", name="Compare").first.click()
    assert page.evaluate("document.querySelector('dialog').scrollWidth") <= PHONE["width"]
