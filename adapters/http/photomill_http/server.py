"""Running the application under uvicorn."""

import asyncio
import contextlib
import errno
import gc
import logging
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial

import uvicorn
import uvloop
from attrs import evolve

from photomill import ConfigError, Engine, Problem, Settings
from photomill_http import metrics
from photomill_http.app import create_app
from photomill_http.connections import ConnectionLimits, Server
from photomill_http.logs import configure_logging
from photomill_http.memory import return_freed_memory
from photomill_http.settings import HttpSettings, http_settings
from photomill_http.workers import end_with_parent, more_workers

logger = logging.getLogger("photomill.http")

_MOST_FILES = 65_536
_FEWEST_CONNECTIONS = 4


def serve(engine: Engine, settings: Settings, *, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way then have ``drain_seconds`` to finish.

    :param on_ready: told the server's URL once it listens.
    :raises ConfigError: the address cannot be listened at, or other machines would not find what this one writes.
    """
    engine.check_sharing()
    adapter = http_settings(settings)
    configure_logging(adapter.log_format)
    # Only who serves the APIs can make their messages.
    engine.jobs.start(only_deliver=not adapter.work)
    if adapter.work:
        engine.albums.start()
        engine.collections.start()
    others = adapter.workers - 1
    with contextlib.ExitStack() as stack:
        if others:
            # Several may listen at a shared address: only this tells that somebody else does already.
            _listen(adapter, shared=False).close()
        listener = stack.enter_context(_listen(adapter, shared=others > 0))
        announce = partial(on_ready, _url(adapter, listener))
        if not others:
            _run(engine, adapter, listener, announce)
            return
        stack.enter_context(metrics.shared_by_processes())
        work = partial(_serve_too, settings, listener.getsockname()[1])
        stop = stack.enter_context(more_workers(others, work, adapter.drain_seconds + 10))
        _run(engine, adapter, listener, announce, stop)


def _serve_too(settings: Settings, port: int) -> None:
    """Serve at an address that another process serves at, and works on jobs for."""
    end_with_parent()
    adapter = evolve(http_settings(settings), port=port)
    configure_logging(adapter.log_format)
    with Engine.open(settings) as engine, _listen(adapter, shared=True) as listener:
        engine.jobs.start(only_deliver=True)
        _run(engine, adapter, listener, _nothing)


def _nothing() -> None:
    pass


def _run(
    engine: Engine,
    adapter: HttpSettings,
    listener: socket.socket,
    announce: Callable[[], None],
    on_stop: Callable[[], None] = _nothing,
) -> None:
    return_freed_memory()
    config = uvicorn.Config(
        create_app(engine, adapter),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=adapter.drain_seconds,
        timeout_keep_alive=adapter.keep_alive_seconds,
        ws="none",
        proxy_headers=bool(adapter.trusted_proxies),
        forwarded_allow_ips=list(adapter.trusted_proxies),
        lifespan="off",
    )
    server = Server(config, _limits(adapter), announce, on_stop)
    # What is there by now stays: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    with _outliving_signals(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve(sockets=[listener]))


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


def _limits(settings: HttpSettings) -> ConnectionLimits:
    """How long is waited for callers, and for how many of them at once."""
    most = _most_connections(settings.connections)
    if most < settings.connections:
        logger.warning(
            "at most %d connections instead of %d: no more files may be open",
            most,
            settings.connections,
        )
    return ConnectionLimits(
        most, settings.head_seconds, settings.body_seconds, settings.answer_seconds
    )


def _most_connections(wanted: int) -> int:
    """How many connections there is room for beside the files that the engine opens."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        # The usual soft limit of 1024 is for programs that use select().
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, _MOST_FILES)), hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = soft - len(os.listdir("/proc/self/fd"))
    return max(_FEWEST_CONNECTIONS, min(wanted, free * 2 // 3))


def _listen(settings: HttpSettings, *, shared: bool) -> socket.socket:
    """
    :param shared: whether other processes listen at the address too.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends small answers without delay only on sockets that name their protocol.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        # A name that nobody knows, or an address of another machine.
        is_host = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
        key = "host" if is_host else "port"
        raise ConfigError(
            [Problem(f"adapters.http.{key}", f"cannot listen at {where}: {error.strerror}")]
        ) from None
    return listener


def _url(settings: HttpSettings, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    # Clients of the similarity API take "localhost" as a sign that they need no licence server.
    host = "localhost" if settings.host in {"127.0.0.1", "::1", "0.0.0.0", "::"} else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
