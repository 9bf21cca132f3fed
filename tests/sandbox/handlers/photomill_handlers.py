"""Handlers that tell of their process."""

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from photomill.sandbox.worker import Answer, EngineSide, Handler

_kept: list[bytearray] = []


def open_handlers() -> dict[str, Handler]:
    # One that is there before the first call, as those of libraries are.
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    return {"see": _see, "work": _work, "work_a_little": _work, "ask": _ask}


def _see(request: Mapping[str, Any], parts: list[bytes], engine: EngineSide) -> Answer:
    """Wait, and tell which process it is and how much memory it holds."""
    time.sleep(request.get("seconds", 0))
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    lengths = [len(part) for part in parts]
    return {"pid": os.getpid(), "resident": resident, "lengths": lengths}, parts


def _work(request: Mapping[str, Any], parts: list[bytes], engine: EngineSide) -> Answer:
    """Take as much memory as is asked for, and keep some of it."""
    try:
        _kept.append(bytearray(request["keep"]))
        bytearray(request["need"])
    except MemoryError:
        return {"error": "MemoryError", "out_of_memory": True}, ()
    return {"pid": os.getpid()}, ()


def _ask(request: Mapping[str, Any], parts: list[bytes], engine: EngineSide) -> Answer:
    """Ask the engine, and tell which cores each thread of this process may use."""
    engine.ask({})
    threads = sorted(map(int, os.listdir("/proc/self/task")))
    return {"cores": [sorted(os.sched_getaffinity(each)) for each in threads]}, ()
