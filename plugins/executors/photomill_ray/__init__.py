"""Units of work on a Ray cluster."""

from photomill.plugin import Executor, hookimpl
from photomill_ray.executor import Ray


@hookimpl
def register_executors() -> list[type[Executor]]:
    return [Ray]
