"""Garbage is not looked for while modules are imported, and is afterwards."""

import gc
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

from photomill.plugins.loading import loading


def test_it_is_looked_for_again_once_the_last_has_loaded() -> None:
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(loading())
        second.enter_context(loading())
        first.close()
        assert not gc.isenabled()
        second.close()
        assert gc.isenabled()


def test_threads_may_load_at_once() -> None:
    barrier = Barrier(4)

    def load() -> bool:
        barrier.wait()
        for _ in range(200):
            with loading():
                if gc.isenabled():
                    return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda _: load(), range(4)))
    assert gc.isenabled()


def test_whoever_never_wanted_it_goes_without() -> None:
    gc.disable()
    try:
        with loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
