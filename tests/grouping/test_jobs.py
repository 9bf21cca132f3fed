"""Grouping as a job: from images to groups."""

from collections.abc import Callable
from pathlib import Path

import pytest

from photomill.collections.model import NewRecord
from photomill.engine import Engine
from photomill.errors import CapacityExceeded, Conflict, InvalidInput, NotFound, PhotomillError
from photomill.grouping.image_rules import ImageRules, SkipReason
from photomill.grouping.inputs import CollectionInput, PathInputs, StorageInput, UriInputs
from photomill.grouping.plan import GroupingPlan
from photomill.grouping.split import GroupingConstraints
from photomill.jobs.model import JobState
from photomill.sources import BytesSource

from .conftest import Finished, Write, by_colour, coloured

DOCUMENTED = ImageRules(formats=("png", "jpeg"), max_bytes=100_000, min_side=81)


def test_pictures_of_one_colour_come_together(
    engine: Engine, finished: Finished, mixed: list[str]
) -> None:
    found = finished(engine.grouping.submit(PathInputs(mixed), GroupingConstraints(groups=3)))
    assert found.groups == by_colour(mixed)
    assert found.names == mixed
    assert all(cover in group for cover, group in zip(found.covers, found.groups, strict=True))
    assert (found.considered, found.skipped, found.sizes.adjusted) == (9, [], ())


def test_the_same_pictures_give_the_same_groups(
    engine: Engine, finished: Finished, mixed: list[str]
) -> None:
    first, second = (
        finished(engine.grouping.submit(PathInputs(mixed), GroupingConstraints(groups=4)))
        for _ in range(2)
    )
    assert first == second


def test_without_a_number_the_pictures_decide(
    engine: Engine, finished: Finished, mixed: list[str]
) -> None:
    assert finished(engine.grouping.submit(PathInputs(mixed))).groups == by_colour(mixed)


def test_a_picture_named_twice_counts_twice_and_is_looked_at_once(
    engine: Engine, finished: Finished, mixed: list[str]
) -> None:
    job = engine.grouping.submit(PathInputs([*mixed[:3], mixed[0]]), GroupingConstraints(groups=3))
    assert finished(job).groups == [[0, 3], [1], [2]]
    assert engine.jobs.get(job.number).progress.total == 3


def test_paths_may_be_paths_and_one_may_stand_alone(
    engine: Engine, finished: Finished, mixed: list[str]
) -> None:
    paths = [Path(name) for name in mixed]
    assert PathInputs(paths) == PathInputs(mixed)
    assert PathInputs(paths[0]) == PathInputs(mixed[0]) == PathInputs([mixed[0]])
    assert UriInputs("http://a/b.jpg") == UriInputs(["http://a/b.jpg"])
    assert (
        finished(engine.grouping.submit(PathInputs(paths), GroupingConstraints(groups=3))).names
        == mixed
    )


@pytest.mark.parametrize("kind", [PathInputs, UriInputs])
@pytest.mark.parametrize("wrong", [3, None, b"a.jpg", [3], ["a.jpg", None], [b"a.jpg"]])
def test_what_names_no_picture_is_refused_at_once(kind: type, wrong: object) -> None:
    with pytest.raises(InvalidInput, match=r"inputs: expected (a )?path"):
        kind(wrong)


def test_what_cannot_be_grouped_is_left_out_and_named(
    engine: Engine, finished: Finished, write: Write
) -> None:
    names = [
        write("good.jpg", "red"),
        write("narrow.png", "red", size=(80, 200), form="PNG"),
        write("enough.png", "green", size=(81, 81), form="PNG"),
        write("heavy.jpg", coloured("red") + b"\0" * 100_000),
        write("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        write("web.webp", "blue", form="WEBP"),
        write("half.jpg", coloured("blue")[:900]),
        "no-such-file.jpg",
    ]
    found = finished(
        engine.grouping.submit(PathInputs(names), GroupingConstraints(groups=2), rules=DOCUMENTED)
    )
    assert found.groups == [[0], [2]]
    assert [(names.index(each.name), each.reason) for each in found.skipped] == [
        (1, SkipReason.TOO_SMALL),
        (3, SkipReason.TOO_LARGE),
        (4, SkipReason.UNREADABLE),
        (5, SkipReason.UNREADABLE),
        (6, SkipReason.UNREADABLE),
        (7, SkipReason.UNREACHABLE),
    ]


def test_exactly_the_largest_file_is_taken(
    engine: Engine, finished: Finished, write: Write
) -> None:
    data = coloured("red")
    names = [write("fits.jpg", data), write("over.jpg", data + b"\0")]
    rules = ImageRules(max_bytes=len(data))
    found = finished(
        engine.grouping.submit(PathInputs(names), GroupingConstraints(groups=1), rules=rules)
    )
    assert (found.groups, found.skipped[0].reason) == ([[0]], SkipReason.TOO_LARGE)


def test_constraints_give_way_to_what_is_left(
    engine: Engine, finished: Finished, write: Write
) -> None:
    names = [write("a.jpg", "red"), *(f"gone-{index}.jpg" for index in range(3))]
    found = finished(
        engine.grouping.submit(PathInputs(names), GroupingConstraints(groups=2, smallest=2))
    )
    assert (found.groups, found.sizes.adjusted) == ([[0]], ("groups", "smallest"))


def test_a_job_without_any_picture_fails(engine: Engine) -> None:
    job = engine.jobs.wait(engine.grouping.submit(PathInputs(["gone.jpg"])).number, 120)
    assert (job.state, "gone.jpg" in job.error) == (JobState.FAILED, True)
    assert [each.reason for each in engine.grouping.skipped(job)] == [SkipReason.UNREACHABLE]
    with pytest.raises(PhotomillError, match="none of 1"):
        engine.grouping.result(job)


def test_near_duplicates_stay_together(engine: Engine, finished: Finished, write: Write) -> None:
    names = [write(f"{index}.jpg", "red", seed=index) for index in range(4)]
    names.append(write("again.jpg", "red", seed=0, size=(240, 200)))
    found = finished(
        engine.grouping.submit(PathInputs(names), GroupingConstraints(groups=2, smallest=2))
    )
    assert any({0, 4} <= set(group) for group in found.groups)
    assert [0, 4] in [list(burst) for burst in found.bursts]


def test_the_folder_of_a_storage(
    engine: Engine, finished: Finished, mixed: list[str], write: Write
) -> None:
    write("notes.txt", b"no image")
    write("deeper/10.jpg", "red")
    path = mixed[0].rpartition("/")[0]
    engine.storages.operator.create("album", "local", {"path": path})
    flat = finished(
        engine.grouping.submit(
            StorageInput("storage://album/", recursive=False), GroupingConstraints(groups=3)
        )
    )
    assert (flat.groups, flat.names[0]) == (by_colour(mixed), "storage://album/0.jpg")
    deep = finished(engine.grouping.submit(StorageInput("storage://album/")))
    assert deep.considered == 10


def test_records_of_a_collection(engine: Engine, finished: Finished) -> None:
    collection = engine.collections.open(engine.collections.create("photos").id)
    records = [
        NewRecord(f"{colour}{seed}", BytesSource(coloured(colour, seed)), {"kept": seed < 3})
        for seed in range(4)
        for colour in ("red", "green")
    ]
    collection.insert(records)
    found = finished(
        engine.grouping.submit(
            CollectionInput(collection.info.id, {"kept": True}), GroupingConstraints(groups=2)
        )
    )
    shown = [{found.names[member] for member in group} for group in found.groups]
    assert shown == [{"red0", "red1", "red2"}, {"green0", "green1", "green2"}]


def test_records_that_are_named_one_by_one(engine: Engine, finished: Finished) -> None:
    collection = engine.collections.open(engine.collections.create("photos").id)
    records = [
        NewRecord(f"{colour}{seed}", BytesSource(coloured(colour, seed)))
        for seed in range(3)
        for colour in ("red", "green")
    ]
    collection.insert(records)
    wanted = ["green2", "red0", "gone", "green0", "red0", "red2"]
    job = engine.grouping.submit(
        CollectionInput(collection.info.id, ids=wanted), GroupingConstraints(groups=2)
    )
    found = finished(job)
    assert found.names == ["green2", "red0", "gone", "green0", "red2"]
    assert found.groups == [[0, 3], [1, 4]]
    assert [(each.name, each.reason) for each in found.skipped] == [
        ("gone", SkipReason.UNREACHABLE)
    ]
    # Their vectors are in the collection: no image is looked at.
    assert engine.jobs.get(job.number).progress.total == 0
    assert GroupingPlan.of(job.plan).inputs == CollectionInput(
        collection.info.id, ids=tuple(wanted)
    )


def test_records_none_of_which_is_there(engine: Engine) -> None:
    collection = engine.collections.create("photos")
    submitted = engine.grouping.submit(CollectionInput(collection.id, ids="gone"))
    job = engine.jobs.wait(submitted.number, 120)
    assert (job.state, "is not there" in job.error) == (JobState.FAILED, True)


def test_records_are_named_or_filtered(engine: Engine) -> None:
    collection = engine.collections.create("photos")
    with pytest.raises(InvalidInput, match="not both"):
        CollectionInput(collection.id, {"kept": True}, ids=["a"])
    with pytest.raises(InvalidInput, match="smallest"):
        engine.grouping.submit(
            CollectionInput(collection.id, ids=["a", "b", "a"]), GroupingConstraints(2, 2)
        )
    with pytest.raises(InvalidInput, match="1 to 5000"):
        engine.grouping.submit(CollectionInput(collection.id, ids=[]))


def test_the_time_that_an_import_noted_counts_where_no_other_is_told(
    engine: Engine, finished: Finished
) -> None:
    collection = engine.collections.open(engine.collections.create("photos").id)
    told = {
        "a": {"captured": "2024-05-01T10:00:00"},
        "b": {"captured": "2024-05-03T10:00:00"},
        "c": {"captured": "2024-05-03T10:00:00", "taken": "2024-05-01T10:01:00"},
        "d": {"captured": "2024-05-03T10:01:00", "taken": "one evening"},
    }
    records = [
        NewRecord(name, BytesSource(coloured("red", seed=ord(name))), attributes)
        for name, attributes in told.items()
    ]
    collection.insert(records)
    found = finished(engine.grouping.submit(CollectionInput(collection.info.id), mode="time"))
    shown = [{found.names[member] for member in group} for group in found.groups]
    assert shown == [{"a", "c"}, {"b", "d"}]
    assert found.notes == ()


def test_records_are_grouped_by_the_time_that_they_tell(engine: Engine, finished: Finished) -> None:
    collection = engine.collections.open(engine.collections.create("photos").id)
    days = {"a": "2024-05-01T10:0{}:00+02:00", "b": "2024-05-02T10:0{}:00", "c": None}
    seconds = 1_714_816_800  # The 4th of May, 10:00 UTC.
    records = [
        NewRecord(
            f"{day}{minute}",
            BytesSource(coloured("red", seed=10 * minute + place)),
            {"taken": seconds + 60 * minute if pattern is None else pattern.format(minute)},
        )
        for minute in range(3)
        for place, (day, pattern) in enumerate(days.items())
    ]
    collection.insert(records)
    found = finished(engine.grouping.submit(CollectionInput(collection.info.id), mode="time"))
    shown = [{found.names[member] for member in group} for group in found.groups]
    assert shown == [{"a0", "a1", "a2"}, {"b0", "b1", "b2"}, {"c0", "c1", "c2"}]
    assert found.notes == ()
    collection.update([("a0", {"taken": "yesterday"}), ("b0", {"taken": [1]})])
    found = finished(engine.grouping.submit(CollectionInput(collection.info.id), mode="time"))
    assert [note.partition(" of ")[0] for note in found.notes] == ["2"]


def test_what_is_wrong_is_said_at_once(engine: Engine, mixed: list[str]) -> None:
    submit = engine.grouping.submit
    with pytest.raises(InvalidInput, match="input"):
        submit(PathInputs([]))
    with pytest.raises(InvalidInput, match="mode"):
        submit(PathInputs(mixed), mode="by smell")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="smallest"):
        submit(PathInputs(mixed), GroupingConstraints(groups=5, smallest=2))
    with pytest.raises(InvalidInput, match="largest"):
        submit(PathInputs(mixed), GroupingConstraints(groups=2, largest=4))
    with pytest.raises(InvalidInput, match="largest"):
        submit(PathInputs(mixed), GroupingConstraints(smallest=5, largest=4))
    with pytest.raises(InvalidInput, match="1 to 5000"):
        submit(UriInputs(["https://example.org/a.jpg"] * 5001))
    with pytest.raises(NotFound):
        submit(StorageInput("storage://nowhere/"))
    with pytest.raises(NotFound):
        submit(CollectionInput("nowhere"))


def test_a_key_leads_to_the_same_job_again(engine: Engine, mixed: list[str]) -> None:
    first = engine.grouping.submit(PathInputs(mixed), owner="me", idempotency_key="k")
    assert engine.grouping.submit(PathInputs(mixed), owner="me", idempotency_key="k").id == first.id
    with pytest.raises(Conflict):
        engine.grouping.submit(PathInputs(mixed[1:]), owner="me", idempotency_key="k")


def test_too_many_waiting_jobs_are_refused(
    open_engine: Callable[[], Engine], mixed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine()
    waiting = engine.settings.grouping.max_waiting
    monkeypatch.setattr(engine.jobs, "unfinished", lambda kind: waiting)
    with pytest.raises(CapacityExceeded, match="wait"):
        engine.grouping.submit(PathInputs(mixed))
