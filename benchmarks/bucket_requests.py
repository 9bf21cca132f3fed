"""Requests to a bucket that an imported image takes: counted in a real import from SeaweedFS."""

import json
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spread_import import draw

from photomill.config.load import load_settings
from photomill.engine import Engine

IMAGES = 24
BUCKET = "counted"
SEAWEED = Path(__file__).parents[1] / "tests" / "services" / "seaweed.py"


def counted_requests(folder: str) -> dict[str, float] | None:
    """By method; None where there is no service to ask. For a process of its own: it counts all that is sent."""
    if not shutil.which("weed", path=sysconfig.get_path("scripts")):
        return None
    photos = Path(folder) / "few"
    draw(photos, IMAGES)
    with service(Path(folder) / "bucket") as known:
        fill(known, photos)
        overrides: dict[str, Any] = {
            "photomill.data_dir": str(Path(folder) / "counting"),
            "thumbnails.storage": "thumbs",
            "storages.originals": storage(known, "originals"),
            "storages.thumbs": storage(known, "thumbs"),
        }
        with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
            collection = engine.collections.create("counted")
            with counting() as count:
                report = engine.importing.run(collection.id, ["storage://originals/"])
    if report.inserted != IMAGES:
        raise RuntimeError(f"the import went wrong: {report}")
    return {method: round(number / IMAGES, 2) for method, number in count.items()}


def storage(known: dict[str, str], path: str) -> dict[str, Any]:
    return {"use": "s3", "options": {**known, "bucket": BUCKET, "path": path}}


@contextmanager
def service(folder: Path) -> Iterator[dict[str, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(SEAWEED), str(port), str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline().partition(" ")[2])
        process.communicate()


def fill(known: dict[str, str], photos: Path) -> None:
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=known["endpoint"],
        region_name="us-east-1",
        aws_access_key_id=known["access_key"],
        aws_secret_access_key=known["secret_key"],
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )
    client.create_bucket(Bucket=BUCKET)
    for each in photos.iterdir():
        client.put_object(Bucket=BUCKET, Key=f"originals/{each.name}", Body=each.read_bytes())
    client.close()


@contextmanager
def counting() -> Iterator[Counter[str]]:
    from botocore.httpsession import URLLib3Session

    count: Counter[str] = Counter()
    send = URLLib3Session.send

    def counted(self: Any, request: Any) -> Any:
        count[request.method] += 1
        return send(self, request)

    URLLib3Session.send = counted
    yield count
    URLLib3Session.send = send
