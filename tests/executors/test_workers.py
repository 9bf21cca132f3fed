"""The bundled executors."""

import os
import pickle
import signal
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from photomill.components import Executor
from photomill.errors import ConfigError, PluginError
from photomill.testing import ExecutorContract
from photomill.testing.executor import Leaving, run_all, unit_of
from photomill_workers.processes import Processes
from photomill_workers.threads import Threads

Open = Callable[..., Executor]
WaitUntil = Callable[[Callable[[], object]], None]


class TestThreads(ExecutorContract):
    @pytest.fixture
    def executor(self, open_component: Open) -> Executor:
        return open_component(Threads, threads=3)


class TestOneThread(ExecutorContract):
    @pytest.fixture
    def executor(self, open_component: Open) -> Executor:
        return open_component(Threads, threads=1)


class TestProcesses(ExecutorContract):
    @pytest.fixture
    def executor(self, open_component: Open) -> Executor:
        return open_component(Processes, processes=2)


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What units do, by a name under which the processes find it too."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return import_module("works")


def pids(folder: Path, kind: str) -> set[int]:
    return {int(path.stem) for path in folder.glob(f"*.{kind}")}


def test_without_a_number_there_is_a_unit_for_each_core(open_component: Open) -> None:
    assert 1 <= open_component(Processes).parallelism < open_component(Threads).parallelism


@pytest.mark.parametrize("executor_class", [Threads, Processes])
def test_a_closed_executor_runs_nothing(
    open_component: Open, executor_class: type[Executor], tmp_path: Path
) -> None:
    executor = open_component(executor_class)
    executor.close()
    with pytest.raises(PluginError, match="not open"):
        executor.submit(Leaving(tmp_path), unit_of(1))


def test_a_negative_number_of_threads_is_refused(open_component: Open) -> None:
    with pytest.raises(ConfigError, match=r"workers\.options\.threads"):
        open_component(Threads, threads=-1)


def test_processes_are_used_again_and_close_the_work(
    open_component: Open, tmp_path: Path, works: ModuleType
) -> None:
    executor = open_component(Processes, processes=2)
    (tmp_path / "go").touch()
    assert run_all(executor, works.Closing(tmp_path, 60.0), range(20)) == {}
    used = pids(tmp_path, "started")
    assert len(used) <= 2
    assert os.getpid() not in used
    assert not pids(tmp_path, "closed")
    executor.close()
    assert pids(tmp_path, "closed") == used


def test_other_work_gets_another_process(
    open_component: Open, tmp_path: Path, works: ModuleType
) -> None:
    executor = open_component(Processes, processes=1)
    (tmp_path / "go").touch()
    for patience in (60.0, 61.0):
        assert run_all(executor, works.Closing(tmp_path, patience), [1]) == {}
    assert len(pids(tmp_path, "started")) == 2
    assert len(pids(tmp_path, "closed")) == 1


def test_a_process_that_is_asked_to_end_finishes_its_unit(
    open_component: Open, tmp_path: Path, works: ModuleType, wait_until: WaitUntil
) -> None:
    executor = open_component(Processes, processes=1)
    future = executor.submit(works.Closing(tmp_path, 60.0), unit_of(1))
    wait_until(lambda: pids(tmp_path, "started"))
    (process,) = pids(tmp_path, "started")
    os.kill(process, signal.SIGTERM)
    (tmp_path / "go").touch()
    assert future.exception(60) is None
    wait_until(lambda: pids(tmp_path, "closed") == {process})


def test_what_cannot_be_pickled_is_an_error_of_its_unit(
    open_component: Open, tmp_path: Path, works: ModuleType
) -> None:
    executor = open_component(Processes, processes=1)
    errors = run_all(executor, works.Unpicklable(tmp_path), [1, 2])
    assert {str(error)[:27] for error in errors.values()} == {"ValueError: <unlocked _thre"}


def test_a_unit_is_small_when_pickled() -> None:
    assert len(pickle.dumps(unit_of(1))) < 200
