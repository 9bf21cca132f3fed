"""The table of what each journey costs, in the architecture page, counted."""

import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from attrs import frozen
from PIL import Image

from photomill import (
    BytesSource,
    Engine,
    GroupingConstraints,
    NewRecord,
    PathInputs,
    SearchOptions,
    load_settings,
)
from photomill.collections.model import ById, ByImage
from photomill.editing.child import open_handlers
from photomill.editing.request import EditRequest, Pixels, Resizing
from photomill.sandbox.process import Call
from photomill.sandbox.sandbox import Sandbox
from photomill_descriptor.embedder import Descriptor
from photomill_vips_decoder import VipsDecoder

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
ROW = re.compile(r"^\| ([^|]+?) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", re.MULTILINE)
SMALL = EditRequest(resizing=Resizing(Pixels(100), "auto"))
IMAGES = 4


@frozen
class _EngineSide:
    """Answers what work asks of the engine, as the engine does."""

    call: Call[Any]
    held: ExitStack

    def ask(self, question: Mapping[str, Any], *parts: Any) -> Mapping[str, Any]:
        return self.call.answer(question, parts, self.held)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    found: Counter[str] = Counter()

    def counting(kind: type, method: str, count: Callable[..., Counter[str]]) -> None:
        whole = getattr(kind, method)

        def counted(self: Any, *given: Any) -> Any:
            found.update(count(*given))
            return whole(self, *given)

        monkeypatch.setattr(kind, method, counted)

    def reads(shrunk: Any) -> Counter[str]:
        return Counter({"shrunk" if shrunk else "full": 1})

    counting(VipsDecoder, "decode", lambda data, format, side, limits: reads(side))
    counting(VipsDecoder, "load", lambda data, format, size, limits: reads(size))
    counting(Descriptor, "_embed", lambda images: Counter({"embedded": len(images)}))
    return found


@pytest.fixture
def engine(
    counts: Counter[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """An engine that does in this process what the sandbox does in others, where it can be counted."""
    overrides = {"photomill.data_dir": str(tmp_path / "data"), "embedders.main.use": "descriptor"}
    settings = load_settings(environ={}, overrides=overrides)
    lock = threading.Lock()
    with Engine.open(settings) as engine:
        handlers = open_handlers(engine.components.tools(), settings.images, settings.editing)

        def call_here(sandbox: Sandbox, call: Call[Any], *, interactive: bool = True) -> Any:
            counts["calls"] += 1
            with lock, ExitStack() as held:
                side: Any = _EngineSide(call, held)
                answer, parts = handlers[call.verb](call.request, [*call.parts], side)
                return call.read(answer, [bytes(part) for part in parts])

        monkeypatch.setattr(Sandbox, "call", call_here)
        engine.jobs.start()
        yield engine


def photo(seed: int) -> bytes:
    tiles = Image.frombytes("RGB", (8, 6), Random(seed).randbytes(8 * 6 * 3))
    file = io.BytesIO()
    tiles.resize((1600, 1200), Image.Resampling.BICUBIC).save(file, "JPEG")
    return file.getvalue()


def files(engine: Engine) -> list[str]:
    folder = engine.settings.data_dir.parent / "photos"
    folder.mkdir()
    for seed in range(IMAGES):
        (folder / f"{seed}.jpg").write_bytes(photo(seed))
    return [str(path) for path in sorted(folder.iterdir())]


def insert(engine: Engine) -> int:
    photos = engine.collections.open(engine.collections.create("photos").id)
    photos.insert([NewRecord(f"{seed}", BytesSource(photo(seed))) for seed in range(IMAGES)])
    return IMAGES


def search_by_image(engine: Engine) -> int:
    photos = engine.collections.open(engine.collections.create("photos").id)
    photos.search(ByImage(BytesSource(photo(1))), SearchOptions())
    return 1


def search_by_id(engine: Engine) -> int:
    photos = engine.collections.open(engine.collections.create("photos").id)
    vector = np.eye(1, engine.components.embedder("main").dimension, dtype=np.float32)[0]
    photos.insert([NewRecord("a", vector=vector)])
    photos.search(ById("a"), SearchOptions())
    return 1


def edit(engine: Engine) -> int:
    engine.editing.edit(BytesSource(photo(1)), SMALL)
    return 1


def edit_files(engine: Engine) -> int:
    edit = engine.file_editing.find(files(engine), SMALL, f"{engine.settings.data_dir}-out/")
    assert engine.file_editing.run(edit).edited == IMAGES
    return IMAGES


def edit_batch(engine: Engine) -> int:
    folder = Path(files(engine)[0]).parent
    engine.storages.operator.create("photos", "local", {"path": str(folder)})
    job = engine.editing.submit(["storage://photos/"], SMALL)
    assert engine.jobs.wait(job.number, 120).progress.done == IMAGES
    return IMAGES


def group(engine: Engine) -> int:
    job = engine.grouping.submit(PathInputs(files(engine)), GroupingConstraints(2))
    assert engine.jobs.wait(job.number, 120).progress.done == IMAGES
    return IMAGES


def upload(engine: Engine) -> int:
    owner = engine.albums.owners.create("Ann").owner
    album = engine.albums.groups.create(owner)
    added = engine.albums.uploads.add(album, io.BytesIO(photo(1)), "a.jpg")
    for job in engine.jobs.list_jobs(owner=owner.id):
        engine.jobs.wait(job.number, 120)
    assert engine.albums.photos.get(added.id).state == "ready"
    return 1


JOURNEYS: Mapping[str, Callable[[Engine], int]] = {
    "a record that is inserted": insert,
    "a search by an image (`visualKNN`)": search_by_image,
    "a search by a record's id": search_by_id,
    "an edit of an upload": edit,
    "an image of a batch": edit_batch,
    "a file of `photomill edit`": edit_files,
    "an image that is grouped": group,
    "a photo that is uploaded to a group": upload,
}


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_journey_costs_what_the_page_says(
    engine: Engine, counts: Counter[str], journey: str
) -> None:
    said = {
        name: tuple(map(int, numbers)) for name, *numbers in ROW.findall(PAGE.read_text("utf-8"))
    }
    images = JOURNEYS[journey](engine)
    found = tuple(counts[each] / images for each in ("calls", "full", "shrunk", "embedded"))
    assert found == said[journey]


def test_the_page_has_no_other_journeys() -> None:
    assert [name for name, *_ in ROW.findall(PAGE.read_text("utf-8"))] == list(JOURNEYS)
