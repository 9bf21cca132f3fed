"""Runs OpenStack Swift as an S3 service: ``python openstack_swift.py PORT FOLDER``, by the Python that has ``swift`` installed.

A proxy with ``s3api``, and one account, container and object server, without replicas. The folder must be on a file
system with user attributes. It says ``READY {"endpoint": …, "access_key": …, "secret_key": …}`` once it answers, and
stops when its standard input ends.
"""

import json
import os
import pwd
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from swift.common.ring import RingBuilder

ACCOUNT, USER = "tests", "tester"
SECRET_KEY = "a-secret-of-the-tests-0123456789"
START_SECONDS = 60

COMMON = """\
[DEFAULT]
swift_dir = {scratch}
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
devices = {folder}
mount_check = false
disable_fallocate = true
log_level = WARNING

"""
BACKEND = """\
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
container_update_timeout = 30
conn_timeout = 10
node_timeout = 60
"""
FILTERS = (
    "catch_errors",
    "gatekeeper",
    "healthcheck",
    "listing_formats",
    "bulk",
    "s3api",
    "tempauth",
    "copy",
    "slo",
    "dlo",
    "versioned_writes",
    "symlink",
)
FILTER_OPTIONS = {
    "tempauth": f"user_{ACCOUNT}_{USER} = {SECRET_KEY} .admin\n",
    "s3api": "location = us-east-1\n",
    "versioned_writes": "allow_object_versioning = true\n",
}
PROXY = """\
[pipeline:main]
pipeline = {filters} proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
node_timeout = 60
conn_timeout = 10
recoverable_node_timeout = 60
request_node_count = 1
"""
HASHES = """\
[swift-hash]
swift_hash_path_prefix = local
swift_hash_path_suffix = test
[storage-policy:0]
name = one
default = yes
"""


def main() -> int:
    port, folder = int(sys.argv[1]), Path(sys.argv[2]).absolute()
    (folder / "device").mkdir(parents=True, exist_ok=True)
    os.setxattr(folder / "device", "user.probe", b"1")
    with tempfile.TemporaryDirectory(prefix="swift-") as name, ExitStack() as running:
        scratch = Path(name)
        (scratch / "swift.conf").write_text(HASHES)
        ports = dict(zip(("account", "container", "object"), _free_ports(3), strict=True))
        for kind, inner in ports.items():
            _write_ring(scratch, kind, inner)
        servers = [
            running.enter_context(_start(kind, number, folder, scratch))
            for kind, number in [*ports.items(), ("proxy", port)]
        ]
        try:
            if not _wait(servers, [*ports.values(), port]):
                for log in scratch.glob("*.log"):
                    sys.stderr.write(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}")
                return 1
            service = {
                "endpoint": f"http://127.0.0.1:{port}",
                "access_key": f"{ACCOUNT}:{USER}",
                "secret_key": SECRET_KEY,
            }
            sys.stdout.write(f"READY {json.dumps(service)}\n")
            sys.stdout.flush()
            sys.stdin.read()
            return 0
        finally:
            for server in reversed(servers):
                server.terminate()


def _start(kind: str, port: int, folder: Path, scratch: Path) -> "subprocess.Popen[bytes]":
    values = {
        "port": port,
        "kind": kind,
        "folder": folder,
        "scratch": scratch,
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "filters": " ".join(FILTERS),
    }
    text = COMMON + (PROXY if kind == "proxy" else BACKEND)
    if kind == "proxy":
        for each in FILTERS:
            text += f"[filter:{each}]\nuse = egg:swift#{each}\n{FILTER_OPTIONS.get(each, '')}"
    config = scratch / f"{kind}.conf"
    config.write_text(text.format(**values))
    program = Path(sysconfig.get_path("scripts"), f"swift-{kind}-server")
    with (scratch / f"{kind}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, str(program), str(config), "--verbose"],
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _write_ring(scratch: Path, kind: str, port: int) -> None:
    ring = RingBuilder(4, 1, 0)
    address = {"ip": "127.0.0.1", "port": port}
    ring.add_dev(
        {
            "region": 1,
            "zone": 1,
            "device": "device",
            "weight": 1,
            "replication_ip": "127.0.0.1",
            "replication_port": port,
            "meta": "",
            **address,
        }
    )
    ring.rebalance()
    ring.get_ring().save(str(scratch / f"{kind}.ring.gz"))


def _wait(servers: "list[subprocess.Popen[bytes]]", ports: list[int]) -> bool:
    end = time.monotonic() + START_SECONDS
    while all(server.poll() is None for server in servers) and time.monotonic() < end:
        ports = [port for port in ports if not _answers(port)]
        if not ports:
            return True
        time.sleep(0.05)
    return False


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
    except OSError:
        return False
    return True


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


if __name__ == "__main__":
    sys.exit(main())
