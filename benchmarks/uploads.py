"""What one photo of a group costs: processor time from its upload until its derivatives are made and it is embedded.

Of the engine's process and its sandboxes together. Beside another version, where its checkout is named: the two take turns.

    python benchmarks/uploads.py --photos ../shared/photos --count 12 --rounds 4 --against ../old
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from PIL import Image, ImageOps

SIZE = 4000, 3000

# Uploads the files of each line that it reads, waits for them, and prints the milliseconds of processor time a photo.
UPLOADER = """
import json, os, resource, sys, time
from pathlib import Path
from photomill.config.load import load_settings
from photomill.engine import Engine

def children_of(pid):
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))
            found.extend(children_of(int(folder.name)))
    return found

def used():
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + sum(children_of(os.getpid()))

engine = Engine.open(load_settings(environ={}, overrides=json.loads(sys.argv[1])))
albums = engine.albums
owner = albums.owners.create("Ann").owner
group = albums.groups.create(owner)
engine.jobs.start()
listed = getattr(engine.jobs, "list_jobs", None) or engine.jobs.list
for line in sys.stdin:
    paths = json.loads(line)
    before = used()
    added = []
    for path in paths:
        with open(path, "rb") as file:
            added.append(albums.uploads.add(group, file, path))
    for job in listed(owner=owner.id, limit=10_000):
        engine.jobs.wait(job.number, 600)
    states = {albums.photos.get(each.id).state for each in added}
    assert states == {"ready"}, states
    found = engine.collections.open(owner.collection).get([each.id for each in added])
    assert None not in found
    print(1000 * (used() - before) / len(paths), flush=True)
engine.close()
"""


def photos(folder: Path, count: int, to: Path) -> list[str]:
    """Photos of twelve megapixels, made of those of a folder."""
    originals = sorted(
        each for each in folder.rglob("*") if each.suffix.lower() in (".jpg", ".jpeg")
    )
    made = []
    for number in range(count):
        with Image.open(originals[number % len(originals)]) as opened:
            photo = ImageOps.fit(opened.convert("RGB"), SIZE)
        made.append(str(to / f"{number}.jpg"))
        photo.save(made[-1], quality=90)
    return made


@contextmanager
def uploader(checkout: Path | None, data_dir: str) -> Iterator[subprocess.Popen[str]]:
    """A process of this version, or of another one's checkout."""
    overrides = '{"photomill.data_dir": "%s", "images.processes": 1, "editing.processes": 1}'
    roots = [] if checkout is None else [checkout / "core", *checkout.glob("[ap]*s/*/")]
    process = subprocess.Popen(
        [sys.executable, "-c", UPLOADER, overrides % data_dir],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=data_dir,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))},
    )
    try:
        yield process
    finally:
        process.communicate()


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12, help="photos a round")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--against", type=Path, help="the checkout of another version")
    asked = parser.parse_args(words)
    versions: dict[str, Path | None] = {"this version": None}
    if asked.against is not None:
        versions[str(asked.against)] = asked.against.absolute()
    costs: dict[str, list[float]] = {name: [] for name in versions}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        paths = photos(asked.photos, asked.count * asked.rounds + 2, Path(folder))
        running = {
            name: stack.enter_context(uploader(checkout, tempfile.mkdtemp(dir=folder)))
            for name, checkout in versions.items()
        }
        for process in running.values():
            ask(process, paths[:2])
        for turn in range(asked.rounds):
            some = paths[2 + turn * asked.count :][: asked.count]
            for name, process in running.items():
                costs[name].append(ask(process, some))
    for name, each in costs.items():
        least, most = min(each), max(each)
        print(f"{name}: {statistics.median(each):.0f} ms a photo ({least:.0f} to {most:.0f})")


def ask(process: subprocess.Popen[str], paths: list[str]) -> float:
    """Have photos uploaded."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(paths) + "\n")
    process.stdin.flush()
    return float(process.stdout.readline())


if __name__ == "__main__":
    main()
