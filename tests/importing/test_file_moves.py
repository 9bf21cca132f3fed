"""Moving the files of near-duplicates to a folder and back, with real files, kills and read-only folders."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from inspect import getsource
from pathlib import Path
from shutil import copyfile, copytree
from typing import Any

import pytest

from photomill import (
    BytesSource,
    Collection,
    Conflict,
    DuplicateKind,
    Engine,
    InvalidInput,
    MoveReport,
    NewRecord,
    NotFound,
    files_of_clusters,
    files_of_dropped,
    find_images,
    import_images,
    load_settings,
    move_files,
    undo_moves,
)
from photomill.importing.undo_file import open_undo_file
from photomill.testing.scenes import scene


def open_engine(data_dir: Path) -> Engine:
    overrides = {
        "photomill.data_dir": str(data_dir),
        "embedders.main": {"use": "descriptor"},
        "images.processes": 1,
    }
    return Engine.open(load_settings(environ={}, overrides=overrides))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three images, the first two with copies: ``copies/`` has the same names."""
    folder = tmp_path / "photos"
    (folder / "copies").mkdir(parents=True)
    (folder / "more").mkdir()
    for number in range(3):
        scene(number, 480, 360).save(folder / f"{number}.jpg", quality=90)
    for number in range(2):
        copyfile(folder / f"{number}.jpg", folder / "copies" / f"{number}.jpg")
    scene(0, 480, 360).resize((320, 240)).save(folder / "more" / "0.jpg", quality=90)
    return folder


@pytest.fixture
def collection(tmp_path: Path, photos: Path) -> Iterator[Collection]:
    with open_engine(tmp_path / "data") as engine:
        collection = engine.collections.open(engine.collections.create("test").id)
        import_images(collection, find_images([photos]))
        yield collection


@pytest.fixture
def aside(tmp_path: Path) -> Path:
    return tmp_path / "aside"


def move(collection: Collection, folder: Path, **options: Any) -> MoveReport:
    page = collection.duplicate_clusters(kind=DuplicateKind.NEAR)
    return move_files(collection, files_of_clusters(collection, page.clusters), folder, **options)


def tree(folder: Path) -> dict[str, bytes]:
    """Files below a folder, without undo files."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".jsonl"
    }


def reasons(report: MoveReport) -> dict[str, str]:
    return {each.record: each.reason for each in report.not_moved}


SUPERFLUOUS = ["copies/0.jpg", "copies/1.jpg", "more/0.jpg"]


def test_files_are_moved_and_their_records_dropped(
    collection: Collection, photos: Path, aside: Path
) -> None:
    before, records = tree(photos), collection.find(limit=None)
    report = move(collection, aside)
    assert report.not_moved == []
    assert [each.record for each in report.moved] == SUPERFLUOUS
    assert tree(aside) == {name: before[name] for name in SUPERFLUOUS}
    assert tree(photos) == {name: data for name, data in before.items() if name not in tree(aside)}
    assert set(collection.ids()) == {"0.jpg", "1.jpg", "2.jpg"}
    assert report.undo_file is not None
    undone = undo_moves(collection, report.undo_file)
    assert (len(undone.moved), undone.not_moved) == (3, [])
    assert tree(photos) == before
    assert tree(aside) == {}
    assert collection.find(limit=None) == records
    # Once more changes nothing.
    again = undo_moves(collection, report.undo_file)
    assert (again.moved, again.not_moved) == ([], [])


def test_a_dry_run_says_what_would_be_done(
    collection: Collection, photos: Path, aside: Path
) -> None:
    before = tree(photos)
    planned = move(collection, aside, dry_run=True)
    assert not aside.exists()
    assert tree(photos) == before
    assert collection.count() == 6
    assert planned.moved == move(collection, aside).moved


def test_names_that_are_taken_are_told_apart(
    collection: Collection, tmp_path: Path, aside: Path
) -> None:
    others = tmp_path / "others"
    (others / "copies").mkdir(parents=True)
    copyfile(tmp_path / "photos" / "1.jpg", others / "copies" / "1.JPG")
    (aside / "copies").mkdir(parents=True)
    (aside / "copies" / "0.jpg").write_bytes(b"somebody's")
    import_images(collection, find_images([others]))
    planned = move(collection, aside, dry_run=True)
    report = move(collection, aside)
    assert planned.moved == report.moved
    assert {each.record: str(each.target.relative_to(aside)) for each in report.moved} == {
        "copies/0.jpg": "copies/0 (2).jpg",
        "copies/1.jpg": "copies/1.jpg",
        "copies/1.JPG": "copies/1 (2).JPG",
        "more/0.jpg": "more/0.jpg",
    }
    assert (aside / "copies" / "0.jpg").read_bytes() == b"somebody's"


def test_a_file_that_changed_stays(collection: Collection, photos: Path, aside: Path) -> None:
    (photos / "copies" / "0.jpg").write_bytes(b"short")
    changed = bytearray((photos / "copies" / "1.jpg").read_bytes())
    changed[-100] ^= 0xFF
    (photos / "copies" / "1.jpg").write_bytes(changed)
    (photos / "more" / "0.jpg").unlink()
    before = tree(photos)
    report = move(collection, aside)
    assert report.moved == []
    found = reasons(report)
    assert found["copies/0.jpg"].startswith("the file changed: 5 bytes instead of ")
    assert found["copies/1.jpg"].startswith("the file changed: ")
    assert found["more/0.jpg"] == "the file is not there"
    assert tree(photos) == before
    assert collection.count() == 6
    assert not aside.exists()


def test_nothing_is_moved_whose_other_file_is_not_there(
    collection: Collection, photos: Path, aside: Path
) -> None:
    (photos / "0.jpg").unlink()
    (photos / "1.jpg").write_bytes(b"other")
    report = move(collection, aside)
    assert report.moved == []
    found = reasons(report)
    assert found["copies/0.jpg"] == "of 0.jpg, which is to be kept: the file is not there"
    assert found["copies/1.jpg"].startswith("of 1.jpg, which is to be kept: the file changed")


def test_links_are_not_followed(collection: Collection, photos: Path, aside: Path) -> None:
    (photos / "copies").rename(photos.parent / "elsewhere")
    (photos / "copies").symlink_to(photos.parent / "elsewhere")
    (photos / "more" / "0.jpg").rename(photos.parent / "real.jpg")
    (photos / "more" / "0.jpg").symlink_to(photos.parent / "real.jpg")
    report = move(collection, aside)
    assert reasons(report) == {
        "copies/0.jpg": "the folder 'copies' is a symbolic link",
        "copies/1.jpg": "the folder 'copies' is a symbolic link",
        "more/0.jpg": "the file is a symbolic link",
    }


def test_what_was_not_imported_from_a_folder_stays(
    collection: Collection, photos: Path, tmp_path: Path, aside: Path
) -> None:
    """A client may write what it likes into ``_file``."""
    data = (photos / "2.jpg").read_bytes()
    private = tmp_path / "private" / "2.jpg"
    private.parent.mkdir()
    private.write_bytes(data)
    outside = str(private)
    around = f"{photos}/../private/2.jpg"
    collection.insert(
        [
            NewRecord("outside", BytesSource(data), {"_file": outside}),
            NewRecord("around", BytesSource(data), {"_file": around}),
            NewRecord("bytes", BytesSource(data)),
            NewRecord("root", BytesSource(data), {"_file": str(photos)}),
        ]
    )
    page = collection.duplicate_clusters(kind=DuplicateKind.EXACT, filter={"_id": {"$nin": []}})
    report = move_files(collection, files_of_clusters(collection, page.clusters), aside)
    found = reasons(report)
    assert found["outside"] == f"{outside} is not below a folder that was imported"
    assert found["around"] == "it is not below the folder"
    assert found["bytes"] == "it was not imported from a file of this machine"
    assert found["root"] == f"{photos} is not below a folder that was imported"
    assert private.read_bytes() == data


def test_the_file_of_the_record_to_keep_is_never_moved(
    collection: Collection, photos: Path, tmp_path: Path, aside: Path
) -> None:
    """One folder was imported twice, the second time through a link."""
    alias = tmp_path / "alias"
    alias.symlink_to(photos)
    attributes = {"_file": str(alias / "2.jpg")}
    data = (photos / "2.jpg").read_bytes()
    collection.add_imported_folder(str(alias))
    collection.insert([NewRecord("again", BytesSource(data), attributes)])
    report = move(collection, aside)
    assert reasons(report)["again"] == "it is the file of 2.jpg, which is kept"
    assert (photos / "2.jpg").read_bytes() == data


def test_the_folder_is_not_one_that_is_imported(collection: Collection, photos: Path) -> None:
    for folder in (photos, photos / "more", photos / "more" / "deeper"):
        with pytest.raises(InvalidInput, match="next import would take the files in again"):
            move(collection, folder)
    assert len(move(collection, photos / ".dropped").moved) == 3
    report = import_images(collection, find_images([photos]))
    assert (report.inserted, report.present) == (0, 3)


def test_a_file_that_was_imported_by_itself_does_not_stand_for_its_folder(
    tmp_path: Path, photos: Path
) -> None:
    """Its folder may be moved to, as no import takes in what is there; the file itself may be moved, and no other."""
    below = photos / "aside"
    with open_engine(tmp_path / "data") as engine:
        collection = engine.collections.open(engine.collections.create("test").id)
        files = [photos / "copies" / "0.jpg", photos / "1.jpg"]
        import_images(collection, find_images(files))
        deeper = {"_file": str(photos / "more" / "0.jpg")}
        data = (photos / "more" / "0.jpg").read_bytes()
        collection.insert([NewRecord("deeper", BytesSource(data), deeper)])
        collection.drop(["0.jpg", "deeper"])
        before = tree(photos)
        report = move_files(collection, files_of_dropped(collection.dropped()), below)
        assert [(each.source, each.target) for each in report.moved] == [
            (photos / "copies" / "0.jpg", below / "0.jpg")
        ]
        assert reasons(report) == {
            "deeper": f"{photos / 'more' / '0.jpg'} is not below a folder that was imported"
        }
        assert report.undo_file is not None
        assert undo_moves(collection, report.undo_file).not_moved == []
        assert tree(photos) == before
        # Whichever was imported first, a folder that was imported counts.
        import_images(collection, find_images([photos]))
        import_images(collection, find_images(files))
        with pytest.raises(InvalidInput, match="next import would take the files in again"):
            move_files(collection, [], below)


def test_files_of_what_was_dropped_by_hand(
    collection: Collection, photos: Path, aside: Path
) -> None:
    collection.drop(["2.jpg", "copies/0.jpg"])
    report = move_files(collection, files_of_dropped(collection.dropped()), aside)
    assert tree(aside).keys() == {"2.jpg", "copies/0.jpg"}
    assert report.undo_file is not None
    undo_moves(collection, report.undo_file)
    assert tree(aside) == {}
    # They were dropped before their files were moved, and still are.
    assert collection.count_dropped() == 2


def again(collection: Collection, path: Path, record_id: str) -> None:
    """One more record of a file, as earlier versions made them of files that were named in two ways."""
    source = BytesSource(path.read_bytes())
    collection.insert([NewRecord(record_id, source, {"_file": str(path)})])


@pytest.mark.parametrize("dry_run", [False, True])
def test_the_file_of_a_record_that_is_kept_is_not_moved_for_a_dropped_one(
    collection: Collection, photos: Path, tmp_path: Path, aside: Path, dry_run: bool
) -> None:
    """By whatever path the other record knows it."""
    alias = tmp_path / "alias"
    alias.symlink_to(photos)
    link = tmp_path / "link.jpg"
    link.symlink_to(photos / "copies" / "0.jpg")
    again(collection, photos / "2.jpg", "other")
    again(collection, alias / "1.jpg", "through a folder")
    again(collection, link, "through a link")
    # Another name of the same bytes stays where it is.
    os.link(photos / "0.jpg", tmp_path / "second name.jpg")
    again(collection, tmp_path / "second name.jpg", "second name")
    collection.drop(["0.jpg", "1.jpg", "2.jpg", "copies/0.jpg"])
    before = tree(photos)
    dropped = files_of_dropped(collection.dropped())
    report = move_files(collection, dropped, aside, dry_run=dry_run)
    assert reasons(report) == {
        "1.jpg": "it is the file of through a folder, which is kept",
        "2.jpg": "it is the file of other, which is kept",
        "copies/0.jpg": "it is the file of through a link, which is kept",
    }
    assert [each.record for each in report.moved] == ["0.jpg"]
    assert tree(photos) == {
        name: data for name, data in before.items() if dry_run or name != "0.jpg"
    }


@pytest.mark.parametrize("first", ["move", "drop"])
def test_a_file_of_two_superfluous_records_is_moved_once_for_both(
    collection: Collection, photos: Path, aside: Path, first: str
) -> None:
    before, path = tree(photos), photos / "copies" / "0.jpg"
    again(collection, path, "a second record")
    records = collection.find(limit=None)
    page = collection.duplicate_clusters(kind=DuplicateKind.EXACT)
    files = files_of_clusters(collection, page.clusters)
    if first == "drop":
        collection.drop([file.record.id for file in files])
        files = files_of_dropped(collection.dropped())
    planned = move_files(collection, files, aside, dry_run=True)
    report = move_files(collection, files, aside)
    assert report.moved == planned.moved
    assert report.not_moved == []
    assert [(each.record, each.target) for each in report.moved if each.source == path] == [
        ("copies/0.jpg", aside / "copies" / "0.jpg"),
        ("a second record", aside / "copies" / "0.jpg"),
    ]
    assert tree(aside).keys() == {"copies/0.jpg", "copies/1.jpg"}
    # No record points to nothing.
    assert all(Path(each.attributes["_file"]).exists() for each in collection.find(limit=None))
    assert report.undo_file is not None
    undone = undo_moves(collection, report.undo_file)
    assert (len(undone.moved), undone.not_moved, undone.not_restored) == (2, [], {})
    assert tree(photos) == before
    collection.restore([file.record.id for file in files])
    assert collection.find(limit=None) == records


def test_a_file_is_not_moved_of_which_one_record_is_not_looked_at(
    collection: Collection, photos: Path, aside: Path
) -> None:
    page = collection.duplicate_clusters(kind=DuplicateKind.EXACT)
    again(collection, photos / "copies" / "0.jpg", "not looked at")
    report = move_files(collection, files_of_clusters(collection, page.clusters), aside)
    assert reasons(report) == {"copies/0.jpg": "it is the file of not looked at, which is kept"}
    assert [each.record for each in report.moved] == ["copies/1.jpg"]


@pytest.mark.parametrize("there", [False, True])
def test_no_empty_folder_stays_where_nothing_was_moved(
    collection: Collection, photos: Path, aside: Path, there: bool
) -> None:
    folder = aside / "deep" / "er"
    if there:
        folder.mkdir(parents=True)
    assert move_files(collection, [], folder).moved == []
    for number in range(3):
        (photos / f"{number}.jpg").unlink()
    report = move(collection, folder)
    assert (report.moved, len(report.not_moved), report.undo_file) == ([], 3, None)
    assert folder.exists() == there
    assert aside.exists() == there


def test_undo_overwrites_nothing(collection: Collection, photos: Path, aside: Path) -> None:
    report = move(collection, aside)
    assert report.undo_file is not None
    (photos / "copies" / "0.jpg").write_bytes(b"new")
    (aside / "more" / "0.jpg").unlink()
    (photos / "copies" / "1.jpg").unlink(missing_ok=True)
    collection.empty_dropped(["copies/1.jpg"])
    undone = undo_moves(collection, report.undo_file)
    found = reasons(undone)
    assert found["copies/0.jpg"] == f"there is another file {photos / 'copies' / '0.jpg'}"
    assert found["more/0.jpg"] == f"there is no {aside / 'more' / '0.jpg'}"
    assert undone.not_restored["copies/1.jpg"] == (
        "moved back, but its record was removed for good: import the folder again"
    )
    assert (photos / "copies" / "0.jpg").read_bytes() == b"new"
    # What stands in the way may be taken away, and the rest undone.
    (photos / "copies" / "0.jpg").unlink()
    assert [each.record for each in undo_moves(collection, report.undo_file).moved] == [
        "copies/0.jpg"
    ]


def test_the_folder_may_have_another_name_by_then(
    collection: Collection, photos: Path, aside: Path
) -> None:
    before = tree(photos)
    report = move(collection, aside)
    assert report.undo_file is not None
    renamed = aside.rename(aside.with_name("renamed"))
    undo_moves(collection, renamed / report.undo_file.name)
    assert tree(photos) == before


def test_what_is_no_undo_file_is_refused(
    collection: Collection, photos: Path, tmp_path: Path, aside: Path
) -> None:
    path = tmp_path / "undo.jsonl"
    with pytest.raises(NotFound):
        undo_moves(collection, path)
    for text in ("", "{}\n", "[]\n", "no JSON\n", '{"kind": "x", "version": 1}\n'):
        path.write_text(text)
        with pytest.raises(InvalidInput, match="is no undo file"):
            undo_moves(collection, path)
    # One that leads out of its folder, or to where nothing was imported, moves nothing.
    report = move(collection, aside)
    assert report.undo_file is not None
    lines = report.undo_file.read_text().splitlines(keepends=True)
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"secret")
    for entry in (
        lines[1].replace("copies/0.jpg", "../secret.jpg"),
        lines[1].replace(str(photos), str(tmp_path / "other")),
    ):
        forged = aside / "forged.jsonl"
        forged.write_text(lines[0] + entry)
        assert undo_moves(collection, forged).moved == []
    assert secret.exists()
    assert not (tmp_path / "other").exists()


HEAD = '{"kind": "photomill moved files", "version": 1, "collection": "x"}'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no whole line is in it"),
        (b"a note of one line", "no whole line is in it"),
        (b"a note\nof two lines, the last without an end", "its first line does not say"),
        (b'{"an": "object"}\nand more', "its first line does not say"),
        (b"[]\n{", "its first line does not say"),
        (b"null\n{", "its first line does not say"),
        (b"[" * 3000 + b"\n{", "its first line does not say"),
        (b"\xff\xd8\xff\n\x00" * 3, "its first line does not say"),
        (bytes(100_000) + b"\nend", "its first line does not say"),
        (HEAD.replace("1", "2").encode() + b"\n{", "expected version 1, got 2"),
        (HEAD.replace('"x"', "3").encode() + b"\n{", "its first line names no collection"),
        (b'{"kind": "photomill moved files", "version": 1}\n{', "names no collection"),
        (HEAD.encode() + b"\n[]\n{", "line 2: expected an object"),
        (HEAD.encode() + b"\nwords\n{", "line 2: it is not JSON"),
        (HEAD.encode() + b'\n{"undone": "a"}\n{', "line 2: undone: expected an integer"),
        (HEAD.encode() + b'\n{"record": "a"}\n{', "line 2: number: required, and missing"),
    ],
)
def test_a_file_that_is_no_undo_file_stays_as_it_is(
    collection: Collection, tmp_path: Path, content: bytes, reason: str
) -> None:
    """Whatever a user gives by mistake, to its last byte, and a sentence says what is wrong."""
    path = tmp_path / "precious"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=f"precious is no undo file: .*{reason}"):
        undo_moves(collection, path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", HEAD.encode()[:20]])
def test_a_run_that_was_killed_before_it_noted_anything_holds_up_no_other(
    collection: Collection, aside: Path, content: bytes
) -> None:
    aside.mkdir()
    (aside / "moved-2026-11-29T03-52-11Z.jsonl").write_bytes(content)
    assert len(move(collection, aside).moved) == 3


def test_two_processes_do_not_undo_at_once(
    collection: Collection, photos: Path, aside: Path
) -> None:
    report = move(collection, aside)
    assert report.undo_file is not None
    with open_undo_file(report.undo_file), pytest.raises(Conflict, match="another process"):
        undo_moves(collection, report.undo_file)


def test_another_device(
    collection: Collection, photos: Path, aside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file system that gives no second names: files are copied, and named when they are whole."""

    def link(*given: Any, **options: Any) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", link)
    before = tree(photos)
    times = (photos / "more" / "0.jpg").stat().st_mtime_ns
    report = move(collection, aside)
    assert report.not_moved == []
    assert tree(aside) == {name: before[name] for name in SUPERFLUOUS}
    assert (aside / "more" / "0.jpg").stat().st_mtime_ns == times
    assert report.undo_file is not None
    undo_moves(collection, report.undo_file)
    assert tree(photos) == before


PREAMBLE = f"""
import os, signal, sys
from pathlib import Path
from typing import Any
from photomill import (
    Collection, DuplicateKind, Engine, MoveReport, files_of_clusters, load_settings, move_files, undo_moves
)
from photomill.importing import places

{getsource(open_engine)}
{getsource(move)}
"""

KILLED = """

data, folder, step, copying = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4] == "copy"
name, number, when = step.split("-")
calls = 0

def die_at(function):
    def call(*given, **options):
        global calls
        calls += 1
        if calls == int(number) and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*given, **options)
        if calls == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call

def no_link(*given, **options):
    raise OSError(18, "another device")

with open_engine(data) as engine:
    collection = engine.collections.open(engine.collections.list_all()[0].id)
    if copying:
        places.os.link = no_link
    if name == "drop":
        Collection.drop = die_at(Collection.drop)
    elif name == "restore":
        Collection.restore = die_at(Collection.restore)
    else:
        setattr(places.os, name, die_at(getattr(places.os, name)))
    if folder.suffix == ".jsonl":
        undo_moves(collection, folder)
    else:
        move(collection, folder)
"""


def killed(data: Path, folder: Path, step: str, how: str) -> None:
    words = [sys.executable, "-c", PREAMBLE + KILLED, str(data), str(folder), step, how]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def steps(names: Sequence[str], numbers: Sequence[int]) -> list[str]:
    return [f"{name}-{n}-{when}" for name in names for n in numbers for when in ("before", "after")]


@pytest.mark.parametrize(
    ("step", "how"),
    [(step, "link") for step in (*steps(["link", "unlink"], [2]), *steps(["drop"], [1]))]
    + [(step, "copy") for step in steps(["replace", "unlink", "utime"], [2])],
)
def test_a_run_that_is_killed_is_finished_by_the_next(
    tmp_path: Path, photos: Path, aside: Path, step: str, how: str
) -> None:
    data = tmp_path / "data"
    with open_engine(data) as engine:
        collection = engine.collections.open(engine.collections.create("test").id)
        import_images(collection, find_images([photos]))
        records = collection.find(limit=None)
    before = tree(photos)
    killed(data, aside, step, how)
    # Whatever the moment was, every file is whole in one of its places at least.
    there = {**tree(aside), **tree(photos)}
    assert {name: there.get(name) for name in before} == before
    with open_engine(data) as engine:
        collection = engine.collections.open(engine.collections.list_all()[0].id)
        report = move(collection, aside)
        assert report.not_moved == []
        assert report.finished + len(report.moved) == 3
        assert tree(aside) == {name: before[name] for name in SUPERFLUOUS}
        assert tree(photos) == {name: before[name] for name in ("0.jpg", "1.jpg", "2.jpg")}
        assert set(collection.ids()) == {"0.jpg", "1.jpg", "2.jpg"}
        # Both undo files together undo everything.
        for path in sorted(aside.glob("*.jsonl")):
            assert undo_moves(collection, path).not_moved == []
        assert tree(photos) == before
        assert collection.find(limit=None) == records


@pytest.mark.parametrize("step", [*steps(["link", "unlink"], [2]), *steps(["restore"], [2])])
def test_an_undo_that_is_killed_is_finished_by_the_next(
    tmp_path: Path, photos: Path, aside: Path, step: str
) -> None:
    data = tmp_path / "data"
    before = tree(photos)
    with open_engine(data) as engine:
        collection = engine.collections.open(engine.collections.create("test").id)
        import_images(collection, find_images([photos]))
        records = collection.find(limit=None)
        undo_file = move(collection, aside).undo_file
    assert undo_file is not None
    killed(data, undo_file, step, "link")
    with open_engine(data) as engine:
        collection = engine.collections.open(engine.collections.list_all()[0].id)
        assert undo_moves(collection, undo_file).not_moved == []
        assert tree(photos) == before
        assert tree(aside) == {}
        assert collection.find(limit=None) == records


READ_ONLY = """
with open_engine(Path(sys.argv[1])) as engine:
    collection = engine.collections.open(engine.collections.list_all()[0].id)
    report = move(collection, Path(sys.argv[2]))
    print([each.record for each in report.moved])
    print({each.record: each.reason for each in report.not_moved})
"""


def test_files_in_a_read_only_folder_stay(tmp_path: Path, photos: Path, aside: Path) -> None:
    data = tmp_path / "data"
    with open_engine(data) as engine:
        collection = engine.collections.open(engine.collections.create("test").id)
        import_images(collection, find_images([photos]))
    before = tree(photos)
    words = [sys.executable, "-c", PREAMBLE + READ_ONLY, str(data), str(aside)]
    if os.getuid() == 0:
        # Root may write anywhere, unless it gives that up.
        without = "-dac_override,-dac_read_search"
        words = ["setpriv", f"--bounding-set={without}", f"--inh-caps={without}", *words]
    (photos / "copies").chmod(0o555)
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    finally:
        (photos / "copies").chmod(0o755)
    assert done.returncode == 0, done.stderr
    moved, stayed = done.stdout.splitlines()
    assert moved == "['more/0.jpg']"
    assert stayed.count("Permission denied") == 2
    assert tree(aside).keys() == {"more/0.jpg"}
    assert {**tree(photos), **tree(aside)} == before


def test_a_copied_folder_is_not_the_one_that_was_imported(
    collection: Collection, photos: Path, aside: Path
) -> None:
    copytree(photos, photos.with_name("second"))
    before = tree(photos.with_name("second"))
    move(collection, aside)
    assert tree(photos.with_name("second")) == before
