"""Which units run beside others."""

import threading

from photomill.jobs.gate import Gate


def test_many_run_at_once_and_a_suspect_alone() -> None:
    gate = Gate()
    assert gate.enter()
    assert gate.enter()
    order: list[str] = []

    def suspect() -> None:
        assert gate.enter(alone=True)
        order.append("suspect")
        gate.leave()

    def late() -> None:
        assert gate.enter()
        order.append("late")
        gate.leave()

    waiting = threading.Thread(target=suspect)
    waiting.start()
    while not gate.is_wanted:
        pass
    # Whoever comes now waits behind the suspect, which would otherwise wait for ever.
    behind = threading.Thread(target=late)
    behind.start()
    assert order == []
    gate.leave()
    gate.leave()
    waiting.join()
    behind.join()
    assert order == ["suspect", "late"]


def test_nobody_enters_a_closed_gate() -> None:
    gate = Gate()
    assert gate.enter()
    refused: list[bool] = []
    waiting = threading.Thread(target=lambda: refused.append(gate.enter(alone=True)))
    waiting.start()
    gate.close()
    waiting.join()
    assert refused == [False]
    assert not gate.enter()
