"""Finding the route of a request among hundreds without trying each."""

from collections.abc import Sequence

from starlette.routing import Match, Route, Router
from starlette.types import Receive, Scope, Send


class DirectRouter(Router):
    """Routes a request as :class:`Router` does: the first route that takes its path and its verb answers.

    It tries only those that a path like this can have. Where none of them takes it, which is an error or a redirection,
    the whole table is gone through.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        super().__init__(routes)
        plain = {route.path for route in routes if "{" not in route.path}
        self._by_path = {
            path: [route for route in routes if route.path_regex.match(path)] for path in plain
        }
        segments = {_segment(route.path) for route in routes}
        self._by_segment = {
            segment: [route for route in routes if _segment(route.path) in (segment, None)]
            for segment in segments
        }

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope.get("root_path"):
            for route in self._candidates(scope["path"]):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope["router"], scope["route"] = self, route
                    scope.update(found)
                    await route.handle(scope, receive, send)
                    return
        await super().app(scope, receive, send)

    def _candidates(self, path: str) -> Sequence[Route]:
        """The routes that may take a path, in their order."""
        found = self._by_path.get(path)
        if found is None:
            found = self._by_segment.get(_segment(path), self._by_segment.get(None, []))
        return found


def _segment(path: str) -> str | None:
    """What stands before the second slash; None where that is a parameter."""
    first = path[1:].partition("/")[0]
    return None if "{" in first else first
