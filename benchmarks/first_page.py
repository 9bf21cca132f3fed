"""First page: what a browser transfers and how long it waits, from a cold start with a folder of photos.

Starts ``photomill quickstart`` with an empty data folder, opens the link that it prints in a Chromium with an empty cache, and
goes on to the collection. Tells the seconds from the start of the command to the first image on the screen, and of
the collection's page the requests and bytes as they are transferred, images apart.

    python benchmarks/first_page.py --photos ../shared/photos --chromium /usr/bin/chromium
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

MOST_BYTES = 150_000
"""Without the images."""


def main() -> None:
    arguments = parsed()
    with tempfile.TemporaryDirectory() as data_dir:
        command = [sys.executable, "-m", "photomill_cli", "quickstart", "--port", "0"]
        command += ["--photos", str(arguments.photos), "--data-dir", data_dir]
        started = time.perf_counter()
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            link = printed_link(server)
            served = time.perf_counter() - started
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=str(arguments.chromium), args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                transfers = measured(page, link)
                shown = time.perf_counter() - started
                browser.close()
        finally:
            server.terminate()
            server.communicate()
    print(f"served after {served:.1f} s, first images after {shown:.1f} s")
    rest = 0
    for kind in sorted({kind for kind, _ in transfers}):
        sizes = [size for each, size in transfers if each == kind]
        print(f"{kind:<12}{len(sizes):>5} requests{sum(sizes):>10} bytes")
        rest += 0 if kind == "Image" else sum(sizes)
    print(f"without images {rest} bytes of {MOST_BYTES}")
    sys.exit(rest > MOST_BYTES)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="a folder")
    parser.add_argument("--chromium", type=Path, default=Path("/usr/bin/chromium"))
    return parser.parse_args()


def printed_link(server: "subprocess.Popen[str]") -> str:
    assert server.stdout is not None  # it is a pipe
    for line in server.stdout:
        if line.startswith("Open this"):
            return line.split()[2]
    raise SystemExit("the server printed no link")


def measured(page: Page, link: str) -> list[tuple[str, int]]:
    """The kinds and bytes of what the collection's page transfers until images stand on it; the cache is empty before."""
    page.goto(link)
    address = page.locator("a[href^='/library/']").first.get_attribute("href")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    kinds: dict[str, str] = {}
    transfers: list[tuple[str, int]] = []

    def received(event: Any) -> None:
        kinds[event["requestId"]] = event["type"]

    def finished(event: Any) -> None:
        kind = kinds.get(event["requestId"], "Other")
        transfers.append((kind, int(event["encodedDataLength"])))

    session.on("Network.responseReceived", received)
    session.on("Network.loadingFinished", finished)
    page.goto(f"{link.partition('/sign-in')[0]}{address}")
    page.locator(".tile img").first.wait_for()
    page.wait_for_load_state("networkidle")
    return transfers


if __name__ == "__main__":
    main()
