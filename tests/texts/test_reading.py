"""The text in records' images: read, kept, found and told."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from attrs import evolve

from photomill.collections.collection import Collection
from photomill.collections.collection_jobs import unreadable_records
from photomill.collections.model import (
    ById,
    ByImage,
    ByText,
    DuplicateKind,
    NewRecord,
    SearchOptions,
)
from photomill.collections.texts.texts import TextsReport
from photomill.components import TextLine
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.errors import PluginUnavailable
from photomill.images.image import Image
from photomill.importing import ImportOptions
from photomill.jobs.model import JobState
from photomill.sources import BytesSource
from photomill_ocr_reader.reader import OcrReader

from .conftest import open_engine
from .drawing import invoice, photographed, receipt, saved, sign, window

MONDAY = receipt([("Rye bread", "3.40"), ("Butter croissant", "1.90")], "5.30")
TUESDAY = receipt(
    [("Rye bread", "3.40"), ("Butter croissant", "3.80")], "7.20", date="13.03.2024", number="48977"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with four images."""
    photos = tmp_path / "photos"
    photos.mkdir()
    images = {
        "invoice": saved(invoice("20241170", "480.00")),
        "receipt": saved(photographed(MONDAY), quality=85),
        "sign": saved(sign("HARBOUR"), quality=85),
        "window": saved(window()),
    }
    for name, data in images.items():
        suffix = "jpg" if data.startswith(b"\xff\xd8") else "png"
        (photos / f"{name}.{suffix}").write_bytes(data)
    return photos


def insert(collection: Collection, **images: bytes) -> None:
    report = collection.insert(
        [NewRecord(name, BytesSource(data)) for name, data in images.items()]
    )
    assert not report.skipped


def found(collection: Collection, text: str) -> list[str]:
    result = collection.search(ByText(text), SearchOptions(limit=10))
    return [hit.id for hit in result.hits]


def kinds(collection: Collection) -> dict[str, str]:
    return {Path(record.id).stem: record.kind for record in collection.iterate()}


KINDS = {"invoice": "document", "receipt": "document", "sign": "photo", "window": "screenshot"}


def test_what_is_inserted_is_read_and_found(collection: Collection) -> None:
    insert(collection, sign=saved(sign("HARBOUR")), window=saved(window()))

    sign_record, window_record = collection.get(["sign", "window"])

    assert sign_record is not None
    assert sign_record.text == "HARBOUR"
    assert window_record is not None
    assert "parcel" in window_record.text
    assert found(collection, "harbour") == ["sign"]
    assert found(collection, "a parcel") == ["window"]
    assert collection.search(ByText("harbour")).channels == ["text"]


def test_numbers_are_found_too(collection: Collection) -> None:
    insert(collection, one=saved(invoice("20241170", "480.00")), other=saved(MONDAY))

    assert found(collection, "20241170") == ["one"]
    assert found(collection, "invoice 20241170")[0] == "one"


def test_kinds_are_a_facet_and_a_filter(collection: Collection) -> None:
    insert(
        collection, bill=saved(invoice("1", "2")), chat=saved(window()), wall=saved(sign("QUAY"))
    )

    assert collection.facet("kind") == [("document", 1), ("photo", 1), ("screenshot", 1)]
    assert collection.ids({"kind": "screenshot"}) == ["chat"]
    # The text itself is searched by words, and is no attribute.
    assert collection.facet("text") == []


def test_an_attribute_of_the_name_is_the_user_s(collection: Collection) -> None:
    collection.insert([NewRecord("bill", BytesSource(saved(window())), {"kind": "mine"})])

    assert collection.facet("kind") == [("mine", 1)]


def test_without_being_asked_nothing_is_read(engine: Engine) -> None:
    plain = engine.collections.open(engine.collections.create("plain").id)
    insert(plain, sign=saved(sign("HARBOUR")))

    (record,) = plain.find()

    assert (record.text, record.kind) == ("", "")
    assert plain.texts.count() == 0
    assert found(plain, "harbour") == []


def test_a_job_reads_what_was_there_before(engine: Engine, folder: Path) -> None:
    info = engine.collections.create("before")
    engine.importing.run(info.id, [folder])
    opened = engine.collections.open(info.id)
    engine.collections.set_texts(info.id, True)

    report = engine.reading.run(info.id)

    assert (report.read, report.with_text, report.unreadable) == (4, 4, [])
    assert kinds(opened) == KINDS
    assert [Path(each).stem for each in found(opened, "harbour")] == ["invoice", "sign"]
    assert engine.reading.run(info.id).read == 0


def test_imports_are_read_too(engine: Engine, collection: Collection, folder: Path) -> None:
    engine.importing.run(collection.info.id, [folder])

    assert kinds(collection) == KINDS


def test_an_original_that_is_gone_is_told_and_hinders_nothing(engine: Engine, folder: Path) -> None:
    info = engine.collections.create("before")
    engine.importing.run(info.id, [folder])
    (folder / "sign.jpg").unlink()

    report = engine.reading.run(info.id)

    assert report.read == 3
    ((record_id, reason),) = report.unreadable
    assert Path(record_id).stem == "sign"
    assert "cannot be read" in reason


def test_a_cancelled_job_goes_on_where_it_stopped(engine: Engine, folder: Path) -> None:
    info = engine.collections.create("before")
    engine.importing.run(info.id, [folder])

    engine.reading.run(info.id, stop=lambda: True)
    engine.reading.run(info.id)

    assert kinds(engine.collections.open(info.id)) == KINDS


def test_what_was_read_outlives_a_restart_and_being_dropped(data_dir: Path) -> None:
    with open_engine(data_dir) as engine:
        info = engine.collections.create("papers", texts=True)
        opened = engine.collections.open(info.id)
        insert(opened, sign=saved(sign("HARBOUR")), bill=saved(MONDAY))
        opened.drop(["sign"])
        assert found(opened, "harbour") == []
    with open_engine(data_dir) as engine:
        opened = engine.collections.open(info.id)
        assert opened.info.texts
        opened.restore(["sign"])
        assert found(opened, "harbour") == ["sign"]
        assert [record.kind for record in opened.find()] == ["photo", "document"]


def test_two_receipts_are_not_one_and_two_copies_are(collection: Collection) -> None:
    insert(collection, monday=saved(MONDAY), copy=saved(MONDAY, quality=60, size=0.8))
    insert(collection, tuesday=saved(TUESDAY))

    near = collection.near_duplicates(ById("monday"))

    kinds = {hit.id: hit.kind for hit in near.hits}
    assert kinds["copy"] is DuplicateKind.NEAR
    assert kinds["tuesday"] is DuplicateKind.SIMILAR


def test_the_next_receipt_of_a_shop_is_inserted_and_a_copy_is_refused(
    collection: Collection,
) -> None:
    insert(collection, monday=saved(MONDAY))

    def refused(name: str, data: bytes) -> bool:
        report = collection.insert(
            [NewRecord(name, BytesSource(data))], near_radius=40.0, near_kind=DuplicateKind.NEAR
        )
        return bool(report.skipped)

    assert refused("copy", saved(MONDAY, quality=60))
    assert not refused("tuesday", saved(TUESDAY))


def test_an_image_to_search_by_is_not_read(collection: Collection) -> None:
    insert(collection, monday=saved(MONDAY))

    result = collection.near_duplicates(ByImage(BytesSource(saved(MONDAY, quality=60))))

    assert [hit.kind for hit in result.hits] == [DuplicateKind.NEAR]


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Engine]:
    """An engine without the model."""
    settings = load_settings(environ={}, overrides={"photomill.data_dir": str(tmp_path / "bare")})
    with Engine.open(settings) as engine:
        yield engine


def test_without_the_model_the_command_is_named(bare: Engine) -> None:
    info = bare.collections.create("papers")
    for wanted in (
        lambda: bare.collections.create("more", texts=True),
        lambda: bare.collections.set_texts(info.id, True),
        lambda: bare.reading.submit(info.id),
    ):
        with pytest.raises(PluginUnavailable, match="photomill models add ocr"):
            wanted()


def test_where_the_model_was_taken_away_records_are_inserted_and_read_later(
    data_dir: Path,
) -> None:
    with open_engine(data_dir) as engine:
        info = engine.collections.create("papers", texts=True)
    (data_dir / "models" / "ocr").rename(data_dir / "away")
    with open_engine(data_dir) as engine:
        opened = engine.collections.open(info.id)
        report = opened.insert([NewRecord("sign", BytesSource(saved(sign("HARBOUR"))))])
        (note,) = report.notes["sign"]
        assert note.startswith("its text was not read: ")
        assert [each.id for each in opened.texts.unread()] == ["sign"]


def test_a_record_is_worth_having_where_the_reader_fails(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = engine.collections.open(engine.collections.create("papers", texts=True).id)
    read = OcrReader._read

    def beyond(reader: OcrReader, image: Image) -> Sequence[TextLine]:
        return [evolve(line, left=2.0) for line in read(reader, image)]

    monkeypatch.setattr(OcrReader, "_read", beyond)
    report = opened.insert([NewRecord("sign", BytesSource(saved(sign("HARBOUR"))))])
    assert report.inserted == ["sign"]
    (note,) = report.notes["sign"]
    assert note.startswith("its text was not read: ")
    assert note.endswith("returned a line beyond the image")
    assert [each.id for each in opened.texts.unread()] == ["sign"]


def test_a_submitted_job_is_done_by_whoever_works(engine: Engine, folder: Path) -> None:
    info = engine.collections.create("before")
    engine.importing.run(info.id, [folder], ImportOptions())
    engine.jobs.start()

    job = engine.jobs.wait(engine.reading.submit(info.id).number, 250)

    assert job.state is JobState.DONE
    assert job.result == {"read": 4, "with_text": 4, "unreadable": 0}


def test_a_job_names_the_originals_that_it_could_not_read(engine: Engine, folder: Path) -> None:
    info = engine.collections.create("before")
    engine.importing.run(info.id, [folder], ImportOptions())
    gone = next(each for each in sorted(folder.rglob("*")) if each.is_file())
    gone.unlink()
    engine.jobs.start()

    job = engine.jobs.wait(engine.reading.submit(info.id).number, 250)

    assert (job.state, (job.result or {})["unreadable"]) == (JobState.DONE, 1)
    (told,) = unreadable_records(engine.jobs, job.number)
    assert told.id == gone.relative_to(folder).as_posix()
    assert "cannot be read" in told.error


def test_images_count_once_where_a_worker_ends_before_its_report_is_stored(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = engine.collections.create("before")
    engine.importing.run(info.id, [folder], ImportOptions())
    read = Collection.read_texts
    ended: list[TextsReport] = []

    def end_once(collection: Collection, ids: Sequence[str]) -> TextsReport:
        report = read(collection, ids)
        if not ended:
            ended.append(report)
            raise RuntimeError("the worker ends")
        return report

    monkeypatch.setattr(Collection, "read_texts", end_once)
    engine.jobs.start()

    job = engine.jobs.wait(engine.reading.submit(info.id).number, 250)

    assert ended[0].read == 4
    assert job.result == {"read": 4, "with_text": 4, "unreadable": 0}
