"""The executor on Ray: a cluster of this machine, with processes and nodes that are killed."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

import pytest

from photomill.components import Executor
from photomill.errors import ConfigError, PluginError, ResourcesMissing
from photomill.testing import ExecutorContract
from photomill.testing.executor import Leaving, left, run_all, unit_of
from photomill_ray.actor import UnitActor
from photomill_ray.executor import HEALTH_CHECKS, Ray
from photomill_ray.machines import Machine, Resources

ray: Any = pytest.importorskip("ray")

Open = Callable[..., Executor]


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A cluster that all tests of this module share: one takes seconds to start."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        _node_ip_address="127.0.0.1",
        _system_config=HEALTH_CHECKS,
    )
    yield
    ray.shutdown()


@pytest.mark.usefixtures("cluster")
class TestRay(ExecutorContract):
    @pytest.fixture
    def executor(self, open_component: Open) -> Executor:
        return open_component(Ray)


@pytest.mark.usefixtures("cluster")
def test_there_are_as_many_units_at_once_as_the_cluster_has_room_for(open_component: Open) -> None:
    assert open_component(Ray).parallelism == 2
    assert open_component(Ray, resources={"cpus": 0.5}).parallelism == 4
    assert open_component(Ray, actors=3, threads=5).parallelism == 15


@pytest.mark.usefixtures("cluster")
def test_units_travel_together(open_component: Open, tmp_path: Path) -> None:
    executor = open_component(Ray, actors=1, threads=32)
    assert run_all(executor, Leaving(tmp_path), range(200)) == {}
    assert left(tmp_path) == list(range(200))


@pytest.mark.usefixtures("cluster")
def test_a_kind_may_take_something_else(open_component: Open, tmp_path: Path) -> None:
    executor = open_component(Ray, actors=1, kinds={"test": {"cpus": 0.5, "memory": 1_000_000}})
    assert run_all(executor, Leaving(tmp_path), range(3)) == {}
    assert ray.available_resources()["CPU"] == 1.5


@pytest.mark.usefixtures("cluster")
def test_a_closed_executor_runs_nothing(open_component: Open, tmp_path: Path) -> None:
    executor = open_component(Ray)
    executor.close()
    with pytest.raises(PluginError, match="not open"):
        executor.submit(Leaving(tmp_path), unit_of(1))


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"threads": 0}, "threads"),
        ({"resources": {"cpus": 0}}, r"resources\.cpus"),
        ({"kinds": {"edit": {"gpus": -1}}}, r"kinds.*gpus"),
    ],
)
def test_wrong_options_are_refused(open_component: Open, options: Any, path: str) -> None:
    with pytest.raises(ConfigError, match=path):
        open_component(Ray, **options)


@pytest.mark.usefixtures("cluster")
def test_units_fail_where_no_actor_starts(
    open_component: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(UnitActor):
        def __init__(self, work: bytes) -> None:
            raise OSError("no engine here")

    monkeypatch.setattr("photomill_ray.executor.UnitActor", Broken)
    executor = open_component(Ray, actors=1)
    errors = run_all(executor, Leaving(tmp_path), range(3))
    assert {type(error) for error in errors.values()} == {BrokenExecutor}
    assert all("no actor starts" in str(error) for error in errors.values())
    monkeypatch.undo()
    assert run_all(executor, Leaving(tmp_path), range(3)) == {}


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize(
    ("resources", "lacking"),
    [
        ({"gpus": 1}, "gpus 1"),
        ({"cpus": 64, "gpus": 0.5}, "cpus 64 and gpus 0.5"),
        ({"memory": 2**60}, "memory 1152921504606846976"),
    ],
)
def test_what_no_machine_has_is_named(
    open_component: Open, tmp_path: Path, resources: Any, lacking: str
) -> None:
    executor = open_component(Ray, kinds={"test": resources})
    with pytest.raises(ResourcesMissing, match=f"no machine of the cluster has {lacking}$"):
        executor.submit(Leaving(tmp_path), unit_of(1))


def test_what_only_several_machines_have_together_is_no_room() -> None:
    plain, other = Machine(8, 0, 2**34), Machine(1, 1, 2**34)
    assert Resources(cpus=2, gpus=1).lacking([plain, other]) == "cpus 2 and gpus 1"
    assert Resources(cpus=1, gpus=0.25).lacking([plain, other]) == ""
    assert Resources(cpus=2).fits(plain) == 4
    assert Resources(cpus=1, gpus=0.25).fits(other) == 1


def test_where_no_machine_is_known_what_is_taken_is_lacking() -> None:
    assert Resources(cpus=2).lacking([]) == "cpus 2"
