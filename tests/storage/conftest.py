"""A web server that answers as a test wants, well or badly."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import pytest

from photomill.components import OpenContext
from photomill.config.settings import FetchSettings
from photomill_web import WebStorage

Answer = Callable[[BaseHTTPRequestHandler], None]


class WebServer:
    """Answers on a free port of 127.0.0.1: by ``answers``, or with 404."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[BaseHTTPRequestHandler] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        # Slow answers are still being written when a test is over.
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def serve(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        """Answer a path with these bytes; return its URL."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **named}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        return self.answer(path, answer)

    def answer(self, path: str, answer: Answer) -> str:
        self.answers[path] = answer
        return self.url(path)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.requests.append(self)
                answer = server.answers.get(self.path)
                if answer is None:
                    self.send_error(404)
                    return
                try:
                    answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler

    def __enter__(self) -> "WebServer":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


@pytest.fixture
def open_web(tmp_path: Any) -> Iterator[Callable[..., WebStorage]]:
    """Open the web storage with these ``[fetch]`` settings; 127.0.0.0/8 may be reached unless they say otherwise."""
    opened = []

    def open_with(resolver: Any = None, **settings: Any) -> WebStorage:
        storage = WebStorage(WebStorage.Options())
        if resolver is not None:
            storage.resolver = resolver
        fetch = FetchSettings(**{"allow": ("127.0.0.0/8",), **settings})
        storage.open(OpenContext("web", tmp_path, fetch))
        opened.append(storage)
        return storage

    yield open_with
    for storage in opened:
        storage.close()
