"""Decoding processes: what they cost when they misbehave, and what they may touch."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from photomill.decoding.decoder import ImageDecoder
from photomill.errors import (
    ImageError,
    ImageTooLarge,
    ImageUnreadable,
    PhotomillError,
    PluginUnavailable,
    UnsupportedFormat,
)
from photomill.sandbox.confinement import offered_confinement

OpenDecoder = Callable[..., ImageDecoder]
Command = Callable[[str], bytes]
WaitUntil = Callable[[Callable[[], object]], None]


def _said(decoder: ImageDecoder, picture: bytes) -> str:
    with pytest.raises(ImageUnreadable) as caught:
        decoder.decode(picture)
    return str(caught.value)


def test_a_picture_is_decoded_with_the_options(
    open_misbehaving: OpenDecoder, command: Command
) -> None:
    image = open_misbehaving(colour=9).decode(command("behave"))
    assert np.array_equal(image.pixels, np.full((2, 3, 3), 9))
    assert (image.width, image.height, image.format) == (3, 2, "bmp")


@pytest.mark.parametrize(
    ("order", "error", "message"),
    [
        ("crash", ImageUnreadable, "the decoding process was ended by SIGSEGV"),
        ("leave", ImageUnreadable, "the decoding process ended with status 3"),
        ("spin", ImageTooLarge, r"takes more than 1 s to decode"),
        ("hoard", ImageTooLarge, "needs more than 512 MiB of memory"),
        ("fail", ImageUnreadable, "the file is damaged"),
        ("forbid", ImageUnreadable, "not an error of images"),
        ("babble nonsense", ImageUnreadable, "the decoding process was ended"),
        ("babble [1]", ImageUnreadable, "the decoding process was ended"),
        (
            'babble {"answer": {"shape": [Infinity, 1]}}',
            ImageUnreadable,
            "the decoding process was ended",
        ),
        ('babble {"parts": [-1, 1]}', ImageUnreadable, "the decoding process was ended"),
        ('babble {"asks": {"admit": 1}}', ImageUnreadable, "the decoding process was ended"),
        (
            'babble {"answer": {"error": "SystemExit"}}',
            ImageUnreadable,
            "the decoding process was ended",
        ),
        pytest.param(
            "babble " + "[" * 50_000, ImageUnreadable, "the decoding process was ended", id="deep"
        ),
        ("lie 2x2x4", ImageUnreadable, "the decoding process was ended"),
        ("lie 2x2", ImageUnreadable, "the decoding process was ended"),
        ("lie 2000x2000x3", ImageUnreadable, "the decoding process was ended"),
    ],
)
def test_misbehaviour_costs_its_own_picture_only(
    open_misbehaving: OpenDecoder,
    command: Command,
    order: str,
    error: type[ImageError],
    message: str,
) -> None:
    seconds = 1.0 if order == "spin" else 100.0
    decoder = open_misbehaving(max_seconds=seconds, max_memory=512 * 2**20, max_pixels=1_000_000)
    with pytest.raises(error, match=message):
        decoder.decode(command(order))
    assert decoder.decode(command("behave")).pixels.shape == (2, 3, 3)


@pytest.mark.parametrize("lengths", ["7 2000 11", "8 2000 10", "8 20000 11"])
def test_malformed_descriptors_cost_their_own_picture_only(
    open_misbehaving: OpenDecoder, command: Command, lengths: str
) -> None:
    decoder = open_misbehaving()
    with pytest.raises(ImageUnreadable, match="the decoding process was ended"):
        decoder.decode(command(f"misdescribe {lengths}"), descriptors=True)
    assert decoder.decode(command("behave"), descriptors=True).descriptors is not None


def test_a_process_stays(open_misbehaving: OpenDecoder, command: Command) -> None:
    decoder = open_misbehaving()
    assert _said(decoder, command("pid")) == _said(decoder, command("pid"))


def test_a_process_that_died_while_idle_is_replaced(
    open_misbehaving: OpenDecoder, command: Command, wait_until: WaitUntil
) -> None:
    decoder = open_misbehaving()
    first = int(_said(decoder, command("pid")))
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not _runs(first))
    assert int(_said(decoder, command("pid"))) != first


def test_a_picture_whose_process_is_killed_from_outside_is_tried_again(
    open_misbehaving: OpenDecoder, command: Command, wait_until: WaitUntil
) -> None:
    decoder = open_misbehaving(processes=1, max_seconds=1000.0)
    first = int(_said(decoder, command("pid")))
    with ThreadPoolExecutor(1) as threads:
        sleeping = threads.submit(decoder.decode, command("sleep 1"))
        os.kill(first, signal.SIGKILL)
        assert sleeping.result().pixels.shape == (2, 3, 3)
    wait_until(lambda: not _runs(first))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_meant_for_the_engine_leave_the_processes_alone(
    open_misbehaving: OpenDecoder, command: Command, number: int
) -> None:
    decoder = open_misbehaving()
    first = _said(decoder, command("pid"))
    os.kill(int(first), number)
    time.sleep(0.05)
    assert _said(decoder, command("pid")) == first


def test_one_picture_is_not_stuck_behind_many(
    open_misbehaving: OpenDecoder, command: Command
) -> None:
    decoder = open_misbehaving(processes=1, max_seconds=1000.0)
    process = int(_said(decoder, command("pid")))
    done: list[bool] = []

    def decode(interactive: bool) -> None:
        decoder.decode(command("sleep 0.1"), interactive=interactive)
        done.append(interactive)

    with ThreadPoolExecutor(12) as threads:
        # Until all wait, nothing is done, however slow the machine is.
        os.kill(process, signal.SIGSTOP)
        many = [threads.submit(decode, False) for _ in range(10)]
        time.sleep(0.1)
        alone = threads.submit(decode, True)
        time.sleep(0.1)
        os.kill(process, signal.SIGCONT)
        for each in (alone, *many):
            each.result()
    assert done.index(True) <= 2


def test_a_slow_picture_does_not_hold_up_the_others(
    open_misbehaving: OpenDecoder, command: Command
) -> None:
    decoder = open_misbehaving(processes=2, max_seconds=1000.0)
    decoder.decode(command("behave"))
    with ThreadPoolExecutor(5) as threads:
        slow = threads.submit(decoder.decode, command("sleep 900"))
        time.sleep(0.1)
        list(threads.map(decoder.decode, [command("behave")] * 40))
        assert not slow.done()
        decoder.close()


def test_many_threads_share_few_processes(open_misbehaving: OpenDecoder, command: Command) -> None:
    decoder = open_misbehaving(processes=2)
    with ThreadPoolExecutor(16) as threads:
        pids = set(threads.map(lambda _: _said(decoder, command("pid")), range(64)))
    assert len(pids) <= 2


def test_it_writes_no_files(
    open_misbehaving: OpenDecoder, command: Command, tmp_path: Path
) -> None:
    target = tmp_path / "written"
    said = _said(open_misbehaving(), command(f"write {target}"))
    assert "File too large" in said or "denied" in said or "not permitted" in said
    assert not target.exists() or target.stat().st_size == 0


@pytest.mark.skipif(not offered_confinement().complete, reason=str(offered_confinement()))
def test_it_reaches_nothing_but_its_picture(
    open_misbehaving: OpenDecoder, command: Command, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.key"
    secret.write_text("hunter2")
    decoder = open_misbehaving()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        for order in (f"connect {port}", f"read {secret}", f"remove {secret}"):
            said = _said(decoder, command(order))
            assert "denied" in said or "not permitted" in said
    assert secret.read_text() == "hunter2"


def test_it_has_no_secrets_and_no_open_connections(
    open_misbehaving: OpenDecoder, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_PASSWORD", "hunter2")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.set_inheritable(True)
        decoder = open_misbehaving()
        assert "hunter2" not in _said(decoder, command("environment"))
        opened = _said(decoder, command("descriptors")).split()
    assert sum(name.startswith("socket:") for name in opened) == 1


def test_what_is_refused_without_a_process(open_misbehaving: OpenDecoder, command: Command) -> None:
    decoder = open_misbehaving("Stillborn", max_bytes=1000)
    for picture, error, message in (
        (b"", UnsupportedFormat, "empty"),
        (b"hello", UnsupportedFormat, "not an image; taken are bmp"),
        (b"\x89PNG\r\n\x1a\n", UnsupportedFormat, "png is not taken"),
        (command("x" * 1000), ImageTooLarge, "bytes are more than 1000"),
    ):
        with pytest.raises(error, match=message):
            decoder.decode(picture)


@pytest.mark.parametrize(
    ("kind", "message"),
    [("Unopenable", "OSError: the model is missing"), ("Stillborn", "does not start; .*status 1")],
)
def test_a_decoder_that_cannot_be_opened_is_unavailable(
    open_misbehaving: OpenDecoder, command: Command, kind: str, message: str
) -> None:
    decoder = open_misbehaving(kind)
    for _ in range(2):
        with pytest.raises(PluginUnavailable, match=message):
            decoder.decode(command("behave"))


def test_closing_ends_every_process(open_misbehaving: OpenDecoder, command: Command) -> None:
    decoder = open_misbehaving()
    pid = int(_said(decoder, command("pid")))
    decoder.close()
    decoder.close()
    assert not _runs(pid)
    with pytest.raises(PhotomillError, match="closed"):
        decoder.decode(command("behave"))


def test_closing_does_not_wait_for_a_slow_picture(
    open_misbehaving: OpenDecoder, command: Command
) -> None:
    decoder = open_misbehaving(max_seconds=1000.0)
    decoder.decode(command("behave"))
    with ThreadPoolExecutor(1) as threads:
        lost = threads.submit(decoder.decode, command("spin"))
        time.sleep(0.2)
        decoder.close()
        # Refused as closed where it had not begun.
        with pytest.raises(PhotomillError):
            lost.result()


@pytest.mark.parametrize("order", ["behave", "spin"])
def test_processes_end_with_an_engine_that_is_killed(
    open_misbehaving: OpenDecoder, command: Command, order: str, wait_until: WaitUntil
) -> None:
    """Idle ones see the socket end; busy ones have an alarm."""
    program = f"""
import sys; sys.path[:] = {sys.path!r}
from photomill.config.settings import ImageSettings
from photomill.errors import ImageUnreadable
from photomill.decoding.decoder import ImageDecoder
from photomill_misbehaving import Misbehaving, Options
decoder = ImageDecoder([(Misbehaving, Options())], ImageSettings(processes=1, max_seconds=2.0))
try:
    decoder.decode({command("pid")!r})
except ImageUnreadable as error:
    print(error, flush=True)
decoder.decode({command(order)!r})
print("done", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as engine:
        assert engine.stdout is not None
        pid = int(engine.stdout.readline())
        if order == "behave":
            assert engine.stdout.readline() == b"done\n"
        engine.kill()
    wait_until(lambda: not _runs(pid))


def _runs(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
