"""A real S3 server for the tests: SeaweedFS, one a test process, on free loopback ports, gone with the process."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ACCESS_KEY = "test-access-key"
SECRET_KEY = "test-secret-key"  # of a server that ends with the test run
BUCKET = "archive"

START_TIMEOUT_S = 30
GRPC = 10_000
"""SeaweedFS serves gRPC at each port plus this."""

WATCHED = '"$@" & child=$!; read -r _; kill -9 "$child"; wait "$child" 2>/dev/null'
"""Runs a command until standard input is closed, so that it ends however the test process ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where the server listens, and how to get in."""

    endpoint: str
    name: str = BUCKET

    @property
    def environment(self) -> dict[str, str]:
        """The AWS settings that lead here, and that keep those of the machine out."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def url(self, prefix: str) -> str:
        return f"s3://{self.name}/{prefix}"


@contextmanager
def seaweedfs(folder: Path) -> Iterator[Bucket]:
    """Start the server with its objects in `folder`; a few attempts, because a free port may be taken by then."""
    for _ in range(3):
        ports = _free_ports(6)
        with (folder / "weed.log").open("wb") as log:
            server = _start(folder, ports, log.fileno())
        bucket = Bucket(endpoint=f"http://127.0.0.1:{ports[0]}")
        try:
            if _is_ready(server, bucket):
                yield bucket
                return
        finally:
            _end(server)
    raise RuntimeError(f"SeaweedFS did not start: {(folder / 'weed.log').read_text(errors='replace')[-2000:]}")


def _start(folder: Path, ports: list[int], log: int) -> subprocess.Popen[bytes]:
    s3, master, volume, filer, admin, spare = ports
    flags = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "s3.port": s3,
        "master.port": master,
        "volume.port": volume,
        "filer.port": filer,
        "admin.port": admin,
        "s3.port.iceberg": spare,
        "s3.port.lance": 0,
        "admin.ui": "false",
        "webdav": "false",
        "master.telemetry": "false",
        "bucket": BUCKET,
    }
    weed = Path(sys.executable).with_name("weed")
    command = [str(weed), "-logtostderr=true", "mini", *(f"-{name}={value}" for name, value in flags.items())]
    environment = os.environ | {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "GOMEMLIMIT": "200MiB",
        "GOGC": "50",
    }
    watched = ["sh", "-c", WATCHED, "weed", *command]
    return subprocess.Popen(watched, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment)


def _end(server: subprocess.Popen[bytes]) -> None:
    if server.stdin:
        server.stdin.close()
    server.wait(timeout=10)


def _is_ready(server: subprocess.Popen[bytes], bucket: Bucket) -> bool:
    """Does the server answer with the bucket's objects? Polled, because it does not say."""
    client = boto3.client(
        "s3",
        endpoint_url=bucket.endpoint,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5),
    )
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            client.list_objects_v2(Bucket=bucket.name, MaxKeys=1)
        except (BotoCoreError, ClientError):
            time.sleep(0.05)
        else:
            return True
    return False


def _free_ports(count: int) -> list[int]:
    """Ports that are free just now and whose gRPC twins are too."""
    found: list[int] = []
    while len(found) < count:
        with closing(socket.socket()) as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        port = port if port + GRPC < 1 << 16 else port - GRPC
        if port not in found and _is_free(port) and _is_free(port + GRPC):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
