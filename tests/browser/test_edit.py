"""The page that edits: its controls, its preview, and its results."""

import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import attrs
import httpx
import pytest
from PIL import Image

from photomill import EditRequest, JobState, NewRecord, PathSource, read_request
from photomill_browser.controls import Control, sections

from .books import Client, work
from .conftest import PHONE, draw, drawn

EDITOR = {"scopes": ["read", "write", "image_editing"]}


@pytest.fixture
def editor(page: Any, sign_in: Callable[..., Any]) -> Any:
    """A page that is signed in with a key that may edit."""
    return sign_in(page, **EDITOR)


def open_upload(page: Any, edit: Any = None, data: bytes | None = None) -> None:
    address = "/edit" if edit is None else f"/edit?edit={quote(json.dumps(edit))}"
    page.goto(address)
    file = {
        "name": "image.jpg",
        "mimeType": "image/jpeg",
        "buffer": data or draw("edit", (640, 400)),
    }
    page.set_input_files("#file", file)
    page.wait_for_selector("#after[src^='blob:']")


def said(page: Any) -> Any:
    (edit,) = parse_qs(urlsplit(page.url).query).get("edit", ["{}"])
    return json.loads(edit)


def downloaded(page: Any) -> Image.Image:
    page.click("#make")
    page.wait_for_selector("#download:not([hidden])")
    with page.expect_download() as download:
        page.click("#download")
    return Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))


def test_an_upload_is_edited_by_controls(editor: Any) -> None:
    open_upload(editor)
    editor.get_by_label("Width").fill("300")
    editor.get_by_label("Height").fill("auto")
    editor.get_by_label("Height").press("Tab")
    editor.wait_for_selector("#becomes:has-text('300 × 188')")
    exposure = editor.get_by_label("Exposure")
    exposure.focus()
    exposure.press("ArrowRight")
    assert said(editor) == {"resizing": {"width": 300, "height": "auto"}, "tone": {"exposure": 1}}
    editor.wait_for_selector("#steps:has-text('adjustments.tone')")
    assert downloaded(editor).size == (300, 188)


def test_the_address_holds_the_edit(editor: Any) -> None:
    edit = {
        "resizing": {"width": 200, "height": 200, "fit": {"type": "crop", "mode": "smart"}},
        "background": {"blur": {"level": "high"}},
        "output": {"format": {"type": "webp", "quality": 40}},
        "extensions": {"overlay.watermark": {"text": "mine"}},
    }
    open_upload(editor, edit)
    assert editor.get_by_label("What a crop keeps").input_value() == "1"
    editor.get_by_label("Saturation").fill("50")
    changed = {**edit, "tone": {"saturation": 50}}
    assert said(editor) == changed
    editor.go_back()
    editor.wait_for_selector("#becomes:has-text('200 × 200')")
    assert said(editor) == edit
    assert editor.get_by_label("Saturation").input_value() == "0"
    made = downloaded(editor)
    assert (made.size, made.format) == ((200, 200), "WEBP")


def test_what_is_wrong_is_said_beside_the_image(editor: Any) -> None:
    open_upload(editor)
    width = editor.get_by_label("Width")
    width.fill("wide")
    width.press("Tab")
    problem = editor.wait_for_selector("#problem:not([hidden])")
    assert problem.inner_text().startswith("Width: ")
    assert editor.locator("#make").is_disabled()
    width.fill("100")
    width.press("Tab")
    editor.wait_for_selector("#problem", state="hidden")


# What the server refuses, browsers write to the console.
@pytest.fixture(autouse=True)
def refusals(faults: Any) -> None:
    faults.expected.append("the server responded with a status of 4")


def test_a_file_that_is_no_image_is_refused(editor: Any) -> None:
    editor.goto("/edit")
    file = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no image at all"}
    editor.set_input_files("#file", file)
    editor.wait_for_selector(".message.problem")
    assert editor.locator("#start").is_visible()


def test_an_image_is_dropped(editor: Any) -> None:
    editor.goto("/edit")
    transfer = editor.evaluate_handle(
        """async () => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 200 });
            const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
            const transfer = new DataTransfer();
            transfer.items.add(new File([blob], "drawn.png", { type: "image/png" }));
            return transfer;
        }"""
    )
    editor.dispatch_event("#start", "drop", {"dataTransfer": transfer})
    editor.wait_for_selector("#facts:has-text('320 × 200, png')")


def test_the_slider_moves_by_keys(editor: Any) -> None:
    open_upload(editor)
    slider = editor.locator("#slider")
    slider.focus()
    slider.press("Home")
    assert "inset(0px 0px 0px 0%)" in editor.locator("#after").get_attribute("style")
    slider.press("End")
    assert "100%" in editor.locator("#after").get_attribute("style")


def test_the_same_edit_elsewhere_does_the_same(editor: Any) -> None:
    edit = {"tone": {"contrast": 30}, "resizing": {"width": 50}}
    open_upload(editor, edit)
    editor.wait_for_selector("#way-json:not(:empty)", state="attached")
    shown = json.loads(editor.locator("#way-json").text_content())
    assert read_request(shown) == read_request(edit)
    assert "photomill edit" in editor.locator("#way-cli").text_content()
    compile(editor.locator("#way-python").text_content(), "shown", "exec")


def test_curl_gets_what_the_page_makes(
    site: Any, page: Any, sign_in: Callable[..., Any], tmp_path: Path
) -> None:
    data = draw("curl", (640, 400))
    edit = {
        "tone": {"contrast": 30},
        "resizing": {"width": 200},
        "output": {"format": {"type": "webp", "quality": 40}},
        "extensions": {"overlay.watermark": {"text": "it's mine;type=text/plain"}},
    }
    open_upload(sign_in(page, **EDITOR), edit, data)
    page.wait_for_selector("#way-curl:not(:empty)", state="attached")
    command = page.locator("#way-curl").text_content()
    (tmp_path / "photo.jpg").write_bytes(data)
    secret = site.engine.keys.create("by curl", scopes=["image_editing"]).secret
    environment = {**os.environ, "KEY": secret}
    subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment, check=True, timeout=60)
    made, sent = downloaded(page), Image.open(tmp_path / "edited.webp")
    assert (sent.size, sent.format) == (made.size, made.format) == ((200, 125), "WEBP")
    assert sent.tobytes() == made.tobytes()


def test_what_the_api_has_no_words_for_is_said_in_place_of_curl(editor: Any) -> None:
    open_upload(editor, {"strict_privacy": True})
    editor.wait_for_selector(
        "#way-curl:has-text('cannot be asked for by this API: strict_privacy')", state="attached"
    )


def test_a_record_without_an_original_says_so(site: Any, editor: Any) -> None:
    name = "<script>alert(1)</script>"
    collection = site.fill("no originals", [drawn(name)])
    editor.goto(f"/edit?collection={collection.info.id}&record={quote(name)}")
    editor.wait_for_selector(".message.problem:has-text('is kept nowhere')")


def test_a_record_is_opened_where_its_original_is(site: Any, editor: Any) -> None:
    original = site.originals / "<b>wide.jpg"
    original.write_bytes(draw("record", (500, 250)))
    record = NewRecord("r1", PathSource(str(original)), {"_file": str(original)})
    collection = site.fill("with originals", [record])
    editor.goto(f"/edit?collection={collection.info.id}&record=r1")
    editor.wait_for_selector("#facts:has-text('r1 · 500 × 250, jpeg')")


@pytest.mark.usefixtures("working")
def test_a_folder_is_edited_as_a_job(
    site: Any, page: Any, sign_in: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(draw("batch"))
    site.engine.storages.operator.create("batch", "local", {"path": str(tmp_path)})
    open_upload(sign_in(page, scopes=["admin"]), {"resizing": {"width": 64}})
    page.click("summary:has-text('Edit a whole folder')")
    page.get_by_label("Images in").fill("storage://batch/in/")
    page.get_by_label("Results to").fill("storage://batch/out/")
    page.click("text=Start the job")
    page.wait_for_selector(".message:has-text('is under way')")
    job = site.engine.jobs.list_jobs(kind="edit_batch")[0]
    assert job.plan["inputs"] == ["storage://batch/in/"]
    page.locator(".message").get_by_role("button", name="Show").click()
    page.wait_for_url(f"**/jobs/{job.number}")
    assert site.engine.jobs.wait(job.number, 120).state is JobState.DONE


def test_records_that_are_selected_in_the_library_are_edited_as_a_job(
    site: Any, page: Any, sign_in: Callable[..., Any], fill_book: Callable[..., Any]
) -> None:
    collection, _ = fill_book()
    sign_in(page, owner="ann", scopes=["read", "image_editing"])
    page.goto(f"/library/{collection.info.id}?sort=name")
    page.locator(".tile a").first.wait_for()
    page.get_by_role("button", name="Select red0.jpg").click(force=True)
    page.get_by_role("button", name="Select red2.jpg").click(modifiers=["Shift"], force=True)
    page.get_by_role("button", name="Edit", exact=True).click()
    # The first of them shows what the edit does.
    page.locator("#facts", has_text="red0 · 160 × 200, jpeg").wait_for()
    page.get_by_label("Width", exact=True).fill("64")
    page.get_by_label("Width", exact=True).press("Tab")
    page.locator("#becomes", has_text="64 ×").wait_for()
    assert "#red0&red1&red2" in page.url
    page.reload()
    page.locator("#becomes", has_text="64 ×").wait_for()
    assert not page.get_by_label("Images in").is_visible()
    page.get_by_role("button", name="Edit all 3 selected records").click()
    assert page.evaluate("document.activeElement.id") == "batch-destination"
    page.get_by_role("button", name="Start the job").click()
    page.wait_for_selector(".message:has-text('is under way')")
    job = site.engine.jobs.list_jobs(kind="edit_batch", owner="ann")[0]
    assert (job.plan["collection"], job.plan["inputs"]) == (
        collection.info.id,
        ["red0", "red1", "red2"],
    )
    work(site, job.number)
    page.locator(".message").get_by_role("button", name="Show").click()
    page.locator("#results .name").nth(2).wait_for()
    names = page.locator("#results .name").all_inner_texts()
    assert names == ["red0.jpeg", "red1.jpeg", "red2.jpeg"]


def test_records_of_others_are_not_edited(site: Any, client: Callable[..., Client]) -> None:
    collection = site.photos.info.id
    body = {"edit": {}, "collection": collection, "records": ["trip/00.jpg"]}
    stranger = client(scopes=["read", "image_editing"], collections=[])
    assert stranger.post("/edit/batch", body).status_code == 404
    assert client(scopes=["image_editing"]).post("/edit/batch", body).status_code == 404
    assert client(scopes=["read"]).post("/edit/batch", body).status_code == 403


def test_a_key_that_may_not_edit_sees_no_page(page: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(page, scopes=["read"])
    page.goto("/library")
    assert page.locator("nav >> text=Edit").count() == 0
    assert page.goto("/edit").status == 403


def test_results_are_found_by_their_secret_address_only(site: Any, editor: Any) -> None:
    open_upload(editor)
    screen = editor.locator("#before").get_attribute("src")
    cookies = {each["name"]: each["value"] for each in editor.context.cookies()}
    with httpx.Client(base_url=site.url, cookies=cookies) as client:
        assert client.get(screen).headers["content-type"] == "image/webp"
        folder = screen.rpartition("/")[0]
        assert client.get(f"{folder}/original").status_code == 404
        assert client.get("/edit/images/..%2F..%2Fcatalog.sqlite/x").status_code == 404
    assert httpx.get(f"{site.url}{screen}").status_code in (303, 401)


def test_it_fits_a_phone_and_axe_finds_nothing(
    new_page: Callable[..., Any], sign_in: Callable[..., Any], axe: Callable[[Any], list[str]]
) -> None:
    page = sign_in(new_page(viewport=PHONE), **EDITOR)
    page.goto("/edit")
    assert axe(page) == []
    open_upload(page)
    for details in page.locator("details").all():
        details.evaluate("each => { each.open = true }")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe(page) == []


def test_every_option_has_a_control(site: Any) -> None:
    """What the controls say by default is an edit that changes nothing."""
    found = sections(site.engine.components)
    tops = {control.path[0] for controls in found.values() for control in controls}
    assert {each.name for each in attrs.fields(EditRequest)} <= tops

    def leaves(control: Control) -> list[Control]:
        inner = [*control.controls, *(each for v in control.variants.values() for each in v)]
        return [leaf for each in inner for leaf in leaves(each)] if inner else [control]

    kinds = {leaf.kind for controls in found.values() for each in controls for leaf in leaves(each)}
    assert kinds <= {"flag", "range", "number", "choice", "choices", "text", "colour", "variant"}
