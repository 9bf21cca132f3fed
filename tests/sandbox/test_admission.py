"""Waiting for what there is too little of."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

from photomill.sandbox.admission import Admission

WaitUntil = Callable[[Callable[[], object]], None]


class Guest:
    """A thread that holds an amount until it is told to go."""

    def __init__(
        self, admission: Admission, amount: int, entered: list[str], name: str, *, interactive: bool
    ) -> None:
        self.leave = threading.Event()

        def stay() -> None:
            with admission.held(amount, interactive=interactive):
                entered.append(name)
                self.leave.wait()

        self.thread = threading.Thread(target=stay)
        self.thread.start()


def test_no_more_is_held_than_there_is() -> None:
    admission = Admission(10)
    held, most, lock = 0, 0, threading.Lock()

    def work(amount: int) -> None:
        nonlocal held, most
        with admission.held(amount, interactive=amount % 2 == 0):
            with lock:
                held += amount
                most = max(most, held)
            time.sleep(0.001)
            with lock:
                held -= amount

    threads = [threading.Thread(target=work, args=(1 + step % 7,)) for step in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 7 <= most <= 10
    assert held == 0


def test_who_needs_more_than_there_is_goes_alone(wait_until: WaitUntil) -> None:
    admission = Admission(10)
    entered: list[str] = []
    with admission.held(1000, interactive=True):
        guest = Guest(admission, 1, entered, "small", interactive=True)
        wait_until(lambda: admission.waiting)
        assert entered == []
    wait_until(lambda: entered == ["small"])
    guest.leave.set()
    guest.thread.join()


def test_an_error_inside_gives_back_what_was_held() -> None:
    admission = Admission(1)
    for _ in range(3):
        try:
            with admission.held(1, interactive=True):
                raise ValueError
        except ValueError:
            pass
    with admission.held(1, interactive=False):
        pass


def test_interactive_callers_pass_waiting_jobs_but_never_all_of_them(
    wait_until: WaitUntil,
) -> None:
    admission = Admission(1)
    entered: list[str] = []
    guests: list[Guest] = []
    with ExitStack() as stack:
        stack.enter_context(admission.held(1, interactive=False))
        for kind in ["job"] * 3 + ["person"] * 8:
            guests.append(Guest(admission, 1, entered, kind, interactive=kind == "person"))
            guests[-1].leave.set()
            wait_until(lambda: admission.waiting == len(guests))
    for guest in guests:
        guest.thread.join()
    # One job of every five that start while both kinds wait.
    assert entered[:5].count("person") == 4
    assert "job" in entered[:5]
    assert entered[-1] == "job"


def test_nobody_overtakes_within_a_line(wait_until: WaitUntil) -> None:
    admission = Admission(10)
    entered: list[str] = []
    with admission.held(6, interactive=True):
        large = Guest(admission, 9, entered, "large", interactive=True)
        wait_until(lambda: admission.waiting == 1)
        small = Guest(admission, 2, entered, "small", interactive=True)
        wait_until(lambda: admission.waiting == 2)
        assert entered == []
    wait_until(lambda: entered)
    assert entered == ["large"]
    for guest in (large, small):
        guest.leave.set()
        guest.thread.join()
    assert entered == ["large", "small"]
