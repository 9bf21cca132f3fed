"""The people of a collection: switched on, found, named, merged, sorted, forgotten; and who may do so."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import DESK, PHONE, Site, serve, until
from tests.people.drawing import portrait, saved, write_weights

from photomill import Collection, Engine, NewRecord, NotFound, PathSource, Person, load_settings

Family = Callable[..., Collection]

ADMINISTRATOR = {"scopes": {"read", "write", "admin"}}
READER = {"scopes": {"read"}}


@pytest.fixture(scope="module")
def site(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of its own, with models that tell drawn people apart."""
    data_dir, originals = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("originals")
    shutil.copytree(models_dir / "mtcnn", data_dir / "models" / "mtcnn")
    write_weights(data_dir / "models" / "faces")
    overrides = {
        "photomill.source_roots": [str(originals)],
        "photomill.data_dir": str(data_dir),
        "images.processes": 1,
        "embedders.main": {"use": "descriptor"},
        "adapters.browser.sign_ins_per_minute": 0,
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        collection = engine.collections.open(engine.collections.create("empty").id)
        yield Site(serve(engine), engine, collection, originals)


@pytest.fixture
def family(site: Site, tmp_path: Path) -> Iterator[Family]:
    """Make a collection of who is drawn: ``family(beach=["Anna", "Ben"], sea=[])``."""
    made = []

    def make(*, people: bool = True, **images: Sequence[str]) -> Collection:
        info = site.engine.collections.create("family", people=people)
        made.append(info.id)
        collection = site.engine.collections.open(info.id)
        records = []
        for place, (name, names) in enumerate(images.items()):
            folder = site.originals / info.id
            folder.mkdir(exist_ok=True)
            rgb = portrait(*names, wall=(90 + 12 * place, 160, 170))
            path = saved(rgb, folder / f"{name}.jpg")
            source = PathSource(str(path), trusted=True)
            records.append(NewRecord(name, source, {"_file": str(path), "file": path.name}))
        report = collection.insert(records)
        assert not report.skipped
        return collection

    yield make
    for each in made:
        with suppress(NotFound):
            site.engine.collections.delete(each)


@pytest.fixture
def new_page(family: Family, new_page: Callable[..., Any]) -> Callable[..., Any]:
    """Pages that are closed before the collections are gone, whose faces they may still ask for."""
    return new_page


@pytest.fixture
def three(family: Family) -> Collection:
    """Anna on three images, Ben on two, Cleo on one; nobody has a name."""
    return family(beach=["Anna"], hills=["Anna", "Ben"], town=["Ben", "Anna", "Cleo"])


def address(collection: Collection, rest: str = "") -> str:
    return f"/library/{collection.info.id}/people{rest}"


def open_page(page: Any, collection: Collection, rest: str = "") -> Any:
    page.goto(address(collection, rest))
    return page


def everybody(collection: Collection) -> list[tuple[str, int]]:
    """The names, and on how many records each is."""
    return [(each.name, each.records) for each in collection.people.list_all()]


def on(collection: Collection, record_id: str) -> Person:
    (face,) = collection.people.faces(ids=[record_id])
    return collection.people.get(face.person)


def name_field(page: Any, person: Person) -> Any:
    return page.get_by_label(f"Name of person {person.number}", exact=True)


def wait_for(page: Any, words: str) -> None:
    page.locator("#messages", has_text=words).wait_for()


# ------------------------------------------------------------ everybody


def test_people_stand_in_a_grid_by_how_many_images_they_are_on(
    signed_in_page: Any, three: Collection
) -> None:
    page = open_page(signed_in_page, three)
    assert page.locator("#people small").all_inner_texts() == ["3 images", "2 images"]
    until(page, "[...document.querySelectorAll('#people img')].every((each) => each.naturalWidth)")
    page.get_by_role("link", name="Show 1 person who was seen once").click()
    page.locator("#people li").nth(2).wait_for()
    assert parse_qs(urlsplit(page.url).query) == {"show": ["all"]}
    page.get_by_role("link", name="Hide people who were seen once").click()
    page.wait_for_url(address(three))
    assert page.locator("#people li").count() == 2


def test_somebody_is_named_in_place_by_keys(signed_in_page: Any, three: Collection) -> None:
    page = open_page(signed_in_page, three)
    anna = on(three, "beach")
    name_field(page, anna).focus()
    page.keyboard.type("  Anna <b>Özil</b> ")
    page.keyboard.press("Enter")
    wait_for(page, "Anna <b>Özil</b> is named")
    assert three.people.get(anna.number).name == "Anna <b>Özil</b>"
    assert page.get_by_role("link", name="Anna <b>Özil</b>, 3 images").count() == 1
    page.reload()
    assert name_field(page, anna).input_value() == "Anna <b>Özil</b>"
    name_field(page, anna).fill("")
    page.keyboard.press("Enter")
    wait_for(page, "The name was taken away")
    assert three.people.get(anna.number).name == ""


def test_a_name_that_is_none_is_refused_and_the_former_stands_again(
    signed_in_page: Any, faults: Any, three: Collection
) -> None:
    faults.expected.append("400")
    page = open_page(signed_in_page, three)
    anna = on(three, "beach")
    name_field(page, anna).fill("12")
    page.keyboard.press("Enter")
    wait_for(page, "expected a name that is no number")
    assert name_field(page, anna).input_value() == ""
    name_field(page, anna).type("Ann")
    page.keyboard.press("Escape")
    assert name_field(page, anna).input_value() == ""


def test_the_name_of_somebody_else_offers_to_merge(signed_in_page: Any, three: Collection) -> None:
    page = open_page(signed_in_page, three)
    anna, ben = three.people.list_all()[:2]
    three.people.name(anna.number, "Anna")
    page.reload()
    name_field(page, ben).fill("Anna")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="The same person?")
    assert f"Person {ben.number} becomes Anna" in dialog.inner_text()
    dialog.get_by_role("button", name="Cancel").click()
    assert three.people.get(ben.number).records == 2
    name_field(page, ben).fill("Anna")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="They are one person").click()
    page.locator("#people li").nth(1).wait_for(state="detached")
    assert everybody(three) == [("Anna", 3), ("", 1)]


def test_chosen_people_are_merged_and_the_name_stays(
    signed_in_page: Any, three: Collection
) -> None:
    cleo = three.people.list_all()[2]
    three.people.name(cleo.number, "Cleo")
    page = open_page(signed_in_page, three)
    merge = page.get_by_role("button", name="Merge the chosen")
    for place, count in enumerate((1, 2, 3)):
        assert merge.is_enabled() is (count > 2)
        page.locator(".pick").nth(place).press("Space")
    merge.press("Enter")
    dialog = page.get_by_role("dialog", name="The same person?")
    assert "2 others become Cleo" in dialog.inner_text()
    page.keyboard.press("Escape")
    assert len(three.people.list_all()) == 3
    merge.press("Enter")
    dialog.get_by_role("button", name="They are one person").press("Enter")
    page.locator("#people li").nth(1).wait_for(state="detached")
    assert everybody(three) == [("Cleo", 3)]
    assert three.people.get("Cleo").number == cleo.number


# ------------------------------------------------------------ one person


def test_a_person_has_faces_and_a_way_to_the_library(
    signed_in_page: Any, three: Collection
) -> None:
    page = open_page(signed_in_page, three)
    anna = on(three, "beach")
    page.locator("#people a").first.click()
    page.wait_for_url(address(three, f"/{anna.number}"))
    assert page.locator("#faces .file").all_inner_texts() == ["beach.jpg", "hills.jpg", "town.jpg"]
    assert "filters and words find" in page.locator(".person").inner_text()
    name_field(page, anna).fill("Anna")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Anna").wait_for()
    page.get_by_role("link", name="Show in the library").click()
    page.locator("#grid .tile").nth(2).wait_for()
    assert page.locator("#grid .tile").count() == 3
    page.go_back()
    page.get_by_role("link", name="Face on town.jpg").click()
    page.locator(".viewer").wait_for()
    assert parse_qs(urlsplit(page.url).query)["id"] == ["town"]


def test_a_face_that_is_not_this_persons_goes_and_stays_away(
    signed_in_page: Any, three: Collection
) -> None:
    anna = on(three, "beach")
    page = open_page(signed_in_page, three, f"/{anna.number}")
    page.get_by_label("Choose the face on hills.jpg").press("Space")
    page.get_by_role("button", name="Not this person").press("Enter")
    expect(page.locator("#faces .file")).to_have_text(["beach.jpg", "town.jpg"])
    assert three.people.get(anna.number).records == 2


def test_faces_of_somebody_else_become_one_other_person(
    signed_in_page: Any, three: Collection
) -> None:
    anna = on(three, "beach")
    page = open_page(signed_in_page, three, f"/{anna.number}")
    for file in ("hills.jpg", "town.jpg"):
        page.get_by_label(f"Choose the face on {file}").check()
    page.get_by_role("button", name="Somebody else, together").click()
    page.locator("#faces .file", has_text="beach.jpg").wait_for(state="detached")
    other = three.people.get(int(page.url.rpartition("/")[2]))
    assert (other.number != anna.number, other.records) == (True, 2)
    assert three.people.get(anna.number).records == 1


def test_with_the_last_face_the_person_is_gone(signed_in_page: Any, three: Collection) -> None:
    cleo = three.people.list_all()[2]
    page = open_page(signed_in_page, three, f"/{cleo.number}")
    page.get_by_label("Choose the face on town.jpg").check()
    page.get_by_role("button", name="Not this person").click()
    page.wait_for_url(address(three))


def test_a_records_page_shows_who_is_on_it(signed_in_page: Any, three: Collection) -> None:
    three.people.name(on(three, "beach").number, "Anna")
    page = signed_in_page
    page.goto(f"/library/{three.info.id}/record?id=hills")
    shown = page.get_by_role("list", name="People")
    ben = three.people.list_all()[1]
    assert shown.get_by_role("link").all_inner_texts() == ["Anna", f"Person {ben.number}"]
    shown.get_by_role("link", name="Anna").click()
    page.get_by_role("heading", name="Anna").wait_for()


# ------------------------------------------------------------ switching on and forgetting


@pytest.mark.usefixtures("working")
def test_people_are_looked_for_once_somebody_says_that_it_is_lawful(
    page: Any, sign_in: Callable[..., Any], family: Family
) -> None:
    collection = family(people=False, beach=["Anna"], hills=["Anna", "Ben"])
    sign_in(page, **ADMINISTRATOR)
    page.goto("/people")
    page.locator(f"a[href='{address(collection)}']").click()
    assert "Vectors of faces are biometric data" in page.locator(".law").inner_text()
    page.get_by_role("button", name="Look for people").click()
    assert not collection.info.people
    page.get_by_label("I have a lawful ground for it.").press("Space")
    page.get_by_role("button", name="Look for people").press("Enter")
    page.get_by_role("link", name="Show who was found").click()
    page.locator("#people li").first.wait_for()
    until(
        page, "!document.querySelector('#progress') || document.querySelector('#progress').hidden"
    )
    assert collection.info.people
    assert everybody(collection) == [("", 2), ("", 1)]


def test_a_job_that_looks_is_followed(
    page: Any, sign_in: Callable[..., Any], family: Family, site: Site
) -> None:
    collection = family(people=False, beach=["Anna"], hills=["Anna", "Ben"])
    sign_in(page, **ADMINISTRATOR)
    open_page(page, collection)
    page.get_by_label("I have a lawful ground for it.").check()
    page.get_by_role("button", name="Look for people").click()
    page.get_by_text("Looking for people: 2 images are left.").wait_for()
    (job,) = site.engine.jobs.list_jobs(kind="find_people", limit=1)
    assert page.get_by_role("link", name="Follow the job").get_attribute("href") == (
        f"/jobs/{job.number}"
    )
    site.engine.jobs.start()
    wait_for(page, "All images were looked at.")
    site.engine.jobs.stop()
    page.get_by_role("link", name="Show who was found").click()
    assert page.locator("#people li").count() == 1


def test_the_page_of_a_job_shows_what_could_not_be_looked_at(
    page: Any, sign_in: Callable[..., Any], family: Family, site: Site
) -> None:
    collection = family(people=False, beach=["Anna"], hills=["Anna", "Ben"])
    saved(portrait("Cleo"), site.originals / collection.info.id / "hills.jpg")
    sign_in(page, **ADMINISTRATOR)
    open_page(page, collection)
    page.get_by_label("I have a lawful ground for it.").check()
    page.get_by_role("button", name="Look for people").click()
    page.get_by_text("Looking for people: 2 images are left.").wait_for()
    site.engine.jobs.start()
    wait_for(page, "Done, but 1 image could not be looked at.")
    site.engine.jobs.stop()
    page.get_by_role("link", name="Which, and why").click()
    failure = page.locator("#errors .failure")
    expect(failure).to_have_count(1)
    expect(failure).to_contain_text("hills")
    expect(failure).to_contain_text("its original is another image by now")
    until(page, "document.querySelector('#errors .failure img').naturalWidth > 0")
    expect(page.locator(".figures .bad")).to_have_text("1 failed")


def test_everybody_is_forgotten_once_it_is_confirmed(
    page: Any, sign_in: Callable[..., Any], three: Collection
) -> None:
    sign_in(page, **ADMINISTRATOR)
    open_page(page, three)
    crop = page.locator("#people img").first.get_attribute("src")
    dialog = page.get_by_role("dialog", name="Forget everybody?")
    page.get_by_role("button", name="Forget everybody").press("Enter")
    page.keyboard.press("Escape")
    assert len(three.people.list_all()) == 3
    page.get_by_role("button", name="Forget everybody").press("Enter")
    dialog.get_by_role("button", name="Forget everybody").press("Enter")
    page.get_by_role("heading", name="Nobody is looked for here").wait_for()
    assert three.people.list_all() == []
    assert not three.info.people
    assert page.request.get(crop).status == 404


def test_faces_are_not_asked_for_once_they_are_to_be_forgotten(
    page: Any, sign_in: Callable[..., Any], three: Collection
) -> None:
    asked: list[Any] = []
    sign_in(page, **ADMINISTRATOR)
    page.route("**/people/face?*", lambda route: asked.append(route))

    def forget(route: Any) -> None:
        forgotten = route.fetch()
        # The server would say of each that it is not there, and the console that it could not be loaded.
        for face in asked:
            face.fulfill(response=face.fetch())
        page.wait_for_timeout(200)
        route.fulfill(response=forgotten)

    page.route("**/people/forget", forget)
    page.goto(address(three), wait_until="domcontentloaded")
    expect(page.locator("#people img")).to_have_count(2)
    page.get_by_role("button", name="Forget everybody").click()
    dialog = page.get_by_role("dialog", name="Forget everybody?")
    dialog.get_by_role("button", name="Forget everybody").click()
    page.get_by_role("heading", name="Nobody is looked for here").wait_for()
    assert len(asked) == 2


def test_a_collection_that_is_gone_is_not_asked_after_again(
    page: Any, sign_in: Callable[..., Any], family: Family, site: Site, faults: Any
) -> None:
    faults.expected.append("404")
    collection = family(people=False, beach=["Anna"])
    asked: list[str] = []
    page.clock.install()
    sign_in(page, **ADMINISTRATOR)
    site.engine.collections.set_people(collection.info.id, True)
    site.engine.recognition.submit(collection.info.id)
    open_page(page, collection)
    page.get_by_text("Looking for people: 1 image is left.").wait_for()
    site.engine.recognition.forget(collection.info.id)
    site.engine.collections.delete(collection.info.id)
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(2_000)
    page.locator("#messages .problem").wait_for()
    page.clock.run_for(60_000)
    assert len(asked) == 1


def test_forgetting_ends_the_job_that_looks(
    client: Callable[..., Any], family: Family, site: Site
) -> None:
    collection = family(people=False, beach=["Anna"])
    administrator = client(**ADMINISTRATOR)
    looked = administrator.post(address(collection, "/look"), {})
    assert looked.json()["looking"]
    assert (
        administrator.post(address(collection, "/look"), {}).json()["job"] == looked.json()["job"]
    )
    assert administrator.post(address(collection, "/forget"), {}).json() == {"forgotten": 0}
    (job,) = site.engine.jobs.list_jobs(kind="find_people", limit=1)
    assert job.state.value == "cancelled"


# ------------------------------------------------------------ rights


def test_a_key_of_another_collection_sees_nobody(
    client: Callable[..., Any], three: Collection, site: Site
) -> None:
    stranger = client(collections={site.photos.info.id}, **ADMINISTRATOR)
    person = three.people.list_all()[0]
    for rest in ("", f"/{person.number}", f"/face?face={person.cover}", "/state"):
        assert stranger.http.get(address(three, rest)).status_code == 404
    assert three.info.name not in stranger.http.get("/people").text
    for rest in ("/name", "/merge", "/split", "/reject", "/look", "/forget"):
        assert stranger.post(address(three, rest), {}).status_code == 404
    own = f"/library/{site.photos.info.id}/people"
    assert stranger.http.get(f"{own}/face?face={person.cover}").status_code == 404
    assert stranger.http.get(f"{own}/{person.number}").status_code == 404


def test_who_reads_sees_people_and_changes_nothing(
    page: Any, sign_in: Callable[..., Any], client: Callable[..., Any], three: Collection
) -> None:
    anna = on(three, "beach")
    three.people.name(anna.number, "Anna")
    sign_in(page, **READER)
    open_page(page, three)
    assert page.locator("#people .called").first.inner_text() == "Anna"
    assert page.locator("main").get_by_role("button").count() == 0
    assert page.locator("main input, main dialog:visible").count() == 0
    page.locator("#people a").first.click()
    page.locator("#faces li").nth(2).wait_for()
    assert page.locator("main input").count() == 0
    reader, writer = client(**READER), client(scopes={"read", "write"})
    (face,) = three.people.faces(ids=["beach"])
    for rest, body in (
        ("/name", {"person": anna.number, "name": "Eve"}),
        ("/merge", {"into": anna.number, "others": [three.people.list_all()[1].number]}),
        ("/split", {"person": anna.number, "faces": [face.number]}),
        ("/reject", {"person": anna.number, "faces": [face.number]}),
    ):
        assert reader.post(address(three, rest), body).status_code == 403
    for rest in ("/look", "/forget"):
        assert writer.post(address(three, rest), {}).status_code == 403
    assert everybody(three) == [("Anna", 3), ("", 2), ("", 1)]


def test_who_may_not_decide_is_told_who_can(signed_in_page: Any, family: Family) -> None:
    page = open_page(signed_in_page, family(people=False, beach=["Anna"]))
    assert "A key that may administer this collection" in page.locator(".ask").inner_text()
    assert page.get_by_role("button", name="Look for people").count() == 0


def test_a_face_is_kept_in_no_cache(client: Callable[..., Any], three: Collection) -> None:
    reader = client(**READER)
    answer = reader.http.get(address(three, f"/face?face={three.people.faces()[0].number}"))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content == three.people.crop(three.people.faces()[0].number)
    for wrong in ("0", "-1", "x", "9" * 30, ""):
        assert reader.http.get(address(three, f"/face?face={wrong}")).status_code in (400, 404)
    for wrong in ("999999", "9" * 30):
        assert reader.http.get(address(three, f"/{wrong}")).status_code == 404


# ------------------------------------------------------------ for everybody


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    new_page: Callable[..., Any],
    sign_in: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    family: Family,
    three: Collection,
    size: Any,
    scheme: str,
) -> None:
    anna = on(three, "beach")
    three.people.name(anna.number, "Anna")
    page = sign_in(new_page(viewport=size, color_scheme=scheme), **ADMINISTRATOR)
    off = family(people=False)
    for shown in (
        "/people",
        address(off),
        address(three),
        address(three, "?show=all"),
        address(three, f"/{anna.number}"),
    ):
        page.goto(shown)
        assert axe(page) == [], shown
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, shown
    open_page(page, three)
    page.get_by_role("button", name="Forget everybody").click()
    assert axe(page) == []
