"""Running the application under uvicorn."""

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn

from photomill.config.settings import Settings
from photomill.engine import Engine
from photomill.errors import ConfigError, Problem
from photomill_http.app import create_app
from photomill_http.logs import configure_logging
from photomill_http.settings import HttpSettings, http_settings


def serve(engine: Engine, settings: Settings, *, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way then have ``drain_seconds`` to finish.

    :param on_ready: told the server's URL once it listens.
    :raises ConfigError: the address cannot be listened at.
    """
    adapter = http_settings(settings)
    configure_logging(adapter.log_format)
    listener = _listen(adapter)
    config = uvicorn.Config(
        create_app(engine, adapter),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=adapter.drain_seconds,
        lifespan="off",
    )
    # Only who serves the APIs can make their messages.
    engine.jobs.start(only_tell=not adapter.work)
    if adapter.work:
        engine.albums.start()
    server = _AnnouncingServer(config, lambda: on_ready(_url(adapter, listener)))
    with _outliving_signals(), listener:
        asyncio.run(server.serve(sockets=[listener]))


@contextlib.contextmanager
def _outliving_signals() -> Iterator[None]:
    """uvicorn raises the signal that stopped it once more; the engine is still to be closed after that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _AnnouncingServer(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()


def _listen(settings: HttpSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends small answers without delay only on sockets that name their protocol.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        raise ConfigError(
            [Problem("adapters.http.port", f"cannot listen at {where}: {error.strerror}")]
        ) from None
    return listener


def _url(settings: HttpSettings, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    # Clients of the similarity API take "localhost" as a sign that they need no licence server.
    host = "localhost" if settings.host in {"127.0.0.1", "::1", "0.0.0.0", "::"} else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
