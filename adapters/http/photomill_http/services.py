"""What the endpoints share."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from attrs import frozen

from photomill import Engine, JsonLimits, RateLimit, available_cores
from photomill_http.bodies import Bodies
from photomill_http.metrics import Metrics
from photomill_http.settings import HttpSettings
from photomill_http.threads import Threads

T = TypeVar("T")


@frozen(eq=False)
class Services:
    """The engine, who may use it, and how much of it at once."""

    engine: Engine
    settings: HttpSettings
    rates: RateLimit
    metrics: Metrics
    bodies: Bodies
    _threads: Threads
    _edit_threads: Threads

    @classmethod
    def over(cls, engine: Engine, settings: HttpSettings) -> "Services":
        return cls(
            engine=engine,
            settings=settings,
            rates=engine.keys.limit_rate("requests", settings.requests_per_minute),
            metrics=Metrics(engine),
            bodies=Bodies(settings.body_memory, JsonLimits(nodes=settings.body_values)),
            # With a database elsewhere, work waits for it more than it computes.
            threads=Threads(
                settings.threads,
                short=0 if engine.settings.catalog.is_shared else available_cores(),
            ),
            edit_threads=Threads(settings.threads),
        )

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run the engine's work off the event loop; what is beyond the limit waits its turn."""
        return await self._threads.run(partial(function, *arguments))

    async def on_loop(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run what changes nothing and is mostly brief on the event loop where nobody is held up by it, else in a thread."""
        return await self._threads.run_on_loop(partial(function, *arguments))

    async def in_edit_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run what takes seconds; searches do not wait for it."""
        return await self._edit_threads.run(partial(function, *arguments))
