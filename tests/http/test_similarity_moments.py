"""Every answer is of one moment: while attributes change, what is filtered by is what is shown."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from photomill.collections.model import NewRecord
from photomill.engine import Engine

Json = dict[str, Any]

RECORDS = 60
FLIPS = 40
READERS = 3


def answer(api: Any, method: str, **parameters: Any) -> Json:
    """An answer of whatever status: while records come and go, one may be missing."""
    return dict(api.post(method, parameters).json())


@pytest.fixture
def shared(make_api: Callable[..., Any], engine: Engine) -> Any:
    """Records that all belong to ``x``, with equal neighbours to find."""
    api = make_api()
    dimension = api.collection.info.dimension
    vectors = np.random.default_rng(3).normal(size=(RECORDS // 2, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    api.collection.insert(
        [
            NewRecord(
                f"p{place:03}",
                None,
                {"owner": "x", "product": place // 3, "tags": ["x"]},
                vectors[place // 2].astype(np.float32),
            )
            for place in range(RECORDS)
        ]
    )
    return api


@contextmanager
def flipping(api: Any) -> Iterator[threading.Event]:
    """Give every record to ``y``, back to ``x``, and so on, each time in one update; and come and go with another."""
    done = threading.Event()
    failures: list[BaseException] = []

    def flip() -> None:
        try:
            for turn in range(FLIPS):
                owner = "yx"[turn % 2]
                change = {"owner": owner, "tags": [owner]}
                body = {"records": [{"_id": f"p{place:03}", **change} for place in range(RECORDS)]}
                assert api.post("update", body).status_code == 200
                api.collection.delete(["guest"])
                vector = api.collection.vectors(["p000"])[1][0]
                api.collection.insert([NewRecord("guest", None, {**change, "guest": True}, vector)])
        except BaseException as error:
            failures.append(error)
        finally:
            done.set()

    writer = threading.Thread(target=flip)
    writer.start()
    try:
        yield done
    finally:
        writer.join()
    assert not failures


QUESTIONS: dict[str, Json] = {
    "find": {"limit": 100},
    "random": {"count": 100},
    "allRecords": {},
    "visualKNN": {"query_record": {"_id": "p050"}, "k": 100},
    "visualTagsKNN": {"query_record": {"_id": "p050", "tags": ["x"]}, "k": 100},
    "visualKNNMulti": {"query_records": [{"_id": "p050"}, {"_id": "p010"}], "k": 100},
    "range": {"query_record": {"_id": "p050"}, "radius": 150},
    "nearDuplicates": {"query_record": {"_id": "p050"}, "radius": 150},
}


def violations_of(found: Json, wanted: str) -> list[Any]:
    return [
        record
        for record in found["answer_records"]
        if record.get("owner") != wanted or record.get("tags") != [wanted]
    ]


@pytest.mark.parametrize("method", list(QUESTIONS))
def test_what_is_filtered_by_is_what_is_shown(shared: Any, method: str) -> None:
    problems: list[Any] = []

    def ask(done: threading.Event, wanted: str) -> None:
        while not done.is_set():
            parameters = {**QUESTIONS[method], "filter": {"owner": wanted}}
            found = answer(shared, method, fields_to_return=["owner", "tags"], **parameters)
            problems.extend(violations_of(found, wanted))
            count = sum(record["_id"] != "guest" for record in found["answer_records"])
            if count not in (0, RECORDS):
                problems.append(f"{count} of the records that change together")

    with flipping(shared) as done:
        readers = [
            threading.Thread(target=ask, args=(done, "xyx"[turn])) for turn in range(READERS)
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    assert problems == []


def test_counts_facets_and_products_are_of_one_moment(shared: Any) -> None:
    problems: list[Any] = []

    def count(done: threading.Event) -> None:
        while not done.is_set():
            found = answer(shared, "getRecordCount", filter={"product": {"$gte": 0}}, facet="owner")
            if found["answer_count"] != RECORDS or len(found["facet"]) != 1:
                problems.append(found)
            found = answer(shared, "getRecordCount", filter={"owner": "x"}, facet="tags")
            counted = sum(entry["count"] for entry in found["facet"])
            if counted != found["answer_count"] or {entry["value"] for entry in found["facet"]} > {
                "x"
            }:
                problems.append(found)

    def group(done: threading.Event) -> None:
        while not done.is_set():
            found = answer(
                shared,
                "visualKNN",
                query_record={"_id": "p000"},
                product_field="product",
                filter={"owner": "y"},
                k=100,
                fields_to_return=["owner", "tags", "product", "_group_size"],
            )
            problems.extend(violations_of(found, "y"))
            sizes = {
                record["_group_size"] for record in found["answer_records"] if "product" in record
            }
            if sizes - {3}:
                problems.append(sizes)

    def pair(done: threading.Event) -> None:
        while not done.is_set():
            found = answer(
                shared,
                "allNearDupPairs",
                filter={"owner": "x"},
                radius=0.5,
                fields_to_return=["owner"],
            )
            for two in found["answer_records"]:
                problems.extend(record for record in two if record.get("owner") != "x")

    with flipping(shared) as done:
        readers = [threading.Thread(target=task, args=(done,)) for task in (count, group, pair)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    assert problems == []


def test_deleting_by_filter_spares_what_no_longer_matches(shared: Any) -> None:
    """Records that are given away for good, one after the other, while what is left is deleted."""
    given_away = [f"p{place:03}" for place in range(0, RECORDS, 2)]
    started = threading.Event()

    def give_away() -> None:
        for identity in given_away:
            started.set()
            body = {"records": [{"_id": identity, "owner": "y"}]}
            shared.post("update", body)

    writer = threading.Thread(target=give_away)
    writer.start()
    assert started.wait(30)
    gone: list[Json] = []
    while writer.is_alive():
        found = answer(shared, "deleteByFilter", filter={"owner": "x"}, fields_to_return=["owner"])
        gone += found["answer_records"]
    writer.join()
    assert all(record["owner"] == "x" for record in gone)
    left = answer(shared, "find", filter={}, limit=100)["answer_records"]
    assert all(record["owner"] == "y" for record in left if record["_id"] in given_away)
    assert len(gone) + len(left) == RECORDS
