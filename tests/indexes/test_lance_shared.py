"""Lance where several processes share it, one of them dies, and the place is a bucket."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import asdict, evolve
from numpy.typing import NDArray

from photomill.components import Changes, ExternalIndex, IndexedRecord, OpenContext
from photomill.config.settings import FetchSettings
from photomill.errors import IndexUnavailable
from photomill.testing import ExternalIndexContract
from photomill.testing.external import DIMENSION, NAME, indexed, serials, sizes
from photomill.testing.index import clustered_vectors

pytest.importorskip("lance")

from photomill_lance import LanceIndex, LanceOptions, maintaining, tending
from photomill_lance.datasets import Place
from photomill_lance.leasing import Lease
from photomill_lance.maintaining import Maintaining
from photomill_lance.tending import Job

MakeExternal = Callable[[], ExternalIndex]

APPLIES = """
import sys
from pathlib import Path
from photomill.components import Changes, OpenContext
from photomill.config.settings import FetchSettings
from photomill.testing.external import DIMENSION, NAME, indexed
from photomill.testing.index import clustered_vectors
from photomill_lance import LanceIndex, LanceOptions

place, endpoint, access_key, secret_key = sys.argv[1:]
options = LanceOptions(place=place, endpoint=endpoint, access_key=access_key, secret_key=secret_key)
index = LanceIndex(options)
index.open(OpenContext("test", Path("cache"), FetchSettings()))
vectors = clustered_vectors(60, DIMENSION)
print("ready", flush=True)
sys.stdin.readline()
for sequence in range(1, 31):
    index.apply(NAME, Changes(indexed(vectors[: 2 * sequence]), [1000 - sequence]), sequence)
"""


def opened(place: str | Path, **options: Any) -> LanceIndex:
    index = LanceIndex(LanceOptions(place=str(place), attributes=("n",), **options))
    index.open(OpenContext("test", Path("cache"), FetchSettings()))
    return index


def of_service(service: Any) -> dict[str, str]:
    return {
        "endpoint": service.endpoint,
        "access_key": service.access_key,
        "secret_key": service.secret_key,
    }


@pytest.fixture(scope="module")
def tended(s3_service: Any, s3_client: Any) -> tuple[str, NDArray[np.float32]]:
    """A bucket in which there is an index that was filled and tended, and its vectors."""
    bucket, vectors = "photomill-tended", clustered_vectors(ExternalIndexContract.rows, DIMENSION)
    s3_client.create_bucket(Bucket=bucket)
    index = opened(f"s3://{bucket}/some/path", build_from=1000, **of_service(s3_service))
    index.create(NAME, DIMENSION)
    index.apply(NAME, Changes(indexed(vectors)), 7)
    index.tend(NAME, Future())
    assert not tending.due(index._newest(NAME), 1000, NAME)
    return bucket, vectors


class TestLanceInABucket(ExternalIndexContract):
    @pytest.fixture
    def bucket(self, new_bucket: Callable[[], str]) -> str:
        return new_bucket()

    @pytest.fixture
    def make_index(self, s3_service: Any, bucket: str) -> MakeExternal:
        place = f"s3://{bucket}/some/path"
        return lambda: opened(place, build_from=1000, **of_service(s3_service))

    @pytest.fixture
    def filled(
        self,
        new_index: MakeExternal,
        bucket: str,
        s3_client: Any,
        tended: tuple[str, NDArray[np.float32]],
    ) -> tuple[ExternalIndex, NDArray[np.float32]]:
        """A copy of the one that was tended, which takes seconds."""
        source, vectors = tended
        for each in s3_client.list_objects_v2(Bucket=source)["Contents"]:
            s3_client.copy_object(
                Bucket=bucket, Key=each["Key"], CopySource={"Bucket": source, "Key": each["Key"]}
            )
        return new_index(), vectors


# ------------------------------------------------------------ several processes


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, str]]:
    """Where an index is, and how it is reached."""
    if request.param == "folder":
        return str(tmp_path), {}
    service = request.getfixturevalue("s3_service")
    bucket = request.getfixturevalue("new_bucket")()
    return f"s3://{bucket}/indexes", of_service(service)


def test_processes_that_apply_at_once(place: tuple[str, dict[str, str]]) -> None:
    """Each change is taken in once, and none is undone by a process that is late."""
    address, options = place
    index = opened(address, **options)
    index.create(NAME, DIMENSION)
    words = [options.get(name, "") for name in ("endpoint", "access_key", "secret_key")]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", APPLIES, address, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.communicate("go\n", timeout=300)
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert (index.applied(NAME), sizes(index)) == (30, 60)


# ------------------------------------------------------------ looking after it


@pytest.fixture(scope="module")
def worn_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where an index is with much to do: codes to be made, small files to be joined, deleted rows to be left out."""
    folder = tmp_path_factory.mktemp("worn")
    index = opened(folder, build_from=1000)
    index.create(NAME, DIMENSION)
    vectors = clustered_vectors(3000, DIMENSION)
    given = indexed(vectors)
    for sequence in range(1, 71):
        some = given[40 * (sequence - 1) : 40 * sequence]
        index.apply(NAME, Changes(some, [40 * (sequence - 1)]), sequence)
    return folder


@pytest.fixture
def worn(worn_folder: Path, tmp_path: Path) -> LanceIndex:
    """A copy of that index: to write it takes 70 versions."""
    shutil.copytree(worn_folder, tmp_path, dirs_exist_ok=True)
    return opened(tmp_path, build_from=1000)


def left(index: LanceIndex) -> list[int]:
    with index.reading(NAME) as reader:
        assert reader.count() == reader.size
        return serials(reader)


WORN = [serial for serial in range(1, 2801) if serial not in range(40, 2761, 40)]
"""What is in it: the last deletion is of what was inserted at once, and so of nothing."""


def children() -> set[int]:
    """Processes that look after an index for this one."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                arguments = (status.parent / "cmdline").read_bytes()
                if b"photomill_lance.maintaining" in arguments:
                    found.add(int(status.parent.name))
    return found


def eventually(holds: Callable[[], Any]) -> None:
    while not holds():
        time.sleep(0.005)


def test_looking_after_it_changes_no_answer(worn: LanceIndex) -> None:
    before = left(worn)
    worn.tend(NAME, Future())
    version = worn._newest(NAME)
    assert not tending.due(version, 1000, NAME)
    assert len(version.dataset.get_fragments()) <= 3
    assert tending.CODES in {each.name for each in version.dataset.describe_indices()}
    assert left(worn) == before


def test_changes_go_on_while_it_is_looked_after(worn: LanceIndex) -> None:
    before = left(worn)
    fresh = indexed(clustered_vectors(40, DIMENSION, seed=3), 5001)
    with ThreadPoolExecutor(1) as pool:
        tended = pool.submit(worn.tend, NAME, Future())
        for place, each in enumerate(fresh):
            changed = IndexedRecord(place + 1, {"_id": f"r{place + 1}", "n": -1}, each.vector)
            worn.apply(NAME, Changes([each, changed]), 100 + place)
            assert left(worn) == sorted({*before, *range(1, place + 2), *range(5001, 5002 + place)})
        tended.result()
    worn.tend(NAME, Future())
    assert left(worn) == sorted({*before, *range(1, 41), *range(5001, 5041)})


def test_a_maintainer_that_is_killed_at_whatever_moment(
    worn: LanceIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost, and the next one takes over when the lease has ended."""
    monkeypatch.setattr(tending, "LEASE", 0.5)
    before = left(worn)
    addresses = tmp_path / f"{NAME}.lance"
    versions = len(list((addresses / "_versions").iterdir()))
    for more in (1, 3, 6):
        with ThreadPoolExecutor(1) as pool:
            tended = pool.submit(worn.tend, NAME, Future())
            eventually(children)
            eventually(
                lambda: (
                    len(list((addresses / "_versions").iterdir())) >= versions + more  # noqa: B023
                    or not children()
                )
            )
            for process in children():
                os.kill(process, signal.SIGKILL)
            with suppress(IndexUnavailable):
                tended.result()
        assert left(worn) == before
        worn.apply(NAME, Changes(indexed(clustered_vectors(1, DIMENSION), 6000)), 200 + more)
        before = sorted({*before, 6000})
    version = worn._newest(NAME)
    while tending.due(version, 1000, NAME):
        worn.tend(NAME, Future())
        version = worn._newest(NAME)
    assert left(worn) == before


def test_who_stops_does_not_wait_for_a_build(worn: LanceIndex) -> None:
    broken_off: Future[None] = Future()
    with ThreadPoolExecutor(1) as pool:
        tended = pool.submit(worn.tend, NAME, broken_off)
        eventually(children)
        broken_off.set_result(None)
        with pytest.raises(IndexUnavailable, match="not looked after to the end"):
            tended.result()
    assert not children()
    # The lease was given back.
    worn.tend(NAME, Future())
    assert not tending.due(worn._newest(NAME), 1000, NAME)


def test_one_process_at_a_time_looks_after_it(worn: LanceIndex, tmp_path: Path) -> None:
    dataset = Place(str(tmp_path)).dataset(NAME)
    lease = Lease(dataset, NAME, 600)
    assert lease.take()
    assert not Lease(Place(str(tmp_path)).dataset(NAME), NAME, 600).take()
    worn.tend(NAME, Future())
    assert tending.due(worn._newest(NAME), 1000, NAME)
    lease.renew()
    lease.give_back()
    lease.give_back()
    worn.tend(NAME, Future())
    assert not tending.due(worn._newest(NAME), 1000, NAME)


def test_of_many_that_want_the_lease_one_gets_it(worn: LanceIndex, tmp_path: Path) -> None:
    ready = threading.Barrier(4)

    def take(_: int) -> bool:
        lease = Lease(Place(str(tmp_path)).dataset(NAME), NAME, 600)
        ready.wait()
        return lease.take()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, range(4))) == 1


def test_a_lease_that_was_lost_is_not_renewed(worn: LanceIndex, tmp_path: Path) -> None:
    late, other = (Lease(Place(str(tmp_path)).dataset(NAME), NAME, seconds) for seconds in (-1, 60))
    assert late.take()
    assert other.take()
    with pytest.raises(IndexUnavailable, match="another process"):
        late.renew()
    late.give_back()
    assert not Lease(Place(str(tmp_path)).dataset(NAME), NAME, 60).take()


def test_a_lease_is_given_back_while_other_threads_take_it(
    worn: LanceIndex, tmp_path: Path
) -> None:
    other = Lease(Place(str(tmp_path)).dataset(NAME), NAME, 600)
    assert other.take()
    lease = Lease(Place(str(tmp_path)).dataset(NAME), NAME, 600)
    given_back = threading.Event()

    def take(_: int) -> list[bool]:
        taken = []
        while not given_back.is_set():
            taken.append(lease.take())
        taken.append(lease.take())
        return taken

    with ThreadPoolExecutor(3) as pool:
        running = pool.map(take, range(3))
        try:
            for _ in range(20):
                lease.give_back()
            other.give_back()
        finally:
            given_back.set()
        assert not any(any(taken) for taken in running)


def test_no_file_keeps_what_was_erased(worn: LanceIndex, tmp_path: Path) -> None:
    vector = clustered_vectors(1, DIMENSION)[0]
    named = IndexedRecord(7000, {"_id": "r7000", "n": "Zaphod", "who": ["Beeblebrox"]}, vector)
    worn.apply(NAME, Changes([named]), 300)
    worn.tend(NAME, Future())
    assert found_in(tmp_path, b"Zaphod")
    worn.apply(NAME, Changes([IndexedRecord(7000, {"_id": "r7000"}, vector)]), 301)
    worn.erase_deleted(NAME)
    assert not found_in(tmp_path, b"Zaphod")
    assert not found_in(tmp_path, b"Beeblebrox")
    assert left(worn) == [*WORN, 7000]


def test_what_is_written_meanwhile_keeps_nothing_from_being_erased(
    worn: LanceIndex, tmp_path: Path
) -> None:
    vector = clustered_vectors(1, DIMENSION)[0]
    worn.apply(NAME, Changes([IndexedRecord(7000, {"_id": "r7000", "n": "Zaphod"}, vector)]), 300)
    worn.apply(NAME, Changes([IndexedRecord(7000, {"_id": "r7000"}, vector)]), 301)
    stopping = threading.Event()

    def write() -> None:
        sequence = 302
        while not stopping.is_set():
            serial = 7001 + sequence % 5
            changes = Changes([IndexedRecord(serial, {"_id": f"r{serial}"}, vector)])
            worn.apply(NAME, changes, sequence)
            sequence += 1

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            worn.erase_deleted(NAME)
        finally:
            stopping.set()
        writing.result()
    assert not found_in(tmp_path, b"Zaphod")


@pytest.fixture
def named(tmp_path: Path) -> LanceIndex:
    """An index of 14 files, in each of which there are some names of records that are gone."""
    index = opened(tmp_path)
    index.create(NAME, DIMENSION)
    records = [{"n": "Zaphod" if place % 10 == 4 else place} for place in range(2800)]
    given = indexed(clustered_vectors(2800, DIMENSION), 1, records)
    for sequence in range(1, 15):
        index.apply(NAME, Changes(given[200 * (sequence - 1) : 200 * sequence]), sequence)
    index.apply(NAME, Changes((), range(5, 2800, 10)), 15)
    return index


def erase_in_portions(folder: Path) -> None:
    """As the process does, with no more than 700 records at once."""
    job = Job(str(folder), {}, NAME, 10_000, 60, erasing=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maintaining, "_COMPACTED_AT_ONCE", 700)
        Maintaining(Place(str(folder)), job).run()


def test_what_is_erased_in_portions_is_erased_to_the_end(
    named: LanceIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintaining, "FRAGMENT", 300)
    before = left(named)
    erase_in_portions(tmp_path)
    assert not found_in(tmp_path, b"Zaphod")
    assert left(named) == before


def test_files_that_cannot_be_written_anew_are_not_taken_for_erased(
    named: LanceIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No portion has room for as many as go into one file.
    monkeypatch.setattr(maintaining, "FRAGMENT", 600)
    with pytest.raises(IndexUnavailable, match="could not be written anew"):
        erase_in_portions(tmp_path)
    assert found_in(tmp_path, b"Zaphod")
    assert len(left(named)) == 2520


def test_who_knows_further_attributes_erases_all_the_same(worn: LanceIndex, tmp_path: Path) -> None:
    vector = clustered_vectors(1, DIMENSION)[0]
    worn.apply(NAME, Changes([IndexedRecord(7000, {"_id": "r7000", "n": "Zaphod"}, vector)]), 300)
    worn.apply(NAME, Changes((), [7000]), 301)
    more = LanceIndex(evolve(worn.options, attributes=("n", "price")))
    more.open(OpenContext("test", Path("cache"), FetchSettings()))
    more.erase_deleted(NAME)
    assert not found_in(tmp_path, b"Zaphod")


def test_an_erasing_that_is_broken_off_while_it_waits_is_none(
    worn: LanceIndex, tmp_path: Path
) -> None:
    assert Lease(Place(str(tmp_path)).dataset(NAME), NAME, 600).take()
    job = Job(str(tmp_path), {}, NAME, worn.options.build_from, 60, erasing=True)
    ended = subprocess.run(
        [sys.executable, "-m", "photomill_lance.maintaining"],
        input=json.dumps(asdict(job)) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, "it was broken off\n")


def found_in(folder: Path, text: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text in path.read_bytes()]


# ------------------------------------------------------------ a bucket that is away


@pytest.fixture
def nowhere() -> Iterator[str]:
    """The address of a service that is away."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_a_service_that_is_away(nowhere: str) -> None:
    index = opened(
        "s3://bucket/indexes", endpoint=nowhere, access_key="who", secret_key="hush", attempts=1
    )
    asks: list[Callable[[], object]] = [
        lambda: index.applied(NAME),
        lambda: index.create(NAME, DIMENSION),
        lambda: index.apply(NAME, Changes(), 1),
        lambda: index.drop(NAME),
        lambda: index.tend(NAME, Future()),
    ]

    def refused(ask: Callable[[], object]) -> None:
        with pytest.raises(IndexUnavailable, match="storage failed") as raised:
            ask()
        assert "hush" not in str(raised.value)

    # Lance waits for two seconds before it gives up.
    with ThreadPoolExecutor(len(asks)) as pool:
        list(pool.map(refused, asks))
    assert not index.health().ok
    assert "hush" not in repr(index.options)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"secret_key": "wrong"}, "403"), ({"place": "s3://no-such-bucket/indexes"}, "404")],
    ids=str,
)
def test_a_bucket_that_is_closed(
    s3_service: Any, new_bucket: Callable[[], str], wrong: dict[str, str], message: str
) -> None:
    options = {"place": f"s3://{new_bucket()}", **of_service(s3_service), **wrong}
    index = opened(**options, attempts=1)
    with pytest.raises(IndexUnavailable, match=message) as raised:
        index.applied(NAME)
    assert options["secret_key"] not in str(raised.value)
