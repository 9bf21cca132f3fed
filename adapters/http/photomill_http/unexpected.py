"""What happens to a request whose handling breaks."""

import logging

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photomill_http.answers import failure
from photomill_http.http_statuses import TEXTS, expected, http_status_of

CALLER_LEFT = 499
"""What nginx calls a request whose caller went away."""

logger = logging.getLogger("photomill.http")


class UnexpectedErrors:
    """Middleware: logs an error nobody expected, and answers 500 without its details.

    It stands innermost, where the log still knows the request's id, so that the answer passes the other layers and
    gets its id too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noting_send)
        except ClientDisconnect:
            # Nobody's fault, and nobody is there to read an answer; the log and the metrics tell it by this status.
            await Response(status_code=CALLER_LEFT)(scope, receive, noting_send)
        except Exception as error:
            if started:
                raise
            meant = expected(error)
            status = None if meant is None else http_status_of(meant)
            if status is not None:
                answer = failure(status, TEXTS[status], str(meant))
                await answer.response()(scope, receive, send)
                return
            logger.exception("an unexpected error")
            detail = "an unexpected error; the server's log says more"
            await failure(500, "unknown error", detail).response()(scope, receive, send)
