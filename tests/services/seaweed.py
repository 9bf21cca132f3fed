"""Runs SeaweedFS as an S3 service: ``python seaweed.py PORT FOLDER``.

Says ``READY {"endpoint": …, "access_key": …, "secret_key": …}`` once objects can be written and read, and stops when its
standard input ends, so that it never outlives the tests.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ACCESS_KEY = "tests"
SECRET_KEY = "a secret of the tests 0123456789"
START_SECONDS = 60
STOP_SECONDS = 3


def main() -> int:
    port, folder = int(sys.argv[1]), Path(sys.argv[2]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="seaweed-") as scratch:
        log = Path(scratch, "log")
        with log.open("wb") as output:
            server = subprocess.Popen(
                _command(port, folder, Path(scratch)),
                cwd=scratch,
                # One volume for a bucket at first: seven of them would reserve the disk for nothing.
                env={**os.environ, "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            if not _wait(server, port):
                sys.stderr.write(log.read_text(errors="replace")[-4000:])
                return 1
            service = {
                "endpoint": f"http://127.0.0.1:{port}",
                "access_key": ACCESS_KEY,
                "secret_key": SECRET_KEY,
            }
            sys.stdout.write(f"READY {json.dumps(service)}\n")
            sys.stdout.flush()
            sys.stdin.read()
            return 0
        finally:
            _stop(server)


def _command(port: int, folder: Path, scratch: Path) -> list[str]:
    weed = shutil.which("weed", path=sysconfig.get_path("scripts")) or "weed"
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    config = scratch / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    master, master_rpc, volume, volume_rpc, filer, filer_rpc, s3_rpc = _free_ports(7)
    return [
        weed,
        "-logtostderr=true",
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={master}",
        f"-master.port.grpc={master_rpc}",
        "-master.volumeSizeLimitMB=256",
        "-master.volumePreallocate=false",
        "-master.telemetry=false",
        f"-volume.port={volume}",
        f"-volume.port.grpc={volume_rpc}",
        "-volume.preStopSeconds=0",
        "-volume.max=10000",
        "-volume.minFreeSpace=1",
        "-filer",
        f"-filer.port={filer}",
        f"-filer.port.grpc={filer_rpc}",
        "-s3",
        f"-s3.port={port}",
        f"-s3.port.grpc={s3_rpc}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.iam=false",
        "-s3.autoCreateBucket=false",
        f"-s3.config={config}",
    ]


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _wait(server: "subprocess.Popen[bytes]", port: int) -> bool:
    """Wait until an object can be written and read: the port answers seconds before the volumes do."""
    end = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < end:
        if _works(port):
            return True
        time.sleep(0.1)
    return False


def _works(port: int) -> bool:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )
    try:
        client.create_bucket(Bucket="ready")
        client.put_object(Bucket="ready", Key="probe", Body=bytes(5000))
        client.get_object(Bucket="ready", Key="probe")["Body"].read()
        client.delete_object(Bucket="ready", Key="probe")
        client.delete_bucket(Bucket="ready")
    except (BotoCoreError, ClientError):
        return False
    finally:
        client.close()
    return True


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
