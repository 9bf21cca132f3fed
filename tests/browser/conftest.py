"""A real Chromium on a real server, on a real engine with drawn images."""

import io
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from attrs import define, field, frozen
from PIL import Image, ImageDraw

from photomill import (
    BytesSource,
    Collection,
    CollectionInput,
    Engine,
    GroupingConstraints,
    Key,
    NewRecord,
    PathSource,
    load_settings,
)
from photomill_browser.forgery import form_token
from photomill_browser.frame import session_cookie
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings

from .books import ANN, COLOURS, Book, Client, coloured, work

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

REQUIRED = "TESTS_REQUIRE_BROWSER"
"""A variable that makes a missing browser, or a missing axe, a failure: what CI sets."""
AXE = "TESTS_AXE"
"""A variable that holds the path of ``axe.min.js``, from the npm package axe-core."""
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000
"""Milliseconds that something is waited for: a machine that does much else is slow, and no failure."""
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}


playwright_api.expect.set_options(timeout=PATIENCE)


def missing(what: str) -> Any:
    """Leave tests out for want of something, or fail where it must be there."""
    if os.environ.get(REQUIRED):
        pytest.fail(f"{what}, and {REQUIRED} is set")
    pytest.skip(f"left out: {what}")


def draw(seed: str, size: tuple[int, int] = (480, 320), form: str = "JPEG") -> bytes:
    """An encoded image of shapes; the same seed gives the same shapes."""
    random = Random(seed)
    image = Image.new("RGB", size, _colour(random))
    canvas = ImageDraw.Draw(image)
    for _ in range(9):
        x, y = random.randrange(size[0]), random.randrange(size[1])
        r = random.randrange(20, 140)
        draw_shape = random.choice([canvas.ellipse, canvas.rectangle])
        draw_shape((x - r, y - r, x + r, y + r), fill=_colour(random))
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()


def _colour(random: Random) -> tuple[int, int, int]:
    return random.randrange(256), random.randrange(256), random.randrange(256)


@frozen
class Site:
    """A server with the pages.

    :ivar url: without a slash at its end.
    :ivar originals: a folder below which files of records may be read.
    """

    url: str
    engine: Engine
    photos: Collection
    originals: Path

    def key(self, name: str = "tester", **options: Any) -> tuple[str, Key]:
        """A new key: its secret, and what is known of it."""
        made = self.engine.keys.create(name, **options)
        return made.secret, made.key

    def sign_in_link(self, **options: Any) -> str:
        """An address that signs one browser in, with a new key of these options."""
        _, key = self.key(**options)
        return f"{self.url}/sign-in/{self.engine.keys.sessions.make_link(key.id, 600)}"

    def fill(self, name: str, records: list[NewRecord], index: str = "") -> Collection:
        """A new collection with these records."""
        info = self.engine.collections.create(name, embedder="color", index=index)
        collection = self.engine.collections.open(info.id)
        report = collection.insert(records)
        assert not report.skipped, report.skipped
        return collection


def until(page: Any, expression: str) -> None:
    """Wait until something holds on a page. Its policy forbids what Playwright does for that by itself."""
    while not page.evaluate(expression):
        page.wait_for_timeout(20)


def drawn(record_id: str, seed: str = "", **attributes: Any) -> NewRecord:
    """A record with an image of its own."""
    size = (480, 320) if len(record_id) % 2 else (320, 440)
    return NewRecord(record_id, BytesSource(draw(seed or record_id, size)), attributes)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose collection "photos" holds 40 drawn images, which no test changes."""
    originals = tmp_path_factory.mktemp("originals")
    overrides = {
        "photomill.source_roots": [str(originals)],
        "photomill.data_dir": str(tmp_path_factory.mktemp("data")),
        "images.processes": 1,
        "adapters.browser.sign_ins_per_minute": 0,
        "indexes.outside": {
            "use": "lance",
            "options": {"place": str(tmp_path_factory.mktemp("lance"))},
        },
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        empty: Any = None
        site = Site(serve(engine), engine, empty, empty)
        records = [
            drawn(
                f"trip/{number:02}.jpg",
                file=f"{number:02}.jpg",
                tags=["even" if number % 2 == 0 else "odd", "drawn"],
                colour=("red", "green", "blue")[number % 3],
                stars=number % 5,
            )
            for number in range(40)
        ]
        photos = site.fill("photos", records)
        yield Site(site.url, engine, photos, originals)


def serve(engine: Engine) -> str:
    """Serve an engine on any free port, until the process ends; gives the address."""
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(engine, HttpSettings()),
            port=0,
            log_config=None,
            access_log=False,
            ws="none",
            lifespan="off",
        )
    )
    threading.Thread(target=server.run, daemon=True, name="server").start()
    while not server.started:
        pass
    return f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"


@pytest.fixture
def working(site: Site) -> Iterator[None]:
    """Work on jobs while the test runs. Other tests find nobody who does."""
    site.engine.jobs.start()
    yield
    site.engine.jobs.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser; without one, the tests are left out, or fail in CI."""
    path = shutil.which("chromium")
    if path is None:
        missing("there is no chromium on this machine: apt-get install chromium")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@define
class Faults:
    """What no page may do.

    :ivar expected: parts of messages that a test means to provoke.
    """

    origin: str
    found: list[str] = field(factory=list)
    expected: list[str] = field(factory=list)

    def watch(self, page: Any) -> None:
        """Note errors on the console, violations of the policy, and requests to other hosts."""
        page.on("console", lambda message: self._console(message))
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("request", lambda request: self._request(request))

    def check(self) -> None:
        """
        :raises AssertionError: a page did something that none may.
        """
        assert [
            each for each in self.found if not any(part in each for part in self.expected)
        ] == []

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.found.append(f"{message.type}: {message.text}")

    def _request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss"):
            origin = f"{parts.scheme}://{parts.netloc}"
            if origin != self.origin:
                self.found.append(f"request to {request.url}")


@pytest.fixture
def faults(site: Site) -> Iterator[Faults]:
    """Fails the test, at its end, for what no page may do."""
    watched = Faults(site.url)
    yield watched
    watched.check()


@pytest.fixture
def new_page(chromium: Any, site: Site, faults: Faults) -> Iterator[Callable[..., Any]]:
    """Open a page in a browser profile of its own; ``viewport``, ``color_scheme`` and the like may be given."""
    contexts = []

    def make(**options: Any) -> Any:
        context = chromium.new_context(base_url=site.url, **{"viewport": DESK, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        faults.watch(page)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """A page that is signed out."""
    return new_page()


@pytest.fixture
def sign_in(site: Site) -> Callable[..., Any]:
    """Sign a page in with a new key of these options."""

    def sign_in(page: Any, **options: Any) -> Any:
        page.goto(site.sign_in_link(**options))
        return page

    return sign_in


@pytest.fixture
def signed_in_page(page: Any, sign_in: Callable[..., Any]) -> Any:
    """A page that is signed in with a key that may read and write."""
    return sign_in(page)


@pytest.fixture(scope="session")
def axe() -> Callable[[Any], list[str]]:
    """What axe-core finds moderate, serious or critical on a page."""
    named = os.environ.get(AXE)
    if not named:
        missing(f"there is no axe-core: {AXE} names no axe.min.js of the npm package")
    script = Path(str(named)).read_text(encoding="utf-8")

    def run(page: Any) -> list[str]:
        page.evaluate(script)
        found = page.evaluate("() => axe.run()")
        return [
            f"{each['id']}: {each['help']}: {[node['html'] for node in each['nodes']]}"
            for each in found["violations"]
            if each["impact"] != "minor"
        ]

    return run


@pytest.fixture
def fill_book(site: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """A collection of four photos of each colour, with their originals in a folder."""

    def make(name: str = "book", prefix: str = "") -> tuple[Any, Path]:
        folder = tmp_path_factory.mktemp("photos")
        records = []
        for colour in COLOURS:
            for number in range(4):
                path = folder / f"{colour}{number}.jpg"
                path.write_bytes(coloured(colour, number))
                attributes = {
                    "_file": str(path),
                    "file": f"{prefix}{path.name}",
                    "kept": number < 2,
                }
                source = PathSource(str(path), trusted=True)
                records.append(NewRecord(f"{prefix}{colour}{number}", source, attributes))
        return site.fill(name, records), folder

    return make


@pytest.fixture
def make_book(site: Any, fill_book: Callable[..., Any]) -> Callable[..., Book]:
    """Group such photos, as ann."""

    def make(*, owner: str = "ann", prefix: str = "", **constraints: Any) -> Book:
        collection, folder = fill_book(prefix=prefix)
        job = site.engine.grouping.submit(
            CollectionInput(collection.info.id),
            GroupingConstraints(**{"groups": 3, **constraints}),
            owner=owner,
        )
        work(site, job.number)
        return Book(collection, job.number, folder)

    return make


@pytest.fixture
def ann(new_page: Callable[..., Any], sign_in: Callable[..., Any]) -> Any:
    """A page of ann, which shows all rows at once."""
    return sign_in(new_page(viewport={"width": 1440, "height": 1500}), **ANN)


@pytest.fixture
def client(site: Any) -> Iterator[Callable[..., Client]]:
    """Sign in with a new key of these options."""
    made = []

    def make(**options: Any) -> Client:
        _, key = site.key(**options)
        session = site.engine.keys.sessions.begin(key, 600)
        http = httpx.Client(
            base_url=site.url, cookies={session_cookie(site.url): session.secret}, timeout=60
        )
        made.append(http)
        return Client(http, form_token(session.secret))

    yield make
    for http in made:
        http.close()
