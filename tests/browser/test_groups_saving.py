"""Groups as they were arranged, saved: as JSON, as tags, as folders, and for customers."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .books import Book, Client, image, opened, row, work
from .conftest import playwright_api, until

expect = playwright_api.expect

OWNED = ["read", "write", "grouping", "albums", "image_editing"]


def choose(page: Any, way: str) -> None:
    page.locator("#save summary").click()
    page.get_by_role("button", name=way, exact=True).click()


def move(page: Any) -> None:
    """Put the second red image before the third green one, and make it the cover there."""
    image(page, "red1").drag_to(image(page, "green2"), target_position={"x": 5, "y": 40})
    image(page, "red1").press("c")
    expect(page.locator("[data-group='1'] .is-cover .name")).to_have_text("red1.jpg")


MOVED = [row("red", [0, 2, 3]), ["green0", "green1", "red1", "green2", "green3"], row("blue")]


@pytest.fixture
def owner(site: Any) -> str:
    return str(site.engine.albums.owners.create("Ann").owner.id)


def test_groups_are_saved_as_json(ann: Any, make_book: Callable[..., Book]) -> None:
    book = make_book()
    page = opened(ann, book)
    move(page)
    with page.expect_download() as download:
        choose(page, "As JSON")
    assert download.value.suggested_filename == "book-groups.json"
    document = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert document["collection"] == book.collection.info.id
    assert [group["images"] for group in document["groups"]] == MOVED
    assert document["groups"][1]["cover"] == "red1"


def test_groups_are_saved_as_folders_in_a_zip(ann: Any, make_book: Callable[..., Book]) -> None:
    book = make_book()
    (book.folder / "blue3.jpg").unlink()
    page = opened(ann, book)
    move(page)
    with page.expect_download() as download:
        choose(page, "As folders in a zip")
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        names = archive.namelist()
        assert names[:4] == ["1/1 red0.jpg", "1/2 red2.jpg", "1/3 red3.jpg", "2/1 green0.jpg"]
        assert names[-1] == "missing.txt"
        assert len(names) == 12
        assert archive.read("2/3 red1.jpg") == (book.folder / "red1.jpg").read_bytes()


def test_groups_are_saved_as_tags_and_former_ones_go(
    ann: Any, make_book: Callable[..., Book]
) -> None:
    book = make_book()
    book.collection.update([("red1", {"tags": ["sea", "trip 7", "trip x"]})])
    page = opened(ann, book)

    def tagged(name: str) -> list[str]:
        found = book.collection.find({"tags": name}, limit=None)
        return sorted(record.id for record in found)

    for expected in ([row("red"), row("green"), row("blue")], [sorted(group) for group in MOVED]):
        choose(page, "As tags")
        box = page.get_by_role("dialog", name="A tag for each group")
        box.get_by_label("Name").fill("trip")
        expect(box.get_by_text("get the tag “trip 1”")).to_be_visible()
        box.get_by_role("button", name="Save").click()
        expect(box).to_be_hidden()
        expect(page.get_by_text("12 images got their tags.").last).to_be_visible()
        assert [tagged(f"trip {number}") for number in (1, 2, 3)] == expected
        assert tagged("trip 7") == []
        if expected[0] == row("red"):
            move(page)
    assert tagged("sea") == tagged("trip x") == ["red1"]
    page.locator(".message").last.get_by_role("button", name="Show").click()
    page.locator("#count", has_text="3 found").wait_for()


def test_groups_are_saved_as_folders_of_a_storage(
    site: Any,
    new_page: Callable[..., Any],
    sign_in: Callable[..., Any],
    make_book: Callable[..., Book],
    tmp_path: Path,
    faults: Any,
    working: None,
) -> None:
    faults.expected.append("40")
    book = make_book()
    created = site.engine.storages.operator.create("shelf", "local", {"path": str(tmp_path)})
    other = tmp_path / "trip" / "1" / "1 red0.jpg"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"another")
    page = new_page(viewport={"width": 1440, "height": 1500})
    page = opened(sign_in(page, owner="ann", scopes=OWNED), book)
    move(page)
    choose(page, "As folders of a storage")
    box = page.get_by_role("dialog", name="A folder for each group")
    box.get_by_label("Into").fill("storage://nowhere/trip/")
    box.get_by_role("button", name="Copy").click()
    expect(box.get_by_role("alert")).to_have_text("no storage 'nowhere'")
    box.get_by_label("Into").fill("/etc")
    box.get_by_role("button", name="Copy").click()
    expect(box.get_by_role("alert")).to_contain_text("expected storage://NAME/FOLDER/")
    # What is there is never replaced; what was copied before counts as copied.
    for _ in range(2):
        box.get_by_label("Into").fill("storage://shelf/trip")
        box.get_by_role("button", name="Copy").click()
        expect(box.get_by_text("Copied: 12 of 12 images 1 failed")).to_be_visible()
    assert other.read_bytes() == b"another"
    stored = tmp_path / "trip" / "2" / "3 red1.jpg"
    assert stored.read_bytes() == (book.folder / "red1.jpg").read_bytes()
    assert sorted(path.name for path in (tmp_path / "trip" / "3").iterdir()) == [
        f"{number} blue{number - 1}.jpg" for number in range(1, 5)
    ]
    box.get_by_role("link", name="Show the job").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Copy into a storage")
    expect(page.locator(".failure")).to_contain_text("1/1 red0.jpg")
    expect(page.locator(".failure")).to_contain_text("another object is at")
    expect(page.locator("#results .tile")).to_have_count(11)
    until(
        page, "[...document.images].every((each) => each.naturalWidth && each.naturalWidth !== 96)"
    )
    site.engine.storages.operator.delete(created.id)


def test_copies_go_on_when_their_dialog_is_closed(
    site: Any,
    new_page: Callable[..., Any],
    sign_in: Callable[..., Any],
    make_book: Callable[..., Book],
    tmp_path: Path,
) -> None:
    book = make_book()
    created = site.engine.storages.operator.create("box", "local", {"path": str(tmp_path)})
    page = opened(sign_in(new_page(), owner="ann", scopes=OWNED), book)
    choose(page, "As folders of a storage")
    box = page.get_by_role("dialog", name="A folder for each group")
    box.get_by_label("Into").fill("storage://box/")
    box.get_by_role("button", name="Copy").click()
    expect(box.get_by_text("The job waits for a worker.")).to_be_visible()
    box.get_by_role("button", name="Close").click()
    expect(page.get_by_text("The copies go on")).to_be_visible()
    page.get_by_role("button", name="Show the job").click()
    number = int(page.url.rpartition("/")[2])
    work(site, number)
    expect(page.locator(".state")).to_have_text("done")
    assert len(list(tmp_path.glob("*/*.jpg"))) == 12
    site.engine.storages.operator.delete(created.id)


@pytest.mark.parametrize("many", [False, True], ids=["one group", "one for each group"])
def test_groups_are_saved_for_customers(
    site: Any,
    new_page: Callable[..., Any],
    sign_in: Callable[..., Any],
    make_book: Callable[..., Book],
    owner: str,
    many: bool,
    working: None,
) -> None:
    book = make_book(owner=owner)
    (book.folder / "blue3.jpg").unlink()
    page = new_page(viewport={"width": 1440, "height": 1500})
    page = opened(sign_in(page, owner=owner, scopes=OWNED), book)
    move(page)
    choose(page, "As groups for customers")
    box = page.get_by_role("dialog", name="Groups for customers")
    assert not box.get_by_label("Owner").is_visible()
    box.get_by_label("Name").fill("Rafting")
    if many:
        box.get_by_label("One for each group").check()
    box.get_by_role("button", name="Make it").click()
    expect(box.get_by_text("Copied: 12 of 12 images 1 failed")).to_be_visible()
    albums = site.engine.albums
    made = albums.groups.between(albums.owners.get(owner), 0.0, 1e11)
    held = {
        album.name: [photo.sort_name for photo in albums.groups.photos(album, ready=False)]
        for album in made
    }
    if many:
        assert sorted(held) == ["Rafting 1", "Rafting 2", "Rafting 3"]
        assert [name.partition(" ")[2] for name in held["Rafting 2"]] == MOVED[1]
        expect(box.get_by_role("link", name="Open")).to_have_attribute("href", "/albums")
    else:
        names = [name.partition(" ")[2] for name in held["Rafting"]]
        assert names == [name for group in MOVED for name in group if name != "blue3"]
        box.get_by_role("link", name="Open").click()
        assert page.get_by_label("Name of the group").input_value() == "Rafting"


def test_groups_are_made_for_ones_own_owner_alone(
    site: Any, client: Callable[..., Client], make_book: Callable[..., Book], owner: str
) -> None:
    other = site.engine.albums.owners.create("Bob").owner
    foreign = site.engine.albums.groups.create(other, name="Bob's")
    book = make_book(owner=owner)
    ann = client(owner=owner, scopes=OWNED)
    body = {"owner": other.id, "name": "x"}
    assert ann.post(f"{book.address}/albums", body).status_code == 404
    assert site.engine.albums.groups.between(other, 0.0, 1e11) == [foreign]
    made = client(scopes=["admin", "read"]).post(f"{book.address}/albums", body).json()
    work(site, made["job"])
    album = site.engine.albums.groups.get(made["address"].rpartition("/")[2])
    assert album.owner == other.id
    assert len(site.engine.albums.groups.photos(album, ready=False)) == 12


def test_a_storage_of_somebody_else_is_not_written(
    site: Any, client: Callable[..., Client], make_book: Callable[..., Book], tmp_path: Path
) -> None:
    storages = site.engine.storages.operator
    created = storages.create("bobs", "local", {"path": str(tmp_path)}, owner="bob")
    book, ann = make_book(), client(owner="ann", scopes=OWNED)
    for destination in ("storage://bobs/", "storage://bobs/../x", "storage://", "file:///tmp"):
        answer = ann.post(f"{book.address}/folders", {"destination": destination})
        assert answer.status_code in (400, 404, 422), destination
    assert list(tmp_path.iterdir()) == []
    storages.delete(created.id)
