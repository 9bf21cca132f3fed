"""``/metrics``, for Prometheus."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from photomill import Engine, JobCounts, PhotomillError, free_bytes

# When a series began is Prometheus' own business.
disable_created_metrics()  # type: ignore[no-untyped-call]

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where processes that serve together count. Those that are started inherit it, and the library reads it as it is imported."""


@contextmanager
def shared_by_processes() -> Iterator[None]:
    """Have this process, and those that it starts, count together while the block runs."""
    own = values.ValueClass
    with TemporaryDirectory(prefix="photomill-metrics-") as folder:
        os.environ[_FOLDER] = folder
        values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
        try:
            yield
        finally:
            values.ValueClass = own
            del os.environ[_FOLDER]


class Metrics:
    """A server's numbers, those of all its processes together."""

    def __init__(self, engine: Engine) -> None:
        self._registry = counted = CollectorRegistry()
        if _FOLDER in os.environ:
            counted = CollectorRegistry()
            MultiProcessCollector(self._registry)  # type: ignore[no-untyped-call]
        self._collections = CollectorRegistry()
        self._collections.register(_Collections(engine))
        self._registry.register(_Work(engine))
        self._requests = Counter(
            "photomill_http_requests",
            "Requests answered.",
            ["operation", "status"],
            registry=counted,
        )
        self._seconds = Histogram(
            "photomill_http_request_seconds",
            "Time to answer.",
            ["operation"],
            registry=counted,
        )

        # To look series up by their labels takes longer than to count.
        self._counted: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def observe(self, operation: str, status: int, seconds: float) -> None:
        """Count one request."""
        counted = self._counted.get((operation, status))
        if counted is None:
            counted = self._requests.labels(operation, str(status)), self._seconds.labels(operation)
            self._counted[operation, status] = counted
        requests, durations = counted
        requests.inc()
        durations.observe(seconds)

    def exposition(self, *, collections: bool) -> bytes:
        """The numbers, in Prometheus' text format.

        :param collections: with the sizes of collections, which name them.
        """
        named = generate_latest(self._collections) if collections else b""
        return generate_latest(self._registry) + named


class _Work(Collector):
    """What there is to do, and the room to do it in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        try:
            counts = self._engine.jobs.counts()
        except PhotomillError:
            # A catalog that does not answer is what /readyz tells of.
            counts = None
        if counts is not None:
            yield from _of_jobs(counts)
        disk = GaugeMetricFamily("photomill_disk_free_bytes", "Room for the data folder.")
        with suppress(OSError):
            disk.add_metric([], free_bytes(self._engine.settings.data_dir))
        yield disk


def _of_jobs(counts: JobCounts) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("photomill_jobs", "Jobs remembered.", labels=["kind", "state"])
    for (kind, state), count in counts.jobs.items():
        jobs.add_metric([kind, state], count)
    waiting = GaugeMetricFamily(
        "photomill_job_items_waiting", "Items listed and not done.", labels=["kind"]
    )
    oldest = GaugeMetricFamily(
        "photomill_job_oldest_seconds", "Age of the oldest job that has not ended.", labels=["kind"]
    )
    for gauge, numbers in ((waiting, counts.waiting_items), (oldest, counts.oldest_seconds)):
        for kind, value in numbers.items():
            gauge.add_metric([kind], value)
    deliveries = GaugeMetricFamily(
        "photomill_deliveries_pending", "Messages about jobs still to be delivered."
    )
    deliveries.add_metric([], counts.deliveries)
    yield from (jobs, waiting, oldest, deliveries)


class _Collections(Collector):
    """The sizes of the collections that this process has open."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        gauges = {
            name: GaugeMetricFamily(f"photomill_collection_{name}", text, labels=["collection"])
            for name, text in (
                ("records", "Live records."),
                ("pending", "Rows scanned until the index holds them."),
                ("deleted", "Rows masked out until the next rebuild."),
            )
        }
        for collection in self._engine.collections.opened():
            try:
                statistics = collection.statistics()
            except PhotomillError:
                # It was deleted a moment ago.
                continue
            for name, gauge in gauges.items():
                gauge.add_metric([collection.info.id], getattr(statistics, name))
        yield from gauges.values()
