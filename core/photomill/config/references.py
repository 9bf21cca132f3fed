"""Names in ``plugins.toml`` that refer to instances of components."""

from collections.abc import Iterator, Mapping

from photomill.config.settings import Settings
from photomill.config.wording import suggest_name
from photomill.errors import Problem


def dangling_references(settings: Settings) -> list[Problem]:
    """Find the keys of ``[search]`` and ``[jobs]`` that name an instance which is not configured."""
    return [
        Problem(path, f"no instance {name!r} in [{family}]; {suggest_name(name, instances)}")
        for path, name, family, instances in _references(settings)
        if name not in instances
    ]


def _references(settings: Settings) -> Iterator[tuple[str, str, str, Mapping[str, object]]]:
    search = settings.search
    yield "search.embedder", search.embedder, "embedders", settings.embedders
    if search.index != "auto":
        yield "search.index", search.index, "indexes", settings.indexes
    yield "search.small_index", search.small_index, "indexes", settings.indexes
    yield "search.large_index", search.large_index, "indexes", settings.indexes
    yield "search.filter", search.filter, "filters", settings.filters
    yield "jobs.executor", settings.jobs.executor, "executors", settings.executors
