"""The executor: which actor does which unit."""

import math
import os
import pickle
import threading
import time
from collections import deque
from concurrent.futures import BrokenExecutor, Future
from typing import Any

from attrs import define, field, frozen, validators

from photomill.plugin import (
    Executor,
    OpenContext,
    PluginError,
    ResourcesMissing,
    Unit,
    Work,
)
from photomill_ray.actor import UnitActor
from photomill_ray.machines import Machine, Resources, machines

_COUNTED_SECONDS = 5.0
"""How long what a cluster's machines have is taken for true."""
_CLOSING_SECONDS = 60.0
_FAILED_STARTS = 3
"""Actors that fail to start one after the other, before what waits for them is given up."""

# Of a cluster that this process starts: a machine that is gone is noticed after some six seconds, instead of thirty.
# https://docs.ray.io/en/latest/ray-core/fault_tolerance/gcs.html
HEALTH_CHECKS = {
    "health_check_initial_delay_ms": 1000,
    "health_check_period_ms": 1000,
    "health_check_timeout_ms": 1000,
    "health_check_failure_threshold": 6,
}


@frozen
class RayOptions:
    """
    :ivar address: of a cluster, such as ``auto`` or ``10.0.0.1:6379``; empty starts one on this machine.
    :ivar actors: processes that do units, each with an engine of its own; 0 takes as many as the cluster has room for.
    :ivar threads: units that an actor does at once, and that may travel to it together. Sixteen cost a fifth of what one by one
        does, which tells where units take milliseconds; an actor that is lost takes all that it had along.
    :ivar resources: what an actor takes.
    :ivar kinds: what an actor takes that does units of these kinds of jobs, such as ``edit`` or ``import``, where it is
        something else.
    """

    address: str = ""
    actors: int = field(default=0, validator=validators.ge(0))
    threads: int = field(default=1, validator=validators.gt(0))
    resources: Resources = field(factory=Resources)
    kinds: dict[str, Resources] = field(factory=dict)


class Ray(Executor):
    """Runs units on the machines of a Ray cluster, in actors that keep an engine open.

    Every machine needs Photomill, and reaches the catalog and the storages: a catalog on PostgreSQL, buckets. Actors start
    as they are needed, and stay. One that is lost takes the units along that it had, and another one starts. Units that take
    what no machine has are refused until one comes; meanwhile one actor waits for it, so that a cluster grows that can.
    """

    name = "ray"
    Options = RayOptions
    requires = ("ray",)

    def __init__(self, options: RayOptions) -> None:
        super().__init__(options)
        self._options = options
        self._started_ray = False
        self._pools: dict[tuple[bytes, Resources], _Pool] | None = None
        self._lock = threading.Lock()
        self._looked = -math.inf
        self._machines: list[Machine] = []

    @property
    def parallelism(self) -> int:
        """Of the actors that the cluster has room for now."""
        return self._options.threads * self._actors(self._options.resources)

    def open(self, context: OpenContext) -> None:
        # Ray tells its makers how it is used, unless this says otherwise.
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        import ray

        if not ray.is_initialized():
            own = not self._options.address
            ray.init(
                address=self._options.address or "local",
                include_dashboard=False if own else None,
                log_to_driver=False,
                _node_ip_address="127.0.0.1" if own else None,
                _system_config=HEALTH_CHECKS if own else None,
            )
            self._started_ray = True
        self._pools = {}

    def close(self) -> None:
        """Wait for the units that run; those that wait are never started."""
        with self._lock:
            pools, self._pools = self._pools, None
        for pool in (pools or {}).values():
            pool.close()
        if self._started_ray:
            import ray

            ray.shutdown()
            self._started_ray = False

    def _submit(self, work: Work, unit: Unit) -> "Future[None]":
        resources = self._options.kinds.get(unit.kind, self._options.resources)
        packed = pickle.dumps(work)
        with self._lock:
            if self._pools is None:
                raise PluginError("the executor 'ray' is not open")
            pool = self._pools.get((packed, resources))
            if pool is None:
                pool = _Pool(packed, resources, self._options, self._actors(resources))
                self._pools[packed, resources] = pool
        lacking = resources.lacking(self._known_machines())
        if lacking:
            pool.call_for_a_machine()
            raise ResourcesMissing(f"no machine of the cluster has {lacking}")
        return pool.submit(unit)

    def _actors(self, resources: Resources) -> int:
        """How many actors there may be that take this much."""
        if self._options.actors:
            return self._options.actors
        return max(1, sum(map(resources.fits, self._known_machines())))

    def _known_machines(self) -> list[Machine]:
        if time.monotonic() - self._looked > _COUNTED_SECONDS:
            self._machines = machines()
            self._looked = time.monotonic()
        return self._machines


@define(eq=False)
class _Actor:
    """An actor.

    :ivar free: how many units more it may have; none until its machine is found and it has started.
    :ivar running: how many it has.
    """

    handle: Any
    free: int = 0
    running: int = 0


class _Pool:
    """The actors that do one work, each a process with as much of its machine."""

    def __init__(self, work: bytes, resources: Resources, options: RayOptions, most: int) -> None:
        self._work = work
        self._resources = resources
        self._options = options
        self._most = most
        self._actors: list[_Actor] = []
        self._waiting: deque[tuple[Unit, Future[None]]] = deque()
        self._closing = False
        self._failed_starts = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._send_all, name="ray", daemon=True)
        self._thread.start()

    def submit(self, unit: Unit) -> "Future[None]":
        future: Future[None] = Future()
        with self._changed:
            self._waiting.append((unit, future))
            self._changed.notify_all()
        return future

    def call_for_a_machine(self) -> None:
        """Let the cluster know what is wanted, though no machine has it."""
        with self._changed:
            if not self._actors and not self._closing:
                self._start()

    def close(self) -> None:
        import ray

        with self._changed:
            waiting, self._closing = list(self._waiting), True
            self._waiting.clear()
            self._changed.notify_all()
        for _, future in waiting:
            future.cancel()
        with self._changed:
            self._changed.wait_for(lambda: not any(actor.running for actor in self._actors))
        self._thread.join()
        # One that has not started yet may never do.
        closings = [actor.handle.close.remote() for actor in self._actors if actor.free]
        if closings:
            ray.wait(closings, num_returns=len(closings), timeout=_CLOSING_SECONDS)
        for actor in self._actors:
            ray.kill(actor.handle)

    def _send_all(self) -> None:
        while not self._closing:
            try:
                self._send_until_closed()
            except Exception as error:
                # The cluster is gone, or takes nothing.
                self._give_up(error)

    def _send_until_closed(self) -> None:
        """Send what waits to those that have room, until it is closed."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._can_send())
                if self._closing:
                    return
                actor = max(self._actors, key=lambda each: each.free, default=None)
                if actor is None or (actor.running and len(self._actors) < self._most):
                    self._start()
                if actor is None or not actor.free:
                    continue
                calls = [self._waiting.popleft() for _ in range(self._count(actor))]
                running = [call for call in calls if call[1].set_running_or_notify_cancel()]
                actor.free -= len(running)
                actor.running += len(running)
            if running:
                try:
                    self._send(actor, running)
                except Exception as error:
                    failed: Future[Any] = Future()
                    failed.set_exception(error)
                    self._ended(actor, running, failed)

    def _can_send(self) -> bool:
        """Whether an actor is to be started, or has room for what waits."""
        starting = any(not actor.free and not actor.running for actor in self._actors)
        room = not starting and len(self._actors) < self._most
        return bool(self._waiting) and (room or any(actor.free for actor in self._actors))

    def _count(self, actor: _Actor) -> int:
        """So many that the others have as much to do."""
        share = math.ceil(len(self._waiting) / self._most)
        return max(1, min(share, actor.free))

    def _start(self) -> None:
        import ray

        options = {
            "num_cpus": self._resources.cpus,
            "num_gpus": self._resources.gpus,
            "memory": self._resources.memory or None,
            "max_concurrency": self._options.threads + 1,
        }
        actor = _Actor(ray.remote(UnitActor).options(**options).remote(self._work))
        ready = actor.handle.ready.remote()
        self._actors.append(actor)
        ready.future().add_done_callback(lambda done: self._started(actor, done))

    def _started(self, actor: _Actor, done: "Future[Any]") -> None:
        error = done.exception()
        with self._changed:
            if error is None:
                actor.free, self._failed_starts = self._options.threads, 0
            elif actor in self._actors:
                self._actors.remove(actor)
                self._failed_starts += 1
            hopeless = self._failed_starts >= _FAILED_STARTS and not self._actors
            self._changed.notify_all()
        if error is not None and hopeless:
            self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        """Fail what waits: no actor can be had. What comes later tries again."""
        with self._changed:
            waiting, self._failed_starts = list(self._waiting), 0
            self._waiting.clear()
        for _, future in waiting:
            if future.set_running_or_notify_cancel():
                first = str(error).partition("\n")[0]
                future.set_exception(BrokenExecutor(f"no actor starts: {first}"))

    def _send(self, actor: _Actor, calls: list[tuple[Unit, "Future[None]"]]) -> None:
        reference = actor.handle.run.remote([unit for unit, _ in calls])
        reference.future().add_done_callback(lambda done: self._ended(actor, calls, done))

    def _ended(
        self, actor: _Actor, calls: list[tuple[Unit, "Future[None]"]], done: "Future[Any]"
    ) -> None:
        lost = done.exception()
        errors = [_broken(unit, lost) for unit, _ in calls] if lost else done.result()
        with self._changed:
            actor.free += len(calls)
            actor.running -= len(calls)
            if lost is not None and actor in self._actors:
                self._actors.remove(actor)
            self._changed.notify_all()
        for (_, future), error in zip(calls, errors, strict=True):
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)


def _broken(unit: Unit, lost: BaseException) -> BrokenExecutor:
    first = str(lost).partition("\n")[0]
    return BrokenExecutor(f"the actor of item {unit.item} of job {unit.job} is lost: {first}")
