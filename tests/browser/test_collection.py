"""The grid of a collection: what it shows, how it is searched and changed, and that its address says all of it."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from photomill import BytesSource, NewRecord

from .conftest import DESK, PHONE, draw, drawn, until

HOSTILE = "<script>document.title='broken'</script>"


def opened(page: Any, site: Any, query: str = "", collection: Any = None) -> Any:
    """The grid, once it shows something."""
    page.goto(f"/library/{(collection or site.photos).info.id}{query}")
    page.locator(".tile a").first.wait_for()
    return page


def search(page: Any, words: str) -> None:
    line = page.get_by_role("combobox", name="Search")
    line.fill(words)
    line.press("Enter")


def names(page: Any) -> list[str]:
    return [
        str(each)
        for each in page.locator(".tile img, .tile .plain").evaluate_all(
            "nodes => nodes.sort((a, b) => a.closest('li').dataset.index - b.closest('li').dataset.index)"
            ".map(node => node.alt ?? node.textContent)"
        )
    ]


def count(page: Any, words: str) -> None:
    page.locator("#count", has_text=re.compile(f"^{words}$")).wait_for()


def test_the_overview_shows_the_collections_of_the_key(site: Any, signed_in_page: Any) -> None:
    page = signed_in_page
    page.goto("/library")
    tile = page.locator(f"a[href='/library/{site.photos.info.id}']")
    assert "40 records" in tile.inner_text()
    assert tile.locator("img").count() == 4
    tile.click()
    count(page, "40 records")


def test_records_stand_in_the_order_that_was_chosen(site: Any, signed_in_page: Any) -> None:
    page = opened(signed_in_page, site)
    assert names(page)[:2] == ["39.jpg", "38.jpg"]
    page.get_by_label("Order").select_option("name")
    page.wait_for_url("**sort=name")
    until(page, "document.querySelector('.tile img')?.alt === '00.jpg'")
    page.go_back()
    until(page, "document.querySelector('.tile img')?.alt === '39.jpg'")


def test_a_filter_is_typed_with_completion(site: Any, signed_in_page: Any) -> None:
    page = opened(signed_in_page, site)
    line = page.get_by_role("combobox", name="Search")
    line.press_sequentially('{"col')
    page.get_by_role("option", name="colour").wait_for()
    line.press("ArrowDown")
    line.press("Enter")
    page.get_by_role("option", name="green").wait_for()
    page.get_by_role("option", name="green").click()
    line.press("Enter")
    count(page, "13 found")
    assert json.loads(page.evaluate("new URLSearchParams(location.search).get('filter')")) == {
        "colour": "green"
    }
    page.reload()
    count(page, "13 found")
    page.get_by_role("button", name="Take away: colour: green").click()
    count(page, "40 records")


def test_values_of_attributes_are_offered_with_counts(site: Any, signed_in_page: Any) -> None:
    page = opened(signed_in_page, site)
    line = page.get_by_role("combobox", name="Search")
    line.press_sequentially("colour:re")
    red = page.get_by_role("option").first
    red.wait_for()
    until(page, "document.querySelector('#suggestions li')?.textContent === 'colour: red14'")
    page.get_by_role("option").first.click()
    count(page, "14 found")


def test_a_wrong_filter_is_explained(site: Any, signed_in_page: Any, faults: Any) -> None:
    faults.expected.append("400")
    page = signed_in_page
    page.goto(f"/library/{site.photos.info.id}?filter={quote(json.dumps({'a': {'$grater': 1}}))}")
    page.locator("#empty", has_text="$grater").wait_for()


def test_ids_are_found_by_a_part(site: Any, signed_in_page: Any) -> None:
    page = opened(signed_in_page, site)
    search(page, "id:trip/07")
    count(page, "1 found")
    page.locator(".tile img").wait_for()
    assert names(page) == ["07.jpg"]


def test_words_are_looked_for_in_what_is_kept_with_records(site: Any, signed_in_page: Any) -> None:
    page = opened(signed_in_page, site)
    search(page, "odd")
    count(page, "20 found")
    assert page.locator(".alike").count() == 0


def test_words_that_nothing_answers_say_why(site: Any, signed_in_page: Any) -> None:
    page = opened(signed_in_page, site)
    search(page, "zyzzogeton")
    count(page, "0 found")
    shown = page.locator("#empty").inner_text()
    assert '"zyzzogeton". Nothing was found: ' in shown
    assert shown.startswith("No ")
    assert shown.endswith(".")


def test_an_image_finds_what_looks_like_it(
    site: Any, signed_in_page: Any, tmp_path: Path, new_page: Callable[..., Any], sign_in: Any
) -> None:
    file = tmp_path / "mine.png"
    file.write_bytes(draw("trip/11.jpg", form="PNG"))
    page = opened(signed_in_page, site)
    page.locator("#image").set_input_files(file)
    count(page, "40, the most alike first")
    until(page, "document.querySelector('.tile img')?.alt === '11.jpg'")
    assert page.locator(".tile").first.locator(".alike").inner_text() in (
        "Same image",
        "Nearly the same",
    )
    # Whoever gets the address sees the same.
    other = sign_in(new_page())
    other.goto(page.url)
    count(other, "40, the most alike first")


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_an_image_may_be_dropped_or_pasted(site: Any, signed_in_page: Any, way: str) -> None:
    page = opened(signed_in_page, site)
    data = list(draw("trip/12.jpg"))
    page.evaluate(
        """([bytes, way]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], "a.jpg", { type: "image/jpeg" }));
            const event = way === "drop"
                ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
                : new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
            document.body.dispatchEvent(event);
        }""",
        [data, way],
    )
    until(page, "document.querySelector('.tile img')?.alt === '12.jpg'")


def test_what_is_no_image_is_refused(
    site: Any, signed_in_page: Any, tmp_path: Path, faults: Any
) -> None:
    faults.expected.append("422")
    file = tmp_path / "notes.jpg"
    file.write_text("no image at all")
    page = opened(signed_in_page, site)
    page.locator("#image").set_input_files(file)
    page.locator(".message.problem").wait_for()


def test_selected_records_get_tags_and_attributes(site: Any, signed_in_page: Any) -> None:
    collection = site.fill("tagged", [drawn("a", tags=["old"]), drawn("b"), drawn("c")])
    page = opened(signed_in_page, site, collection=collection)
    page.get_by_role("button", name="Select c").click(force=True)
    page.get_by_role("button", name="Select a").click(modifiers=["Shift"], force=True)
    page.get_by_text("3 selected").wait_for()
    page.get_by_role("button", name="Tag").click()
    page.get_by_label("Add").fill("sea, beach")
    page.get_by_label("Take away").fill("old")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("3 records changed").wait_for()
    page.get_by_role("button", name="Attributes").click()
    page.get_by_role("textbox", name="Name").fill("stars")
    page.get_by_role("textbox", name="Value").fill("5")
    page.get_by_role("button", name="Apply").click()
    until(page, "document.querySelectorAll('.message').length === 2")
    stored = [record.attributes for record in collection.get(["a", "b", "c"]) if record]
    assert stored == [{"tags": ["sea", "beach"], "stars": 5}] * 3


def test_a_selection_stands_in_the_address(site: Any, signed_in_page: Any) -> None:
    page = opened(signed_in_page, site)
    page.get_by_role("button", name="Select 39.jpg").click(force=True)
    page.get_by_text("1 selected").wait_for()
    page.reload()
    page.get_by_text("1 selected").wait_for()
    assert page.locator(".tile.selected img").get_attribute("alt") == "39.jpg"


def test_deleting_can_be_undone(site: Any, signed_in_page: Any) -> None:
    collection = site.fill("deleted", [drawn("a"), drawn("b"), drawn("c")])
    page = opened(signed_in_page, site, collection=collection)
    page.get_by_role("button", name="Select b").click(force=True)
    page.get_by_role("button", name="Delete").click()
    count(page, "2 records")
    assert not collection.has("b")
    page.get_by_role("button", name="Undo").click()
    count(page, "3 records")
    assert collection.has("b")


def test_records_are_exported(site: Any, signed_in_page: Any) -> None:
    page = opened(signed_in_page, site, "?filter=" + quote('{"colour": "red"}'))
    page.locator(".tools details summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Attributes as JSON lines").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 14
    assert json.loads(lines[0])["colour"] == "red"
    assert download.value.suggested_filename == "photos.jsonl"


def test_originals_are_exported_as_a_zip(site: Any, signed_in_page: Any, tmp_path: Path) -> None:
    file = tmp_path / "one.jpg"
    file.write_bytes(draw("one"))
    stored = [
        NewRecord("../../one.jpg", BytesSource(draw("one")), {"_file": str(file)}),
        # Another file than the one that was inserted is given to nobody.
        NewRecord("other", BytesSource(draw("other")), {"_file": str(file)}),
    ]
    collection = site.fill("zipped", stored)
    page = opened(signed_in_page, site, collection=collection)
    page.locator(".tools details summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Original files as a zip").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert archive.namelist() == ["one.jpg", "missing.txt"]
        assert archive.read("one.jpg") == file.read_bytes()


def test_a_key_that_may_only_read_sees_no_way_to_change(
    site: Any, page: Any, sign_in: Callable[..., Any], faults: Any
) -> None:
    faults.expected.append("403")
    sign_in(page, name="reader", scopes={"read"})
    opened(page, site)
    page.get_by_role("button", name="Select 39.jpg").click(force=True)
    page.get_by_text("1 selected").wait_for()
    assert page.get_by_role("button", name="Delete").count() == 0
    status = page.evaluate(
        """async (address) => (await import(document.querySelector("script[src*='base.js']").src))
            .request(address, { body: { ids: ["trip/00.jpg"] } }).then(() => 200, (error) => error.status)""",
        f"/library/{site.photos.info.id}/drop",
    )
    assert status == 403


def test_keys_move_through_the_grid(site: Any, signed_in_page: Any) -> None:
    page = opened(signed_in_page, site)
    page.locator(".tile a").first.focus()
    for key in ("ArrowRight", "ArrowRight", "x", "ArrowLeft"):
        page.keyboard.press(key)
    page.get_by_text("1 selected").wait_for()
    assert page.locator(".tile.selected img").get_attribute("alt") == "37.jpg"
    page.keyboard.press("Escape")
    page.locator("#selection").wait_for(state="hidden")
    page.keyboard.press("End")
    until(page, "document.activeElement.querySelector('img')?.alt === '00.jpg'")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="00.jpg").wait_for()


@pytest.fixture(scope="module")
def long_collection(site: Any) -> Any:
    """Some thousand records without images."""
    dimension = site.photos.info.dimension
    rows = np.random.default_rng(0).normal(size=(6000, dimension)).astype(np.float32)
    records = [NewRecord(f"{n:05}", vector=row) for n, row in enumerate(rows)]
    return site.fill("long", records)


def test_few_tiles_exist_of_many_records(
    site: Any, signed_in_page: Any, long_collection: Any
) -> None:
    page = opened(signed_in_page, site, "?sort=name", long_collection)
    count(page, "6,000 records")
    for share in (0.25, 0.5, 1):
        page.evaluate(f"scrollTo(0, document.body.scrollHeight * {share})")
        page.wait_for_timeout(150)
        assert page.locator(".tile").count() <= 300
    page.locator(".plain", has_text="05999").wait_for()


def test_back_leads_to_the_same_place(site: Any, signed_in_page: Any, long_collection: Any) -> None:
    page = opened(signed_in_page, site, "?sort=name", long_collection)
    page.evaluate("scrollTo(0, 30000)")
    until(page, "new URLSearchParams(location.search).has('at')")
    first = page.evaluate("new URLSearchParams(location.search).get('at')")
    page.locator(".tile a:visible").nth(40).click()
    page.get_by_role("heading", level=1).wait_for()
    page.go_back()
    page.locator(".tile a").first.wait_for()
    assert page.evaluate("scrollY") > 10_000
    assert page.evaluate("new URLSearchParams(location.search).get('at')") == first


def test_hostile_names_are_text(site: Any, signed_in_page: Any) -> None:
    records = [
        drawn(HOSTILE, title=HOSTILE, tags=[HOSTILE]),
        drawn("<img src=x onerror=alert(1)>", **{"<b>name</b>": "<i>value</i>"}),
        drawn("long" * 120, note="word" * 400),
        drawn("\"quotes\" & 'more' \u202e?#%/.."),
    ]
    collection = site.fill(HOSTILE, records)
    page = opened(signed_in_page, site, "?sort=name", collection)
    assert HOSTILE in page.title()
    assert set(names(page)) == {record.id for record in records}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for index in range(4):
        page.locator(".tile a").nth(index).click()
        page.locator("#similar li").first.wait_for()
        assert page.get_by_role("heading", level=1).inner_text() in {
            record.id for record in records
        }
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.go_back()
        page.locator(".tile a").nth(3).wait_for()
    page.goto("/library")
    assert page.get_by_text(HOSTILE).is_visible()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_found_by_axe(
    site: Any,
    new_page: Callable[..., Any],
    sign_in: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    viewport: Any,
    scheme: str,
) -> None:
    page = sign_in(new_page(viewport=viewport, color_scheme=scheme))
    assert axe(page) == []
    opened(page, site)
    page.get_by_role("button", name="Select 39.jpg").click(force=True)
    page.get_by_text("1 selected").wait_for()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_comes_meanwhile_appears_by_itself(site: Any, signed_in_page: Any) -> None:
    collection = site.fill("coming", [drawn(f"{number:03}") for number in range(3)])
    page = opened(signed_in_page, site, collection=collection)
    count(page, "3 records")
    collection.insert([drawn("new 1"), drawn("new 2")])
    page.get_by_text("2 new images", exact=True).wait_for()
    count(page, "5 records")
    assert names(page)[:2] == ["new 2", "new 1"]


def test_what_comes_meanwhile_moves_nobody_away(site: Any, signed_in_page: Any) -> None:
    collection = site.fill("coming further", [drawn(f"{number:03}") for number in range(60)])
    page = opened(signed_in_page, site, collection=collection)
    page.evaluate("scrollTo(0, 700)")
    until(page, "scrollY === 700")
    collection.insert([drawn("new")])
    button = page.get_by_role("button", name="Show 1 new image")
    button.wait_for()
    assert page.evaluate("scrollY") == 700
    count(page, "60 records")
    button.click()
    count(page, "61 records")
    until(page, "document.querySelector('.tile img')?.alt === 'new' && scrollY === 0")
    button.wait_for(state="hidden")
