"""Several processes that serve at one address: one server to its callers, whatever dies."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

WaitUntil = Callable[[Callable[[], object]], None]

WAIT = 120.0
"""Seconds that nothing here takes."""


class Serving:
    """``photomill serve --workers 3``."""

    def __init__(self, folder: Path) -> None:
        self._command = [str(Path(sys.executable).with_name("photomill"))]
        self._data = ["--data-dir", str(folder)]
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [*self._command, "serve", *self._data, "--quiet", "--port", "0", "--workers", "3"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command, *arguments, *self._data], capture_output=True, text=True, check=True
        )
        return done.stdout

    def children(self) -> list[int]:
        """The further processes, by their ids."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        found = [int(each) for task in tasks for each in (task / "children").read_text().split()]
        return [each for each in found if b"spawn_main" in _command_line(each)]

    def answering(self) -> set[int]:
        """The processes that listen, by their ids."""
        port = int(self.url.rpartition(":")[2])
        processes = [self.process.pid, *self.children()]
        return {each for each in processes if _is_listening(each, port)}

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask over a connection of its own, which any of the processes may get."""
        return httpx.get(f"{self.url}{path}", headers=headers, timeout=WAIT)

    def counted(self, operation: str) -> int:
        """Requests of operations whose names begin so."""
        numbers = self.get("/metrics").text
        pattern = rf'photomill_http_requests_total{{operation="{operation}.*}} (\d+)'
        return sum(map(int, re.findall(pattern, numbers)))


def _command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def _is_listening(process: int, port: int) -> bool:
    try:
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        nodes = {
            f"socket:[{line[9]}]"
            for line in lines
            if line[3] == "0A" and line[1].endswith(f":{port:04X}")
        }
        return any(os.readlink(each) in nodes for each in Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return False


@pytest.fixture
def serving(tmp_path: Path, wait_until: WaitUntil) -> Iterator[Serving]:
    serving = Serving(tmp_path)
    try:
        wait_until(lambda: len(serving.answering()) == 3)
        yield serving
    finally:
        serving.process.kill()
        serving.process.communicate()


def test_what_one_writes_all_read_and_all_count_together(
    serving: Serving, wait_until: WaitUntil
) -> None:
    key = serving.run("keys", "create", "test", "--admin", "--quiet").strip()
    authorization = {"Authorization": f"Token {key}"}
    made = httpx.post(
        f"{serving.url}/admin/v1/collections", headers=authorization, json={"name": "shared"}
    ).json()["id"]
    for _ in range(30):
        assert made in serving.get("/admin/v1/collections", **authorization).text
    # A request is counted once its answer is sent: another process may be asked before.
    wait_until(lambda: serving.counted("admin ") == 31)


def test_a_process_that_dies_is_started_again(serving: Serving, wait_until: WaitUntil) -> None:
    before = serving.children()
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: before[0] not in serving.children() and len(serving.answering()) == 3)
    assert before[1] in serving.children()
    assert serving.get("/readyz").status_code == 200


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_all_end_together(serving: Serving, ending: signal.Signals, wait_until: WaitUntil) -> None:
    children = serving.children()
    serving.process.send_signal(ending)
    assert serving.process.wait(WAIT) == (-ending if ending is signal.SIGKILL else 0)
    wait_until(lambda: not any(b"spawn_main" in _command_line(each) for each in children))


def test_another_server_is_not_let_in(serving: Serving) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        serving.run("serve", "--port", serving.url.rpartition(":")[2], "--workers", "2")
    assert "cannot listen" in refused.value.stderr
