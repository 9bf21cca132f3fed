"""Request ids, one line in the log for each request, and its place in the metrics."""

import json
import logging
import re
import secrets
import sys
import time
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photomill import RepeatedMessages
from photomill_http.metrics import Metrics

request_id: ContextVar[str] = ContextVar("request_id", default="")

logger = logging.getLogger("photomill.http")

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ENCODER = json.JSONEncoder(ensure_ascii=False)


class RequestLog:
    """Middleware: gives each request an id (``X-Request-ID``, taken from the caller if it is sound) and logs it.

    Headers are never logged: they carry keys, and some clients put a part of theirs into the user agent. A route whose
    path is as good as a key says what is logged instead: ``request.state.logged_path``.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        identity = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(16)
        token = request_id.set(identity)
        started = time.perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = identity
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            self._metrics.observe(_operation(scope), status, seconds)
            path = scope.get("state", {}).get("logged_path", scope["path"])
            if logger.isEnabledFor(logging.INFO):
                logger.handle(_line(scope["method"], path, status, seconds))
            request_id.reset(token)


def _line(method: str, path: str, status: int, seconds: float) -> logging.LogRecord:
    """A request's line: made here, as a logger would look for the place in the code that writes it."""
    return logger.makeRecord(
        logger.name,
        logging.INFO,
        __file__,
        0,
        "%s %s %d",
        (method, path, status),
        None,
        extra={
            "method": method,
            "path": path,
            "status": status,
            "milliseconds": round(1000 * seconds, 1),
        },
    )


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        for name in ("method", "path", "status", "milliseconds"):
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _ENCODER.encode(line)


def configure_logging(form: str) -> None:
    """Log to standard error, as JSON lines or as text."""
    if form == "auto":
        form = "text" if sys.stderr.isatty() else "json"
    # No line names them, and they are looked up for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.addFilter(RepeatedMessages())
    handler.setFormatter(JsonFormatter() if form == "json" else text)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("uvicorn", "httpx", "httpcore", "alembic", "pyvips"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _operation(scope: Scope) -> str:
    """What the metrics count a request under: few values, whatever is asked for."""
    return str(scope.get("state", {}).get("operation", "other"))
