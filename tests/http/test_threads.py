"""Work that is handed to threads runs in its turn, and is waited for whatever becomes of who waits."""

import asyncio
import threading
import time
import weakref
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest

from photomill import check_may_block
from photomill_http import threads as module
from photomill_http.threads import Threads

WaitUntil = Callable[[Callable[[], bool]], None]

who: ContextVar[str] = ContextVar("who", default="nobody")


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def test_results_and_errors_come_back() -> None:
    async def ask() -> None:
        threads = Threads(2)
        assert await threads.run(lambda: 1) == 1
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 / 0)

    run(ask())


def test_work_sees_the_context_of_who_asked() -> None:
    async def ask(name: str, threads: Threads) -> str:
        who.set(name)
        return await threads.run(who.get)

    async def all_ask() -> list[str]:
        threads = Threads(2)
        names = (str(number) for number in range(20))
        return await asyncio.gather(*(ask(name, threads) for name in names))

    assert run(all_ask()) == [str(number) for number in range(20)]


def test_no_more_run_at_once_than_there_are_threads() -> None:
    running, most, lock = 0, 0, threading.Lock()
    together = threading.Barrier(3)

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        # All three threads are started, as it takes three to go on.
        together.wait(60)
        with lock:
            running -= 1

    async def ask() -> None:
        threads = Threads(3)
        await asyncio.gather(*(threads.run(work) for _ in range(30)))

    run(ask())
    assert most == 3


def test_who_is_cancelled_waits_for_the_work_all_the_same() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(60)
        ended.set()

    async def ask() -> None:
        threads = Threads(1)
        task = asyncio.create_task(threads.run(work))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.sleep(0.01)
        assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended.is_set()
        assert await threads.run(lambda: 5) == 5

    run(ask())


@pytest.fixture
def nothing_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SHORT", 3600.0)


@pytest.mark.usefixtures("nothing_is_long")
def test_short_work_begins_in_its_turn() -> None:
    begun: list[int] = []
    alone = threading.Lock()

    def work(number: int) -> None:
        begun.append(number)
        assert alone.acquire(blocking=False)
        time.sleep(0.001)
        alone.release()

    async def ask() -> None:
        threads = Threads(16, short=1)
        await asyncio.gather(*(threads.run(partial(work, number)) for number in range(30)))

    run(ask())
    assert begun == list(range(30))


def test_long_work_lets_others_begin() -> None:
    later = threading.Event()

    async def ask() -> None:
        threads = Threads(2, short=1)
        long = asyncio.create_task(threads.run(lambda: later.wait(60)))
        await threads.run(later.set)
        assert await long

    run(ask())


@pytest.mark.usefixtures("nothing_is_long")
def test_event_loops_take_turns_of_their_own() -> None:
    threads = Threads(8, short=1)

    async def ask() -> None:
        for _ in range(50):
            await asyncio.gather(*(threads.run(lambda: None) for _ in range(3)))

    loops = [threading.Thread(target=run, args=(ask(),), daemon=True) for _ in range(4)]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join(60)
    assert not any(loop.is_alive() for loop in loops)


@pytest.mark.usefixtures("nothing_is_long")
def test_who_is_cancelled_takes_no_turn() -> None:
    go_on = threading.Event()
    done: list[str] = []

    async def ask() -> None:
        threads = Threads(4, short=1)
        first = asyncio.create_task(threads.run(lambda: go_on.wait(60)))
        await asyncio.sleep(0)
        second = asyncio.create_task(threads.run(lambda: done.append("second")))
        third = asyncio.create_task(threads.run(lambda: done.append("third")))
        await asyncio.sleep(0)
        second.cancel()
        go_on.set()
        await asyncio.gather(first, third)
        assert second.cancelled()
        await threads.run(lambda: done.append("fourth"))

    run(ask())
    assert done == ["third", "fourth"]


@pytest.mark.usefixtures("nothing_is_long")
def test_who_is_cancelled_in_the_moment_of_its_turn_gives_it_on() -> None:
    async def ask() -> None:
        turns = module.Turns(1)
        first = await turns.take()
        second, third = (asyncio.create_task(turns.take()) for _ in range(2))
        await asyncio.sleep(0)
        first.end()
        second.cancel()
        (await third).end()
        assert second.cancelled()
        (await turns.take()).end()

    run(ask())


# ---------------------------------------------------------------- on the event loop


def where() -> str:
    return threading.current_thread().name


def test_what_is_asked_for_alone_is_done_on_the_loop() -> None:
    async def ask() -> None:
        threads = Threads(4, short=2)
        for _ in range(3):
            assert await threads.run_on_loop(where) == where()
        with pytest.raises(ZeroDivisionError):
            await threads.run_on_loop(lambda: 1 / 0)
        assert await threads.run_on_loop(where) == where()

    run(ask())


def test_what_waits_is_done_in_a_thread() -> None:
    begun: list[str] = []

    def work() -> str:
        begun.append(where())
        check_may_block()
        return where()

    async def ask() -> None:
        threads = Threads(4, short=2)
        assert await threads.run_on_loop(work) != where()
        assert begun[0] == where()
        assert len(begun) == 2
        # Nobody is told to wait for nothing any more.
        check_may_block()

    run(ask())


def test_what_comes_together_is_done_in_threads() -> None:
    async def ask() -> None:
        threads = Threads(4, short=2)
        names = await asyncio.gather(*(threads.run_on_loop(where) for _ in range(5)))
        assert where() not in names

    run(ask())


@pytest.mark.usefixtures("nothing_is_long")
def test_what_comes_beside_other_work_is_done_in_a_thread() -> None:
    go_on = threading.Event()

    async def ask() -> None:
        threads = Threads(4, short=2)
        other = asyncio.create_task(threads.run(lambda: go_on.wait(60)))
        await asyncio.sleep(0)
        assert await threads.run_on_loop(where) != where()
        go_on.set()
        assert await other
        assert await threads.run_on_loop(where) == where()

    run(ask())


def test_after_long_work_the_loop_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> None:
        threads = Threads(4, short=2)
        monkeypatch.setattr(module, "_BRIEF", -1.0)
        monkeypatch.setattr(module, "_REST", 3600.0)
        assert await threads.run_on_loop(where) == where()
        assert await threads.run_on_loop(where) != where()

    run(ask())


def test_without_turns_nothing_is_done_on_the_loop() -> None:
    async def ask() -> None:
        assert await Threads(4).run_on_loop(where) != where()

    run(ask())


def test_nothing_of_the_work_is_kept(wait_until: WaitUntil) -> None:
    class Large:
        pass

    async def ask() -> None:
        threads = Threads(1)
        large = Large()
        left = weakref.ref(large)
        assert await threads.run(lambda one=large: one) is large  # type: ignore[misc]
        del large
        await asyncio.sleep(0)
        wait_until(lambda: left() is None)

    run(ask())


def test_threads_end_with_what_started_them(wait_until: WaitUntil) -> None:
    before = set(threading.enumerate())

    async def ask() -> None:
        threads = Threads(4)
        together = threading.Barrier(4)
        await asyncio.gather(*(threads.run(lambda: together.wait(60)) for _ in range(4)))
        assert len(set(threading.enumerate()) - before) >= 4

    run(ask())
    wait_until(lambda: not set(threading.enumerate()) - before)
