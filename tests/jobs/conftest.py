"""Engines whose jobs are of the kinds of these tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.jobs.jobs import Jobs

from .kinds import Counting, Failing

OpenEngine = Callable[..., Engine]


@pytest.fixture
def open_engine(tmp_path: Path) -> Iterator[OpenEngine]:
    """Open an engine over one data folder; more than one may be open."""
    opened: list[Engine] = []

    def open_one(url: str = "", **jobs: Any) -> Engine:
        values = {"retry_delay": 0.01, **jobs}
        overrides: dict[str, Any] = {f"jobs.{key}": value for key, value in values.items()}
        overrides["photomill.data_dir"] = str(tmp_path / "data")
        overrides["catalog.url"] = url
        overrides["executors.processes"] = {
            "use": "workers:processes",
            "options": {"processes": 2},
        }
        settings = load_settings(overrides=overrides)
        engine = Engine.open(settings)
        engine.jobs.register(Counting())
        engine.jobs.register(Failing())
        opened.append(engine)
        return engine

    yield open_one
    for engine in opened:
        engine.close()


@pytest.fixture
def jobs(open_engine: OpenEngine) -> Jobs:
    """Jobs that are worked on."""
    started = open_engine().jobs
    started.start()
    return started
