"""Screenshots of the pages, as they look with the photos of a folder: to look at, and for the documents.

    python benchmarks/screenshots.py --photos ../shared/photos --output build/screenshots
    python benchmarks/screenshots.py --photos photos --record chelsea --documents docs/images/browser

The first writes every page at two widths, light and dark, as PNG; the second the few that the documents show, as small WebP.
For these choose photos that everybody may show and on which nobody can be recognised: those that stand there are
of scikit-image's wheel, in the public domain or CC0.
"""

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen
from first_page import printed_link
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

SIZES = {"desk": (1440, 900), "phone": (360, 740)}
SCHEMES = ("light", "dark")
COPIES = 6
QUALITY = 72
PAUSE = 1200
"""Milliseconds in which a page comes to rest."""
SHOWN = {"record": "desk", "duplicates": "desk", "edit": "desk"}
"""What the documents show, and how wide."""


@frozen
class Site:
    """A server, and the cookies that sign in there."""

    url: str
    state: StorageState


def main() -> None:
    arguments = parsed()
    with tempfile.TemporaryDirectory() as temporary:
        photos = Path(temporary) / "photos"
        shutil.copytree(arguments.photos, photos)
        add_copies(photos)
        with served(Path(temporary) / "data", photos) as link, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=str(arguments.chromium), args=["--no-sandbox", "--disable-gpu"]
            )
            url = link.partition("/sign-in")[0]
            page = browser.new_page(base_url=url)
            page.goto(link)
            site = Site(url, page.context.storage_state())
            addresses = addresses_of(page, arguments.record, arguments.words)
            if arguments.output:
                shoot_all(browser, site, addresses, arguments.output)
            if arguments.documents:
                shoot_for_documents(browser, site, addresses, arguments.documents)
            browser.close()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="a folder")
    parser.add_argument("--output", type=Path, help="a folder for every page")
    parser.add_argument("--documents", type=Path, help="a folder for those of the documents")
    parser.add_argument("--record", default="", help="a part of the name of what is shown large")
    parser.add_argument("--words", default="bird", help="what is searched for")
    parser.add_argument("--chromium", type=Path, default=Path("/usr/bin/chromium"))
    return parser.parse_args()


def add_copies(photos: Path) -> None:
    """Smaller copies of some photos, so that there are duplicates."""
    images = sorted(path for path in photos.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
    for path in images[:: max(1, len(images) // COPIES)][:COPIES]:
        with Image.open(path) as image:
            image.thumbnail((360, 360))
            image.convert("RGB").save(photos / f"{path.stem}-small.jpg", quality=70)


@contextmanager
def served(data_dir: Path, photos: Path) -> Iterator[str]:
    """Serve a folder of photos; gives the link that signs a browser in."""
    command = [sys.executable, "-m", "photomill_cli", "quickstart", "--port", "0"]
    command += ["--photos", str(photos), "--data-dir", str(data_dir)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield printed_link(server)
    finally:
        server.terminate()
        server.communicate()


def addresses_of(page: Page, record_id: str, words: str) -> dict[str, str]:
    """The addresses of the pages, by their names.

    :param record_id: a part of the id of the record that is shown large; empty for the first.
    """
    page.goto("/library")
    home = str(page.locator("a[href^='/library/']").first.get_attribute("href"))
    page.goto(f"{home}?sort=name&q=id:{record_id}")
    page.locator(".tile img").first.wait_for()
    record = str(page.locator(".tile a").first.get_attribute("href"))
    record_id = record.partition("id=")[2].partition("&")[0]
    return {
        "library": "/library",
        "collection": home,
        "search": f"{home}?q={words}",
        "record": f"{home}/record?id={record_id}",
        "people": f"{home}/people",
        "duplicates": f"{home}/duplicates",
        "dropped": f"{home}/dropped",
        "edit": f"/edit?collection={home.rpartition('/')[2]}&record={record_id}",
        "jobs": "/jobs",
        "job": "/jobs/1",
        "server": "/server",
        "albums": "/albums",
    }


def shoot_all(browser: Browser, site: Site, addresses: dict[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in SCHEMES:
        for size in SIZES:
            context = opened(browser, site, size, scheme)
            page = context.new_page()
            for name, address in addresses.items():
                show(page, address)
                (folder / f"{name}-{size}-{scheme}.png").write_bytes(page.screenshot())
            context.close()


def shoot_for_documents(
    browser: Browser, site: Site, addresses: dict[str, str], folder: Path
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in SHOWN.items():
        context = opened(browser, site, size, "light")
        page = context.new_page()
        show(page, addresses[name])
        with Image.open(io.BytesIO(page.screenshot())) as image:
            image.convert("RGB").save(folder / f"{name}.webp", quality=QUALITY, method=6)
        context.close()


def opened(browser: Browser, site: Site, size: str, scheme: str) -> BrowserContext:
    width, height = SIZES[size]
    return browser.new_context(
        storage_state=site.state,
        base_url=site.url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )


def show(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(PAUSE)


if __name__ == "__main__":
    main()
