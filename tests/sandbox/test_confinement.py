"""What a sandboxed process cannot do any more once it confined itself: tried, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from photomill.sandbox.confinement import Confinement, offered_confinement
from photomill.sandbox.readable import named_by, without

MEMORY = 6 * 2**30

TRIES = """
    import json, os, socket, sys, threading
    from pathlib import Path
    from photomill.sandbox import confinement, landlock, seccomp
    from photomill.sandbox.confinement import Access

    folder = Path(sys.argv[1])
    server = socket.create_server(("127.0.0.1", 0))
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    parent = os.getppid()
    {before}
    access = Access((folder / "given",), (folder / "private",))
    found = confinement.confine({memory}, access)

    done = {{}}

    def attempt(name, work):
        try:
            work()
            done[name] = "done"
        except OSError as error:
            done[name] = "refused"

    attempt("connect", lambda: socket.create_connection(server.getsockname(), 2))
    attempt("make a socket", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    attempt("make a raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW))
    attempt("send a datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    attempt("listen", lambda: server.listen())
    attempt("accept", lambda: (server.settimeout(0.1), server.accept()))
    attempt("create", lambda: open(folder / "new", "w").close())
    attempt("create in what may be read", lambda: open(folder / "given" / "new", "w").close())
    attempt("append", lambda: open(folder / "victim", "a").close())
    attempt("truncate", lambda: os.truncate(folder / "victim", 0))
    attempt("rename", lambda: os.rename(folder / "victim", folder / "moved"))
    attempt("link", lambda: os.link(folder / "victim", folder / "linked"))
    attempt("symlink", lambda: os.symlink(folder / "victim", folder / "linked"))
    attempt("make a folder", lambda: os.mkdir(folder / "folder"))
    attempt("chmod", lambda: os.chmod(folder / "victim", 0o777))
    attempt("change times", lambda: os.utime(folder / "victim"))
    attempt("delete", lambda: os.unlink(folder / "victim"))
    attempt("fork", os.fork)
    attempt("run a program", lambda: os.execv("/bin/true", ["true"]))
    attempt("signal", lambda: os.kill(parent, 0))
    attempt("read another file", lambda: (folder / "victim").read_bytes())
    attempt("read what is private", lambda: (folder / "private" / "secret.key").read_bytes())
    attempt("list a folder", lambda: os.listdir(folder))
    attempt("read what others were started with", lambda: open(f"/proc/{{parent}}/environ").read())
    attempt("read passwords", lambda: open("/etc/shadow").read())

    attempt("read what it was given", lambda: (folder / "given" / "a").read_bytes())
    attempt("read its own library", lambda: Path(json.__file__).read_bytes())
    attempt("ask for chance", lambda: os.urandom(8))

    def imported():
        import sqlite3, xml.etree.ElementTree, numpy.random

    attempt("import", imported)
    thread = threading.Thread(target=lambda: attempt("work in a thread", lambda: None))
    thread.start()
    thread.join()
    print(json.dumps([[found.network, found.writing, found.reading], str(found), done]))
"""

ALLOWED = {
    "read what it was given",
    "read its own library",
    "ask for chance",
    "import",
    "work in a thread",
}
READING = {
    "read another file",
    "read what is private",
    "list a folder",
    "read what others were started with",
    "read passwords",
}


def tried(folder: Path, before: str = "") -> tuple[list[bool], str, dict[str, str]]:
    for name in ("given", "private"):
        (folder / name).mkdir()
    for name in ("victim", "given/a", "private/secret.key"):
        (folder / name).write_text("content")
    script = dedent(TRIES).format(before=before, memory=MEMORY)
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "victim").read_text() == "content"
    holds, said, outcomes = json.loads(done.stdout)
    return holds, said, outcomes


@pytest.mark.skipif(not offered_confinement().complete, reason=str(offered_confinement()))
def test_nothing_is_left_but_what_is_needed(tmp_path: Path) -> None:
    holds, said, outcomes = tried(tmp_path)
    assert holds == [True, True, True]
    assert "reading other files" in said
    assert {name for name, outcome in outcomes.items() if outcome == "done"} == ALLOWED


@pytest.mark.skipif(not offered_confinement().network, reason=str(offered_confinement()))
def test_without_landlock_nothing_is_written_or_sent_and_reading_is_said_to_be_open(
    tmp_path: Path,
) -> None:
    holds, said, outcomes = tried(tmp_path, "landlock.offered = lambda: 0")
    assert holds == [True, True, False]
    assert said == (
        "the kernel does not keep sandboxed processes from reading other files: it offers no Landlock"
    )
    possible = {name for name, outcome in outcomes.items() if outcome == "done"}
    assert ALLOWED <= possible <= ALLOWED | READING


def test_where_the_kernel_offers_nothing_that_is_said(tmp_path: Path) -> None:
    before = "landlock.offered = lambda: 0; seccomp._MACHINES.clear()"
    script = dedent(
        f"""
        from photomill.sandbox import confinement, landlock, seccomp
        {before}
        print(confinement.confine({MEMORY}))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == (
        "the kernel does not keep sandboxed processes from the network, writing files, "
        "reading other files: it offers no Landlock and seccomp"
    )


def test_what_could_not_be_denied_is_told_to_the_engine() -> None:
    whole = Confinement(network=True, writing=True, reading=True)
    assert whole.shortcoming() == {}
    part = Confinement(network=True, writing=True, reading=False, missing=("Landlock",))
    assert part.shortcoming() == {"unconfined": str(part)}


def test_a_folder_without_a_private_one(tmp_path: Path) -> None:
    for name in ("a/b/private/c", "a/d", "e"):
        (tmp_path / name).mkdir(parents=True)
    left = set(without(tmp_path, tmp_path / "a" / "b" / "private"))
    assert left == {tmp_path / "a" / "d", tmp_path / "e"}
    assert list(without(tmp_path / "e", tmp_path / "a")) == [tmp_path / "e"]
    assert list(without(tmp_path / "a" / "d", tmp_path / "a")) == []


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.onnx").touch()
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["model.onnx"], ["model.onnx"]),
        (["folder", "missing.onnx", 3, None], []),
        (["./folder"], ["folder"]),
        ([{"a": ["model.onnx"]}, ("./folder",)], ["model.onnx", "folder"]),
    ],
)
def test_files_that_options_name(places: Path, options: Any, named: list[str]) -> None:
    assert list(named_by(options)) == [places / name for name in named]
