"""Jobs: the list, a job's page that follows it, what failed, and the contact sheet."""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen

from photomill import EditRequest, Pixels, Resizing
from photomill.errors import ResourcesMissing
from photomill.jobs.kind import JobKind
from photomill.jobs.model import Job, JobItem, NewItem
from photomill_browser.forgery import HEADER, form_token
from photomill_browser.frame import View, session_cookie
from photomill_browser.pages import jobs
from photomill_browser.progress import kind_name
from photomill_browser.texts import texts_of

from .conftest import DESK, PHONE, draw, playwright_api, until

expect = playwright_api.expect

SMALL = EditRequest(resizing=Resizing(Pixels(64), Pixels(64)))
ADMIN = {"scopes": ["admin"]}


class Gated(JobKind):
    """Its items wait until the test lets them through."""

    kind = "gated"

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        for index in range(4 if after is None else 0):
            yield NewItem(f"{index}", {"source": job.plan.get("source", "")})

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        assert self.gate.acquire(timeout=60)
        return {}


@frozen
class Batch:
    """An edit of three images and of one that is none."""

    number: int
    folder: Path

    @property
    def address(self) -> str:
        return f"/jobs/{self.number}"


@pytest.fixture
def gated(site: Any) -> Gated:
    kind = Gated()
    site.engine.jobs.register(kind)
    return kind


@pytest.fixture
def make_batch(site: Any, tmp_path: Path) -> Iterator[Callable[..., Batch]]:
    """Edit a folder as a job, and wait until it has ended."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / f"{name}.jpg").write_bytes(draw(name))
    (folder / "bad.jpg").write_bytes(b"no image")
    storages = site.engine.storages.operator
    created = storages.create("jobs", "local", {"path": str(tmp_path)})

    def make(owner: str = "", destination: str | None = "storage://jobs/out/") -> Batch:
        job = site.engine.editing.submit(["storage://jobs/in/"], SMALL, destination, owner=owner)
        work(site, job.number)
        return Batch(job.number, folder)

    yield make
    storages.delete(created.id)


def work(site: Any, number: int) -> None:
    with site.engine.jobs.working_on(number):
        assert site.engine.jobs.wait(number, 120).state.ended


@pytest.fixture
def admin_page(page: Any, sign_in: Callable[..., Any]) -> Any:
    return sign_in(page, **ADMIN)


def test_a_jobs_page_shows_what_failed_and_what_came_of_it(
    admin_page: Any, make_batch: Callable[..., Batch]
) -> None:
    page, batch = admin_page, make_batch()
    page.goto(batch.address)
    expect(page.locator(".state")).to_have_text("done")
    expect(page.locator(".done")).to_have_text("4 of 4 images 1 failed")
    expect(page.locator(".pace")).to_contain_text("took")
    expect(page.locator(".failure")).to_have_count(1)
    expect(page.locator(".failure")).to_contain_text("bad.jpg")
    expect(page.locator(".failure")).to_contain_text("not an image")
    names = page.locator("#results .name").all_inner_texts()
    assert names == ["a.jpg", "b.jpg", "c.jpg"]
    until(page, "[...document.querySelectorAll('.tiles img')].every((each) => each.naturalWidth)")
    assert page.locator("#results small").first.inner_text() == "JPEG 64 × 64"
    page.get_by_role("link", name="a.jpg").click()
    until(page, "document.images.length === 1 && document.images[0].naturalWidth === 64")


def test_the_image_that_failed_is_shown_where_it_can_be(
    site: Any, admin_page: Any, make_batch: Callable[..., Batch]
) -> None:
    page, batch = admin_page, make_batch()
    (batch.folder / "bad.jpg").write_bytes(draw("bad"))
    page.goto(batch.address)
    until(page, "document.querySelector('.shot').naturalHeight === 213")


def test_results_that_are_kept_for_a_while_are_shown(
    admin_page: Any, make_batch: Callable[..., Batch]
) -> None:
    page, batch = admin_page, make_batch(destination=None)
    page.goto(batch.address)
    until(page, "document.querySelector('.tiles img').naturalWidth === 64")


@pytest.mark.parametrize("stored", [True, False], ids=["storage", "folder"])
def test_edits_of_files_are_shown_where_they_are_in_a_storage(
    site: Any, admin_page: Any, make_batch: Callable[..., Batch], tmp_path: Path, stored: bool
) -> None:
    page, folder = admin_page, make_batch().folder
    destination = "storage://jobs/edited/" if stored else f"{tmp_path}/edited/"
    edit = site.engine.file_editing.find([folder], SMALL, destination)
    job = site.engine.file_editing.submit(edit)
    work(site, job.number)
    page.goto(f"/jobs/{job.number}")
    assert page.locator("#results .name").all_inner_texts() == ["a.jpg", "b.jpg", "c.jpg"]
    images = page.locator("#results img")
    if stored:
        expect(images).to_have_count(3)
        until(page, "document.querySelector('.tiles img').naturalWidth === 64")
    else:
        expect(images).to_have_count(0)
        expect(page.get_by_text("a file of a machine").first).to_be_visible()
        shown = page.request.get(f"/jobs/{job.number}/made?item=0&image=0")
        assert shown.headers["content-type"] == "image/svg+xml"


def test_a_job_that_is_paused_waits_for_no_worker(site: Any, admin_page: Any, gated: Gated) -> None:
    page, job = admin_page, site.engine.jobs.submit("gated", {})
    page.goto(f"/jobs/{job.number}")
    expect(page.locator(".pace")).to_have_text("waits for a worker")
    site.engine.jobs.pause(job.number)
    page.reload()
    expect(page.locator(".state")).to_have_text("paused")
    expect(page.locator(".pace")).to_be_empty()
    site.engine.jobs.cancel(job.number)


@pytest.mark.parametrize("stored", [True, False], ids=["storage", "folder"])
def test_files_that_could_not_be_edited_are_shown_where_they_are_in_a_storage(
    site: Any, admin_page: Any, make_batch: Callable[..., Batch], stored: bool
) -> None:
    page, folder = admin_page, make_batch().folder
    originals = "storage://jobs/in/" if stored else folder
    edit = site.engine.file_editing.find([originals], SMALL, "storage://jobs/edited/")
    job = site.engine.file_editing.submit(edit)
    work(site, job.number)
    (folder / "bad.jpg").write_bytes(draw("bad"))
    page.goto(f"/jobs/{job.number}")
    expect(page.locator(".failure")).to_have_count(1)
    expect(page.locator(".failure b")).to_have_text("bad.jpg")
    expect(page.locator(".done")).to_have_text("3 images looked at 1 failed")
    if stored:
        until(page, "document.querySelector('.shot').naturalHeight === 213")
    else:
        expect(page.locator(".shot")).to_have_count(0)
    for missing in ("item=0&image=9", *([] if stored else ["item=0&image=0"])):
        shown = page.request.get(f"/jobs/{job.number}/given?{missing}")
        assert (shown.status, shown.headers["content-type"]) == (200, "image/svg+xml")


def test_what_failed_is_tried_again(
    site: Any, admin_page: Any, make_batch: Callable[..., Batch]
) -> None:
    page, batch = admin_page, make_batch()
    (batch.folder / "bad.jpg").write_bytes(draw("mended"))
    page.goto(batch.address)
    page.get_by_role("button", name="Try again what failed").click()
    expect(page.locator(".state")).to_have_text("running")
    expect(page.locator(".failure")).to_have_count(0)
    work(site, batch.number)
    # The page follows it.
    expect(page.locator(".state")).to_have_text("done")
    expect(page.locator("#results .name")).to_have_count(4)
    expect(page.get_by_role("button", name="Try again what failed")).to_have_count(0)


def test_a_job_that_runs_is_followed_to_its_end(site: Any, admin_page: Any, gated: Gated) -> None:
    page = admin_page
    job = site.engine.jobs.submit("gated", {})
    page.goto(f"/jobs/{job.number}")
    expect(page.locator(".words")).to_have_text("nothing found yet")
    expect(page.locator(".pace")).to_have_text("waits for a worker")
    with site.engine.jobs.working_on(job.number):
        for done in (1, 2, 3):
            gated.gate.release()
            expect(page.locator(".words")).to_have_text(f"{done} of 4 steps")
        expect(page.locator("#newer")).to_be_visible()
        expect(page.locator(".pace")).to_contain_text("so far")
        expect(page.locator(".pace")).to_contain_text("left")
        gated.gate.release()
        expect(page.locator(".state")).to_have_text("done")
    assert not page.locator("#newer").is_visible()


class Unplaced(JobKind):
    """No machine has what its items take, until the test brings one."""

    kind = "unplaced"

    def __init__(self) -> None:
        self.there = threading.Event()

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        yield NewItem("0")

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        if not self.there.is_set():
            raise ResourcesMissing("no machine of the cluster has gpus 1")
        return {}


def test_a_job_that_waits_says_what_for(
    site: Any, admin_page: Any, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    kind = Unplaced()
    site.engine.jobs.register(kind)
    job = site.engine.jobs.submit("unplaced", {})
    with site.engine.jobs.working_on(job.number):
        wait_until(lambda: site.engine.jobs.waits_for(job.number))
        for address in ("/jobs", f"/jobs/{job.number}"):
            admin_page.goto(address)
            words = admin_page.locator(f"[data-job='{job.number}'] .words")
            expect(words).to_contain_text("waits: no machine of the cluster has gpus 1")
        kind.there.set()
        wait_until(lambda: site.engine.jobs.has_ended(job.number))


def test_the_list_follows_what_runs_but_unseen(site: Any, admin_page: Any, gated: Gated) -> None:
    page = admin_page
    job = site.engine.jobs.submit("gated", {})
    page.goto("/jobs?kind=gated&state=running")
    row = page.locator(f'[data-job="{job.number}"]')
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with site.engine.jobs.working_on(job.number):
        hidden = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true})"
        changed = "document.dispatchEvent(new Event('visibilitychange'))"
        page.evaluate(f"() => {{ {hidden % 'true'}; {changed}; }}")
        page.wait_for_timeout(500)
        asked.clear()
        gated.gate.release(4)
        assert site.engine.jobs.wait(job.number, 60).state.ended
        page.wait_for_timeout(3_500)
        assert asked == []
        page.evaluate(f"() => {{ {hidden % 'false'}; {changed}; }}")
        expect(row.locator(".state")).to_have_text("done")
        page.wait_for_timeout(500)
        asked.clear()
        page.wait_for_timeout(3_500)
        assert asked == []


def test_a_job_is_paused_resumed_and_cancelled_by_keys(
    site: Any, admin_page: Any, gated: Gated
) -> None:
    page = admin_page
    job = site.engine.jobs.submit("gated", {})
    page.goto(f"/jobs/{job.number}")
    for button, state in (("Pause", "paused"), ("Go on", "running")):
        page.get_by_role("button", name=button).press("Enter")
        expect(page.locator(".state")).to_have_text(state)
    page.get_by_role("button", name="Cancel").press("Enter")
    dialog = page.get_by_role("dialog")
    page.keyboard.press("Escape")
    assert site.engine.jobs.get(job.number).state == "processing"
    page.get_by_role("button", name="Cancel").press("Enter")
    dialog.get_by_role("button", name="Cancel").press("Enter")
    expect(page.locator(".state")).to_have_text("cancelled")
    assert site.engine.jobs.get(job.number).state == "cancelled"
    expect(page.locator("main button")).to_have_count(0)


def test_one_that_ended_meanwhile_is_no_error(site: Any, admin_page: Any, gated: Gated) -> None:
    page = admin_page
    job = site.engine.jobs.submit("gated", {})
    site.engine.jobs.pause(job.number)
    page.goto(f"/jobs/{job.number}")
    site.engine.jobs.cancel(job.number)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".state")).to_have_text("cancelled")


def test_the_list_is_filtered_and_turned_by_its_address(
    site: Any, page: Any, sign_in: Callable[..., Any]
) -> None:
    submit = site.engine.jobs.submit
    plan = {"inputs": ["storage://x/"], "destination": None}
    numbers = [submit("edit_batch", plan, owner="many").number for _ in range(jobs.ON_A_PAGE + 2)]
    grouping = submit("group_image", {}, owner="many").number
    for number in numbers[:-1]:
        site.engine.jobs.cancel(number)
    sign_in(page, owner="many", scopes=["read", "image_editing", "grouping"])
    page.goto("/jobs")
    rows = page.locator(".job")
    shown = [f"Job {number}" for number in [grouping, *reversed(numbers)]]
    assert page.locator(".number").all_inner_texts() == shown[: jobs.ON_A_PAGE]
    page.get_by_role("link", name="Older").click()
    assert page.locator(".number").all_inner_texts() == shown[jobs.ON_A_PAGE :]
    page.get_by_role("link", name="Newest").click()
    page.get_by_role("link", name="Running").click()
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="Batch edit", exact=True).click()
    expect(rows).to_have_count(1)
    assert page.url.endswith("/jobs?state=running&kind=edit_batch")
    page.go_back()
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="Failed").click()
    expect(page.get_by_text("No job is like that.")).to_be_visible()
    for number in (numbers[-1], grouping):
        site.engine.jobs.cancel(number)


def test_every_kind_of_job_is_offered_by_its_name(site: Any, admin_page: Any, faults: Any) -> None:
    admin_page.goto("/jobs")
    for kind in {*site.engine.jobs.kinds} - {Gated.kind, Unplaced.kind}:
        name = kind_name(texts_of("jobs"), kind)
        assert name != kind
        link = admin_page.locator("main").get_by_role("link", name=name, exact=True)
        assert link.get_attribute("href") == f"/jobs?kind={kind}"
    faults.expected.append("400")
    admin_page.goto("/jobs?kind=nope")
    assert "expected one of copy_to_groups, " in admin_page.locator("main").inner_text()


def test_an_import_names_the_files_that_failed(
    site: Any, page: Any, sign_in: Callable[..., Any], tmp_path: Path
) -> None:
    sign_in(page, scopes=["admin", "read"])
    (tmp_path / "good.jpg").write_bytes(draw("good"))
    (tmp_path / "bad.jpg").write_bytes(b"no image")
    info = site.engine.collections.create("imported <b>", embedder="color")
    job = site.engine.importing.submit(info.id, [tmp_path])
    work(site, job.number)
    page.goto(f"/jobs/{job.number}")
    expect(page.locator(".failure")).to_contain_text("bad.jpg")
    expect(page.locator(".words")).to_have_text("1 image looked at")
    expect(page.locator(".facts")).to_contain_text("Inserted")
    (tile,) = page.locator("#results .tile").all()
    expect(tile).to_contain_text("good.jpg")
    assert tile.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert list(site.engine.importing.ids(job.number)) == ["bad.jpg", "good.jpg"]
    tile.click()
    page.wait_for_url(f"**/library/{info.id}/record?id=good.jpg")
    page.go_back()
    page.get_by_role("link", name="Open the collection imported <b>").click()
    page.wait_for_url(f"**/library/{info.id}")


@pytest.mark.parametrize("view", jobs.PAGE.views, ids=lambda view: f"{view.verb} {view.path}")
def test_a_job_of_another_is_not_there(
    site: Any, make_batch: Callable[..., Batch], view: View
) -> None:
    batch = make_batch(owner=f"ann {view.path}")
    own = f"ann {view.path}"
    seen = {"owner": own, "scopes": ["read", "image_editing"]}
    for options in (
        {"owner": "bob", "scopes": ["read", "image_editing"]},
        {"owner": own, "scopes": ["read", "grouping"]},
        {"scopes": ["admin"], "collections": [site.photos.info.id]},
    ):
        answer = ask(site, view, batch, **options)
        if "{" in view.path:
            assert answer.status_code == 404, answer.text
        assert "storage://jobs" not in answer.text
        assert f'"number": {batch.number}' not in answer.text
        assert f"/jobs/{batch.number}" not in answer.text
    assert site.engine.jobs.get(batch.number).state == "done"
    assert ask(site, view, batch, **seen).status_code in (200, 303)


def ask(site: Any, view: View, batch: Batch, **options: Any) -> httpx.Response:
    _, key = site.key(**options)
    secret = site.engine.keys.sessions.begin(key, 60).secret
    path = view.path.replace("{number:int}", f"{batch.number}")
    headers = {HEADER: form_token(secret), "Cookie": f"{session_cookie(site.url)}={secret}"}
    query = f"item=0&number={batch.number}"
    return httpx.request(view.verb, f"{site.url}{path}?{query}", headers=headers)


def test_only_our_own_pages_steer_a_job(site: Any, gated: Gated) -> None:
    job = site.engine.jobs.submit("gated", {})
    _, key = site.key(**ADMIN)
    secret = site.engine.keys.sessions.begin(key, 60).secret
    answer = httpx.post(
        f"{site.url}/jobs/{job.number}/cancel",
        headers={"Cookie": f"{session_cookie(site.url)}={secret}"},
    )
    assert answer.status_code == 403
    assert site.engine.jobs.cancel(job.number).state == "cancelled"


def test_a_job_for_every_image_is_listed_with_its_kind_once_it_is_done(
    site: Any, admin_page: Any, make_batch: Callable[..., Batch]
) -> None:
    page, batch = admin_page, make_batch()
    single = site.engine.editing.submit(["storage://jobs/in/a.jpg"], SMALL, None, single=True)
    page.goto("/jobs")
    shown = page.locator(f"[data-job='{single.number}']")
    expect(shown).to_have_count(1)
    work(site, single.number)
    page.goto("/jobs")
    expect(page.locator(f"[data-job='{batch.number}']")).to_have_count(1)
    expect(shown).to_have_count(0)
    expect(page.locator("main .hint").last).to_contain_text("under their own kind")
    page.get_by_role("link", name="Edit", exact=True).locator("visible=true").last.click()
    expect(shown).to_have_count(1)


def test_files_of_the_machine_are_not_shown(
    site: Any, admin_page: Any, gated: Gated, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(draw("machine"))
    job = site.engine.jobs.submit("gated", {"source": str(tmp_path / "a.jpg")})
    gated.gate.release(4)
    work(site, job.number)
    shown = admin_page.request.get(f"/jobs/{job.number}/given?item=0")
    assert (shown.status, shown.headers["content-type"]) == (200, "image/svg+xml")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_for_those_who_cannot_see(
    site: Any,
    new_page: Callable[..., Any],
    sign_in: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    make_batch: Callable[..., Batch],
    gated: Gated,
    scheme: str,
) -> None:
    page, batch = sign_in(new_page(color_scheme=scheme), **ADMIN), make_batch()
    running = site.engine.jobs.submit("gated", {})
    for address in ("/jobs", batch.address, f"/jobs/{running.number}"):
        page.goto(address)
        assert axe(page) == []
    page.get_by_role("button", name="Cancel").click()
    assert axe(page) == []
    site.engine.jobs.cancel(running.number)


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_it_fits(
    new_page: Callable[..., Any],
    sign_in: Callable[..., Any],
    make_batch: Callable[..., Batch],
    viewport: Any,
) -> None:
    page, batch = sign_in(new_page(viewport=viewport), **ADMIN), make_batch()
    for address in ("/jobs", batch.address):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
