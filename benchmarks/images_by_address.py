"""Images by address: the CPU of a hit, and what a miss costs beyond the edit itself.

Serves one image through the application, in this process. A hit's processor time is that of the whole process, divided by
the requests. Misses take turns with direct edits of the same size; the median of the differences counts.

    python benchmarks/images_by_address.py --photo photo.jpg --hits 2000 --misses 60
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import httpx

from photomill import EditRequest, Engine, Pixels, Resizing, UriSource, Webp, load_settings
from photomill.components.output import Output
from photomill.testing.sample_images import encode
from photomill.testing.scenes import scene
from photomill_http.app import create_app
from photomill_http.settings import http_settings

SOURCE = "storage://shop/photo.jpg"


async def measure(engine: Engine, hits: int, misses: int) -> None:
    app = create_app(engine, http_settings(engine.settings))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        kept = engine.image_urls.url(SOURCE, "w_400,f_webp")
        shown = await client.get(kept)
        shown.raise_for_status()
        started = time.process_time()
        for _ in range(hits):
            await client.get(kept)
        hit = (time.process_time() - started) / hits
        started = time.process_time()
        for _ in range(hits):
            await client.get("/healthz")
        least = (time.process_time() - started) / hits
        print(f"hit of {len(shown.content)} bytes: {1e3 * hit:.2f} ms of CPU with the client,")
        print(f"of which /healthz takes {1e3 * least:.2f}")

        differences, direct = [], []
        for number in range(misses):
            width = 300 + number
            request = EditRequest(
                resizing=Resizing(width=Pixels(width), enlarge=False), output=Output(Webp(78))
            )
            started = time.perf_counter()
            await asyncio.to_thread(engine.editing.edit, UriSource(SOURCE), request)
            alone = time.perf_counter() - started
            url = engine.image_urls.url(SOURCE, f"w_{width},f_webp")
            started = time.perf_counter()
            (await client.get(url)).raise_for_status()
            differences.append(time.perf_counter() - started - alone)
            direct.append(alone)
    print(f"direct edit: {1e3 * statistics.median(direct):.1f} ms")
    print(f"a miss beyond it: {1e3 * statistics.median(differences):.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photo", type=Path, help="without it, a drawn image")
    parser.add_argument("--hits", type=int, default=2000)
    parser.add_argument("--misses", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder, "shop")
        shop.mkdir()
        given = arguments.photo
        data = given.read_bytes() if given else encode(scene(1, 1600, 1200), "jpeg", quality=90)
        (shop / "photo.jpg").write_bytes(data)
        overrides = {
            "photomill.data_dir": f"{folder}/data",
            "storages.shop": {"use": "local", "options": {"root": str(shop)}},
        }
        with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
            asyncio.run(measure(engine, arguments.hits, arguments.misses))


if __name__ == "__main__":
    main()
