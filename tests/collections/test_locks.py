"""The lock that lets searches go together, and an index be changed alone."""

import threading

import pytest

from photomill.collections.locks import ReadWriteLock


def test_readers_share_and_a_writer_is_alone() -> None:
    lock = ReadWriteLock()
    entered, left = threading.Event(), threading.Event()
    seen: list[str] = []

    def write() -> None:
        entered.set()
        with lock.writing():
            seen.append("writer")
        left.set()

    with lock.reading(), lock.reading():
        writer = threading.Thread(target=write)
        writer.start()
        entered.wait()
        seen.append("readers")
    left.wait()
    writer.join()
    assert seen == ["readers", "writer"]


def test_a_reader_that_fails_lets_the_writer_in() -> None:
    lock = ReadWriteLock()
    with pytest.raises(ValueError, match="broken"), lock.reading():
        raise ValueError("broken")
    entered = []
    with lock.writing():
        entered.append("writer")
    assert entered == ["writer"]


def test_readers_wait_for_a_writer_and_then_all_go_on() -> None:
    lock = ReadWriteLock()
    read: list[int] = []

    def reading(number: int) -> None:
        with lock.reading():
            read.append(number)

    with lock.writing():
        readers = [threading.Thread(target=reading, args=(number,)) for number in range(5)]
        for each in readers:
            each.start()
        assert read == []
    for each in readers:
        each.join()
    assert sorted(read) == list(range(5))
