"""Memory that large bodies took goes back to the system."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import sys, threading
from pathlib import Path
from photomill_http.memory import return_freed_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 1_000_000

def grow():
    # A large block that is freed is what raises the limits of glibc.
    bytes(30_000_000)
    text = ""
    for _ in range(50):
        text += "a" * 1_000_000



return_freed_memory()
before = resident()
threads = [threading.Thread(target=grow) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what is freed")
def test_threads_that_worked_on_large_texts_keep_no_memory() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert int(answer.stdout) < 50
